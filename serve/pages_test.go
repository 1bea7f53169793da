package serve_test

import (
	"io/fs"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"holdfast/web"
)

// The development stack's own pages (the front door, the phones, the customer
// picker and what they ask for) are no part of the production binary: its
// packages hold none of the stack's, it answers none of their addresses, and
// the pages that it embeds know nothing of them.
func TestDevelopmentPagesAreAbsent(t *testing.T) {
	t.Parallel()
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "../cmd/holdfast")
	list.Env = append(list.Environ(), "GOWORK=off")
	deps, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(deps), "holdfast/web\n") || strings.Contains(string(deps), "holdfast/devstack") {
		t.Error("the production binary holds the development stack")
	}

	f := newFront(t)
	if a := f.do(http.MethodGet, "/app", "", nil); a.status != http.StatusOK {
		t.Errorf("/app: %d", a.status)
	}
	for _, path := range []string{"/", "/phone", "/pick", "/door", "/dev/bank.js", "/dev/people", "/dev/links", "/dev/provider/phones",
		"/dev-assets/", "/app/pick.html", "/assets/pick.html"} {
		if a := f.do(http.MethodGet, path, "", nil); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	for _, path := range []string{"/dev/sessions", "/dev/holds", "/dev/customers/maria/devices", "/dev/provider/faults"} {
		if a := f.do(http.MethodPost, path, "", map[string]string{"customer": "maria"}); a.status != http.StatusNotFound {
			t.Errorf("POST %s: %d", path, a.status)
		}
	}

	err = fs.WalkDir(web.Files(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(web.Files(), name)
		for _, theirs := range []string{"/dev/", "/pick", "dev-assets"} {
			if strings.Contains(string(b), theirs) {
				t.Errorf("%s speaks of %s", name, theirs)
			}
		}
		for _, page := range []string{"door", "phone", "pick"} {
			if strings.HasPrefix(name, page) || strings.HasPrefix(name, "assets/"+page+"-") {
				t.Errorf("%s is embedded", name)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
