package agents_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"holdfast/agents"
	"holdfast/agents/agentstest"

	"github.com/golang-jwt/jwt/v5"
)

func verifier(t *testing.T, i *agentstest.Issuer) *agents.Verifier {
	t.Helper()
	v, err := agents.New(agents.Config{Issuer: i.URL, Audience: "holdfast", RoleClaim: "role"})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestVerify(t *testing.T) {
	t.Parallel()
	i := agentstest.NewIssuer(t)
	v := verifier(t, i)
	a, err := v.Verify(t.Context(), i.Token(t, nil))
	if err != nil || a.Sub != "ana" || a.Role != agents.RoleAgent || a.GivenName != "Ana" || a.ExpiresAt.Sub(a.IssuedAt) != 5*time.Minute {
		t.Fatalf("%+v, %v", a, err)
	}
	for want, claim := range map[agents.Role]any{"supervisor": []string{"agent", "supervisor"}, "auditor": "auditor"} {
		if a, err := v.Verify(t.Context(), i.Token(t, func(c jwt.MapClaims) { c["role"] = claim })); err != nil || a.Role != want {
			t.Errorf("%v: %+v, %v", claim, a, err)
		}
	}
	// Another key, as after a rotation.
	i.Key, i.Kid = agentstest.NewKey(t), "two"
	if _, err := v.Verify(t.Context(), i.Token(t, nil)); err != nil {
		t.Errorf("after a rotation: %v", err)
	}
}

// Whatever is wrong with a token, it is nobody's, and the error says no more.
func TestForged(t *testing.T) {
	t.Parallel()
	i, other := agentstest.NewIssuer(t), agentstest.NewIssuer(t)
	other.Kid = "one"
	v := verifier(t, i)
	good := i.Token(t, nil)
	parts := strings.Split(good, ".")
	now := time.Now()
	set := func(name string, value any) string { return i.Token(t, func(c jwt.MapClaims) { c[name] = value }) }
	none, _ := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"iss": i.URL, "aud": "holdfast", "sub": "ana", "role": "supervisor",
		"iat": now.Unix(), "exp": now.Add(time.Minute).Unix()}).SignedString(jwt.UnsafeAllowNoneSignatureType)
	mac, _ := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"iss": i.URL, "aud": "holdfast", "sub": "ana", "role": "supervisor",
		"iat": now.Unix(), "exp": now.Add(time.Minute).Unix()}).SignedString([]byte("k"))
	for name, token := range map[string]string{
		"empty": "", "garbage": "x.y.z", "cut": good[:len(good)-2], "without a signature": parts[0] + "." + parts[1] + ".", "none": none,
		"by a secret":       mac,
		"by another's key":  other.Token(t, func(c jwt.MapClaims) { c["iss"] = i.URL }),
		"of another issuer": set("iss", "https://else.test"), "for another audience": set("aud", "else"),
		"expired": set("exp", now.Add(-time.Minute).Unix()), "not yet": set("nbf", now.Add(10*time.Minute).Unix()),
		"for too long": set("exp", now.Add(6*time.Minute).Unix()), "without iat": i.Token(t, func(c jwt.MapClaims) { delete(c, "iat") }),
		"from the future": i.Token(t, func(c jwt.MapClaims) {
			c["iat"], c["exp"] = now.Add(4*time.Minute).Unix(), now.Add(8*time.Minute).Unix()
		}),
		"without a role": set("role", "customer"), "of no sub": set("sub", ""), "of a strange sub": set("sub", "ana\nbo"),
		"huge": strings.Repeat("a", 9000),
	} {
		if a, err := v.Verify(t.Context(), token); !errors.Is(err, agents.ErrInvalid) || err.Error() != agents.ErrInvalid.Error() {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
}

// The provider may come later than we do.
func TestProviderAway(t *testing.T) {
	t.Parallel()
	i := agentstest.NewIssuer(t)
	i.Down.Store(true)
	now := time.Now()
	v, err := agents.New(agents.Config{Issuer: i.URL, Audience: "holdfast", RoleClaim: "role", Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Verify(t.Context(), i.Token(t, nil)); !errors.Is(err, agents.ErrUnavailable) {
		t.Errorf("away: %v", err)
	}
	i.Down.Store(false)
	now = now.Add(10 * time.Second)
	if _, err := v.Verify(t.Context(), i.Token(t, nil)); err != nil {
		t.Errorf("back: %v", err)
	}
	if _, err := agents.New(agents.Config{Issuer: i.URL}); err == nil || !strings.Contains(err.Error(), "oidc_audience") {
		t.Errorf("settings: %v", err)
	}
}
