package console_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/store/storetest"

	"github.com/golang-jwt/jwt/v5"
)

// The whole way in: the provider is asked as the standards say, the cookies are
// as they should be, and the page goes on without a redirect.
func TestSignIn(t *testing.T) {
	t.Parallel()
	x := sqliteBench(t)
	asked := x.get("/console/signin?return=/console/queue%3Fa=b&hint=ana")
	if c := asked.Header.Get("Set-Cookie"); !strings.HasPrefix(c, "__Host-signin=") || !strings.HasSuffix(c,
		"; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax") {
		t.Errorf("cookie %s", c)
	}
	done := x.end(x.begin("?return=/console/queue%3Fa=b&hint=ana"))
	if x.idp.hint != "ana" {
		t.Errorf("hint %q", x.idp.hint)
	}
	for _, want := range []string{`<meta http-equiv="refresh" content="0;url=/console/queue?a=b">`, `href="/console/queue?a=b"`} {
		x.status("callback", done, http.StatusOK, want)
	}
	set := done.Header.Values("Set-Cookie")
	if len(set) != 2 || !strings.HasPrefix(set[0], "__Host-signin=; Path=/; Max-Age=0;") ||
		!strings.HasPrefix(set[1], "__Host-console=") || !strings.HasSuffix(set[1], "; Path=/; HttpOnly; Secure; SameSite=Strict") {
		t.Errorf("cookies %q", set)
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
		"Referrer-Policy":         "no-referrer",
		"Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"} {
		if got := done.Header.Get(name); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	s := x.get("/console/session").json(t)
	if s["sub"] != "ana" || s["name"] != "Ana Example" || s["given_name"] != "Ana" || s["role"] != "agent" || len(s["csrf"].(string)) != 43 ||
		s["idle_seconds"] != 900.0 ||
		s["ends_at"] != storetest.Start.Add(8*time.Hour).String() || s["now"] != storetest.Start.String() {
		t.Errorf("session %v", s)
	}
	x.status("in Chinese", x.get("/console/callback", "Accept-Language", "zh-CN,zh;q=0.9"), http.StatusBadRequest, `lang="zh-Hans"`)
}

// A session's secret is the browser's alone: nothing that the database or the
// log has opens the tokens or makes a cookie.
func TestDatabaseHasNoTokens(t *testing.T) {
	t.Parallel()
	x := sqliteBench(t)
	x.signIn()
	x.store.Clock.Forward(5 * time.Minute)
	x.status("renewed", x.get("/console/v1/callbacks"), http.StatusOK, "ana")
	var row struct {
		Digest hold.Digest
		Sealed []byte
	}
	x.store.Must(storetest.Raw(t, x.store.URL).Get(&row, `SELECT digest, sealed FROM console_sessions`))
	for name, b := range map[string][]byte{"the row": row.Sealed, "the log": x.log.Bytes()} {
		for _, secret := range []string{"refresh", "eyJ", x.cookies["__Host-console"], x.csrf} {
			if bytes.Contains(b, []byte(secret)) {
				t.Errorf("%s has %.12s…", name, secret)
			}
		}
	}
	x.cookies["__Host-console"] = string(row.Digest)
	x.status("the digest as a cookie", x.get("/console/session"), http.StatusUnauthorized, "unauthenticated")
}

// A callback counts only in the browser that began it, once, within ten
// minutes, with the same state; whoever is refused gets no session.
func TestForgedCallback(t *testing.T) {
	t.Parallel()
	for name, forge := range map[string]func(x *bench) reply{
		"without a cookie": func(x *bench) reply { back := x.begin(""); clear(x.cookies); return x.end(back) },
		"with an attacker's code and state": func(x *bench) reply {
			thief := &browser{t: x.t, url: x.url, cookies: map[string]string{}}
			x.begin("")
			return x.end(thief.begin(""))
		},
		"with another state": func(x *bench) reply {
			back := x.begin("")
			q := back.Query()
			q.Set("state", "x")
			back.RawQuery = q.Encode()
			return x.end(back)
		},
		"without a state": func(x *bench) reply {
			back := x.begin("")
			q := back.Query()
			q.Del("state")
			back.RawQuery = q.Encode()
			return x.end(back)
		},
		"twice": func(x *bench) reply {
			back := x.begin("")
			x.end(back)
			clear(x.cookies)
			return x.end(back)
		},
		"too late": func(x *bench) reply {
			back := x.begin("")
			x.store.Clock.Forward(10 * time.Minute)
			return x.end(back)
		},
		"with a cookie of its own making": func(x *bench) reply {
			back := x.begin("")
			x.cookies["__Host-signin"] = "AAAA" + x.cookies["__Host-signin"][4:]
			return x.end(back)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := sqliteBench(t)
			x.status(name, forge(x), http.StatusBadRequest, "Try again")
			if x.cookies["__Host-console"] != "" {
				t.Error("there is a session")
			}
		})
	}
}

