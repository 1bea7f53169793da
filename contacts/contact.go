// Package contacts is somebody whom a customer trusts: who may be named, when they count,
// and what they may be told and may ask for. It is pure. A contact never approves,
// releases or reverses anything, and never learns of an amount, a payee or an account.
package contacts

import (
	"time"

	"holdfast/hold"
)

// Status is where a contact stands.
//
//	(named) named --> accepted --> effective --> blocked
//	          |          |  \          |  \         |
//	          |          |   +---------|---+        |
//	          +----------+-------------+--> removed +--> removed
//
// Whom the app takes off, and who counts, goes on counting for Settling: until then the
// customer may keep them.
// A blocked one goes on looking as before to everybody but the bank's staff.
type Status string

const (
	Named     Status = "named"     // they were asked
	Accepted  Status = "accepted"  // they agreed, less than Settling ago
	Effective Status = "effective" // they count
	Blocked   Status = "blocked"   // the customer wants them told nothing; for good
	Removed   Status = "removed"   // taken off, declined, or never answered
)

// Statuses lists every Status.
var Statuses = []Status{Named, Accepted, Effective, Blocked, Removed}

// CanBecome tells whether the step from s to next is legal.
func (s Status) CanBecome(next Status) bool {
	switch s {
	case Named:
		return next == Accepted || next == Blocked || next == Removed
	case Accepted:
		return next == Effective || next == Blocked || next == Removed
	case Effective:
		return next == Blocked || next == Removed
	case Blocked:
		return next == Removed
	}
	return false
}

const (
	Most     = 3                   // of a customer
	Settling = 72 * time.Hour      // from the acceptance, or the customer's word, until it counts
	AskLife  = 7 * 24 * time.Hour  // in which whoever is asked may agree
	MaxTries = 5                   // of a question, by reply: wrong codes, and the right one
	NamedDay = 5                   // namings in the app, a customer and day
	AskedDay = 3                   // questions to a number in a day, whoever asks
	BankDay  = 12                  // changes by the bank that a customer is told of, in a day
	TextsDay = 3                   // texts to contacts about a customer's holds, in a day
	Vetoes   = 3                   // of a customer's holds, in VetoSpan
	VetoSpan = 30 * 24 * time.Hour //
	Kept     = 90 * 24 * time.Hour // after they were taken off; blocked ones stay
	Day      = 24 * time.Hour
)

// Source is who named them.
type Source string

const (
	ByBank Source = "bank"
	ByApp  Source = "app"
)

// Contact is one as on record. The number is in the table of numbers alone.
type Contact struct {
	ID         string          `db:"id"` // ctc_…
	CustomerID hold.CustomerID `db:"customer_id"`
	NumberID   string          `db:"number_id"`
	Name       string          `db:"name"` // as the customer calls them
	Source     Source          `db:"source"`
	NamedAt    hold.Instant    `db:"named_at"`
	NamedBy    string          `db:"named_by"`
	AcceptedAt hold.Instant    `db:"accepted_at"`
	AcceptedBy string          `db:"accepted_by"` // reply, app, or the bank's client
	BlockedAt  hold.Instant    `db:"blocked_at"`
	BlockedBy  string          `db:"blocked_by"`
	VetoAt     hold.Instant    `db:"veto_at"`    // when the customer wished that they may veto
	RemovedAt  hold.Instant    `db:"removed_at"` // from then on, which may be yet to come
	RemovedBy  string          `db:"removed_by"`
	KeyID      string          `db:"key_id"` // of the key that the question's code is derived from
	Digits     int             `db:"digits"`
	Tries      int             `db:"tries"`
}

// Stands is where the contact stands, for the bank's staff.
func (c Contact) Stands(now hold.Instant) Status {
	if s := c.Shown(now); s == Removed || c.BlockedAt == 0 {
		return s
	}
	return Blocked
}

// Shown is where the contact stands for everybody else: a block is not seen.
func (c Contact) Shown(now hold.Instant) Status {
	switch {
	case c.RemovedAt != 0 && c.RemovedAt <= now, c.AcceptedAt == 0 && now >= c.NamedAt.Add(AskLife):
		return Removed
	case c.AcceptedAt == 0:
		return Named
	case now < c.EffectiveAt():
		return Accepted
	}
	return Effective
}

// EffectiveAt is when they count; zero: they have not accepted.
func (c Contact) EffectiveAt() hold.Instant {
	if c.AcceptedAt == 0 {
		return 0
	}
	return c.AcceptedAt.Add(Settling)
}

// Leaves is from when on they are taken off if the app wants it now: who counts could have
// vetoed what a thief is about to pay.
func (c Contact) Leaves(now hold.Instant) hold.Instant {
	if c.Shown(now) == Effective {
		return now.Add(Settling)
	}
	return now
}

// LeavesAt is when somebody is taken off who still counts; zero: nobody wants it, or it is
// over.
func (c Contact) LeavesAt(now hold.Instant) hold.Instant {
	if c.RemovedAt <= now {
		return 0
	}
	return c.RemovedAt
}

// VetoFrom is since when they may veto; zero: nobody wished it, or they do not count.
func (c Contact) VetoFrom() hold.Instant {
	if c.VetoAt == 0 || c.AcceptedAt == 0 {
		return 0
	}
	return max(c.VetoAt.Add(Settling), c.EffectiveAt())
}

// Answers tells whether a reply may still agree to the question.
func (c Contact) Answers(now hold.Instant) bool {
	return c.Shown(now) == Named && c.KeyID != "" && c.Tries < MaxTries
}
