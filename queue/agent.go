package queue

import (
	"slices"
	"strings"

	"holdfast/hold"
)

// Role is what an agent may do.
type Role string

const (
	RoleAgent      Role = "agent"
	RoleSupervisor Role = "supervisor" // an agent, and more
	RoleAuditor    Role = "auditor"    // reads trails
	RoleBranch     Role = "branch"     // a clerk at a branch's counter, and nothing else
)

// Queues tells whether the role works the call-back queue: takes what waits,
// calls, sees numbers, and can be somebody's second person.
func (r Role) Queues() bool { return r == RoleAgent || r == RoleSupervisor }

// SkillSupervisor is the skill of a task that a supervisor alone may do.
const SkillSupervisor = "supervisor"

// Agent is an agent as on record.
type Agent struct {
	Sub        string          `db:"sub"`
	Name       string          `db:"name"`
	GivenName  string          `db:"given_name"`
	Role       Role            `db:"role"`
	NumberID   string          `db:"number_id"`
	Languages  string          `db:"languages"`   // separated by blanks; empty: every one
	Skills     string          `db:"skills"`      // the same; empty: none
	CustomerID hold.CustomerID `db:"customer_id"` // who they are as a customer
	RevokedAt  hold.Instant    `db:"revoked_at"`
	SeenAt     hold.Instant    `db:"seen_at"`
	SpentAt    hold.Instant    `db:"spent_at"` // when they last reached a limit on looks
	Urgent     bool            `db:"urgent"`   // the last case that they claimed was urgent
	CaseID     string          `db:"case_id"`  // on which they are now; in lists only
}

// LooksPast tells whether the agent's next claim looks past urgent cases, as long
// as others wait: at most half of all claims are such, so that nobody who makes
// many customers report keeps the rest from being called.
func (a Agent) LooksPast() bool { return a.Urgent }

// Takes says why the agent may not do a task, in that role; "" means that they
// may. It is judged when something is said of the task, however it came to them.
func (a Agent) Takes(k Task, role Role) hold.Refusal {
	switch {
	case k.Skill == "" || role == RoleSupervisor:
		return ""
	case k.Skill == SkillSupervisor:
		return hold.RoleMissing
	case !slices.Contains(strings.Fields(a.Skills), k.Skill):
		return hold.SkillMissing
	}
	return ""
}

// MayClaim tells whether a case that waits is for the agent. The claim's
// statement says the same.
func (a Agent) MayClaim(cs Case, role Role) bool {
	languages := strings.Fields(a.Languages)
	return role.Queues() && !a.Linked(cs.CustomerID) && cs.NotFor != a.Actor() && a.Takes(Task{Skill: cs.Skill}, role) == "" &&
		a.Takes(Task{Skill: cs.Expertise}, role) == "" &&
		(len(languages) == 0 || slices.Contains(languages, cs.Language))
}

// MayWork says why the agent may not work a case that they have, or had; "" means
// that they may.
func (a Agent) MayWork(cs Case, now hold.Instant) hold.Refusal {
	switch {
	case a.Linked(cs.CustomerID): // meanwhile
		return hold.AgentLinked
	case !cs.Leased(a.Sub, now):
		return hold.LeaseLost
	}
	return ""
}

// MayBeGiven says why a supervisor may not give the agent a case; "" means that
// they may. busy: the agent has another.
func (a Agent) MayBeGiven(cs Case, busy bool) hold.Refusal {
	switch {
	case a.Linked(cs.CustomerID):
		return hold.AgentLinked
	case cs.Status == CaseReview: // there is nothing to do for an agent
		return hold.ApprovalPending
	case busy:
		return hold.CaseOpen
	}
	return ""
}

// MayTakeIn says why the agent may not take the case of a customer who rang in;
// "" means that they may. busy: the agent has another customer's.
func (a Agent) MayTakeIn(of hold.CustomerID, busy bool) hold.Refusal {
	switch {
	case a.Linked(of):
		return hold.AgentLinked
	case busy:
		return hold.CaseOpen
	}
	return ""
}

// Linked tells whether the agent is that customer.
func (a Agent) Linked(c hold.CustomerID) bool { return a.CustomerID != "" && a.CustomerID == c }

// Actor is the agent's name in the trail.
func (a Agent) Actor() string { return "agent:" + a.Sub }
