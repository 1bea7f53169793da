package store

import (
	"context"

	"holdfast/hold"
)

// TopicDecisions is published when a hold is decided.
const TopicDecisions = "decisions"

// FeedItem is a decision with its place in the feed.
type FeedItem struct {
	hold.Decision
	Feed          int64  `db:"feed"`
	TransactionID string `db:"transaction_id"`
}

// Feed reads up to limit decisions after the given place. Places are given
// here, after the decisions were committed, under one lock: a reader that has
// seen place n has seen every place below it.
func (s *Store) Feed(ctx context.Context, after int64, limit int) (items []FeedItem, err error) {
	if err := s.number(ctx); err != nil {
		return nil, err
	}
	return items, s.all(ctx, &items, `SELECT d.hold_id, d.outcome, d.reason, d.author, d.decided_at, d.feed, h.transaction_id
		FROM decisions d JOIN holds h ON h.id = d.hold_id WHERE d.feed > ? ORDER BY d.feed LIMIT ?`, after, limit)
}

func (s *Store) number(ctx context.Context) error {
	var waiting int
	if err := s.get(ctx, &waiting, `SELECT COUNT(*) FROM (SELECT 1 FROM decisions WHERE feed IS NULL LIMIT 1) AS found`); err != nil || waiting == 0 {
		return err
	}
	return s.update(ctx, func(t *tx) error {
		var last int64
		if err := t.get(&last, `SELECT feed FROM feed_head`+t.lock("UPDATE")); err != nil {
			return err
		}
		var ids []hold.ID
		if err := t.all(&ids, `SELECT hold_id FROM decisions WHERE feed IS NULL ORDER BY decided_at, hold_id LIMIT 500`); err != nil {
			return err
		}
		for _, id := range ids {
			last++
			if _, err := t.exec(`UPDATE decisions SET feed = ? WHERE hold_id = ?`, last, id); err != nil {
				return err
			}
		}
		_, err := t.exec(`UPDATE feed_head SET feed = ?`, last)
		return err
	})
}
