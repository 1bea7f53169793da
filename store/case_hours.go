package store

import (
	"context"

	"holdfast/hold"
	"holdfast/queue"
)

// Nightfall gives the cases with tasks that nobody did by the end of their
// hours, those somebody is at as well: until they are planned anew nobody gets
// them (see claim).
func (s *Store) Nightfall(ctx context.Context, limit int) (cases []string, err error) {
	now, err := s.Now(ctx)
	if err != nil {
		return nil, err
	}
	return cases, s.all(ctx, &cases, `SELECT DISTINCT case_id FROM tasks WHERE status = 'open' AND ready_until <> 0 AND ready_until <= ?
		ORDER BY case_id LIMIT ?`, now, limit)
}

// PlanAnew lets the tasks of such a case wait for their next hours, and the
// rungs with them. A lease goes on.
func (s *Store) PlanAnew(ctx context.Context, caseID string) error {
	return s.update(ctx, func(t *tx) error {
		var of hold.CustomerID
		if err := t.get(&of, `SELECT customer_id FROM cases WHERE id = ?`, caseID); err != nil {
			return err
		}
		var ids []hold.ID
		if err := t.all(&ids, `SELECT DISTINCT hold_id FROM tasks WHERE case_id = ? AND status = 'open' AND hold_id <> '' ORDER BY hold_id`,
			caseID); err != nil {
			return err
		}
		all, err := t.lockAll(ids, []hold.CustomerID{of})
		if err != nil {
			return err
		}
		cs, err := t.lockCase(caseID)
		if err != nil {
			return err
		}
		now, err := t.now()
		if err != nil {
			return err
		}
		var tasks []queue.Task
		if err := t.all(&tasks, `SELECT * FROM tasks WHERE case_id = ? AND status = 'open' AND ready_until <> 0 AND ready_until <= ?
			ORDER BY id`, caseID, now); err != nil || len(tasks) == 0 {
			return err // somebody was faster
		}
		for _, k := range tasks {
			h := all.find(k.HoldID)
			if k.HoldID != "" && h == nil {
				continue // it came meanwhile, and is planned the next time
			}
			var terms hold.CallbackTerms
			if h != nil {
				terms = h.Terms.Callback
			}
			k.Plan(queue.Callable(terms.Complete(), all.customers[of], now), terms.Complete())
			if err := t.planned(k); err != nil {
				return err
			}
			if h == nil {
				continue
			}
			if err := t.awaitTask(&h.Hold, k, k.ReadyAt.Add(queue.Promised)); err != nil {
				return err
			}
		}
		return t.settleCase(cs, now)
	})
}
