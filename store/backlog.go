package store

import (
	"context"

	"holdfast/hold"
)

// BacklogSeen is how many Backlog shows at most.
const BacklogSeen = 1000

// Waits is one of those that wait, and since when: now, where somebody is at it.
type Waits struct {
	ID    string       `db:"id"`
	Since hold.Instant `db:"since"`
}

// Backlog is who waits for somebody to look at them, those first that came first: held,
// with an answer, or a rung's end, or nothing asked yet.
type Backlog struct {
	Now hold.Instant
	Due []Waits
}

// Backlog reads who waits. It takes a scan of an index that ends early, however many an
// outage has left.
func (s *Store) Backlog(ctx context.Context) (b Backlog, err error) {
	return b, s.view(ctx, func(t *tx) error {
		if b.Now, err = t.now(); err != nil {
			return err
		}
		// The status is named as the index has it, too, or SQLite does not take that.
		return t.all(&b.Due, `SELECT id, look_at AS since FROM holds WHERE status IN ('held', 'releasing', 'reversing') AND status = 'held'
			AND look_at <= ? ORDER BY look_at LIMIT ?`, b.Now, BacklogSeen)
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
