package store

import (
	"context"
	"encoding/json"
	"slices"

	"holdfast/hold"
)

// PutCustomer is what a bank says of a customer. A zero Since keeps the one on
// record, or is now for what is new. Phones, when not nil, replaces the list;
// Devices adds and revokes and never forgets.
type PutCustomer struct {
	ID                             hold.CustomerID
	Name, Locale, TimeZone, Phrase string
	Phones                         []hold.Phone
	Devices                        []PutDevice
	MayBackdate                    bool // the key has customers:import
	Actor                          string
}

// PutDevice is a device of the bank's record, known by its public key.
type PutDevice struct {
	Name      string
	PublicKey []byte // canonical JWK
	Since     hold.Instant
	Revoked   bool
}

// PutCustomer creates or updates a customer.
func (s *Store) PutCustomer(ctx context.Context, p PutCustomer) (c hold.Customer, why hold.Refusal, err error) {
	why, err = s.whole(ctx, func(t *tx) (hold.Refusal, error) {
		now, err := t.now()
		if err != nil {
			return "", err
		}
		if _, err := t.exec(`INSERT INTO customers (id, name, locale, time_zone, phrase, created_at, updated_at)
			VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name, locale = excluded.locale,
			time_zone = excluded.time_zone, phrase = excluded.phrase, updated_at = excluded.updated_at`,
			p.ID, p.Name, p.Locale, p.TimeZone, p.Phrase, now, now); err != nil {
			return "", err
		}
		old, err := t.customer(p.ID)
		if err != nil {
			return "", err
		}
		if why, err := t.putPhones(p, old, now); err != nil || why != "" {
			return why, err
		}
		for _, d := range p.Devices {
			if why, err := t.putDevice(p, old, d, now); err != nil || why != "" {
				return why, err
			}
		}
		if c, err = t.customer(p.ID); err != nil {
			return "", err
		}
		t.publish(string(p.ID))
		return "", t.entry("customer:"+string(p.ID), "customer.put", p.Actor, now, map[string]any{
			"locale": p.Locale, "time_zone": p.TimeZone, "phones": len(c.Phones), "devices": len(c.Devices)})
	})
	return c, why, err
}

func (t *tx) putDevice(p PutCustomer, old hold.Customer, d PutDevice, now hold.Instant) (hold.Refusal, error) {
	i := slices.IndexFunc(old.Devices, func(o hold.Device) bool { return string(o.PublicKey) == string(d.PublicKey) })
	if i < 0 {
		since, why := hold.SettledSince(d.Since, 0, now, p.MayBackdate)
		if why != "" || d.Revoked {
			return why, nil
		}
		_, why, err := t.addDevice(hold.Device{CustomerID: p.ID, Name: d.Name, PublicKey: d.PublicKey, Since: since, EnrolledAt: now}, p.Actor)
		return why, err
	}
	known := old.Devices[i]
	if d.Revoked {
		return "", t.revokeDevice(known, p.Actor, now)
	}
	since, why := hold.SettledSince(d.Since, known.Since, now, p.MayBackdate)
	if why != "" {
		return why, nil
	}
	_, err := t.exec(`UPDATE devices SET name = ?, since = ? WHERE id = ?`, d.Name, since, known.ID)
	return "", err
}

func (t *tx) addDevice(d hold.Device, actor string) (hold.Device, hold.Refusal, error) {
	d.ID = hold.DeviceID(NewID("dev"))
	n, err := t.exec(`INSERT INTO devices (id, customer_id, name, public_key, since, enrolled_at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (customer_id, public_key) DO NOTHING`, d.ID, d.CustomerID, d.Name, d.PublicKey, d.Since, d.EnrolledAt)
	if err != nil {
		return d, "", err
	}
	if n == 0 {
		return d, hold.DeviceKnown, nil
	}
	return d, "", t.entry("customer:"+string(d.CustomerID), "device.enrolled", actor, d.EnrolledAt, map[string]any{
		"device_id": d.ID, "key_digest": hold.DigestOf(d.PublicKey), "since": d.Since})
}

func (t *tx) revokeDevice(d hold.Device, actor string, now hold.Instant) error {
	n, err := t.exec(`UPDATE devices SET revoked_at = ? WHERE id = ? AND revoked_at = 0`, now, d.ID)
	if err != nil || n == 0 {
		return err
	}
	if _, err := t.exec(`DELETE FROM presence WHERE device_id = ?`, d.ID); err != nil {
		return err
	}
	t.publish(string(d.CustomerID))
	return t.entry("customer:"+string(d.CustomerID), "device.revoked", actor, now, map[string]any{"device_id": d.ID})
}

// customer reads a customer with devices and phones.
func (t *tx) customer(id hold.CustomerID) (c hold.Customer, err error) {
	return c, t.together(customerOf(&c, id, "")...)
}

// customerOf reads a customer with devices and phones.
func customerOf(c *hold.Customer, id hold.CustomerID, lock string) []statement {
	return []statement{one(c, `SELECT * FROM customers WHERE id = ?`+lock, id),
		some(&c.Devices, `SELECT * FROM devices WHERE customer_id = ? ORDER BY id`, id), some(&c.Phones, phonesOf, id)}
}

// lockCustomer locks the row, but not against children's inserts, and reads the
// customer: the row as it is once the lock is granted, and then what hangs on it.
func (t *tx) lockCustomer(id hold.CustomerID) (c hold.Customer, err error) {
	return c, t.together(customerOf(&c, id, t.lock("NO KEY UPDATE"))...)
}

// Customer reads a customer with devices and phones.
func (s *Store) Customer(ctx context.Context, id hold.CustomerID) (c hold.Customer, err error) {
	return c, s.reads(ctx, customerOf(&c, id, "")...)
}

// CustomerLocale is the language that a customer reads.
func (s *Store) CustomerLocale(ctx context.Context, id hold.CustomerID) (locale string, err error) {
	return locale, s.get(ctx, &locale, `SELECT locale FROM customers WHERE id = ?`, id)
}

// LogLine is one line of a customer's security log.
type LogLine struct {
	Seq  int64
	Kind string
	At   hold.Instant
}

// CustomerLog reads the latest limit lines of a customer's chain, newest first.
func (s *Store) CustomerLog(ctx context.Context, id hold.CustomerID, limit int) ([]LogLine, error) {
	var raw [][]byte
	err := s.all(ctx, &raw, `SELECT bytes FROM audit_entries WHERE subject = ? ORDER BY seq DESC LIMIT ?`, "customer:"+string(id), limit)
	lines := make([]LogLine, 0, len(raw))
	for _, b := range raw {
		var e struct {
			Seq  int64  `json:"seq"`
			Kind string `json:"kind"`
			At   int64  `json:"at"`
		}
		if err := json.Unmarshal(b, &e); err != nil {
			return nil, err
		}
		lines = append(lines, LogLine{e.Seq, e.Kind, hold.Instant(e.At)})
	}
	return lines, err
}
