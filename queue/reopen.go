package queue

import (
	"slices"

	"holdfast/hold"
)

// Reopening is a wish to end what a customer stopped, by who has their case. It always
// waits for a supervisor.
type Reopening struct {
	Role      Role
	Case      Case
	Calls     []Call // of the case
	Customer  hold.Customer
	StoppedAt hold.Instant // zero: nothing is stopped
	Document  Document     // that a clerk says they looked at
	Live      Live
	Now       hold.Instant
}

// Proof says by what it is on record who the customer is: the call in which they were
// identified, to a number on record, since everything was stopped; at the counter the
// document, and no call. Or it says what is missing.
func (r Reopening) Proof() (call string, why hold.Refusal) {
	switch {
	case r.StoppedAt == 0:
		return "", hold.NotStopped
	case r.Role == RoleBranch:
		if !slices.Contains(Documents, r.Document) {
			return "", hold.DocumentMissing
		}
		return "", ""
	case !r.Role.Queues():
		return "", hold.RoleMissing
	}
	since := slices.DeleteFunc(slices.Clone(r.Calls), func(k Call) bool { return k.CreatedAt < r.StoppedAt })
	switch leg := Proof(r.Case, since, r.Customer, r.Live, r.Now); {
	case leg.Connected < hold.MinConnected:
		return "", hold.CallMissing
	case !leg.Identified:
		return "", hold.IdentityMissing
	default:
		return leg.Call, ""
	}
}

// Reopens says why an approval does not end what a customer stopped; "" means that it
// does: who asked had it on record who the customer is.
func (a Approval) Reopens() hold.Refusal {
	if a.CallID == "" && a.Document == "" {
		return hold.EverythingStopped
	}
	return ""
}
