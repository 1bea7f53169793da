package store

import "holdfast/hold"

// markMule brings the verdict that is in force for its payee to a hold that waits. As a
// suspicion does, it takes back what is asked without a call and voids what was
// approved; only a call with two people releases the hold from then on. Where the verdict
// only renews the one that the hold has, what two people said meanwhile stands. The hold
// and its customer are locked.
func (t *tx) markMule(l *hold.Standing) error {
	worked := l.Work
	if err := t.setVerdict(l); err != nil || l.Renewed {
		return err
	}
	if err := t.withdraw(l, causeMule); err != nil {
		return err
	}
	t.publish(string(l.ID), string(l.Request.CustomerID))
	if !worked {
		return nil
	}
	return t.settleTheirCase(l.Customer.ID, l.Now)
}

// heedVerdict brings a verdict to a hold that somebody looks at before the carrying
// comes by: what was approved before it releases nothing after it.
func (t *tx) heedVerdict(l *hold.Standing) error {
	if l.Status.Decided() || l.MuleVerdict == "" || l.MuleVerdict == l.VerdictID {
		return nil
	}
	return t.markMule(l)
}

// bringVerdict makes of a held payment's mark what is in force for its payee now,
// whichever verdict is being carried. It tells whether that was a change, so that
// doing it twice is doing it once.
func (t *tx) bringVerdict(l *hold.Standing) (changed bool, err error) {
	switch {
	case l.Status.Decided() || l.MuleVerdict == l.VerdictID:
		return false, nil
	case l.MuleVerdict == "":
		return true, t.liftVerdict(l)
	}
	return true, t.markMule(l)
}

// causeCleared is why a customer is asked anew: the verdict was lifted.
const causeCleared = "payee_cleared"

// liftVerdict takes the mark off a hold. What it voided stays void. Where nothing else
// speaks against the payment, its customer is asked anew, once nobody is at it. One whose
// ladder asks by call only keeps the place of its open call.
func (t *tx) liftVerdict(l *hold.Standing) error {
	was := l.VerdictID
	if err := t.setVerdict(l); err != nil {
		return err
	}
	switch {
	case l.Doubted(), l.Now >= l.Deadline, l.Walk().Do == hold.DoDecide, l.AsksByCallback() && l.Terms.Ladder.ByCall():
		return nil
	case l.Busy > l.Now:
		l.AskAnewAt = l.Now
		t.later(`UPDATE holds SET ask_anew_at = ? WHERE id = ?`, l.AskAnewAt, l.ID)
		return nil
	}
	return t.askAnew(l, "hold.asked_anew", ActorSystem, causeCleared, map[string]any{"verdict_id": was})
}

// setVerdict puts the mark of the verdict that is in force on a hold, or takes it off.
func (t *tx) setVerdict(l *hold.Standing) error {
	was := l.VerdictID
	l.VerdictID = l.MuleVerdict
	t.setHold(l.ID, []string{"verdict_id"}, l.VerdictID)
	if l.VerdictID != "" {
		return t.marked(*l)
	}
	t.count("payee_lifted")
	return t.entry(string(l.ID), "hold.payee_cleared", ActorSystem, l.Now, map[string]any{"verdict_id": was})
}

// marked puts in the trail that a hold has the mark.
func (t *tx) marked(l hold.Standing) error {
	t.count("payee_marked")
	return t.entry(string(l.ID), "hold.payee_verdict", ActorSystem, l.Now, map[string]any{"verdict_id": l.VerdictID, "verdict": "mule"})
}

// reverseMule reverses a hold, as two people want of all that waited for its payee as
// they said so. It tells whether it did: the verdict on the payee may have ended since.
func (t *tx) reverseMule(v carriage, l *hold.Standing) (done bool, err error) {
	if err := t.concludeRefusal(l); err != nil { // what speaks against it comes first
		return false, err
	}
	if l.Status.Decided() || l.MuleVerdict == "" {
		return false, nil
	}
	if err := t.entry(string(l.ID), "hold.payee_verdict", v.Second, l.Now, map[string]any{"verdict_id": v.ID, "verdict": "reverse",
		"first": v.First}); err != nil {
		return false, err
	}
	if err := t.decide(l, hold.Reverse, hold.ReasonPayeeMule, v.Second); err != nil {
		return false, err
	}
	t.later(`UPDATE holds SET look_at = ? WHERE id = ?`, max(l.Now, t.wakesAt), l.ID) // when the ledger is to be told
	t.wake(l.ID, l.Now)
	t.count("payee_reversed")
	return true, nil
}
