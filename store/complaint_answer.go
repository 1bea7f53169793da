package store

import (
	"context"

	"holdfast/hold"
	"holdfast/queue"
)

// ListedComplaint is a complaint in a list, with what its answer may lead to.
type ListedComplaint struct {
	queue.Complaint
	VerdictID string `db:"verdict_id"` // that the payee is a mule, in force now; empty: none is
	Known     bool   `db:"known"`      // payments to that payee are on record
}

// complaintsNow are complaints c, with what is in force now: one argument.
const complaintsNow = `SELECT c.*, COALESCE((SELECT MAX(id) FROM payee_verdicts WHERE payee_id = c.payee_id AND status = 'in_force'
	AND kind = 'mule' AND until_at > ?), '') AS verdict_id,
	CASE WHEN EXISTS (SELECT 1 FROM payees WHERE id = c.payee_id) THEN 1 ELSE 0 END AS known FROM complaints c `

// ownComplaint tells of a complaint c whether an agent is who complains, or the customer
// of the hold that it is about: one argument.
const ownComplaint = `EXISTS (SELECT 1 FROM agents a WHERE a.sub = ? AND a.customer_id <> '' AND (a.customer_id = c.customer_id
	OR a.customer_id = (SELECT h.customer_id FROM holds h WHERE h.id = c.hold_id)))`

// ComplaintPage is a page of the complaints that wait for an answer, or of those that
// have one.
type ComplaintPage struct {
	Closed bool
	After  string // the complaint that the page before ended with
	Limit  int
}

// Complaints lists those that wait by when they are due, and those that have their
// answer by when they got it, the latest first. An agent's own are not there.
func (s *Store) Complaints(ctx context.Context, by By, p ComplaintPage) (cs []ListedComplaint, now hold.Instant, err error) {
	if now, err = s.Now(ctx); err != nil {
		return nil, 0, err
	}
	where, after, order := `c.status = 'open'`, `(c.due_at, c.id) > (p.due_at, p.id)`, `c.due_at, c.id`
	if p.Closed {
		where, after, order = `c.status <> 'open'`, `(c.closed_at, c.id) < (p.closed_at, p.id)`, `c.closed_at DESC, c.id DESC`
	}
	args := []any{now, by.Sub}
	if p.After != "" {
		where, args = where+` AND EXISTS (SELECT 1 FROM complaints p WHERE p.id = ? AND `+after+`)`, []any{now, p.After, by.Sub}
	}
	err = s.all(ctx, &cs, complaintsNow+`WHERE `+where+` AND NOT `+ownComplaint+` ORDER BY `+order+` LIMIT ?`, append(args, p.Limit)...)
	return cs, now, err
}

// AnswerComplaint is a supervisor's answer.
type AnswerComplaint struct {
	By      By
	ID      string
	Outcome queue.ComplaintStatus
	Reason  string
	Recall  bool // and have it proposed that the money is asked for again
}

// AnswerComplaint answers a complaint, once. Nothing else changes, unless it is to
// propose a recall.
func (s *Store) AnswerComplaint(ctx context.Context, a AnswerComplaint) (c ListedComplaint, why hold.Refusal, err error) {
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		if _, err := t.acting(a.By); err != nil {
			return "", err
		}
		var locked int
		if err := t.get(&locked, `SELECT 1 FROM complaints WHERE id = ?`+t.lock("UPDATE"), a.ID); err != nil {
			return "", err
		}
		now, err := t.now()
		if err != nil {
			return "", err
		}
		c = ListedComplaint{}
		if err := t.get(&c, complaintsNow+`WHERE c.id = ?`, now, a.ID); err != nil {
			return "", err
		}
		f, err := t.answerFacts(c.Complaint, a)
		if err != nil {
			return "", err
		}
		if why := queue.AnswerComplaint(c.Complaint, f); why != "" {
			return why, nil
		}
		if a.Recall { // before the entry: a recall is locked before its hold's chain
			if err := t.proposeRecallOf(c.HoldID, hold.RecallComplaint, a.By.actor(), now); err != nil {
				return "", err
			}
		}
		c.Status, c.AnsweredBy, c.Answer, c.ClosedAt = a.Outcome, a.By.actor(), a.Reason, now
		t.later(`UPDATE complaints SET status = ?, answered_by = ?, answer = ?, closed_at = ? WHERE id = ?`, c.Status, c.AnsweredBy, c.Answer,
			now, c.ID)
		t.publish(TopicQueue)
		t.count("complaint_" + string(c.Status))
		return "", t.entry(c.Subject(), "complaint."+string(c.Status), a.By.actor(), now, map[string]any{"complaint_id": c.ID,
			"about": c.About, "overdue": now >= c.DueAt, "recall": a.Recall, "reason_digest": hold.DigestOf([]byte(a.Reason))})
	})
	return c, why, err
}

// answerFacts reads what bears on who answers. Of a payee that two people have judged,
// or one wants judged, it is neither of them, as long as that stood after the complaint
// came in.
func (t *tx) answerFacts(c queue.Complaint, a AnswerComplaint) (f queue.AnswerFacts, err error) {
	by := a.By
	f.Role, f.Outcome, f.Recall = by.Role, a.Outcome, a.Recall
	return f, t.together(
		one(&f.Released, `SELECT COUNT(*) > 0 FROM decisions WHERE hold_id = ? AND outcome = 'release'`, c.HoldID),
		one(&f.Linked, `SELECT COUNT(*) > 0 FROM complaints c WHERE c.id = ? AND `+ownComplaint, c.ID, by.Sub),
		one(&f.Judged, `SELECT COUNT(*) > 0 FROM payee_verdicts v WHERE v.payee_id = ? AND v.payee_id <> '' AND v.kind <> 'cleared'
			AND (v.status IN ('asked', 'in_force') OR v.status = 'ended' AND v.ended_at >= ?) AND (v.first = ? OR v.second = ?)`, c.PayeeID,
			c.ReceivedAt, by.actor(), by.actor()))
}

// ComplaintStats is how many complaints wait.
type ComplaintStats struct {
	Open    int `db:"complaints"`
	Overdue int `db:"complaints_overdue"`
}

// complaintStats counts what waits, of those that are due by now: one argument.
const complaintStats = `SELECT COUNT(*) AS complaints, COALESCE(SUM(CASE WHEN due_at <= ? THEN 1 ELSE 0 END), 0) AS complaints_overdue
	FROM complaints WHERE status = 'open'`

// ComplaintStats counts.
func (s *Store) ComplaintStats(ctx context.Context) (c ComplaintStats, err error) {
	now, err := s.Now(ctx)
	if err != nil {
		return c, err
	}
	return c, s.get(ctx, &c, complaintStats, now)
}
