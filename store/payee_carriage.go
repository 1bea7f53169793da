package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"holdfast/hold"
	"holdfast/queue"
)

// carriage is a verdict that is being brought to its payee's holds.
type carriage struct {
	ID         string              `db:"id"`
	PayeeID    string              `db:"payee_id"`
	Kind       queue.VerdictKind   `db:"kind"`
	Status     queue.VerdictStatus `db:"status"`
	First      string              `db:"first"`
	Second     string              `db:"second"`
	ClosedAt   hold.Instant        `db:"closed_at"`
	RecallFrom hold.Instant        `db:"recall_from"`
	To         string              `db:"carried_to"`
	Until      hold.Instant        `db:"carried_until"` // the lease that it was claimed by
	Over       hold.Instant        `db:"carried_at"`    // when it had come to all before; 0: it is the first time
	began      hold.Instant
	wakes      int // that were spread since
	rules      hold.Rules
}

const carriageColumns = `id, payee_id, kind, status, first, second, closed_at, recall_from, carried_to, carried_until, carried_at`

// marks tells whether it puts its mark on holds.
func (v carriage) marks() bool {
	return v.Kind == queue.VerdictMule && v.Status == queue.VerdictInForce
}

// lifts tells whether it takes its mark off.
func (v carriage) lifts() bool { return v.Kind == queue.VerdictMule && v.Status == queue.VerdictEnded }

// recallMissing is of a hold h whose recall a verdict may propose: there is none, or it
// was declined, or waits, for the sake of another. One argument: the verdict.
const recallMissing = `NOT EXISTS (SELECT 1 FROM recall_requests r WHERE r.hold_id = h.id AND (r.status NOT IN ('proposed', 'declined')
	OR r.status = 'proposed' AND r.source <> 'verdict' OR r.source = 'verdict' AND r.verdict_id = ?))`

// recallOpen is of a hold h whose recall a verdict has proposed, and nobody has decided.
// One argument: the verdict.
const recallOpen = `EXISTS (SELECT 1 FROM recall_requests r WHERE r.hold_id = h.id AND r.status = 'proposed' AND r.source = 'verdict'
	AND r.verdict_id = ?)`

// carriable are the verdicts that have not come to all holds, or are to be looked at
// once more, and that nobody is at.
const carriable = ` FROM payee_verdicts WHERE status IN ('in_force', 'ended') AND (carried_at = 0 OR again_at <> 0)
	AND carried_until <= ? AND again_at <= ?`

// claimVerdict takes the one that has waited longest. Where there is none it only reads.
func (s *Store) claimVerdict(ctx context.Context) (v carriage, err error) {
	now, err := s.Now(ctx)
	if err != nil {
		return v, err
	}
	var found int
	if err := s.get(ctx, &found, `SELECT COUNT(*)`+carriable, now, now); err != nil || found == 0 {
		return v, errors.Join(err, ErrNotFound)
	}
	err = s.update(ctx, func(t *tx) error {
		var work []deployment
		if err := t.together(deployed(&work), clock(&v.began)); err != nil {
			return err
		}
		v.rules = t.rulesOf(work)
		return t.get(&v, `UPDATE payee_verdicts SET carried_until = ? WHERE id = (SELECT id`+carriable+`
			ORDER BY carried_until, again_at, id LIMIT 1`+t.lock("UPDATE SKIP LOCKED")+`)
			RETURNING `+carriageColumns,
			v.began.Add(carryLease), v.began, v.began)
	})
	return v, err
}

// placed is a hold by its place among its payee's.
type placed struct {
	ID         hold.ID      `db:"id"`
	AcceptedAt hold.Instant `db:"accepted_at"`
}

// uncarried are the next holds that a verdict has not come to, after those that it has.
func (s *Store) uncarried(ctx context.Context, v carriage) (next []placed, err error) {
	where, args, err := v.concerns()
	if err != nil || where == "" {
		return nil, err
	}
	args = append(args, carryChunk)
	of := func(these string) string {
		return `SELECT id, accepted_at FROM (SELECT h.id, h.accepted_at FROM holds h WHERE ` + these + ` AND (h.accepted_at, h.id) >
			(CAST(? AS BIGINT), ?) AND ` + where + ` ORDER BY h.accepted_at, h.id LIMIT ?) n`
	}
	q := of(`h.payee_id = ? AND h.payee_id <> ''`)
	if v.lifts() { // also where the account is on record under another id
		q += ` UNION ` + of(`h.verdict_id = ? AND h.verdict_id <> ''`)
		marked := slices.Clone(args)
		marked[0] = v.ID
		args = append(args, marked...)
	}
	return next, s.all(ctx, &next, q+` ORDER BY accepted_at, id LIMIT ?`, append(args, carryChunk)...)
}

