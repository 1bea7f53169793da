package store_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/audit"
	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/interview"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"
)

// atCounter opens the case of the customer who stands before a clerk.
func atCounter(b *storetest.Bundle, by store.By) store.CaseView {
	b.T.Helper()
	id, why, err := b.OpenInbound(ctx, standing(b, by))
	b.Granted(why, err)
	v, why, err := b.ViewCase(ctx, by, id)
	b.Granted(why, err)
	return v
}

func standing(b *storetest.Bundle, by store.By) store.Inbound {
	return store.Inbound{By: by, Counter: true, CustomerID: b.Customer.ID, Reason: "asks why it waits", Rules: storetest.CallRules}
}

// checked is a clerk's word that they looked at a passport.
func checked(b *storetest.Bundle, by store.By, v store.CaseView) store.DisposeResult {
	b.T.Helper()
	d := b.Disposing(by, v, v.Tasks[0], hold.DocumentChecked)
	d.Document = queue.Passport
	res, err := b.Dispose(ctx, d)
	b.Must(err)
	return res
}

// vias is where each entry of a kind was said.
func vias(b *storetest.Bundle, subject, kind string) (out []string) {
	b.T.Helper()
	chain, _, err := b.Chain(ctx, subject)
	b.Must(err)
	for _, s := range chain {
		e, err := audit.Parse(s.Bytes)
		b.Must(err)
		if e.Kind == kind {
			body := read[map[string]any](b, e.Body)
			via, _ := body["via"].(string)
			document, _ := body["document"].(string)
			out = append(out, strings.TrimSpace(via+" "+document))
		}
	}
	return out
}

func looksOf(b *storetest.Bundle, agent, kind string) (n int) {
	b.T.Helper()
	b.Must(storetest.Raw(b.T, b.URL).QueryRow(`SELECT COUNT(*) FROM looks WHERE agent = '` + agent + `' AND kind = '` + kind + `'`).Scan(&n))
	return n
}

// A clerk opens a case by the customer's id: a look that is counted and audited, a
// lease like any other, and a question by callback that others may go on with.
func TestCounter(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		cleo := b.Agent("cleo", "branch")
		app := hold.Ladder{Name: "app, call", Exhausted: hold.ExhaustedWait,
			Rungs: []hold.Rung{storetest.Rung("app", 5*time.Minute, hold.Push), storetest.Rung("call", 4*time.Hour, hold.Callback)}}
		b.Subtest("opens", func() {
			id, c := b.Asked(app)
			before := looksOf(b, "cleo", "counter")
			v := atCounter(b, cleo)
			expect(b, "hidden", v.Hidden || v.RangIn() || v.Digits != "", false)
			expect(b, "leased", v.Leased("cleo", b.Clock.Now()), true)
			expect(b, "tasks", len(v.Tasks), 1)
			expect(b, "is asked by callback", v.Tasks[0].Kind, queue.TaskCallback)
			expect(b, "looks", looksOf(b, "cleo", "counter"), before+1)
			expect(b, "entries", count(kinds(b, v.ID), "case.at_counter"), 1)
			expect(b, "the app may refuse", b.Say(c.ID, b.Old(), hold.Deny).Outcome, hold.AnswerAccepted)
			expect(b, "and it counts", released(b, id) || b.Look(id).Decision == nil, false)
			expect(b, "the lease ends with it", refusalOf(b.RenewLease(ctx, cleo, v.ID)), hold.LeaseLost)
		})
		b.Subtest("keeps gives back and loses it", func() {
			b.Called(storetest.CallLadder(), 100_00)
			v := atCounter(b, cleo)
			b.Granted(refusalOf(b.RenewLease(ctx, cleo, v.ID)), nil)
			b.Granted(b.ReturnCase(ctx, cleo, v.ID))
			expect(b, "given back", refusalOf(b.ViewCase(ctx, cleo, v.ID)), hold.LeaseLost)
			atCounter(b, cleo)
			b.Clock.Forward(queue.LeaseLife)
			expect(b, "lapsed", refusalOf(b.ViewCase(ctx, cleo, v.ID)), hold.LeaseLost)
		})
		b.Subtest("not by who is no clerk", func() {
			for sub, role := range map[string]queue.Role{"ana": "agent", "sam": "supervisor", "olga": "auditor"} {
				expect(b, sub, refusalOf(b.OpenInbound(ctx, standing(b, b.Agent(sub, role)))), hold.RoleMissing)
			}
			in := standing(b, cleo)
			in.Counter = false
			expect(b, "a ring-in by a clerk", refusalOf(b.OpenInbound(ctx, in)), hold.RoleMissing)
		})
		b.Subtest("not the clerk's own", func() {
			carl, sam := b.Agent("carl", "branch"), b.Agent("sam", "supervisor")
			_, why, err := b.PutAgent(ctx, sam, store.PutAgent{Sub: "carl", CustomerID: new(b.Customer.ID)})
			b.Granted(why, err)
			expect(b, "refused", refusalOf(b.OpenInbound(ctx, standing(b, carl))), hold.AgentLinked)
		})
		b.Subtest("one at a time", func() {
			carla := b.Agent("carla", "branch")
			first := atCounter(b, carla)
			b.Customer = b.NewCustomer("another")
			expect(b, "a second", refusalOf(b.OpenInbound(ctx, standing(b, carla))), hold.CaseOpen)
			b.Granted(b.ReturnCase(ctx, carla, first.ID))
			b.Called(storetest.CallLadder(), 100_00)
			in := rangIn(b, b.Agent("ana", "agent"))
			expect(b, "an agent has it", refusalOf(b.OpenInbound(ctx, standing(b, carla))), hold.CaseLeased)
			b.Granted(b.ReturnCase(ctx, b.Agent("ana", "agent"), in.ID))
		})
		b.Subtest("twenty an hour", func() {
			cyd := b.Agent("cyd", "branch")
			guess := standing(b, cyd)
			guess.CustomerID = "nobody"
			for range 20 {
				_, _, err := b.OpenInbound(ctx, guess)
				expect(b, "nobody", errors.Is(err, store.ErrNotFound), true)
			}
			expect(b, "and no more", refusalOf(b.OpenInbound(ctx, standing(b, cyd))), hold.LooksSpent)
			expect(b, "raised", count(kinds(b, "agent:cyd"), "agent.limit_reached"), 1)
		})
		verify(b)
	})
}

