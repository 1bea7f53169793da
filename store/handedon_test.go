package store_test

import (
	"testing"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// A task that goes on to a supervisor keeps its hold: the rung's own time, long
// over, decides nothing; the deadline stays.
func TestHandedOnPastTheRung(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		ana, sam := b.Agent("ana", "agent"), b.Agent("sam", "supervisor")
		ladder := hold.Ladder{Name: "call", Exhausted: hold.ExhaustedReverse, Rungs: []hold.Rung{storetest.Rung("call", 30*time.Minute,
			hold.Callback)}}
		id, _ := b.Called(ladder, 100_00)
		deadline := b.Look(id).Deadline
		b.Clock.Forward(28 * time.Minute)
		v := b.Case(ana)
		b.Clock.Forward(4 * time.Minute)
		b.Disposed(ana, v, hold.SuspectedScam)
		p, err := b.Conclude(ctx, id)
		b.Must(err)
		expect(b, "it waits", p.State, hold.Waiting)
		b.Clock.Forward(6 * time.Hour)
		p, err = b.Conclude(ctx, id)
		b.Must(err)
		expect(b, "and waits", p.State, hold.Waiting)
		expect(b, "for the deadline that it had", b.Look(id).Deadline, deadline)
		v = b.Case(sam)
		b.Disposed(sam, v, hold.Refused)
		_, err = b.Conclude(ctx, id)
		b.Must(err)
		expect(b, "the supervisor's word", b.Look(id).Decision.Reason, hold.ReasonRefused)
		verify(b)
	})
}

// What a second person rejects is asked again: its workflow hears of it, and the
// rung waits for the next call.
func TestRejectedIsAskedAgain(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		ladder := hold.Ladder{Name: "x", Exhausted: hold.ExhaustedReverse, Rungs: []hold.Rung{storetest.Rung("call", 30*time.Minute,
			hold.Callback)}}
		id, _ := b.Called(ladder, 5_001_00)
		ana := b.Agent("ana", "agent")
		v := b.Case(ana)
		b.Proved(ana, v)
		res := b.Disposed(ana, v, hold.Confirmed)
		b.Clock.Forward(time.Hour)
		begun(b)
		_, err := decide(b, b.Agent("bo", "agent"), res.ApprovalID, false)
		b.Must(err)
		expect(b, "woken", wakes(b, id), 1)
		p, err := b.Conclude(ctx, id)
		b.Must(err)
		expect(b, "it waits for the next call", p.State, hold.Waiting)
		expect(b, "half an hour", p.Remaining, 30*time.Minute)
		expect(b, "a supervisor's", b.Case(b.Agent("sam", "supervisor")).ID, v.ID)
		verify(b)
	})
}

// begun has the relay send what waits, so that every hold's workflow runs: what happens
// from now on wakes it.
func begun(b *storetest.Bundle) {
	b.T.Helper()
	b.Must(b.OutboxDone(ctx, claim(b)))
}

// wakes are how often a hold's workflow was woken since.
func wakes(b *storetest.Bundle, id hold.ID) (n int) {
	b.T.Helper()
	db := storetest.Raw(b.T, b.URL)
	b.Must(db.Get(&n, db.Rebind(`SELECT COALESCE(SUM(generation), 0) FROM outbox WHERE wake_of = ?`), id))
	return n
}

// The first person turns out to be the customer: their word is void.
func TestFirstIsLinked(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id, ana, approval := reviewed(b)
		_, why, err := b.PutAgent(ctx, b.Agent("sue", "supervisor"), store.PutAgent{Sub: ana.Sub, CustomerID: new(b.Customer.ID)})
		b.Granted(why, err)
		res, err := decide(b, b.Agent("bo", "agent"), approval, true)
		b.Must(err)
		expect(b, "void", res.Outcome, store.ApprovalVoid)
		expect(b, "because", res.Approval.Cause, "agent_linked")
		_, err = b.Conclude(ctx, id)
		b.Must(err)
		expect(b, "held", b.Look(id).Status, hold.Held)
		verify(b)
	})
}

