package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"
)

// A confirmed call releases: below the policy's amount by one person, with the
// call and the check of who it is.
func TestConfirmedByOne(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		id, _ := b.Called(storetest.CallLadder(), 100_00)
		ana := b.Agent("ana", "agent")
		v := b.Case(ana)
		expect(b, "tasks", len(v.Tasks), 1)
		expect(b, "without a call", b.Disposed(ana, v, hold.Confirmed).Refusal, "call_missing")
		call := b.Rang(ana, v, 29*time.Second)
		expect(b, "too short", b.Disposed(ana, v, hold.Confirmed).Refusal, "call_missing")
		b.Clock.Forward(2 * time.Second)
		shown, err := b.AppCall(ctx, b.Customer.ID)
		b.Must(err)
		ok, _, why, err := b.Identify(ctx, ana, v.ID, shown.Digits)
		b.Granted(why, err)
		expect(b, "identified", ok, true)
		unasked := b.Disposing(ana, v, v.Tasks[0], hold.Confirmed)
		unasked.Live = queue.Live{}
		res, err := b.Dispose(ctx, unasked)
		b.Must(err)
		expect(b, "not without the provider's word that it goes on", res.Refusal, hold.ProviderSilent)
		res = b.Disposed(ana, v, hold.Confirmed)
		expect(b, "confirmed", res.Outcome, store.Disposed)
		again := b.Disposed(ana, v, hold.Refused)
		expect(b, "a second one", again.Outcome, store.DisposedAlready)
		expect(b, "tells the first", again.Stands.Disposition, hold.Confirmed)
		p, err := b.Conclude(ctx, id)
		b.Must(err)
		expect(b, "decided", p.State, hold.Decided)
		expect(b, "released", b.Look(id).Decision.Outcome, hold.Release)
		b.Hung(call, 31*time.Second)
		verify(b)
	})
}

// What a call proves is of its own lease, and of a number that is still the
// customer's.
func TestProofIsOfItsLease(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		b.Called(storetest.CallLadder(), 100_00)
		ana := b.Agent("ana", "agent")
		v := b.Case(ana)
		b.Proved(ana, v)
		b.Granted(b.ReturnCase(ctx, ana, v.ID))
		v = b.Case(ana)
		expect(b, "in another lease", b.Disposed(ana, v, hold.Confirmed).Refusal, "call_missing")
		b.Proved(ana, v)
		_, why, err := b.PutCustomer(ctx, store.PutCustomer{ID: b.Customer.ID, Name: "M", Locale: "en", TimeZone: "Europe/Rome", Phrase: "x",
			Actor: "t", Phones: []hold.Phone{}})
		b.Granted(why, err)
		expect(b, "by a number that is gone", b.Disposed(ana, v, hold.Confirmed).Refusal, "call_missing")
	})
}

