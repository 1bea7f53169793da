package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"
)

const large = 5_001_00 // just above what one person confirms

// reviewed is a hold that ana has confirmed and that waits for a second person.
func reviewed(b *storetest.Bundle) (id hold.ID, ana store.By, approval string) {
	b.T.Helper()
	id, _ = b.Called(storetest.CallLadder(), large)
	ana = b.Agent("ana", "agent")
	v := b.Case(ana)
	b.Proved(ana, v)
	res := b.Disposed(ana, v, hold.Confirmed)
	expect(b, "outcome", res.Outcome, store.Reviewing)
	return id, ana, res.ApprovalID
}

func decide(b *storetest.Bundle, by store.By, id string, approve bool) (store.SecondResult, error) {
	return b.TakeSecond(context.Background(), store.Second{By: by, ID: id, Approve: approve, Reason: "looked"})
}

// Above the policy's amount a second, different person releases.
func TestFourEyes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id, ana, approval := reviewed(b)
		expect(b, "held", b.Look(id).Status, hold.Held)
		b.Clock.Forward(5 * time.Hour) // the rung's end waits for the second person
		p, err := b.Conclude(ctx, id)
		b.Must(err)
		expect(b, "waits", p.State, hold.Waiting)
		if res, err := decide(b, ana, approval, true); res.Refusal != hold.SamePerson {
			t.Errorf("the same person: %v", err)
		}
		res, err := decide(b, b.Agent("bo", "agent"), approval, true)
		b.Must(err)
		expect(b, "status", res.Approval.Status, "approved")
		_, err = b.Conclude(ctx, id)
		b.Must(err)
		expect(b, "released", b.Look(id).Decision.Outcome, hold.Release)
		if res, err := decide(b, b.Agent("sam", "supervisor"), approval, false); res.Refusal != hold.ApprovalClosed {
			t.Errorf("a third: %v", err)
		}
		verify(b)
	})
}

// One person in fifty sessions is one person. The constraint says so too.
func TestSamePersonNeverTwice(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id, ana, approval := reviewed(b)
		var passed atomic.Int64
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if res, err := decide(b, ana, approval, true); err != nil || res.Refusal != hold.SamePerson {
					passed.Add(1)
				}
			})
		}
		wg.Wait()
		expect(b, "passed", passed.Load(), 0)
		expect(b, "held", b.Look(id).Status, hold.Held)
		db := storetest.Raw(t, b.URL)
		if _, err := db.Exec(db.Rebind(`UPDATE approvals SET status = 'approved', second = first, closed_at = 1
			WHERE id = ?`), approval); err == nil {
			t.Error("the database takes one person for two")
		}
	})
}

// Fifty different people at once: one of them approves, once.
func TestOneSecond(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id, _, approval := reviewed(b)
		bo := b.Agent("bo", "agent")
		var passed atomic.Int64
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				if res, err := decide(b, bo, approval, i%2 == 0); err == nil && res.Refusal == "" {
					passed.Add(1)
				} else if res.Refusal != hold.ApprovalClosed {
					t.Error(res.Refusal, err)
				}
			})
		}
		wg.Wait()
		expect(b, "passed", passed.Load(), 1)
		_, err := b.Conclude(ctx, id)
		b.Must(err)
		verify(b)
	})
}

// What the first person saw must still be so: an amendment voids it, at once
// and for whoever is just approving.
func TestAmendedBetween(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id, _, approval := reviewed(b)
		_, out, err := b.AmendHold(ctx, store.Amend{ID: id, Revision: 1, Actor: "client:bank",
			Change: func(r hold.Request) hold.Request { r.Payee.Account = "DE99"; return r },
			Terms: func(h hold.Hold, _ hold.Customer, _ counterparties.Known, _ hold.Instant) (hold.Terms, hold.Instant, error) {
				return h.Terms, h.Deadline, nil
			}})
		b.Must(err)
		expect(b, "amended", out, store.Changed)
		if res, err := decide(b, b.Agent("bo", "agent"), approval, true); res.Refusal != hold.ApprovalClosed {
			t.Errorf("approved what was amended: %v", err)
		}
		a, err := b.Approval(ctx, approval)
		b.Must(err)
		expect(b, "void for", a.Cause, "amended")
		expect(b, "held", b.Look(id).Status, hold.Held)
		verify(b)
	})
}

