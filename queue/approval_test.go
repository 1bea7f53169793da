package queue_test

import (
	"testing"

	"holdfast/hold"
	"holdfast/queue"

	"pgregory.net/rapid"
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

// Who has the authority for a case's best task is who its claim gives it to.
func TestClaimsAreForWhoMayDoThem(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		cs := queue.Case{Status: queue.CaseWaiting, CustomerID: "maria"}
		k := aTask(t)
		k.Skill = rapid.SampledFrom([]string{"", "fraud", "business", queue.SkillSupervisor}).Draw(t, "needs")
		k.Language = rapid.SampledFrom([]string{"en", "zh"}).Draw(t, "language")
		k.First = rapid.SampledFrom([]string{"", "agent:ana", "agent:bo"}).Draw(t, "first")
		cs.Settle([]queue.Task{k}, start)
		a := queue.Agent{Sub: "ana", Skills: rapid.SampledFrom([]string{"", "fraud", "fraud business"}).Draw(t, "skills"),
			Languages: rapid.SampledFrom([]string{"", "en", "en zh"}).Draw(t, "languages")}
		role := rapid.SampledFrom([]queue.Role{queue.RoleAgent, queue.RoleSupervisor}).Draw(t, "role")
		speaks := a.Languages != "en" || k.Language == "en"
		if want := a.Takes(k, role) == "" && speaks && k.First != "agent:ana"; a.MayClaim(cs, role) != want {
			t.Fatalf("%+v claims %+v: %t", a, k, !want)
		}
	})
}
