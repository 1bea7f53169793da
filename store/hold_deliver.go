package store

import (
	"context"
	"errors"

	"holdfast/hold"
)

// BeginDelivery writes a delivery as sending, if the challenge is still open
// and a device is not connected. Otherwise it gives nil.
func (s *Store) BeginDelivery(ctx context.Context, id hold.ChallengeID) (d *hold.Delivery, err error) {
	err = s.update(ctx, func(t *tx) error {
		var c hold.Challenge
		if err := t.get(&c, `SELECT * FROM challenges WHERE id = ?`+t.lock("UPDATE"), id); err != nil {
			return err
		}
		if c.Status != hold.Open {
			return nil
		}
		now, err := t.now()
		if err != nil {
			return err
		}
		var devices []hold.DeviceID
		if err := t.all(&devices, `SELECT id FROM devices WHERE customer_id = ? AND revoked_at = 0 AND id NOT IN (
			SELECT device_id FROM presence WHERE seen_at > ?) ORDER BY id`, c.CustomerID, now.Add(-freshFor)); err != nil {
			return err
		}
		var before struct {
			ID     string              `db:"id"`
			Status hold.DeliveryStatus `db:"status"`
		}
		err = t.get(&before, `SELECT id, status FROM deliveries WHERE challenge_id = ?`, id)
		switch {
		case err == nil && before.Status == hold.DeliverySent, len(devices) == 0:
			return nil
		case err == nil:
			d = &hold.Delivery{ID: before.ID, Challenge: c, Devices: devices, Repeated: before.Status == hold.DeliverySending}
			_, err = t.exec(`UPDATE deliveries SET status = 'sending', at = ? WHERE id = ?`, now, before.ID)
			return err
		case !errors.Is(err, ErrNotFound):
			return err
		}
		d = &hold.Delivery{ID: NewID("dlv"), Challenge: c, Devices: devices}
		_, err = t.exec(`INSERT INTO deliveries (id, challenge_id, status, at) VALUES (?, ?, 'sending', ?)`, d.ID, id, now)
		return err
	})
	return d, err
}

// EndDelivery writes how a delivery ended: an empty code is success.
func (s *Store) EndDelivery(ctx context.Context, id, code string) error {
	return s.update(ctx, func(t *tx) error {
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
