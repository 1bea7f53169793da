package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"holdfast/hold"
)

// noticeLife is how long a text without a code is worth sending.
const noticeLife = 10 * time.Minute

type textRow struct {
	ID          string           `db:"id"`
	Kind        hold.TextKind    `db:"kind"`
	CustomerID  hold.CustomerID  `db:"customer_id"`
	NumberID    string           `db:"number_id"`
	Prefix      string           `db:"prefix"`
	HoldID      hold.ID          `db:"hold_id"`
	ChallengeID hold.ChallengeID `db:"challenge_id"`
	Rules       []byte           `db:"rules"`
	Status      string           `db:"status"`
	Code        string           `db:"code"`
	Sends       int              `db:"sends"`
	CreatedAt   hold.Instant     `db:"created_at"`
	Until       hold.Instant     `db:"until"`
}

// addText queues a text: its row, and the message that starts its workflow.
func (t *tx) addText(kind hold.TextKind, c hold.CustomerID, to Phone, id hold.ID, ch hold.ChallengeID, r hold.ContactRules, now, until hold.Instant) error {
	text := NewID("txt")
	if _, err := t.exec(`INSERT INTO texts (id, kind, customer_id, number_id, prefix, hold_id, challenge_id, rules, status, created_at, until)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?)`, text, kind, c, to.ID, to.Prefix, id, ch, rulesJSON(r), now, until); err != nil {
		return err
	}
	return t.outbox(hold.ID(text), OutboxText, now)
}

// texted is a text with the hold and customer it is about, read under their
// locks.
type texted struct {
	textRow
	rules     hold.ContactRules
	looked    looked // without a hold: customer and now only
	challenge *hold.Challenge
}

// lookText locks what a text is about, in the order of all locks, and reads
// it.
func (t *tx) lookText(id string) (x texted, err error) {
	if err = t.get(&x.textRow, `SELECT * FROM texts WHERE id = ?`, id); err != nil {
		return x, err
	}
	if x.HoldID != "" {
		if x.looked, err = t.look(x.HoldID); err != nil {
			return x, err
		}
	} else {
		if x.looked.customer, err = t.lockCustomer(x.CustomerID); err != nil {
			return x, err
		}
		if x.looked.now, err = t.now(); err != nil {
			return x, err
		}
	}
	// The customer's row is the text's lock; now read what was committed before.
	if err = t.get(&x.textRow, `SELECT * FROM texts WHERE id = ?`, id); err != nil {
		return x, err
	}
	for i := range x.looked.challenges {
		if x.looked.challenges[i].ID == x.ChallengeID {
			x.challenge = &x.looked.challenges[i]
		}
	}
	return x, json.Unmarshal(x.Rules, &x.rules)
}

// pointless says why a text need not go out any more: what it asks is decided
// or closed.
func (x texted) pointless() bool {
	if !x.Kind.Asks() {
		return false
	}
	return x.looked.Status.Decided() || x.challenge == nil || x.challenge.Status != hold.Open ||
		x.looked.now >= x.challenge.ExpiresAt || x.looked.now >= x.looked.Deadline
}

// BeginText marks a text as sending and gives it, when it is still wanted and
// the number may still get it. Otherwise it ends the text and gives nil. The
// trust gate is looked at again: what was allowed as the rung opened may not be
// now.
func (s *Store) BeginText(ctx context.Context, id string, r hold.Rules) (out *hold.Text, err error) {
	err = s.update(ctx, func(t *tx) error {
		x, err := t.lookText(id)
		if err != nil || x.Status != "waiting" && x.Status != "sending" {
			return err
		}
		if ok, err := t.stillGoes(&x, r); err != nil || !ok {
			return err
		}
		if x.Status == "waiting" {
			if _, err := t.exec(`UPDATE texts SET status = 'sending', sends = sends + 1 WHERE id = ?`, id); err != nil {
				return err
			}
		}
		out = &hold.Text{ID: x.ID, Kind: x.Kind, Hold: x.looked.Hold, Locale: x.looked.customer.Locale, Number: x.looked.customer.phone(x.NumberID).Number,
			Rules: x.rules, CreatedAt: x.CreatedAt, Until: x.Until, Repeated: x.Status == "sending", Left: x.left()}
		if x.challenge != nil {
			out.Challenge = *x.challenge
		}
		return t.all(&out.Known, `SELECT s.sid FROM sids s JOIN texts x ON x.id = s.text_id WHERE x.number_id = ?`, x.NumberID)
	})
	return out, err
}

// left is how long the text has, by its own end and by the rung's.
func (x texted) left() time.Duration {
	until := x.Until
	if x.Kind.Asks() && x.challenge.Rung == x.looked.Rung && x.looked.RungEndsAt != 0 {
		until = min(until, x.looked.RungEndsAt)
	}
	return max(0, until.Sub(x.looked.now))
}

// stillGoes ends a text that is late, pointless or not to be trusted.
func (t *tx) stillGoes(x *texted, r hold.Rules) (bool, error) {
	switch {
	case x.pointless():
		_, err := t.exec(`UPDATE texts SET status = 'cancelled' WHERE id = ?`, x.ID)
		return false, err
	case x.looked.now >= x.Until:
		return false, t.failText(x, "too_late")
	}
	at := x.looked.now
	if x.HoldID != "" {
		at = x.looked.AcceptedAt
	}
	if cause := untrusted(x.looked.customer, x.looked.customer.phone(x.NumberID), x.rules, at, r.SMS.Lookups); cause != "" {
		return false, t.failText(x, cause)
	}
	return true, nil
}

