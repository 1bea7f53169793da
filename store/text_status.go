package store

import (
	"context"
	"errors"

	"holdfast/hold"
)

// The news of one message, in their order: it never goes back. Between them lie
// those of rows that an older binary wrote.
const (
	rankSent  = 4
	rankFinal = 5 // delivered, or failed
)

// TextStatus records what the provider says of a text. The first final state
// stands. It may come before TextSent does.
func (s *Store) TextStatus(ctx context.Context, id string, n hold.TextNews) (out hold.Taken, err error) {
	err = s.update(ctx, func(t *tx) error {
		x, err := t.fetchText(id)
		if errors.Is(err, ErrNotFound) {
			out = hold.TakenUnknown
			return nil
		} else if err != nil {
			return err
		}
		if out, err = t.isNews(n.SID, n.Word, x.looked.Now); err != nil || out != hold.TakenUp {
			return err
		}
		rank := rankSent
		if n.Status != hold.TextSent {
			rank = rankFinal
		}
		news, err := t.exec(`INSERT INTO sids (sid, text_id, rank, state) VALUES (?, ?, ?, ?)
			ON CONFLICT (sid) DO UPDATE SET rank = excluded.rank, state = excluded.state
			WHERE sids.rank < excluded.rank AND sids.text_id = excluded.text_id`, n.SID, id, rank, n.Status)
		if err != nil || news == 0 { // older
			return err
		}
		return t.follow(&x, n)
	})
	return out, err
}

// isNews remembers a provider's word on one of its ids, and knows it again.
func (t *tx) isNews(sid, word string, now hold.Instant) (hold.Taken, error) {
	n, err := t.exec(`INSERT INTO callbacks (sid, state, at) VALUES (?, ?, ?) ON CONFLICT (sid, state) DO NOTHING`, sid, word, now)
	if err == nil && n == 0 {
		return hold.TakenBefore, nil
	}
	return hold.TakenUp, err
}

func (t *tx) follow(x *texted, n hold.TextNews) error {
	if err := t.textSent(x); err != nil { // the provider has it, whatever we heard before
		return err
	}
	switch n.Status {
	case hold.TextDelivered:
		_, err := t.exec(`UPDATE texts SET status = 'delivered' WHERE id = ? AND status IN ('sent', 'failed')`, x.ID)
		return err
	case hold.TextFailed:
		var alive int
		if err := t.get(&alive, `SELECT COUNT(*) FROM sids WHERE text_id = ? AND (rank < ? OR state IN ('delivered', 'read'))`,
			x.ID, rankFinal); err != nil || alive > 0 || x.Status == hold.TextFailed {
			return err
		}
		return t.failText(x, n.Code)
	}
	return nil
}
