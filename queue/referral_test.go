package queue_test

import (
	"testing"

	"holdfast/hold"
	"holdfast/queue"
)

func TestReferralStatuses(t *testing.T) {
	t.Parallel()
	const asked, approved, expired = queue.ReferralAsked, queue.ReferralApproved, queue.ReferralExpired
	legal(t, queue.ReferralStatuses, []step[queue.ReferralStatus]{{asked, approved}, {asked, queue.ReferralRejected},
		{asked, queue.ReferralVoid}, {asked, expired}, {approved, expired}}...)
}

func TestReferralRunsOut(t *testing.T) {
	t.Parallel()
	for _, s := range queue.ReferralStatuses {
		r := queue.Referral{Status: s, UntilAt: start}
		want := s
		if s == queue.ReferralAsked || s == queue.ReferralApproved {
			want = queue.ReferralExpired
		}
		if got := r.At(start).Status; got != want {
			t.Errorf("%s at its end: %s, want %s", s, got, want)
		}
		if got := r.At(start - 1).Status; got != s {
			t.Errorf("%s before its end: %s", s, got)
		}
	}
}

func TestAskReferral(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		facts queue.AskFacts
		want  hold.Refusal
	}{
		"a supervisor":          {queue.AskFacts{Role: queue.RoleSupervisor}, ""},
		"an agent":              {queue.AskFacts{Role: queue.RoleAgent}, hold.RoleMissing},
		"the customer":          {queue.AskFacts{Role: queue.RoleSupervisor, Linked: true}, hold.AgentLinked},
		"what waits":            {queue.AskFacts{Role: queue.RoleSupervisor, Asked: true}, hold.ApprovalPending},
		"the last of a hold":    {queue.AskFacts{Role: queue.RoleSupervisor, OfHold: queue.MaxReferrals - 1}, ""},
		"one more of a hold":    {queue.AskFacts{Role: queue.RoleSupervisor, OfHold: queue.MaxReferrals}, hold.ReferralLimit},
		"the last of their day": {queue.AskFacts{Role: queue.RoleSupervisor, OfDay: queue.ReferralsADay - 1}, ""},
		"one more of their day": {queue.AskFacts{Role: queue.RoleSupervisor, OfDay: queue.ReferralsADay}, hold.ReferralLimit},
	} {
		if got := queue.AskReferral(c.facts); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestSecondOfReferral(t *testing.T) {
	t.Parallel()
	const sup = queue.RoleSupervisor
	in := func(s queue.ReferralStatus) queue.Referral {
		return queue.Referral{Status: s, CustomerID: "maria", First: "agent:sam"}
	}
	for name, c := range map[string]struct {
		r      queue.Referral
		second queue.Agent
		role   queue.Role
		want   hold.Refusal
	}{
		"another supervisor": {in(queue.ReferralAsked), queue.Agent{Sub: "sue"}, sup, ""},
		"the first":          {in(queue.ReferralAsked), queue.Agent{Sub: "sam"}, sup, hold.SamePerson},
		"an agent":           {in(queue.ReferralAsked), queue.Agent{Sub: "sue"}, queue.RoleAgent, hold.RoleMissing},
		"the customer":       {in(queue.ReferralAsked), queue.Agent{Sub: "sue", CustomerID: "maria"}, sup, hold.AgentLinked},
		"what is approved":   {in(queue.ReferralApproved), queue.Agent{Sub: "sue"}, sup, hold.ApprovalClosed},
		"what has expired":   {in(queue.ReferralExpired), queue.Agent{Sub: "sue"}, sup, hold.ApprovalClosed},
	} {
		if got := queue.SecondOfReferral(c.r, c.second, c.role); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestReadReferral(t *testing.T) {
	t.Parallel()
	const sup = queue.RoleSupervisor
	in := func(s queue.ReferralStatus, reads int) queue.Referral {
		return queue.Referral{Status: s, CustomerID: "maria", First: "agent:sam", Reads: reads}
	}
	for name, c := range map[string]struct {
		r      queue.Referral
		reader queue.Agent
		role   queue.Role
		want   hold.Refusal
	}{
		"any supervisor":       {in(queue.ReferralApproved, 0), queue.Agent{Sub: "sam"}, sup, ""},
		"an auditor":           {in(queue.ReferralApproved, 0), queue.Agent{Sub: "olga"}, queue.RoleAuditor, hold.RoleMissing},
		"the customer":         {in(queue.ReferralApproved, 0), queue.Agent{Sub: "sue", CustomerID: "maria"}, sup, hold.AgentLinked},
		"what is asked":        {in(queue.ReferralAsked, 0), queue.Agent{Sub: "sue"}, sup, hold.ApprovalClosed},
		"what has expired":     {in(queue.ReferralExpired, 0), queue.Agent{Sub: "sue"}, sup, hold.ApprovalClosed},
		"for the last time":    {in(queue.ReferralApproved, queue.MaxReferralReads-1), queue.Agent{Sub: "sue"}, sup, ""},
		"once more than often": {in(queue.ReferralApproved, queue.MaxReferralReads), queue.Agent{Sub: "sue"}, sup, hold.ReferralLimit},
	} {
		if got := queue.ReadReferral(c.r, c.reader, c.role); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