// RepeatText counts a second send, when the first may have been lost and the
// text is still wanted. There is never a third.
func (s *Store) RepeatText(ctx context.Context, id string, r hold.Rules) (again bool, err error) {
	err = s.update(ctx, func(t *tx) error {
		x, err := t.lookText(id)
		if err != nil || x.Status != "sending" || x.Sends != 1 {
			return err
		}
		if ok, err := t.stillGoes(&x, r); err != nil || !ok {
			return err
		}
		again = true
		_, err = t.exec(`UPDATE texts SET sends = 2 WHERE id = ?`, id)
		return err
	})
	return again, err
}

// TextUnsent takes back a send that surely did not happen.
func (s *Store) TextUnsent(ctx context.Context, id string) error {
	return s.update(ctx, func(t *tx) error {
		_, err := t.exec(`UPDATE texts SET sends = sends - 1, status = CASE WHEN sends = 1 THEN 'waiting' ELSE 'sending' END
			WHERE id = ? AND status = 'sending' AND sends > 0`, id)
		return err
	})
}

// TextSent records that the provider took a text under an id of its own.
func (s *Store) TextSent(ctx context.Context, id, sid string) error {
	return s.update(ctx, func(t *tx) error {
		x, err := t.lookText(id)
		if err != nil {
			return err
		}
		if _, err := t.exec(`INSERT INTO sids (sid, text_id, rank, state) VALUES (?, ?, 0, 'accepted') ON CONFLICT (sid) DO NOTHING`, sid, id); err != nil {
			return err
		}
		return t.textSent(&x)
	})
}

// textSent marks a text as sent, once.
func (t *tx) textSent(x *texted) error {
	if x.Status != "sending" && x.Status != "waiting" {
		return nil
	}
	x.Status = "sent"
	if _, err := t.exec(`UPDATE texts SET status = 'sent' WHERE id = ?`, x.ID); err != nil {
		return err
	}
	t.count("text_sent_" + string(x.Kind))
	return t.textEntry(x, "text.sent", nil)
}

// textEntry tells of a text on the chain of what it is about.
func (t *tx) textEntry(x *texted, kind string, more map[string]any) error {
	subject, body := "customer:"+string(x.CustomerID), map[string]any{"text_id": x.ID, "kind": x.Kind, "number_id": x.NumberID, "sends": x.Sends}
	if x.HoldID != "" {
		subject = string(x.HoldID)
	}
	if x.ChallengeID != "" {
		body["challenge_id"] = x.ChallengeID
	}
	for k, v := range more {
		body[k] = v
	}
	return t.entry(subject, kind, ActorSystem, x.looked.now, body)
}

// TextFailed records that a text cannot be sent. What it asked is
// undeliverable, unless another text has asked the same.
func (s *Store) TextFailed(ctx context.Context, id, code string) error {
	return s.update(ctx, func(t *tx) error {
		x, err := t.lookText(id)
		if err != nil || x.Status == "failed" || x.Status == "cancelled" {
			return err
		}
		return t.failText(&x, code)
	})
}

// twilioOptedOut is the provider's word that the number wants nothing from us.
const twilioOptedOut = "twilio_21610"

func (t *tx) failText(x *texted, code string) error {
	if _, err := t.exec(`UPDATE texts SET status = 'failed', code = ? WHERE id = ?`, code, x.ID); err != nil {
		return err
	}
	if code == twilioOptedOut {
		if _, err := t.exec(`UPDATE numbers SET opted_out_at = ? WHERE id = ? AND opted_out_at = 0`, x.looked.now, x.NumberID); err != nil {
			return err
		}
	}
	t.count("text_failed_" + code)
	if err := t.textEntry(x, "text.failed", map[string]any{"cause": code}); err != nil {
		return err
	}
	if !x.Kind.Asks() || x.challenge == nil || x.challenge.Status != hold.Open {
		return nil
	}
	var others int
	if err := t.get(&others, `SELECT COUNT(*) FROM texts WHERE challenge_id = ? AND status IN ('sending', 'sent', 'delivered') AND id <> ?`, x.ChallengeID, x.ID); err != nil || others > 0 {
		return err
	}
	return t.giveUp([]hold.Challenge{*x.challenge}, code, x.looked.now)
}

// CallbackOutcome says what became of a provider's webhook.
type CallbackOutcome string

const (
	CallbackTaken    CallbackOutcome = "taken"
	CallbackReplayed CallbackOutcome = "replayed" // called before, with the same
	CallbackUnknown  CallbackOutcome = "unknown"  // of no text or number of ours
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
		n, err := t.exec(`INSERT INTO callbacks (sid, state, at) VALUES (?, ?, ?) ON CONFLICT (sid, state) DO NOTHING`, sid, state, x.looked.now)
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
		if err := t.get(&alive, `SELECT COUNT(*) FROM sids WHERE text_id = ? AND state NOT IN ('undelivered', 'failed', 'canceled')`, x.ID); err != nil || alive > 0 || x.Status == "failed" {
			return err
		}
		if code == "" {
			code = state
		}
		return t.failText(x, code)
	}
	return nil
}
