package store

import (
	"context"
	"slices"

	"holdfast/hold"
	"holdfast/queue"

	"github.com/jmoiron/sqlx"
)

// Protection is what stands for a frozen customer: what of theirs is held, and
// whether they are to be called.
type Protection struct {
	Since    hold.Instant
	Held     []hold.Hold  // the earliest deadline first, at most heldTold
	Planned  bool         // a task has them called, on a number that may be called
	CallFrom hold.Instant // from when on
	Now      hold.Instant
}

// heldTold is how many held payments a frozen customer is told of.
const heldTold = 20

// Protections reads what stands for those of up to 1,000 customers who are
// frozen; the others are left out. Loose are the rules on numbers of calls that
// are about no payment.
func (s *Store) Protections(ctx context.Context, ids []hold.CustomerID, loose hold.ContactRules) (map[hold.CustomerID]Protection, error) {
	out := map[hold.CustomerID]Protection{}
	if len(ids) == 0 {
		return out, nil
	}
	return out, s.view(ctx, func(t *tx) error {
		clear(out) // of a try before
		var frozen []struct {
			ID       hold.CustomerID `db:"id"`
			FrozenAt hold.Instant    `db:"frozen_at"`
		}
		if err := t.in(&frozen, `SELECT id, frozen_at FROM customers WHERE frozen_at <> 0 AND id IN (?)`,
			ids); err != nil || len(frozen) == 0 {
			return err
		}
		now, err := t.now()
		if err != nil {
			return err
		}
		theirs := make([]hold.CustomerID, len(frozen))
		for i, c := range frozen {
			theirs[i] = c.ID
			out[c.ID] = Protection{Since: c.FrozenAt, Now: now}
		}
		if err := t.heldOf(theirs, out); err != nil {
			return err
		}
		return t.callsPlanned(theirs, loose, out)
	})
}

// heldOf adds the payments that wait.
func (t *tx) heldOf(ids []hold.CustomerID, into map[hold.CustomerID]Protection) error {
	q, args, err := sqlx.In(holdRows+`JOIN (SELECT id, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY deadline, id) AS n
			FROM holds WHERE status = 'held' AND customer_id IN (?)) AS nth ON nth.id = h.id
		WHERE nth.n <= ? ORDER BY h.deadline, h.id`, ids, heldTold)
	if err != nil {
		return err
	}
	var rows []holdRow
	if err := t.all(&rows, q, args...); err != nil {
		return err
	}
	for _, r := range rows {
		h, err := r.hold()
		if err != nil {
			return err
		}
		p := into[r.CustomerID]
		p.Held = append(p.Held, h)
		into[r.CustomerID] = p
	}
	return nil
}

// callsPlanned adds from when on they are to be called.
func (t *tx) callsPlanned(ids []hold.CustomerID, loose hold.ContactRules, into map[hold.CustomerID]Protection) error {
	var tasks []queue.Task
	if err := t.in(&tasks, `SELECT k.* FROM cases c JOIN tasks k ON k.case_id = c.id
		WHERE c.status <> 'closed' AND k.status = 'open' AND c.customer_id IN (?) ORDER BY k.id`, ids); err != nil {
		return err
	}
	open := map[hold.CustomerID][]queue.Task{}
	for _, k := range tasks {
		open[k.CustomerID] = append(open[k.CustomerID], k)
	}
	for id, ks := range open {
		p := into[id]
		from, planned := queue.NextCall(ks)
		if !planned {
			continue
		}
		var phones []hold.Phone
		if err := t.all(&phones, phonesOf, id); err != nil {
			return err
		}
		rules, at := queue.CallRules(p.Held, loose, p.Now)
		p.CallFrom, p.Planned = from, slices.ContainsFunc(phones, func(n hold.Phone) bool { return uncallable(&n, rules, at) == "" })
		into[id] = p
	}
	return nil
}
