package store

import (
	"context"
	"time"

	"holdfast/hold"
)

// Session is a customer token's row: the token itself is never stored.
type Session struct {
	Digest     string          `db:"digest"`
	CustomerID hold.CustomerID `db:"customer_id"`
	CreatedAt  hold.Instant    `db:"created_at"`
	ExpiresAt  hold.Instant    `db:"expires_at"`
	EndedAt    hold.Instant    `db:"ended_at"`
}

// CreateSession records a token by its digest. life is at most 15 minutes.
func (s *Store) CreateSession(ctx context.Context, id hold.CustomerID, digest string, life time.Duration, actor string) (ses Session,
	err error) {
	err = s.update(ctx, func(t *tx) error {
		if _, err := t.lockCustomer(id); err != nil {
			return err
		}
		now, err := t.now()
		if err != nil {
			return err
		}
		// Old rows are of no use to anybody: an ended session and none are the same.
		if _, err := t.exec(`DELETE FROM sessions WHERE customer_id = ? AND expires_at <= ?`, id, now); err != nil {
			return err
		}
		ses = Session{Digest: digest, CustomerID: id, CreatedAt: now, ExpiresAt: now.Add(life)}
		if _, err = t.exec(`INSERT INTO sessions (digest, customer_id, created_at, expires_at) VALUES (?, ?, ?, ?)`,
			digest, id, ses.CreatedAt, ses.ExpiresAt); err != nil {
			return err
		}
		return t.entry("customer:"+string(id), "session.created", actor, now, map[string]any{"expires_at": ses.ExpiresAt})
	})
	return ses, err
}

// SessionByDigest finds a session that has neither expired nor ended.
func (s *Store) SessionByDigest(ctx context.Context, digest string) (ses Session, err error) {
	now, err := s.Now(ctx)
	if err != nil {
		return ses, err
	}
	return ses, s.get(ctx, &ses, `SELECT * FROM sessions WHERE digest = ? AND ended_at = 0 AND expires_at > ?`, digest, now)
}
