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

// rangIn is a lease of an agent's who says that the customer rang in.
func rangIn(b *storetest.Bundle, by store.By) store.CaseView {
	b.T.Helper()
	id, why, err := b.OpenInbound(ctx, store.Inbound{By: by, CustomerID: b.Customer.ID, Reason: "rang in", Rules: storetest.CallRules})
	b.Granted(why, err)
	v, why, err := b.ViewCase(ctx, by, id)
	b.Granted(why, err)
	return v
}

// talked is a call of so long that has ended.
func talked(b *storetest.Bundle, by store.By, v store.CaseView, lasted time.Duration) string {
	b.T.Helper()
	id := b.Rang(by, v, lasted)
	b.Hung(id, lasted)
	return id
}

// released tells whether a hold is, once what stands is concluded.
func released(b *storetest.Bundle, id hold.ID) bool {
	b.T.Helper()
	_, err := b.Conclude(ctx, id)
	b.Must(err)
	d := b.Look(id).Decision
	return d != nil && d.Outcome == hold.Release
}

// "They rang in", a call back and a confirmation: a second person has to speak
// with the customer, in a call of their own.
func TestRingBackProvesNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id, _ := b.Called(storetest.CallLadder(), 100_00)
		ana, bo := b.Agent("ana", "agent"), b.Agent("bo", "agent")
		v := rangIn(b, ana)
		talked(b, ana, v, 31*time.Second)
		res := b.Disposed(ana, v, hold.Confirmed)
		expect(b, "waits", res.Outcome, store.Reviewing)
		expect(b, "for a second person's call", res.Talk, true)
		expect(b, "released by one", released(b, id), false)

		next, err := b.NextCase(ctx, ana)
		b.Must(err)
		expect(b, "not for the first", next, "")
		v = rangIn(b, ana)
		talked(b, ana, v, 31*time.Second)
		expect(b, "nor by another ring-in", b.Disposed(ana, v, hold.Confirmed).Refusal, hold.SamePerson)
		b.Granted(b.ReturnCase(ctx, ana, v.ID))

		seconded, err := b.TakeSecond(ctx, store.Second{By: bo, ID: res.ApprovalID, Approve: true, Reason: "sounds right"})
		b.Must(err)
		expect(b, "approved without a call", seconded.Refusal, hold.CallMissing)
		v = b.Case(bo)
		expect(b, "without a call", b.Disposed(bo, v, hold.Confirmed).Refusal, hold.CallMissing)
		call := b.Rang(bo, v, 40*time.Second)
		_, err = b.CallHeard(ctx, call, "CB"+call, true)
		b.Must(err)
		b.Hung(call, 40*time.Second)
		expect(b, "to a machine", b.Disposed(bo, v, hold.Confirmed).Refusal, hold.CallMissing)
		talked(b, bo, v, 31*time.Second)
		expect(b, "heard", b.Disposed(bo, v, hold.Confirmed).Outcome, store.Disposed)
		a, err := b.Approval(ctx, res.ApprovalID)
		b.Must(err)
		expect(b, "approved", a.Status, queue.ApprovalApproved)
		expect(b, "by", a.Second, "agent:bo")
		expect(b, "released by two", released(b, id), true)
		verify(b)
	})
}

// A machine is no talk, however long it lasts, with the right digits too.
func TestMachineIsNoTalk(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		b.Called(storetest.CallLadder(), 100_00)
		ana := b.Agent("ana", "agent")
		v := b.Case(ana)
		call := b.Rang(ana, v, 40*time.Second)
		shown, err := b.AppCall(ctx, b.Customer.ID)
		b.Must(err)
		_, _, why, err := b.Identify(ctx, ana, v.ID, shown.Digits)
		b.Granted(why, err)
		for i, want := range []hold.Taken{hold.TakenUp, hold.TakenBefore} {
			out, err := b.CallHeard(ctx, call, "CB"+call, i == 0)
			b.Must(err)
			expect(b, "news", out, want)
		}
		b.Hung(call, 40*time.Second)
		expect(b, "refused", b.Disposed(ana, v, hold.Confirmed).Refusal, hold.CallMissing)
		v, why, err = b.ViewCase(ctx, ana, v.ID)
		b.Granted(why, err)
		expect(b, "offered", queue.Proof(v.Case, v.Calls, v.Customer, queue.AsFarAsKnown, v.Now).Connected, 0)
		out, err := b.CallHeard(ctx, "call_00000000000000000000000000", "CB", true)
		b.Must(err)
		expect(b, "of no call", out, hold.TakenUnknown)
		verify(b)
	})
}