// A first person whose access is revoked leaves nothing behind; a second one
// cannot use a token from before.
func TestRevokedBetween(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id, _, approval := reviewed(b)
		bo, sam := b.Agent("bo", "agent"), b.Agent("sam", "supervisor")
		b.Clock.Forward(time.Second)
		b.Must(b.RevokeAgent(ctx, sam, "bo"))
		if _, err := decide(b, bo, approval, true); !errors.Is(err, store.ErrRevoked) {
			t.Errorf("a revoked second: %v", err)
		}
		b.Must(b.RevokeAgent(ctx, sam, "ana"))
		if res, err := decide(b, sam, approval, true); res.Refusal != hold.ApprovalClosed {
			t.Errorf("a revoked first: %v", err)
		}
		expect(b, "held", b.Look(id).Status, hold.Held)
		b.Clock.Forward(time.Second)
		v := b.Case(b.Agent("sam", "supervisor"))
		expect(b, "the case is back", v.Tasks[0].HoldID, id)
		verify(b)
	})
}

// Revocations and approvals at once: whoever comes first, a revoked person
// releases nothing afterwards.
func TestRevokeRaces(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		sam := b.Agent("sam", "supervisor")
		for i := range 20 {
			b.Customer = b.NewCustomer(hold.CustomerID("c" + string(rune('a'+i))))
			id, _, approval := reviewed(b)
			bo := b.Agent("bo", "agent")
			b.Clock.Forward(time.Second)
			var wg sync.WaitGroup
			wg.Go(func() { _, _ = decide(b, bo, approval, true) })
			wg.Go(func() {
				if err := b.RevokeAgent(context.Background(), sam, "ana"); err != nil {
					t.Error(err)
				}
			})
			wg.Wait()
			a, err := b.Approval(ctx, approval)
			b.Must(err)
			_, err = b.Conclude(ctx, id)
			b.Must(err)
			if released := b.Look(id).Status == hold.Releasing; released != (a.Status == queue.ApprovalApproved) ||
				a.Status == queue.ApprovalPending {
				t.Errorf("approval %s, released %v", a.Status, released)
			}
			b.Clock.Forward(time.Second)
			sam = b.Agent("sam", "supervisor")
		}
		verify(b)
	})
}

// Not approved: the case goes back to a supervisor.
func TestRejected(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id, ana, approval := reviewed(b)
		_, err := decide(b, b.Agent("bo", "agent"), approval, false)
		b.Must(err)
		expect(b, "held", b.Look(id).Status, hold.Held)
		next, err := b.NextCase(ctx, ana)
		b.Must(err)
		expect(b, "not for an agent", next, "")
		sam := b.Agent("sam", "supervisor")
		v := b.Case(sam)
		expect(b, "refused by", b.Disposed(sam, v, hold.Refused).Outcome, store.Disposed)
		verify(b)
	})
}

// A release by override takes two whatever the amount, one of them a
// supervisor each.
func TestOverrideTakesTwo(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id := b.Held(storetest.PushLadder())
		sam := b.Agent("sam", "supervisor")
		approval, _, out, why, err := b.AskOverride(ctx, sam, id, 1, "checked at the branch")
		b.Granted(why, err)
		expect(b, "asked", out, store.Changed)
		if _, _, _, why, err := b.AskOverride(ctx, sam, id, 1, "again"); why != hold.ApprovalPending {
			t.Errorf("twice: %v", err)
		}
		if res, err := decide(b, sam, approval, true); res.Refusal != hold.SamePerson {
			t.Errorf("alone: %v", err)
		}
		if res, err := decide(b, b.Agent("ana", "agent"), approval, true); res.Refusal != hold.RoleMissing {
			t.Errorf("with an agent: %v", err)
		}
		_, err = decide(b, b.Agent("sue", "supervisor"), approval, true)
		b.Must(err)
		expect(b, "held until the ledger is about to be told", b.Look(id).Status, hold.Held)
		_, err = b.Conclude(ctx, id)
		b.Must(err)
		d := b.Look(id).Decision
		expect(b, "released", d.Outcome, hold.Release)
		expect(b, "by", d.Author, "agent:sue")
		verify(b)
	})
}

// What waits for a second person ends with the hold, whoever decides it.
func TestDecisionEndsWhatWaits(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		sam := b.Agent("sam", "supervisor")
		for name, decided := range map[string]func(id hold.ID, c hold.Challenge){
			"by the workflow": func(id hold.ID, c hold.Challenge) {
				b.Say(c.ID, b.Old(), hold.Approve)
				_, _, err := b.Finish(ctx, id, storetest.Rules)
				b.Must(err)
			},
			"by the bank": func(id hold.ID, _ hold.Challenge) {
				_, _, err := b.Override(ctx, id, 1, "client:bank", "")
				b.Must(err)
			},
		} {
			id, c := b.Asked(storetest.PushLadder())
			approval, _, _, why, err := b.AskOverride(ctx, sam, id, 1, "checked at the branch")
			b.Granted(why, err)
			decided(id, c)
			expect(b, name+": decided", b.Look(id).Status.Decided(), true)
			a, err := b.Approval(ctx, approval)
			b.Must(err)
			expect(b, name, a.Status, queue.ApprovalVoid)
		}
	})
}

