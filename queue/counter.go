package queue

import (
	"slices"

	"holdfast/hold"
)

// Document is the kind of identity document that a clerk says they looked at. Its
// number is kept nowhere.
type Document string

const (
	Passport       Document = "passport"
	IDCard         Document = "id_card"
	DrivingLicence Document = "driving_licence"
)

// Documents lists every Document.
var Documents = []Document{Passport, IDCard, DrivingLicence}

// saidAtCounter is all that a clerk says: what stops or slows down, and one claim.
var saidAtCounter = []hold.Disposition{hold.SuspectedScam, hold.Refused, hold.NotTheirs, hold.DocumentChecked}

// Says tells whether a disposition is one of the role's.
func (r Role) Says(d hold.Disposition) bool {
	if r == RoleBranch {
		return slices.Contains(saidAtCounter, d)
	}
	return d != hold.DocumentChecked
}

// Opens tells whether the role takes a customer's case up because they turned to
// us: clerks that of who stands before them, all others that of who rang in.
func (r Role) Opens(counter bool) bool {
	if counter {
		return r == RoleBranch
	}
	return r.Queues()
}

// document rules on a clerk's claim to have seen who it is. Nobody can check it, so
// that it proves nothing: it takes a second person at every amount, who speaks with
// the customer in a call of their own. It is worth no more than an agent's talk with
// somebody of whom nobody knows who they are.
func (f Facts) document(w Word) Ruling {
	switch {
	case f.Challenge == nil || f.Task.Kind != TaskCallback:
		return Ruling{Refusal: hold.NothingToConfirm}
	case f.Hold.Takes(*f.Challenge, hold.Approve) != hold.AnswerAccepted:
		return Ruling{Late: true}
	}
	h := f.Hold.Hold
	h.AgentInterviewedAt = h.CounterInterviewedAt // whoever claims it has asked it themselves
	switch why := h.MayPay(*f.Challenge, f.Hold.Now); {
	case why != "":
		return Ruling{Refusal: why}
	case !slices.Contains(Documents, w.Document):
		return Ruling{Refusal: hold.DocumentMissing}
	case f.first():
		return Ruling{Refusal: hold.SamePerson}
	case f.Waits != nil, f.Reviewed:
		return Ruling{Refusal: hold.ApprovalPending}
	}
	return Ruling{Next: NextTalk}
}

// SecondOfClerk says why somebody may not be the second person of a clerk's claim;
// "" means that they may, or that no clerk came first. It is judged as they say it:
// what they have to have done beside it says SecondLacks.
func SecondOfClerk(a Approval, k Task, s hold.Standing, second Agent, role Role) hold.Refusal {
	switch {
	case a.Document == "":
		return ""
	case !role.Queues(), takesSupervisor(k, s) && role != RoleSupervisor:
		return hold.RoleMissing
	}
	return second.Takes(k, role)
}

// takesSupervisor tells whether nobody but a supervisor may be the second person of
// a clerk's claim: where anything speaks against the payment or its customer.
func takesSupervisor(k Task, s hold.Standing) bool { return k.Scam || s.Doubted() }
