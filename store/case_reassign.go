package store

import (
	"context"
	"slices"

	"holdfast/hold"
	"holdfast/queue"
)

// Reassign ends the lease of a case that there is and begins one of the agent
// named, as clean as any. Without one the case goes back to the queue. Who has
// the case already keeps their lease, and with it what the call has proved.
func (s *Store) Reassign(ctx context.Context, by By, id, to string) (hold.Refusal, error) {
	return s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		a, err := t.handing(by, to)
		if err != nil {
			return "", err
		}
		cs, err := t.lockCase(id)
		if err != nil {
			return "", err
		}
		now, err := t.now()
		if err != nil {
			return "", err
		}
		switch {
		case cs.Status == queue.CaseClosed:
			return "", ErrNotFound
		case to == "":
			return "", t.takeBack(cs, by, now)
		}
		busy, err := t.otherCase(to, `id <> ?`, id, now)
		if err != nil {
			return "", err
		}
		keeps := cs.Leased(to, now)
		if why := a.MayBeGiven(cs, busy && !keeps); why != "" || keeps {
			return why, nil
		}
		return "", t.handOver(cs, by, to, now)
	})
}

// otherCase tells whether an agent has another case than the one that where and arg
// leave out.
func (t *tx) otherCase(agent, where string, arg any, now hold.Instant) (bool, error) {
	var n int
	err := t.get(&n, `SELECT COUNT(*) FROM cases WHERE agent = ? AND until > ? AND `+where, agent, now, arg)
	return n > 0, err
}

// handing locks who gives and who gets, in the order of their names, so that
// two supervisors can give to each other. Who gets is locked against a claim
// of their own meanwhile: one agent has one case.
func (t *tx) handing(by By, to string) (a queue.Agent, err error) {
	subs := []string{by.Sub}
	if to != "" && to != by.Sub {
		subs = append(subs, to)
	}
	slices.Sort(subs)
	for _, sub := range subs {
		strength := "SHARE"
		if sub == to {
			strength = "NO KEY UPDATE"
		}
		var one int
		if err := t.get(&one, `SELECT 1 FROM agents WHERE sub = ?`+t.lock(strength), sub); err != nil {
			return a, err
		}
	}
	if _, err := t.acting(by); err != nil || to == "" {
		return a, err
	}
	if err := t.get(&a, `SELECT * FROM agents WHERE sub = ?`, to); err != nil {
		return a, err
	}
	// Who was revoked and has not been seen since has no token that is good.
	if a.RevokedAt >= a.SeenAt || a.Role != queue.RoleAgent && a.Role != queue.RoleSupervisor {
		return a, ErrNotFound
	}
	return a, nil
}

// takeBack ends a lease. Without one there is nothing to take.
func (t *tx) takeBack(cs queue.Case, by By, now hold.Instant) error {
	if cs.Status != queue.CaseLeased {
		return nil
	}
	if err := t.entry(cs.ID, "case.reassigned", by.actor(), now, map[string]any{"lease": cs.Lease, "from": cs.Agent, "to": ""}); err != nil {
		return err
	}
	cs.Until = now // over
	return t.settleCase(cs, now)
}

func (t *tx) handOver(cs queue.Case, by By, to string, now hold.Instant) error {
	from := cs.Agent
	if err := t.get(&cs, `UPDATE cases SET status = 'leased', agent = ?, until = ?, lease = lease + 1, tries = 0, digits = '', updated_at = ?
		WHERE id = ? RETURNING *`,
		to, now.Add(queue.LeaseLife), now, cs.ID); err != nil {
		return err
	}
	holds, err := t.newLease(cs, now)
	if err != nil {
		return err
	}
	t.publish(string(cs.CustomerID)) // whoever called them calls no more
	t.count("case_reassigned")
	return t.entry(cs.ID, "case.reassigned", by.actor(), now, map[string]any{"customer_id": cs.CustomerID, "lease": cs.Lease, "from": from,
		"to": to, "holds": holds})
}
