package store

import (
	"context"
	"errors"
	"slices"

	"holdfast/hold"
)

// BeginDelivery writes a delivery as sending, if the question still waits: to the
// devices that are not connected, or, where the channel brings its own, to the
// customer. Otherwise it gives nil.
func (s *Store) BeginDelivery(ctx context.Context, id hold.ChallengeID) (d *hold.Delivery, err error) {
	err = s.update(ctx, func(t *tx) error {
		var c hold.Challenge
		if err := t.get(&c, `SELECT * FROM challenges WHERE id = ?`, id); err != nil {
			return err
		}
		if c.Way() == hold.WayOwn {
			d, err = t.beginOwn(c)
		} else {
			d, err = t.beginWake(c)
		}
		return err
	})
	return d, err
}

func (t *tx) beginOwn(c hold.Challenge) (*hold.Delivery, error) {
	l, asked, err := t.fetchChallenge(c.CustomerID, c.ID)
	if err != nil || l.Late(*asked) != hold.AnswerAccepted {
		return nil, err
	}
	return t.begin(&hold.Delivery{Challenge: *asked, Hold: &l.Hold, Customer: &l.Customer}, l.Now)
}

func (t *tx) beginWake(c hold.Challenge) (*hold.Delivery, error) {
	if err := t.get(&c, `SELECT * FROM challenges WHERE id = ?`+t.lock("UPDATE"), c.ID); err != nil || c.Status != hold.Open {
		return nil, err
	}
	now, err := t.now()
	if err != nil {
		return nil, err
	}
	d := &hold.Delivery{Challenge: c}
	err = t.all(&d.Devices, `SELECT id FROM devices WHERE customer_id = ? AND revoked_at = 0 AND id NOT IN (`+connectedDevices+`) ORDER BY id`,
		c.CustomerID, now.Add(-freshFor), now.Add(-freshFor), c.CustomerID)
	if err != nil || len(d.Devices) == 0 {
		return nil, err
	}
	return t.begin(d, now)
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

// inTheApp are the open rung's questions in the app, where devices without a socket
// are woken at all.
func inTheApp(l hold.Standing, r hold.Rules) (ids []hold.ChallengeID) {
	for _, c := range l.Challenges {
		if r.WakeDevices && c.Way() == hold.WayApp && c.Revision == l.Revision && c.Rung == l.Rung && l.Late(c) == hold.AnswerAccepted {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// asleep are the open rung's questions in the app that a device without a socket
// has yet to be woken for. Whoever opened them, the record tells.
func (t *tx) asleep(l hold.Standing, r hold.Rules) ([]hold.ChallengeID, error) {
	ids := inTheApp(l, r)
	if len(ids) == 0 {
		return nil, nil
	}
	var seen []hold.DeviceID
	if err := t.together(seenOf(&seen, l)); err != nil {
		return nil, err
	}
	if _, offline := connected(l, seen); offline == 0 {
		return nil, nil
	}
	var sent []hold.ChallengeID
	if err := t.in(&sent, `SELECT challenge_id FROM deliveries WHERE status = 'sent' AND challenge_id IN (?)`, ids); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(ids, func(id hold.ChallengeID) bool { return slices.Contains(sent, id) }), nil
}
