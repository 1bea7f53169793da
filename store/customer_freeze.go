package store

import (
	"cmp"
	"context"
	"slices"

	"holdfast/hold"
	"holdfast/protection"
)

// freeze ends the customer's sessions and cancels every open challenge of
// theirs but the callbacks. Their other holds are woken: they go to callback
// only. The
// customer's row is locked. About is the hold it came from, or empty.
func (t *tx) freeze(c hold.Customer, now hold.Instant, actor, cause string, about hold.ID) error {
	if c.FrozenAt == 0 {
		if _, err := t.exec(`UPDATE customers SET frozen_at = ? WHERE id = ?`, now, c.ID); err != nil {
			return err
		}
	}
	if _, err := t.exec(`UPDATE sessions SET ended_at = ? WHERE customer_id = ? AND ended_at = 0`, now, c.ID); err != nil {
		return err
	}
	if err := t.promiseCall(c, now, actor, cause, about); err != nil {
		return err
	}
	var open []hold.Challenge
	if err := t.all(&open, `SELECT * FROM challenges WHERE customer_id = ? AND status = 'open' AND channel <> 'callback'`, c.ID); err != nil {
		return err
	}
	slices.SortFunc(open, func(a, b hold.Challenge) int { return cmp.Or(cmp.Compare(a.HoldID, b.HoldID), cmp.Compare(a.ID, b.ID)) })
	if err := t.cancelOpen(open, "frozen", now); err != nil {
		return err
	}
	approved, err := t.approvedHeld(c.ID)
	if err != nil {
		return err
	}
	if err := t.overrule(approved, "frozen", now); err != nil { // for good, whatever ends the freeze
		return err
	}
	if err := t.overruleBank(`customer_id = ?`, string(c.ID), "frozen", now); err != nil {
		return err
	}
	if err := t.confirmAnew(c.ID, now); err != nil {
		return err
	}
	if err := t.endLoosenings(c.ID, protection.Frozen, actor, now); err != nil {
		return err
	}
	if c.FrozenAt == 0 {
		body := map[string]any{"cause": cause}
		if about != "" {
			body["hold_id"] = about
		}
		if err := t.entry("customer:"+string(c.ID), "customer.frozen", actor, now, body); err != nil {
			return err
		}
	}
	if err := t.notUnfrozen(c.ID, now); err != nil {
		return err
	}
	if cause == string(hold.NotMe) {
		if err := t.reportedOf(about, c.ID, cause); err != nil {
			return err
		}
	}
	t.publish(string(c.ID))
	return t.wakeHolds(c.ID, about, now)
}

// notUnfrozen voids what was asked to end a freeze: whoever asked for that knew nothing
// of what the customer says now.
func (t *tx) notUnfrozen(id hold.CustomerID, now hold.Instant) error {
	return t.voidPending(`kind = 'unfreeze' AND customer_id = ?`, string(id), "frozen_again", now)
}

// confirmAnew takes back what an agent confirmed and a second person has not yet
// looked at: the customer said it before they spoke against it. The question is
// open again. The customer is locked.
func (t *tx) confirmAnew(id hold.CustomerID, now hold.Instant) error {
	if err := t.voidPending(`kind = 'confirm' AND customer_id = ?`, string(id), "frozen", now); err != nil {
		return err
	}
	n, err := t.openAgain(`customer_id = ? AND status = 'review'`, string(id))
	if err != nil || n == 0 {
		return err
	}
	cs, err := t.caseOf(id)
	if err != nil {
		return err
	}
	return t.settleCase(cs, now)
}

// wakeHolds wakes the workflows of a customer's undecided holds but one.
func (t *tx) wakeHolds(id hold.CustomerID, but hold.ID, now hold.Instant) error {
	var held []hold.ID
	if err := t.all(&held, `SELECT id FROM holds WHERE customer_id = ? AND status = 'held' AND id <> ? ORDER BY id`, id, but); err != nil {
		return err
	}
	for _, h := range held {
		t.wake(h, now)
	}
	return nil
}

// unfreeze ends a freeze. What waits is asked anew, at another revision: nothing
// that was said before or meanwhile releases it. Two people want it: see
// approvals. The customer and what waits are locked.
func (t *tx) unfreeze(all locked, actor, approval string) error {
	for _, c := range all.customers {
		if c.FrozenAt == 0 {
			continue
		}
		if _, err := t.exec(`UPDATE customers SET frozen_at = 0 WHERE id = ?`, c.ID); err != nil {
			return err
		}
		if err := t.callNoMore(c.ID, all.now); err != nil {
			return err
		}
		if err := t.entry("customer:"+string(c.ID), "customer.unfrozen", actor, all.now, map[string]any{"approval_id": approval}); err != nil {
			return err
		}
		t.publish(string(c.ID))
	}
	for i := range all.holds {
		l := &all.holds[i]
		if err := t.concludeRefusal(l); err != nil {
			return err
		}
		if l.Status.Decided() {
			continue
		}
		if err := t.askAnew(l, "hold.asked_anew", ActorSystem, "unfrozen", map[string]any{"approval_id": approval}); err != nil {
			return err
		}
	}
	return nil
}

// AskForHelp freezes a customer who thinks that somebody deceives them, and
// puts them in front of the queue. Twice is no error.
func (s *Store) AskForHelp(ctx context.Context, id hold.CustomerID) error {
	return s.update(ctx, func(t *tx) error {
		c, err := t.lockCustomer(id)
		if err != nil {
			return err
		}
		now, err := t.now()
		if err != nil {
			return err
		}
		return t.freeze(c, now, ActorCustomer, "help", "")
	})
}

// ReportNotMe is a customer's word, in a session, that a payment is not
// theirs. It freezes the customer. A hold that waits is reversed, whatever was
// approved; one that is decided stays as it was, and a release is offered for
// recall. It tells the decision that stands.
func (s *Store) ReportNotMe(ctx context.Context, customer hold.CustomerID, id hold.ID) (d hold.Decision, err error) {
	err = s.update(ctx, func(t *tx) error {
		var own int
		if err := t.get(&own, `SELECT 1 FROM holds WHERE id = ? AND customer_id = ?`, id, customer); err != nil {
			return err
		}
		l, err := t.fetch(id)
		if err != nil {
			return err
		}
		if err := t.entry(string(id), "hold.reported", ActorCustomer, l.Now, map[string]any{"answer": hold.NotMe,
			"status": l.Status}); err != nil {
			return err
		}
		if l.Status.Decided() {
			err = t.recall(&l, hold.NotMe, ActorCustomer, true)
		} else {
			err = t.decide(&l, hold.Reverse, hold.ReasonNotMe, ActorCustomer)
		}
		if err != nil {
			return err
		}
		d = *l.Decision
		t.wake(id, l.Now)
		return t.freeze(l.Customer, l.Now, ActorCustomer, "not_me", id)
	})
	return d, err
}