// A clerk is nobody of the queue: nothing that an agent does beside the counter is
// theirs, whichever door they try.
func TestClerkIsNoAgent(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		cleo, ana := b.Agent("cleo", "branch"), b.Agent("ana", "agent")
		id, _ := b.Called(storetest.CallLadder(), 9_000_00)
		next, err := b.NextCase(ctx, cleo)
		b.Must(err)
		expect(b, "a next case", next, "")
		v := b.Case(ana)
		b.Proved(ana, v)
		approval := b.Disposed(ana, v, hold.Confirmed).ApprovalID
		cs := atCounter(b, cleo)
		for name, why := range map[string]hold.Refusal{
			"a call": refusalOf3(b.PlaceCall(ctx, cleo, cs.ID, b.Customer.Phones[0].ID, storetest.Contact)),
			"a number": refusalOf(b.Unmask(ctx, store.Unmask{By: cleo, CaseID: cs.ID, Field: "number", Of: b.Customer.Phones[0].ID,
				Reason: "x"})),
			"two digits":   refusalOf3(b.Identify(ctx, cleo, cs.ID, "12")),
			"a picture":    refusalOf3(b.Face(ctx, cleo, cs.ID, cs.Tasks[0].ID, 1)),
			"the unfreeze": refusalOf(b.AskUnfreeze(ctx, cleo, b.Customer.ID, "x")),
			"an override":  overridden(b, cleo, id),
		} {
			expect(b, name, why, hold.RoleMissing)
		}
		res, err := b.TakeSecond(ctx, store.Second{By: cleo, ID: approval, Approve: true, Reason: "seen"})
		b.Must(err)
		expect(b, "a second person's word", res.Refusal, hold.RoleMissing)
		_, err = handed(b, b.Agent("sam", "supervisor"), cs.ID, "cleo")
		expect(b, "a case that is given", errors.Is(err, store.ErrNotFound), true)
		for _, d := range hold.Dispositions {
			if !slices.Contains([]hold.Disposition{hold.SuspectedScam, hold.Refused, hold.NotTheirs, hold.DocumentChecked}, d) {
				expect(b, string(d), b.Disposed(cleo, cs, d).Refusal, hold.RoleMissing)
			}
		}
		expect(b, "released", released(b, id), false)
		verify(b)
	})
}

