package store

import (
	"context"
	"errors"

	"holdfast/hold"
)

// BeginDelivery writes a delivery as sending, if the question still waits. What the app
// shows is not delivered: who is to be woken for it is put on record, and a workflow of
// before has nothing left to do.
func (s *Store) BeginDelivery(ctx context.Context, id hold.ChallengeID) (d *hold.Delivery, err error) {
	err = s.update(ctx, func(t *tx) error {
		var c hold.Challenge
		if err := t.get(&c, `SELECT * FROM challenges WHERE id = ?`, id); err != nil {
			return err
		}
		l, asked, err := t.fetchChallenge(c.CustomerID, c.ID)
		switch {
		case err != nil || l.Late(*asked) != hold.AnswerAccepted:
			return err
		case c.Way() != hold.WayOwn:
			t.rouse(l, hold.Rules{WakeDevices: true})
			return nil
		}
		d, err = t.begin(&hold.Delivery{Challenge: *asked, Hold: &l.Hold, Customer: &l.Customer}, l.Now)
		return err
	})
	return d, err
}

// begin writes the challenge's one delivery, unless it was made.
func (t *tx) begin(d *hold.Delivery, now hold.Instant) (*hold.Delivery, error) {
	var before struct {
		ID     string              `db:"id"`
		Status hold.DeliveryStatus `db:"status"`
	}
	err := t.get(&before, `SELECT id, status FROM deliveries WHERE challenge_id = ?`, d.Challenge.ID)
	switch {
	case err == nil && before.Status == hold.DeliverySent:
		return nil, nil
	case err == nil:
		d.ID, d.Repeated = before.ID, before.Status == hold.DeliverySending
		_, err = t.exec(`UPDATE deliveries SET status = 'sending', at = ? WHERE id = ?`, now, d.ID)
		return d, err
	case !errors.Is(err, ErrNotFound):
		return nil, err
	}
	d.ID = NewID("dlv")
	_, err = t.exec(`INSERT INTO deliveries (id, challenge_id, status, at) VALUES (?, ?, 'sending', ?)`, d.ID, d.Challenge.ID, now)
	return d, err
}

// EndDelivery writes how a delivery ended: an empty code is success. What its own
// channel cannot bring is undeliverable: nobody else asks it.
func (s *Store) EndDelivery(ctx context.Context, id, code string) error {
	return s.update(ctx, func(t *tx) error {
		var c hold.Challenge
		if err := t.get(&c, `SELECT c.* FROM challenges c JOIN deliveries d ON d.challenge_id = c.id WHERE d.id = ?`, id); err != nil {
			return err
		}
		if code != "" && c.Way() == hold.WayOwn {
			l, asked, err := t.fetchChallenge(c.CustomerID, c.ID)
			if err != nil {
				return err
			}
			if err := t.giveUp([]hold.Challenge{*asked}, code, l.Now); err != nil {
				return err
			}
		}
		now, err := t.now()
		if err != nil {
			return err
		}
		status := hold.DeliverySent
		if code != "" {
			status = hold.DeliveryFailed
		}
		_, err = t.exec(`UPDATE deliveries SET status = ?, code = ?, at = ? WHERE id = ? AND status = 'sending'`, status, code, now, id)
		return err
	})
}

// errands are the questions that wait and that their channels have yet to bring.
// Whoever looks at the hold is told, until it is done: a look whose result is lost
// loses no question.
func (t *tx) errands(l hold.Standing) (es []hold.Errand, err error) {
	for _, c := range l.Challenges {
		if c.Way() != hold.WayOwn || l.Late(c) != hold.AnswerAccepted {
			continue
		}
		var sent int
		if err := t.get(&sent, `SELECT COUNT(*) FROM deliveries WHERE challenge_id = ? AND status = 'sent'`, c.ID); err != nil {
			return nil, err
		}
		if sent == 0 {
			es = append(es, hold.Errand{Challenge: c.ID, Channel: c.Channel})
		}
	}
	return es, nil
}
