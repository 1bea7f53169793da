package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// A customer is called in their hours alone: nobody gets who was not taken by
// their end, who then waits for the morning, and the rung waits with them.
func TestHours(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		evening := time.Date(2026, 3, 4, 20, 0, 0, 0, rome(t))
		ana := b.Agent("ana", "agent")
		forwardTo(b, evening.Add(-5*time.Minute))
		ladder := hold.Ladder{Name: "call", Exhausted: hold.ExhaustedReverse, Rungs: []hold.Rung{storetest.Rung("call", time.Hour,
			hold.Callback)}}
		id, _ := b.Called(ladder, 100_00)
		v := b.Case(ana)
		b.Clock.Forward(6 * time.Minute)
		_, _, out, err := b.PlaceCall(ctx, ana, v.ID, v.Customer.Phones[0].ID, storetest.Contact)
		b.Must(err)
		expect(b, "too late for a call", out, hold.QuietHours)
		b.Granted(b.ReturnCase(ctx, ana, v.ID))
		next, err := b.NextCase(ctx, ana)
		b.Must(err)
		expect(b, "nobody gets it at night, planned anew or not", next, "")
		planAnew(b, 1)
		items, err := b.Queue(ctx, ana, store.QueuePage{Limit: 10})
		b.Must(err)
		expect(b, "it waits", items[0].Status, "later")
		expect(b, "for the morning", items[0].Until, hold.At(evening.Add(12*time.Hour)))
		forwardTo(b, evening.Add(55*time.Minute))
		p, err := b.Conclude(ctx, id)
		b.Must(err)
		expect(b, "past the rung's own time nothing is decided", p.State, hold.Waiting)
		forwardTo(b, evening.Add(12*time.Hour))
		expect(b, "in the morning", b.Case(ana).ID, v.ID)
		planAnew(b, 0)
		verify(b)
	})
}

// planAnew is what the sweeper does, for as many cases as are wanted.
func planAnew(b *storetest.Bundle, want int) {
	b.T.Helper()
	cases, err := b.Nightfall(ctx, 100)
	b.Must(err)
	expect(b, "cases to plan anew", len(cases), want)
	for _, id := range append(cases, cases...) { // twice is once
		b.Must(b.PlanAnew(ctx, id))
	}
}

func forwardTo(b *storetest.Bundle, at time.Time) { b.Clock.Forward(hold.At(at).Sub(b.Clock.Now())) }