// concerns are the holds after carried_to that a verdict has something to do about:
// none once one that cleared has itself ended.
func (v carriage) concerns() (where string, args []any, err error) {
	var from placed
	if v.To != "" {
		if _, err := fmt.Sscanf(v.To, "%d %s", &from.AcceptedAt, &from.ID); err != nil {
			return "", nil, fmt.Errorf("%s: as far as it was carried cannot be read: %w", v.ID, err)
		}
	}
	args = []any{v.PayeeID, from.AcceptedAt, from.ID}
	switch {
	case v.marks():
		return `(h.status = 'held' AND h.verdict_id <> ? OR h.status IN ('releasing', 'released') AND h.decided_at >= ? AND ` + recallMissing +
			`)`, append(args, v.ID, v.RecallFrom, v.ID), nil
	case v.Kind == queue.VerdictReverse && v.Status == queue.VerdictInForce:
		return `h.status = 'held' AND h.accepted_at <= ?`, append(args, v.ClosedAt), nil
	case v.lifts():
		return `(h.status = 'held' AND h.verdict_id <> '' OR h.status IN ('releasing', 'released') AND ` + recallOpen + `)`,
			append(args, v.ID), nil
	case v.Kind == queue.VerdictCleared && v.Status == queue.VerdictInForce:
		return `h.status = 'held' AND h.verdict_id <> ''`, args, nil
	}
	return "", nil, nil
}

// carriedTo writes down how far a verdict came, and prolongs the lease. Lost means that
// somebody else is at it, or that it has changed.
func (s *Store) carriedTo(ctx context.Context, v *carriage, n int) (lost bool, err error) {
	err = s.update(ctx, func(t *tx) error {
		now, err := t.now()
		if err != nil {
			return err
		}
		until := now.Add(carryLease)
		changed, err := t.exec(`UPDATE payee_verdicts SET carried_to = ?, carried = carried + ?, carried_until = ?
			WHERE id = ? AND status = ? AND carried_until = ?`, v.To, n, until, v.ID, v.Status, v.Until)
		v.Until, lost = until, changed == 0
		return err
	})
	return lost, err
}

// carriedAll writes down that a verdict has come to all its holds. After the first time it
// is looked at once more. Where one could not be reached it has not come to all, and is
// looked at until it has.
func (s *Store) carriedAll(ctx context.Context, v carriage, failed bool) error {
	return s.update(ctx, func(t *tx) error {
		now, err := t.now()
		if err != nil {
			return err
		}
		over, again := now, hold.Instant(0)
		if failed {
			over = 0
		}
		if v.Over == 0 || failed {
			again = now.Add(carryAgain)
		}
		n, err := t.exec(`UPDATE payee_verdicts SET carried_to = '', carried_at = ?, carried_until = 0, again_at = ?
			WHERE id = ? AND status = ? AND carried_until = ?`, over, again, v.ID, v.Status, v.Until)
		switch {
		case err != nil || n == 0:
			return err
		case v.marks(): // some have it from intake, or from who looked at them
			t.later(`UPDATE payee_verdicts SET carried = (SELECT COUNT(*) FROM holds h WHERE h.verdict_id = ?
				AND h.verdict_id <> '') WHERE id = ?`, v.ID, v.ID)
		case v.Kind == queue.VerdictReverse && v.Status == queue.VerdictInForce && again == 0:
			t.later(`UPDATE payee_verdicts SET status = 'ended', ended_at = ?, cause = 'carried' WHERE id = ?`, now, v.ID)
		}
		return nil
	})
}

// VerdictsBehind is for how long the oldest verdict has waited that has not come to its
// holds.
func (s *Store) VerdictsBehind(ctx context.Context) (time.Duration, error) {
	now, err := s.Now(ctx)
	if err != nil {
		return 0, err
	}
	var since hold.Instant
	err = s.get(ctx, &since, `SELECT COALESCE(MIN(CASE WHEN ended_at <> 0 THEN ended_at ELSE closed_at END), 0) FROM payee_verdicts
		WHERE status IN ('in_force', 'ended') AND carried_at = 0`)
	if err != nil || since == 0 {
		return 0, err
	}
	return now.Sub(since), nil
}
