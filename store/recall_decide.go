package store

import (
	"context"

	"holdfast/hold"
	"holdfast/queue"
)

// lockRecallOf locks a hold's recall, and then reads it.
func (t *tx) lockRecallOf(id hold.ID) (r hold.Recall, err error) {
	err = t.together(one(new(int), `SELECT 1 FROM recall_requests WHERE hold_id = ?`+t.lock("UPDATE"), id),
		one(&r, `SELECT * FROM recall_requests WHERE hold_id = ?`, id))
	return r, err
}

// lockRecall locks a recall's hold and the recall, and then reads it and the clock. Where
// a hold is locked its recall, and its chain, are locked after it.
func (t *tx) lockRecall(id hold.RecallID, now *hold.Instant) (r hold.Recall, err error) {
	err = t.together(
		one(new(int), `SELECT 1 FROM holds WHERE id = (SELECT hold_id FROM recall_requests WHERE id = ?)`+t.lock("NO KEY UPDATE"), id),
		one(new(int), `SELECT 1 FROM recall_requests WHERE id = ?`+t.lock("UPDATE"), id),
		one(&r, `SELECT * FROM recall_requests WHERE id = ?`, id), clock(now))
	return r, err
}

// DecideRecall is an agent's word on a proposed recall.
type DecideRecall struct {
	By      By
	ID      hold.RecallID
	Confirm bool
	Reason  string
}

// DecideRecall confirms a recall or declines it, once. Confirmed, it is on its way to
// the bank's endpoint.
func (s *Store) DecideRecall(ctx context.Context, d DecideRecall) (r hold.Recall, why hold.Refusal, err error) {
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		a, err := t.acting(d.By)
		if err != nil {
			return "", err
		}
		var now hold.Instant
		if r, err = t.lockRecall(d.ID, &now); err != nil {
			return "", err
		}
		f, err := t.recallFacts(r, a, d.By.Role, now)
		if err != nil {
			return "", err
		}
		if why := queue.DecideRecall(r, f, d.Confirm); why != "" {
			return why, nil
		}
		if d.Confirm {
			return "", t.requestRecall(&r, d.By.actor(), d.Reason, now)
		}
		return "", t.declineRecall(&r, d.By.actor(), d.Reason, now)
	})
	return r, why, err
}

// recallFacts reads what bears on a word about a recall. Its hold is locked.
func (t *tx) recallFacts(r hold.Recall, a queue.Agent, role queue.Role, now hold.Instant) (f queue.RecallFacts, err error) {
	f.Agent, f.Role = a, role
	var of struct {
		Status  hold.Status `db:"status"`
		PayeeID string      `db:"payee_id"`
	}
	if err := t.get(&of, `SELECT status, payee_id FROM holds WHERE id = ?`, r.HoldID); err != nil {
		return f, err
	}
	f.Left = of.Status == hold.Released
	if f.Payee, err = t.linkedToPayee(a.Sub, of.PayeeID); err != nil || r.Source != hold.RecallVerdict {
		return f, err
	}
	return f, t.get(&f.Ended, `SELECT COUNT(*) = 0 FROM payee_verdicts WHERE id = ? AND status = 'in_force' AND until_at > ?`, r.VerdictID,
		now)
}

func (t *tx) declineRecall(r *hold.Recall, actor, reason string, now hold.Instant) error {
	r.Status = hold.RecallDeclined
	return t.decidedRecall(r, "recall.declined", actor, reason, now)
}

// requestRecall confirms a recall and has the bank's endpoint asked.
func (t *tx) requestRecall(r *hold.Recall, actor, reason string, now hold.Instant) error {
	r.Status = hold.RecallRequested
	if err := t.decidedRecall(r, "recall.confirmed", actor, reason, now); err != nil {
		return err
	}
	t.askForRecall(r.ID, now)
	return nil
}

func (t *tx) decidedRecall(r *hold.Recall, kind, actor, reason string, now hold.Instant) error {
	r.DecidedAt, r.DecidedBy, r.Reason, r.UpdatedAt = now, actor, reason, now
	t.later(`UPDATE recall_requests SET status = ?, decided_at = ?, decided_by = ?, reason = ?, updated_at = ? WHERE id = ?`,
		r.Status, now, actor, reason, now, r.ID)
	t.count("recall_" + string(r.Status))
	t.publish(string(r.HoldID), string(r.CustomerID))
	return t.entry(string(r.HoldID), kind, actor, now, map[string]any{"recall_id": r.ID, "source": r.Source,
		"reason_digest": hold.DigestOf([]byte(reason))})
}

// askForRecall has a recall's workflow look at it: started where there is none. One such
// message waits. Somebody looks again where none of it is heard.
func (t *tx) askForRecall(id hold.RecallID, now hold.Instant) {
	t.publish(TopicOutbox)
	t.later(`UPDATE recall_requests SET look_at = ? WHERE id = ?`, now.Add(recallUnheard), id)
	t.later(`INSERT INTO outbox (workflow_id, wake_of, kind, due_at, wanted_at) VALUES (?, ?, 'recall', ?, ?)
		ON CONFLICT (wake_of) DO UPDATE SET generation = outbox.generation + 1, due_at = excluded.due_at`, id, id, now, now)
}
