package store

import (
	"context"
	"errors"

	"holdfast/hold"
	"holdfast/protection"
)

// Check is a payment that the bank is about to book.
type Check struct {
	ClientID      string
	Key           string      // Idempotency-Key
	BodyDigest    hold.Digest // of the question; nothing of the payee's account is in it but its end
	CustomerID    hold.CustomerID
	TransactionID string             // empty: the bank does not say
	Payment       protection.Payment // At may be 0: now; zone and what is spent are on record
	Terms         protection.Terms
}

// Checked is what the bank is told.
type Checked struct {
	protection.Answer
	ID    string       // of the reservation, rsv_…; empty: nothing was reserved
	Until hold.Instant // when it lapses
}

// Check says whether a customer's locks let a payment pass. It only reads, unless a limit
// counts it that it fits into: then its part is reserved, one after the other. A customer
// who is not on record is ErrNotFound.
func (s *Store) Check(ctx context.Context, c Check) (out Checked, why hold.Refusal, err error) {
	seen, err := s.seeCheck(ctx, c)
	if err != nil {
		return out, "", err
	}
	locks, err := seen.locks()
	if err != nil {
		return out, "", err
	}
	if before, why, ok := seen.before(c, locks); ok {
		return before, why, nil
	}
	out.Answer = seen.rule(c, locks, nil) // nothing spent: what does not fit now never does
	if out.Result != protection.Allowed || limit(locks) == nil {
		return out, "", nil
	}
	for try := 0; ; try++ {
		why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) { out, why, err = t.reserve(c); return why, err })
		if !isUnique(err) || try > 0 { // a question about somebody else had this key first
			return out, why, err
		}
	}
}

// checkRow is a customer with one of their locks and the reservation of this key.
type checkRow struct {
	CustomerID hold.CustomerID `db:"customer_id"`
	TimeZone   string          `db:"time_zone"`
	FrozenAt   hold.Instant    `db:"frozen_at"`
	Emergency  string          `db:"emergency"` // empty: there is none
	ID         string          `db:"id"`        // of the lock; empty: they have none
	Kind       protection.Kind `db:"kind"`
	Value      string          `db:"value"`
	AskedAt    hold.Instant    `db:"asked_at"`
	FromAt     hold.Instant    `db:"from_at"`

	Reservation string                       `db:"reservation"` // empty: this key has none
	Digest      hold.Digest                  `db:"body_digest"`
	Status      protection.ReservationStatus `db:"status"`
	Until       hold.Instant                 `db:"until_at"`
	Now         hold.Instant                 `db:"now"`
}

// seenCheck is what one look at a check finds: a row a lock, one at the least.
type seenCheck []checkRow

// checkText reads it all in one statement.
func (s *Store) checkText() string {
	now := `0`
	if s.clock == nil {
		now = `(` + s.clockText() + `)`
	}
	return `SELECT c.id AS customer_id, c.time_zone, c.frozen_at, COALESCE(e.id, '') AS emergency,
		COALESCE(l.id, '') AS id, COALESCE(l.kind, '') AS kind, COALESCE(l.value, '') AS value, COALESCE(l.asked_at, 0) AS asked_at,
		COALESCE(l.from_at, 0) AS from_at, COALESCE(r.id, '') AS reservation, COALESCE(r.body_digest, '') AS body_digest,
		COALESCE(r.status, '') AS status, COALESCE(r.until_at, 0) AS until_at, ` + now + ` AS now
		FROM customers c LEFT JOIN emergencies e ON e.customer_id = c.id AND e.ended_at = 0
		LEFT JOIN reservations r ON r.client_id = ? AND r.key = ?
		LEFT JOIN locks l ON l.customer_id = c.id AND l.ended_at = 0 WHERE c.id = ? ORDER BY l.asked_at, l.id`
}

// seeCheck is the one look of a check that writes nothing.
func (s *Store) seeCheck(ctx context.Context, c Check) (seen seenCheck, err error) {
	if err := s.all(ctx, &seen, s.checkText(), c.ClientID, c.Key, c.CustomerID); err != nil {
		return nil, err
	}
	return seen, seen.timed(s)
}

// timed tells the time of a store whose clock is not the database's.
func (c seenCheck) timed(s *Store) error {
	if len(c) == 0 {
		return ErrNotFound
	}
	if s.clock != nil {
		c[0].Now = s.clock()
	}
	return nil
}

