package store

import (
	"context"
	"errors"

	"holdfast/contacts"
	"holdfast/hold"
)

// takeOff takes somebody off from then on; who is to leave earlier leaves earlier.
func (t *tx) takeOff(x contacts.Contact, by string, at hold.Instant) error {
	_, err := t.exec(`UPDATE contacts SET removed_at = ?, removed_by = ? WHERE id = ? AND (removed_at = 0 OR removed_at > ?)`,
		at, by, x.ID, at)
	return err
}

// ContactWord is a customer's word on one of their contacts, by a device.
type ContactWord struct {
	CustomerID hold.CustomerID
	ContactID  string
	Proof      DeviceProof
	Texts      *hold.ContactRules // nil: none are sent
}

// RemoveContact takes somebody off: at once who does not count yet, and who does after a
// while in which the customer hears of it and may keep them.
func (s *Store) RemoveContact(ctx context.Context, w ContactWord) (hold.Refusal, error) {
	return s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		c, x, now, why, err := t.wordOn(w)
		if err != nil || why != "" || x.LeavesAt(now) != 0 {
			return why, err
		}
		by, kind, at := "device:"+string(w.Proof.Device), "contact.removed", x.Leaves(now)
		if at > now {
			kind = "contact.leaving"
		}
		if err := t.takeOff(x, by, at); err != nil {
			return "", err
		}
		return "", t.tellOfContact(c, x, kind, by, w.Texts, now)
	})
}

// KeepContact keeps somebody who was to be taken off.
func (s *Store) KeepContact(ctx context.Context, w ContactWord) (hold.Refusal, error) {
	return s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		_, x, now, why, err := t.wordOn(w)
		if err != nil || why != "" || x.LeavesAt(now) == 0 {
			return why, err
		}
		return "", t.keepContact(x, "device:"+string(w.Proof.Device), now)
	})
}

// wordOn locks the customer, whose word it is, and reads the contact that it is about.
func (t *tx) wordOn(w ContactWord) (c hold.Customer, x contacts.Contact, now hold.Instant, why hold.Refusal, err error) {
	if c, now, why, err = t.said(w.CustomerID, w.Proof); err != nil || why != "" {
		return c, x, now, why, err
	}
	err = t.get(&x, `SELECT * FROM contacts WHERE id = ? AND customer_id = ?`, w.ContactID, w.CustomerID)
	if errors.Is(err, ErrNotFound) || err == nil && x.Shown(now) == contacts.Removed {
		return c, x, now, hold.ContactUnknown, nil
	}
	return c, x, now, "", err
}

// keepAll keeps everybody of a customer's who was to be taken off: whoever wanted that, the
// customer is protected now. The customer is locked.
func (t *tx) keepAll(id hold.CustomerID, actor string, now hold.Instant) error {
	all, err := t.contactsOf(id)
	if err != nil {
		return err
	}
	for _, x := range all {
		if x.LeavesAt(now) == 0 {
			continue
		}
		if err := t.keepContact(x, actor, now); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) keepContact(x contacts.Contact, actor string, now hold.Instant) error {
	if _, err := t.exec(`UPDATE contacts SET removed_at = 0, removed_by = '' WHERE id = ? AND removed_at > ?`, x.ID, now); err != nil {
		return err
	}
	t.count("contact_kept")
	t.publish(string(x.CustomerID))
	return t.entry("customer:"+string(x.CustomerID), "contact.kept", actor, now, map[string]any{"contact_id": x.ID, "number_id": x.NumberID})
}
