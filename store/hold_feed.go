package store

import (
	"context"

	"holdfast/hold"
)

// TopicDecisions is published when a hold is decided.
const TopicDecisions = "decisions"

// decisionOf reads decisions d, with when the customer spoke against them.
const decisionOf = `SELECT d.hold_id, d.outcome, d.reason, d.author, d.decided_at, COALESCE(r.at, 0) AS recall_at
	FROM decisions d LEFT JOIN recalls r ON r.hold_id = d.hold_id `

// FeedItem is a decision with its place in the feed, or the same decision once
// more: the customer spoke against a release afterwards.
type FeedItem struct {
	hold.Decision
	Feed          int64       `db:"feed"`
	ClientID      string      `db:"client_id"`
	TransactionID string      `db:"transaction_id"` // the client's
	Recall        hold.Answer `db:"recall"`         // what they said; empty: it is the decision
}

// Feed reads up to limit decisions and recalls after the given place. Places are
// given here, after the commits, under one lock: a reader that has seen place n
// has seen every place below it.
func (s *Store) Feed(ctx context.Context, after int64, limit int) (items []FeedItem, err error) {
	if err := s.number(ctx); err != nil {
		return nil, err
	}
	return items, s.all(ctx, &items, `SELECT * FROM (
		SELECT d.hold_id, d.outcome, d.reason, d.author, d.decided_at, 0 AS recall_at, '' AS recall, d.feed, h.client_id, h.transaction_id
			FROM decisions d JOIN holds h ON h.id = d.hold_id WHERE d.feed > ? UNION ALL
		SELECT d.hold_id, d.outcome, d.reason, d.author, d.decided_at, r.at AS recall_at, r.answer AS recall, r.feed,
			h.client_id, h.transaction_id FROM recalls r JOIN decisions d ON d.hold_id = r.hold_id
			JOIN holds h ON h.id = d.hold_id WHERE r.feed > ?) AS fed
		ORDER BY feed LIMIT ?`, after, after, limit)
}

// number gives places to what has none, the earliest first.
func (s *Store) number(ctx context.Context) error {
	const waiting = `SELECT hold_id, decided_at AS at, 'decisions' AS kept FROM decisions WHERE feed IS NULL UNION ALL
		SELECT hold_id, at, 'recalls' AS kept FROM recalls WHERE feed IS NULL`
	var some int
	if err := s.get(ctx, &some, `SELECT COUNT(*) FROM (SELECT 1 FROM (`+waiting+`) AS each_one LIMIT 1) AS found`); err != nil || some == 0 {
		return err
	}
	return s.update(ctx, func(t *tx) error {
		var last int64
		if err := t.get(&last, `SELECT feed FROM feed_head`+t.lock("UPDATE")); err != nil {
			return err
		}
		var next []struct {
			HoldID hold.ID      `db:"hold_id"`
			At     hold.Instant `db:"at"`
			Kept   string       `db:"kept"`
		}
		if err := t.all(&next, `SELECT * FROM (`+waiting+`) AS each_one ORDER BY at, hold_id LIMIT 500`); err != nil {
			return err
		}
		for _, n := range next {
			last++
			if _, err := t.exec(`UPDATE `+n.Kept+` SET feed = ? WHERE hold_id = ?`, last, n.HoldID); err != nil {
				return err
			}
		}
		_, err := t.exec(`UPDATE feed_head SET feed = ?`, last)
		return err
	})
}