func refusalOf3[A, B any](_ A, _ B, why hold.Refusal, err error) hold.Refusal {
	return refusal(why, err)
}

func overridden(b *storetest.Bundle, by store.By, id hold.ID) hold.Refusal {
	_, _, _, why, err := b.AskOverride(ctx, by, id, 1, "x")
	return refusal(why, err)
}

func handed(b *storetest.Bundle, by store.By, id, to string) (hold.Refusal, error) {
	return b.Reassign(ctx, by, id, to)
}

// A document that a clerk looked at releases nothing: at every amount it waits for a
// second person with a call of their own, who is a supervisor where anything speaks
// against the payment.
func TestDocumentTakesASecondPersonsCall(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		cleo, bo := b.Agent("cleo", "branch"), b.Agent("bo", "agent")
		b.Subtest("a small amount", func() {
			id, res := claimed(b, cleo, 1)
			expect(b, "approved without a call", spoke(b, bo, res.ApprovalID).Refusal, hold.CallMissing)
			v := b.Case(bo)
			talked(b, bo, v, 31*time.Second)
			expect(b, "approved after one", spoke(b, bo, res.ApprovalID).Outcome, store.Changed)
			expect(b, "released", released(b, id), true)
			expect(b, "what was asked", strings.Join(vias(b, string(id), "approval.asked"), ", "), "counter passport")
			expect(b, "what was said", strings.Join(vias(b, string(id), "task.disposed"), ", "), "counter passport")
		})
		b.Subtest("as the queue has it", func() {
			id, _ := claimed(b, cleo, 9_000_00)
			v := b.Case(bo)
			talked(b, bo, v, 31*time.Second)
			expect(b, "taken", b.Disposed(bo, v, hold.Confirmed).Outcome, store.Disposed)
			expect(b, "released", released(b, id), true)
		})
		b.Subtest("a call that was before it", func() {
			id, _ := b.Called(storetest.CallLadder(), 1)
			v := b.Case(bo)
			talked(b, bo, v, 31*time.Second)
			b.Granted(b.ReturnCase(ctx, bo, v.ID))
			b.Clock.Forward(time.Second)
			res := checked(b, cleo, atCounter(b, cleo))
			expect(b, "approved", spoke(b, bo, res.ApprovalID).Refusal, hold.CallMissing)
			expect(b, "released", released(b, id), false)
			endedByBank(b, id)
		})
		verify(b)
	})
}

