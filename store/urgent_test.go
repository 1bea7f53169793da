package store_test

import (
	"fmt"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"
)

// urgent are the kinds of the tasks about the customer and no hold that wait.
func urgent(b *storetest.Bundle, id hold.CustomerID) (kinds []queue.TaskKind) {
	b.T.Helper()
	b.Must(storetest.Raw(b.T, b.URL).Select(&kinds, storetest.Raw(b.T, b.URL).Rebind(
		`SELECT kind FROM tasks WHERE customer_id = ? AND hold_id = '' AND status <> 'closed' ORDER BY kind`), id))
	return kinds
}

// Who says that a payment is not theirs is called: once, however many they say it
// of; for help, when they ask for it; not after an agent who just spoke with
// them, nor where the policy promises nothing.
func TestFrozenAreCalled(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		reports := func(id hold.ID) {
			b.T.Helper()
			_, err := b.ReportNotMe(ctx, b.Customer.ID, id)
			b.Must(err)
		}
		b.Subtest("once", func() {
			for _, id := range []hold.ID{b.Held(storetest.PushLadder()), b.Held(storetest.PushLadder())} {
				reports(id)
				expect(b, "one call", fmt.Sprint(urgent(b, b.Customer.ID)), "[freeze]")
			}
			b.Must(b.AskForHelp(ctx, b.Customer.ID))
			expect(b, "for help now", fmt.Sprint(urgent(b, b.Customer.ID)), "[help]")
			reports(b.Held(storetest.PushLadder()))
			b.Thaw(b.Customer.ID)
			expect(b, "help stays", fmt.Sprint(urgent(b, b.Customer.ID)), "[help]")
		})
		b.Subtest("thawed", func() {
			reports(b.Held(storetest.PushLadder()))
			b.Thaw(b.Customer.ID)
			expect(b, "nobody is frozen", fmt.Sprint(urgent(b, b.Customer.ID)), "[]")
		})
		b.Subtest("answered", func() {
			_, c := b.Asked(storetest.PushLadder())
			b.Say(c.ID, b.Old(), hold.NotMe)
			expect(b, "by an answer", fmt.Sprint(urgent(b, b.Customer.ID)), "[freeze]")
		})
		b.Subtest("waits", func() {
			reports(calledBy(b, storetest.CallLadder(), 1, func(t *hold.Terms) { t.Callback.NoUrgent = true }))
			expect(b, "nothing was promised", fmt.Sprint(urgent(b, b.Customer.ID)), "[]")
		})
		b.Subtest("spoken with", func() {
			ana := b.Agent("ana", "agent")
			b.Called(storetest.CallLadder(), 100_00)
			v := rangIn(b, ana)
			b.Proved(ana, v)
			b.Disposed(ana, v, hold.NotTheirs)
			expect(b, "nobody calls", fmt.Sprint(urgent(b, b.Customer.ID)), "[]")
		})
		verify(b)
	})
}

// A call for help has results of its own, and none of them releases.
func TestHelpHasItsOwnResults(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		ana, sam := b.Agent("ana", "agent"), b.Agent("sam", "supervisor")
		asked := func(name string, tell func(v store.CaseView)) {
			b.Subtest(name, func() {
				id := b.Held(storetest.PushLadder())
				b.Must(b.AskForHelp(ctx, b.Customer.ID))
				v := b.Case(ana)
				expect(b, "kind", v.Tasks[0].Kind, queue.TaskHelp)
				tell(v)
				expect(b, "held", b.Look(id).Status, hold.Held)
			})
		}
		frozen := func() hold.Customer {
			c, err := b.Store.Customer(ctx, b.Customer.ID)
			b.Must(err)
			expect(b, "still frozen", c.FrozenAt != 0, true)
			return c
		}
		asked("wrong", func(v store.CaseView) {
			talked(b, ana, v, 31*time.Second)
			for _, d := range hold.Dispositions {
				if res := b.Disposed(ana, v, d); !d.OfUrgent() && d != hold.NotTheirs && res.Refusal != hold.DispositionMismatch {
					t.Errorf("%s: %+v", d, res)
				} else if res.Refusal == "" {
					break // safe_now ends it
				}
			}
		})
		asked("safe", func(v store.CaseView) {
			expect(b, "nobody was spoken to", b.Disposed(ana, v, hold.SafeNow).Refusal, hold.CallMissing)
			talked(b, ana, v, 31*time.Second)
			expect(b, "safe", b.Disposed(ana, v, hold.SafeNow).Outcome, store.Disposed)
			expect(b, "nothing waits for them", fmt.Sprint(urgent(b, b.Customer.ID)), "[]")
			frozen()
		})
		asked("scam", func(v store.CaseView) {
			b.Disposed(ana, v, hold.Scammed)
			expect(b, "suspected", frozen().SuspectedUntil > b.Clock.Now(), true)
			v = b.Case(sam)
			expect(b, "a supervisor's now", v.CustomerID, b.Customer.ID)
			expect(b, "ahead of all", v.Priority, hold.PriorityHelp)
			b.Disposed(sam, v, hold.Scammed)
			expect(b, "who ends it", fmt.Sprint(urgent(b, b.Customer.ID)), "[]")
		})
		asked("gone", func(v store.CaseView) {
			expect(b, "not reached, and no call", b.Disposed(ana, v, hold.NotReached).Refusal, hold.CallMissing)
			for i := range 3 {
				res := b.Missed(ana, v, hold.NotReached)
				expect(b, "spent", res.Spent, i == 2)
				if i < 2 {
					b.Clock.Forward(res.NextAt.Sub(b.Clock.Now()))
					v = b.Case(ana)
				}
			}
		})
		verify(b)
	})
}

// Whoever makes many customers report keeps nobody else from being called: every
// second claim of an agent looks past them, as long as others wait.
func TestAtMostHalfAreUrgent(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		for i := range 6 {
			b.Customer = b.NewCustomer(hold.CustomerID(fmt.Sprint("urgent", i)))
			b.Must(b.AskForHelp(ctx, b.Customer.ID))
		}
		for i := range 3 {
			b.Customer = b.NewCustomer(hold.CustomerID(fmt.Sprint("other", i)))
			b.Called(storetest.CallLadder(), 100_00)
		}
		ana := b.Agent("ana", "agent")
		var got []bool
		for range 9 {
			v := b.Case(ana)
			got = append(got, v.Urgent())
			d := hold.NotTheirs
			if !v.Urgent() {
				d = hold.Refused
			}
			expect(b, "dealt with", b.Disposed(ana, v, d).Outcome, store.Disposed)
		}
		expect(b, "claims", fmt.Sprint(got), "[true false true false true false true true true]")
	})
}
