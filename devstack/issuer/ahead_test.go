package issuer_test

import (
	"errors"
	"testing"
	"time"

	"holdfast/agents"
	"holdfast/devstack/issuer"
)

// A provider whose clock is ahead gives tokens of that time, as long as any.
func TestTokensOfAClockAhead(t *testing.T) {
	t.Parallel()
	const ahead = 48 * time.Hour
	i, err := issuer.Start("127.0.0.1:0", "dev", issuer.People)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = i.Stop() })
	i.KeepAhead(func() time.Duration { return ahead })
	token, err := issuer.Desk{URL: i.URL, Secret: "dev"}.Token(t.Context(), "ana")
	if err != nil {
		t.Fatal(err)
	}
	verify := func(now func() time.Time) (agents.Agent, error) {
		v, err := agents.New(agents.Config{Issuer: i.URL, Audience: issuer.Audience, RoleClaim: issuer.RoleClaim, Now: now})
		if err != nil {
			t.Fatal(err)
		}
		return v.Verify(t.Context(), token)
	}
	a, err := verify(func() time.Time { return time.Now().Add(ahead) })
	if err != nil || a.ExpiresAt.Sub(a.IssuedAt) != 5*time.Minute {
		t.Errorf("%s, %v", a.ExpiresAt.Sub(a.IssuedAt), err)
	}
	if _, err := verify(time.Now); !errors.Is(err, agents.ErrInvalid) {
		t.Errorf("today: %v", err)
	}
}

// The console signs agents in at such a provider: by its ID tokens, too.
func TestCodeFlowOfAClockAhead(t *testing.T) {
	t.Parallel()
	b := runningAhead(t, 48*time.Hour)
	if res, text := b.signIn("?hint=ana"); res.StatusCode != 200 {
		t.Fatalf("%s: %s", res.Status, text)
	}
	if res, text := b.do("GET", b.url+"/console/session", ""); res.StatusCode != 200 {
		t.Errorf("%s: %s", res.Status, text)
	}
}
