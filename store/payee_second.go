package store

import (
	"context"
	"time"

	"holdfast/hold"
	"holdfast/queue"
)

// SecondOfVerdict is a second person's word about a verdict. Expire and Recall are the
// policy's: how long it is in force, and how far back releases are proposed for recall.
type SecondOfVerdict struct {
	By      By
	ID      string
	Approve bool
	Reason  string
	Digests DigestsOf
	Expire  time.Duration
	Recall  time.Duration
}

// VerdictResult is the verdict as it then is.
type VerdictResult struct {
	Verdict queue.Verdict
	Void    bool         // what the first person asked for was so no longer
	Refusal hold.Refusal // why they may not say it
}

// TakeVerdict takes a second person's word in one transaction: the agents' rows are
// locked, then the payee.
func (s *Store) TakeVerdict(ctx context.Context, d SecondOfVerdict) (res VerdictResult, err error) {
	err = s.update(ctx, func(t *tx) error {
		res = VerdictResult{} // of a try that was undone
		if _, err := t.acting(d.By); err != nil {
			return err
		}
		v := &res.Verdict
		if err := t.get(v, `SELECT * FROM payee_verdicts WHERE id = ?`, d.ID); err != nil {
			return err
		}
		gone, err := t.firstGone(queue.Approval{First: v.First, CreatedAt: v.AskedAt})
		if err != nil {
			return err
		}
		p, err := t.judgedPayee(v.PayeeID, d.By, d.Digests)
		if err != nil {
			return err
		}
		if err := t.get(v, `SELECT * FROM payee_verdicts WHERE id = ?`, d.ID); err != nil {
			return err
		}
		if res.Refusal = queue.SecondOfVerdict(*v, d.By.actor(), d.Approve, p.VerdictFacts); res.Refusal != "" {
			return nil
		}
		if gone == "" {
			gone, err = t.firstLinked(*v)
		}
		switch {
		case err != nil:
			return err
		case gone == "" && v.Outlived(p.VerdictFacts):
			gone = "verdict_ended"
		}
		if res.Void = gone != ""; res.Void {
			return t.voidVerdict(v, gone, ActorSystem, p.Now)
		}
		if v.First == d.By.actor() {
			return t.voidVerdict(v, "withdrawn", v.First, p.Now)
		}
		v.Second, v.Answer, v.ClosedAt = d.By.actor(), d.Reason, p.Now
		if !d.Approve {
			v.Status = queue.VerdictRejected
			return t.closeVerdict(*v, "payee.verdict_rejected", map[string]any{})
		}
		return t.agree(v, p, d)
	})
	return res, err
}

// firstLinked says why the first person's word is void: they have been said to be
// somebody who paid there.
func (t *tx) firstLinked(v queue.Verdict) (string, error) {
	linked, err := t.linkedToPayee(v.First[len("agent:"):], v.PayeeID)
	if linked {
		return "agent_linked", err
	}
	return "", err
}

// agree puts a verdict in force, in the place of its opposite, or of one that says the same
// and is about to end. What follows for the
// payee's holds is carried to them afterwards: carried_at is 0 until then.
func (t *tx) agree(v *queue.Verdict, p judged, d SecondOfVerdict) error {
	v.Status = queue.VerdictInForce
	more, renewed := map[string]any{}, p.Renewed(v.Kind)
	stood := p.Stands
	if v.Kind != queue.VerdictReverse {
		if renewed { // then what is being reversed is so still
			p.Carried = nil
		}
		v.UntilAt = p.Now.Add(d.Expire)
		more["until"] = v.UntilAt
		if err := t.endThose(p, v.ID, "replaced"); err != nil {
			return err
		}
		if renewed { // what the one before proposed to call back is proposed by this one
			t.later(`UPDATE recall_requests SET verdict_id = ? WHERE status = 'proposed' AND source = 'verdict' AND verdict_id = ?`,
				v.ID, stood.ID)
		}
	}
	switch v.Kind {
	case queue.VerdictMule:
		v.RecallFrom = p.Now.Add(-d.Recall)
		if renewed && stood.CarriedAt != 0 { // what went since is what two people let go
			v.RecallFrom = p.Now
		}
		more["recall_from"] = v.RecallFrom
	case queue.VerdictCleared:
		v.CarriedAt = p.Now // the mule verdict that ends is what is carried, to take its marks off
	}
	return t.closeVerdict(*v, "payee.verdict_agreed", more)
}

// closeVerdict writes what the second person made of a verdict.
func (t *tx) closeVerdict(v queue.Verdict, kind string, more map[string]any) error {
	t.later(`UPDATE payee_verdicts SET status = ?, second = ?, answer = ?, closed_at = ?, until_at = ?, recall_from = ?, carried_at = ?
		WHERE id = ? AND status = 'asked'`, v.Status, v.Second, v.Answer, v.ClosedAt, v.UntilAt, v.RecallFrom, v.CarriedAt, v.ID)
	more["first"], more["reason_digest"] = v.First, hold.DigestOf([]byte(v.Answer))
	return t.verdictIs(v, kind, v.Second, v.ClosedAt, more)
}

// voidVerdict ends what waits for a second person and has lost its reason, or its time, or
// is withdrawn by the first.
func (t *tx) voidVerdict(v *queue.Verdict, cause, actor string, now hold.Instant) error {
	v.Status, v.Cause, v.ClosedAt = queue.VerdictVoid, cause, now
	t.later(`UPDATE payee_verdicts SET status = 'void', cause = ?, closed_at = ? WHERE id = ? AND status = 'asked'`, cause, now, v.ID)
	return t.verdictIs(*v, "payee.verdict_void", actor, now, map[string]any{"cause": cause})
}

// voidVerdictsOf voids what an agent asked for whose access has ended.
func (s *Store) voidVerdictsOf(ctx context.Context, sub string) error {
	var asked []queue.Verdict
	if err := s.all(ctx, &asked, `SELECT * FROM payee_verdicts WHERE first = ? AND status = 'asked'`, "agent:"+sub); err != nil {
		return err
	}
	for _, v := range asked {
		if err := s.update(ctx, func(t *tx) error {
			now, err := t.lockPayee(v.PayeeID)
			if err != nil {
				return err
			}
			v := v
			if err := t.get(&v, `SELECT * FROM payee_verdicts WHERE id = ?`, v.ID); err != nil || v.Status != queue.VerdictAsked {
				return err
			}
			return t.voidVerdict(&v, "agent_revoked", ActorSystem, now)
		}); err != nil {
			return err
		}
	}
	return nil
}
