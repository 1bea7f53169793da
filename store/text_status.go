package store

import (
	"context"
	"errors"

	"holdfast/hold"
)

// CallbackOutcome says what became of a provider's webhook.
type CallbackOutcome string

const (
	CallbackTaken    CallbackOutcome = "taken"
	CallbackReplayed CallbackOutcome = "replayed" // called before, with the same
	CallbackUnknown  CallbackOutcome = "unknown"  // of no text or number of ours
	// CallbackContradicts: something else stands already.
	CallbackContradicts CallbackOutcome = "contradicts"
)

// ranks order the provider's states: a text never goes back.
var ranks = map[string]int{"accepted": 1, "scheduled": 1, "queued": 2, "sending": 3, "sent": 4, "delivered": 5, "read": 5, "undelivered": 5, "failed": 5, "canceled": 5}

// TextStatus records what the provider says of a text. The first final state
// stands. It may come before TextSent does.
func (s *Store) TextStatus(ctx context.Context, id, sid, state, code string) (out CallbackOutcome, err error) {
	err = s.update(ctx, func(t *tx) error {
		x, err := t.lookText(id)
		if errors.Is(err, ErrNotFound) {
			out = CallbackUnknown
			return nil
		} else if err != nil {
			return err
		}
		n, err := t.exec(`INSERT INTO callbacks (sid, state, at) VALUES (?, ?, ?) ON CONFLICT (sid, state) DO NOTHING`, sid, state, x.looked.Now)
		if err != nil {
			return err
		}
		if n == 0 {
			out = CallbackReplayed
			return nil
		}
		if n, err = t.exec(`INSERT INTO sids (sid, text_id, rank, state) VALUES (?, ?, ?, ?)
			ON CONFLICT (sid) DO UPDATE SET rank = excluded.rank, state = excluded.state
			WHERE sids.rank < excluded.rank AND sids.text_id = excluded.text_id`, sid, id, ranks[state], state); err != nil {
			return err
		}
		out = CallbackTaken
		if n == 0 {
			return nil // older news
		}
		return t.follow(&x, state, code)
	})
	return out, err
}

func (t *tx) follow(x *texted, state, code string) error {
	if err := t.textSent(x); err != nil { // the provider has it, whatever we heard before
		return err
	}
	switch state {
	case "delivered", "read":
		_, err := t.exec(`UPDATE texts SET status = 'delivered' WHERE id = ? AND status IN ('sent', 'failed')`, x.ID)
		return err
	case "undelivered", "failed", "canceled":
		var alive int
		if err := t.get(&alive, `SELECT COUNT(*) FROM sids WHERE text_id = ? AND state NOT IN ('undelivered', 'failed', 'canceled')`, x.ID); err != nil || alive > 0 || x.Status == hold.TextFailed {
			return err
		}
		if code == "" {
			code = state
		}
		return t.failText(x, code)
	}
	return nil
}