// before is what was said to this very question under its key: it stands, but for a
// reservation that has lapsed, or that something stops which came after it, such as a
// freeze. Another question under the key is refused.
func (c seenCheck) before(q Check, locks []protection.Lock) (out Checked, why hold.Refusal, ok bool) {
	r := c[0]
	switch {
	case r.Reservation == "":
		return out, "", false
	case r.Digest != q.BodyDigest:
		return out, hold.KeyReused, true
	case (protection.Reservation{Status: r.Status, Until: r.Until}).Lapsed(r.Now):
		return out, "", false
	case r.Status == protection.Reserved && c.rule(q, locks, nil).Result != protection.Allowed:
		return out, "", false
	}
	return Checked{protection.Answer{Result: protection.Allowed}, r.Reservation, r.Until}, "", true
}

// locks are those in force.
func (c seenCheck) locks() ([]protection.Lock, error) {
	var rows []lockRow
	for _, r := range c {
		if r.ID != "" {
			rows = append(rows, lockRow{Record: protection.Record{ID: r.ID, Kind: r.Kind, AskedAt: r.AskedAt, FromAt: r.FromAt}, Value: r.Value})
		}
	}
	rs, err := recordsOf(rows)
	return protection.InForce(rs, c[0].Now), err
}

func (c seenCheck) customer() hold.Customer {
	return hold.Customer{ID: c[0].CustomerID, TimeZone: c[0].TimeZone, FrozenAt: c[0].FrozenAt}
}

// rule is the answer, with what was spent that day.
func (c seenCheck) rule(q Check, locks []protection.Lock, spent map[hold.Kind]int64) protection.Answer {
	p := q.Payment
	p.Zone, p.At, p.Spent = c.customer().Zone(), orderedAt(p.At, c[0].Now), spent
	return protection.Check{Payment: p, Frozen: c[0].FrozenAt != 0, Emergency: c[0].Emergency != "", Terms: q.Terms}.Rule(locks)
}

// reserve asks again with the customer's row locked, and takes a part of the limit where
// the payment fits.
func (t *tx) reserve(q Check) (out Checked, why hold.Refusal, err error) {
	var seen seenCheck
	var rows []guardRow
	if err := t.together(some(new([]int), `SELECT 1 FROM customers WHERE id = ?`+t.lock("NO KEY UPDATE"), q.CustomerID),
		some((*[]checkRow)(&seen), t.s.checkText(), q.ClientID, q.Key, q.CustomerID),
		t.guardsOf(&rows, []string{string(q.CustomerID)}, []string{q.TransactionID})); err != nil {
		return out, "", err
	}
	all, err := guards(rows)
	if err = errors.Join(err, seen.timed(t.s)); err != nil {
		return out, "", err
	}
	locks, err := seen.locks()
	if err != nil {
		return out, "", err
	}
	if before, why, ok := seen.before(q, locks); ok {
		return before, why, nil
	}
	g, now, counts := all[q.CustomerID], seen[0].Now, limit(locks)
	if g == nil || counts == nil {
		out.Answer = seen.rule(q, locks, nil)
		return out, "", nil
	}
	day, minor := protection.DayOf(now, seen.customer().Zone()), min(q.Payment.Amount.Minor, protection.MaxCounted)
	held, _ := g.of(q.TransactionID, true, q.Payment.Amount.Currency)
	if _, reserved := g.of(q.TransactionID, false, q.Payment.Amount.Currency); !reserved && held >= minor {
		minor = 0 // its hold counts already
	}
	spent := g.on(day, counts, func(s spent) bool { return minor == 0 && s.Held && s.Tx == q.TransactionID })
	out.Answer = seen.rule(q, locks, spent)
	if out.Result != protection.Allowed {
		return out, "", nil
	}
	out.ID, out.Until = seen[0].Reservation, now.Add(protection.Reserves)
	if out.ID != "" { // it has lapsed, and fits again
		t.later(`UPDATE reservations SET day = ?, minor = ?, reserved_at = ?, until_at = ? WHERE id = ?`, day, minor, now, out.Until, out.ID)
		return out, "", nil
	}
	out.ID = NewID("rsv")
	t.later(`INSERT INTO reservations (id, client_id, key, body_digest, customer_id, transaction_id, kind, minor, currency, day, status,
		reserved_at, until_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'reserved', ?, ?)`, out.ID, q.ClientID, q.Key, q.BodyDigest, q.CustomerID,
		q.TransactionID, q.Payment.Kind, minor, q.Payment.Amount.Currency, day, now, out.Until)
	return out, "", nil
}
