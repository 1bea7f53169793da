package store

import (
	"context"
	"time"

	"holdfast/hold"
)

// promised is how long past a time that the customer named, or at which they
// turned to us, they may be called, whatever the hour.
const promised = 30 * time.Minute

// window is when a customer may be called: from ready until the hours end, or
// at any hour from ready on when until is 0.
type window struct{ ready, until hold.Instant }

// callable is the first window from an instant on.
func callable(terms hold.CallbackTerms, c Customer, from hold.Instant) window {
	ready := terms.CallTime(from, zone(c))
	return window{ready, terms.CallEnd(ready, zone(c))}
}

// theyAreThere is the window of a customer who turns to us, or named the time.
func theyAreThere(terms hold.CallbackTerms, c Customer, at hold.Instant) window {
	return window{at, later(terms.CallEnd(at, zone(c)), at.Add(promised))}
}

// later is the later of two ends, where 0 is none.
func later(a, b hold.Instant) hold.Instant {
	if a == 0 || b == 0 {
		return 0
	}
	return max(a, b)
}

// firstCall is when a callback's first attempt is due.
func firstCall(l looked) window {
	terms := l.Terms.Callback.Complete()
	if l.rangIn {
		return theyAreThere(terms, l.customer, l.now)
	}
	return callable(terms, l.customer, l.now.Add(time.Duration(terms.Plan[0])))
}

// mayRing tells whether the case's customer may be called now: within the hours
// of one of its holds, when they named the time, or because they are there.
func (w *caseWork) mayRing() bool {
	if w.cs.InboundLease == w.cs.Lease {
		return true
	}
	for _, k := range w.tasks {
		if k.Status == "open" && k.Kind != "face" && k.ReadyAt <= w.now && (k.ReadyUntil == 0 || w.now < k.ReadyUntil) {
			return true
		}
	}
	for _, h := range w.holds {
		if h.Terms.Callback.CallTime(w.now, zone(w.customer)) == w.now {
			return true
		}
	}
	return false
}

// nightfallAtOnce is how many cases one look lets wait for the morning.
const nightfallAtOnce = 50

// nightfall lets the tasks of cases that nobody took by the end of their hours
// wait for the next ones. Until it comes by, nobody gets such a case: see claim.
func (t *tx) nightfall(now hold.Instant) error {
	var ids []string
	if err := t.all(&ids, `SELECT id FROM cases WHERE status = 'waiting' AND ready_until <> 0 AND ready_until <= ? ORDER BY ready_until LIMIT ?`+
		t.lock("NO KEY UPDATE SKIP LOCKED"), now, nightfallAtOnce); err != nil {
		return err
	}
	for _, id := range ids {
		cs, err := t.lockCase(id)
		if err != nil {
			return err
		}
		c, err := t.customer(cs.CustomerID)
		if err != nil {
			return err
		}
		var tasks []Task
		if err := t.all(&tasks, `SELECT * FROM tasks WHERE case_id = ? AND status = 'open' AND ready_until <> 0 AND ready_until <= ? ORDER BY id`, id, now); err != nil {
			return err
		}
		for _, k := range tasks {
			terms, err := t.termsOf(k)
			if err != nil {
				return err
			}
			w := callable(terms, c, now)
			if _, err := t.exec(`UPDATE tasks SET ready_at = ?, ready_until = ?, due_at = ? WHERE id = ?`, w.ready, w.until, w.ready.Add(time.Duration(terms.Target)), k.ID); err != nil {
				return err
			}
		}
		if err := t.settleCase(cs, now); err != nil {
			return err
		}
	}
	return nil
}

// termsOf are the terms of calls of a task's hold, or the defaults.
func (t *tx) termsOf(k Task) (hold.CallbackTerms, error) {
	if k.HoldID == "" {
		return hold.CallbackTerms{}.Complete(), nil
	}
	var r holdRow
	if err := t.get(&r, `SELECT * FROM holds WHERE id = ?`, k.HoldID); err != nil {
		return hold.CallbackTerms{}, err
	}
	h, err := r.hold()
	return h.Terms.Callback.Complete(), err
}

// bringBack lets cases wait again whose lease has lapsed or whose time to call
// has come, and those wait for the morning whose customer's hours are over.
func (s *Store) bringBack(ctx context.Context) error {
	now, err := s.Now(ctx)
	if err != nil {
		return err
	}
	var found int
	if err := s.get(ctx, &found, `SELECT COUNT(*) FROM (SELECT 1 FROM cases WHERE status IN ('leased', 'later') AND until <= ?
		UNION ALL SELECT 1 FROM cases WHERE status = 'waiting' AND ready_until <> 0 AND ready_until <= ? LIMIT 1) AS found`, now, now); err != nil || found == 0 {
		return err
	}
	return s.update(ctx, func(t *tx) error {
		n, err := t.exec(`UPDATE cases SET status = 'waiting', agent = '', digits = '', tries = 0, until = 0, updated_at = ? WHERE id IN (
			SELECT id FROM cases WHERE status IN ('leased', 'later') AND until <= ? ORDER BY until LIMIT 200`+t.lock("NO KEY UPDATE SKIP LOCKED")+`)`, now, now)
		if err != nil {
			return err
		}
		if n > 0 {
			t.publish(TopicQueue)
		}
		return t.nightfall(now)
	})
}
