// Package queue is the domain of people's work: the cases of the call-back
// queue, their tasks and calls, what waits for a second person, and what
// follows from what an agent says. It is pure like hold, which it builds upon:
// no clock, no database, no network, and it knows no channel.
package queue

import (
	"cmp"
	"slices"
	"time"

	"holdfast/hold"
)

// CaseStatus is where a case stands.
//
//	            +--------- leased ---------+
//	            |        ^   |             |
//	            v        |   v             v
//	(opened) waiting <-> later <-> review  |
//	            |          |         |     |
//	            +----------+---------+-----+--> closed
//
// A case that is leased, put off or in review becomes what its tasks make of it
// (Settle), and is closed with the last of them. A closed one stays closed: the
// customer's next task opens another.
type CaseStatus string

const (
	CaseWaiting CaseStatus = "waiting" // for an agent
	CaseLeased  CaseStatus = "leased"  // an agent has it
	CaseLater   CaseStatus = "later"   // until its first task is ready
	CaseReview  CaseStatus = "review"  // for a second person; there is nothing to do for an agent
	CaseClosed  CaseStatus = "closed"
)

// CaseStatuses lists every CaseStatus.
var CaseStatuses = []CaseStatus{CaseWaiting, CaseLeased, CaseLater, CaseReview, CaseClosed}

// CanBecome tells whether the step from s to next is legal. What is in review
// waits again before it is leased.
func (s CaseStatus) CanBecome(next CaseStatus) bool {
	switch s {
	case CaseWaiting, CaseLater, CaseLeased:
		return next != s && slices.Contains(CaseStatuses, next)
	case CaseReview:
		return next == CaseWaiting || next == CaseLater || next == CaseClosed
	}
	return false
}

// LeaseLife is how long an agent has a case without a renewal.
const LeaseLife = 10 * time.Minute

// Case is one customer's open work. It is what an agent leases.
type Case struct {
	ID              string          `db:"id"`
	CustomerID      hold.CustomerID `db:"customer_id"`
	Status          CaseStatus      `db:"status"`
	Priority        int             `db:"priority"`
	Deadline        hold.Instant    `db:"deadline"` // the nearest of its holds
	DueAt           hold.Instant    `db:"due_at"`   // when somebody should have taken it
	Until           hold.Instant    `db:"until"`    // the lease's end, or when to call back
	ReadyUntil      hold.Instant    `db:"ready_until"`
	Agent           string          `db:"agent"`
	Lease           int             `db:"lease"`
	Language        string          `db:"language"`
	Skill           string          `db:"skill"`            // SkillSupervisor, or empty
	Expertise       string          `db:"expertise"`        // a skill by the policy, or empty
	NotFor          string          `db:"not_for"`          // agent:<sub> of who said what a second person is to hear; empty: nobody
	InboundLease    int             `db:"inbound_lease"`    // the lease in which the customer rang in
	IdentifiedLease int             `db:"identified_lease"` // the one in which their number was right
	Digits          string          `db:"digits"`
	Tries           int             `db:"tries"`
	CreatedAt       hold.Instant    `db:"created_at"`
	UpdatedAt       hold.Instant    `db:"updated_at"`
}

// Leased tells whether the agent has the case at that time.
func (cs Case) Leased(agent string, now hold.Instant) bool {
	return cs.Agent == agent && cs.Status == CaseLeased && cs.Until > now
}

// Urgent tells whether the case's customer is frozen or asks for help, and waits
// for a call.
func (cs Case) Urgent() bool { return cs.Priority >= hold.PriorityFreeze }

// RangIn tells whether the customer rang in in this lease.
func (cs Case) RangIn() bool { return cs.Lease > 0 && cs.InboundLease == cs.Lease }

// Rank gives a case the best of what its tasks have: of those that are ready,
// or else of all. The skill is that of the best.
func (cs *Case) Rank(open []Task, now hold.Instant) {
	ready := slices.DeleteFunc(slices.Clone(open), func(k Task) bool { return k.ReadyAt > now })
	if len(ready) == 0 {
		ready = open
	}
	if len(ready) == 0 {
		return
	}
	cs.Skill, cs.Expertise, cs.NotFor = "", "", ready[0].First
	best := -1
	for i, k := range ready {
		switch {
		case k.Skill == SkillSupervisor:
			cs.Skill = SkillSupervisor
		case k.Skill != "" && k.Priority > best:
			cs.Expertise, best = k.Skill, k.Priority
		}
		if k.First != cs.NotFor { // there is something else for them
			cs.NotFor = ""
		}
		if i == 0 {
			cs.Priority, cs.Deadline, cs.DueAt, cs.Language, cs.ReadyUntil = k.Priority, k.Deadline, k.DueAt, k.Language, k.ReadyUntil
			continue
		}
		cs.ReadyUntil = Later(cs.ReadyUntil, k.ReadyUntil)
		cs.Priority, cs.Deadline, cs.DueAt = max(cs.Priority, k.Priority), min(cs.Deadline, k.Deadline), min(cs.DueAt, k.DueAt)
	}
}

// Settle makes of a case what its tasks say. A lease lasts while there is a task
// that was not worked on in it. It tells whether a lease has ended. Tasks are
// those that are not closed.
func (cs *Case) Settle(tasks []Task, now hold.Instant) (ended bool) {
	open := slices.DeleteFunc(slices.Clone(tasks), func(k Task) bool { return k.Status != TaskOpen })
	left := slices.ContainsFunc(open, func(k Task) bool { return k.Lease != cs.Lease })
	if ended = cs.Status == CaseLeased && !(left && cs.Until > now); ended {
		cs.Status, cs.Agent, cs.Digits, cs.Tries = CaseWaiting, "", "", 0
	}
	var ready hold.Instant
	if len(open) > 0 {
		ready = slices.MinFunc(open, func(a, b Task) int { return cmp.Compare(a.ReadyAt, b.ReadyAt) }).ReadyAt
	}
	switch {
	case cs.Status == CaseLeased:
	case len(tasks) == 0:
		cs.Status, cs.Until = CaseClosed, 0
	case len(open) == 0:
		cs.Status, cs.Until = CaseReview, 0
	case ready > now:
		cs.Status, cs.Until = CaseLater, ready
	default:
		cs.Status, cs.Until = CaseWaiting, 0
	}
	cs.Rank(open, max(now, ready)) // as it will be when it comes back
	return ended
}