// Each disposition leads where the queue's rules say.
func TestDispositions(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		ana, sam := b.Agent("ana", "agent"), b.Agent("sam", "supervisor")
		called := func(name string, tell func(id hold.ID, v store.CaseView)) {
			b.Subtest(name, func() {
				id, _ := b.Called(storetest.CallLadder(), 100_00)
				tell(id, b.Case(ana))
			})
		}
		called("refused", func(id hold.ID, v store.CaseView) {
			b.Disposed(ana, v, hold.Refused)
			_, err := b.Conclude(ctx, id)
			b.Must(err)
			expect(b, "refused", b.Look(id).Decision.Reason, hold.ReasonRefused)
		})
		called("not me", func(id hold.ID, v store.CaseView) {
			b.Disposed(ana, v, hold.NotTheirs)
			_, err := b.Conclude(ctx, id)
			b.Must(err)
			expect(b, "not me", b.Look(id).Decision.Reason, hold.ReasonNotMe)
			c, err := b.Store.Customer(ctx, b.Customer.ID)
			b.Must(err)
			expect(b, "freezes", c.FrozenAt != 0, true)
		})
		called("a scam", func(id hold.ID, v store.CaseView) {
			b.Disposed(ana, v, hold.SuspectedScam)
			next, err := b.NextCase(ctx, ana)
			b.Must(err)
			expect(b, "an agent does not get it back", next, "")
			v = b.Case(sam)
			b.Proved(sam, v)
			expect(b, "a supervisor's confirmation waits for another", b.Disposed(sam, v, hold.Confirmed).Outcome, store.Reviewing)
			expect(b, "and nothing is decided", b.Look(id).Status, hold.Held)
		})
		called("French", func(_ hold.ID, v store.CaseView) {
			d := b.Disposing(ana, v, v.Tasks[0], hold.OtherLanguage)
			res, err := b.Dispose(ctx, d)
			b.Must(err)
			expect(b, "no language", res.Refusal, hold.LanguageMissing)
			d.Language = "fr"
			_, err = b.Dispose(ctx, d)
			b.Must(err)
			_, why, err := b.PutAgent(ctx, sam, store.PutAgent{Sub: "ana", Languages: []string{"en", "it"}})
			b.Granted(why, err)
			next, err := b.NextCase(ctx, ana)
			b.Must(err)
			expect(b, "not for who does not speak it", next, "")
			_, why, err = b.PutAgent(ctx, sam, store.PutAgent{Sub: "ana", Number: &hold.Phone{Number: "+393399000001", Country: "IT",
				Line: "mobile"}, Languages: []string{"fr"}})
			b.Granted(why, err)
			v = b.Case(ana)
			expect(b, "for who does", v.Language, "fr")
			b.Granted(b.ReturnCase(ctx, ana, v.ID))
			_, why, err = b.PutAgent(ctx, sam, store.PutAgent{Sub: "ana", Number: &hold.Phone{Number: "+393399000001", Country: "IT",
				Line: "mobile"}, Languages: []string{"en"}})
			b.Granted(why, err)
		})
		called("later", func(id hold.ID, v store.CaseView) {
			d := b.Disposing(ana, v, v.Tasks[0], hold.CallLater)
			for _, at := range []hold.Instant{0, b.Clock.Now(), b.Look(id).Deadline} {
				d.At = at
				res, err := b.Dispose(ctx, d)
				b.Must(err)
				expect(b, "no such time", res.Refusal, hold.TimeInvalid)
			}
			d.At = b.Clock.Now().Add(6 * time.Hour)
			_, err := b.Dispose(ctx, d)
			b.Must(err)
			expect(b, "the rung waits for it", b.Look(id).RungEndsAt, d.At.Add(30*time.Minute))
			b.Clock.Forward(6 * time.Hour)
			expect(b, "at that time", b.Case(ana).ID, v.ID)
		})
		called("a wrong number", func(_ hold.ID, v store.CaseView) {
			expect(b, "no call, no wrong number", b.Disposed(ana, v, hold.WrongNumber).Refusal, "call_missing")
		})
		verify(b)
	})
}

// Not reached: three attempts of the plan, in the customer's day, and then the
// rung is unanswered. Who rings back is still asked.
func TestNotReached(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		id, c := b.Called(storetest.CallLadder(), 100_00)
		ana := b.Agent("ana", "agent")
		v := b.Case(ana)
		res := b.Missed(ana, v, hold.NoAnswer)
		expect(b, "again in a quarter of an hour", res.NextAt, b.Clock.Now().Add(15*time.Minute))
		next, err := b.NextCase(ctx, ana)
		b.Must(err)
		expect(b, "not before", next, "")
		b.Clock.Forward(15 * time.Minute)
		v = b.Case(ana)
		expect(b, "and in two hours", b.Missed(ana, v, hold.Voicemail).NextAt, b.Clock.Now().Add(2*time.Hour))
		b.Clock.Forward(2 * time.Hour)
		v = b.Case(ana)
		expect(b, "no fourth", b.Missed(ana, v, hold.NoAnswer).NextAt, 0)
		expect(b, "the rung has ended", b.Look(id).RungEndsAt, b.Clock.Now())
		p, err := b.Conclude(ctx, id)
		b.Must(err)
		expect(b, "and waits for the deadline", p.State, hold.Waiting)

		inbound, why, err := b.OpenInbound(ctx, store.Inbound{By: ana, HoldID: id, Reason: "rang back", Rules: storetest.CallRules})
		b.Granted(why, err)
		v, why, err = b.ViewCase(ctx, ana, inbound)
		b.Granted(why, err)
		expect(b, "hidden", v.Hidden, true)
		b.Proved(ana, v)
		b.Disposed(ana, v, hold.Confirmed)
		_, err = b.Conclude(ctx, id)
		b.Must(err)
		expect(b, "released", b.Look(id).Decision.Outcome, hold.Release)
		expect(b, "by", c.Channel, hold.Callback)
		verify(b)
	})
}