// The second person may also say so later, of a call that they had; what they do
// not believe goes to a supervisor.
func TestSecondHasHeard(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		ana, bo, sam := b.Agent("ana", "agent"), b.Agent("bo", "agent"), b.Agent("sam", "supervisor")
		for _, approve := range []bool{true, false} {
			b.Subtest(map[bool]string{true: "yes", false: "no"}[approve], func() {
				id, _ := b.Called(storetest.CallLadder(), 100_00)
				v := b.Case(ana)
				talked(b, ana, v, 31*time.Second)
				res := b.Disposed(ana, v, hold.Confirmed)
				v = b.Case(bo)
				talked(b, bo, v, 31*time.Second)
				b.Granted(b.ReturnCase(ctx, bo, v.ID))
				got, err := b.TakeSecond(ctx, store.Second{By: bo, ID: res.ApprovalID, Approve: approve, Reason: "spoke to her"})
				b.Must(err)
				expect(b, "decided", got.Outcome, store.Changed)
				expect(b, "released", released(b, id), approve)
				if !approve {
					v = b.Case(sam)
					expect(b, "a supervisor's now", v.Tasks[0].Skill, queue.SkillSupervisor)
				}
			})
		}
		verify(b)
	})
}

// A first person who is dismissed vouches for nobody.
func TestFirstIsDismissed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id, _ := b.Called(storetest.CallLadder(), 100_00)
		ana, sam := b.Agent("ana", "agent"), b.Agent("sam", "supervisor")
		v := b.Case(ana)
		talked(b, ana, v, 31*time.Second)
		b.Disposed(ana, v, hold.Confirmed)
		b.Clock.Forward(time.Second)
		b.Must(b.RevokeAgent(ctx, sam, "ana"))
		v = b.Case(sam)
		talked(b, sam, v, 31*time.Second)
		res := b.Disposed(sam, v, hold.Confirmed)
		expect(b, "the supervisor is the first now", res.Outcome, store.Reviewing)
		expect(b, "released", released(b, id), false)
		verify(b)
	})
}

// both is a rung that wants the app and a call.
func both() hold.Rung {
	r := storetest.Rung("both", 4*time.Hour, hold.Push, hold.Callback)
	r.Quorum = hold.All
	return r
}

// What the customer does in the app says nothing of who was on the line, whether the
// policy asks for both at once or for a call past a gate: it takes the number that the
// app shows, or a second person. Who deceives them has them approve.
func TestWhoElseVouches(t *testing.T) {
	t.Parallel()
	gate := storetest.Rung("gate", 5*time.Minute, hold.Push)
	gate.Approved = hold.EdgeNext
	together, gated := ladderOf(both()), ladderOf(gate, storetest.Rung("call", 4*time.Hour, hold.Callback))
	for name, c := range map[string]struct {
		ladder hold.Ladder
		scam   bool
		number bool // they read out what the app shows
		want   store.DisposeOutcome
	}{
		"together":                     {together, false, false, store.Reviewing},
		"together, a scam":             {together, true, false, store.Reviewing},
		"together, with it":            {together, false, true, store.Disposed},
		"together, a scam, with it":    {together, true, true, store.Disposed},
		"past a gate":                  {gated, false, false, store.Reviewing},
		"past a gate, a scam":          {gated, true, false, store.Reviewing},
		"past a gate, with it":         {gated, false, true, store.Disposed},
		"past a gate, a scam, with it": {gated, true, true, store.Disposed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
				ana := b.Agent("ana", "agent")
				id := calledBy(b, c.ladder, 100_00, func(t *hold.Terms) {
					t.Callback.FourEyes, t.Scam = map[string]int64{"EUR": 500000}, c.scam
				})
				if c.ladder.Gate(0) { // nobody answers in time
					b.Clock.Forward(6 * time.Minute)
					_, _, err := b.Finish(ctx, id, storetest.CallRules)
					b.Must(err)
				}
				v := b.Case(ana)
				b.Say(asked(b, id, hold.Push).ID, b.Old(), hold.Approve)
				if c.number {
					b.Proved(ana, v)
				} else {
					talked(b, ana, v, 31*time.Second)
				}
				expect(b, "confirmed", b.Disposed(ana, v, hold.Confirmed).Outcome, c.want)
				expect(b, "released", released(b, id), c.want == store.Disposed)
				verify(b)
			})
		})
	}
}

// The policy may let one talk suffice, for small amounts of who has no app.
func TestOneTalk(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		minor    int64
		scam     bool
		released bool
	}{
		"a small one":         {50_00, false, true},
		"a larger one":        {50_01, false, false},
		"a small one, a scam": {50_00, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
				ana := b.Agent("ana", "agent")
				withoutApp(b)
				id := calledBy(b, storetest.CallLadder(), c.minor, func(t *hold.Terms) {
					t.Callback.FourEyes, t.Callback.OneTalk, t.Scam = map[string]int64{"EUR": 500000}, map[string]int64{"EUR": 50_00}, c.scam
				})
				v := b.Case(ana)
				talked(b, ana, v, 31*time.Second)
				b.Disposed(ana, v, hold.Confirmed)
				expect(b, "released", released(b, id), c.released)
				verify(b)
			})
		})
	}
}

