package queue_test

import (
	"testing"

	"holdfast/hold"
	"holdfast/queue"
)

// Who may confirm a recall, or decline it: an agent, whatever proposed it; never who is
// its customer, and never who proposed it for themselves.
func TestDecideRecall(t *testing.T) {
	t.Parallel()
	proposed := hold.Recall{CustomerID: "maria", Status: hold.RecallProposed, ProposedBy: "agent:ana", Source: hold.RecallVerdict}
	with := func(s hold.RecallStatus) hold.Recall { r := proposed; r.Status = s; return r }
	ben := queue.Agent{Sub: "ben"}
	for name, c := range map[string]struct {
		of      hold.Recall
		who     queue.Agent
		role    queue.Role
		confirm bool
		why     hold.Refusal
	}{
		"another agent confirms":        {proposed, ben, queue.RoleAgent, true, ""},
		"another agent declines":        {proposed, ben, queue.RoleAgent, false, ""},
		"who proposed it confirms":      {proposed, queue.Agent{Sub: "ana"}, queue.RoleSupervisor, true, hold.SamePerson},
		"who proposed it declines":      {proposed, queue.Agent{Sub: "ana"}, queue.RoleAgent, false, ""},
		"the customer themselves":       {proposed, queue.Agent{Sub: "ben", CustomerID: "maria"}, queue.RoleAgent, true, hold.AgentLinked},
		"they decline it, even":         {proposed, queue.Agent{Sub: "ben", CustomerID: "maria"}, queue.RoleAgent, false, hold.AgentLinked},
		"a clerk":                       {proposed, ben, queue.RoleBranch, true, hold.RoleMissing},
		"an auditor":                    {proposed, ben, queue.RoleAuditor, true, hold.RoleMissing},
		"confirmed already":             {with(hold.RecallRequested), ben, queue.RoleAgent, true, hold.RecallStands},
		"declined, after it was wanted": {with(hold.RecallRequested), ben, queue.RoleAgent, false, hold.RecallStands},
		"confirmed, after a decline":    {with(hold.RecallDeclined), ben, queue.RoleAgent, true, hold.RecallStands},
		"declined twice":                {with(hold.RecallDeclined), ben, queue.RoleAgent, false, hold.RecallStands},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if why := queue.DecideRecall(c.of, queue.RecallFacts{Agent: c.who, Role: c.role, Left: true}, c.confirm); why != c.why {
				t.Errorf("%q, want %q", why, c.why)
			}
		})
	}
}

// What bears on a recall beside who speaks: whether the money has left, whether the
// verdict that proposed it is still in force, and whether they paid the same payee.
func TestRecallFacts(t *testing.T) {
	t.Parallel()
	proposed := hold.Recall{CustomerID: "maria", Status: hold.RecallProposed, Source: hold.RecallVerdict}
	for name, c := range map[string]struct {
		of      queue.RecallFacts
		confirm bool
		why     hold.Refusal
	}{
		"it has left":                      {queue.RecallFacts{Left: true}, true, ""},
		"it has not":                       {queue.RecallFacts{}, true, hold.RecallEarly},
		"it has not, and is declined":      {queue.RecallFacts{}, false, ""},
		"the verdict has ended":            {queue.RecallFacts{Left: true, Ended: true}, true, hold.VerdictEnded},
		"it has ended, and is declined":    {queue.RecallFacts{Left: true, Ended: true}, false, ""},
		"they paid the payee":              {queue.RecallFacts{Left: true, Payee: true}, true, hold.AgentLinked},
		"they paid the payee, and decline": {queue.RecallFacts{Left: true, Payee: true}, false, hold.AgentLinked},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.of.Agent, c.of.Role = queue.Agent{Sub: "ben"}, queue.RoleAgent
			if why := queue.DecideRecall(proposed, c.of, c.confirm); why != c.why {
				t.Errorf("%q, want %q", why, c.why)
			}
		})
	}
}