// While an agent has the task, the rung's end waits; the deadline does not.
func TestRungWaitsForTheLease(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		ladder := hold.Ladder{Name: "two", Exhausted: hold.ExhaustedReverse, Rungs: []hold.Rung{storetest.Rung("call", 5*time.Minute,
			hold.Callback)}}
		id, _ := b.Called(ladder, 100_00)
		ana := b.Agent("ana", "agent")
		b.Clock.Forward(4 * time.Minute)
		v := b.Case(ana)
		b.Clock.Forward(2 * time.Minute)
		p, err := b.Conclude(ctx, id)
		b.Must(err)
		expect(b, "waits", p.State, hold.Waiting)
		expect(b, "for the lease", p.Remaining, queue.LeaseLife-2*time.Minute)
		_, why, err := b.RenewLease(ctx, ana, v.ID)
		b.Granted(why, err)
		p, err = b.Conclude(ctx, id)
		b.Must(err)
		expect(b, "renewed", p.Remaining, queue.LeaseLife)
		for b.Clock.Now() < b.Look(id).Deadline {
			b.Clock.Forward(9 * time.Minute)
			_, why, err = b.RenewLease(ctx, ana, v.ID)
			b.Granted(why, err)
		}
		res := b.Disposed(ana, v, hold.Confirmed)
		expect(b, "the deadline never waits", res.Outcome, store.DisposeDecided)
		expect(b, "decided", res.Decision.Reason, hold.ReasonDeadline)
		verify(b)
	})
}

// A lease that lapsed is lost: whoever had it changes nothing, and whoever never
// had it learns nothing.
func TestLeaseLost(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		b.Called(storetest.CallLadder(), 100_00)
		ana, bo := b.Agent("ana", "agent"), b.Agent("bo", "agent")
		v := b.Case(ana)
		if _, _, err := b.ViewCase(ctx, bo, v.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("another's case: %v", err)
		}
		b.Clock.Forward(queue.LeaseLife)
		taken := b.Case(bo)
		expect(b, "it came back", taken.ID, v.ID)
		expect(b, "a disposition", b.Disposed(ana, v, hold.Refused).Refusal, hold.LeaseLost)
		if _, why, err := b.RenewLease(ctx, ana, v.ID); why != hold.LeaseLost {
			t.Errorf("a renewal: %v", err)
		}
		if why, err := b.ReturnCase(ctx, ana, v.ID); why != hold.LeaseLost {
			t.Errorf("a return: %v", err)
		}
		again, err := b.NextCase(ctx, bo)
		b.Must(err)
		expect(b, "who asks again gets the same", again, v.ID)
	})
}

// Fifty agents and a thousand customers (behind a pooler, two hundred), two holds each:
// nobody is given to two. The lock is the row's and the index's; without either this fails.
func TestParallelClaims(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		customers := b.Crowd(1000)
		if b.Dialect() == "sqlite" {
			customers = 200 // one writer
		}
		storetest.Queue(t, storetest.Raw(t, b.URL), customers)
		var agents []store.By
		for i := range 50 {
			agents = append(agents, b.Agent(fmt.Sprintf("agent%02d", i), "agent"))
		}
		var given sync.Map
		var doubles, total atomic.Int64
		var wg sync.WaitGroup
		for _, by := range agents {
			wg.Go(func() {
				for {
					id, err := b.NextCase(context.Background(), by)
					if err != nil {
						t.Error(err)
						return
					}
					if id == "" {
						return
					}
					if _, twice := given.LoadOrStore(id, by.Sub); twice {
						doubles.Add(1)
					}
					total.Add(1)
					v, why, err := b.ViewCase(context.Background(), by, id)
					if err != nil || why != "" {
						t.Error(err)
						return
					}
					for _, k := range v.Tasks {
						if _, err := b.Dispose(context.Background(), b.Disposing(by, v, k, hold.Refused)); err != nil {
							t.Error(err)
							return
						}
					}
				}
			})
		}
		wg.Wait()
		expect(b, "given twice", doubles.Load(), 0)
		expect(b, "given", total.Load(), int64(customers))
	})
}

