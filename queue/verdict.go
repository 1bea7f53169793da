package queue

import (
	"time"

	"holdfast/hold"
)

// VerdictStatus is where a verdict on a payee stands.
//
//	(asked for) asked --> in_force --> ended
//	             | +----> rejected
//	             +------> void
//
// A reversal is in force while it is carried to the payee's holds.
type VerdictStatus string

const (
	VerdictAsked    VerdictStatus = "asked"    // of a second person
	VerdictInForce  VerdictStatus = "in_force" // agreed to
	VerdictRejected VerdictStatus = "rejected" // by the second person
	VerdictEnded    VerdictStatus = "ended"    // expired, another is in its place, or carried to its end
	VerdictVoid     VerdictStatus = "void"     // what was asked for is no longer so, was withdrawn, or nobody answered
)

// VerdictStatuses lists every VerdictStatus.
var VerdictStatuses = []VerdictStatus{VerdictAsked, VerdictInForce, VerdictRejected, VerdictEnded, VerdictVoid}

// CanBecome tells whether the step from s to next is legal.
func (s VerdictStatus) CanBecome(next VerdictStatus) bool {
	switch s {
	case VerdictAsked:
		return next == VerdictInForce || next == VerdictRejected || next == VerdictVoid
	case VerdictInForce:
		return next == VerdictEnded
	}
	return false
}

// VerdictKind is what two people say of a payee, or want done.
type VerdictKind string

const (
	VerdictMule    VerdictKind = "mule"    // it passes on money from fraud
	VerdictCleared VerdictKind = "cleared" // it does not, whatever two people said before
	VerdictReverse VerdictKind = "reverse" // all that waits to be paid to this mule is to be reversed
)

// VerdictWaits is for how long a second person is asked: what was known as the first one
// asked is old by then, and nothing else can be asked about the payee meanwhile.
const VerdictWaits = 7 * 24 * time.Hour

// Lapsed tells whether a verdict was asked for too long ago.
func (v Verdict) Lapsed(now hold.Instant) bool {
	return v.Status == VerdictAsked && now >= v.AskedAt.Add(VerdictWaits)
}

// Verdict is what two people of the bank say of a payee.
type Verdict struct {
	ID           string        `db:"id"`
	PayeeID      string        `db:"payee_id"`
	Kind         VerdictKind   `db:"kind"`
	Status       VerdictStatus `db:"status"`
	First        string        `db:"first"` // agent:<sub>
	Reason       string        `db:"reason"`
	Second       string        `db:"second"`
	Answer       string        `db:"answer"` // what the second said
	Cause        string        `db:"cause"`  // why it is void, or ended
	AskedAt      hold.Instant  `db:"asked_at"`
	ClosedAt     hold.Instant  `db:"closed_at"` // by the second person, or void
	UntilAt      hold.Instant  `db:"until_at"`  // when it expires
	RecallFrom   hold.Instant  `db:"recall_from"`
	EndedAt      hold.Instant  `db:"ended_at"`
	EndedBy      string        `db:"ended_by"` // the verdict in its place
	CarriedTo    string        `db:"carried_to"`
	Carried      int           `db:"carried"` // holds that it came to
	CarriedAt    hold.Instant  `db:"carried_at"`
	CarriedUntil hold.Instant  `db:"carried_until"`
	AgainAt      hold.Instant  `db:"again_at"`
}

// Subject is the chain of a payee's entries.
func (v Verdict) Subject() string { return PayeeSubject(v.PayeeID) }

// PayeeSubject is the chain of what is said of a payee.
func PayeeSubject(payee string) string { return "payee:" + payee }

// VerdictFacts are what bears on who may say something of a payee, besides what they say.
type VerdictFacts struct {
	Role    Role
	Linked  bool     // as a customer they have paid this payee, or have reported it
	Shared  bool     // the bank's lists say that many use the account
	Stands  *Verdict // mule or cleared, in force
	Carried *Verdict // a reversal that is being carried
	Asked   *Verdict // what waits for a second person
	Now     hold.Instant
}

// mule tells whether a mule verdict is in force.
func (f VerdictFacts) mule() bool { return f.Stands != nil && f.Stands.Kind == VerdictMule }

// AskVerdict says why somebody may not ask for a verdict; "" means that they may.
func AskVerdict(kind VerdictKind, f VerdictFacts) hold.Refusal {
	switch {
	case f.Role != RoleSupervisor:
		return hold.RoleMissing
	case f.Linked:
		return hold.AgentLinked
	case kind != VerdictCleared && f.Shared: // what is wrong can be taken back all the same
		return hold.PayeeShared
	case f.Standing(kind) != nil:
		return hold.VerdictStands
	case f.Asked != nil:
		return hold.ApprovalPending
	case kind != VerdictMule && !f.mule():
		return hold.VerdictMissing
	}
	return ""
}

// VerdictRenews is for how long before its end a mule verdict may be asked for again: the
// next one takes its place without a gap.
const VerdictRenews = 14 * 24 * time.Hour

// Renewed tells whether a verdict of a kind takes the place of one that says the same.
func (f VerdictFacts) Renewed(kind VerdictKind) bool {
	return kind == VerdictMule && f.mule() && f.Now >= f.Stands.UntilAt.Add(-VerdictRenews)
}

// Standing is the very thing that is asked for, where it is in force already and not about
// to end.
func (f VerdictFacts) Standing(kind VerdictKind) *Verdict {
	switch {
	case kind == VerdictReverse:
		return f.Carried
	case f.Renewed(kind):
		return nil
	case f.Stands != nil && f.Stands.Kind == kind:
		return f.Stands
	}
	return nil
}

// SecondOfVerdict says why somebody may not be the second person of a verdict; ""
// means that they may. By is their actor's name, as First has it. They may always say
// no to what they may not say yes to, because the account is shared, or because they asked
// for it themselves: so they withdraw it.
func SecondOfVerdict(v Verdict, by string, approve bool, f VerdictFacts) hold.Refusal {
	switch {
	case f.Role != RoleSupervisor:
		return hold.RoleMissing
	case f.Linked:
		return hold.AgentLinked
	case approve && v.First == by:
		return hold.SamePerson
	case v.Status != VerdictAsked:
		return hold.ApprovalClosed
	case approve && v.Kind != VerdictCleared && f.Shared:
		return hold.PayeeShared
	}
	return ""
}

// Outlived tells whether a verdict that was asked for has lost what it was about.
func (v Verdict) Outlived(f VerdictFacts) bool { return v.Kind != VerdictMule && !f.mule() }

// ProposalSource is who proposes to look at a payee.
type ProposalSource string

const (
	ByAgent    ProposalSource = "agent"    // from a case
	ByCustomer ProposalSource = "customer" // who paid there, and says so
	ByPayers   ProposalSource = "payers"   // several of those
)

// Several is how many customers it takes who have paid there.
const Several = 2

// Proposal is why somebody should look at a payee.
type Proposal struct {
	ID      string         `db:"id"`
	PayeeID string         `db:"payee_id"`
	Source  ProposalSource `db:"source"`
	Author  string         `db:"author"` // an agent's sub, or a customer's id
	HoldID  hold.ID        `db:"hold_id"`
	Reason  string         `db:"reason"`
	At      hold.Instant   `db:"at"`
}
