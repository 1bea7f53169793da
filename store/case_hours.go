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
		holds := map[hold.ID]hold.Hold{}
		for _, id := range ids {
			h, err := t.lockHold(id)
			if err != nil {
				return err
			}
			holds[id] = h
		}
		c, err := t.lockCustomer(of)
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
			h, known := holds[k.HoldID]
			if k.HoldID != "" && !known {
				continue // it came meanwhile, and is planned the next time
			}
			terms := h.Terms.Callback.Complete()
			k.Plan(queue.Callable(terms, c, now), terms)
			if err := t.planned(k); err != nil {
				return err
			}
			if err := t.awaitTask(h, k, k.ReadyAt.Add(queue.Promised)); err != nil {
				return err
			}
		}
		return t.settleCase(cs, now)
	})
}

// awaitTask keeps the open rung that a task is of until then, at most to the
// deadline, when there can be a call before it. The hold is locked.
func (t *tx) awaitTask(h hold.Hold, k queue.Task, until hold.Instant) error {
	if k.ChallengeID == "" || k.ReadyAt >= h.Deadline { // a call that comes too late holds nothing up
		return nil
	}
	until = min(until, h.Deadline)
	_, err := t.exec(`UPDATE holds SET rung_ends_at = ? WHERE id = ? AND status = 'held' AND rung_ends_at < ?
		AND EXISTS (SELECT 1 FROM challenges c WHERE c.id = ? AND c.hold_id = holds.id AND c.revision = holds.revision
			AND c.rung = holds.rung)`, until, h.ID, until, k.ChallengeID)
	return err
}
