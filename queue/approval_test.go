package queue_test

import (
	"testing"

	"holdfast/hold"
	"holdfast/queue"
)

func TestSecondMay(t *testing.T) {
	t.Parallel()
	waits := func(kind queue.ApprovalKind) queue.Approval {
		return queue.Approval{Kind: kind, CustomerID: "maria", First: "agent:ana", Status: queue.ApprovalPending}
	}
	over := waits(queue.ApproveConfirmed)
	over.Status = queue.ApprovalVoid
	for name, c := range map[string]struct {
		a      queue.Approval
		second queue.Agent
		role   queue.Role
		want   hold.Refusal
	}{
		"another agent": {waits(queue.ApproveConfirmed), queue.Agent{Sub: "bo"}, queue.RoleAgent, ""},
		"the first":     {waits(queue.ApproveConfirmed), queue.Agent{Sub: "ana"}, queue.RoleSupervisor, hold.SamePerson},
		"the customer": {waits(queue.ApproveConfirmed), queue.Agent{Sub: "bo", CustomerID: "maria"}, queue.RoleAgent,
			hold.AgentLinked},
		"an override":             {waits(queue.ApproveOverride), queue.Agent{Sub: "bo"}, queue.RoleAgent, hold.RoleMissing},
		"a supervisor's override": {waits(queue.ApproveOverride), queue.Agent{Sub: "sam"}, queue.RoleSupervisor, ""},
		"an unfreeze":             {waits(queue.ApproveUnfreeze), queue.Agent{Sub: "bo"}, queue.RoleAgent, hold.RoleMissing},
		"what is over":            {over, queue.Agent{Sub: "bo"}, queue.RoleAgent, hold.ApprovalClosed},
	} {
		if got := queue.SecondMay(c.a, c.second, "agent:"+c.second.Sub, c.role); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
