package store

import (
	"context"
	"errors"
	"time"

	"holdfast/audit"
	"holdfast/hold"
	"holdfast/queue"
)

const (
	searchLimit = 50
	lookEvery   = time.Minute // of one agent at one hold, as entries
	lookBack    = 50          // entries among which the last look is sought
)

// SearchHolds finds holds by the whole id of a hold, a transaction or a
// customer, the newest first. Those of a customer whom the agent is linked to
// are left out. The search is on the agent's chain: it is about no hold yet.
func (s *Store) SearchHolds(ctx context.Context, by By, q string) (hs []hold.Hold, err error) {
	err = s.update(ctx, func(t *tx) error {
		a, err := t.acting(by)
		if err != nil {
			return err
		}
		now, err := t.now()
		if err != nil {
			return err
		}
		var rows []holdRow
		if err := t.all(&rows, holdRows+`WHERE h.customer_id <> ? AND h.id IN (
			SELECT id FROM holds WHERE id = ? UNION SELECT id FROM holds WHERE transaction_id = ?
			UNION SELECT id FROM (SELECT id FROM holds WHERE customer_id = ? ORDER BY id DESC LIMIT ?) AS theirs) ORDER BY h.id DESC LIMIT ?`,
			a.CustomerID, q, q, q, searchLimit, searchLimit); err != nil {
			return err
		}
		if hs, err = holdsOf(rows); err != nil {
			return err
		}
		return t.entry("agent:"+by.Sub, "holds.searched", by.actor(), now, map[string]any{"query_digest": hold.DigestOf([]byte(q)),
			"found": len(hs)})
	})
	return hs, err
}

// MayReadTrail tells whether somebody may read a case's trail: who is linked to
// its customer may not.
func (s *Store) MayReadTrail(ctx context.Context, by By, caseID string) (why hold.Refusal, err error) {
	var linked int
	err = s.get(ctx, &linked, `SELECT COUNT(*) FROM cases c JOIN agents a ON a.customer_id = c.customer_id WHERE c.id = ? AND a.sub = ?`,
		caseID, by.Sub)
	if err == nil && linked > 0 {
		return hold.AgentLinked, nil
	}
	return "", err
}

// Story is one hold with everything that is on record about it.
type Story struct {
	Hold      hold.Hold
	Chain     []audit.Stored // as it was before this look
	Head      audit.Head     // zero: the hold has none, which is a fault
	CaseID    string         // the customer's open case; empty: none
	Frozen    bool
	Approvals []queue.Approval // what waits about the hold, or its customer's freeze
	Now       hold.Instant
}

// Story reads a hold's story. The look is an entry of the hold's chain.
func (s *Store) Story(ctx context.Context, by By, id hold.ID) (st Story, why hold.Refusal, err error) {
	if err := s.view(ctx, func(t *tx) error { return t.story(&st, id) }); err != nil {
		return st, "", err
	}
	why, err = s.lookAt(ctx, by, st, "hold.viewed")
	return st, why, err
}

// Export reads a hold's chain to be taken away. The export is an entry of that
// chain, with the head that the file ends at.
func (s *Store) Export(ctx context.Context, by By, id hold.ID) (st Story, why hold.Refusal, err error) {
	if err := s.view(ctx, func(t *tx) error { return t.story(&st, id) }); err != nil {
		return st, "", err
	}
	why, err = s.lookAt(ctx, by, st, "hold.exported")
	return st, why, err
}

func (t *tx) story(st *Story, id hold.ID) (err error) {
	var rows []holdRow
	if err := t.all(&rows, holdRows+`WHERE h.id = ?`, id); err != nil {
		return err
	}
	if len(rows) == 0 {
		return ErrNotFound
	}
	hs, err := holdsOf(rows)
	if err != nil {
		return err
	}
	st.Hold = hs[0]
	customer := st.Hold.Request.CustomerID
	if st.Now, err = t.now(); err != nil {
		return err
	}
	// The head is read first: entries past it were committed afterwards.
	if err := t.get(&st.Head, `SELECT seq, hash FROM audit_heads WHERE subject = ?`, id); err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if err := t.all(&st.Chain, `SELECT subject, seq, bytes, hash FROM audit_entries WHERE subject = ? AND seq <= ? ORDER BY seq`, id,
		st.Head.Seq); err != nil {
		return err
	}
	if err := t.get(&st.Frozen, `SELECT frozen_at <> 0 FROM customers WHERE id = ?`, customer); err != nil {
		return err
	}
	err = t.get(&st.CaseID, `SELECT id FROM cases WHERE customer_id = ? AND status <> 'closed'`, customer)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	return t.all(&st.Approvals, pending+`AND (a.hold_id = ? OR a.customer_id = ? AND a.kind = 'unfreeze') ORDER BY a.created_at, a.id
		LIMIT 10`, id, customer)
}

// lookAt puts an agent's look at a hold on the hold's chain: once a minute at
// most, so that looking does not make the trail grow without bound. Who is
// linked to the customer sees nothing.
func (s *Store) lookAt(ctx context.Context, by By, st Story, kind string) (why hold.Refusal, err error) {
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		a, err := t.acting(by)
		if err != nil {
			return "", err
		}
		if a.Linked(st.Hold.Request.CustomerID) {
			return hold.AgentLinked, nil
		}
		var one int
		if err := t.get(&one, `SELECT 1 FROM audit_heads WHERE subject = ?`+t.lock("UPDATE"), st.Hold.ID); err != nil {
			return "", err
		}
		now, err := t.now()
		if err != nil {
			return "", err
		}
		if lately, err := t.lookedLately(string(st.Hold.ID), kind, by, now); err != nil || lately {
			return "", err
		}
		return "", t.entry(string(st.Hold.ID), kind, by.actor(), now, map[string]any{"entries": st.Head.Seq, "hash": st.Head.Hash})
	})
	// A chain whose head was moved or removed takes no more entries. It is shown
	// as broken all the same: that is when somebody has to look.
	if errors.Is(err, ErrNotFound) && st.Head.Seq == 0 || isUnique(err) {
		s.counts("trail_broken")
		return "", nil
	}
	return why, err
}

// lookedLately tells whether somebody's last look at a subject, as an entry of that
// kind, is less than a minute old. The chain is locked.
func (t *tx) lookedLately(subject, kind string, by By, now hold.Instant) (bool, error) {
	var last []audit.Stored
	if err := t.all(&last, `SELECT subject, seq, bytes, hash FROM audit_entries WHERE subject = ? ORDER BY seq DESC LIMIT ?`, subject,
		lookBack); err != nil {
		return false, err
	}
	for _, kept := range last {
		if e, err := audit.Parse(kept.Bytes); err == nil && e.Kind == kind && e.Actor == by.actor() && hold.Instant(e.At).Add(lookEvery) > now {
			return true, nil
		}
	}
	return false, nil
}
