package issuer_test

import (
	"bufio"
	"encoding/json"
	"html"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"holdfast/devstack/issuer"
	"holdfast/serve"
	"holdfast/store"
)

// browser keeps cookies and follows nothing by itself.
type browser struct {
	t       *testing.T
	url     string
	cookies map[string]string
}

func (b *browser) do(method, at, body string, headers ...string) (*http.Response, string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, at, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if strings.HasPrefix(at, b.url) {
		for name, value := range b.cookies {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
	}
	c := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range res.Cookies() {
		b.cookies[c.Name] = c.Value
	}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		return res, ""
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res, string(text)
}

// follow goes where redirects lead.
func (b *browser) follow(res *http.Response, text string) (*http.Response, string) {
	b.t.Helper()
	for range 5 {
		next, err := res.Location()
		if err != nil {
			break
		}
		res, text = b.do(http.MethodGet, next.String(), "")
	}
	return res, text
}

func (b *browser) signIn(query string) (*http.Response, string) {
	b.t.Helper()
	return b.follow(b.do(http.MethodGet, b.url+"/console/signin"+query, ""))
}

// running is Holdfast's API with the console, at a provider of its own.
func running(t *testing.T) *browser { t.Helper(); return runningAhead(t, 0) }

// runningAhead is the same, of a time to come.
func runningAhead(t *testing.T, by time.Duration) *browser {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	i, err := issuer.Start("127.0.0.1:0", "dev", issuer.People)
	must(err)
	t.Cleanup(func() { _ = i.Stop() })
	i.KeepAhead(func() time.Duration { return by })
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "holdfast.db")
	db, err := store.Open(t.Context(), dsn, store.Options{})
	must(err)
	must(db.Migrate(t.Context()))
	must(db.Close())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	at := l.Addr().String()
	must(l.Close())
	i.AllowRedirect("http://" + at + "/console/callback")
	p, err := serve.Start(t.Context(), serve.Config{Roles: []string{"api"}, Database: dsn, Listen: at, PublicURL: "http://" + at,
		OutboundAllow: []string{"127.0.0.0/8"},
		OIDCIssuer:    i.URL, OIDCAudience: issuer.Audience, OIDCRoleClaim: issuer.RoleClaim, OIDCClientID: issuer.Console,
		OIDCClientSecret: i.Secret, Now: func() time.Time { return time.Now().Add(by) }}, slog.New(slog.DiscardHandler))
	must(err)
	t.Cleanup(func() { _ = p.Stop() })
	return &browser{t, "http://" + at, map[string]string{}}
}

// Sam signs in by the provider's page, works, and signs out; ana is signed in by
// a hint, and revoked.
func TestCodeFlow(t *testing.T) {
	t.Parallel()
	sam := running(t)
	res, text := sam.signIn("")
	if !strings.Contains(text, "Sign in as Olga Novak, auditor") {
		t.Fatalf("%s: %s", res.Status, text)
	}
	request := regexp.MustCompile(`name="request" value="([^"]+)"`).FindStringSubmatch(text)
	if request == nil {
		t.Fatal("the page has no request")
	}
	form := url.Values{"request": {html.UnescapeString(request[1])}, "sub": {"sam"}}
	res, text = sam.follow(sam.do(http.MethodPost, res.Request.URL.Scheme+"://"+res.Request.URL.Host+"/login", form.Encode(), "Content-Type",
		"application/x-www-form-urlencoded"))
	if res.StatusCode != 200 || !strings.Contains(text, `content="0;url=/console"`) {
		t.Fatalf("%s: %s", res.Status, text)
	}
	ana := &browser{t, sam.url, map[string]string{}}
	if res, text := ana.signIn("?hint=ana&return=/console/case"); !strings.Contains(text, `content="0;url=/console/case"`) {
		t.Fatalf("%s: %s", res.Status, text)
	}
	var session struct{ Sub, Role, CSRF string }
	if _, text = sam.do(http.MethodGet, sam.url+"/console/session", ""); json.Unmarshal([]byte(text), &session) != nil ||
		session.Sub != "sam" || session.Role != "supervisor" {
		t.Fatalf("session %s", text)
	}
	events, _ := ana.do(http.MethodGet, ana.url+"/console/v1/callbacks/events", "")
	lines := bufio.NewScanner(events.Body)
	if !lines.Scan() || lines.Text() != "event: stats" {
		t.Fatalf("%s: %q", events.Status, lines.Text())
	}
	status := func(b *browser, method, path, body string, want int) {
		t.Helper()
		if res, text := b.do(method, b.url+path, body, "Holdfast-CSRF", session.CSRF, "Content-Type",
			"application/json"); res.StatusCode != want {
			t.Errorf("%s %s: %s %s", method, path, res.Status, text)
		}
	}
	status(sam, "GET", "/console/v1/agents", "", 200)
	status(sam, "GET", "/console/v1/holds", "", 404)
	status(sam, "PUT", "/console/v1/agents/bo", `{"number":"+4915111000102"}`, 200)
	status(ana, "GET", "/console/v1/callbacks", "", 200)
	status(sam, "POST", "/console/v1/agents/ana/revoke", "", 204)
	for lines.Scan() { // to its end: it is revoked
	}
	status(ana, "GET", "/console/v1/callbacks", "", 401)
	status(sam, "POST", "/console/signout", `{"everywhere":false}`, 204)
	status(sam, "GET", "/console/session", "", 401)
}

// The provider holds its client to what it registered.
func TestCodeFlowRefused(t *testing.T) {
	t.Parallel()
	b := running(t)
	res, _ := b.do(http.MethodGet, b.url+"/console/signin", "")
	asked, err := res.Location()
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"redirect_uri": "http://else.test/callback", "code_challenge": "",
		"code_challenge_method": "plain", "client_id": "else"} {
		q := asked.Query()
		q.Set(name, value)
		at := *asked
		at.RawQuery = q.Encode()
		res, _ := b.do(http.MethodGet, at.String(), "")
		if to, err := res.Location(); err == nil && (to.Path == "/login" || to.Host == "else.test") {
			t.Errorf("%s=%s leads to %s", name, value, to)
		}
	}
}
