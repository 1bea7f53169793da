package agents_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/agents"
	"holdfast/agents/agentstest"

	"github.com/golang-jwt/jwt/v5"
)

// asked is a verifier and how often its provider was asked for keys.
func asked(t *testing.T, i *agentstest.Issuer) (v *agents.Verifier, forward func(time.Duration)) {
	t.Helper()
	var by atomic.Int64
	v, err := agents.New(agents.Config{Issuer: i.URL, Audience: "holdfast", RoleClaim: "role",
		Now: func() time.Time { return time.Now().Add(time.Duration(by.Load())) }})
	if err != nil {
		t.Fatal(err)
	}
	return v, func(d time.Duration) { by.Add(int64(d)) }
}

// However many come at once, and whatever keys they name, the provider is asked
// once for all of them, and for an unknown key once a minute.
func TestKeysAreFetchedOnce(t *testing.T) {
	t.Parallel()
	i := agentstest.NewIssuer(t)
	v, forward := asked(t, i)
	good := i.Token(t, nil)
	forged := func(kid string) string {
		o := &agentstest.Issuer{Server: i.Server, Key: agentstest.NewKey(t), Kid: kid}
		return o.Token(t, nil)
	}
	slow := make(chan struct{})
	i.Slow.Store(&slow)
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			if _, err := v.Verify(t.Context(), good); err != nil {
				t.Errorf("one of many: %v", err)
			}
		})
	}
	close(slow)
	all.Wait()
	if n := i.Asked.Load(); n != 1 {
		t.Errorf("the keys were fetched %d times for all who waited", n)
	}
	if _, err := v.Verify(t.Context(), forged("a")); !errors.Is(err, agents.ErrInvalid) ||
		agents.CheckOf(err) != "kid: no key of the provider's" {
		t.Errorf("an unknown key: %v, %s", err, agents.CheckOf(err))
	}
	for range 3 { // whose they are nobody can say now: a console that has one waits
		for _, kid := range []string{"a", "b", "c", "d"} {
			if _, err := v.Verify(t.Context(), forged(kid)); !errors.Is(err, agents.ErrUnavailable) {
				t.Errorf("an unknown key, in the same minute: %v", err)
			}
		}
	}
	if n := i.Asked.Load(); n != 2 {
		t.Errorf("unknown keys were looked for %d times in one minute", n-1)
	}
	forward(time.Minute)
	i.Key, i.Kid = agentstest.NewKey(t), "two"
	if _, err := v.Verify(t.Context(), i.Token(t, nil)); err != nil {
		t.Errorf("a new key, a minute later: %v", err)
	}
}

// While the provider's keys are slow, forged tokens hold up nobody whose key is
// known, and no more of them wait than have a place.
func TestSlowKeysHoldUpNobody(t *testing.T) {
	t.Parallel()
	i := agentstest.NewIssuer(t)
	v, _ := asked(t, i)
	good := i.Token(t, nil)
	if _, err := v.Verify(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	slow := make(chan struct{})
	i.Slow.Store(&slow)
	o := &agentstest.Issuer{Server: i.Server, Key: agentstest.NewKey(t), Kid: "else"}
	forged := o.Token(t, nil)
	results := make(chan error, 100)
	for range 100 {
		go func() { _, err := v.Verify(t.Context(), forged); results <- err }()
	}
	for range 36 { // 64 may wait
		if err := <-results; !errors.Is(err, agents.ErrUnavailable) {
			t.Errorf("one too many: %v", err)
		}
	}
	if _, err := v.Verify(t.Context(), good); err != nil {
		t.Errorf("whose key is known: %v", err)
	}
	close(slow)
	for range 64 {
		if err := <-results; !errors.Is(err, agents.ErrInvalid) {
			t.Errorf("who waited: %v", err)
		}
	}
}

// A key that the provider withdrew is forgotten within the hour, and nobody
// waits for that; keys of kinds that are not known here harm no others.
func TestKeysAreLookedAtAnew(t *testing.T) {
	t.Parallel()
	i := agentstest.NewIssuer(t)
	i.More = []any{map[string]string{"kty": "AKP", "alg": "ML-DSA-44", "kid": "new", "pub": "AA"}, map[string]string{"kty": "OKP",
		"crv": "Ed448", "x": "AA"}}
	v, forward := asked(t, i)
	i.Life = 3 * time.Hour
	v.MaxLife = 3 * time.Hour
	old := i.Token(t, nil)
	if _, err := v.Verify(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	i.Key, i.Kid = agentstest.NewKey(t), "two"
	forward(time.Hour + time.Second)
	if _, err := v.Verify(t.Context(), old); err != nil {
		t.Errorf("nobody waits for the look: %v", err)
	}
	for deadline := time.Now().Add(5 * time.Second); ; {
		if _, err := v.Verify(t.Context(), old); err != nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a withdrawn key still counts")
		}
	}
}

// What can be mended by waiting is told apart from what cannot.
func TestDiscoveryFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer func(w http.ResponseWriter, url string)
		want   error
		says   string
	}{
		"down":       {func(w http.ResponseWriter, _ string) { w.WriteHeader(503) }, agents.ErrUnavailable, "status 503"},
		"too often":  {func(w http.ResponseWriter, _ string) { w.WriteHeader(429) }, agents.ErrUnavailable, "status 429"},
		"not found":  {func(w http.ResponseWriter, _ string) { w.WriteHeader(404) }, agents.ErrMisconfigured, "status 404"},
		"redirected": {func(w http.ResponseWriter, _ string) { w.WriteHeader(302) }, agents.ErrMisconfigured, "status 302"},
		"a page":     {func(w http.ResponseWriter, _ string) { _, _ = w.Write([]byte("<html>")) }, agents.ErrMisconfigured, "no JSON"},
		"a template": {document("https://login.microsoftonline.com/{tenantid}/v2.0"), agents.ErrMisconfigured, "{tenantid}"},
		"a slash":    {func(w http.ResponseWriter, url string) { document(url+"/")(w, url) }, agents.ErrMisconfigured, "calls itself"},
		"without":    {func(w http.ResponseWriter, url string) { document(url)(w, url) }, agents.ErrMisconfigured, "jwks_uri"},
		"hanging up": {func(http.ResponseWriter, string) { panic(http.ErrAbortHandler) }, agents.ErrUnavailable, ""},
		"a cut reply": {func(w http.ResponseWriter, _ string) {
			w.Header().Set("Content-Length", "99")
			_, _ = w.Write([]byte("{"))
		}, agents.ErrUnavailable, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var url string
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { c.answer(w, url) }))
			t.Cleanup(s.Close)
			url = s.URL
			client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			v, err := agents.New(agents.Config{Issuer: s.URL, Audience: "holdfast", RoleClaim: "role", Client: client})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := v.Provider.Document(t.Context()); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %v: %s", err, c.want, c.says)
			}
		})
	}
}

