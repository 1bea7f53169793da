package queue

import (
	"time"

	"holdfast/hold"
)

const (
	// ReferralLife is how long a referral waits for the second person, and how long it
	// can be read afterwards.
	ReferralLife = 30 * 24 * time.Hour
	// MaxReferrals is how many a hold may have, ever.
	MaxReferrals = 20
	// MaxReferralReads is how often one is read or printed.
	MaxReferralReads = 100
	// ReferralsADay is how many one supervisor asks for in 24 hours.
	ReferralsADay = 20
)

// ReferralStatus is where a referral stands.
//
//	(asked for) asked --> approved --> expired
//	             | | +--> rejected
//	             | +----> void
//	             +------> expired
type ReferralStatus string

const (
	ReferralAsked    ReferralStatus = "asked"    // of a second person
	ReferralApproved ReferralStatus = "approved" // by that person: it can be read
	ReferralRejected ReferralStatus = "rejected" // by that person
	ReferralVoid     ReferralStatus = "void"     // the first person may not ask for it any more
	ReferralExpired  ReferralStatus = "expired"
)

// ReferralStatuses lists every ReferralStatus.
var ReferralStatuses = []ReferralStatus{ReferralAsked, ReferralApproved, ReferralRejected, ReferralVoid, ReferralExpired}

// CanBecome tells whether the step from s to next is legal.
func (s ReferralStatus) CanBecome(next ReferralStatus) bool {
	switch s {
	case ReferralAsked:
		return next == ReferralApproved || next == ReferralRejected || next == ReferralVoid || next == ReferralExpired
	case ReferralApproved:
		return next == ReferralExpired
	}
	return false
}

// Referral is a hold's case that two people hand to somebody outside.
type Referral struct {
	ID         string          `db:"id"`
	HoldID     hold.ID         `db:"hold_id"`
	CustomerID hold.CustomerID `db:"customer_id"`
	To         hold.Recipient  `db:"recipient"`
	Shows      hold.Shown      `db:"shows"` // as the policy said when it was asked for
	Status     ReferralStatus  `db:"status"`
	First      string          `db:"first"` // agent:<sub>
	Reason     string          `db:"reason"`
	Second     string          `db:"second"`
	Answer     string          `db:"answer"` // what the second said
	Cause      string          `db:"cause"`  // why it is void
	AskedAt    hold.Instant    `db:"asked_at"`
	ClosedAt   hold.Instant    `db:"closed_at"` // when it stopped waiting for the second person
	UntilAt    hold.Instant    `db:"until_at"`
	Reads      int             `db:"reads"`
}

// At is the referral as it stands at an instant: its time may have run out since it was
// written down.
func (r Referral) At(now hold.Instant) Referral {
	if r.UntilAt <= now && r.Status.CanBecome(ReferralExpired) {
		r.Status = ReferralExpired
	}
	return r
}

// AskFacts are what bears on who may ask for a referral.
type AskFacts struct {
	Role   Role
	Linked bool // they are the hold's customer
	Asked  bool // the same waits for a second person
	OfHold int  // how many the hold has had
	OfDay  int  // how many this person has asked for in 24 hours
}

// AskReferral says why somebody may not ask for a referral; "" means that they may.
func AskReferral(f AskFacts) hold.Refusal {
	switch {
	case f.Role != RoleSupervisor:
		return hold.RoleMissing
	case f.Linked:
		return hold.AgentLinked
	case f.Asked:
		return hold.ApprovalPending
	case f.OfHold >= MaxReferrals, f.OfDay >= ReferralsADay:
		return hold.ReferralLimit
	}
	return ""
}

// SecondOfReferral says why somebody may not be the second person of a referral, as it
// stands now; "" means that they may.
func SecondOfReferral(r Referral, second Agent, role Role) hold.Refusal {
	switch {
	case role != RoleSupervisor:
		return hold.RoleMissing
	case second.Linked(r.CustomerID):
		return hold.AgentLinked
	case r.First == second.Actor():
		return hold.SamePerson
	case r.Status != ReferralAsked:
		return hold.ApprovalClosed
	}
	return ""
}

// ReadReferral says why somebody may not read a referral, as it stands now; "" means
// that they may, and that it is counted.
func ReadReferral(r Referral, reader Agent, role Role) hold.Refusal {
	switch {
	case role != RoleSupervisor:
		return hold.RoleMissing
	case reader.Linked(r.CustomerID):
		return hold.AgentLinked
	case r.Status != ReferralApproved:
		return hold.ApprovalClosed
	case r.Reads >= MaxReferralReads:
		return hold.ReferralLimit
	}
	return ""
}