// The best first: help, then priority, then the nearest deadline.
func TestQueueOrder(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		b.Customer = b.NewCustomer("small")
		b.Called(storetest.CallLadder(), 10_00)
		b.Customer = b.NewCustomer("large")
		b.Called(storetest.CallLadder(), 100_000_00)
		b.Customer = b.NewCustomer("helped")
		b.Must(b.AskForHelp(ctx, "helped"))
		b.Must(b.AskForHelp(ctx, "helped"))
		ana := b.Agent("ana", "agent")
		for _, want := range []hold.CustomerID{"helped", "large", "small"} {
			v := b.Case(ana)
			expect(b, "next", v.CustomerID, want)
			expect(b, "tasks", len(v.Tasks), 1)
			b.Disposed(ana, v, hold.NotTheirs)
		}
		verify(b)
	})
}

// A customer's holds are one case, and a new one joins it.
func TestOneCaseACustomer(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		b.Called(storetest.CallLadder(), 10_00)
		b.Called(storetest.CallLadder(), 20_00)
		ana := b.Agent("ana", "agent")
		v := b.Case(ana)
		expect(b, "tasks", len(v.Tasks), 2)
		b.Called(storetest.CallLadder(), 30_00)
		v, why, err := b.ViewCase(ctx, ana, v.ID)
		b.Granted(why, err)
		expect(b, "joined", len(v.Tasks), 3)
		b.RangInVain(ana, v)
		for i := range v.Tasks {
			_, err := b.Dispose(ctx, b.Disposing(ana, v, v.Tasks[i], hold.NoAnswer))
			b.Must(err)
		}
		if _, why, err := b.RenewLease(ctx, ana, v.ID); why != hold.LeaseLost {
			t.Errorf("a case that is worked through is still leased: %v", err)
		}
	})
}

// An agent does not get their own account's case, sees nothing of it and asks
// for nothing about it, even when the link became known with the case in hand.
func TestLinkedAgent(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		id, _ := b.Called(storetest.CallLadder(), 10_00)
		ana, bo, sam, sue := b.Agent("ana", "agent"), b.Agent("bo", "agent"), b.Agent("sam", "supervisor"), b.Agent("sue", "supervisor")
		link := func(sub string) {
			_, why, err := b.PutAgent(ctx, sue, store.PutAgent{Sub: sub, CustomerID: new(b.Customer.ID)})
			b.Granted(why, err)
		}
		refused := func(what string, why hold.Refusal, err error) {
			t.Helper()
			if err != nil || why != hold.AgentLinked {
				t.Errorf("%s: %q, %v", what, why, err)
			}
		}
		link("ana")
		next, err := b.NextCase(ctx, ana)
		b.Must(err)
		expect(b, "none", next, "")
		_, why, err := b.OpenInbound(ctx, store.Inbound{By: ana, HoldID: id, Rules: storetest.CallRules})
		refused("inbound", why, err)
		items, err := b.Queue(ctx, ana, store.QueuePage{Limit: 10})
		b.Must(err)
		expect(b, "their queue", len(items), 0)
		items, err = b.Queue(ctx, bo, store.QueuePage{Limit: 10})
		b.Must(err)
		expect(b, "another's", len(items), 1)

		v := b.Case(bo)
		link("bo")
		link("sam")
		_, why, err = b.ViewCase(ctx, bo, v.ID)
		refused("a look with the lease", why, err)
		_, why, err = b.ViewCase(ctx, sam, v.ID)
		refused("a supervisor's look", why, err)
		_, _, why, err = b.PlaceCall(ctx, bo, v.ID, v.Customer.Phones[0].ID, storetest.Contact)
		refused("a call", why, err)
		_, why, err = b.Unmask(ctx, store.Unmask{By: bo, CaseID: v.ID, Field: "account", Of: string(id), Reason: "curious"})
		refused("unmasking", why, err)
		refused("a disposition", b.Disposed(bo, v, hold.Refused).Refusal, nil)
		_, _, _, why, err = b.AskOverride(ctx, sam, id, 1, "mine")
		refused("an override", why, err)
		b.Must(b.AskForHelp(ctx, b.Customer.ID))
		_, why, err = b.AskUnfreeze(ctx, sam, b.Customer.ID, "mine")
		refused("an unfreeze", why, err)
		_, why, err = b.AskUnfreeze(ctx, sue, b.Customer.ID, "spoke to her")
		b.Granted(why, err)
		for by, want := range map[string]int{"sam": 0, "sue": 1} {
			as, err := b.Approvals(ctx, store.By{Sub: by}, 10)
			b.Must(err)
			expect(b, "approvals shown to "+by, len(as), want)
		}
		b.Clock.Forward(time.Second)
		b.Must(b.RevokeAgent(ctx, sam, "sue"))
		_, _, err = b.AskUnfreeze(ctx, sue, b.Customer.ID, "again")
		expect(b, "nor does who is revoked", errors.Is(err, store.ErrRevoked), true)
		verify(b)
	})
}

