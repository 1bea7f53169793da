package store

import (
	"slices"
	"time"

	"holdfast/hold"
	"holdfast/protection"
	"holdfast/queue"
)

// suspect keeps an agent's suspicion. It belongs to the hold, over rungs,
// revisions and amendments: only a supervisor's call releases it. The customer's
// other holds, open and new, are asked by callback only for as long as the
// policy says. What was approved so far is void where that is no longer enough.
func (t *tx) suspect(w *work, d hold.Disposition, actor string) error {
	until := max(w.Customer.SuspectedUntil, w.Now.Add(time.Duration(w.Terms.SuspicionLasts())))
	if _, err := t.exec(`UPDATE customers SET suspected_until = ? WHERE id = ?`, until, w.Customer.ID); err != nil {
		return err
	}
	w.Customer.SuspectedUntil = until
	if w.ofHold {
		if err := t.suspectHold(&w.Standing, actor, map[string]any{"disposition": d, "until": until}); err != nil {
			return err
		}
	} else if err := t.endLoosenings(w.Customer.ID, protection.Scam, actor, w.Now); err != nil {
		return err
	} else if err := t.entry("customer:"+string(w.Customer.ID), "customer.suspected", actor, w.Now, map[string]any{"disposition": d,
		"until": until}); err != nil {
		return err
	}
	if err := t.callOnly(w.Customer.ID, w.Now); err != nil {
		return err
	}
	t.count("suspected")
	return t.wakeHolds(w.Customer.ID, "", w.Now)
}

// suspectHold keeps a suspicion of one hold, and says in its entry what it rests on.
func (t *tx) suspectHold(l *hold.Standing, actor string, why map[string]any) error {
	return t.doubtHold(l, "suspected", actor, "hold.suspected", why)
}

// doubtHold makes a hold one that only a supervisor's call releases, with an entry that
// says why: what was approved so far, by whomever, is void.
func (t *tx) doubtHold(l *hold.Standing, cause, actor, kind string, body map[string]any) error {
	if l.SuspectedAt == 0 {
		l.SuspectedAt = l.Now
		if _, err := t.exec(`UPDATE holds SET suspected_at = ? WHERE id = ?`, l.Now, l.ID); err != nil {
			return err
		}
	}
	if err := t.entry(string(l.ID), kind, actor, l.Now, body); err != nil {
		return err
	}
	if err := t.endLoosenings(l.Request.CustomerID, protection.Scam, actor, l.Now); err != nil {
		return err
	}
	if err := t.overrule(l.Challenges, cause, l.Now); err != nil {
		return err
	}
	if err := t.voidPending(`hold_id = ?`, string(l.ID), cause, l.Now); err != nil {
		return err
	}
	if err := t.overruleBank(`hold_id = ?`, string(l.ID), cause, l.Now); err != nil {
		return err
	}
	// What an agent was asked about it, and what waited for a second person, is a
	// supervisor's now.
	if _, err := t.openAgain(`hold_id = ? AND status = 'review'`, string(l.ID)); err != nil {
		return err
	}
	_, err := t.exec(`UPDATE tasks SET skill = ? WHERE hold_id = ? AND status <> 'closed'`, queue.SkillSupervisor, l.ID)
	return err
}

// callOnly takes back what a customer is asked without a call, and what they
// approved without one. The customer is locked.
func (t *tx) callOnly(id hold.CustomerID, now hold.Instant) error {
	var open []hold.Challenge
	if err := t.all(&open, `SELECT * FROM challenges WHERE customer_id = ? AND status = 'open' AND channel <> 'callback' ORDER BY hold_id,
		id`, id); err != nil {
		return err
	}
	if err := t.cancelOpen(open, "suspected", now); err != nil {
		return err
	}
	approved, err := t.approvedHeld(id)
	if err != nil {
		return err
	}
	return t.overrule(slices.DeleteFunc(approved, func(c hold.Challenge) bool { return c.Channel == hold.Callback }), "suspected", now)
}
