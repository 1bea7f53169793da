package store

import (
	"context"

	"holdfast/hold"
)

// BacklogSeen is how much of each line Backlog shows at most.
const BacklogSeen = 1000

// Waits is one of those that wait, and since when: now, where somebody is at it.
type Waits struct {
	ID    string       `db:"id"`
	Since hold.Instant `db:"since"`
}

// Backlog is what accepted holds wait for, those first that came first: for a
// workflow, and for somebody to look at them because an answer or a rung's end is
// there.
type Backlog struct {
	Now         hold.Instant
	Starts, Due []Waits
}

// Backlog reads what waits. It takes two scans of an index that end early, however
// much an outage has left.
func (s *Store) Backlog(ctx context.Context) (b Backlog, err error) {
	return b, s.view(ctx, func(t *tx) error {
		if b.Now, err = t.now(); err != nil {
			return err
		}
		// The status is named as the index has it, too, or SQLite does not take that.
		return t.together(
			some(&b.Starts, `SELECT CAST(id AS TEXT) AS id, CASE attempts WHEN 0 THEN due_at ELSE CAST(? AS BIGINT) END AS since FROM outbox
				WHERE kind = 'start' ORDER BY outbox.id LIMIT ?`, b.Now, BacklogSeen),
			some(&b.Due, `SELECT id, look_at AS since FROM holds WHERE status IN ('held', 'releasing', 'reversing') AND status = 'held'
				AND look_at <= ? ORDER BY look_at LIMIT ?`, b.Now, BacklogSeen))
	})
}

// Known tells which of a client's idempotency keys have their reply on record.
func (s *Store) Known(ctx context.Context, client string, keys []string) (map[string]bool, error) {
	var found []string
	err := s.view(ctx, func(t *tx) error {
		return t.together(some(&found, `SELECT key FROM idempotency WHERE client_id = ? AND key IN `, client).in(keys))
	})
	known := make(map[string]bool, len(found))
	for _, k := range found {
		known[k] = true
	}
	return known, err
}
