package store_test

import (
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// A customer is called in their hours alone: who was not taken by their end
// waits for the morning, and the rung waits with them.
func TestHours(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		evening := time.Date(2026, 3, 4, 20, 0, 0, 0, rome(t))
		until := func(at time.Time) time.Duration { return hold.At(at).Sub(b.Clock.Now()) }
		ana := b.Agent("ana", "agent")

		b.Clock.Forward(until(evening.Add(-5 * time.Minute)))
		b.Called(storetest.CallLadder(), 100_00)
		v := b.Case(ana)
		b.Clock.Forward(6 * time.Minute)
		_, out, _, err := b.PlaceCall(ctx, ana, v.ID, v.Customer.Phones[0].ID, storetest.Contact)
		b.Must(err)
		expect(b, "too late for a call", out, store.CallQuiet)
		b.Must(b.ReturnCase(ctx, ana, v.ID))
		next, err := b.NextCase(ctx, ana)
		b.Must(err)
		expect(b, "nobody gets it at night", next, "")
		items, err := b.Queue(ctx, ana, store.QueuePage{Limit: 10})
		b.Must(err)
		expect(b, "it waits", items[0].Status, "later")
		expect(b, "for the morning", items[0].Until, hold.At(evening.Add(12*time.Hour)))

		b.Clock.Forward(until(evening.Add(12 * time.Hour)))
		expect(b, "in the morning", b.Case(ana).ID, v.ID)
		verify(b)
	})
}

// A hold that comes at night is asked in the morning, within its rung.
func TestNightRung(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		morning := hold.At(time.Date(2026, 3, 5, 8, 0, 0, 0, rome(t)))
		ana := b.Agent("ana", "agent")
		b.Clock.Forward(hold.At(time.Date(2026, 3, 4, 23, 0, 0, 0, rome(t))).Sub(b.Clock.Now()))
		ladder := hold.Ladder{Name: "call", Exhausted: hold.ExhaustedReverse, Rungs: []hold.Rung{storetest.Rung("call", time.Hour, hold.Callback)}}
		id, _ := b.Called(ladder, 100_00)
		expect(b, "the rung waits for the first call", b.Look(id).RungEndsAt, morning.Add(30*time.Minute))
		b.Clock.Forward(morning.Sub(b.Clock.Now()))
		v := b.Case(ana)
		res := b.Disposed(ana, v, hold.NoAnswer)
		expect(b, "and for the next of the plan", b.Look(id).RungEndsAt, max(morning.Add(30*time.Minute), res.NextAt.Add(30*time.Minute)))
		b.Clock.Forward(15 * time.Minute)
		v = b.Case(ana)
		res = b.Disposed(ana, v, hold.NoAnswer)
		expect(b, "longer than its timeout", b.Look(id).RungEndsAt, res.NextAt.Add(30*time.Minute))
		verify(b)
	})
}

// Who rings in, asks for help or named the time is called at any hour.
func TestAskedForAtNight(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		ana, sam := b.Agent("ana", "agent"), b.Agent("sam", "supervisor")
		rings := func(by store.By, v store.CaseView) {
			t.Helper()
			_, out, cause, err := b.PlaceCall(ctx, by, v.ID, v.Customer.Phones[0].ID, storetest.Contact)
			b.Must(err)
			expect(b, "rings "+cause, out, store.CallQueued)
		}
		id, _ := b.Called(storetest.CallLadder(), 100_00)
		v := b.Case(ana)
		d := b.Disposing(ana, v, v.Tasks[0], hold.CallLater)
		d.At = hold.At(time.Date(2026, 3, 4, 22, 0, 0, 0, rome(t)))
		_, err := b.Dispose(ctx, d)
		b.Must(err)
		b.Clock.Forward(d.At.Sub(b.Clock.Now()))
		v = b.Case(ana)
		rings(ana, v)
		b.Must(b.ReturnCase(ctx, ana, v.ID))
		b.Clock.Forward(31 * time.Minute)
		next, err := b.NextCase(ctx, ana)
		b.Must(err)
		expect(b, "half an hour past it, no more", next, "")

		in, err := b.OpenInbound(ctx, store.Inbound{By: ana, HoldID: id, Reason: "could not sleep", Rules: storetest.CallRules})
		b.Must(err)
		v, err = b.ViewCase(ctx, ana, in)
		b.Must(err)
		rings(ana, v)
		b.Disposed(ana, v, hold.SuspectedScam)
		expect(b, "a supervisor goes on with it at once", b.Case(sam).ID, v.ID)
		b.Must(b.ReturnCase(ctx, sam, v.ID))

		b.Customer = b.NewCustomer("helpless")
		b.Must(b.AskForHelp(ctx, "helpless"))
		b.Clock.Forward(3 * time.Hour)
		v = b.Case(ana)
		expect(b, "help", v.CustomerID, "helpless")
		rings(ana, v)
		verify(b)
	})
}

// A ring-in takes nothing from a ladder: a rung whose approval leads on to the
// next has to give it first.
func TestRingInPassesOverNoProof(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		first := storetest.Rung("push", time.Hour, hold.Push)
		first.Approved = hold.EdgeNext
		ladder := hold.Ladder{Name: "both", Exhausted: hold.ExhaustedWait, Rungs: []hold.Rung{first, storetest.Rung("call", time.Hour, hold.Callback)}}
		id, _ := b.Called(ladder, 100_00)
		ana := b.Agent("ana", "agent")
		in, err := b.OpenInbound(ctx, store.Inbound{By: ana, HoldID: id, Reason: "rang", Rules: storetest.CallRules})
		b.Must(err)
		v, err := b.ViewCase(ctx, ana, in)
		b.Must(err)
		expect(b, "the rung stays", b.Look(id).Rung, 0)
		b.Proved(ana, v)
		expect(b, "nothing to confirm yet", b.Disposed(ana, v, hold.Confirmed).Refusal, store.RefusedNoAsk)
		expect(b, "but to refuse", b.Disposed(ana, v, hold.Refused).Outcome, store.Disposed)
		expect(b, "reversed", b.Look(id).Decision.Outcome, hold.Reverse)
		verify(b)
	})
}

func rome(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}