// What was decided meanwhile is told to who was shown the hold: not to who had a
// stranger on the line, nor to the customer themselves, nor of later holds.
func TestDecidedMeanwhile(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		ana, bo, sam := b.Agent("ana", "agent"), b.Agent("bo", "agent"), b.Agent("sam", "supervisor")
		told := func(what string, by store.By, caseID string, want hold.ID) {
			b.T.Helper()
			d, err := b.DecidedMeanwhile(ctx, by, caseID)
			b.Must(err)
			got := hold.ID("")
			if d != nil {
				got = d.HoldID
			}
			expect(b, what, got, want)
		}
		reverse := func(id hold.ID) {
			_, _, err := b.Override(ctx, id, 1, "client:bank", "")
			b.Must(err)
		}
		inbound := func(by store.By) string {
			in, why, err := b.OpenInbound(ctx, store.Inbound{By: by, CustomerID: b.Customer.ID, Reason: "r", Rules: storetest.CallRules})
			b.Granted(why, err)
			return in
		}
		b.Subtest("a stranger on the line", func() {
			id, _ := b.Called(storetest.CallLadder(), 100_00)
			in := inbound(ana)
			b.Granted(b.ReturnCase(ctx, ana, in))
			b.Clock.Forward(time.Minute)
			inbound(bo)
			reverse(id)
			told("a stranger's agent", ana, in, "")
			told("the next one's", bo, in, "")
		})
		b.Subtest("the customer themselves", func() {
			id, _ := b.Called(storetest.CallLadder(), 100_00)
			v := b.Case(ana)
			reverse(id)
			told("who had it in hand", ana, v.ID, id)
			b.Clock.Forward(time.Minute)
			_, why, err := b.PutAgent(ctx, sam, store.PutAgent{Sub: "ana", CustomerID: new(b.Customer.ID)})
			b.Granted(why, err)
			told("who is the customer", ana, v.ID, "")
			_, why, err = b.ViewCase(ctx, ana, v.ID)
			b.Must(err)
			expect(b, "nor do they see the case", why == hold.AgentLinked, true)
			_, why, err = b.PutAgent(ctx, sam, store.PutAgent{Sub: "ana", CustomerID: new(hold.CustomerID(""))})
			b.Granted(why, err)
		})
		b.Subtest("a later hold", func() {
			b.Called(storetest.CallLadder(), 100_00)
			v := b.Case(ana)
			b.Granted(b.ReturnCase(ctx, ana, v.ID))
			b.Clock.Forward(time.Minute)
			expect(b, "another has it", b.Case(bo).ID, v.ID)
			b.Clock.Forward(time.Minute)
			later, _ := b.Called(storetest.CallLadder(), 101_00)
			reverse(later)
			told("of a hold that came later", ana, v.ID, "")
			told("who has the case now", bo, v.ID, later)
		})
	})
}

// A number that is nobody's ends what is asked on it about every hold.
func TestWrongNumberEndsTheOthersToo(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		phoned(b, "one", storetest.Mobile(numberA, year))
		_, first := b.Called(storetest.CallLadder(), 100_00)
		_, second := b.Called(storetest.CallLadder(), 101_00)
		ana := b.Agent("ana", "agent")
		begun(b)
		wrongNumber(b, ana, b.Case(ana), numberA)
		for _, c := range []hold.Challenge{first, second} {
			expect(b, "undeliverable", now(b, c).Status, hold.Undeliverable)
			expect(b, "woken", wakes(b, c.HoldID) > 0, true)
		}
		verify(b)
	})
}