// An unfreeze waits for a second person.
func TestUnfreezeTakesTwo(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		if _, why, err := b.BankAsksUnfreeze(ctx, "client:bank", b.Customer.ID, "x"); why != hold.NotFrozen {
			t.Errorf("not frozen: %v", err)
		}
		b.Must(b.AskForHelp(ctx, b.Customer.ID))
		approval, why, err := b.BankAsksUnfreeze(ctx, "client:bank", b.Customer.ID, "she called")
		b.Granted(why, err)
		c, err := b.Store.Customer(ctx, b.Customer.ID)
		b.Must(err)
		expect(b, "still frozen", c.FrozenAt != 0, true)
		_, err = decide(b, b.Agent("sam", "supervisor"), approval, true)
		b.Must(err)
		c, err = b.Store.Customer(ctx, b.Customer.ID)
		b.Must(err)
		expect(b, "thawed", c.FrozenAt, 0)
		verify(b)
	})
}

// Whoever asked for the end of a freeze knew nothing of the next call for help:
// what was asked is void, and has to be asked anew.
func TestUnfreezeVoidedByANewFreeze(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		b.Must(b.AskForHelp(ctx, b.Customer.ID))
		approval, why, err := b.BankAsksUnfreeze(ctx, "client:bank", b.Customer.ID, "she called")
		b.Granted(why, err)
		b.Must(b.AskForHelp(ctx, b.Customer.ID))
		if res, err := decide(b, b.Agent("sam", "supervisor"), approval, true); res.Refusal != hold.ApprovalClosed {
			t.Errorf("the stale request: %v", err)
		}
		c, err := b.Store.Customer(ctx, b.Customer.ID)
		b.Must(err)
		expect(b, "still frozen", c.FrozenAt != 0, true)
		_, why, err = b.BankAsksUnfreeze(ctx, "client:bank", b.Customer.ID, "she called again")
		b.Granted(why, err)
		verify(b)
	})
}

// A freeze while pictures wait for a second person: nobody can approve what is
// not asked any more, and nothing is in the way of the call that follows.
func TestFreezeVoidsWhatWasConfirmed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		_, approval := b.Faces(b.Agent("ana", "agent"))
		b.Must(b.AskForHelp(ctx, b.Customer.ID))
		if res, err := decide(b, b.Agent("bo", "agent"), approval, true); res.Refusal != hold.ApprovalClosed {
			t.Errorf("approved after the freeze: %v", err)
		}
		waiting, err := b.Approvals(ctx, store.By{}, 10)
		b.Must(err)
		expect(b, "waiting", len(waiting), 0)
		verify(b)
	})
}

// What was confirmed on the phone before the customer asked for help is no ground
// for a second person after it: the question is open again, for another call.
func TestFreezeVoidsWhatWaits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		minor    int64
		identify bool
	}{"above the amount": {5_000_01, true}, "without the digits": {100_00, false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
				ana, bo := b.Agent("ana", "agent"), b.Agent("bo", "agent")
				id, _ := b.Called(storetest.CallLadder(), c.minor)
				spoken := func(by store.By) store.DisposeResult {
					v := b.Case(by)
					talked(b, by, v, 31*time.Second)
					if c.identify {
						b.Proved(by, v)
					}
					i := slices.IndexFunc(v.Tasks, func(k queue.Task) bool { return k.HoldID == id })
					res, err := b.Dispose(ctx, b.Disposing(by, v, v.Tasks[i], hold.Confirmed))
					b.Must(err)
					return res
				}
				first := spoken(ana)
				expect(b, "waits for a second person", first.Outcome, store.Reviewing)
				b.Must(b.AskForHelp(ctx, b.Customer.ID))
				res, err := decide(b, bo, first.ApprovalID, true)
				b.Must(err)
				expect(b, "too late", res.Refusal, hold.ApprovalClosed)
				expect(b, "released", released(b, id), false)
				again := spoken(bo)
				expect(b, "asked again", again.Outcome, store.Reviewing)
				expect(b, "another request", again.ApprovalID != first.ApprovalID, true)
				verify(b)
			})
		})
	}
}

// Whoever follows the queue gets every case, however many change at one moment.
func TestQueueChangesPageOn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		const n, page = 7, 3
		for i := range n {
			b.Must(b.AskForHelp(ctx, b.NewCustomer(hold.CustomerID(fmt.Sprint("c", i))).ID))
		}
		seen, from, after := map[string]bool{}, hold.Instant(0), ""
		for {
			cs, err := b.QueueChanges(ctx, store.By{Sub: "ana"}, from, after, page)
			b.Must(err)
			for _, c := range cs {
				if seen[c.ID] {
					t.Fatalf("%s twice", c.ID)
				}
				seen[c.ID], from, after = true, c.UpdatedAt, c.ID
			}
			if len(cs) < page {
				break
			}
		}
		expect(b, "cases", len(seen), n)
	})
}

