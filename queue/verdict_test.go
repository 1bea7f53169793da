package queue_test

import (
	"slices"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/queue"
)

func TestVerdictSteps(t *testing.T) {
	t.Parallel()
	legal := map[queue.VerdictStatus][]queue.VerdictStatus{
		queue.VerdictAsked:   {queue.VerdictInForce, queue.VerdictRejected, queue.VerdictVoid},
		queue.VerdictInForce: {queue.VerdictEnded},
	}
	for _, from := range append(queue.VerdictStatuses, "") {
		for _, to := range append(queue.VerdictStatuses, "") {
			if got := from.CanBecome(to); got != slices.Contains(legal[from], to) {
				t.Errorf("%q to %q: %t", from, to, got)
			}
		}
	}
}

func verdictOf(kind queue.VerdictKind) *queue.Verdict {
	return &queue.Verdict{ID: "vrd_1", Kind: kind, Status: queue.VerdictInForce, First: "agent:ana", Second: "agent:bo",
		UntilAt: hold.Instant(0).Add(90 * 24 * time.Hour)}
}

func TestAskVerdict(t *testing.T) {
	t.Parallel()
	mule, cleared, reverse := queue.VerdictMule, queue.VerdictCleared, queue.VerdictReverse
	sure := queue.VerdictFacts{Role: queue.RoleSupervisor}
	with := func(change func(*queue.VerdictFacts)) queue.VerdictFacts { f := sure; change(&f); return f }
	isMule := with(func(f *queue.VerdictFacts) { f.Stands = verdictOf(mule) })
	for name, c := range map[string]struct {
		kind queue.VerdictKind
		f    queue.VerdictFacts
		want hold.Refusal
	}{
		"a mule":             {mule, sure, ""},
		"an agent":           {mule, with(func(f *queue.VerdictFacts) { f.Role = queue.RoleAgent }), hold.RoleMissing},
		"an auditor":         {mule, with(func(f *queue.VerdictFacts) { f.Role = queue.RoleAuditor }), hold.RoleMissing},
		"a clerk":            {mule, with(func(f *queue.VerdictFacts) { f.Role = queue.RoleBranch }), hold.RoleMissing},
		"who has paid there": {mule, with(func(f *queue.VerdictFacts) { f.Linked = true }), hold.AgentLinked},
		"a shared account":   {mule, with(func(f *queue.VerdictFacts) { f.Shared = true }), hold.PayeeShared},
		"a mule again":       {mule, isMule, hold.VerdictStands},
		"a mule, 14 days before its end": {mule, with(func(f *queue.VerdictFacts) {
			f.Stands, f.Now = verdictOf(mule), hold.Instant(0).Add(76*24*time.Hour)
		}), ""},
		"a mule, a moment before that": {mule, with(func(f *queue.VerdictFacts) {
			f.Stands, f.Now = verdictOf(mule), hold.Instant(0).Add(76*24*time.Hour)-1
		}), hold.VerdictStands},
		"cleared, before its end": {cleared, with(func(f *queue.VerdictFacts) {
			f.Stands, f.Now = verdictOf(cleared), hold.Instant(0).Add(89*24*time.Hour)
		}), hold.VerdictStands},
		"while another asks":      {mule, with(func(f *queue.VerdictFacts) { f.Asked = verdictOf(mule) }), hold.ApprovalPending},
		"a mule that was cleared": {mule, with(func(f *queue.VerdictFacts) { f.Stands = verdictOf(cleared) }), ""},
		"nothing to clear":        {cleared, sure, hold.VerdictMissing},
		"to clear a mule":         {cleared, isMule, ""},
		"to clear a shared mule":  {cleared, with(func(f *queue.VerdictFacts) { f.Stands, f.Shared = verdictOf(mule), true }), ""},
		"cleared again":           {cleared, with(func(f *queue.VerdictFacts) { f.Stands = verdictOf(cleared) }), hold.VerdictStands},
		"who paid there clears":   {cleared, with(func(f *queue.VerdictFacts) { f.Stands, f.Linked = verdictOf(mule), true }), hold.AgentLinked},
		"to reverse all":          {reverse, isMule, ""},
		"all to no mule":          {reverse, sure, hold.VerdictMissing},
		"all to one cleared": {reverse, with(func(f *queue.VerdictFacts) { f.Stands = verdictOf(cleared) }),
			hold.VerdictMissing},
		"all to a shared account": {reverse, with(func(f *queue.VerdictFacts) { f.Stands, f.Shared = verdictOf(mule), true }),
			hold.PayeeShared},
		"while they are reversed": {reverse, with(func(f *queue.VerdictFacts) { f.Stands, f.Carried = verdictOf(mule), verdictOf(reverse) }),
			hold.VerdictStands},
		"while somebody asks to clear": {reverse, with(func(f *queue.VerdictFacts) { f.Stands, f.Asked = verdictOf(mule), verdictOf(cleared) }),
			hold.ApprovalPending},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := queue.AskVerdict(c.kind, c.f); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestSecondOfVerdict(t *testing.T) {
	t.Parallel()
	asked := queue.Verdict{Kind: queue.VerdictMule, Status: queue.VerdictAsked, First: "agent:ana"}
	over := asked
	over.Status = queue.VerdictVoid
	clears := asked
	clears.Kind = queue.VerdictCleared
	sure := queue.VerdictFacts{Role: queue.RoleSupervisor}
	linked, shared := sure, sure
	linked.Linked, shared.Shared = true, true
	for name, c := range map[string]struct {
		v       queue.Verdict
		by      string
		approve bool
		f       queue.VerdictFacts
		want    hold.Refusal
	}{
		"another":                    {asked, "agent:bo", true, sure, ""},
		"the first":                  {asked, "agent:ana", true, sure, hold.SamePerson},
		"the first withdraws":        {asked, "agent:ana", false, sure, ""},
		"the first, what is over":    {over, "agent:ana", false, sure, hold.ApprovalClosed},
		"an agent":                   {asked, "agent:bo", true, queue.VerdictFacts{Role: queue.RoleAgent}, hold.RoleMissing},
		"who has paid there":         {asked, "agent:bo", true, linked, hold.AgentLinked},
		"who has paid there says no": {asked, "agent:bo", false, linked, hold.AgentLinked},
		"what is over":               {over, "agent:bo", true, sure, hold.ApprovalClosed},
		"a shared account":           {asked, "agent:bo", true, shared, hold.PayeeShared},
		"no to a shared account":     {asked, "agent:bo", false, shared, ""},
		"a shared one is cleared":    {clears, "agent:bo", true, shared, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := queue.SecondOfVerdict(c.v, c.by, c.approve, c.f); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
