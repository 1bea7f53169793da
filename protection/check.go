package protection

import (
	"time"

	"holdfast/hold"
)

// What else than a lock stops a payment that the bank is about to book.
const (
	ByEmergency = "emergency" // the customer stopped everything
	ByFreeze    = "frozen"
)

// Check is a payment that the bank is about to book, with what bears on it besides locks.
type Check struct {
	Payment
	Frozen    bool
	Emergency bool // the customer stopped everything
	Terms     Terms
}

// Answer is what the bank is told.
type Answer struct {
	Result Result
	By     []string // the locks that stop it, or ByEmergency, or ByFreeze
}

// Rule asks all that may stop it. What goes on in an emergency still has to pass the locks.
func (c Check) Rule(locks []Lock) Answer {
	switch {
	case c.Emergency && !c.Terms.goesOn(c.Payment):
		return Answer{Locked, []string{ByEmergency}}
	case c.Frozen && !c.Emergency:
		return Answer{Locked, []string{ByFreeze}}
	}
	r := Rule(locks, c.Payment)
	out := Answer{Result: r.Result}
	for _, k := range r.By {
		out.By = append(out.By, string(k))
	}
	return out
}

// goesOn tells whether a payment is made though the customer stopped everything.
func (t Terms) goesOn(p Payment) bool {
	return p.Way == StandingOrder && t.StandingOrders == GoOn || p.Kind == hold.KindCard && t.Cards == GoOn
}

// Reserves is how long a part of a limit is kept for a payment that was allowed.
const Reserves = 15 * time.Minute

// MaxCounted is as what a larger amount counts: it is more than any limit. No sum of
// what a day brings overflows.
const MaxCounted = 10 * MaxMinor

// ReservationStatus is where a part of a limit stands that a check took.
//
//	reserved --> booked
//	    |           |
//	    +-----------+--> cancelled
//
// One that is reserved lapses after Reserves: it counts as nothing then, and may still
// be booked where it fits.
type ReservationStatus string

const (
	Reserved  ReservationStatus = "reserved"
	Booked    ReservationStatus = "booked"
	Cancelled ReservationStatus = "cancelled" // it was not made, or failed after it was booked
)

// CanBecome tells whether the step from s to next is legal.
func (s ReservationStatus) CanBecome(next ReservationStatus) bool {
	return s == Reserved && (next == Booked || next == Cancelled) || s == Booked && next == Cancelled
}

// Reservation is a part of a limit that was taken for one payment.
type Reservation struct {
	Status ReservationStatus
	Until  hold.Instant // it lapses then
}

// Lapsed tells whether it counts as nothing, though nobody gave it back.
func (r Reservation) Lapsed(now hold.Instant) bool { return r.Status == Reserved && r.Until <= now }

// Book says why the payment may not be booked any more; "" means that it may, or is.
// fits tells whether one that has lapsed still fits.
func (r Reservation) Book(now hold.Instant, fits bool) hold.Refusal {
	switch {
	case r.Status == Cancelled:
		return hold.CheckCancelled
	case r.Lapsed(now) && !fits:
		return hold.CheckLapsed
	}
	return ""
}
