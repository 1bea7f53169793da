package hold

import "time"

// RecallID is rcl_…
type RecallID string

// RecallStatus is how far a recall has come: the bank asking for money back that was
// released.
//
//	proposed ─┬─▶ declined ─▶ proposed (somebody else's word came)
//	          └─▶ requested ─┬─▶ accepted ─┬─▶ returned ─▶ returned (a further part)
//	                         │             └─▶ refused
//	                         ├─▶ returned
//	                         └─▶ refused
type RecallStatus string

const (
	RecallProposed  RecallStatus = "proposed"  // waits for an agent
	RecallDeclined  RecallStatus = "declined"  // an agent said no
	RecallRequested RecallStatus = "requested" // confirmed: the payee's bank is asked
	RecallAccepted  RecallStatus = "accepted"  // the payee's bank will return it
	RecallReturned  RecallStatus = "returned"  // all of it, or a part, is back
	RecallRefused   RecallStatus = "refused"   // the payee's bank said no
)

// RecallStatuses lists every RecallStatus.
var RecallStatuses = []RecallStatus{RecallProposed, RecallDeclined, RecallRequested, RecallAccepted, RecallReturned, RecallRefused}

// CanBecome tells whether the step from s to next is legal.
func (s RecallStatus) CanBecome(next RecallStatus) bool {
	switch s {
	case RecallProposed:
		return next == RecallDeclined || next == RecallRequested
	case RecallDeclined:
		return next == RecallProposed
	case RecallRequested:
		return next.Reported()
	case RecallAccepted:
		return next == RecallReturned || next == RecallRefused
	case RecallReturned:
		return next == RecallReturned
	}
	return false
}

// Reported tells whether the bank reports the status.
func (s RecallStatus) Reported() bool {
	return s == RecallAccepted || s == RecallReturned || s == RecallRefused
}

// RecallSource says why a recall is proposed.
type RecallSource string

const (
	RecallNotMe     RecallSource = "not_me"    // the customer did not make the payment
	RecallScammed   RecallSource = "scammed"   // the customer was deceived into it, an agent heard
	RecallVerdict   RecallSource = "verdict"   // two people say that its payee passes on money from fraud
	RecallPayee     RecallSource = "payee"     // the bank's source says so of its payee, after the release
	RecallComplaint RecallSource = "complaint" // the payer's complaint of it was upheld
)

// Recall is the wish to have a released payment's money back. A hold has one.
type Recall struct {
	ID         RecallID     `db:"id"`
	HoldID     ID           `db:"hold_id"`
	CustomerID CustomerID   `db:"customer_id"`
	Source     RecallSource `db:"source"`
	VerdictID  string       `db:"verdict_id"` // of RecallVerdict
	Status     RecallStatus `db:"status"`
	Minor      int64        `db:"amount_minor"` // of the payment
	Currency   string       `db:"currency"`
	ProposedAt Instant      `db:"proposed_at"`
	ProposedBy string       `db:"proposed_by"`
	DecidedAt  Instant      `db:"decided_at"` // zero: nobody has confirmed or declined it
	DecidedBy  string       `db:"decided_by"`
	Reason     string       `db:"reason"`
	// RequestedAt is when the bank's endpoint acknowledged it; ParkedAt, since when that
	// waits for a human, and ParkedCode why.
	RequestedAt Instant `db:"requested_at"`
	ParkedAt    Instant `db:"parked_at"`
	ParkedCode  string  `db:"parked_code"`
	Attempts    int     `db:"attempts"`
	LookAt      Instant `db:"look_at"`
	Returned    int64   `db:"returned_minor"` // what is back so far, all parts together
	Reference   string  `db:"reference"`      // of the bank's newest report
	ReasonCode  string  `db:"reason_code"`    // the same: a code of ISO 20022
	UpdatedAt   Instant `db:"updated_at"`
}

// Theirs tells whether it goes back to the customer's own word.
func (r Recall) Theirs() bool { return r.Source == RecallNotMe || r.Source == RecallScammed }

// Amount is the payment's.
func (r Recall) Amount() Money { return Money{Minor: r.Minor, Currency: r.Currency} }

// Whole tells whether all of it is back.
func (r Recall) Whole() bool { return r.Returned == r.Minor }

// UnderWay tells whether the bank's endpoint is still to be asked.
func (r Recall) UnderWay() bool {
	return r.Status == RecallRequested && r.RequestedAt == 0 && r.ParkedAt == 0
}

// RecallReport is what the bank says became of a recall. Reference is its own, by which
// a repetition is known.
type RecallReport struct {
	Status     RecallStatus `db:"status"`
	Minor      int64        `db:"minor"` // of this part, with returned alone
	Currency   string       `db:"-"`
	Reference  string       `db:"reference"`
	ReasonCode string       `db:"reason_code"`
}

// Report says what a report makes of a recall, by the reports of before. again: the
// same was said before, and nothing follows. Forward only: a step back is refused, and
// so is a part that would bring the sum above the payment's amount.
func (r Recall) Report(said []RecallReport, p RecallReport) (next Recall, again bool, why Refusal) {
	for _, s := range said {
		if s.Reference != p.Reference || s.Status != p.Status {
			continue
		}
		if s.Minor != p.Minor { // the same name for another part
			return r, false, RecallStands
		}
		return r, true, ""
	}
	switch {
	case p.Minor != 0 && p.Currency != r.Currency:
		return r, false, RecallCurrency
	case !p.Status.Reported(), !r.Status.CanBecome(p.Status):
		return r, false, RecallStands
	case p.Minor > r.Minor-r.Returned:
		return r, false, RecallTooMuch
	}
	r.Status, r.Reference, r.ReasonCode = p.Status, p.Reference, p.ReasonCode
	r.Returned += p.Minor
	r.ParkedAt, r.ParkedCode = 0, "" // whoever reports has it
	return r, false, ""
}

// OwnNotMe says what a customer's own not me after a release does, by policy.
type OwnNotMe string

const (
	OwnNotMeAsk     OwnNotMe = "ask"     // an agent confirms the recall; also where nothing is said
	OwnNotMeRequest OwnNotMe = "request" // the recall is confirmed with it
)

// RecallState is what is left to do for a recall's workflow.
type RecallState string

const (
	RecallDone  RecallState = "done"   // the bank has it, or it has reported
	RecallParks RecallState = "parked" // a human has to look
)

// RecallProgress is what an activity tells a recall's workflow.
type RecallProgress struct {
	State RecallState `json:"state"`
}

// ScammedReach is how far back the released payments of a customer who was deceived are
// proposed for recall.
const ScammedReach = 14 * 24 * time.Hour
