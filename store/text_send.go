package store

import (
	"context"
	"encoding/json"
	"time"

	"holdfast/contacts"
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
	Status      hold.TextStatus  `db:"status"`
	Code        string           `db:"code"`
	Sends       int              `db:"sends"`
	CreatedAt   hold.Instant     `db:"created_at"`
	Until       hold.Instant     `db:"until"`
	ContactID   string           `db:"contact_id"` // whom it goes to; empty: to the customer
	LockID      string           `db:"lock_id"`    // that it tells of
}

// addText queues a text to the customer.
func (t *tx) addText(kind hold.TextKind, c hold.CustomerID, to hold.Phone, id hold.ID, ch hold.ChallengeID, r hold.ContactRules, now,
	until hold.Instant) error {
	return t.queueText(textRow{Kind: kind, CustomerID: c, NumberID: to.ID, Prefix: to.Prefix, HoldID: id, ChallengeID: ch,
		Rules: rulesJSON(r), CreatedAt: now, Until: until})
}

// queueText queues a text: its row, and the message that starts its workflow.
func (t *tx) queueText(x textRow) error {
	text := NewID("txt")
	if _, err := t.exec(`INSERT INTO texts (id, kind, customer_id, number_id, prefix, hold_id, challenge_id, rules, status, created_at, until,
		contact_id, lock_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?, ?, ?)`, text, x.Kind, x.CustomerID, x.NumberID, x.Prefix, x.HoldID,
		x.ChallengeID, x.Rules, x.CreatedAt, x.Until, x.ContactID, x.LockID); err != nil {
		return err
	}
	t.message(text, OutboxText, x.CreatedAt, x.CreatedAt)
	return nil
}

// texted is a text with the hold and customer it is about, read under their
// locks.
type texted struct {
	textRow
	rules     hold.ContactRules
	looked    hold.Standing // without a hold: customer and now only
	challenge *hold.Challenge
	to        *hold.Phone       // nil: it is not theirs any more
	contact   *contacts.Contact // whom it goes to; nil: to the customer, or they are forgotten
	loosens   []lockRow         // the loosening that it tells of, while it can be stopped
}

// fetchText locks what a text is about, in the order of all locks, and reads
// it.
func (t *tx) fetchText(id string) (x texted, err error) {
	if err = t.get(&x.textRow, `SELECT * FROM texts WHERE id = ?`, id); err != nil {
		return x, err
	}
	if x.HoldID != "" {
		if x.looked, err = t.fetch(x.HoldID); err != nil {
			return x, err
		}
	} else {
		if x.looked.Customer, err = t.lockCustomer(x.CustomerID); err != nil {
			return x, err
		}
		if x.looked.Now, err = t.now(); err != nil {
			return x, err
		}
	}
	// The customer's row is the text's lock; now read what was committed before.
	if err = t.get(&x.textRow, `SELECT * FROM texts WHERE id = ?`, id); err != nil {
		return x, err
	}
	for i := range x.looked.Challenges {
		if x.looked.Challenges[i].ID == x.ChallengeID {
			x.challenge = &x.looked.Challenges[i]
		}
	}
	if x.to = x.looked.Customer.Phone(x.NumberID); x.Kind.ToContact() {
		if err := t.fetchContact(&x); err != nil {
			return x, err
		}
	}
	if x.LockID != "" {
		if err := t.all(&x.loosens, standingLocks+`AND id = ? AND from_at > ?`, x.LockID, x.looked.Now); err != nil {
			return x, err
		}
	}
	return x, json.Unmarshal(x.Rules, &x.rules)
}

// pointless says why a text need not go out any more: what it asks is decided
// or closed.
func (x texted) pointless() bool {
	switch {
	case x.Kind.ToContact():
		return x.contactPointless()
	case x.Kind == hold.TextLockLoosened:
		return len(x.loosens) == 0
	case x.Kind == hold.TextWaits:
		return !x.looked.Waits(x.looked.Now)
	case x.Kind == hold.TextWaitOver:
		return x.looked.Status.Decided()
	case !x.Kind.Asks():
		return false
	}
	return x.looked.Status.Decided() || x.challenge == nil || x.challenge.Status != hold.Open ||
		x.looked.Now >= x.challenge.ExpiresAt || x.looked.Now >= x.looked.Deadline
}

// BeginText marks a text as sending and gives it, when it is still wanted and
// the number may still get it. Otherwise it ends the text and gives nil. The
// trust gate is looked at again: what was allowed as the rung opened may not be
// now.
func (s *Store) BeginText(ctx context.Context, id string, r hold.Rules) (out *hold.Text, err error) {
	err = s.update(ctx, func(t *tx) error {
		x, err := t.fetchText(id)
		if err != nil || x.Status != hold.TextWaiting && x.Status != hold.TextSending {
			return err
		}
		if ok, err := t.stillGoes(&x, r); err != nil || !ok {
			return err
		}
		if x.Status == hold.TextWaiting {
			if _, err := t.exec(`UPDATE texts SET status = 'sending', sends = sends + 1 WHERE id = ?`, id); err != nil {
				return err
			}
		}
		out = &hold.Text{ID: x.ID, Kind: x.Kind, Hold: x.looked.Hold, Locale: x.looked.Customer.Locale,
			Number: x.to.Number,
			Rules:  x.rules, CreatedAt: x.CreatedAt, Until: x.Until, Repeated: x.Status == hold.TextSending, Left: x.left(),
			Zone: x.looked.Customer.Zone()}
		if x.contact != nil {
			if err := t.writeContact(&x, out, r.SMS); err != nil {
				return err
			}
		}
		if x.challenge != nil {
			out.Challenge = *x.challenge
			if err := t.get(&out.Link, `SELECT COALESCE(MAX(n), 0) FROM links WHERE challenge_id = ? AND by_sms = 1`, x.ChallengeID); err != nil {
				return err
			}
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
	return max(0, until.Sub(x.looked.Now))
}

// stillGoes ends a text that is late, pointless or not to be trusted.
func (t *tx) stillGoes(x *texted, r hold.Rules) (bool, error) {
	switch {
	case x.pointless():
		_, err := t.exec(`UPDATE texts SET status = 'cancelled' WHERE id = ?`, x.ID)
		return false, err
	case x.looked.Now >= x.Until:
		return false, t.failText(x, "too_late")
	}
	at, of := x.looked.Now, x.looked.Customer
	switch {
	case x.Kind.ToContact(), x.Kind == hold.TextStopped:
		of.FrozenAt = 0 // of all times, now they are to be told
	case x.HoldID != "":
		at = x.looked.AcceptedAt
	}
	if cause := untrusted(of, x.to, x.rules, at, r.SMS.Lookups); cause != "" {
		return false, t.failText(x, cause)
	}
	return true, nil
}

// RepeatText counts a second send, when the first may have been lost and the
// text is still wanted. There is never a third.
func (s *Store) RepeatText(ctx context.Context, id string, r hold.Rules) (again bool, err error) {
	err = s.update(ctx, func(t *tx) error {
		x, err := t.fetchText(id)
		if err != nil || x.Status != hold.TextSending || x.Sends != 1 {
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