// Customers who answer while their cases are planned anew: neither waits for the
// other, and no lock is taken against the order.
func TestNightfallRaces(t *testing.T) {
	t.Parallel()
	b := storetest.New(t, storetest.PatientURL(t))
	ana := b.Agent("ana", "agent")
	forwardTo(b, time.Date(2026, 3, 4, 19, 50, 0, 0, rome(t)))
	var ids []hold.ID
	for i := range 40 {
		b.Customer = b.NewCustomer(hold.CustomerID(fmt.Sprint("night", i)))
		id, _ := b.Called(storetest.CallLadder(), 100_00)
		ids = append(ids, id)
	}
	b.Clock.Forward(15 * time.Minute)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			cases, err := b.Nightfall(ctx, 100)
			if err != nil {
				t.Error(err)
			}
			for _, id := range cases {
				if err := b.PlanAnew(ctx, id); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for range 20 {
				if next, err := b.NextCase(ctx, ana); err != nil || next != "" {
					t.Errorf("%q, %v", next, err)
				}
			}
		})
	}
	for _, id := range ids[:20] {
		wg.Go(func() {
			if _, _, err := b.Override(ctx, id, 1, "client:bank", ""); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var deadlocks int
	b.Must(storetest.Raw(t, b.URL).Get(&deadlocks, `SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`))
	expect(b, "deadlocks", deadlocks, 0)
	for i, id := range ids {
		expect(b, "decided", b.Look(id).Status.Decided(), i < 20)
	}
}

// A hold that comes at night is asked in the morning, within its rung.
func TestNightRung(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		morning := hold.At(time.Date(2026, 3, 5, 8, 0, 0, 0, rome(t)))
		ana := b.Agent("ana", "agent")
		forwardTo(b, time.Date(2026, 3, 4, 23, 0, 0, 0, rome(t)))
		ladder := hold.Ladder{Name: "call", Exhausted: hold.ExhaustedReverse, Rungs: []hold.Rung{storetest.Rung("call", time.Hour,
			hold.Callback)}}
		id, _ := b.Called(ladder, 100_00)
		expect(b, "the rung waits for the first call", b.Look(id).RungEndsAt, morning.Add(30*time.Minute))
		b.Clock.Forward(morning.Sub(b.Clock.Now()))
		v := b.Case(ana)
		res := b.Missed(ana, v, hold.NoAnswer)
		expect(b, "and for the next of the plan", b.Look(id).RungEndsAt, max(morning.Add(30*time.Minute), res.NextAt.Add(30*time.Minute)))
		b.Clock.Forward(15 * time.Minute)
		v = b.Case(ana)
		res = b.Missed(ana, v, hold.NoAnswer)
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
			_, cause, out, err := b.PlaceCall(ctx, by, v.ID, v.Customer.Phones[0].ID, storetest.Contact)
			b.Must(err)
			expect(b, "rings "+cause, out, hold.Refusal(""))
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
		b.Granted(b.ReturnCase(ctx, ana, v.ID))
		b.Clock.Forward(31 * time.Minute)
		next, err := b.NextCase(ctx, ana)
		b.Must(err)
		expect(b, "half an hour past it, no more", next, "")

		in, why, err := b.OpenInbound(ctx, store.Inbound{By: ana, HoldID: id, Reason: "could not sleep", Rules: storetest.CallRules})
		b.Granted(why, err)
		v, why, err = b.ViewCase(ctx, ana, in)
		b.Granted(why, err)
		rings(ana, v)
		b.Disposed(ana, v, hold.SuspectedScam)
		expect(b, "a supervisor goes on with it at once", b.Case(sam).ID, v.ID)
		b.Granted(b.ReturnCase(ctx, sam, v.ID))

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
		ladder := hold.Ladder{Name: "both", Exhausted: hold.ExhaustedWait, Rungs: []hold.Rung{first, storetest.Rung("call", time.Hour,
			hold.Callback)}}
		id, _ := b.Called(ladder, 100_00)
		ana := b.Agent("ana", "agent")
		in, why, err := b.OpenInbound(ctx, store.Inbound{By: ana, HoldID: id, Reason: "rang", Rules: storetest.CallRules})
		b.Granted(why, err)
		v, why, err := b.ViewCase(ctx, ana, in)
		b.Granted(why, err)
		expect(b, "the rung stays", b.Look(id).Rung, 0)
		b.Proved(ana, v)
		expect(b, "nothing to confirm yet", b.Disposed(ana, v, hold.Confirmed).Refusal, hold.NothingToConfirm)
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

// A case that waits for a time comes back as what is ready then: what is due
// later takes it from nobody and adds no hours.
func TestLaterCases(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		ana := b.Agent("ana", "agent")
		at := func(day, hour, minute int) time.Time { return time.Date(2026, 3, day, hour, minute, 0, 0, rome(t)) }
		two := func(name string) store.CaseView {
			b.Customer = b.NewCustomer(hold.CustomerID(name))
			b.Called(storetest.CallLadder(), 100_00)
			b.Called(storetest.CallLadder(), 101_00)
			return b.Case(ana)
		}
		callLater := func(v store.CaseView, at time.Time) {
			d := b.Disposing(ana, v, v.Tasks[1], hold.CallLater)
			d.At = hold.At(at)
			res, err := b.Dispose(ctx, d)
			b.Must(err)
			expect(b, "planned", res.Outcome, store.Disposed)
		}
		v := two("tomorrow")
		b.Missed(ana, v, hold.NoAnswer) // again in a quarter of an hour
		callLater(v, at(5, 10, 0))
		b.Clock.Forward(20 * time.Minute)
		_, err := b.Queue(ctx, ana, store.QueuePage{Limit: 10})
		b.Must(err)
		forwardTo(b, at(4, 19, 55))
		// out of the way
		_, why, err := b.OpenInbound(ctx, store.Inbound{By: b.Agent("bo", "agent"), CustomerID: "tomorrow", Reason: "rang",
			Rules: storetest.CallRules})
		b.Granted(why, err)

		v = two("tonight")
		forwardTo(b, at(4, 20, 1))
		b.Disposed(ana, v, hold.SuspectedScam) // a supervisor's, tomorrow
		callLater(v, at(4, 22, 0))
		forwardTo(b, at(4, 22, 0))
		expect(b, "the call that was promised is any agent's", b.Case(ana).CustomerID, "tonight")
		next, err := b.NextCase(ctx, b.Agent("cy", "agent"))
		b.Must(err)
		expect(b, "tomorrow's call is no reason for one tonight", next, "")
		verify(b)
	})
}

// Who rings in, or cannot show their face, is asked though the hour alone had
// made the callback undeliverable, or its call was planned for another day.
func TestTheyAreThere(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		ana := b.Agent("ana", "agent")
		rules := storetest.CallRules
		rules.Channels, rules.Link = []hold.Channel{hold.FaceLink, hold.Callback}, linkOf
		cannot := func(id hold.ID) {
			cs, err := b.Challenges(ctx, id)
			b.Must(err)
			for _, c := range cs {
				if c.Channel == hold.FaceLink {
					_, _, why, err := b.OpenLink(ctx, b.Customer.ID, c.ID, linkOf)
					b.Granted(why, err)
					b.Granted(b.CannotFace(ctx, linkOf(c.ID, 1), rules))
				}
			}
		}
		face := storetest.Rung("face", time.Hour, hold.FaceLink)
		face.Asks[0].Lifetime = hold.Duration(10 * time.Minute)

		// A planned call that nobody was reached by comes forward.
		b.Portrait()
		id := b.Held(hold.Ladder{Name: "x", Exhausted: hold.ExhaustedWait, Rungs: []hold.Rung{storetest.Rung("call", 30*time.Minute,
			hold.Callback), face}})
		_, err := b.OpenRung(ctx, id, 0, hold.NoRung, rules)
		b.Must(err)
		for range 3 {
			if res := b.Missed(ana, b.Case(ana), hold.NoAnswer); res.NextAt != 0 {
				b.Clock.Forward(res.NextAt.Sub(b.Clock.Now()))
			}
		}
		_, err = b.OpenRung(ctx, id, 0, hold.NoRung, rules)
		b.Must(err)
		cannot(id)
		v := b.Case(ana)
		expect(b, "after three calls in vain", v.Tasks[0].HoldID, id)
		b.Granted(b.ReturnCase(ctx, ana, v.ID))
		b.Disposed(ana, b.Case(ana), hold.Refused)

		// So does one of tomorrow morning.
		forwardTo(b, time.Date(2026, 3, 4, 20, 30, 0, 0, rome(t)))
		b.Customer = b.NewCustomer("awake")
		b.Portrait()
		both := storetest.Rung("both", 10*time.Hour, hold.FaceLink, hold.Callback)
		both.Asks[0].Lifetime = hold.Duration(10 * time.Minute)
		id = b.Held(hold.Ladder{Name: "x", Exhausted: hold.ExhaustedWait, Rungs: []hold.Rung{both}})
		_, err = b.OpenRung(ctx, id, 0, hold.NoRung, rules)
		b.Must(err)
		cannot(id)
		v = b.Case(ana)
		expect(b, "at night", v.Tasks[0].HoldID, id)
		b.Disposed(ana, v, hold.Refused)
		verify(b)
	})
}

