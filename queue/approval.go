package queue

import "holdfast/hold"

// ApprovalStatus is where an approval stands.
//
//	(asked) pending --> approved
//	           |  +---> rejected
//	           +------> void
type ApprovalStatus string

const (
	ApprovalPending  ApprovalStatus = "pending"  // for a second person
	ApprovalApproved ApprovalStatus = "approved" // by that person
	ApprovalRejected ApprovalStatus = "rejected" // by that person
	ApprovalVoid     ApprovalStatus = "void"     // what the first person saw is no longer so
)

// ApprovalStatuses lists every ApprovalStatus.
var ApprovalStatuses = []ApprovalStatus{ApprovalPending, ApprovalApproved, ApprovalRejected, ApprovalVoid}

// CanBecome tells whether the step from s to next is legal.
func (s ApprovalStatus) CanBecome(next ApprovalStatus) bool {
	return s == ApprovalPending && (next == ApprovalApproved || next == ApprovalRejected || next == ApprovalVoid)
}

// ApprovalKind says what two people want.
type ApprovalKind string

const (
	ApproveConfirmed ApprovalKind = "confirm"  // a customer's approval that an agent took down
	ApproveOverride  ApprovalKind = "override" // a release on the bank's own word
	ApproveUnfreeze  ApprovalKind = "unfreeze" // the end of a customer's freeze
	ApproveWait      ApprovalKind = "wait"     // the end of a hold's wait, before its time
	ApproveLoosen    ApprovalKind = "loosen"   // a customer's wish to loosen a lock, that somebody took down
)

// Approval is what waits for a second person.
type Approval struct {
	ID         string          `db:"id"`
	Kind       ApprovalKind    `db:"kind"`
	CustomerID hold.CustomerID `db:"customer_id"`
	HoldID     hold.ID         `db:"hold_id"`
	TaskID     string          `db:"task_id"`
	Revision   int             `db:"revision"`
	TxDigest   hold.Digest     `db:"tx_digest"`
	First      string          `db:"first"` // agent:<sub> or client:<id>
	Reason     string          `db:"reason"`
	Talk       bool            `db:"talk"`     // the second speaks with the customer in a call of their own
	Document   Document        `db:"document"` // what a clerk claims to have looked at; empty: the first is no clerk
	CallID     string          `db:"call_id"`  // of the end of an emergency: the call that told the first who it was
	Status     ApprovalStatus  `db:"status"`
	Second     string          `db:"second"`
	Answer     string          `db:"answer"` // what the second said
	Cause      string          `db:"cause"`  // why it is void
	CreatedAt  hold.Instant    `db:"created_at"`
	ClosedAt   hold.Instant    `db:"closed_at"`
	LockKind   string          `db:"lock_kind"`  // of a wish to loosen
	LockValue  string          `db:"lock_value"` // the lock that is wished for, as it is kept; empty: none
	LockID     string          `db:"lock_id"`    // the one that the first saw
	Gesture    string          `db:"gesture"`    // of a face that waits, in lists: what was asked
	Portrait   bool            `db:"portrait"`   // the same: there is one that it can be compared with
}

// Subject is the chain that an approval belongs to.
func (a Approval) Subject() string {
	if a.HoldID != "" {
		return string(a.HoldID)
	}
	return "customer:" + string(a.CustomerID)
}

// SecondMay says why somebody may not be the second person of an approval; ""
// means that they may. By is their actor's name, as First has it.
func SecondMay(a Approval, second Agent, by string, role Role) hold.Refusal {
	switch {
	case second.Linked(a.CustomerID):
		return hold.AgentLinked
	case a.First == by:
		return hold.SamePerson
	case !role.Queues(), a.Kind != ApproveConfirmed && role != RoleSupervisor:
		return hold.RoleMissing
	case a.Status != ApprovalPending:
		return hold.ApprovalClosed
	}
	return ""
}

// SecondOf says why somebody may not be the second person who says yes to something
// about a hold; "" means that they may. It is judged as they say it.
func SecondOf(a Approval, k Task, s hold.Standing, second Agent, role Role) hold.Refusal {
	if SupervisorApproves(a, s) && role != RoleSupervisor {
		return hold.RoleMissing
	}
	return SecondOfClerk(a, k, s, second, role)
}

// SupervisorApproves tells whether the second person who says yes has to be a
// supervisor: always but for a customer's word, and for that where the payee is a mule.
func SupervisorApproves(a Approval, s hold.Standing) bool {
	return a.Kind != ApproveConfirmed || s.Mule()
}

// Own is what a second person has done themselves.
type Own struct {
	Heard  bool         // spoken with the customer, in a call of their own
	Unseen hold.Refusal // of a face: why the pictures prove nothing to them
}

// SecondLacks says what a second person has still to do before their yes counts;
// "" means nothing. Their no needs none of it.
func SecondLacks(a Approval, own Own) hold.Refusal {
	if a.Talk && !own.Heard {
		return hold.CallMissing
	}
	return own.Unseen
}