// Two digits are a hundred numbers: three tries a lease and ten misses an hour,
// however many leases and sessions an agent takes. Supervisors hear of it.
func TestDigitsAreNotGuessed(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		b.Called(storetest.CallLadder(), 10_00)
		ana := b.Agent("ana", "agent")
		compared := 0
		for range 5 {
			in, why, err := b.OpenInbound(ctx, store.Inbound{By: ana, CustomerID: b.Customer.ID, Reason: "rang", Rules: storetest.CallRules})
			b.Granted(why, err)
			shown, err := b.AppCall(ctx, b.Customer.ID)
			b.Must(err)
			var wg sync.WaitGroup
			var mu sync.Mutex
			for range 8 {
				wg.Go(func() {
					ok, left, why, err := b.Identify(context.Background(), ana, in, "x"+shown.Digits[:1])
					mu.Lock()
					defer mu.Unlock()
					switch {
					case ok:
						t.Error("it was no number")
					case err != nil || why != "" && (why != hold.LooksSpent || left > 0):
						t.Error(why, left, err)
					}
				})
			}
			wg.Wait()
			b.Granted(b.ReturnCase(ctx, ana, in))
			compared = count(kinds(b, in), "case.misidentified")
		}
		expect(b, "compared in all", compared, 10)
		expect(b, "raised", count(kinds(b, "agent:ana"), "agent.limit_reached"), 1)
		in, why, err := b.OpenInbound(ctx, store.Inbound{By: ana, CustomerID: b.Customer.ID, Reason: "rang", Rules: storetest.CallRules})
		b.Granted(why, err)
		shown, err := b.AppCall(ctx, b.Customer.ID)
		b.Must(err)
		ok, _, why, err := b.Identify(ctx, ana, in, shown.Digits)
		b.Must(err)
		expect(b, "the right one comes too late", !ok && why == hold.LooksSpent, true)
		b.Clock.Forward(time.Hour)
		in, why, err = b.OpenInbound(ctx, store.Inbound{By: ana, CustomerID: b.Customer.ID, Reason: "rang", Rules: storetest.CallRules})
		b.Granted(why, err)
		shown, err = b.AppCall(ctx, b.Customer.ID)
		b.Must(err)
		ok, _, why, err = b.Identify(ctx, ana, in, shown.Digits)
		b.Granted(why, err)
		expect(b, "an hour later", ok, true)
		verify(b)
	})
}

