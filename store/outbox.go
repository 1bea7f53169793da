package store

import (
	"context"
	"time"

	"holdfast/hold"

	"github.com/jmoiron/sqlx"
)

// OutboxKind says what the relay does with a row.
type OutboxKind string

const (
	OutboxStart OutboxKind = "start" // start the hold's workflow
	OutboxWake  OutboxKind = "wake"  // signal it, starting it when there is none
	OutboxText  OutboxKind = "text"  // start a text's workflow
	OutboxCall  OutboxKind = "call"  // start a call's workflow
)

// OutboxRow is one message for a workflow: a hold's or a text's, by its id.
type OutboxRow struct {
	ID       int64      `db:"id"`
	Workflow string     `db:"workflow_id"`
	Kind     OutboxKind `db:"kind"`
	Attempts int        `db:"attempts"` // this one included
}

func (t *tx) outbox(id hold.ID, kind OutboxKind, now hold.Instant) error {
	t.publish(TopicOutbox)
	_, err := t.exec(`INSERT INTO outbox (workflow_id, kind, due_at) VALUES (?, ?, ?)`, id, kind, now)
	return err
}

// ClaimOutbox takes up to limit due rows, oldest first. Nobody else gets them
// within the lease; after it they are due again.
func (s *Store) ClaimOutbox(ctx context.Context, limit int, lease time.Duration) (rows []OutboxRow, err error) {
	// An idle relay does not write.
	var any int
	if err := s.get(ctx, &any, `SELECT COUNT(*) FROM (SELECT 1 FROM outbox LIMIT 1) AS found`); err != nil || any == 0 {
		return nil, err
	}
	err = s.update(ctx, func(t *tx) error {
		now, err := t.now()
		if err != nil {
			return err
		}
		return t.all(&rows, `UPDATE outbox SET due_at = ?, attempts = attempts + 1 WHERE id IN (
			SELECT id FROM outbox WHERE due_at <= ? ORDER BY due_at, id LIMIT ?`+t.lock("UPDATE SKIP LOCKED")+`)
			RETURNING id, workflow_id, kind, attempts`, now.Add(lease), now, limit)
	})
	return rows, err
}

// OutboxDone removes rows that Temporal has accepted.
func (s *Store) OutboxDone(ctx context.Context, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	q, args, err := sqlx.In(`DELETE FROM outbox WHERE id IN (?)`, ids)
	if err != nil {
		return err
	}
	return s.update(ctx, func(t *tx) error { _, err := t.exec(q, args...); return err })
}

// OutboxLater makes claimed rows due after a pause.
func (s *Store) OutboxLater(ctx context.Context, ids []int64, pause time.Duration) error {
	if len(ids) == 0 {
		return nil
	}
	return s.update(ctx, func(t *tx) error {
		now, err := t.now()
		if err != nil {
			return err
		}
		q, args, err := sqlx.In(`UPDATE outbox SET due_at = ? WHERE id IN (?)`, now.Add(pause), ids)
		if err != nil {
			return err
		}
		_, err = t.exec(q, args...)
		return err
	})
}

// OutboxDepth is how many rows wait.
func (s *Store) OutboxDepth(ctx context.Context) (n int, err error) {
	return n, s.get(ctx, &n, `SELECT COUNT(*) FROM outbox`)
}
