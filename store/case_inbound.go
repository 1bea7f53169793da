package store

import (
	"context"
	"slices"
	"time"

	"holdfast/hold"
	"holdfast/queue"
)

const (
	maxLooksHour = 20 // unmaskings, and as many opened cases, of one agent
	maxInbound   = 20 // holds that a ring-in takes up
)

// countLook counts one of an agent's looks. The agent's row is locked.
func (t *tx) countLook(by By, kind string, now hold.Instant) (hold.Refusal, error) {
	var n int
	if err := t.get(&n, `SELECT COUNT(*) FROM looks WHERE agent = ? AND kind = ? AND at > ?`, by.Sub, kind, now.Add(-time.Hour)); err != nil {
		return "", err
	}
	if n >= maxLooksHour {
		return hold.LooksSpent, t.raise(by, kind, now)
	}
	_, err := t.exec(`INSERT INTO looks (agent, kind, at) VALUES (?, ?, ?)`, by.Sub, kind, now)
	return "", err
}

// raise tells supervisors, once an hour, that an agent looks too often. The
// agent's row is locked.
func (t *tx) raise(by By, kind string, now hold.Instant) error {
	n, err := t.exec(`UPDATE agents SET spent_at = ? WHERE sub = ? AND spent_at <= ?`, now, by.Sub, now.Add(-time.Hour))
	if err != nil || n == 0 {
		return err
	}
	t.count("agent_limit_reached_" + kind)
	t.publish(TopicQueue)
	return t.entry("agent:"+by.Sub, "agent.limit_reached", ActorSystem, now, map[string]any{"kind": kind})
}

// Inbound is a customer who turned to us, by their id or by one of their holds.
type Inbound struct {
	By         By
	Counter    bool // they stand before a clerk; else they rang in
	CustomerID hold.CustomerID
	HoldID     hold.ID
	Reason     string
	Rules      hold.Rules
}

// look is what the look is counted as.
func (in Inbound) look() string {
	if in.Counter {
		return "counter"
	}
	return "inbound"
}

// OpenInbound leases the case of a customer who turned to us. Every hold of theirs
// whose ladder has a callback still to come is asked by callback from now on.
func (s *Store) OpenInbound(ctx context.Context, in Inbound) (id string, why hold.Refusal, err error) {
	// Counted in a commit of its own, so that who asks for unknown ids counts too.
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		if _, err := t.lockAgent(in.By, "NO KEY UPDATE"); err != nil {
			return "", err
		}
		now, err := t.now()
		if err != nil {
			return "", err
		}
		if !in.By.Role.Opens(in.Counter) {
			return hold.RoleMissing, nil
		}
		return t.countLook(in.By, in.look(), now)
	})
	if err != nil || why != "" {
		return "", why, err
	}
	why, err = s.whole(ctx, func(t *tx) (hold.Refusal, error) { id, why, err = t.openInbound(in); return why, err })
	return id, why, err
}

func (t *tx) openInbound(in Inbound) (string, hold.Refusal, error) {
	now, why, err := t.mayTakeInbound(&in)
	if err != nil || why != "" {
		return "", why, err
	}
	c, err := t.takeUp(in)
	if err != nil {
		return "", "", err
	}
	cs, err := t.openCase(c, now)
	if err != nil {
		return "", "", err
	}
	if cs.Agent != "" && cs.Agent != in.By.Sub && cs.Until > now {
		return "", hold.CaseLeased, nil
	}
	var tasks int
	if err := t.get(&tasks, `SELECT COUNT(*) FROM tasks WHERE case_id = ? AND status = 'open'`, cs.ID); err != nil {
		return "", "", err
	}
	if tasks == 0 {
		if err := t.looseTask(c, queue.TaskInbound, hold.PriorityInbound, now); err != nil {
			return "", "", err
		}
	}
	return cs.ID, "", t.leaseInbound(cs.ID, in, now)
}

// mayTakeInbound locks the agent and finds whose the case would be. Who is that
// customer may not, nor who has another case.
func (t *tx) mayTakeInbound(in *Inbound) (now hold.Instant, why hold.Refusal, err error) {
	a, err := t.lockAgent(in.By, "NO KEY UPDATE")
	if err != nil {
		return 0, "", err
	}
	if now, err = t.now(); err != nil {
		return 0, "", err
	}
	if in.HoldID != "" {
		if err := t.get(&in.CustomerID, `SELECT customer_id FROM holds WHERE id = ?`, in.HoldID); err != nil {
			return 0, "", err
		}
	}
	busy, err := t.otherCase(in.By.Sub, `customer_id <> ?`, in.CustomerID, now)
	return now, a.MayTakeIn(in.CustomerID, busy), err
}

// leaseInbound begins the lease in which the customer rang in, or stands at the
// counter. There are two digits to read out for those who ring alone.
func (t *tx) leaseInbound(id string, in Inbound, now hold.Instant) error {
	cs, err := t.lockCase(id)
	if err != nil {
		return err
	}
	cs.Lease++
	kind := "case.at_counter"
	if cs.Agent = in.By.Sub; !in.Counter {
		kind, cs.InboundLease = "case.rang_in", cs.Lease
	}
	if _, err := t.exec(`UPDATE cases SET status = 'leased', agent = ?, until = ?, lease = ?, inbound_lease = ?, tries = 0, digits = '',
		updated_at = ? WHERE id = ?`, in.By.Sub, now.Add(queue.LeaseLife), cs.Lease, cs.InboundLease, now, cs.ID); err != nil {
		return err
	}
	if !in.Counter {
		if err := t.newDigits(cs); err != nil {
			return err
		}
	}
	t.publish(string(cs.CustomerID))
	t.count(in.look())
	if err := t.entry(cs.ID, kind, in.By.actor(), now, map[string]any{"customer_id": cs.CustomerID, "lease": cs.Lease,
		"reason_digest": hold.DigestOf([]byte(in.Reason))}); err != nil {
		return err
	}
	return t.beginLease(cs, in.By, now)
}