// A customer who rang in is nobody until their number is right: the case and
// the queue show nothing of their payments. Twenty such cases an hour, those of
// nobody counted too.
func TestInboundIsHidden(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		id, _ := b.Called(storetest.CallLadder(), 10_00)
		ana, sam := b.Agent("ana", "agent"), b.Agent("sam", "supervisor")
		items := func() []store.QueueItem {
			items, err := b.Queue(ctx, sam, store.QueuePage{Limit: 10})
			b.Must(err)
			return items
		}
		never, why, err := b.ViewCase(ctx, sam, items()[0].ID)
		b.Granted(why, err)
		expect(b, "nobody had it", never.Identified, false)
		in, why, err := b.OpenInbound(ctx, store.Inbound{By: ana, HoldID: id, Reason: "rang", Rules: storetest.CallRules})
		b.Granted(why, err)
		v, why, err := b.ViewCase(ctx, ana, in)
		b.Granted(why, err)
		expect(b, "hidden", v.Hidden, true)
		expect(b, "in the queue too", len(items()[0].Holds), 0)
		_, why, err = b.Unmask(ctx, store.Unmask{By: ana, CaseID: in, Field: "account", Of: string(id), Reason: "curious"})
		b.Must(err)
		expect(b, "nothing is unmasked", why == hold.IdentityMissing, true)
		for _, d := range []hold.Disposition{hold.Confirmed, hold.Refused, hold.NotTheirs, hold.SameFace} {
			expect(b, string(d)+" of nobody", b.Disposed(ana, v, d).Refusal, hold.IdentityMissing)
		}
		b.Proved(ana, v)
		expect(b, "then they are", len(items()[0].Holds), 1)

		b.Granted(b.ReturnCase(ctx, ana, in))
		for i := range 19 {
			_, _, err := b.OpenInbound(ctx, store.Inbound{By: ana, CustomerID: hold.CustomerID(fmt.Sprint("guess-", i)), Reason: "fishing",
				Rules: storetest.CallRules})
			expect(b, "nobody", errors.Is(err, store.ErrNotFound), true)
		}
		_, why, err = b.OpenInbound(ctx, store.Inbound{By: ana, CustomerID: b.Customer.ID, Reason: "rang", Rules: storetest.CallRules})
		b.Must(err)
		expect(b, "twenty are enough", why == hold.LooksSpent, true)
		expect(b, "raised", count(kinds(b, "agent:ana"), "agent.limit_reached"), 1)
		verify(b)
	})
}

// Twenty looks an hour, whatever the number of sessions; then supervisors hear.
func TestUnmaskLimit(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		id, _ := b.Called(storetest.CallLadder(), 10_00)
		ana := b.Agent("ana", "agent")
		v := b.Case(ana)
		var seen, spent atomic.Int64
		var wg sync.WaitGroup
		for range 60 {
			wg.Go(func() {
				value, why, err := b.Unmask(context.Background(), store.Unmask{By: ana, CaseID: v.ID, Field: "account", Of: string(id),
					Reason: "asked"})
				switch {
				case err == nil && why == "" && value == "DE02100100100006820101":
					seen.Add(1)
				case why == hold.LooksSpent && value == "":
					spent.Add(1)
				default:
					t.Errorf("%q %v", value, err)
				}
			})
		}
		wg.Wait()
		expect(b, "seen", seen.Load(), 20)
		expect(b, "refused", spent.Load(), 40)
		as, err := b.Agents(ctx)
		b.Must(err)
		expect(b, "raised", as[0].SpentAt, b.Clock.Now())
		verify(b)
	})
}

// The two digits are counted before they are compared, three a lease whatever
// the number of sessions.
func TestIdentifyTries(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		b.Called(storetest.CallLadder(), 10_00)
		ana := b.Agent("ana", "agent")
		for range 5 {
			v := b.Case(ana)
			call := b.Rang(ana, v, time.Minute)
			shown, err := b.AppCall(ctx, b.Customer.ID)
			b.Must(err)
			wrong := "00"
			if shown.Digits == wrong {
				wrong = "01"
			}
			var wg sync.WaitGroup
			for range 60 {
				wg.Go(func() {
					if ok, _, why, err := b.Identify(context.Background(), ana, v.ID, wrong); ok || err != nil || why != "" {
						t.Errorf("%v %q %v", ok, why, err)
					}
				})
			}
			wg.Wait()
			ok, left, why, err := b.Identify(ctx, ana, v.ID, shown.Digits)
			b.Granted(why, err)
			expect(b, "the right one fails too", ok, false)
			expect(b, "none left", left, 0)
			v, why, err = b.ViewCase(ctx, ana, v.ID)
			b.Granted(why, err)
			expect(b, "compared", v.Tries, 3)
			b.Hung(call, time.Minute)
			b.Granted(b.ReturnCase(ctx, ana, v.ID))
			b.Clock.Forward(50 * time.Minute)
		}
		verify(b)
	})
}