// An agent who is a customer, too, hears nothing of their own case.
func TestQueueChangesOfALinkedAgent(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		mine := b.NewCustomer("mine").ID
		b.Must(b.AskForHelp(ctx, mine))
		b.Must(b.AskForHelp(ctx, b.NewCustomer("another").ID))
		ana, bo, sam := b.Agent("ana", "agent"), b.Agent("bo", "agent"), b.Agent("sam", "supervisor")
		_, why, err := b.PutAgent(ctx, sam, store.PutAgent{Sub: "ana", CustomerID: &mine})
		b.Granted(why, err)
		for by, want := range map[store.By]int{ana: 1, bo: 2} {
			cs, err := b.QueueChanges(ctx, by, 0, "", 10)
			b.Must(err)
			expect(b, "cases told to "+by.Sub, len(cs), want)
		}
	})
}

// The deadline, a disposition and a late push at once, many times: one decision,
// and whoever was told that it counts was right.
func TestDecisionRaces(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		ladder := hold.Ladder{Name: "both", Exhausted: hold.ExhaustedWait, Rungs: []hold.Rung{
			storetest.Rung("app", time.Minute, hold.Push), storetest.Rung("call", 3*time.Hour, hold.Callback)}}
		ana := b.Agent("ana", "agent")
		seen := reached{times: map[hold.Reason]int{}}
		ends := []hold.Reason{hold.ReasonApproved, hold.ReasonRefused, hold.ReasonDeadline}
		least := 400 // of the rounds at the deadline, without the lock half are wrong; read before it, one in thirty
		if b.Dialect() == "sqlite" {
			least = 200 // one writer
		}
		for i := 0; i < least || i < most && seen.missing(enough, ends...) != ""; i++ {
			for hour := b.Clock.Now().Time().Hour(); hour < 8 || hour > 16; hour = b.Clock.Now().Time().Hour() {
				b.Clock.Forward(time.Hour) // customers are called by day
			}
			b.Customer = b.NewCustomer(hold.CustomerID("racer" + time.Duration(i).String()))
			id, _ := b.Called(ladder, 100_00)
			b.Clock.Forward(time.Minute)
			_, err := b.OpenRung(ctx, id, 0, hold.NoRung, storetest.CallRules)
			b.Must(err)
			cs, err := b.Challenges(ctx, id)
			b.Must(err)
			v := b.Case(ana)
			b.Proved(ana, v)
			h := b.Look(id)
			start := b.Clock.Now()
			late := i%5 != 0 // the deadline falls into the race
			if late {
				b.Clock.Forward(h.Deadline.Sub(start) - time.Microsecond)
				_, _, _ = b.RenewLease(ctx, ana, v.ID)
			}
			var push store.AnswerResult
			var said store.DisposeResult
			var wg sync.WaitGroup
			word := []hold.Answer{hold.Deny, hold.Approve}[i%2]
			var pushErr, saidErr error
			wg.Go(func() { push, pushErr = b.Answer(context.Background(), b.Attempt(cs[0].ID, b.Old(), word)) })
			wg.Go(func() {
				said, saidErr = b.Dispose(context.Background(), b.Disposing(ana, v, v.Tasks[0], hold.Confirmed))
			})
			wg.Go(func() {
				if late {
					b.Clock.Forward(time.Microsecond)
				}
				_, _ = b.Conclude(context.Background(), id)
			})
			wg.Wait()
			_, err = b.Conclude(ctx, id)
			b.Must(err)
			d := b.Look(id).Decision
			refused := push.Outcome == hold.AnswerAccepted && word == hold.Deny
			switch {
			case pushErr != nil, saidErr != nil:
				t.Errorf("round %d: %v, %v", i, pushErr, saidErr)
			case d == nil:
				t.Fatalf("round %d: nothing was decided; push %s, disposition %s", i, push.Outcome, said.Outcome)
			case refused && d.Outcome != hold.Reverse:
				t.Errorf("round %d: an accepted refusal was overruled", i)
			case !refused && d.Outcome != hold.Release && (push.Outcome == hold.AnswerAccepted || said.Outcome == store.Disposed):
				t.Errorf("round %d: an accepted word was overruled: push %s, disposition %s, decided for %s", i, push.Outcome, said.Outcome, d.Reason)
			case d.Outcome == hold.Release && said.Outcome != store.Disposed && push.Outcome != hold.AnswerAccepted:
				t.Errorf("round %d: released without anybody's word", i)
			}
			seen.add(d.Reason)
			_, _ = b.ReturnCase(ctx, ana, v.ID)
		}
		if why := seen.missing(1, ends...); why != "" {
			t.Errorf("no race ended in %s", why)
		}
		verify(b)
	})
}
