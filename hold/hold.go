// Package hold is Holdfast's domain: what a hold, a ladder, a challenge and a
// decision are, which changes are legal, and what follows from what has
// happened. It is pure: no clock, no database, no network, and nothing but the
// standard library.
package hold

import (
	"cmp"
	"time"
)

// The identifiers of the domain. Each is a prefix and a ULID ("hold_01J…"),
// except CustomerID, which is the bank's own.
type (
	ID          string // hold_…
	ChallengeID string // chal_…
	DeviceID    string // dev_…
	CustomerID  string // the bank's own id, at most 64 characters
)

// Kind is the sort of transaction that is held.
type Kind string

const (
	KindCard     Kind = "card"     // a card payment, waiting at the till or the web shop
	KindTransfer Kind = "transfer" // an account-to-account payment
	KindCashOut  Kind = "cash_out" // a withdrawal through an agent or a machine
)

// Kinds lists every Kind.
var Kinds = []Kind{KindCard, KindTransfer, KindCashOut}

// Status is where a hold stands: held → releasing → released, or
// held → reversing → reversed.
type Status string

const (
	Held      Status = "held"
	Releasing Status = "releasing"
	Released  Status = "released"
	Reversing Status = "reversing"
	Reversed  Status = "reversed"
)

// CanBecome tells whether the step from s to next is legal.
func (s Status) CanBecome(next Status) bool {
	switch s {
	case Held:
		return next == Releasing || next == Reversing
	case Releasing:
		return next == Released
	case Reversing:
		return next == Reversed
	}
	return false
}

// Decided tells whether a decision is on record.
func (s Status) Decided() bool { return s != Held }

// Settled tells whether the ledger has acknowledged the decision.
func (s Status) Settled() bool { return s == Released || s == Reversed }

// Outcome is what is decided.
type Outcome string

const (
	Release Outcome = "release"
	Reverse Outcome = "reverse"
)

// Deciding is the status of a hold for which o is decided and the ledger has
// not answered yet.
func (o Outcome) Deciding() Status {
	if o == Release {
		return Releasing
	}
	return Reversing
}

// Settled is the status of a hold once the ledger has acknowledged o.
func (o Outcome) Settled() Status {
	if o == Release {
		return Released
	}
	return Reversed
}

// Reason says why a decision was made.
type Reason string

const (
	ReasonApproved      Reason = "approved"      // the customer approved
	ReasonRefused       Reason = "refused"       // the customer said no
	ReasonNotMe         Reason = "not_me"        // the customer did not make the payment
	ReasonDeadline      Reason = "deadline"      // the deadline passed
	ReasonUnanswered    Reason = "unanswered"    // a rung went unanswered and its edge says reverse
	ReasonUndeliverable Reason = "undeliverable" // nobody could be reached and the edge says reverse
	ReasonExhausted     Reason = "exhausted"     // the last rung was left and the ladder says reverse
	ReasonOverride      Reason = "override"      // the bank decided
	ReasonPayeeMule     Reason = "payee_mule"    // two people reversed all that waited for this payee
	ReasonLocked        Reason = "locked"        // a lock that the customer set refuses it
)

// Decision is made once for a hold and never changes.
type Decision struct {
	HoldID    ID      `db:"hold_id" json:"hold_id"`
	Outcome   Outcome `db:"outcome" json:"outcome"`
	Reason    Reason  `db:"reason" json:"reason"`
	Author    string  `db:"author" json:"author"` // "customer", "policy", "client:<id>" or "agent:<sub>"
	DecidedAt Instant `db:"decided_at" json:"decided_at"`
	// RecallAt is when the customer first spoke against a release that was
	// decided already. Zero: nobody did.
	RecallAt Instant `db:"recall_at" json:"recall_wanted_at,omitempty"`
}

// Told is the decision as its customer may know it: what the bank says of a payee is
// not theirs, and who is a mule's friend would tell them.
func (d *Decision) Told() *Decision {
	if d == nil || d.Reason != ReasonPayeeMule {
		return d
	}
	told := *d
	told.Reason = ReasonOverride
	return &told
}

// Money is an amount in the currency's minor unit (ISO 4217: JPY has none,
// KWD has three digits). Minor is above zero and at most 2^53, so that every
// JSON reader keeps it exact.
type Money struct {
	Minor    int64  `db:"minor" json:"minor"`
	Currency string `db:"currency" json:"currency"`
}

// MaxMinor is the largest amount a hold may have (2^53).
const MaxMinor = int64(1) << 53

// NameCheck is the result of the bank's confirmation-of-payee look-up.
type NameCheck string

const (
	NameMatch   NameCheck = "match"
	NameClose   NameCheck = "close"
	NameNoMatch NameCheck = "no_match"
	NameUnknown NameCheck = "unknown"
)

