package store

import (
	"context"
	"errors"

	"holdfast/audit"
	"holdfast/hold"
)

// Actors of audit entries besides "client:<id>".
const (
	ActorSystem   = "system"
	ActorCustomer = "customer"
)

// entry appends to the subject's chain in this transaction. The head's row is
// the chain's lock: from the first entry on the transaction knows it.
func (t *tx) entry(subject, kind, actor string, at hold.Instant, body map[string]any) error {
	head, known := t.heads[subject]
	if !known {
		err := t.get(&head, `SELECT seq, hash FROM audit_heads WHERE subject = ?`+t.lock("UPDATE"), subject)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	e, err := audit.Next(head, subject, kind, actor, at, body)
	if err != nil {
		return err
	}
	canonical, hash, err := audit.Seal(e)
	if err != nil {
		return err
	}
	if _, err := t.exec(`INSERT INTO audit_entries (subject, seq, bytes, hash) VALUES (?, ?, ?, ?)`,
		subject, e.Seq, canonical, hash); err != nil {
		return err
	}
	t.heads[subject] = audit.Head{Seq: e.Seq, Hash: hash}
	_, err = t.exec(`INSERT INTO audit_heads (subject, seq, hash) VALUES (?, ?, ?)
		ON CONFLICT (subject) DO UPDATE SET seq = excluded.seq, hash = excluded.hash`, subject, e.Seq, hash)
	return err
}

// Chain reads one subject's entries, in order, and its head.
func (s *Store) Chain(ctx context.Context, subject string) ([]audit.Stored, audit.Head, error) {
	var head audit.Head
	var chain []audit.Stored
	if err := s.get(ctx, &head, `SELECT seq, hash FROM audit_heads WHERE subject = ?`, subject); err != nil {
		return nil, head, err
	}
	// Entries past the head were committed after it was read.
	err := s.all(ctx, &chain, `SELECT subject, seq, bytes, hash FROM audit_entries
		WHERE subject = ? AND seq <= ? ORDER BY seq`, subject, head.Seq)
	return chain, head, err
}

// Subjects reads up to limit subjects after the given one, in order. It counts
// those with entries but no head as well, which Verify then reports.
func (s *Store) Subjects(ctx context.Context, after string, limit int) (subjects []string, err error) {
	err = s.all(ctx, &subjects, `SELECT subject FROM (
		SELECT subject FROM audit_heads UNION SELECT subject FROM audit_entries
		UNION SELECT id AS subject FROM holds) AS every
		WHERE subject > ? ORDER BY subject LIMIT ?`, after, limit)
	return subjects, err
}