// So does one for which the night is too long.
func TestTheyAreThereInAShortNight(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		ana, rules := b.Agent("ana", "agent"), storetest.CallRules
		forwardTo(b, time.Date(2026, 3, 4, 20, 30, 0, 0, rome(t)))
		b.Customer = b.NewCustomer("short")
		a := b.Accepting(storetest.CallLadder())
		terms := a.Terms
		a.Terms = func(c hold.Customer, p counterparties.Known, now hold.Instant) (hold.Terms, hold.Instant, error) {
			t, _, err := terms(c, p, now)
			t.Callback.FourEyes = map[string]int64{"EUR": 500000}
			return t, now.Add(2 * time.Hour), err
		}
		res, err := b.AcceptHold(ctx, a)
		b.Must(err)
		_, err = b.OpenRung(ctx, res.HoldID, 0, hold.NoRung, rules)
		b.Must(err)
		cs, err := b.Challenges(ctx, res.HoldID)
		b.Must(err)
		expect(b, "undeliverable", cs[0].Cause, "quiet_hours")
		in, why, err := b.OpenInbound(ctx, store.Inbound{By: ana, HoldID: res.HoldID, Reason: "r", Rules: rules})
		b.Granted(why, err)
		v, why, err := b.ViewCase(ctx, ana, in)
		b.Granted(why, err)
		b.Proved(ana, v)
		expect(b, "on the line, proved, in time", b.Disposed(ana, v, hold.Confirmed).Outcome, store.Disposed)
		_, err = b.Conclude(ctx, res.HoldID)
		b.Must(err)
		expect(b, "released", b.Look(res.HoldID).Decision.Outcome, hold.Release)
		verify(b)
	})
}
