package issuer_test

import (
	"errors"
	"testing"
	"time"

	"holdfast/agents"
	"holdfast/devstack/issuer"
)

// Everybody's token is theirs, with their role, for five minutes.
func TestTokens(t *testing.T) {
	t.Parallel()
	i, err := issuer.Start("127.0.0.1:0", "dev", issuer.People)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = i.Stop() })
	v, err := agents.New(agents.Config{Issuer: i.URL, Audience: issuer.Audience, RoleClaim: issuer.RoleClaim})
	if err != nil {
		t.Fatal(err)
	}
	desk := issuer.Desk{URL: i.URL, Secret: "dev"}
	for _, p := range issuer.People {
		token, err := desk.Token(t.Context(), p.Sub)
		if err != nil {
			t.Fatal(err)
		}
		a, err := v.Verify(t.Context(), token)
		if err != nil || a.Sub != p.Sub || string(a.Role) != p.Role || a.GivenName != p.GivenName || a.ExpiresAt.Sub(a.IssuedAt) > 5*time.Minute {
			t.Errorf("%+v, %v", a, err)
		}
	}
	if _, err := desk.Token(t.Context(), "eve"); err == nil {
		t.Error("eve signed in")
	}
	if _, err := (issuer.Desk{URL: i.URL, Secret: "guessed"}).Token(t.Context(), "ana"); err == nil {
		t.Error("a guessed secret signed in")
	}
	other, err := issuer.Start("127.0.0.1:0", "dev", issuer.People)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Stop() })
	token, err := issuer.Desk{URL: other.URL, Secret: "dev"}.Token(t.Context(), "sam")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Verify(t.Context(), token); !errors.Is(err, agents.ErrInvalid) {
		t.Errorf("another provider's token: %v", err)
	}
}
