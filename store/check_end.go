package store

import (
	"context"
	"slices"
	"time"

	"holdfast/hold"
	"holdfast/protection"
)

// reservationRow is a part of a limit as it is kept.
type reservationRow struct {
	ID            string                       `db:"id"`
	ClientID      string                       `db:"client_id"`
	Key           string                       `db:"key"`
	BodyDigest    hold.Digest                  `db:"body_digest"`
	CustomerID    hold.CustomerID              `db:"customer_id"`
	TransactionID string                       `db:"transaction_id"`
	Kind          hold.Kind                    `db:"kind"`
	Minor         int64                        `db:"minor"`
	Currency      string                       `db:"currency"`
	Day           string                       `db:"day"`
	Status        protection.ReservationStatus `db:"status"`
	ReservedAt    hold.Instant                 `db:"reserved_at"`
	UntilAt       hold.Instant                 `db:"until_at"`
	ClosedAt      hold.Instant                 `db:"closed_at"`
}

// CheckEnd is where a reservation stands once its payment was made, or was not.
type CheckEnd struct {
	ID     string
	Status protection.ReservationStatus
	At     hold.Instant // since when
}

// keepReservations is how long one is kept, and with it the reply to its key.
const keepReservations = 30 * 24 * time.Hour

// BookCheck says that a payment was made for which a part of a limit is reserved. One that
// has lapsed counts still where it fits. Another client's is ErrNotFound.
func (s *Store) BookCheck(ctx context.Context, client, id string) (out CheckEnd, why hold.Refusal, err error) {
	return s.endCheck(ctx, client, id, (*tx).bookCheck)
}

// CancelCheck gives a part of a limit back: the payment was not made, or has failed.
func (s *Store) CancelCheck(ctx context.Context, client, id string) (out CheckEnd, why hold.Refusal, err error) {
	return s.endCheck(ctx, client, id, func(t *tx, r *reservationRow, now hold.Instant) (hold.Refusal, error) {
		t.closeCheck(r, protection.Cancelled, now)
		return "", nil
	})
}

// endCheck locks the customer and then reads the reservation, whose customer never changes.
func (s *Store) endCheck(ctx context.Context, client, id string, end func(*tx, *reservationRow, hold.Instant) (hold.Refusal,
	error)) (out CheckEnd, why hold.Refusal, err error) {
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		var r reservationRow
		var now hold.Instant
		if err := t.together(some(new([]int), `SELECT 1 FROM customers WHERE id = (SELECT customer_id FROM reservations WHERE id = ?
				AND client_id = ?)`+t.lock("NO KEY UPDATE"), id, client),
			one(&r, `SELECT * FROM reservations WHERE id = ? AND client_id = ?`, id, client), clock(&now)); err != nil {
			return "", err
		}
		why, err := end(t, &r, now)
		out = CheckEnd{ID: r.ID, Status: r.Status, At: max(r.ClosedAt, r.ReservedAt)}
		return why, err
	})
	return out, why, err
}

func (t *tx) bookCheck(r *reservationRow, now hold.Instant) (why hold.Refusal, err error) {
	kept, fits := protection.Reservation{Status: r.Status, Until: r.UntilAt}, true
	if kept.Lapsed(now) {
		if fits, err = t.fitsStill(r, now); err != nil {
			return "", err
		}
	}
	if why := kept.Book(now, fits); why != "" {
		return why, nil
	}
	t.closeCheck(r, protection.Booked, now)
	return "", nil
}

// closeCheck puts the end on record; one that is reached already stands.
func (t *tx) closeCheck(r *reservationRow, to protection.ReservationStatus, now hold.Instant) {
	if !r.Status.CanBecome(to) {
		return
	}
	r.Status, r.ClosedAt = to, now
	t.later(`UPDATE reservations SET status = ?, closed_at = ?, day = ? WHERE id = ?`, r.Status, now, r.Day, r.ID)
}

// fitsStill tells whether a reservation that has lapsed fits into what is left of the day
// on which its payment is made, which is now. Whoever is frozen, or has stopped
// everything, has nothing left.
func (t *tx) fitsStill(r *reservationRow, now hold.Instant) (bool, error) {
	var rows []guardRow
	var c hold.Customer
	var stopped int
	if err := t.together(one(&c, `SELECT id, time_zone, frozen_at FROM customers WHERE id = ?`, r.CustomerID),
		one(&stopped, `SELECT COUNT(*) FROM emergencies WHERE customer_id = ? AND ended_at = 0`, r.CustomerID),
		t.guardsOf(&rows, []string{string(r.CustomerID)}, []string{""})); err != nil {
		return false, err
	}
	all, err := guards(rows)
	if err != nil || c.FrozenAt != 0 || stopped > 0 {
		return false, err
	}
	r.Day = protection.DayOf(now, c.Zone())
	g := all[r.CustomerID]
	if g == nil {
		return true, nil
	}
	// Of the other locks it has passed those that stood as it was reserved.
	locks := slices.DeleteFunc(protection.InForce(g.records, now), func(l protection.Lock) bool { return l.Kind != protection.Limit })
	return protection.Rule(locks, protection.Payment{Kind: r.Kind, Amount: hold.Money{Minor: r.Minor, Currency: r.Currency},
		At: now, Zone: c.Zone(), Spent: g.on(r.Day, limit(locks), func(spent) bool { return false })}).Result == protection.Allowed, nil
}

// ForgetReservations deletes at most so many of what was reserved a month ago: no limit
// counts them any more.
func (s *Store) ForgetReservations(ctx context.Context, atMost int) (int, error) {
	now, err := s.Now(ctx)
	if err != nil {
		return 0, err
	}
	var gone int64
	err = s.update(ctx, func(t *tx) error {
		gone, err = t.exec(`DELETE FROM reservations WHERE id IN (SELECT id FROM reservations WHERE reserved_at < ?
			ORDER BY reserved_at LIMIT ?)`, now.Add(-keepReservations), atMost)
		return err
	})
	return int(gone), err
}
