package store

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"holdfast/hold"
)

// OutboxKind says what the relay does with a row.
type OutboxKind string

const (
	OutboxStart OutboxKind = "start" // start the hold's workflow
	OutboxWake  OutboxKind = "wake"  // signal it, starting it when there is none
	OutboxText  OutboxKind = "text"  // start a text's workflow
	OutboxCall  OutboxKind = "call"  // start a call's workflow
	// OutboxRecall signals a recall's workflow, starting it when there is none.
	OutboxRecall OutboxKind = "recall"
)

// OutboxRow is one message for a workflow: a hold's, a text's, a call's or a recall's,
// by its id.
type OutboxRow struct {
	ID         int64        `db:"id"`
	Workflow   string       `db:"workflow_id"`
	Kind       OutboxKind   `db:"kind"`
	Attempts   int          `db:"attempts"`   // this one included
	Generation int          `db:"generation"` // as claimed: a later one is another message
	WantedAt   hold.Instant `db:"wanted_at"`
	// Delay is how long from the claim on a start is not needed yet. A wake has
	// none: whatever it says has happened already.
	Delay time.Duration `db:"-"`
}

// message queues the start of a workflow, and says when it is needed.
func (t *tx) message(id string, kind OutboxKind, wanted, now hold.Instant) {
	if wanted <= now { // or the relay comes to it by the clock
		t.publish(TopicOutbox)
	}
	t.later(`INSERT INTO outbox (workflow_id, kind, due_at, wanted_at) VALUES (?, ?, ?, ?)`, id, kind, now, wanted)
}

// wake queues a wake, or raises the generation of the one that waits: a relay that
// is about to send that one does not take this one for sent. Where nobody has tried to
// send the start, there is nobody to wake: the start is wanted now, and is enough. A wake
// is wanted now, or when the transaction's wakes are, and then beside a start, which may
// come first; of two wakes the earlier counts.
func (t *tx) wake(id hold.ID, now hold.Instant) {
	wanted, unless := max(now, t.wakesAt), ` WHERE TRUE`
	if wanted <= now {
		t.publish(TopicOutbox)
		t.later(`UPDATE outbox SET due_at = ?, wanted_at = ? WHERE workflow_id = ? AND kind = 'start' AND attempts = 0`, now, now, id)
		unless = ` WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE workflow_id = new.id AND kind = 'start' AND attempts = 0)`
	}
	t.later(`INSERT INTO outbox (workflow_id, wake_of, kind, due_at, wanted_at)
		SELECT id, id, 'wake', CAST(? AS BIGINT), CAST(? AS BIGINT) FROM (SELECT CAST(? AS TEXT) AS id) AS new`+unless+raised, now, wanted, id)
}

// raised makes of a wake that waits the next one.
const raised = ` ON CONFLICT (wake_of) DO UPDATE SET generation = outbox.generation + 1, due_at = excluded.due_at,
	wanted_at = CASE WHEN excluded.wanted_at < outbox.wanted_at THEN excluded.wanted_at ELSE outbox.wanted_at END`

// wakeUnlessTold is wake where no message to the hold's workflow waits that is needed
// by now.
func (t *tx) wakeUnlessTold(id hold.ID, now hold.Instant) error {
	var waiting int
	if err := t.get(&waiting, `SELECT COUNT(*) FROM outbox WHERE workflow_id = ? AND wanted_at <= ?`, id, now); err != nil || waiting > 0 {
		return err
	}
	t.wake(id, now)
	return nil
}

// WakeHeld wakes the workflow of every hold that is not decided, so that it looks at
// the clock anew. It is for a clock that was put forward: timers do not notice.
func (s *Store) WakeHeld(ctx context.Context) error {
	return s.update(ctx, func(t *tx) error {
		now, err := t.now()
		if err != nil {
			return err
		}
		t.publish(TopicOutbox)
		t.later(`INSERT INTO outbox (workflow_id, wake_of, kind, due_at, wanted_at)
			SELECT id, id, 'wake', CAST(? AS BIGINT), CAST(? AS BIGINT) FROM holds WHERE status = 'held' ORDER BY id`+raised, now, now)
		return nil
	})
}

