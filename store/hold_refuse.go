package store

import "holdfast/hold"

// overrule voids the approvals among challenges that wait for a decision:
// somebody has spoken against the payment since. Their customer is locked.
func (t *tx) overrule(cs []hold.Challenge, cause string, now hold.Instant) error {
	for i := range cs {
		c := &cs[i]
		if c.Answer != hold.Approve || c.VoidAt != 0 {
			continue
		}
		c.VoidAt = now
		if _, err := t.exec(`UPDATE challenges SET void_at = ? WHERE id = ?`, now, c.ID); err != nil {
			return err
		}
		if err := t.entry(string(c.HoldID), "answer.overruled", ActorSystem, now, map[string]any{"challenge_id": c.ID,
			"cause": cause}); err != nil {
			return err
		}
	}
	return nil
}

// speakAgainst ends what else is asked about a hold that was just refused, and
// what was approved.
func (t *tx) speakAgainst(l *hold.Standing) error {
	if err := t.cancelOpen(l.Challenges, "refused", l.Now); err != nil {
		return err
	}
	if err := t.overrule(l.Challenges, "refused", l.Now); err != nil {
		return err
	}
	return t.overruleBank(`hold_id = ?`, string(l.ID), "refused", l.Now)
}

// approvedHeld are the approvals of a customer's waiting holds, hold by hold.
func (t *tx) approvedHeld(id hold.CustomerID) (cs []hold.Challenge, err error) {
	return cs, t.all(&cs, `SELECT c.* FROM challenges c JOIN holds h ON h.id = c.hold_id WHERE c.customer_id = ? AND h.status = 'held'
		AND c.answer = 'approve' AND c.void_at = 0 ORDER BY c.hold_id, c.id`, id)
}

// overruleBank voids releases on the bank's word that are asked for or given,
// and not concluded. where is about approvals.
func (t *tx) overruleBank(where, arg, cause string, now hold.Instant) error {
	return t.voidThose(`kind = 'override' AND status IN ('pending', 'approved') AND hold_id IN (SELECT id FROM holds WHERE status = 'held')
		AND `+where, arg, cause, now)
}

// recall keeps that somebody spoke against a release that was decided already.
// The decision is final; the feed tells that they want the money back. What they did not
// pay is proposed for recall; own says that it was nobody else who said so.
func (t *tx) recall(l *hold.Standing, a hold.Answer, actor string, own bool) error {
	if l.Decision == nil || l.Decision.Outcome != hold.Release {
		return nil
	}
	n, err := t.exec(`INSERT INTO recalls (hold_id, answer, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, l.ID, a, l.Now)
	if err != nil {
		return err
	}
	if n > 0 {
		l.Decision.RecallAt = l.Now
		t.count("recall_wanted")
		t.publish(TopicDecisions, string(l.ID))
		if err := t.entry(string(l.ID), "recall.wanted", actor, l.Now, map[string]any{"answer": a, "status": l.Status}); err != nil {
			return err
		}
	}
	if a != hold.NotMe {
		return nil
	}
	if err := t.reported(l.ID, l.PayeeID, l.Request.CustomerID, string(a)); err != nil { // payees are locked before recalls
		return err
	}
	return t.proposeOwn(l, actor, own)
}
