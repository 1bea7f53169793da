package console_test

import (
	"bufio"
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"

	"github.com/golang-jwt/jwt/v5"
)

// What the page asks reaches the API as the agent's own request, and nothing
// else of it does.
func TestForward(t *testing.T) {
	t.Parallel()
	x := sqliteBench(t)
	x.signIn()
	got := x.do(http.MethodPut, x.url+"/console/v1/agents/bo%7c1?x=1", "{}", "Authorization", "Bearer mine").json(t)
	for name, want := range map[string]any{"sub": "ana", "method": "PUT", "at": "/v1/agents/bo%7c1?x=1", "cookie": "", "csrf": "",
		"body": "{}"} {
		if got[name] != want {
			t.Errorf("%s: %v", name, got[name])
		}
	}
	for _, at := range []string{"/v1/callbacks", "/v1/callbacks/case_1/audit", "/v1/counter/cases", "/v1/approvals", "/v1/agents",
		"/v1/supervision/wallboard", "/v1/recalls", "/v1/referrals/ref_1", "/v1/complaints",
		"/v1/holds/hold_1/referrals"} {
		x.status(at, x.get("/console"+at), http.StatusOK, at)
	}
	for _, at := range []string{"/v1/holds", "/v1/holds/hold_1", "/v1/decisions", "/v1/customers/maria/sessions", "/v1/app/devices",
		"/v1/app/ws", "/v1/callbacksx", "/v1/", "/v1/providers/twilio/reply"} {
		x.status(at, x.get("/console"+at), http.StatusNotFound, "not_found")
	}
	x.status("beside the console", x.get("/v1/holds"), http.StatusUnauthorized, "")
}

// Only the console's own page changes anything (cross-site request forgery), and
// no other site reads anything.
func TestCSRF(t *testing.T) {
	t.Parallel()
	x := sqliteBench(t)
	x.signIn()
	mine, other := x.csrf, x.process(x.store.Store)
	other.signIn()
	for name, c := range map[string]struct {
		headers []string
		get     int // status of a GET
		change  int
	}{
		"the page":             {nil, 200, 200},
		"an old browser":       {[]string{"Sec-Fetch-Site", "", "Origin", ""}, 200, 200},
		"no token":             {[]string{"Holdfast-CSRF", ""}, 200, 403},
		"another's token":      {[]string{"Holdfast-CSRF", other.csrf}, 200, 403},
		"a cut token":          {[]string{"Holdfast-CSRF", mine[:42]}, 200, 403},
		"another origin":       {[]string{"Origin", "https://else.test"}, 200, 403},
		"another port":         {[]string{"Origin", x.origin + "1"}, 200, 403},
		"another scheme":       {[]string{"Origin", strings.Replace(x.origin, "http:", "https:", 1)}, 200, 403},
		"the origin null":      {[]string{"Origin", "null"}, 200, 403},
		"another site":         {[]string{"Sec-Fetch-Site", "cross-site"}, 403, 403},
		"another host":         {[]string{"Sec-Fetch-Site", "same-site"}, 403, 403},
		"the address bar":      {[]string{"Sec-Fetch-Site", "none"}, 200, 403},
		"another site's token": {[]string{"Sec-Fetch-Site", "cross-site", "Origin", "https://else.test"}, 403, 403},
	} {
		code := map[int]string{403: "csrf_refused"}
		x.status(name+", GET", x.get("/console/v1/callbacks", c.headers...), c.get, code[c.get])
		x.status(name+", session", x.get("/console/session", c.headers...), c.get, code[c.get])
		for _, method := range []string{"POST", "PUT", "DELETE", "PATCH"} {
			x.status(name+", "+method, x.do(method, x.url+"/console/v1/callbacks/next", "", c.headers...), c.change, code[c.change])
		}
		if c.change == 403 {
			x.status(name+", active", x.post("/console/active", "", c.headers...), 403, code[403])
			x.status(name+", signout", x.post("/console/signout", `{"everywhere":true}`, c.headers...), 403, code[403])
		}
	}
	x.status("still signed in", x.get("/console/session"), 200, "")
	for name, value := range map[string]string{"none": "", "another": strings.Repeat("B", 43), "short": "AAAA",
		"no base64": strings.Repeat("*", 43)} {
		x.cookies["__Host-console"] = value
		for _, r := range []reply{x.get("/console/session"), x.get("/console/v1/callbacks"), x.post("/console/v1/callbacks/next", "")} {
			if r.StatusCode != 401 && r.StatusCode != 403 {
				t.Errorf("cookie %s: %s", name, r.Status)
			}
		}
	}
}

