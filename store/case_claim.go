package store

import (
	"context"
	"errors"

	"holdfast/hold"
	"holdfast/queue"
)

// NextCase leases the best case that waits (see claim): two agents never get one
// customer. Who has a case gets that one again. "" means that nothing
// waits for this agent.
func (s *Store) NextCase(ctx context.Context, by By) (id string, err error) {
	if !by.Role.Queues() { // nothing waits for them
		return "", nil
	}
	if err := s.bringBack(ctx); err != nil {
		return "", err
	}
	err = s.update(ctx, func(t *tx) error {
		a, err := t.lockAgent(by, "NO KEY UPDATE") // two claims of one agent get one case
		if err != nil {
			return err
		}
		now, err := t.now()
		if err != nil {
			return err
		}
		err = t.get(&id, `SELECT id FROM cases WHERE agent = ? AND until > ? ORDER BY until DESC LIMIT 1`, by.Sub, now)
		if !errors.Is(err, ErrNotFound) {
			return err
		}
		cs, err := t.claim(a, by, now, a.LooksPast())
		if errors.Is(err, ErrNotFound) && a.LooksPast() { // no other waits
			cs, err = t.claim(a, by, now, false)
		}
		if errors.Is(err, ErrNotFound) {
			return nil
		} else if err != nil {
			return err
		}
		if id = cs.ID; cs.Urgent() != a.Urgent {
			if _, err := t.exec(`UPDATE agents SET urgent = ? WHERE sub = ?`, flag(cs.Urgent()), by.Sub); err != nil {
				return err
			}
		}
		return t.beginLease(cs, by, now)
	})
	return id, err
}

// beginLease puts a lease on record that an agent took.
func (t *tx) beginLease(cs queue.Case, by By, now hold.Instant) error {
	holds, err := t.newLease(cs, now)
	if err != nil {
		return err
	}
	return t.entry(cs.ID, "case.leased", by.actor(), now, map[string]any{"customer_id": cs.CustomerID, "lease": cs.Lease, "holds": holds,
		"inbound": cs.InboundLease == cs.Lease})
}

// newLease counts a lease, and gives the holds that it is about.
func (t *tx) newLease(cs queue.Case, now hold.Instant) (holds []hold.ID, err error) {
	if _, err := t.exec(`INSERT INTO leases (case_id, lease, agent, began_at, hidden) VALUES (?, ?, ?, ?, ?)`, cs.ID, cs.Lease, cs.Agent,
		now, flag(cs.InboundLease == cs.Lease)); err != nil {
		return nil, err
	}
	t.publish(TopicQueue)
	return holds, t.all(&holds, `SELECT hold_id FROM tasks WHERE case_id = ? AND status <> 'closed' AND hold_id <> '' ORDER BY hold_id`, cs.ID)
}

// bringBack lets cases wait again whose lease has lapsed or whose time to call
// has come.
func (s *Store) bringBack(ctx context.Context) error {
	now, err := s.Now(ctx)
	if err != nil {
		return err
	}
	var found int
	if err := s.get(ctx, &found, `SELECT COUNT(*) FROM (SELECT 1 FROM cases WHERE status IN ('leased', 'later') AND until <= ?
		LIMIT 1) AS found`, now); err != nil || found == 0 {
		return err
	}
	return s.update(ctx, func(t *tx) error {
		n, err := t.exec(`UPDATE cases SET status = 'waiting', agent = '', digits = '', tries = 0, until = 0, updated_at = ? WHERE id IN (
			SELECT id FROM cases WHERE status IN ('leased', 'later') AND until <= ?
				ORDER BY until LIMIT 200`+t.lock("NO KEY UPDATE SKIP LOCKED")+`)`, now, now)
		if n > 0 {
			t.publish(TopicQueue)
		}
		return err
	})
}

// mayWork says why an agent may not work a case. Who never had it learns nothing
// of it.
func (t *tx) mayWork(a queue.Agent, cs queue.Case, now hold.Instant) (hold.Refusal, error) {
	if cs.Leased(a.Sub, now) {
		return a.MayWork(cs, now), nil
	}
	var n int
	if err := t.get(&n, `SELECT COUNT(*) FROM leases WHERE case_id = ? AND agent = ?`, cs.ID, a.Sub); err != nil {
		return "", err
	}
	if n == 0 {
		return "", ErrNotFound
	}
	return a.MayWork(cs, now), nil
}

// fetchCaseWork locks who works a case, its customer and the case, and reads its calls. Who
// never had the case learns nothing.
func (t *tx) fetchCaseWork(by By, id string) (w *work, why hold.Refusal, err error) {
	w = &work{}
	if w.agent, err = t.acting(by); err != nil {
		return nil, "", err
	}
	var of hold.CustomerID
	if err = t.get(&of, `SELECT customer_id FROM cases WHERE id = ?`, id); err != nil {
		return nil, "", err
	}
	if w.Standing, w.cs, err = t.lockWork("", of, id); err != nil {
		return nil, "", err
	}
	if why, err = t.mayWork(w.agent, w.cs, w.Now); err != nil || why != "" {
		return nil, why, err
	}
	w.calls, err = t.callsOf(w.cs)
	return w, "", err
}

// lease locks a case that the agent has.
func (t *tx) lease(id string, by By) (cs queue.Case, now hold.Instant, why hold.Refusal, err error) {
	a, err := t.acting(by)
	if err != nil {
		return cs, 0, "", err
	}
	if cs, err = t.lockCase(id); err != nil {
		return cs, 0, "", err
	}
	if now, err = t.now(); err != nil {
		return cs, 0, "", err
	}
	why, err = t.mayWork(a, cs, now)
	return cs, now, why, err
}

// RenewLease gives the agent ten more minutes.
func (s *Store) RenewLease(ctx context.Context, by By, id string) (until hold.Instant, why hold.Refusal, err error) {
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		cs, now, why, err := t.lease(id, by)
		if err != nil || why != "" {
			return why, err
		}
		until = now.Add(queue.LeaseLife)
		_, err = t.exec(`UPDATE cases SET until = ?, updated_at = ? WHERE id = ?`, until, now, cs.ID)
		return "", err
	})
	return until, why, err
}

// ReturnCase gives the case back to the queue. Who was linked to its customer
// meanwhile can do that and nothing else.
func (s *Store) ReturnCase(ctx context.Context, by By, id string) (hold.Refusal, error) {
	return s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		if _, _, why, err := t.lease(id, by); err != nil || why != "" && why != hold.AgentLinked {
			return why, err
		}
		return "", t.endLease(id, by.Sub, "returned", by.actor())
	})
}

// endLease ends an agent's lease, if they still have it.
func (t *tx) endLease(id, agent, cause, actor string) error {
	cs, err := t.lockCase(id)
	if err != nil {
		return err
	}
	if cs.Agent != agent {
		return nil
	}
	now, err := t.now()
	if err != nil {
		return err
	}
	cs.Until = now // over
	if err := t.entry(cs.ID, "case.returned", actor, now, map[string]any{"lease": cs.Lease, "cause": cause}); err != nil {
		return err
	}
	return t.settleCase(cs, now)
}
