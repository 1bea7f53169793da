package store

import (
	"context"

	"holdfast/hold"
)

// ReportRecall takes the bank's word on a recall and gives what stands then, also where
// it is refused. The same reference twice is no error.
func (s *Store) ReportRecall(ctx context.Context, id hold.RecallID, p hold.RecallReport, actor string) (r hold.Recall, why hold.Refusal,
	err error) {
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		var now hold.Instant
		before, err := t.lockRecall(id, &now)
		if r = before; err != nil {
			return "", err
		}
		var said []hold.RecallReport
		if err := t.all(&said, `SELECT reference, status, minor, reason_code FROM recall_reports WHERE recall_id = ?`, id); err != nil {
			return "", err
		}
		next, again, why := before.Report(said, p)
		if again || why != "" {
			return why, nil
		}
		r = next
		r.UpdatedAt = now
		return "", t.reportedRecall(before, r, p, actor, now)
	})
	return r, why, err
}

// reported puts a report on record and ends what is still being asked.
func (t *tx) reportedRecall(before, r hold.Recall, p hold.RecallReport, actor string, now hold.Instant) error {
	t.later(`INSERT INTO recall_reports (recall_id, reference, status, minor, reason_code, author, at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		r.ID, p.Reference, p.Status, p.Minor, p.ReasonCode, actor, now)
	t.later(`UPDATE recall_requests SET status = ?, returned_minor = ?, reference = ?, reason_code = ?, parked_at = 0, parked_code = '',
		updated_at = ? WHERE id = ?`, r.Status, r.Returned, r.Reference, r.ReasonCode, now, r.ID)
	if before.ParkedAt != 0 {
		t.askForRecall(r.ID, now) // its workflow waits for a human, and may end
	}
	t.count("recall_" + string(r.Status))
	t.publish(string(r.HoldID), string(r.CustomerID))
	body := map[string]any{"recall_id": r.ID, "reference": p.Reference, "reason_code": p.ReasonCode}
	if p.Minor > 0 {
		body["minor"], body["returned_minor"] = p.Minor, r.Returned
	}
	return t.entry(string(r.HoldID), "recall."+string(p.Status), actor, now, body)
}