// Not everybody's call will do, and what is said since voids the claim.
func TestDocumentTakesSomebodyElse(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		cleo, bo, sam := b.Agent("cleo", "branch"), b.Agent("bo", "agent"), b.Agent("sam", "supervisor")
		b.Subtest("not by the clerk", func() {
			id, res := claimed(b, cleo, 1)
			expect(b, "as a clerk", spoke(b, cleo, res.ApprovalID).Refusal, hold.SamePerson)
			expect(b, "as an agent, later", spoke(b, b.Agent("cleo", "agent"), res.ApprovalID).Refusal, hold.SamePerson)
			cleo = b.Agent("cleo", "branch")
			expect(b, "as another clerk", spoke(b, b.Agent("carl", "branch"), res.ApprovalID).Refusal, hold.RoleMissing)
			v := atCounter(b, cleo)
			expect(b, "said again", checked(b, cleo, v).Refusal, hold.SamePerson)
			b.Granted(b.ReturnCase(ctx, cleo, v.ID))
			expect(b, "released", released(b, id), false)
			endedByBank(b, id)
		})
		b.Subtest("not by the customer", func() {
			id, res := claimed(b, cleo, 1)
			_, why, err := b.PutAgent(ctx, sam, store.PutAgent{Sub: "bo", CustomerID: new(b.Customer.ID)})
			b.Granted(why, err)
			expect(b, "linked", spoke(b, bo, res.ApprovalID).Refusal, hold.AgentLinked)
			_, why, err = b.PutAgent(ctx, sam, store.PutAgent{Sub: "bo", CustomerID: new(hold.CustomerID(""))})
			b.Granted(why, err)
			endedByBank(b, id)
		})
		b.Subtest("of a scam", func() {
			a := b.Accepting(storetest.CallLadder())
			terms := a.Terms
			a.Terms = func(c hold.Customer, p counterparties.Known, now hold.Instant) (hold.Terms, hold.Instant, error) {
				t, deadline, err := terms(c, p, now)
				t.Scam = true
				return t, deadline, err
			}
			got, err := b.AcceptHold(ctx, a)
			b.Must(err)
			_, err = b.OpenRung(ctx, got.HoldID, 0, hold.NoRung, storetest.CallRules)
			b.Must(err)
			res := checked(b, cleo, atCounter(b, cleo))
			next, err := b.NextCase(ctx, bo)
			b.Must(err)
			expect(b, "an agent's case", next, "")
			expect(b, "an agent's word", spoke(b, bo, res.ApprovalID).Refusal, hold.RoleMissing)
			expect(b, "a supervisor's, without a call", spoke(b, sam, res.ApprovalID).Refusal, hold.CallMissing)
			talked(b, sam, b.Case(sam), 31*time.Second)
			expect(b, "after one", spoke(b, sam, res.ApprovalID).Outcome, store.Changed)
			expect(b, "released", released(b, got.HoldID), true)
		})
		b.Subtest("a suspicion voids it", func() {
			id, res := claimed(b, cleo, 1)
			v := atCounter(b, cleo)
			expect(b, "said", b.Disposed(cleo, v, hold.SuspectedScam).Outcome, store.Disposed)
			expect(b, "is void", spoke(b, sam, res.ApprovalID).Refusal, hold.ApprovalClosed)
			again := checked(b, cleo, atCounter(b, cleo))
			expect(b, "an agent's word", spoke(b, bo, again.ApprovalID).Refusal, hold.RoleMissing)
			expect(b, "released", released(b, id), false)
		})
		b.Subtest("a clerk who is revoked", func() {
			id, res := claimed(b, cleo, 1)
			b.Clock.Forward(time.Second)
			b.Must(b.RevokeAgent(ctx, sam, "cleo"))
			expect(b, "is void", spoke(b, bo, res.ApprovalID).Refusal, hold.ApprovalClosed)
			b.Clock.Forward(time.Second)
			cleo = b.Agent("cleo", "branch")
			expect(b, "released", released(b, id), false)
		})
		verify(b)
	})
}

// spoke has a second person agree, who says that they have spoken with the customer.
func spoke(b *storetest.Bundle, by store.By, approval string) store.SecondResult {
	b.T.Helper()
	res, err := b.TakeSecond(ctx, store.Second{By: by, ID: approval, Approve: true, Reason: "spoke to her"})
	b.Must(err)
	return res
}

// claimed is a payment of which a clerk says that its owner stood before them.
func claimed(b *storetest.Bundle, clerk store.By, minor int64) (hold.ID, store.DisposeResult) {
	b.T.Helper()
	id, _ := b.Called(storetest.CallLadder(), minor)
	res := checked(b, clerk, atCounter(b, clerk))
	expect(b, "waits", res.Outcome, store.Reviewing)
	expect(b, "for a call", res.Talk, true)
	expect(b, "released by a claim", released(b, id), false)
	return id, res
}

// endedByBank ends a hold, so that nobody finds it in the queue later.
func endedByBank(b *storetest.Bundle, id hold.ID) {
	b.T.Helper()
	_, _, err := b.Override(ctx, id, 1, "client:bank", "")
	b.Must(err)
}