// takeUp locks the customer's waiting holds, each in order, and then the
// customer, and opens the callback that each still has before it.
func (t *tx) takeUp(in Inbound) (hold.Customer, error) {
	var ids []hold.ID
	if err := t.all(&ids, `SELECT id FROM holds WHERE customer_id = ? AND status = 'held' ORDER BY deadline, id LIMIT ?`, in.CustomerID,
		maxInbound); err != nil {
		return hold.Customer{}, err
	}
	all, err := t.lockAll(ids, []hold.CustomerID{in.CustomerID})
	if err != nil {
		return hold.Customer{}, err
	}
	c := all.customers[in.CustomerID]
	for i := range all.holds {
		l := &all.holds[i]
		if l.Status.Decided() || l.Now >= l.Deadline {
			continue
		}
		l.RangIn = true
		if err := t.read(l); err != nil {
			return c, err
		}
		if err := t.askNow(l, in.Rules); err != nil {
			return c, err
		}
	}
	return c, nil
}

// askNow opens the callback that a hold still has before it, unless one asks
// already. It passes over no rung that has to approve as well, and over no edge
// that the ladder takes by itself. Without a callback the customer can only
// refuse on the phone.
func (t *tx) askNow(l *hold.Standing, r hold.Rules) error {
	if again, err := t.askAgain(l); err != nil || again {
		return err
	}
	if !l.AsksByCallback() {
		step, err := t.walk(l)
		if err != nil {
			return err
		}
		next := hold.NoRung
		switch step.Do {
		case hold.DoDecide:
			t.wake(l.ID, l.Now)
			return nil
		case hold.DoOpen:
			next = l.Terms.Ladder.NextCallback(l.Rung, step.Rung)
		case hold.DoWait:
			next = l.Terms.Ladder.NextCallback(l.Rung, l.Rung)
		}
		if next != hold.NoRung {
			if err := t.open(l, next, r); err != nil {
				return err
			}
			t.wake(l.ID, l.Now)
		}
	}
	w := queue.TheyAreThere(l.Terms.Callback, l.Customer, l.Now)
	moved, err := t.exec(`UPDATE tasks SET ready_at = ?, ready_until = ? WHERE hold_id = ? AND status = 'open' AND kind <> 'face'
		AND ready_at > ?`, w.Ready, w.Until, l.ID, l.Now)
	if err != nil {
		return err
	}
	if moved > 0 {
		cs, err := t.caseOf(l.Customer.ID)
		if err != nil {
			return err
		}
		if err := t.settleCase(cs, l.Now); err != nil {
			return err
		}
	}
	if l.AsksByCallback() {
		return nil
	}
	var before int
	if err := t.get(&before, `SELECT COUNT(*) FROM tasks WHERE hold_id = ? AND status <> 'closed'`, l.ID); err != nil || before > 0 {
		return err
	}
	return t.addTask(l.Customer, queue.Task{HoldID: l.ID, Kind: queue.TaskInbound, Revision: l.Revision, Reason: firstReason(l.Hold),
		Priority: hold.PriorityInbound, Deadline: l.Deadline,
		ReadyAt: w.Ready, ReadyUntil: w.Until, DueAt: l.Now.Add(time.Duration(hold.DefaultTarget))}, l.Now)
}

// askAgain asks by the callback that was undeliverable for the hour alone: now
// they are there. It tells whether there was one.
func (t *tx) askAgain(l *hold.Standing) (bool, error) {
	i := slices.IndexFunc(l.Challenges, func(c hold.Challenge) bool {
		return c.Channel == hold.Callback && c.Revision == l.Revision && c.Status == hold.Undeliverable && c.Cause == causeQuietHours
	})
	if i < 0 || l.AsksByCallback() || noneCallable(*l) != "" {
		return false, nil
	}
	c := &l.Challenges[i]
	c.Status, c.Cause, c.ClosedAt = hold.Open, "", 0
	if _, err := t.exec(`UPDATE challenges SET status = 'open', cause = '', closed_at = 0 WHERE id = ? AND status = 'undeliverable'`,
		c.ID); err != nil {
		return false, err
	}
	if err := t.entry(string(l.ID), "challenge.reopened", ActorSystem, l.Now, map[string]any{"challenge_id": c.ID, "channel": c.Channel,
		"cause": "rang_in"}); err != nil {
		return false, err
	}
	asks := l.Terms.Ladder.Rungs[c.Rung].Asks
	ask := asks[slices.IndexFunc(asks, func(a hold.Ask) bool { return a.Channel == hold.Callback })]
	if err := t.openTask(*l, *c, ask); err != nil {
		return false, err
	}
	if err := t.awaitAnswer(&l.Hold, c.ID, l.Now.Add(queue.Promised)); err != nil {
		return false, err
	}
	t.wake(l.ID, l.Now)
	return true, nil
}