// Only what the person does keeps a session: reading and streams do not.
func TestIdle(t *testing.T) {
	t.Parallel()
	x := sqliteBench(t)
	x.signIn()
	forward := func() { x.store.Clock.Forward(store.ConsoleIdle - time.Minute) }
	forward()
	x.status("active", x.post("/console/active", ""), http.StatusNoContent, "")
	forward()
	x.status("a change", x.post("/console/v1/callbacks/next", ""), http.StatusOK, "")
	forward()
	s := x.get("/console/session").json(t)
	if s["idle_seconds"] != 60.0 {
		t.Errorf("idle_seconds %v", s["idle_seconds"])
	}
	x.status("reading", x.get("/console/v1/callbacks"), http.StatusOK, "")
	x.store.Clock.Forward(time.Minute)
	cookie := x.cookies["__Host-console"]
	x.status("idle", x.get("/console/v1/callbacks"), http.StatusUnauthorized, "unauthenticated")
	if x.cookies["__Host-console"] != "" {
		t.Error("the cookie of an ended session is kept")
	}
	x.cookies["__Host-console"] = cookie
	x.status("active too late", x.post("/console/active", ""), http.StatusUnauthorized, "unauthenticated")
}

func TestAbsoluteEnd(t *testing.T) {
	t.Parallel()
	x := sqliteBench(t)
	x.signIn()
	for began := x.store.Clock.Now(); x.store.Clock.Now().Sub(began) < store.ConsoleLife-10*time.Minute; {
		x.store.Clock.Forward(10 * time.Minute)
		x.status("active", x.post("/console/active", ""), http.StatusNoContent, "")
	}
	x.status("in time", x.get("/console/v1/callbacks"), http.StatusOK, "")
	x.store.Clock.Forward(10 * time.Minute)
	x.status("after eight hours", x.get("/console/v1/callbacks"), http.StatusUnauthorized, "unauthenticated")
}

// Twenty requests at two processes renew the tokens once, with a provider that
// voids everything when a refresh token comes twice; and again, and again.
func TestRenewedOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		x := newBench(t, b)
		x.signIn()
		other := x.process(secondStore(b))
		other.cookies, other.csrf = x.cookies, x.csrf
		for round := range 3 {
			b.Clock.Forward(4*time.Minute + 31*time.Second)
			gate := make(chan struct{})
			x.idp.set(func() { x.idp.renewing = gate })
			var all sync.WaitGroup
			got := make([]reply, 20)
			for i := range got {
				all.Go(func() { got[i] = []*browser{x.browser, other}[i%2].get("/console/v1/callbacks") })
			}
			close(gate)
			all.Wait()
			for _, r := range got {
				x.status("in parallel", r, http.StatusOK, "ana")
			}
			x.idp.set(func() {
				if x.idp.renewals != round+1 {
					t.Errorf("round %d: %d renewals", round, x.idp.renewals)
				}
			})
		}
		x.status("before it is time", x.get("/console/v1/callbacks"), http.StatusOK, "")
		if x.idp.renewals != 3 {
			t.Error("renewed too early")
		}
	})
}

// secondStore is another process's, where the dialect allows one.
func secondStore(b *storetest.Bundle) *store.Store {
	if b.Dialect() == "sqlite" {
		return b.Store
	}
	s, err := store.Open(context.Background(), b.URL, store.Options{Clock: b.Clock.Now, Conns: 12})
	b.Must(err)
	b.T.Cleanup(func() { _ = s.Close() })
	return s
}

