package store_test

import (
	"testing"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"
)

// An agent calls and may take a refusal; a yes waits for a second person, who is a
// supervisor.
func TestMuleTakesTwo(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		p := paysMules(b)
		ana, bo, sam := b.Agent("ana", queue.RoleAgent), b.Agent("bo", queue.RoleAgent), b.Agent("sam", queue.RoleSupervisor)
		confirmed := func() (id hold.ID, res store.DisposeResult) {
			id = p.pays(mule, appThenCall())
			finish(b, id)
			v := b.Case(ana)
			b.Proved(ana, v)
			return id, b.Disposed(ana, v, hold.Confirmed)
		}
		p.judge(p.pays(mule, ladderOf(storetest.Rung("app", time.Minute, hold.Push))), "mule")
		p.carry()
		b.Subtest("yes", func() {
			id, res := confirmed()
			expect(b, "it waits", res.Outcome, store.Reviewing)
			second, err := decide(b, bo, res.ApprovalID, true)
			b.Must(err)
			expect(b, "an agent's yes", second.Refusal, hold.RoleMissing)
			second, err = decide(b, sam, res.ApprovalID, true)
			b.Granted(second.Refusal, err)
			finish(b, id)
			expect(b, "released", b.Look(id).Decision.Outcome, hold.Release)
		})
		b.Subtest("an agents no", func() {
			id, res := confirmed()
			second, err := decide(b, bo, res.ApprovalID, false)
			b.Granted(second.Refusal, err)
			finish(b, id)
			expect(b, "held", b.Look(id).Status, hold.Held)
		})
		b.Subtest("the customers no", func() {
			id := p.pays(mule, appThenCall())
			finish(b, id)
			v := b.Case(ana)
			b.Proved(ana, v)
			expect(b, "taken", b.Disposed(ana, v, hold.Refused).Outcome, store.Disposed)
			finish(b, id)
			expect(b, "reversed", b.Look(id).Decision.Outcome, hold.Reverse)
		})
		verify(b)
	})
}

// A call's approval of before the verdict, or a second person's, is void with it.
func TestVerdictVoidsWhatWasConfirmed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		p := paysMules(b)
		ana, sam := b.Agent("ana", queue.RoleAgent), b.Agent("sam", queue.RoleSupervisor)
		a := p.accept(mule, storetest.CallLadder())
		terms := a.Terms
		a.Terms = func(c hold.Customer, k counterparties.Known, now hold.Instant) (hold.Terms, hold.Instant, error) {
			t, deadline, err := terms(c, k, now)
			t.Callback.FourEyes = map[string]int64{"EUR": 500000}
			return t, deadline, err
		}
		a.Request.Amount.Minor = large
		res, err := b.AcceptHold(ctx, a)
		b.Must(err)
		id := res.HoldID
		finish(b, id)
		v := b.Case(ana)
		b.Proved(ana, v)
		waits := b.Disposed(ana, v, hold.Confirmed)
		expect(b, "it waits", waits.Outcome, store.Reviewing)
		p.judge(id, "mule")
		p.carry()
		second, err := decide(b, sam, waits.ApprovalID, true)
		b.Must(err)
		expect(b, "void", second.Refusal, hold.ApprovalClosed)
		again := b.Case(ana)
		expect(b, "the same case", again.ID, v.ID)
		verify(b)
	})
}

// The bank's own word releases nothing to a mule, given before the verdict or asked for
// after it.
func TestMuleIsNotOverridden(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		p := paysMules(b)
		sam, tia := b.Agent("sam", queue.RoleSupervisor), b.Agent("tia", queue.RoleSupervisor)
		id := p.pays(mule, appThenCall())
		approval, _, _, why, err := b.AskOverride(ctx, sam, id, 1, "x")
		b.Granted(why, err)
		res, err := decide(b, tia, approval, true)
		b.Granted(res.Refusal, err)
		p.judge(id, "mule")
		finish(b, id)
		expect(b, "held", b.Look(id).Status, hold.Held)
		_, _, _, why, err = b.AskOverride(ctx, sam, id, 1, "x")
		b.Must(err)
		expect(b, "asked for again", why, hold.PayeeMule)
		verify(b)
	})
}

// However urgent the policy makes such a call, who asks for help comes first.
func TestMuleComesAfterHelp(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		p := paysMules(b)
		l := appThenCall()
		l.Rungs[1].Asks[0].Priority = 9
		id := p.pays(mule, l)
		p.judge(id, "mule")
		p.carry()
		var priority int
		b.Must(storetest.Raw(t, b.URL).Get(&priority, `SELECT priority FROM tasks`))
		expect(b, "the priority", priority, hold.PriorityInbound-1)
	})
}

// What the customer is told names no verdict.
func TestCustomerIsNotToldOfTheVerdict(t *testing.T) {
	t.Parallel()
	d := &hold.Decision{Outcome: hold.Reverse, Reason: hold.ReasonPayeeMule}
	if got := d.Told().Reason; got != hold.ReasonOverride || d.Reason != hold.ReasonPayeeMule {
		t.Errorf("told %s of %s", got, d.Reason)
	}
	if (*hold.Decision)(nil).Told() != nil {
		t.Error("something is told of no decision")
	}
}
