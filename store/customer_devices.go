package store

import (
	"context"
	"encoding/json"
	"time"

	"holdfast/hold"
)

// EnrolmentLife is how long a new device may take to sign its nonce.
const EnrolmentLife = 5 * time.Minute

const maxEnrolments = 20 // open nonces, a customer

// EnrolmentNonce gives a nonce that a new device signs, good once within five
// minutes.
func (s *Store) EnrolmentNonce(ctx context.Context, id hold.CustomerID) (nonce string, why hold.Refusal, err error) {
	nonce = NewNonce()
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		c, err := t.lockCustomer(id)
		if err != nil {
			return "", err
		}
		if c.FrozenAt != 0 {
			return hold.CustomerFrozen, nil
		}
		now, err := t.now()
		if err != nil {
			return "", err
		}
		if _, err := t.exec(`DELETE FROM enrolments WHERE customer_id = ? AND expires_at <= ?`, id, now); err != nil {
			return "", err
		}
		var open int
		if err := t.get(&open, `SELECT COUNT(*) FROM enrolments WHERE customer_id = ?`, id); err != nil {
			return "", err
		}
		if open >= maxEnrolments {
			return hold.DeviceLimit, nil
		}
		_, err = t.exec(`INSERT INTO enrolments (nonce, customer_id, expires_at) VALUES (?, ?, ?)`, nonce, id, now.Add(EnrolmentLife))
		return "", err
	})
	return nonce, why, err
}

// EnrolDevice adds a device of the customer. verify checks its signature over
// the nonce with the store's clock. A nonce is good for one attempt, whatever
// becomes of it. The customer's other devices hear of it through the security log and, where texts may be
// sent (rules not nil), so does the number known longest that may get one.
func (s *Store) EnrolDevice(ctx context.Context, d hold.Device, nonce string, rules *hold.ContactRules,
	verify func(now hold.Instant) (hold.Refusal, error)) (_ hold.Device, why hold.Refusal, err error) {
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		c, err := t.lockCustomer(d.CustomerID)
		if err != nil {
			return "", err
		}
		if c.FrozenAt != 0 {
			return hold.CustomerFrozen, nil
		}
		now, err := t.now()
		if err != nil {
			return "", err
		}
		if good, err := t.spendNonce(d.CustomerID, nonce, now); err != nil || !good {
			return hold.NonceMismatch, err
		}
		if why, err := verify(now); err != nil || why != "" {
			return why, err
		}
		if why := c.MayEnrol(); why != "" {
			return why, nil
		}
		d.Since, d.EnrolledAt = now, now
		if d, why, err = t.addDevice(d, ActorCustomer); err != nil || why != "" {
			return why, err
		}
		t.publish(string(d.CustomerID))
		for i, p := range c.Phones {
			if rules != nil && untrusted(c, &c.Phones[i], *rules, now, true) == "" {
				return "", t.addText(hold.TextEnrolled, c.ID, p, "", "", *rules, now, now.Add(noticeLife))
			}
		}
		return "", nil
	})
	return d, why, err
}

// spendNonce uses a nonce up, and tells whether it was good.
func (t *tx) spendNonce(id hold.CustomerID, nonce string, now hold.Instant) (bool, error) {
	n, err := t.exec(`DELETE FROM enrolments WHERE nonce = ? AND customer_id = ? AND expires_at > ?`, nonce, id, now)
	return n > 0, err
}

// RevokeDevice ends a device, by another or itself.
func (s *Store) RevokeDevice(ctx context.Context, customer hold.CustomerID, by, id hold.DeviceID,
	minAge time.Duration) (hold.Refusal, error) {
	return s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		c, err := t.lockCustomer(customer)
		if err != nil {
			return "", err
		}
		now, err := t.now()
		if err != nil {
			return "", err
		}
		target := c.Device(id)
		if target == nil {
			return "", ErrNotFound
		}
		if why := c.MayRevoke(by, id, minAge, now); why != "" {
			return why, nil
		}
		return "", t.revokeDevice(*target, "device:"+string(by), now)
	})
}

// KeepSignals keeps what a device says of itself, signed, as it says hello.
func (s *Store) KeepSignals(ctx context.Context, id hold.DeviceID, sig hold.Signals) error {
	return s.update(ctx, func(t *tx) error {
		now, err := t.now()
		if err != nil {
			return err
		}
		return t.keepSignals(id, sig, now)
	})
}

func (t *tx) keepSignals(id hold.DeviceID, sig hold.Signals, now hold.Instant) error {
	kept, err := json.Marshal(sig)
	if err != nil {
		return err
	}
	t.later(`UPDATE devices SET signals = ?, signals_at = ? WHERE id = ? AND revoked_at = 0`, string(kept), now, id)
	return nil
}
