package queue_test

import (
	"testing"

	"holdfast/hold"
	"holdfast/queue"
)

func isMule(f *queue.Facts)  { f.Hold.VerdictID = "vrd_1" }
func inForce(f *queue.Facts) { f.Hold.MuleVerdict = "vrd_1" }

// What an agent's word comes to where two people say that the payee is a mule.
func TestRuleOfAMule(t *testing.T) {
	t.Parallel()
	agreed := waits("agent:bo")
	bos := func(f *queue.Facts) { // a call of ana's after bo's word
		f.Calls[len(f.Calls)-1].CreatedAt = start.Add(-1)
	}
	for name, c := range map[string]struct {
		facts queue.Facts
		said  hold.Disposition
		want  queue.Next
	}{
		"confirmed, without a verdict":                 {asked(talk, digits), hold.Confirmed, queue.NextStands},
		"confirmed":                                    {asked(talk, digits, isMule), hold.Confirmed, queue.NextSecond},
		"confirmed, not carried yet":                   {asked(talk, digits, inForce), hold.Confirmed, queue.NextSecond},
		"confirmed by a supervisor":                    {asked(talk, digits, isMule, supervisor), hold.Confirmed, queue.NextSecond},
		"confirmed, of nobody knows whom":              {asked(talk, isMule), hold.Confirmed, queue.NextTalk},
		"confirmed, where one talk suffices":           {asked(talk, isMule, noApp, small, ceiling), hold.Confirmed, queue.NextTalk},
		"a supervisor has talked, after an agent":      {asked(agreed, talk, bos, isMule, supervisor), hold.Confirmed, queue.NextSeconded},
		"an agent has talked, after an agent":          {asked(agreed, talk, bos, isMule), hold.Confirmed, queue.NextTalk},
		"the same, without a verdict":                  {asked(agreed, talk, bos), hold.Confirmed, queue.NextSeconded},
		"refused, to an agent":                         {asked(talk, digits, isMule), hold.Refused, queue.NextStands},
		"not theirs, to an agent, of nobody knows who": {asked(isMule), hold.NotTheirs, queue.NextStands},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if answer := c.said.Answer(); answer != hold.Approve {
				c.facts.Verdict = hold.Verdict{Answer: answer}
			}
			if got := queue.Rule(c.facts, say(c.said)); got.Next != c.want {
				t.Errorf("%+v, want %s", got, c.want)
			}
		})
	}
}

// Who may say yes as the second person.
func TestSecondOfAMule(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		facts queue.Facts
		kind  queue.ApprovalKind
		role  queue.Role
		want  hold.Refusal
	}{
		"an agent, without a verdict": {asked(), queue.ApproveConfirmed, queue.RoleAgent, ""},
		"an agent":                    {asked(isMule), queue.ApproveConfirmed, queue.RoleAgent, hold.RoleMissing},
		"an agent, not carried yet":   {asked(inForce), queue.ApproveConfirmed, queue.RoleAgent, hold.RoleMissing},
		"a clerk":                     {asked(isMule), queue.ApproveConfirmed, queue.RoleBranch, hold.RoleMissing},
		"a supervisor":                {asked(isMule), queue.ApproveConfirmed, queue.RoleSupervisor, ""},
		"an agent, of a wait's end":   {asked(), queue.ApproveWait, queue.RoleAgent, hold.RoleMissing},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := queue.Approval{Kind: c.kind, First: "agent:bo"}
			if got := queue.SecondOf(a, c.facts.Task, c.facts.Hold, c.facts.Agent, c.role); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// A second person who is to talk with the customer is a supervisor: nobody else is given
// the case.
func TestMuleIsHandedToASupervisor(t *testing.T) {
	t.Parallel()
	if k, _ := queue.HandToSecond(asked(talk)); k.Skill != "" {
		t.Errorf("without a verdict to %q", k.Skill)
	}
	if k, _ := queue.HandToSecond(asked(talk, isMule)); k.Skill != queue.SkillSupervisor {
		t.Errorf("to %q", k.Skill)
	}
}
