package store

import (
	"strings"

	"holdfast/audit"
	"holdfast/hold"
)

// stays says of a hold h why it cannot leave yet; empty: it can. Pictures of faces are
// kept as long as their own setting says, and end with an entry of their own.
const stays = `CASE
	WHEN h.status NOT IN ('released', 'reversed') THEN 'not_settled'
	WHEN EXISTS (SELECT 1 FROM decisions d WHERE d.hold_id = h.id AND d.feed IS NULL) THEN 'not_in_feed'
	WHEN EXISTS (SELECT 1 FROM recalls r WHERE r.hold_id = h.id AND (r.feed IS NULL OR r.at >= ?)) THEN 'recalled'
	WHEN EXISTS (SELECT 1 FROM recall_requests r WHERE r.hold_id = h.id
		AND (r.status IN ('proposed', 'requested', 'accepted') OR r.updated_at >= ?)) THEN 'recall_open'
	WHEN EXISTS (SELECT 1 FROM outcomes u WHERE u.hold_id = h.id AND u.recorded_at >= ?) THEN 'outcome_learnt'
	WHEN EXISTS (SELECT 1 FROM challenges c WHERE c.hold_id = h.id AND c.status = 'open') THEN 'question_open'
	WHEN EXISTS (SELECT 1 FROM tasks k JOIN cases q ON q.id = k.case_id WHERE k.hold_id = h.id AND q.status <> 'closed') THEN 'case_open'
	WHEN EXISTS (SELECT 1 FROM approvals a WHERE a.hold_id = h.id AND a.status = 'pending') THEN 'approval_pending'
	WHEN EXISTS (SELECT 1 FROM referrals f WHERE f.hold_id = h.id AND f.until_at >= ?) THEN 'referral_open'
	WHEN EXISTS (SELECT 1 FROM complaints c WHERE c.hold_id = h.id AND (c.status = 'open' OR c.closed_at >= ?)) THEN 'complaint_open'
	WHEN EXISTS (SELECT 1 FROM outbox o WHERE o.workflow_id = h.id) THEN 'message_under_way'
	WHEN EXISTS (SELECT 1 FROM texts x WHERE x.hold_id = h.id AND x.status IN ('waiting', 'sending')) THEN 'message_under_way'
	WHEN EXISTS (SELECT 1 FROM challenges c JOIN links k ON k.challenge_id = c.id JOIN frames f ON f.link = k.digest
		WHERE c.hold_id = h.id) THEN 'pictures_kept'
	ELSE '' END`

// goes are the rows that leave with holds, the children first: each a DELETE up to the
// list of holds, and what closes it.
var goes = func() (all []struct{ text, end string }) {
	for _, q := range []string{
		`links WHERE challenge_id IN (SELECT id FROM challenges WHERE hold_id IN #)`,
		`receipts WHERE challenge_id IN (SELECT id FROM challenges WHERE hold_id IN #)`,
		`deliveries WHERE challenge_id IN (SELECT id FROM challenges WHERE hold_id IN #)`,
		`wakeups WHERE challenge_id IN (SELECT id FROM challenges WHERE hold_id IN #)`,
		`answers WHERE challenge_id IN (SELECT id FROM challenges WHERE hold_id IN #)`,
		`misses WHERE hold_id IN #`,
		`callbacks WHERE sid IN (SELECT s.sid FROM texts x JOIN sids s ON s.text_id = x.id WHERE x.hold_id <> '' AND x.hold_id IN #)`,
		`sids WHERE text_id IN (SELECT id FROM texts WHERE hold_id <> '' AND hold_id IN #)`,
		`texts WHERE hold_id <> '' AND hold_id IN #`,
		`dispositions WHERE task_id IN (SELECT id FROM tasks WHERE hold_id <> '' AND hold_id IN #)`,
		`face_looks WHERE of IN (SELECT k.id || '/' || l.lease FROM tasks k JOIN leases l ON l.case_id = k.case_id
			WHERE k.kind = 'face' AND k.hold_id <> '' AND k.hold_id IN #)`,
		`face_looks WHERE of IN (SELECT id FROM approvals WHERE hold_id <> '' AND hold_id IN #)`,
		`approvals WHERE hold_id <> '' AND hold_id IN #`,
		`tasks WHERE hold_id <> '' AND hold_id IN #`,
		`payee_proposals WHERE (payee_id, hold_id) IN (SELECT payee_id, id FROM holds WHERE payee_id <> '' AND id IN #)`,
		`outcomes WHERE hold_id IN #`,
		`referrals WHERE hold_id IN #`,
		`complaints WHERE hold_id <> '' AND hold_id IN #`,
		`interviews WHERE hold_id IN #`,
		`recalls WHERE hold_id IN #`,
		`recall_reports WHERE recall_id IN (SELECT id FROM recall_requests WHERE hold_id IN #)`,
		`recall_requests WHERE hold_id IN #`,
		`payee_asks WHERE hold_id IN #`,
		`contact_acts WHERE hold_id IN #`,
		`idempotency WHERE hold_id IN #`,
		`challenges WHERE hold_id IN #`,
		`decisions WHERE hold_id IN #`,
		`holds WHERE id IN #`,
	} {
		text, end, _ := strings.Cut(`DELETE FROM `+q, "#")
		all = append(all, struct{ text, end string }{text, end})
	}
	return all
}()

