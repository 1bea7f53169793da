package store

import (
	"context"
	"encoding/json"
	"time"

	"holdfast/hold"

	"github.com/jmoiron/sqlx"
)

// freshFor is how long a gateway's word that it lives holds. It outlives a lost
// heartbeat or two.
const freshFor = 15 * time.Second

// forgottenAfter is when a gateway that is silent has ended for good.
const forgottenAfter = time.Hour

// connectedOf are the devices, of a list of customers, with a socket at a gateway
// that was heard of since the first argument. A gateway of the version before says it
// of each device, since the second, which is the first.
const connectedOf = `SELECT p.device_id FROM presence p LEFT JOIN gateways g ON g.id = p.gateway
	WHERE (g.seen_at > ? OR p.seen_at > ?) AND p.customer_id IN `

// connectedDevices are the same of one customer.
const connectedDevices = connectedOf + `(?)`

// Presence is a device with a socket.
type Presence struct {
	DeviceID   hold.DeviceID
	CustomerID hold.CustomerID
}

// Received is a device's word that a challenge arrived.
type Received struct {
	ChallengeID hold.ChallengeID
	DeviceID    hold.DeviceID
}

// Heartbeat says that a gateway lives, and so every device that it said was
// connected; that these are, too; and what devices have received. In one commit.
func (s *Store) Heartbeat(ctx context.Context, gateway string, here []Presence, got []Received) error {
	return s.update(ctx, func(t *tx) error {
		now, err := t.now()
		if err != nil {
			return err
		}
		t.later(`INSERT INTO gateways (id, seen_at) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at`, gateway, now)
		if len(here) > 0 {
			owners := make(map[hold.DeviceID]hold.CustomerID, len(here))
			for _, p := range here {
				owners[p.DeviceID] = p.CustomerID
			}
			doc, err := json.Marshal(owners)
			if err != nil {
				return err
			}
			t.later(`INSERT INTO presence (device_id, customer_id, gateway, seen_at) SELECT k.key, k.value, ?, 0 FROM `+t.s.each()+` k WHERE true
				ON CONFLICT (device_id) DO UPDATE SET gateway = excluded.gateway, seen_at = 0
				WHERE presence.gateway <> excluded.gateway OR presence.seen_at <> 0`, gateway, string(doc))
		}
		for _, r := range got {
			t.later(`INSERT INTO receipts (challenge_id, device_id, at) VALUES (?, ?, ?)
				ON CONFLICT (challenge_id, device_id) DO NOTHING`, r.ChallengeID, r.DeviceID, now)
		}
		return nil
	})
}

// ForgetGateways deletes what gateways left behind that ended without a word, and
// tells how many there were.
func (s *Store) ForgetGateways(ctx context.Context) (n int, err error) {
	err = s.update(ctx, func(t *tx) error {
		now, err := t.now()
		if err != nil {
			return err
		}
		var gone []string
		if err := t.all(&gone, `DELETE FROM gateways WHERE seen_at < ? RETURNING id`, now.Add(-forgottenAfter)); err != nil {
			return err
		}
		for _, id := range gone {
			if _, err := t.exec(`DELETE FROM presence WHERE gateway = ?`, id); err != nil {
				return err
			}
		}
		n = len(gone)
		return nil
	})
	return n, err
}

// Absent says that this gateway has lost these devices' sockets.
func (s *Store) Absent(ctx context.Context, gateway string, gone []hold.DeviceID) error {
	if len(gone) == 0 {
		return nil
	}
	q, args, err := sqlx.In(`DELETE FROM presence WHERE gateway = ? AND device_id IN (?)`, gateway, gone)
	if err != nil {
		return err
	}
	return s.update(ctx, func(t *tx) error { _, err := t.exec(q, args...); return err })
}

// Standing is what a gateway must know of a socket's owner.
type Standing struct {
	Devices  map[hold.DeviceID]bool    // still in use
	Sessions map[string]bool           // by digest: neither ended nor expired
	Frozen   map[hold.CustomerID]bool  // frozen customers
	LastLog  map[hold.CustomerID]int64 // length of the customer's chain
}

// Standing reads what became of connected devices, sessions and customers, at
// most 1,000 of each.
func (s *Store) Standing(ctx context.Context, devices []hold.DeviceID, sessions []string, customers []hold.CustomerID) (Standing, error) {
	st := Standing{map[hold.DeviceID]bool{}, map[string]bool{}, map[hold.CustomerID]bool{}, map[hold.CustomerID]int64{}}
	if len(devices) == 0 || len(sessions) == 0 || len(customers) == 0 {
		return st, nil
	}
	now, err := s.Now(ctx)
	if err != nil {
		return st, err
	}
	if err := collect(ctx, s, st.Devices, `SELECT id FROM devices WHERE revoked_at = 0 AND id IN (?)`, devices); err != nil {
		return st, err
	}
	if err := collect(ctx, s, st.Sessions, `SELECT digest FROM sessions WHERE ended_at = 0 AND expires_at > ?
		AND digest IN (?)`, now, sessions); err != nil {
		return st, err
	}
	if err := collect(ctx, s, st.Frozen, `SELECT id FROM customers WHERE frozen_at <> 0 AND id IN (?)`, customers); err != nil {
		return st, err
	}
	subjects := make([]string, len(customers))
	for i, c := range customers {
		subjects[i] = "customer:" + string(c)
	}
	q, args, err := sqlx.In(`SELECT subject, seq FROM audit_heads WHERE subject IN (?)`, subjects)
	if err != nil {
		return st, err
	}
	var heads []struct {
		Subject string `db:"subject"`
		Seq     int64  `db:"seq"`
	}
	if err := s.all(ctx, &heads, q, args...); err != nil {
		return st, err
	}
	for _, h := range heads {
		st.LastLog[hold.CustomerID(h.Subject[len("customer:"):])] = h.Seq
	}
	return st, nil
}

func collect[K comparable](ctx context.Context, s *Store, into map[K]bool, q string, args ...any) error {
	q, args, err := sqlx.In(q, args...)
	if err != nil {
		return err
	}
	var keys []K
	if err := s.all(ctx, &keys, q, args...); err != nil {
		return err
	}
	for _, k := range keys {
		into[k] = true
	}
	return nil
}
