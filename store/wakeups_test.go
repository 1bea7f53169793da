package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// waking are the rules of workers that know a push service.
func waking() hold.Rules {
	r := atOnce()
	r.WakeDevices = true
	return r
}

const leased = 10 * time.Second

// toWake claims who is to be woken, of those that were not tried yet or of the others.
func toWake(b *storetest.Bundle, tried bool) []store.Wakeup {
	b.T.Helper()
	ws, _, err := b.ClaimWakeups(ctx, 100, tried, leased)
	b.Must(err)
	return ws
}

func waiting(b *storetest.Bundle) int {
	b.T.Helper()
	n, err := b.WakeupsWaiting(ctx)
	b.Must(err)
	return n
}

func here(b *storetest.Bundle, d hold.DeviceID) {
	b.T.Helper()
	b.Must(b.Heartbeat(ctx, "gw", []store.Presence{{DeviceID: d, CustomerID: b.Customer.ID}}, nil))
}

// Whom to wake is on record with the question, whoever opens it: each device without a
// socket, once, however often somebody looks at the hold.
func TestWhoSleepsIsOnRecord(t *testing.T) {
	t.Parallel()
	app := storetest.Rung("app", 5*time.Minute, hold.Push)
	gone := storetest.Rung("text", 5*time.Minute, hold.SMS) // not set up
	sleeping := func(b *storetest.Bundle) []hold.DeviceID { return []hold.DeviceID{b.Old(), b.Young()} }
	nobody := func(*storetest.Bundle) []hold.DeviceID { return nil }
	look := func(b *storetest.Bundle, id hold.ID, r hold.Rules) {
		_, p, err := b.Finish(ctx, id, r)
		b.Must(err)
		expect(b, "errands of the workflow", len(p.Errands), 0)
	}
	accepted := func(b *storetest.Bundle, r hold.Rules, l hold.Ladder) hold.ID {
		b.Must(b.Deploy(ctx, r))
		return b.Held(l)
	}
	for name, c := range map[string]struct {
		open func(b *storetest.Bundle) hold.ID
		want func(b *storetest.Bundle) []hold.DeviceID
	}{
		"by who accepts the hold": {func(b *storetest.Bundle) hold.ID { return accepted(b, waking(), ladderOf(app)) }, sleeping},
		"one has a socket": {func(b *storetest.Bundle) hold.ID {
			here(b, b.Old())
			return accepted(b, waking(), ladderOf(app))
		}, func(b *storetest.Bundle) []hold.DeviceID { return []hold.DeviceID{b.Young()} }},
		"no push service": {func(b *storetest.Bundle) hold.ID { return accepted(b, atOnce(), ladderOf(app)) }, nobody},
		"a face check in the app": {func(b *storetest.Bundle) hold.ID {
			return accepted(b, waking(), ladderOf(faceRung(false)))
		}, sleeping},
		"by the hold's workflow": {func(b *storetest.Bundle) hold.ID {
			id := b.Held(ladderOf(gone, app))
			look(b, id, waking())
			return id
		}, sleeping},
		"by an API of before": {func(b *storetest.Bundle) hold.ID {
			id := accepted(b, atOnce(), ladderOf(app))
			look(b, id, waking())
			return id
		}, sleeping},
		"by a workflow of before": {func(b *storetest.Bundle) hold.ID {
			id := b.Held(ladderOf(app))
			p, err := b.OpenRung(ctx, id, 0, hold.NoRung, waking())
			b.Must(err)
			expect(b, "to deliver", len(p.Deliver), 0)
			return id
		}, sleeping},
		"a workflow of before was about to wake them": {func(b *storetest.Bundle) hold.ID {
			id, q := b.Asked(ladderOf(app))
			d, err := b.BeginDelivery(ctx, q.ID)
			b.Must(err)
			expect(b, "there is nothing to deliver", d == nil, true)
			return id
		}, sleeping},
		"a workflow of before has woken them": {func(b *storetest.Bundle) hold.ID {
			id, q := b.Asked(ladderOf(app))
			raw := storetest.Raw(b.T, b.URL)
			raw.MustExec(raw.Rebind(`INSERT INTO deliveries (id, challenge_id, status, at) VALUES ('dlv_1', ?, 'sent', 1)`), q.ID)
			look(b, id, waking())
			return id
		}, nobody},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
				id := c.open(b)
				got, want := woken(b, id), c.want(b)
				slices.Sort(got)
				slices.Sort(want)
				if !slices.Equal(got, want) {
					t.Errorf("to be woken: %v, want %v", got, want)
				}
				r := waking()
				r.WakeDevices = name != "no push service"
				look(b, id, r)
				expect(b, "again", waiting(b), 0)
				verify(b)
			})
		})
	}
}

// woken wakes the devices that wait to be, for a hold's last question.
func woken(b *storetest.Bundle, id hold.ID) (got []hold.DeviceID) {
	b.T.Helper()
	cs, err := b.Challenges(ctx, id)
	b.Must(err)
	for _, w := range toWake(b, false) {
		got = append(got, w.Device)
		expect(b, "for the open question", w.Challenge, cs[len(cs)-1].ID)
		expect(b, "of the customer", w.Customer, b.Customer.ID)
		expect(b, "the first time", w.Attempts, 1)
		b.Must(b.EndWakeup(ctx, w, "", 0))
	}
	return got
}