// retireSome takes the next holds in the order of their decisions, and those away that
// can leave. Who is at one keeps it until the next run: it is locked, and then read.
func (t *tx) retireSome(r *Retirement) (more bool, err error) {
	var found []struct {
		At hold.Instant `db:"decided_at"`
		ID string       `db:"hold_id"`
	}
	if err := t.all(&found, `SELECT decided_at, hold_id FROM decisions WHERE decided_at < ? AND (decided_at, hold_id) > (?, ?)
		ORDER BY decided_at, hold_id LIMIT ?`, r.Before, r.after.At, r.after.ID, retiredAtOnce); err != nil || len(found) == 0 {
		return false, err
	}
	last := found[len(found)-1]
	r.after.At, r.after.ID, r.Looked = last.At, hold.ID(last.ID), r.Looked+int64(len(found))
	ids := make([]string, len(found))
	for i, f := range found {
		ids[i] = f.ID
	}
	if r.ID != "" {
		locked := []string{}
		if err := t.together(some(&locked, `SELECT id FROM holds WHERE id IN `).in(ids).
			then(` ORDER BY id` + t.lock("UPDATE SKIP LOCKED"))); err != nil {
			return false, err
		}
		if n := len(ids) - len(locked); n > 0 {
			r.Kept["in_use"] += int64(n)
		}
		if ids = locked; len(ids) == 0 {
			return true, nil
		}
	}
	ids, err = t.mayLeave(r, ids)
	if err == nil && r.ID != "" && len(ids) > 0 {
		err = t.retire(r, ids)
	}
	return true, err
}

// mayLeave counts the holds that stay, by why, and those that go.
func (t *tx) mayLeave(r *Retirement, ids []string) (leave []string, err error) {
	var looked []struct {
		ID  string `db:"id"`
		Why string `db:"why"`
	}
	q := some(&looked, `SELECT h.id, `+stays+` AS why FROM holds h WHERE h.id IN `,
		r.Before, r.Before, r.Before, r.Before, r.Before).in(ids).then(` ORDER BY h.id`)
	if err := t.together(q); err != nil {
		return nil, err
	}
	for _, h := range looked {
		if h.Why != "" {
			r.Kept[h.Why]++
			continue
		}
		leave = append(leave, h.ID)
	}
	r.Holds += int64(len(leave))
	return leave, nil
}

// retire deletes holds and what belongs to them. Each chain stays, and ends with that.
func (t *tx) retire(r *Retirement, ids []string) error {
	var heads []struct {
		Subject string `db:"subject"`
		audit.Head
	}
	var now hold.Instant
	gone := make([]int64, len(goes))
	var all []statement
	for i, d := range goes {
		all = append(all, statement{text: d.text, changed: &gone[i]}.in(ids).then(d.end))
	}
	all = append(all, some(&heads, `SELECT subject, seq, hash FROM audit_heads WHERE subject IN `).in(ids).
		then(` ORDER BY subject`+t.lock("UPDATE")), clock(&now))
	if err := t.together(all...); err != nil {
		return err
	}
	for _, n := range gone {
		r.Rows += n
	}
	for _, h := range heads {
		t.knows(h.Subject, []audit.Head{h.Head})
	}
	for _, id := range ids {
		if err := t.entry(id, "hold.retired", r.Actor, now, map[string]any{"retirement_id": r.ID, "before": r.Before.Time()}); err != nil {
			return err
		}
	}
	return nil
}
