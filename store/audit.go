package store

import (
	"context"
	"slices"

	"holdfast/audit"
	"holdfast/hold"
)

// Actors of audit entries besides "client:<id>".
const (
	ActorSystem   = "system"
	ActorCustomer = "customer"
)

// headOf locks and reads the end of a subject's chain, for who reads more at once:
// none for a chain that is to begin.
func (t *tx) headOf(subject string, heads *[]audit.Head) statement {
	return some(heads, `SELECT seq, hash FROM audit_heads WHERE subject = ?`+t.lock("UPDATE"), subject)
}

// knows keeps the end of a chain that headOf has read.
func (t *tx) knows(subject string, heads []audit.Head) {
	if _, grown := t.heads[subject]; !grown {
		t.heads[subject] = append(heads, audit.Head{})[0]
	}
}

// entry appends to the subject's chain in this transaction. The head's row is
// the chain's lock: from the first entry on the transaction knows it, and writes it
// once, as it commits.
func (t *tx) entry(subject, kind, actor string, at hold.Instant, body map[string]any) error {
	head, known := t.heads[subject]
	if !known {
		var heads []audit.Head
		if err := t.together(t.headOf(subject, &heads)); err != nil {
			return err
		}
		t.knows(subject, heads)
		head = t.heads[subject]
	}
	e, err := audit.Next(head, subject, kind, actor, at, body)
	if err != nil {
		return err
	}
	canonical, hash, err := audit.Seal(e)
	if err != nil {
		return err
	}
	t.later(`INSERT INTO audit_entries (subject, seq, bytes, hash) VALUES (?, ?, ?, ?)`, subject, e.Seq, canonical, hash)
	t.heads[subject] = audit.Head{Seq: e.Seq, Hash: hash}
	if !slices.Contains(t.grown, subject) {
		t.grown = append(t.grown, subject)
	}
	return nil
}

// writeHeads writes the ends of the chains that have grown, in their order.
func (t *tx) writeHeads() {
	slices.Sort(t.grown)
	for _, subject := range t.grown {
		t.later(`INSERT INTO audit_heads (subject, seq, hash) VALUES (?, ?, ?)
			ON CONFLICT (subject) DO UPDATE SET seq = excluded.seq, hash = excluded.hash`,
			subject, t.heads[subject].Seq, t.heads[subject].Hash)
	}
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