// A check that began in time may be brought to its end.
func TestVendorAnswersInTime(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id, c := b.Faced(false)
		b.Clock.Forward(25 * time.Minute)
		_, _, why, err := b.OpenLink(ctx, b.Customer.ID, c.ID, linkOf)
		b.Granted(why, err)
		_, why, err = b.StartLink(ctx, linkOf(c.ID, 1), linkOf(c.ID, 71), "smile")
		b.Granted(why, err)
		b.Granted(b.FaceSession(ctx, linkOf(c.ID, 71), "session-late"))
		b.Clock.Forward(6 * time.Minute)
		out, err := b.TakeFaceResult(ctx, hold.FaceResult{Session: "session-late", HoldID: id, ChallengeID: c.ID, Pass: true, At: b.Clock.Now()})
		b.Must(err)
		expect(b, "taken", out, hold.TakenUp)
		_, err = b.Conclude(ctx, id)
		b.Must(err)
		expect(b, "released", b.Look(id).Decision.Outcome, hold.Release)
		verify(b)
	})
}

// Nobody is taken for the customer unseen; what was seen in another lease does
// not count.
func TestFaceIsLookedAt(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		_, c := b.Faced(false)
		b.Pictured(c)
		ana := b.Agent("ana", "agent")
		same := func(v store.CaseView) store.DisposeResult {
			d := b.Disposing(ana, v, v.Tasks[0], hold.SameFace)
			d.Judge = storetest.JudgeFace
			res, err := b.Dispose(ctx, d)
			b.Must(err)
			return res
		}
		v := b.Case(ana)
		expect(b, "unseen", same(v).Refusal, hold.FaceUnseen)
		b.Seen(ana, v, v.Tasks[0])
		b.Granted(b.ReturnCase(ctx, ana, v.ID))
		v = b.Case(ana)
		expect(b, "in another lease", same(v).Refusal, hold.FaceUnseen)
		for n := range 3 {
			_, _, why, err := b.Face(ctx, ana, v.ID, v.Tasks[0].ID, n)
			b.Granted(why, err)
		}
		expect(b, "but one", same(v).Refusal, hold.FaceUnseen)
		b.Seen(ana, v, v.Tasks[0])
		expect(b, "seen", same(v).Outcome, store.Reviewing)
		verify(b)
	})
}

// A call that can only come after the deadline holds nothing up: the next rung is
// asked in its time.
func TestTooLateACallHoldsNothingUp(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		forwardTo(b, time.Date(2026, 3, 4, 18, 30, 0, 0, rome(t)))
		a := b.Accepting(hold.Ladder{Name: "x", Exhausted: hold.ExhaustedWait, Rungs: []hold.Rung{storetest.Rung("call", 2*time.Hour,
			hold.Callback), storetest.Rung("push", time.Hour, hold.Push)}})
		terms := a.Terms
		a.Terms = func(c hold.Customer, p counterparties.Known, now hold.Instant) (hold.Terms, hold.Instant, error) {
			t, _, err := terms(c, p, now)
			return t, now.Add(4 * time.Hour), err
		}
		res, err := b.AcceptHold(ctx, a)
		b.Must(err)
		_, err = b.OpenRung(ctx, res.HoldID, 0, hold.NoRung, storetest.CallRules)
		b.Must(err)
		b.Clock.Forward(91 * time.Minute)
		planAnew(b, 1)
		b.Clock.Forward(30 * time.Minute)
		p, err := b.Conclude(ctx, res.HoldID)
		b.Must(err)
		expect(b, "the next rung opens", p.State, hold.Opening)
	})
}

