package web

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
)

const mostFirst = 200_000 // bytes of a first load, compressed

var loads = regexp.MustCompile(`(?:src|href|from|import)=?\s*\(?["']([^"']+\.(?:js|css))["']`)

// firstLoad is what a browser fetches before the page is there, by its path.
func firstLoad(t *testing.T, p *Pages, page string) map[string]int {
	t.Helper()
	sizes := map[string]int{}
	var add func(name string)
	add = func(name string) {
		if _, seen := sizes[name]; seen {
			return
		}
		f, known := p.files[name]
		if !known {
			t.Fatalf("%s wants %s, which there is not", page, name)
		}
		sizes[name] = len(f.plain)
		if f.small != nil {
			sizes[name] = len(f.small)
		}
		if !strings.HasSuffix(name, ".css") {
			for _, m := range loads.FindAllSubmatch(f.plain, -1) {
				at := strings.TrimPrefix(string(m[1]), "/")
				if strings.HasPrefix(at, "./") {
					at = name[:strings.LastIndex(name, "/")+1] + at[2:]
				}
				add(at)
			}
		}
	}
	add(page + ".html")
	return sizes
}

// A first load is small, of every page, also of those of the development stack.
func TestFirstLoad(t *testing.T) {
	t.Parallel()
	for dir, pages := range map[string][]string{"": {"app", "console", "link"}, "../devstack/pages/dist": {"door", "phone", "pick"}} {
		files := Files()
		if dir != "" {
			files = os.DirFS(dir)
		}
		p, err := New(files, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, page := range pages {
			sum, parts := 0, firstLoad(t, p, page)
			for _, n := range parts {
				sum += n
			}
			t.Logf("%s: %d bytes in %d files", page, sum, len(parts))
			if sum > mostFirst || len(parts) < 3 {
				t.Errorf("%s: a first load of %d bytes in %d files, want %d at most", page, sum, len(parts), mostFirst)
			}
		}
	}
}

// Pages load nothing from elsewhere, run nothing that is not a file of ours,
// and are shown in no frame unless the settings say so.
func TestPolicy(t *testing.T) {
	t.Parallel()
	ask := func(h http.HandlerFunc, path string) *http.Response {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		r.Header.Set("Accept-Encoding", "gzip")
		h(w, r)
		return w.Result()
	}
	p, err := New(Files(), Options{Sockets: "wss://pay.example"})
	if err != nil {
		t.Fatal(err)
	}
	res := ask(p.Page("app"), "/app")
	policy := res.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self';", "style-src 'self';", "connect-src 'self' wss://pay.example;",
		"frame-ancestors 'none'", "base-uri 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy %q lacks %q", policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") || res.Header.Get("Cache-Control") != "no-cache" || res.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("%v", res.Header)
	}
	framed, err := New(Files(), Options{Ancestors: []string{"https://bank.example"}, Script: "https://bank.example/in.js"})
	if err != nil {
		t.Fatal(err)
	}
	if policy := ask(framed.Page("app"), "/app").Header.Get("Content-Security-Policy"); !strings.Contains(policy,
		"frame-ancestors https://bank.example") || !strings.Contains(policy, "script-src 'self' https://bank.example/in.js;") {
		t.Errorf("the policy is %q", policy)
	}
	for _, bad := range []Options{{Script: `/x.js"><script>alert(1)</script>`}, {Ancestors: []string{"*; script-src *"}},
		{Sockets: "wss://x y"}} {
		if _, err := New(Files(), bad); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
	if res := ask(p.Static, "/app.html"); res.StatusCode != http.StatusNotFound {
		t.Errorf("a page without its policy: %d", res.StatusCode)
	}
	_ = fs.WalkDir(Files(), ".", func(name string, d fs.DirEntry, _ error) error {
		if !d.IsDir() && strings.Contains(name, "assets/") {
			if res := ask(p.Static, "/"+name); res.StatusCode != http.StatusOK || !strings.Contains(res.Header.Get("Cache-Control"), "immutable") ||
				res.Header.Get("Content-Type") == "" {
				t.Errorf("%s: %d %v", name, res.StatusCode, res.Header)
			}
		}
		return nil
	})
}
