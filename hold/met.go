package hold

import "strings"

// LockAction is what becomes of a payment that meets a customer's own lock.
type LockAction string

const (
	LockRefuses LockAction = "refuse"
	LockAsks    LockAction = "ask"
)

// Met is what a hold has met of the locks that its customer set, and what it counts as
// on their day, as it was taken in or amended last.
type Met struct {
	Locked     string     `db:"locked"`      // the kinds of those that stop it, blanks between
	LockAction LockAction `db:"lock_action"` // empty: none does
	// Of a customer with a limit a day; an empty day: it counts as nothing.
	CountDay      string `db:"count_day"` // the customer's, YYYY-MM-DD
	CountKind     Kind   `db:"count_kind"`
	CountMinor    int64  `db:"count_minor"`
	CountCurrency string `db:"count_currency"`
}

// Locks are the kinds of locks that stop the payment, in their order.
func (m Met) Locks() []string { return strings.Fields(m.Locked) }

// Refused tells whether a lock refuses it: nothing releases it then.
func (m Met) Refused() bool { return m.LockAction == LockRefuses }