// A browser that goes away while the tokens are renewed loses nothing.
func TestRenewedThoughNobodyWaits(t *testing.T) {
	t.Parallel()
	x := sqliteBench(t)
	x.signIn()
	x.store.Clock.Forward(5 * time.Minute)
	gate := make(chan struct{})
	x.idp.set(func() { x.idp.renewing = gate })
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, x.url+"/console/v1/callbacks", nil)
	x.store.Must(err)
	r.AddCookie(&http.Cookie{Name: "__Host-console", Value: x.cookies["__Host-console"]})
	var claimed hold.Instant
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		if res, err := direct.Do(r); err == nil {
			_ = res.Body.Close()
		}
	}()
	for raw := storetest.Raw(t, x.store.URL); claimed == 0; {
		x.store.Must(raw.Get(&claimed, `SELECT renewing_until FROM console_sessions`))
	}
	cancel()
	<-gone
	close(gate)
	x.status("the next request", x.get("/console/v1/callbacks"), http.StatusOK, "ana")
	if x.idp.renewals != 1 {
		t.Errorf("%d renewals", x.idp.renewals)
	}
}

// The provider says no: the session is over. It does not answer: it goes on,
// later.
func TestRenewalFails(t *testing.T) {
	t.Parallel()
	x := sqliteBench(t)
	x.signIn()
	x.store.Clock.Forward(5 * time.Minute)
	x.idp.set(func() { x.idp.down = true })
	away := x.get("/console/v1/callbacks")
	x.status("away", away, http.StatusServiceUnavailable, "busy")
	if away.Header.Get("Retry-After") == "" {
		t.Error("503 without Retry-After")
	}
	x.status("active meanwhile", x.post("/console/active", ""), http.StatusNoContent, "")
	x.idp.set(func() { x.idp.down = false })
	x.status("back", x.get("/console/v1/callbacks"), http.StatusOK, "ana")
	x.store.Clock.Forward(5 * time.Minute)
	x.idp.set(func() { x.idp.refuse = true })
	x.status("refused", x.get("/console/v1/callbacks"), http.StatusUnauthorized, "unauthenticated")
	if x.cookies["__Host-console"] != "" {
		t.Error("the cookie is kept")
	}
}

// A role that was taken away, or somebody else's tokens, end the session at the
// next renewal.
func TestRenewedForAnother(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(jwt.MapClaims){
		"no role": func(c jwt.MapClaims) { c["role"] = "customer" }, "somebody else": func(c jwt.MapClaims) { c["sub"] = "bo" },
	} {
		x := sqliteBench(t)
		x.signIn()
		x.store.Clock.Forward(5 * time.Minute)
		x.idp.set(func() { x.idp.access = change })
		x.status(name, x.get("/console/v1/callbacks"), http.StatusUnauthorized, "unauthenticated")
	}
}

// A revocation ends the sessions in its commit; one that is renewing its tokens
// meanwhile does not live on, and the provider is told to forget them.
func TestRevokedWhileRenewing(t *testing.T) {
	t.Parallel()
	x := sqliteBench(t)
	x.signIn()
	sam := x.store.Agent("sam", "supervisor")
	x.store.Clock.Forward(5 * time.Minute)
	gate, answer := make(chan struct{}), make(chan reply)
	x.idp.set(func() { x.idp.renewing = gate })
	go func() { answer <- x.get("/console/v1/callbacks") }()
	var claimed hold.Instant
	for raw := storetest.Raw(t, x.store.URL); claimed == 0; {
		x.store.Must(raw.Get(&claimed, `SELECT renewing_until FROM console_sessions`))
	}
	x.store.Must(x.store.RevokeAgent(t.Context(), sam, "ana"))
	close(gate)
	x.status("revoked", <-answer, http.StatusUnauthorized, "unauthenticated")
	x.idp.set(func() {
		if len(x.idp.revoked) != 1 || len(x.idp.alive) != 0 {
			t.Errorf("revoked %d refresh tokens, %d live", len(x.idp.revoked), len(x.idp.alive))
		}
	})
	x.store.Clock.Forward(time.Second)
	x.signIn() // the account is the identity provider's to close
}

