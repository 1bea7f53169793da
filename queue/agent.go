package queue

import "holdfast/hold"

// Role is what an agent may do.
type Role string

const (
	RoleAgent      Role = "agent"
	RoleSupervisor Role = "supervisor" // an agent, and more
	RoleAuditor    Role = "auditor"    // reads trails
)

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
	CaseID     string          `db:"case_id"`  // on which they are now; in lists only
}

// Linked tells whether the agent is that customer.
func (a Agent) Linked(c hold.CustomerID) bool { return a.CustomerID != "" && a.CustomerID == c }
