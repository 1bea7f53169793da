package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// signedIn begins a session of an agent and gives its cookie's digest.
func signedIn(b *storetest.Bundle, by store.By) hold.Digest {
	b.T.Helper()
	digest := hold.DigestOf([]byte(store.NewNonce()))
	b.Must(b.StartConsole(ctx, by, digest, []byte("sealed")))
	return digest
}

func over(b *storetest.Bundle, what string, digest hold.Digest) {
	b.T.Helper()
	if c, _, err := b.Console(ctx, digest); !errors.Is(err, store.ErrNotFound) {
		b.T.Errorf("%s: the session goes on: %+v, %v", what, c, err)
	}
	var left int
	b.Must(storetest.Raw(b.T, b.URL).Get(&left, `SELECT COUNT(*) FROM console_sessions WHERE ended_at <> 0 AND length(sealed) <> 0`))
	expect(b, what+": tokens left in ended sessions", left, 0)
}

// A session ends when nobody does anything for 15 minutes, and after 8 hours
// whatever they do.
func TestConsoleEnds(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		ana := b.Agent("ana", "agent")
		idle, busy := signedIn(b, ana), signedIn(b, ana)
		b.Clock.Forward(store.ConsoleIdle - time.Second)
		b.Must(b.SeeConsole(ctx, busy))
		_, _, err := b.Console(ctx, idle)
		b.Must(err)
		b.Clock.Forward(time.Second)
		if err := b.SeeConsole(ctx, idle); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("seen too late: %v", err)
		}
		over(b, "idle", idle)
		const look = 10 * time.Minute
		for began := b.Clock.Now(); b.Clock.Now().Sub(began) < store.ConsoleLife-store.ConsoleIdle-look; b.Clock.Forward(look) {
			b.Must(b.SeeConsole(ctx, busy))
		}
		c, now, err := b.Console(ctx, busy)
		b.Must(err)
		b.Clock.Forward(c.EndsAt().Sub(now))
		over(b, "expired", busy)
		verify(b)
	})
}

// What nobody comes back to is ended and deleted in time.
func TestConsoleSwept(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		left := signedIn(b, b.Agent("ana", "agent"))
		b.Clock.Forward(store.ConsoleIdle)
		fresh := signedIn(b, b.Agent("bo", "agent"))
		n, err := b.SweepConsole(ctx)
		b.Must(err)
		expect(b, "ended", n, 1)
		over(b, "swept", left)
		_, _, err = b.Console(ctx, fresh)
		b.Must(err)
		b.Clock.Forward(30 * 24 * time.Hour)
		for range 2 { // bo's is ended by the first, and kept
			_, err = b.SweepConsole(ctx)
			b.Must(err)
		}
		var rows int
		b.Must(storetest.Raw(t, b.URL).Get(&rows, `SELECT COUNT(*) FROM console_sessions`))
		expect(b, "rows", rows, 1)
		verify(b)
	})
}

// One of many renews the tokens; who saves late or for an ended session does not.
func TestConsoleRenewedOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		digest := signedIn(b, b.Agent("ana", "agent"))
		var won atomic.Int64
		b.Must(many(20, func(int) error {
			ok, err := b.ClaimTokens(ctx, digest, 0, time.Minute)
			if ok {
				won.Add(1)
			}
			return err
		}))
		expect(b, "won", won.Load(), 1)
		b.Clock.Forward(time.Minute) // the first died
		again, err := b.ClaimTokens(ctx, digest, 0, time.Minute)
		b.Must(err)
		expect(b, "claimed again", again, true)
		b.Must(b.SaveTokens(ctx, digest, 0, []byte("renewed")))
		if err := b.SaveTokens(ctx, digest, 0, []byte("late")); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("saved over another's: %v", err)
		}
		b.Must(b.RefuseConsole(ctx, digest, 0)) // about tokens that are renewed
		c, _, err := b.Console(ctx, digest)
		b.Must(err)
		if c.Version != 1 || !bytes.Equal(c.Sealed, []byte("renewed")) || c.RenewingUntil != 0 {
			t.Errorf("%+v", c)
		}
		b.Must(b.SignOut(ctx, digest, false))
		if err := b.SaveTokens(ctx, digest, 1, []byte("after")); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("saved for an ended session: %v", err)
		}
		over(b, "signed out", digest)
	})
}

// Revoking an agent ends their sessions in its commit, and no token of before
// begins another. Signing out everywhere ends one's own alone.
func TestConsoleRevoked(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		ana, bo, sam := b.Agent("ana", "agent"), b.Agent("bo", "agent"), b.Agent("sam", "supervisor")
		one, two, other := signedIn(b, ana), signedIn(b, ana), signedIn(b, bo)
		b.Must(b.RevokeAgent(ctx, sam, "ana"))
		over(b, "revoked", one)
		over(b, "revoked", two)
		if err := b.StartConsole(ctx, ana, hold.DigestOf([]byte("x")), []byte("sealed")); !errors.Is(err, store.ErrRevoked) {
			t.Errorf("a token of before began a session: %v", err)
		}
		_, _, err := b.Console(ctx, other)
		b.Must(err)
		third := signedIn(b, bo)
		b.Must(b.SignOut(ctx, third, true))
		over(b, "everywhere", other)
		over(b, "everywhere", third)
		expect(b, "bo's trail", fmt.Sprint(kinds(b, "agent:bo")), "[agent.put agent.signed_in agent.signed_in agent.signed_out]")
		verify(b)
	})
}

// Sign-ins that race a revocation are ended by it or refused.
func TestConsoleRevokeRaces(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		ana, sam := b.Agent("ana", "agent"), b.Agent("sam", "supervisor")
		b.Must(many(20, func(i int) error {
			if i == 10 {
				return b.RevokeAgent(ctx, sam, "ana")
			}
			err := b.StartConsole(ctx, ana, hold.DigestOf([]byte{byte(i)}), []byte("sealed"))
			if errors.Is(err, store.ErrRevoked) {
				return nil
			}
			return err
		}))
		var open int
		b.Must(storetest.Raw(t, b.URL).Get(&open, `SELECT COUNT(*) FROM console_sessions WHERE ended_at = 0`))
		expect(b, "open sessions", open, 0)
	})
}