// ClaimOutbox takes up to limit due rows that are needed so long ahead of now, or
// sooner, those that are needed first before the others. Nobody else gets them within
// the lease; after it they are due again.
func (s *Store) ClaimOutbox(ctx context.Context, limit int, lease, ahead time.Duration) (rows []OutboxRow, err error) {
	now, idle, err := s.outboxIdle(ctx, ahead)
	if err != nil || idle {
		return nil, err
	}
	err = s.update(ctx, func(t *tx) error {
		// What was tried before has half of the places, and what was not the other: neither has
		// to look past the other's, however many an outage has left. Places that the one leaves
		// the other takes.
		var tried, fresh, more []OutboxRow
		old := func(into *[]OutboxRow, limit int) statement {
			return t.claims(into, `attempts > 0`, `due_at`, limit, lease, now)
		}
		first := func(into *[]OutboxRow, limit int) statement {
			return t.claims(into, `attempts = 0 AND wanted_at <= ?`, `wanted_at, id`, limit, lease, now, now.Add(ahead))
		}
		err := t.together(old(&tried, limit/2), first(&fresh, limit-limit/2))
		if err != nil {
			return err
		}
		left := limit - len(tried) - len(fresh)
		switch {
		case left == 0:
		case len(fresh) == limit-limit/2:
			err = t.together(first(&more, left))
		case len(tried) == limit/2:
			err = t.together(old(&more, left))
		}
		rows = slices.Concat(tried, fresh, more)
		for i := range rows {
			if r := &rows[i]; r.Kind == OutboxStart {
				r.Delay = max(0, r.WantedAt.Sub(now))
			}
		}
		slices.SortFunc(rows, func(a, b OutboxRow) int { return cmp.Or(cmp.Compare(a.WantedAt, b.WantedAt), cmp.Compare(a.ID, b.ID)) })
		return err
	})
	return rows, err
}

// outboxIdle tells that nothing is to be claimed, so that an idle relay does not write.
func (s *Store) outboxIdle(ctx context.Context, ahead time.Duration) (now hold.Instant, idle bool, err error) {
	if now, err = s.Now(ctx); err != nil {
		return now, false, err
	}
	var found int
	err = s.get(ctx, &found, `SELECT COUNT(*) FROM (SELECT 1 FROM outbox WHERE attempts = 0 AND wanted_at <= ?
		UNION ALL SELECT 1 FROM outbox WHERE attempts > 0 AND due_at <= ? LIMIT 1) AS found`, now.Add(ahead), now)
	return now, found == 0, err
}

func (t *tx) claims(rows *[]OutboxRow, which, order string, limit int, lease time.Duration, now hold.Instant, args ...any) statement {
	args = append(append([]any{now.Add(lease)}, args...), now, limit)
	return some(rows, `UPDATE outbox SET due_at = ?, attempts = attempts + 1 WHERE id IN (
		SELECT id FROM outbox WHERE `+which+` AND due_at <= ? ORDER BY `+order+` LIMIT ?`+t.lock("UPDATE SKIP LOCKED")+`)
		RETURNING id, workflow_id, kind, attempts, generation, wanted_at`, args...)
}

// OutboxDone removes rows that Temporal has accepted. What was merged into one
// since it was claimed stays.
func (s *Store) OutboxDone(ctx context.Context, rows []OutboxRow) error {
	if len(rows) == 0 {
		return nil
	}
	return s.update(ctx, func(t *tx) error {
		where, args := t.claimed(rows)
		t.later(`DELETE FROM outbox WHERE `+where, args...)
		return nil
	})
}

// OutboxLater makes claimed rows due after a pause.
func (s *Store) OutboxLater(ctx context.Context, rows []OutboxRow, pause time.Duration) error {
	if len(rows) == 0 {
		return nil
	}
	return s.update(ctx, func(t *tx) error {
		now, err := t.now()
		if err != nil {
			return err
		}
		where, args := t.claimed(rows)
		t.later(`UPDATE outbox SET due_at = ? WHERE `+where, append([]any{now.Add(pause)}, args...)...)
		return nil
	})
}

// claimed finds rows as they were claimed. One that somebody is raising is passed
// over, not waited for: the relay holds other rows that they may want next.
func (t *tx) claimed(rows []OutboxRow) (where string, args []any) {
	pairs := strings.Repeat(`, (CAST(? AS BIGINT), CAST(? AS INTEGER))`, len(rows))
	for _, r := range rows {
		args = append(args, r.ID, r.Generation)
	}
	return `id IN (SELECT id FROM outbox WHERE (id, generation) IN (VALUES ` + pairs[2:] + `)` + t.lock("UPDATE SKIP LOCKED") + `)`, args
}

// OutboxDepth is how many rows wait that are needed by now.
func (s *Store) OutboxDepth(ctx context.Context) (n int, err error) {
	now, err := s.Now(ctx)
	if err != nil {
		return 0, err
	}
	return n, s.get(ctx, &n, `SELECT COUNT(*) FROM outbox WHERE wanted_at <= ?`, now)
}