// A case that is leased as the hours end, or that has another thing to do at any
// hour, keeps its rung until the morning like every other.
func TestLeasedAtNightfall(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		forwardTo(b, time.Date(2026, 3, 4, 19, 35, 0, 0, rome(t)))
		ladder := hold.Ladder{Name: "call", Exhausted: hold.ExhaustedReverse, Rungs: []hold.Rung{storetest.Rung("call", 30*time.Minute,
			hold.Callback)}}
		leased, _ := b.Called(ladder, 100_00)
		ana := b.Agent("ana", "agent")
		b.Clock.Forward(23 * time.Minute)
		v := b.Case(ana)
		b.Customer = b.NewCustomer("frightened")
		helped, _ := b.Called(ladder, 100_00)
		b.Must(b.AskForHelp(ctx, "frightened"))
		b.Clock.Forward(3 * time.Minute)
		planAnew(b, 2)
		b.Clock.Forward(5 * time.Minute)
		_, why, err := b.RenewLease(ctx, ana, v.ID)
		b.Granted(why, err)
		b.Granted(b.ReturnCase(ctx, ana, v.ID))
		b.Clock.Forward(40 * time.Minute)
		for _, id := range []hold.ID{leased, helped} {
			p, err := b.Conclude(ctx, id)
			b.Must(err)
			expect(b, "it waits", p.State, hold.Waiting)
			expect(b, "for the morning", b.Look(id).RungEndsAt, hold.At(time.Date(2026, 3, 5, 8, 30, 0, 0, rome(t))))
		}
		verify(b)
	})
}

// When a supervisor's plan is spent as well, a rung with other channels has its
// own time again.
func TestSupervisorsPlanIsSpent(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		both := storetest.Rung("both", time.Hour, hold.Push, hold.Callback)
		id, _ := b.Called(hold.Ladder{Name: "x", Exhausted: hold.ExhaustedWait, Rungs: []hold.Rung{both, storetest.Rung("again", time.Hour,
			hold.Callback)}}, 100_00)
		b.Disposed(b.Agent("ana", "agent"), b.Case(b.Agent("ana", "agent")), hold.Vulnerable)
		expect(b, "it waits for a supervisor", b.Look(id).RungEndsAt, b.Look(id).Deadline)
		sam := b.Agent("sam", "supervisor")
		for range 3 {
			if res := b.Missed(sam, b.Case(sam), hold.NoAnswer); res.NextAt != 0 {
				b.Clock.Forward(res.NextAt.Sub(b.Clock.Now()))
			}
		}
		p, err := b.Conclude(ctx, id)
		b.Must(err)
		expect(b, "the next rung opens", p.State, hold.Opening)
		verify(b)
	})
}

// A callback that was asked again is waited for while the agent is at it, though
// its rung was left.
func TestAskedAgainOnALeftRung(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		forwardTo(b, time.Date(2026, 3, 4, 20, 30, 0, 0, rome(t)))
		a := b.Accepting(hold.Ladder{Name: "x", Exhausted: hold.ExhaustedReverse, Rungs: []hold.Rung{storetest.Rung("call", time.Hour,
			hold.Callback), storetest.Rung("app", 10*time.Minute, hold.Push)}})
		terms := a.Terms
		a.Terms = func(c hold.Customer, p counterparties.Known, now hold.Instant) (hold.Terms, hold.Instant, error) {
			t, _, err := terms(c, p, now)
			t.Callback.FourEyes = map[string]int64{"EUR": 500000}
			return t, now.Add(2 * time.Hour), err
		}
		res, err := b.AcceptHold(ctx, a)
		b.Must(err)
		_, err = b.OpenRung(ctx, res.HoldID, 0, hold.NoRung, storetest.CallRules)
		b.Must(err)
		expect(b, "the call's rung was left", b.Look(res.HoldID).Rung, 1)
		b.Clock.Forward(8 * time.Minute)
		ana := b.Agent("ana", "agent")
		in, why, err := b.OpenInbound(ctx, store.Inbound{By: ana, HoldID: res.HoldID, Reason: "r", Rules: storetest.CallRules})
		b.Granted(why, err)
		b.Clock.Forward(4 * time.Minute)
		p, err := b.Conclude(ctx, res.HoldID)
		b.Must(err)
		expect(b, "they are on the line", p.State, hold.Waiting)
		v, why, err := b.ViewCase(ctx, ana, in)
		b.Granted(why, err)
		b.Proved(ana, v)
		b.Disposed(ana, v, hold.Confirmed)
		_, err = b.Conclude(ctx, res.HoldID)
		b.Must(err)
		expect(b, "released", b.Look(res.HoldID).Decision.Outcome, hold.Release)
		verify(b)
	})
}
