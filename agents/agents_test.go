package agents_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/agents"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
)

// issuer is a provider with one key at a time.
type issuer struct {
	*httptest.Server
	key  *ecdsa.PrivateKey
	kid  string
	down atomic.Bool
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func newIssuer(t *testing.T) *issuer {
	i := &issuer{key: newKey(t), kid: "one"}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		if i.down.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"issuer": i.URL, "jwks_uri": i.URL + "/keys", "id_token_signing_alg_values_supported": []string{"ES256"}})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: i.key.Public(), KeyID: i.kid, Algorithm: "ES256", Use: "sig"}}})
	})
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) token(t *testing.T, change func(c jwt.MapClaims)) string {
	t.Helper()
	now := time.Now()
	c := jwt.MapClaims{"iss": i.URL, "aud": "holdfast", "sub": "ana", "role": "agent", "name": "Ana Example", "given_name": "Ana", "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix()}
	if change != nil {
		change(c)
	}
	tok := jwt.NewWithClaims(jwt.SigningMethodES256, c)
	tok.Header["kid"] = i.kid
	s, err := tok.SignedString(i.key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func verifier(t *testing.T, i *issuer) *agents.Verifier {
	t.Helper()
	v, err := agents.New(agents.Config{Issuer: i.URL, Audience: "holdfast", RoleClaim: "role"})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestVerify(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	v := verifier(t, i)
	a, err := v.Verify(t.Context(), i.token(t, nil))
	if err != nil || a.Sub != "ana" || a.Role != agents.RoleAgent || a.GivenName != "Ana" || a.ExpiresAt.Sub(a.IssuedAt) != 5*time.Minute {
		t.Fatalf("%+v, %v", a, err)
	}
	for want, claim := range map[agents.Role]any{"supervisor": []string{"agent", "supervisor"}, "auditor": "auditor"} {
		if a, err := v.Verify(t.Context(), i.token(t, func(c jwt.MapClaims) { c["role"] = claim })); err != nil || a.Role != want {
			t.Errorf("%v: %+v, %v", claim, a, err)
		}
	}
	// Another key, as after a rotation.
	i.key, i.kid = newKey(t), "two"
	if _, err := v.Verify(t.Context(), i.token(t, nil)); err != nil {
		t.Errorf("after a rotation: %v", err)
	}
}

// Whatever is wrong with a token, it is nobody's, and the error says no more.
func TestForged(t *testing.T) {
	t.Parallel()
	i, other := newIssuer(t), newIssuer(t)
	other.kid = "one"
	v := verifier(t, i)
	good := i.token(t, nil)
	parts := strings.Split(good, ".")
	now := time.Now()
	set := func(name string, value any) string { return i.token(t, func(c jwt.MapClaims) { c[name] = value }) }
	none, _ := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"iss": i.URL, "aud": "holdfast", "sub": "ana", "role": "supervisor", "iat": now.Unix(), "exp": now.Add(time.Minute).Unix()}).SignedString(jwt.UnsafeAllowNoneSignatureType)
	mac, _ := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"iss": i.URL, "aud": "holdfast", "sub": "ana", "role": "supervisor", "iat": now.Unix(), "exp": now.Add(time.Minute).Unix()}).SignedString([]byte("k"))
	for name, token := range map[string]string{
		"empty": "", "garbage": "x.y.z", "cut": good[:len(good)-2], "without a signature": parts[0] + "." + parts[1] + ".", "none": none, "by a secret": mac,
		"by another's key": other.token(t, func(c jwt.MapClaims) { c["iss"] = i.URL }), "of another issuer": set("iss", "https://else.test"), "for another audience": set("aud", "else"),
		"expired": set("exp", now.Add(-time.Minute).Unix()), "not yet": set("nbf", now.Add(10*time.Minute).Unix()),
		"for too long": set("exp", now.Add(6*time.Minute).Unix()), "without iat": i.token(t, func(c jwt.MapClaims) { delete(c, "iat") }),
		"from the future": i.token(t, func(c jwt.MapClaims) {
			c["iat"], c["exp"] = now.Add(4*time.Minute).Unix(), now.Add(8*time.Minute).Unix()
		}),
		"without a role": set("role", "customer"), "of no sub": set("sub", ""), "of a strange sub": set("sub", "ana\nbo"), "huge": strings.Repeat("a", 9000),
	} {
		if a, err := v.Verify(t.Context(), token); !errors.Is(err, agents.ErrInvalid) || err.Error() != agents.ErrInvalid.Error() {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
}

// The provider may come later than we do.
func TestProviderAway(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	i.down.Store(true)
	now := time.Now()
	v, err := agents.New(agents.Config{Issuer: i.URL, Audience: "holdfast", RoleClaim: "role", Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Verify(t.Context(), i.token(t, nil)); !errors.Is(err, agents.ErrUnavailable) {
		t.Errorf("away: %v", err)
	}
	i.down.Store(false)
	now = now.Add(10 * time.Second)
	if _, err := v.Verify(t.Context(), i.token(t, nil)); err != nil {
		t.Errorf("back: %v", err)
	}
	if _, err := agents.New(agents.Config{Issuer: i.URL}); err == nil || !strings.Contains(err.Error(), "oidc_audience") {
		t.Errorf("settings: %v", err)
	}
}