// Whatever is wrong with what the provider sends, nobody is signed in, and the
// page says why in plain words.
func TestWhoIsNotSignedIn(t *testing.T) {
	t.Parallel()
	claim := func(name string, v any) func(jwt.MapClaims) { return func(c jwt.MapClaims) { c[name] = v } }
	for name, c := range map[string]struct {
		wrong  func(x *bench)
		status int
		says   string
	}{
		"nonce of another sign-in": {func(x *bench) { x.idp.id = claim("nonce", "x") }, 403, "does not prove"},
		"no nonce":                 {func(x *bench) { x.idp.id = claim("nonce", "") }, 403, "does not prove"},
		"for another client":       {func(x *bench) { x.idp.id = claim("aud", "else") }, 403, "does not prove"},
		"for several, of nobody":   {func(x *bench) { x.idp.id = claim("aud", []string{clientID, "else"}) }, 403, "does not prove"},
		"for several, of another": {func(x *bench) {
			x.idp.id = func(c jwt.MapClaims) { c["aud"], c["azp"] = []string{clientID, "else"}, "else" }
		}, 403, "does not prove"},
		"of another client":    {func(x *bench) { x.idp.id = claim("azp", "else") }, 403, "does not prove"},
		"of another issuer":    {func(x *bench) { x.idp.id = claim("iss", "https://else.test") }, 403, "does not prove"},
		"expired":              {func(x *bench) { x.idp.id = claim("exp", 1) }, 403, "does not prove"},
		"another access token": {func(x *bench) { x.idp.id = claim("at_hash", "x") }, 403, "does not prove"},
		"two people":           {func(x *bench) { x.idp.access = claim("sub", "bo") }, 403, "does not prove"},
		"no role":              {func(x *bench) { x.idp.role = "customer" }, 403, "role agent, supervisor, auditor or branch"},
		"for too long": {func(x *bench) { x.idp.access = claim("exp", x.idp.now().Add(time.Hour).Unix()) }, 403,
			"may not use the console"},
		"refused": {func(x *bench) { x.idp.refuse = true }, 403, "did not sign you in"},
		"away":    {func(x *bench) { x.idp.down = true }, 503, "does not answer"},
		"revoked": {func(x *bench) {
			x.store.Agent("ana", "agent")
			x.store.Must(x.store.RevokeAgent(t.Context(), x.store.Agent("sam", "supervisor"), "ana"))
		}, 403, "was revoked"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := sqliteBench(t)
			back := x.begin("?return=/console/x")
			x.idp.set(func() { c.wrong(x) })
			x.status(name, x.end(back), c.status, c.says)
			if x.cookies["__Host-console"] != "" {
				t.Error("there is a session")
			}
		})
	}
	x := sqliteBench(t)
	back := x.begin("?return=/console/x")
	q := back.Query()
	q.Del("code")
	q.Set("error", "access_denied")
	back.RawQuery = q.Encode()
	x.status("declined", x.end(back), 403, `href="/console/signin?return=%2Fconsole%2Fx"`)
}

// Whoever sends an agent to the sign-in decides only on a path of the console.
func TestOpenRedirect(t *testing.T) {
	t.Parallel()
	x := sqliteBench(t)
	for _, to := range []string{"https://else.test/console", "//else.test/console", "/\\else.test", "\\\\else.test", "/console/..//else.test",
		"/console/../app", "/consolex", "/app", "console",
		"javascript:alert(1)", "/console%00", "https:/console", "/console/signin", "/console/callback?x", "%2f%2felse.test",
		"/console//else.test", "/console/\\else.test", "", ";url=//else.test"} {
		r := x.end(x.begin("?return=" + strings.NewReplacer("%", "%25", "\\", "%5c", "&", "%26", ";", "%3b", "?", "%3f").Replace(to)))
		x.status(to, r, http.StatusOK, `content="0;url=/console">`)
	}
	x.status("markup", x.end(x.begin(`?return=/console/%22%3e%3cscript%3e`)), http.StatusOK, `content="0;url=/console/%22%3E%3Cscript%3E"`)
}

// Each sign-in begins a session of its own, whatever cookie the browser brings.
func TestSessionFixation(t *testing.T) {
	t.Parallel()
	x := sqliteBench(t)
	planted := strings.Repeat("A", 43)
	x.cookies["__Host-console"] = planted
	x.signIn()
	first := x.cookies["__Host-console"]
	if first == planted {
		t.Error("the planted cookie is a session")
	}
	x.signIn()
	if x.cookies["__Host-console"] == first {
		t.Error("two sign-ins have one cookie")
	}
}