// withoutApp takes the customer's devices away.
func withoutApp(b *storetest.Bundle) {
	b.T.Helper()
	for _, d := range b.Customer.Devices {
		b.Granted(b.RevokeDevice(ctx, b.Customer.ID, d.ID, d.ID, 0))
	}
}

// calledBy accepts a hold under terms and opens its callback.
func calledBy(b *storetest.Bundle, l hold.Ladder, minor int64, change func(*hold.Terms)) hold.ID {
	b.T.Helper()
	a := b.Accepting(l)
	a.Request.Amount.Minor = minor
	terms := a.Terms
	a.Terms = func(c hold.Customer, p counterparties.Known, now hold.Instant) (hold.Terms, hold.Instant, error) {
		t, deadline, err := terms(c, p, now)
		change(&t)
		return t, deadline, err
	}
	res, err := b.AcceptHold(ctx, a)
	b.Must(err)
	_, err = b.OpenRung(ctx, res.HoldID, 0, hold.NoRung, storetest.CallRules)
	b.Must(err)
	return res.HoldID
}

// A supervisor's task, and one that takes a skill, are theirs by whatever way they
// come to somebody: what that person may hear is no, and a suspicion.
func TestAuthorityWhenItIsSaid(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		ana, bo, sam := b.Agent("ana", "agent"), b.Agent("bo", "agent"), b.Agent("sam", "supervisor")
		identified := func(by store.By) store.CaseView {
			v := rangIn(b, by)
			b.Proved(by, v)
			return v
		}
		b.Subtest("escalated", func() {
			id, _ := b.Called(storetest.CallLadder(), 100_00)
			b.Disposed(ana, b.Case(ana), hold.Vulnerable)
			v := identified(ana)
			expect(b, "escalated, and taken back by a ring-in", b.Disposed(ana, v, hold.Confirmed).Refusal, hold.RoleMissing)
			expect(b, "no attempt of hers", b.Disposed(ana, v, hold.NoAnswer).Refusal, hold.RoleMissing)
			expect(b, "but a no is heard", b.Disposed(ana, v, hold.Refused).Outcome, store.Disposed)
			expect(b, "released", released(b, id), false)
		})
		b.Subtest("rejected", func() {
			id, _ := b.Called(storetest.CallLadder(), 5_000_01)
			v := b.Case(ana)
			b.Proved(ana, v)
			res := b.Disposed(ana, v, hold.Confirmed)
			seconded, err := b.TakeSecond(ctx, store.Second{By: bo, ID: res.ApprovalID, Approve: false, Reason: "no"})
			b.Granted(seconded.Refusal, err)
			expect(b, "rejected, and taken back by a ring-in", b.Disposed(ana, identified(ana), hold.Confirmed).Refusal, hold.RoleMissing)
			expect(b, "released", released(b, id), false)
			_, _, err = b.Override(ctx, id, 1, "client:bank", "")
			b.Must(err)
		})
		b.Subtest("a skill", func() {
			ladder := storetest.CallLadder()
			ladder.Rungs[0].Asks = []hold.Ask{{Channel: hold.Callback, Skill: "business"}}
			id, _ := b.Called(ladder, 100_00)
			v := identified(ana)
			expect(b, "what she knows nothing of", b.Disposed(ana, v, hold.Confirmed).Refusal, hold.SkillMissing)
			_, why, err := b.PutAgent(ctx, sam, store.PutAgent{Sub: "ana", Skills: []string{"business"}})
			b.Granted(why, err)
			expect(b, "now she does", b.Disposed(ana, v, hold.Confirmed).Outcome, store.Disposed)
			expect(b, "released", released(b, id), true)
		})
		verify(b)
	})
}

// Not reached takes a call that rang, in this lease; the last one says that
// nobody is sent any more.
func TestAttemptsTakeACall(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		b.Called(storetest.CallLadder(), 100_00)
		ana := b.Agent("ana", "agent")
		for i := range 3 {
			v := b.Case(ana)
			for _, d := range []hold.Disposition{hold.NoAnswer, hold.Voicemail, hold.ThirdParty, hold.WrongNumber} {
				expect(b, string(d)+" without a call", b.Disposed(ana, v, d).Refusal, hold.CallMissing)
			}
			expect(b, "attempts so far", v.Tasks[0].Attempt, i)
			res := b.Missed(ana, v, hold.NoAnswer)
			expect(b, "the plan is spent", res.Spent, i == 2)
			expect(b, "and nothing is planned", res.NextAt == 0, i == 2)
			b.Clock.Forward(max(0, res.NextAt.Sub(b.Clock.Now())))
		}
		verify(b)
	})
}
