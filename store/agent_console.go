package store

import (
	"context"
	"errors"
	"time"

	"holdfast/hold"
)

// How long a session in the console lives: without the person doing anything,
// and at most.
const (
	ConsoleIdle = 15 * time.Minute
	ConsoleLife = 8 * time.Hour
)

const consoleKept = 30 * 24 * time.Hour // of a session's row, after its end

// ConsoleSession is an agent's session in the console. The tokens in it are
// sealed, and its cookie is known by its digest only.
type ConsoleSession struct {
	Digest        hold.Digest  `db:"digest"`
	Sub           string       `db:"sub"`
	Sealed        []byte       `db:"sealed"`
	Version       int          `db:"version"`        // counts the renewals of the tokens
	RenewingUntil hold.Instant `db:"renewing_until"` // ahead: somebody renews them
	CreatedAt     hold.Instant `db:"created_at"`
	SeenAt        hold.Instant `db:"seen_at"`
	EndedAt       hold.Instant `db:"ended_at"`
}

// EndsAt is when it ends, whatever the person does.
func (c ConsoleSession) EndsAt() hold.Instant { return c.CreatedAt.Add(ConsoleLife) }

// IdleAt is when it ends if the person does nothing.
func (c ConsoleSession) IdleAt() hold.Instant { return min(c.SeenAt.Add(ConsoleIdle), c.EndsAt()) }

// TopicConsole is published when a session's tokens change, or it ends.
func TopicConsole(digest hold.Digest) string { return "console:" + string(digest) }

// StartConsole begins a session of an agent whose token was just checked. It
// waits for a revocation that is under way, and is refused after it.
func (s *Store) StartConsole(ctx context.Context, by By, digest hold.Digest, sealed []byte) error {
	return s.update(ctx, func(t *tx) error {
		if _, err := t.acting(by); err != nil {
			return err
		}
		now, err := t.now()
		if err != nil {
			return err
		}
		if _, err := t.exec(`INSERT INTO console_sessions (digest, sub, sealed, created_at, seen_at) VALUES (?, ?, ?, ?, ?)`, digest, by.Sub,
			sealed, now, now); err != nil {
			return err
		}
		return t.entry("agent:"+by.Sub, "agent.signed_in", by.actor(), now, map[string]any{"session": digest})
	})
}

// Console finds a session that has not ended, and the time. One that is over is
// ended here, and not found.
func (s *Store) Console(ctx context.Context, digest hold.Digest) (c ConsoleSession, now hold.Instant, err error) {
	if now, err = s.Now(ctx); err != nil {
		return c, 0, err
	}
	if err = s.get(ctx, &c, `SELECT * FROM console_sessions WHERE digest = ? AND ended_at = 0`, digest); err != nil {
		return c, now, err
	}
	if c.IdleAt() > now {
		return c, now, nil
	}
	if err = s.endOverdue(ctx, digest); err == nil {
		err = ErrNotFound
	}
	return ConsoleSession{}, now, err
}

// SeeConsole says that the person did something: they have another
// ConsoleIdle. ErrNotFound when the session is over.
func (s *Store) SeeConsole(ctx context.Context, digest hold.Digest) error {
	return s.update(ctx, func(t *tx) error {
		c, now, err := t.lockConsole(digest)
		if err != nil {
			return err
		}
		if c.IdleAt() <= now {
			return ErrNotFound
		}
		_, err = t.exec(`UPDATE console_sessions SET seen_at = ? WHERE digest = ?`, now, digest)
		return err
	})
}

// ClaimTokens lets one caller renew a session's tokens, for as long as that: no
// other gets them meanwhile, in whatever process.
func (s *Store) ClaimTokens(ctx context.Context, digest hold.Digest, version int, d time.Duration) (won bool, err error) {
	err = s.update(ctx, func(t *tx) error {
		c, now, err := t.lockConsole(digest)
		if err != nil {
			return err
		}
		if won = c.Version == version && c.RenewingUntil <= now; !won {
			return nil
		}
		_, err = t.exec(`UPDATE console_sessions SET renewing_until = ? WHERE digest = ?`, now.Add(d), digest)
		return err
	})
	return won && err == nil, err
}

// SaveTokens keeps renewed tokens. Nil gives the claim back and leaves them as
// they are. ErrNotFound when the session has ended meanwhile, or somebody else
// has renewed them.
func (s *Store) SaveTokens(ctx context.Context, digest hold.Digest, version int, sealed []byte) error {
	return s.update(ctx, func(t *tx) error {
		c, _, err := t.lockConsole(digest)
		if err != nil {
			return err
		}
		if c.Version != version {
			return ErrNotFound
		}
		if sealed != nil {
			c.Sealed, version = sealed, version+1
		}
		t.publish(TopicConsole(digest))
		_, err = t.exec(`UPDATE console_sessions SET sealed = ?, version = ?, renewing_until = 0 WHERE digest = ?`, c.Sealed, version, digest)
		return err
	})
}