// Whatever stops is taken at the counter as on the phone, with where it was said.
func TestClerkStops(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		cleo := b.Agent("cleo", "branch")
		say := func(d hold.Disposition) hold.ID {
			id, _ := b.Called(storetest.CallLadder(), 100_00)
			expect(b, "taken", b.Disposed(cleo, atCounter(b, cleo), d).Outcome, store.Disposed)
			_, err := b.Conclude(ctx, id)
			b.Must(err)
			expect(b, "said", strings.Join(vias(b, string(id), "task.disposed"), ", "), "counter")
			return id
		}
		b.Subtest("refused", func() {
			id := say(hold.Refused)
			expect(b, "reason", b.Look(id).Decision.Reason, hold.ReasonRefused)
			expect(b, "answered", strings.Join(vias(b, string(id), "answer.accepted"), ", "), "counter")
		})
		b.Subtest("not me", func() {
			id := say(hold.NotTheirs)
			expect(b, "reason", b.Look(id).Decision.Reason, hold.ReasonNotMe)
			c, err := b.Store.Customer(ctx, b.Customer.ID)
			b.Must(err)
			expect(b, "frozen", c.FrozenAt != 0, true)
		})
		b.Subtest("a scam", func() {
			id := say(hold.SuspectedScam)
			h := b.Look(id)
			expect(b, "suspected", h.SuspectedAt != 0 && h.Decision == nil, true)
			next, err := b.NextCase(ctx, b.Agent("ana", "agent"))
			b.Must(err)
			expect(b, "an agent's", next, "")
			expect(b, "a supervisor's", b.Case(b.Agent("sam", "supervisor")).CustomerID, b.Customer.ID)
		})
		b.Subtest("after the release", func() {
			id, _ := b.Called(storetest.CallLadder(), 100_00)
			v := atCounter(b, cleo)
			_, _, err := b.Override(ctx, id, 1, "client:bank", "")
			b.Must(err)
			_, err = b.Conclude(ctx, id)
			b.Must(err)
			expect(b, "too late", b.Disposed(cleo, v, hold.NotTheirs).Outcome, store.DisposeDecided)
			c, err := b.Store.Customer(ctx, b.Customer.ID)
			b.Must(err)
			expect(b, "frozen all the same", c.FrozenAt != 0, true)
		})
		verify(b)
	})
}

// tookDown is answers that somebody with a case took down.
func tookDown(b *storetest.Bundle, by store.By, v store.CaseView, level interview.Level, answer string) store.InterviewResult {
	b.T.Helper()
	res, err := b.TakeAloud(ctx, store.AgentInterview{By: by, CaseID: v.ID, TaskID: v.Tasks[0].ID,
		Judge: func(hold.Hold, hold.Challenge, *hold.Device, hold.Instant) (store.Interviewed, hold.Refusal, error) {
			return store.Interviewed{Ruling: interview.Ruling{Level: level}, Scenario: "safe_account", Version: "v1", Wait: 10 * time.Hour,
				Said: []hold.Said{{Question: "on_call", Answer: answer}}}, "", nil
		}})
	b.Must(err)
	return res
}

// A clerk asks for themselves: what they took down lets nobody else leave it out, and
// what an agent took down is not theirs. What it found slows the payment as ever.
func TestCounterInterview(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		cleo, bo := b.Agent("cleo", "branch"), b.Agent("bo", "agent")
		ladder := storetest.CallLadder()
		ladder.Rungs[0].Asks[0].Interview = "safe_account"
		b.Subtest("each asks", func() {
			id, _ := b.Called(ladder, 1)
			v := rangIn(b, bo)
			talked(b, bo, v, 31*time.Second)
			tookDown(b, bo, v, interview.None, "no")
			b.Granted(b.ReturnCase(ctx, bo, v.ID))
			v = atCounter(b, cleo)
			expect(b, "unasked", checked(b, cleo, v).Refusal, hold.InterviewMissing)
			tookDown(b, cleo, v, interview.None, "no")
			expect(b, "asked", checked(b, cleo, v).Outcome, store.Reviewing)
			expect(b, "where", strings.Join(vias(b, string(id), "interview.answered"), ", "), "agent, counter")
			_, _, err := b.Override(ctx, id, 1, "client:bank", "")
			b.Must(err)
		})
		b.Subtest("the second asks too", func() {
			id, _ := b.Called(ladder, 1)
			v := atCounter(b, cleo)
			tookDown(b, cleo, v, interview.None, "no")
			res := checked(b, cleo, v)
			v = b.Case(bo)
			talked(b, bo, v, 31*time.Second)
			second := store.Second{By: bo, ID: res.ApprovalID, Approve: true, Reason: "spoke to her"}
			got, err := b.TakeSecond(ctx, second)
			b.Must(err)
			expect(b, "unasked", got.Refusal, hold.InterviewMissing)
			expect(b, "nor by the queue", b.Disposed(bo, v, hold.Confirmed).Refusal, hold.InterviewMissing)
			tookDown(b, bo, v, interview.None, "no")
			got, err = b.TakeSecond(ctx, second)
			b.Must(err)
			expect(b, "asked", got.Outcome, store.Changed)
			expect(b, "released", released(b, id), true)
		})
		b.Subtest("what it finds", func() {
			id, _ := b.Called(ladder, 1)
			v := atCounter(b, cleo)
			tookDown(b, cleo, v, interview.Talk, "yes")
			expect(b, "too early", checked(b, cleo, v).Refusal, hold.TooEarly)
			expect(b, "refusing is not", b.Disposed(cleo, v, hold.Refused).Outcome, store.Disposed)
			expect(b, "released", released(b, id), false)
		})
		b.Subtest("what an agent finds", func() {
			b.Called(ladder, 1)
			v := atCounter(b, cleo)
			tookDown(b, cleo, v, interview.None, "no")
			res := checked(b, cleo, v)
			tookDown(b, bo, rangInAndTalked(b, bo), interview.Wait, "yes")
			got, err := b.TakeSecond(ctx, store.Second{By: bo, ID: res.ApprovalID, Approve: true, Reason: "spoke to her"})
			b.Must(err)
			expect(b, "voids the claim", got.Refusal, hold.ApprovalClosed)
		})
		verify(b)
	})
}