// Payee is who would receive the money, as the payment order names them. Every
// field is written by others and hostile until shown safely.
type Payee struct {
	Name      string    `json:"name"`
	Account   string    `json:"account"`
	Bank      string    `json:"bank,omitempty"`
	Country   string    `json:"country,omitempty"` // ISO 3166-1 alpha-2
	NameCheck NameCheck `json:"name_check,omitempty"`
	// Since is when the customer got to know them, by the bank's record; 0: a new one.
	Since Instant `json:"since,omitempty"`
}

// Origin is the channel the payment came through, which an answer must not
// come from.
type Origin struct {
	Channel   string   `json:"channel"`
	DeviceID  DeviceID `json:"device_id,omitempty"`
	SessionID string   `json:"session_id,omitempty"`
}

// Risk is the risk engine's word.
type Risk struct {
	Score   int      `json:"score"`   // 0–1000
	Reasons []string `json:"reasons"` // 1–8 codes of the policy's catalogue
	Model   string   `json:"model,omitempty"`
}

// Request is what a risk engine submits.
type Request struct {
	TransactionID string            `json:"transaction_id"`
	CustomerID    CustomerID        `json:"customer_id"`
	Kind          Kind              `json:"kind"`
	Amount        Money             `json:"amount"`
	Payee         Payee             `json:"payee"`
	RequestedAt   Instant           `json:"requested_at"`
	Origin        Origin            `json:"origin"`
	Risk          Risk              `json:"risk"`
	Deadline      Instant           `json:"deadline,omitempty"`
	Metadata      map[string]string `json:"metadata,omitempty"`
	Payment       *Payment          `json:"payment,omitempty"` // as other banks know it, for a recall
	// How it is paid, and where the card is used; empty: unknown. Package protection has the ways.
	Way     string `json:"way,omitempty"`
	Country string `json:"country,omitempty"` // ISO 3166-1 alpha-2
}

// Document is the part of the request that the customer is asked about.
func (r Request) Document() Document {
	return Document{
		TransactionID: r.TransactionID, Kind: r.Kind, Amount: r.Amount,
		PayeeName: r.Payee.Name, PayeeAccount: r.Payee.Account, RequestedAt: r.RequestedAt,
	}
}

// Terms are what the policy fixed for a hold when it was accepted or amended.
// They are kept on the hold, so that a later policy changes nothing for it.
type Terms struct {
	PolicyVersion string   `json:"policy_version"`
	Rule          string   `json:"rule"` // the rule that chose the ladder
	Ladder        Ladder   `json:"ladder"`
	Scam          bool     `json:"scam"` // released only by a callback
	MinDeviceAge  Duration `json:"min_device_age"`
	MinContactAge Duration `json:"min_contact_age"`
	// MinPortraitAge is how old a portrait must be for a face to be compared with
	// it. Absent in terms of before: see PortraitAge.
	MinPortraitAge Duration      `json:"min_portrait_age,omitempty"`
	SMS            SMSTerms      `json:"sms"`
	Callback       CallbackTerms `json:"callback"`
	// Suspicion is for how long a suspicion of one hold bears on the customer's
	// others.
	Suspicion Duration `json:"suspicion,omitempty"`
	// OwnNotMe is what the customer's own not me after the release does.
	OwnNotMe OwnNotMe `json:"own_not_me,omitempty"`
}

// DefaultSuspicion is Suspicion where a policy says nothing.
const DefaultSuspicion = Duration(72 * time.Hour)

// SuspicionLasts is Suspicion, or the default.
func (t Terms) SuspicionLasts() Duration { return cmp.Or(t.Suspicion, DefaultSuspicion) }

// Hold is one flagged transaction that waits.
type Hold struct {
	ID         ID
	ClientID   string // who submitted it
	Request    Request
	Status     Status
	Revision   int // starts at 1; an amendment adds one
	Terms      Terms
	TxDigest   Digest
	Deadline   Instant
	AcceptedAt Instant
	// The rung that is open. Rung is NoRung before the first.
	Rung         int
	RungOpenedAt Instant
	RungEndsAt   Instant
	// RungFirstEndsAt is set when no device of the customer was connected as
	// the rung opened: without a receipt by then the rung goes unanswered.
	RungFirstEndsAt Instant
	Decision        *Decision
	ParkedAt        Instant // settlement is parked since
	SuspectedAt     Instant // since when somebody on the phone has a suspicion: a supervisor decides
	PayeeID         string  // to whom it goes, cpty_…; empty: payees were not looked up
	VerdictID       string  // the verdict on its payee that was brought to it; empty: none, or it was lifted
	Talk
	Met
}