// What nobody needs any more is never sent, and leaves no row.
func TestNobodyIsWokenForNothing(t *testing.T) {
	t.Parallel()
	app := storetest.Rung("app", 5*time.Minute, hold.Push)
	for name, happens := range map[string]func(b *storetest.Bundle, id hold.ID, q hold.Challenge){
		"answered":    func(b *storetest.Bundle, _ hold.ID, q hold.Challenge) { b.Say(q.ID, b.Old(), hold.Approve) },
		"frozen":      func(b *storetest.Bundle, _ hold.ID, _ hold.Challenge) { b.Must(b.AskForHelp(ctx, b.Customer.ID)) },
		"devices off": func(b *storetest.Bundle, _ hold.ID, _ hold.Challenge) { revoke(b) },
		"overridden": func(b *storetest.Bundle, id hold.ID, _ hold.Challenge) {
			_, _, err := b.Override(ctx, id, 1, "client:bank", "")
			b.Must(err)
		},
		"amended": func(b *storetest.Bundle, id hold.ID, _ hold.Challenge) {
			_, _, err := b.AmendHold(ctx, store.Amend{ID: id, Revision: 1, Actor: "client:bank",
				Change: func(r hold.Request) hold.Request { r.Amount.Minor++; return r },
				Terms: func(h hold.Hold, _ hold.Customer, _ counterparties.Known, _ hold.Instant) (hold.Terms, hold.Instant, error) {
					return h.Terms, h.Deadline, nil
				}})
			b.Must(err)
		},
		"they have a socket": func(b *storetest.Bundle, _ hold.ID, _ hold.Challenge) { here(b, b.Old()); here(b, b.Young()) },
		"the next rung is open": func(b *storetest.Bundle, id hold.ID, _ hold.Challenge) {
			b.Clock.Forward(21 * time.Second) // nobody received it
			rules := atOnce()                 // the next is not to be seen here
			_, p, err := b.Finish(ctx, id, rules)
			b.Must(err)
			expect(b, "the rung", p.Rung, 1)
		},
		"past the deadline": func(b *storetest.Bundle, _ hold.ID, _ hold.Challenge) { b.Clock.Forward(25 * time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
				b.Must(b.Deploy(ctx, waking()))
				id := b.Held(ladderOf(app, app))
				cs, err := b.Challenges(ctx, id)
				b.Must(err)
				first := toWake(b, false) // the push service is away
				expect(b, "devices", len(first), 2)
				b.Must(b.EndWakeup(ctx, first[0], "http_503", time.Second))
				b.Must(b.EndWakeup(ctx, first[1], "network", time.Second))
				b.Clock.Forward(2 * time.Second)
				expect(b, "once it is back", len(toWake(b, true)), 2)
				happens(b, id, cs[0])
				b.Clock.Forward(leased)
				expect(b, "woken", len(toWake(b, true)), 0)
				expect(b, "left", waiting(b), 0)
				verify(b)
			})
		})
	}
}

// A wake-up is claimed by one process at a time. One that died with it has it tried
// again, and whoever comes back late undoes nothing.
func TestWakeupsAreClaimedOnce(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		b.Must(b.Deploy(ctx, waking()))
		b.Held(storetest.PushLadder())
		died := toWake(b, false)
		expect(b, "devices", len(died), 2)
		expect(b, "within the lease", len(toWake(b, false))+len(toWake(b, true)), 0)
		b.Clock.Forward(leased)
		expect(b, "not as a first try", len(toWake(b, false)), 0)
		again := toWake(b, true)
		expect(b, "after the lease", len(again), 2)
		expect(b, "try", again[0].Attempts, 2)
		for _, w := range died { // it was only slow: one has failed, one was woken
			b.Must(b.EndWakeup(ctx, w, map[bool]string{true: "network"}[w.Device == b.Old()], time.Millisecond))
		}
		b.Clock.Forward(time.Second)
		expect(b, "within the other's lease", len(toWake(b, true)), 0)
		for _, w := range again {
			b.Must(b.EndWakeup(ctx, w, "http_410", 0))
		}
		expect(b, "left", waiting(b), 0)
		var ends []string
		raw := storetest.Raw(t, b.URL)
		b.Must(raw.Select(&ends, `SELECT status || code FROM wakeups ORDER BY status`))
		if !slices.Equal(ends, []string{"failedhttp_410", "sent"}) {
			t.Errorf("they ended as %v", ends)
		}
	})
}

// Processes that claim at once share the work.
func TestWakeupsAreShared(t *testing.T) {
	t.Parallel()
	b := storetest.New(t, storetest.PostgresURL(t))
	b.Must(b.Deploy(ctx, waking()))
	const holds = 12
	for i := range holds {
		b.Customer = b.NewCustomer(hold.CustomerID(fmt.Sprint("c-", i)))
		b.Held(storetest.PushLadder())
	}
	got := make([][]store.Wakeup, 6)
	b.Must(many(len(got), func(i int) error {
		for more := true; more; {
			ws, m, err := b.ClaimWakeups(ctx, 3, false, time.Hour)
			if err != nil {
				return err
			}
			got[i], more = append(got[i], ws...), m
		}
		return nil
	}))
	seen := map[[2]string]bool{}
	for _, w := range slices.Concat(got...) {
		seen[[2]string{string(w.Challenge), string(w.Device)}] = true
	}
	expect(b, "claimed", len(slices.Concat(got...)), len(seen))
	left := toWake(b, false) // whoever found others at the rest went home
	expect(b, "of all", len(seen)+len(left), 2*holds)
}
