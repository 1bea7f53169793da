package queue

import (
	"time"

	"holdfast/hold"
)

const (
	// ComplaintsADay is how many one client of the bank's brings in 24 hours.
	ComplaintsADay = 500
	// OldestComplaint is how long ago one may have been received.
	OldestComplaint = 366 * 24 * time.Hour
)

// ComplaintStatus is where a complaint stands.
//
//	(received) open --> upheld
//	             +----> rejected
type ComplaintStatus string

const (
	ComplaintOpen     ComplaintStatus = "open"     // somebody has to answer it
	ComplaintUpheld   ComplaintStatus = "upheld"   // they are right
	ComplaintRejected ComplaintStatus = "rejected" // they are not
)

// ComplaintStatuses lists every ComplaintStatus.
var ComplaintStatuses = []ComplaintStatus{ComplaintOpen, ComplaintUpheld, ComplaintRejected}

// CanBecome tells whether the step from s to next is legal.
func (s ComplaintStatus) CanBecome(next ComplaintStatus) bool {
	return s == ComplaintOpen && (next == ComplaintUpheld || next == ComplaintRejected)
}

// Complainant is who complains.
type Complainant string

const (
	ByPayer Complainant = "payer" // the customer whose payment is held, or was
	ByPayee Complainant = "payee" // whoever has the account: it is the appeal of a verdict
)

// Complaint is what somebody holds against what was done, with the bank's clock.
// An answer proposes a recall where it says so, and changes nothing else.
type Complaint struct {
	ID         string          `db:"id"`
	ClientID   string          `db:"client_id"`
	Reference  string          `db:"reference"` // the client's own
	BodyDigest hold.Digest     `db:"body_digest"`
	About      Complainant     `db:"about"`
	HoldID     hold.ID         `db:"hold_id"`     // empty: of an account alone
	PayeeID    string          `db:"payee_id"`    // empty: payees were not looked up
	CustomerID hold.CustomerID `db:"customer_id"` // who complains, where they are a customer
	Reason     string          `db:"reason"`
	ReceivedAt hold.Instant    `db:"received_at"` // by the bank
	TakenAt    hold.Instant    `db:"taken_at"`    // here
	DueAt      hold.Instant    `db:"due_at"`
	Status     ComplaintStatus `db:"status"`
	AnsweredBy string          `db:"answered_by"`
	Answer     string          `db:"answer"`
	ClosedAt   hold.Instant    `db:"closed_at"`
}

// Subject is the chain that a complaint belongs to.
func (c Complaint) Subject() string {
	if c.HoldID != "" {
		return string(c.HoldID)
	}
	return "payee:" + c.PayeeID
}

// DueAt is when a complaint has to be answered that is brought now: so many days after it was
// received, but never before it came here. One that is dated back stands behind what was
// overdue by then, however far it is.
func DueAt(received, now hold.Instant, within hold.Days) hold.Instant {
	return max(within.From(received), now)
}

// Overdue tells whether it has waited for longer than it may.
func (c Complaint) Overdue(now hold.Instant) bool { return c.Status == ComplaintOpen && c.DueAt <= now }

// AnswerFacts are what bears on who may answer a complaint.
type AnswerFacts struct {
	Role   Role
	Linked bool // they complain, or are the customer of the hold that it is about
	Judged bool // they are one of the two of the verdict that it is about
	// Outcome is what they say; Recall, that the money is to be asked for again, which
	// is of use only where its hold is Released.
	Outcome  ComplaintStatus
	Recall   bool
	Released bool
}

// AnswerComplaint says why somebody may not answer a complaint; "" means that they may.
func AnswerComplaint(c Complaint, f AnswerFacts) hold.Refusal {
	switch {
	case f.Role != RoleSupervisor:
		return hold.RoleMissing
	case f.Linked:
		return hold.AgentLinked
	case c.Status != ComplaintOpen:
		return hold.ComplaintClosed
	case f.Judged:
		return hold.OwnVerdict
	case f.Recall && (c.About != ByPayer || f.Outcome != ComplaintUpheld || !f.Released):
		return hold.RecallMisplaced
	}
	return ""
}