func document(issuer string) func(w http.ResponseWriter, url string) {
	return func(w http.ResponseWriter, _ string) { _ = json.NewEncoder(w).Encode(map[string]any{"issuer": issuer}) }
}

// A token that is refused says nothing of why; the check is for the log, and
// quotes nothing of the token.
func TestWhichCheck(t *testing.T) {
	t.Parallel()
	i, now := agentstest.NewIssuer(t), time.Now()
	v, _ := asked(t, i)
	for want, change := range map[string]func(c jwt.MapClaims){
		"iss": func(c jwt.MapClaims) { c["iss"] = "https://canary.test" }, "aud": func(c jwt.MapClaims) { c["aud"] = "canary" },
		"exp: expired":      func(c jwt.MapClaims) { c["exp"] = now.Add(-time.Minute).Unix() },
		"exp: lives longer": func(c jwt.MapClaims) { c["exp"] = now.Add(time.Hour).Unix() },
		"nbf":               func(c jwt.MapClaims) { c["nbf"] = now.Add(time.Hour).Unix() },
		"iat: missing":      func(c jwt.MapClaims) { delete(c, "iat") },
		"sub":               func(c jwt.MapClaims) { c["sub"] = strings.Repeat("canary", 43) },
		"role":              func(c jwt.MapClaims) { c["role"] = "canary" },
	} {
		_, err := v.Verify(t.Context(), i.Token(t, change))
		if got := agents.CheckOf(err); err == nil || err.Error() != agents.ErrInvalid.Error() || !strings.HasPrefix(got, want) ||
			strings.Contains(got, "canary") {
			t.Errorf("want %s: %v, %q", want, err, got)
		}
	}
}

// A subject is any string of 255 characters that shows as what it is.
func TestSubjects(t *testing.T) {
	t.Parallel()
	i := agentstest.NewIssuer(t)
	v, _ := asked(t, i)
	for _, sub := range []string{"auth0|507f1f77bcf86cd799439020", "S6C2nVh8Ad/o+Q==", "BANK\\ana", "CN=Ana Müller, OU=Call Centre", "/ana",
		"安娜", strings.Repeat("é", 255)} {
		if a, err := v.Verify(t.Context(), i.Token(t, func(c jwt.MapClaims) { c["sub"] = sub })); err != nil || a.Sub != sub {
			t.Errorf("%q: %q, %v", sub, a.Sub, err)
		}
	}
	for _, sub := range []any{"", strings.Repeat("a", 256), "ana\x00", "ana\u202egod", "a\u200bna", "ana\u00a0", "\ufffd", 7, nil} {
		if a, err := v.Verify(t.Context(), i.Token(t, func(c jwt.MapClaims) { c["sub"] = sub })); !errors.Is(err, agents.ErrInvalid) {
			t.Errorf("%q: %q, %v", sub, a.Sub, err)
		}
	}
}

// Clocks may differ by as much as the settings say.
func TestSkew(t *testing.T) {
	t.Parallel()
	i, now := agentstest.NewIssuer(t), time.Now()
	for skew, want := range map[time.Duration]error{2 * time.Minute: nil, 10 * time.Second: agents.ErrInvalid} {
		v, err := agents.New(agents.Config{Issuer: i.URL, Audience: "holdfast", RoleClaim: "role", Skew: skew,
			Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		for name, by := range map[string]time.Duration{"ahead": time.Minute, "behind": -6 * time.Minute} {
			_, err := v.Verify(t.Context(), i.Token(t, func(c jwt.MapClaims) {
				c["iat"], c["nbf"], c["exp"] = now.Add(by).Unix(), now.Add(by).Unix(), now.Add(by+5*time.Minute).Unix()
			}))
			if !errors.Is(err, want) {
				t.Errorf("%s by a minute, %s allowed: %v", name, skew, err)
			}
		}
	}
	v, err := agents.New(agents.Config{Issuer: i.URL, Audience: "holdfast", RoleClaim: "role", Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	for by, want := range map[time.Duration]error{20 * time.Second: nil, time.Minute: agents.ErrInvalid} {
		if _, err := v.Verify(t.Context(), i.Token(t, func(c jwt.MapClaims) { c["iat"] = now.Add(by).Unix() })); !errors.Is(err, want) {
			t.Errorf("ahead by %s, nothing said of it: %v", by, err)
		}
	}
}
