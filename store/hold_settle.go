package store

import (
	"context"
	"fmt"

	"holdfast/audit"
	"holdfast/hold"
)

// MarkSettled records that the ledger acknowledged the decision. Doing it
// twice is no error.
func (s *Store) MarkSettled(ctx context.Context, id hold.ID) error {
	return s.update(ctx, func(t *tx) error {
		var (
			now   hold.Instant
			asked []hold.Phone
			heads []audit.Head
		)
		h, err := t.lockHold(id, clock(&now), textedLast(&asked, id), t.headOf(&heads, `?`, id))
		if err != nil || h.Status.Settled() {
			return err
		}
		t.knows(string(id), heads)
		if h.Decision == nil {
			return fmt.Errorf("%s is not decided and cannot be settled", id)
		}
		to := h.Decision.Outcome.Settled()
		if !h.Status.CanBecome(to) {
			return fmt.Errorf("%s: %s cannot become %s", id, h.Status, to)
		}
		t.later(`UPDATE holds SET status = ?, parked_at = 0 WHERE id = ?`, to, id)
		t.publish(string(id), string(h.Request.CustomerID))
		for _, phone := range asked { // who has the app hears of the outcome there
			if err := t.addText(hold.TextOutcome, h.Request.CustomerID, phone, h.ID, "", h.Terms.ContactRules(), now,
				now.Add(noticeLife)); err != nil {
				return err
			}
		}
		return t.entry(string(id), "hold.settled", ActorSystem, now, map[string]any{"status": to})
	})
}

// textedLast is the number, in a list, where a text has asked about the hold: the
// outcome is told there too.
func textedLast(asked *[]hold.Phone, id hold.ID) statement {
	return some(asked, `SELECT x.number_id AS id, x.prefix FROM texts x WHERE x.hold_id = ? AND x.kind IN ('challenge', 'reminder')
		AND x.status IN ('sending', 'sent', 'delivered') ORDER BY x.created_at DESC LIMIT 1`, id)
}

// MarkParked records that the ledger refused in a way that repeating cannot
// mend. code says how.
func (s *Store) MarkParked(ctx context.Context, id hold.ID, code string) error {
	return s.update(ctx, func(t *tx) error {
		h, err := t.lockHold(id)
		if err != nil || h.Status.Settled() || h.ParkedAt != 0 {
			return err
		}
		if h.Decision == nil {
			return fmt.Errorf("%s is not decided and cannot be parked", id)
		}
		now, err := t.now()
		if err != nil {
			return err
		}
		if _, err := t.exec(`UPDATE holds SET parked_at = ? WHERE id = ?`, now, id); err != nil {
			return err
		}
		t.publish(string(id))
		return t.entry(string(id), "settlement.parked", ActorSystem, now, map[string]any{"code": code})
	})
}

// UnparkOutcome says what became of an Unpark.
type UnparkOutcome string

const (
	Unparked       UnparkOutcome = "unparked"
	NotDecided     UnparkOutcome = "not_decided"
	AlreadySettled UnparkOutcome = "already_settled"
	NotParked      UnparkOutcome = "not_parked" // on its way
)

// Unpark lets the workflow call the ledger again, with the same key and the
// same outcome.
func (s *Store) Unpark(ctx context.Context, id hold.ID, actor string) (out UnparkOutcome, err error) {
	err = s.update(ctx, func(t *tx) error {
		h, err := t.lockHold(id)
		if err != nil {
			return err
		}
		switch {
		case h.Decision == nil:
			out = NotDecided
			return nil
		case h.Status.Settled():
			out = AlreadySettled
			return nil
		case h.ParkedAt == 0:
			out = NotParked
			return nil
		}
		now, err := t.now()
		if err != nil {
			return err
		}
		if _, err := t.exec(`UPDATE holds SET parked_at = 0, look_at = ? WHERE id = ?`, now, id); err != nil {
			return err
		}
		out = Unparked
		t.publish(string(id))
		if err := t.entry(string(id), "settlement.unparked", actor, now, map[string]any{}); err != nil {
			return err
		}
		t.wake(id, now)
		return nil
	})
	return out, err
}