func rangInAndTalked(b *storetest.Bundle, by store.By) store.CaseView {
	b.T.Helper()
	v := rangIn(b, by)
	talked(b, by, v, 31*time.Second)
	return v
}

// Two people reach for one case, a clerk's claim meets a refusal, and a yes of the
// second meets the end of the first: whichever comes first, one has the case, and
// nothing is released on a word that does not hold.
func TestCounterRaces(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		sam := b.Agent("sam", "supervisor")
		for i := range 5 {
			round := string(rune('a' + i))
			cleo, bo := b.Agent("cleo"+round, "branch"), b.Agent("bo"+round, "agent")
			b.Subtest("a clerk and an agent "+round, func() {
				b.Called(storetest.CallLadder(), 1)
				var wg sync.WaitGroup
				var atDesk, inQueue string
				var errs [2]error
				wg.Go(func() { atDesk, _, errs[0] = b.OpenInbound(context.Background(), standing(b, cleo)) })
				wg.Go(func() { inQueue, errs[1] = b.NextCase(context.Background(), bo) })
				wg.Wait()
				b.Must(errors.Join(errs[:]...))
				if (atDesk == "") == (inQueue == "") {
					b.T.Errorf("the clerk has %q and the agent %q", atDesk, inQueue)
				}
				b.Granted(b.Reassign(ctx, sam, atDesk+inQueue, ""))
			})
			b.Subtest("a claim and a refusal "+round, func() {
				id, c := b.Asked(hold.Ladder{Name: "app, call", Exhausted: hold.ExhaustedWait, Rungs: []hold.Rung{
					storetest.Rung("app", 5*time.Minute, hold.Push), storetest.Rung("call", 4*time.Hour, hold.Callback)}})
				v := atCounter(b, cleo)
				d := b.Disposing(cleo, v, v.Tasks[0], hold.DocumentChecked)
				d.Document = queue.IDCard
				deny := b.Attempt(c.ID, b.Old(), hold.Deny)
				var wg sync.WaitGroup
				var errs [2]error
				var res store.AnswerResult
				wg.Go(func() { _, errs[0] = b.Dispose(context.Background(), d) })
				wg.Go(func() { res, errs[1] = b.Answer(context.Background(), deny) })
				wg.Wait()
				b.Must(errors.Join(errs[:]...))
				expect(b, "the refusal", res.Outcome, hold.AnswerAccepted)
				expect(b, "released", released(b, id), false)
				expect(b, "reversed", b.Look(id).Decision != nil, true)
			})
			b.Subtest("a yes and a revocation "+round, func() {
				id, _ := b.Called(storetest.CallLadder(), 1)
				res := checked(b, cleo, atCounter(b, cleo))
				talked(b, bo, b.Case(bo), 31*time.Second)
				var wg sync.WaitGroup
				var got store.SecondResult
				var errs [2]error
				wg.Go(func() {
					got, errs[0] = b.TakeSecond(context.Background(), store.Second{By: bo, ID: res.ApprovalID, Approve: true, Reason: "yes"})
				})
				wg.Go(func() { errs[1] = b.RevokeAgent(context.Background(), sam, cleo.Sub) })
				wg.Wait()
				b.Must(errors.Join(errs[:]...))
				expect(b, "released as it was acknowledged", released(b, id), got.Refusal == "" && got.Outcome == store.Changed)
			})
		}
		verify(b)
	})
}
