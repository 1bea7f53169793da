package store

import (
	"context"
	"time"

	"holdfast/hold"
)

// How long the sweeper leaves things to the workflow.
const (
	overdueDeadline = 20 * time.Second // so that 60 s past it, it is decided
	overdueLook     = 60 * time.Second
	sweepPause      = 4 * time.Minute // before the same hold is woken again
)

// Overdue lists up to limit holds that somebody should have looked at and did
// not: past the deadline, with an answer or a rung's end older than 60 s, or
// decided and neither settled nor parked for 60 s.
func (s *Store) Overdue(ctx context.Context, limit int) (ids []hold.ID, err error) {
	now, err := s.Now(ctx)
	if err != nil {
		return nil, err
	}
	return ids, s.all(ctx, &ids, `SELECT id FROM holds WHERE parked_at = 0 AND (
		(status = 'held' AND deadline <= ?) OR (status IN ('held', 'releasing', 'reversing') AND look_at <= ?))
		ORDER BY look_at LIMIT ?`, now.Add(-overdueDeadline), now.Add(-overdueLook), limit)
}

// Sweep brings one overdue hold on: what speaks against it is concluded here,
// without Temporal, and once the deadline has passed everything is. Its workflow
// is woken for the rest, unless a message to it waits already. It tells whether
// there was anything to do.
func (s *Store) Sweep(ctx context.Context, id hold.ID) (found bool, p hold.Progress, err error) {
	err = s.update(ctx, func(t *tx) error {
		l, err := t.fetch(id)
		if err != nil {
			return err
		}
		overdue := l.LookAt <= l.Now.Add(-overdueLook) || l.Status == hold.Held && l.Deadline <= l.Now.Add(-overdueDeadline)
		if !overdue || l.Status.Settled() || l.ParkedAt != 0 {
			return nil // somebody was faster
		}
		found = true
		if p, err = t.bringOn(&l); err != nil {
			return err
		}
		if p.State == hold.Waiting {
			return nil // looked at now; the record says when again
		}
		if _, err := t.exec(`UPDATE holds SET look_at = ? WHERE id = ?`, l.Now.Add(sweepPause), id); err != nil {
			return err
		}
		return t.wakeUnlessTold(id, l.Now)
	})
	return found, p, err
}

// bringOn concludes what the sweeper may: a release only past the deadline, when
// there is nothing left to wait for.
func (t *tx) bringOn(l *hold.Standing) (hold.Progress, error) {
	if l.Status.Decided() {
		return t.conclude(l)
	}
	step, err := t.walk(l)
	if err != nil {
		return hold.Progress{}, err
	}
	if l.Now < l.Deadline && step.Do == hold.DoDecide && step.Outcome == hold.Release {
		return hold.Progress{State: hold.Deciding, Revision: l.Revision, Rung: l.Rung}, nil
	}
	return t.conclude(l)
}
