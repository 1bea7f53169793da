package store

import (
	"context"
	"math/bits"
	"slices"
	"strings"

	"holdfast/audit"
	"holdfast/hold"
)

// Actors of audit entries besides "client:<id>".
const (
	ActorSystem   = "system"
	ActorCustomer = "customer"
	ActorPolicy   = "policy"
)

// headOf locks and reads the end of a subject's chain, for who reads more at once:
// none for a chain that is to begin. The subject is an expression.
func (t *tx) headOf(heads *[]audit.Head, subject string, args ...any) statement {
	return some(heads, `SELECT seq, hash FROM audit_heads WHERE subject = `+subject+t.lock("UPDATE"), args...)
}

// knows keeps the end of a chain that headOf has read.
func (t *tx) knows(subject string, heads []audit.Head) {
	if _, grown := t.heads[subject]; !grown {
		t.heads[subject] = append(heads, audit.Head{})[0]
	}
}

// entry appends to the subject's chain in this transaction. The head's row is
// the chain's lock: from the first entry on the transaction knows it. It writes the
// entries and the heads as it commits.
func (t *tx) entry(subject, kind, actor string, at hold.Instant, body map[string]any) error {
	head, known := t.heads[subject]
	if !known {
		var heads []audit.Head
		if err := t.together(t.headOf(&heads, `?`, subject)); err != nil {
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
	t.entries = append(t.entries, audit.Stored{Subject: subject, Seq: e.Seq, Bytes: canonical, Hash: hash})
	t.heads[subject] = audit.Head{Seq: e.Seq, Hash: hash}
	if !slices.Contains(t.grown, subject) {
		t.grown = append(t.grown, subject)
	}
	return nil
}

// wholeTrail is up to how many entries are written in one statement, however many they
// are: most transactions have no more.
const wholeTrail = 4

// writeTrail writes the entries, of many as many in a statement as a power of two allows,
// so that few are prepared, and the ends of the chains that have grown, in their order.
func (t *tx) writeTrail() {
	for left := t.entries; len(left) > 0; {
		n := len(left)
		if n > wholeTrail {
			n = 1 << (bits.Len(uint(n)) - 1)
		}
		var args []any
		for _, e := range left[:n] {
			args = append(args, e.Subject, e.Seq, e.Bytes, e.Hash)
		}
		t.later(`INSERT INTO audit_entries (subject, seq, bytes, hash) VALUES (?, ?, ?, ?)`+strings.Repeat(`, (?, ?, ?, ?)`, n-1), args...)
		left = left[n:]
	}
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
