package store

import (
	"context"
	"errors"
	"time"

	"holdfast/hold"
)

// EnrolmentLife is how long a new device may take to sign its nonce.
const EnrolmentLife = 5 * time.Minute

const (
	maxDevices    = 10 // in use, a customer
	maxEnrolments = 20 // open nonces, a customer
)

var (
	// ErrFrozen means that a frozen customer may not do this.
	ErrFrozen = errors.New("the customer is frozen")
	// ErrNonce means that the enrolment's nonce is unknown, used or too old.
	ErrNonce = errors.New("the nonce is not good any more")
	// ErrDeviceKnown means that the key is enrolled, or was and is revoked.
	ErrDeviceKnown = errors.New("the key is known already")
	// ErrTooMany means that a bound is reached.
	ErrTooMany = errors.New("too many")
	// ErrNotEligible means that the device may not do this to another.
	ErrNotEligible = errors.New("the device may not revoke another")
)

// EnrolmentNonce gives a nonce that a new device signs, good once within five
// minutes.
func (s *Store) EnrolmentNonce(ctx context.Context, id hold.CustomerID) (nonce string, err error) {
	nonce = NewNonce()
	return nonce, s.update(ctx, func(t *tx) error {
		c, err := t.lockCustomer(id)
		if err != nil {
			return err
		}
		if c.FrozenAt != 0 {
			return ErrFrozen
		}
		now, err := t.now()
		if err != nil {
			return err
		}
		if _, err := t.exec(`DELETE FROM enrolments WHERE customer_id = ? AND expires_at <= ?`, id, now); err != nil {
			return err
		}
		var open int
		if err := t.get(&open, `SELECT COUNT(*) FROM enrolments WHERE customer_id = ?`, id); err != nil {
			return err
		}
		if open >= maxEnrolments {
			return ErrTooMany
		}
		_, err = t.exec(`INSERT INTO enrolments (nonce, customer_id, expires_at) VALUES (?, ?, ?)`, nonce, id, now.Add(EnrolmentLife))
		return err
	})
}

// EnrolDevice adds a device of the customer. verify checks its signature over
// the nonce with the store's clock; its error is handed back. The customer's
// other devices hear of it through the security log and, where texts may be
// sent (rules not nil), so does the number known longest that may get one.
func (s *Store) EnrolDevice(ctx context.Context, d hold.Device, nonce string, rules *hold.ContactRules, verify func(now hold.Instant) error) (hold.Device, error) {
	err := s.update(ctx, func(t *tx) error {
		c, err := t.lockCustomer(d.CustomerID)
		if err != nil {
			return err
		}
		if c.FrozenAt != 0 {
			return ErrFrozen
		}
		now, err := t.now()
		if err != nil {
			return err
		}
		used, err := t.exec(`DELETE FROM enrolments WHERE nonce = ? AND customer_id = ? AND expires_at > ?`, nonce, d.CustomerID, now)
		if err != nil {
			return err
		}
		if used == 0 {
			return ErrNonce
		}
		if err := verify(now); err != nil {
			return err
		}
		inUse := 0
		for _, k := range c.Devices {
			if k.RevokedAt == 0 {
				inUse++
			}
		}
		if inUse >= maxDevices {
			return ErrTooMany
		}
		d.Since, d.EnrolledAt = now, now
		if d, err = t.addDevice(d, ActorCustomer); isUnique(err) {
			return ErrDeviceKnown
		} else if err != nil {
			return err
		}
		t.publish(string(d.CustomerID))
		for i, p := range c.Phones {
			if rules != nil && untrusted(c, &c.Phones[i], *rules, now, true) == "" {
				return t.addText(hold.TextEnrolled, c.ID, p, "", "", *rules, now, now.Add(noticeLife))
			}
		}
		return nil
	})
	return d, err
}

// RevokeDevice ends a device. A device may always end itself; to end another
// it must be old enough to approve, or an intruder's fresh device would throw
// out the owner's.
func (s *Store) RevokeDevice(ctx context.Context, customer hold.CustomerID, by, id hold.DeviceID, minAge time.Duration) error {
	return s.update(ctx, func(t *tx) error {
		c, err := t.lockCustomer(customer)
		if err != nil {
			return err
		}
		now, err := t.now()
		if err != nil {
			return err
		}
		actor, target := c.Device(by), c.Device(id)
		switch {
		case target == nil:
			return ErrNotFound
		case actor == nil || actor.RevokedAt != 0:
			return ErrNotEligible
		case by != id && (c.FrozenAt != 0 || actor.Since.Add(minAge) > now):
			return ErrNotEligible
		}
		return t.revokeDevice(*target, "device:"+string(by), now)
	})
}