// lockConsole locks a session that has not ended.
func (t *tx) lockConsole(digest hold.Digest) (c ConsoleSession, now hold.Instant, err error) {
	var one int
	if err = t.get(&one, `SELECT 1 FROM console_sessions WHERE digest = ?`+t.lock("UPDATE"), digest); err != nil {
		return c, 0, err
	}
	if err = t.get(&c, `SELECT * FROM console_sessions WHERE digest = ? AND ended_at = 0`, digest); err != nil {
		return c, 0, err
	}
	now, err = t.now()
	return c, now, err
}

// RefuseConsole ends a session whose tokens of that version the identity
// provider renews no more.
func (s *Store) RefuseConsole(ctx context.Context, digest hold.Digest, version int) error {
	return s.endConsole(ctx, digest, func(c ConsoleSession, _ hold.Instant) string {
		if c.Version != version { // somebody else has renewed them
			return ""
		}
		return "refused"
	})
}

// endOverdue ends a session that is over.
func (s *Store) endOverdue(ctx context.Context, digest hold.Digest) error {
	return s.endConsole(ctx, digest, func(c ConsoleSession, now hold.Instant) string {
		switch {
		case c.EndsAt() <= now:
			return "expired"
		case c.IdleAt() <= now:
			return "idle"
		}
		return "" // seen meanwhile
	})
}

// endConsole ends a session that has not ended, if there is a cause.
func (s *Store) endConsole(ctx context.Context, digest hold.Digest, because func(c ConsoleSession, now hold.Instant) string) error {
	err := s.update(ctx, func(t *tx) error {
		c, now, err := t.lockConsole(digest)
		if err != nil {
			return err
		}
		cause := because(c, now)
		if cause == "" {
			return nil
		}
		if _, err := t.endSessions([]hold.Digest{digest}, now); err != nil {
			return err
		}
		return t.entry("agent:"+c.Sub, "agent.session_ended", ActorSystem, now, map[string]any{"session": digest, "cause": cause})
	})
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// SignOut ends a session, or every one of its agent.
func (s *Store) SignOut(ctx context.Context, digest hold.Digest, everywhere bool) error {
	return s.update(ctx, func(t *tx) error {
		var sub string
		if err := t.get(&sub, `SELECT sub FROM console_sessions WHERE digest = ? AND ended_at = 0`, digest); err != nil {
			return err
		}
		if err := t.get(new(int), `SELECT 1 FROM agents WHERE sub = ?`+t.lock("NO KEY UPDATE"), sub); err != nil {
			return err
		}
		_, now, err := t.lockConsole(digest)
		if err != nil {
			return err
		}
		ended := []hold.Digest{digest}
		if everywhere {
			ended, err = t.endSessionsOf(sub, now)
		} else {
			ended, err = t.endSessions(ended, now)
		}
		if err != nil {
			return err
		}
		return t.entry("agent:"+sub, "agent.signed_out", "agent:"+sub, now, map[string]any{"everywhere": everywhere, "sessions": ended})
	})
}

// endSessionsOf ends every session of an agent and tells which.
func (t *tx) endSessionsOf(sub string, now hold.Instant) ([]hold.Digest, error) {
	open := []hold.Digest{}
	if err := t.all(&open, `SELECT digest FROM console_sessions WHERE sub = ? AND ended_at = 0 ORDER BY digest`+t.lock("UPDATE"),
		sub); err != nil {
		return nil, err
	}
	return t.endSessions(open, now)
}

// endSessions ends those that have not ended, with their tokens.
func (t *tx) endSessions(open []hold.Digest, now hold.Instant) ([]hold.Digest, error) {
	for _, digest := range open {
		if _, err := t.exec(`UPDATE console_sessions SET ended_at = ?, renewing_until = 0, sealed = ? WHERE digest = ? AND ended_at = 0`, now,
			[]byte{}, digest); err != nil {
			return nil, err
		}
		t.publish(TopicConsole(digest))
	}
	return open, nil
}

// SweepConsole ends sessions that are over and that nobody came back to, up to
// 100 a call, tells of how many, and deletes the rows of old ones.
func (s *Store) SweepConsole(ctx context.Context) (n int, err error) {
	now, err := s.Now(ctx)
	if err != nil {
		return 0, err
	}
	var over []hold.Digest
	if err := s.all(ctx, &over, `SELECT digest FROM console_sessions WHERE ended_at = 0 AND (seen_at <= ? OR created_at <= ?) LIMIT 100`,
		now.Add(-ConsoleIdle), now.Add(-ConsoleLife)); err != nil {
		return 0, err
	}
	for _, digest := range over {
		if err := s.endOverdue(ctx, digest); err != nil {
			return n, err
		}
		n++
	}
	return n, s.update(ctx, func(t *tx) error {
		_, err := t.exec(`DELETE FROM console_sessions WHERE ended_at <> 0 AND ended_at <= ?`, now.Add(-consoleKept))
		return err
	})
}