// Signing out ends this session, or all of one's own, here and at the provider.
func TestSignOut(t *testing.T) {
	t.Parallel()
	x := sqliteBench(t)
	two, three := x.process(x.store.Store), x.process(x.store.Store)
	for _, b := range []*browser{x.browser, two, three} {
		b.signIn()
	}
	stolen := x.cookies["__Host-console"]
	x.status("malformed", x.post("/console/signout", `{"all":1}`), http.StatusBadRequest, "json_invalid")
	x.status("signout", x.post("/console/signout", `{"everywhere":false}`), http.StatusNoContent, "")
	if x.cookies["__Host-console"] != "" || len(x.idp.revoked) != 1 {
		t.Errorf("cookie %q, revoked %d", x.cookies["__Host-console"], len(x.idp.revoked))
	}
	x.cookies["__Host-console"] = stolen
	x.status("the old cookie", x.get("/console/v1/callbacks"), http.StatusUnauthorized, "unauthenticated")
	x.cookies["__Host-console"] = stolen
	x.status("twice", x.post("/console/signout", `{"everywhere":true}`), http.StatusNoContent, "")
	three.status("another session", three.get("/console/v1/callbacks"), http.StatusOK, "ana")
	x.idp.set(func() { x.idp.down = true }) // it works without the provider
	two.status("everywhere", two.post("/console/signout", `{"everywhere":true}`), http.StatusNoContent, "")
	three.status("another session after all", three.get("/console/session"), http.StatusUnauthorized, "unauthenticated")
}

// Events stream through as they come, and end with the session.
func TestEvents(t *testing.T) {
	t.Parallel()
	x := sqliteBench(t)
	x.signIn()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, x.url+"/console/v1/callbacks/events", nil)
	x.store.Must(err)
	r.AddCookie(&http.Cookie{Name: "__Host-console", Value: x.cookies["__Host-console"]})
	res, err := direct.Do(r)
	x.store.Must(err)
	defer res.Body.Close() //nolint:errcheck // read to its end
	lines := bufio.NewScanner(res.Body)
	if !lines.Scan() || lines.Text() != "data: first" {
		t.Fatalf("%s: %q", res.Status, lines.Text())
	}
	x.status("signout", x.post("/console/signout", `{"everywhere":false}`), http.StatusNoContent, "")
	for lines.Scan() { // to its end
	}
}

// Without a provider nobody signs in, and the page says which setting is
// missing.
func TestNotConfigured(t *testing.T) {
	t.Parallel()
	x := sqliteBench(t)
	c := x.unconfigured()
	c.status("signin", c.get("/console/signin"), http.StatusNotImplemented, "oidc_client_id")
	c.status("callback", c.get("/console/callback?code=x&state=y"), http.StatusBadRequest, "")
	c.status("session", c.get("/console/session"), http.StatusUnauthorized, "unauthenticated")
}

// Every end of a session is on the agent's chain, with its cause.
func TestTrail(t *testing.T) {
	t.Parallel()
	x := sqliteBench(t)
	x.signIn()
	x.store.Clock.Forward(store.ConsoleIdle)
	x.get("/console/session")
	x.signIn()
	x.post("/console/signout", `{"everywhere":false}`)
	chain, _, err := x.store.Chain(t.Context(), "agent:ana")
	x.store.Must(err)
	var got []string
	for _, e := range chain {
		for _, kind := range []string{`"agent.signed_in"`, `"cause":"idle"`, `"agent.signed_out"`} {
			if strings.Contains(string(e.Bytes), kind) {
				got = append(got, kind)
			}
		}
	}
	if want := []string{`"agent.signed_in"`, `"cause":"idle"`, `"agent.signed_in"`, `"agent.signed_out"`}; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}
