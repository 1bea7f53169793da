package serve_test

import (
	"net/http"
	"strings"
	"testing"

	"holdfast/serve"
)

// The console stands in front of the API: its routes are its own, its pages and
// everything else are as they were.
func TestConsoleInFront(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	ask := func(method, path string, headers ...string) answer {
		r, err := http.NewRequestWithContext(t.Context(), method, f.url+path, http.NoBody)
		f.must(err)
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		return f.send(r)
	}
	cookie := "__Host-console=" + strings.Repeat("A", 43)
	for _, c := range []struct {
		got    answer
		status int
		says   string
	}{
		{ask("GET", "/console/signin"), 501, "oidc_client_id"},
		{ask("GET", "/console/session"), 401, `"code":"unauthenticated"`},
		{ask("GET", "/console/session", "Cookie", cookie), 401, `"code":"unauthenticated"`},
		{ask("GET", "/console/v1/callbacks", "Cookie", cookie), 401, `"code":"unauthenticated"`},
		{ask("POST", "/console/v1/callbacks/next", "Cookie", cookie), 403, `"code":"csrf_refused"`},
		{ask("POST", "/console/signin"), 405, `"code":"method_not_allowed"`},
		{ask("GET", "/console/queue"), 200, "<html"},
		{ask("GET", "/v1/callbacks", "Cookie", cookie), 401, `"code":"unauthenticated"`},
		{ask("GET", "/health/alive"), 200, ""},
	} {
		if c.got.status != c.status || !strings.Contains(c.got.body, c.says) {
			t.Errorf("got %d %s, want %d %s", c.got.status, c.got.body, c.status, c.says)
		}
	}
}

// A client without its secret or its provider is named before anything starts.
func TestConsoleSettings(t *testing.T) {
	t.Parallel()
	for _, c := range []serve.Config{{OIDCClientID: "x", OIDCIssuer: "https://id.test"}, {OIDCClientID: "x", OIDCClientSecret: "y"}} {
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), "oidc_client_id") {
			t.Errorf("%v", err)
		}
	}
}
