package store_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// claim takes what is due, however long ahead of its need.
func claim(b *storetest.Bundle) []store.OutboxRow {
	b.T.Helper()
	rows, err := b.ClaimOutbox(ctx, 100, time.Minute, time.Hour)
	b.Must(err)
	return rows
}

func rowKinds(rows []store.OutboxRow) (ks []store.OutboxKind) {
	for _, r := range rows {
		ks = append(ks, r.Kind)
	}
	return ks
}

// A hold has one wake that waits. What was merged into it while a relay sent it is
// not taken for sent, and not put off.
func TestOneWakeWaits(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		id, c := b.Asked(storetest.PushLadder())
		b.Must(b.OutboxDone(ctx, claim(b)))
		b.Say(c.ID, b.Old(), hold.Approve)
		b.Say(c.ID, b.Old(), hold.Deny)
		first := claim(b)
		expect(b, "waiting", len(first), 1)
		expect(b, "merged", first[0].Generation, 2)
		expect(b, "again within the lease", len(claim(b)), 0)

		_, _, err := b.Override(ctx, id, 1, "client:bank", "") // while the relay sends the first
		b.Must(err)
		b.Must(b.OutboxDone(ctx, first))
		b.Must(b.OutboxLater(ctx, first, time.Hour))
		second := claim(b)
		if len(second) != 1 || second[0].ID != first[0].ID || second[0].Generation <= first[0].Generation {
			t.Fatalf("what came meanwhile is lost: %+v after %+v", second, first)
		}
		b.Must(b.OutboxDone(ctx, second))
		n, err := b.OutboxDepth(ctx)
		b.Must(err)
		expect(b, "left", n, 0)
	})
}

// A start is not sent before it is needed, and is all that an answer until then takes: it
// is sent at once. Beside one that a relay has claimed there is a wake.
func TestAnswerTakesTheStart(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		b.Must(b.Deploy(ctx, atOnce()))
		soon := func() []store.OutboxKind {
			rows, err := b.ClaimOutbox(ctx, 100, time.Minute, 2*time.Second)
			b.Must(err)
			return rowKinds(rows)
		}
		_, c := b.Asked(storetest.PushLadder()) // nobody is connected: for 20 s
		expect(b, "sent at once", len(soon()), 0)
		n, err := b.OutboxDepth(ctx)
		b.Must(err)
		expect(b, "needed by now", n, 0)
		b.Say(c.ID, b.Old(), hold.Approve)
		b.Say(c.ID, b.Old(), hold.Deny)
		rows, err := b.ClaimOutbox(ctx, 100, time.Minute, 2*time.Second)
		b.Must(err)
		if len(rows) != 1 || rows[0].Kind != store.OutboxStart || rows[0].Delay != 0 {
			t.Errorf("of a hold that was answered: %+v", rows)
		}
		_, c = b.Asked(storetest.PushLadder())
		b.Clock.Forward(18 * time.Second)
		if got := soon(); !slices.Equal(got, []store.OutboxKind{"start"}) {
			t.Errorf("two seconds before it is needed: %v", got)
		}
		b.Say(c.ID, b.Old(), hold.Approve)
		if got := soon(); !slices.Equal(got, []store.OutboxKind{"wake"}) {
			t.Errorf("while the start is sent: %v", got)
		}
		b.Clock.Forward(time.Hour)
		n, err = b.OutboxDepth(ctx)
		b.Must(err)
		expect(b, "left: a wake, and what a relay may have sent", n, 3)
	})
}

// Something happens as a relay takes the start: either the start goes at once, or a wake
// goes with it.
func TestWakeBesideItsStart(t *testing.T) {
	t.Parallel()
	b := storetest.New(t, storetest.PostgresURL(t))
	b.Must(b.Deploy(ctx, atOnce()))
	var ids []hold.ID
	for range 48 {
		ids = append(ids, b.Held(storetest.PushLadder()))
	}
	var mu sync.Mutex
	taken := map[string][]store.OutboxRow{}
	take := func() error {
		rows, err := b.ClaimOutbox(ctx, 3, time.Hour, 48*time.Hour)
		mu.Lock()
		defer mu.Unlock()
		for _, r := range rows {
			taken[r.Workflow] = append(taken[r.Workflow], r)
		}
		return err
	}
	b.Must(many(6, func(i int) error {
		for n, id := range ids {
			var err error
			switch {
			case n%3 != i/2:
			case i%2 == 0:
				_, _, err = b.Override(ctx, id, 1, "client:bank", "")
			default:
				err = take()
			}
			if err != nil {
				return err
			}
		}
		return nil
	}))
	for range len(ids) { // what is left
		b.Must(take())
	}
	expect(b, "holds", len(taken), len(ids))
	for id, rows := range taken {
		if !slices.ContainsFunc(rows, func(r store.OutboxRow) bool { return r.Delay == 0 }) {
			t.Errorf("%s was overridden, and its workflow is told nothing: %+v", id, rows)
		}
	}
}

// A row of another version's API is no part of the merging: it names no hold.
func TestWakesOfBefore(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id, c := b.Asked(storetest.PushLadder())
		db := storetest.Raw(t, b.URL)
		for range 2 {
			db.MustExec(db.Rebind(`INSERT INTO outbox (workflow_id, kind, due_at) VALUES (?, 'wake', 1)`), id)
		}
		b.Say(c.ID, b.Old(), hold.Approve)
		rows := claim(b)
		if want := []store.OutboxKind{"wake", "wake", "start"}; !slices.Equal(rowKinds(rows), want) {
			t.Errorf("%v, want %v", rowKinds(rows), want)
		}
		b.Must(b.OutboxDone(ctx, rows))
		expect(b, "left", len(claim(b)), 0)
	})
}

// Two who wake the same holds while a relay is done with them wait for each other
// at most: nobody is broken by a deadlock.
func TestWakesAndRelaysAtOnce(t *testing.T) {
	t.Parallel()
	b := storetest.New(t, storetest.PostgresURL(t))
	var ids []hold.ID
	for range 6 {
		ids = append(ids, b.Held(storetest.PushLadder()))
	}
	b.Must(many(8, func(i int) error {
		for range 15 {
			if i%2 == 0 {
				rows, err := b.ClaimOutbox(ctx, 100, 0, time.Hour)
				slices.Reverse(rows)
				if err := errors.Join(err, b.OutboxDone(ctx, rows)); err != nil {
					return err
				}
				continue
			}
			if err := b.AskForHelp(ctx, b.Customer.ID); err != nil {
				return err
			}
		}
		return nil
	}))
	for _, id := range ids {
		expect(b, "held", b.Look(id).Status, hold.Held)
	}
}

// The sweeper adds nothing where a message to the workflow waits.
func TestSweeperAddsNoWakes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id := b.Held(storetest.PushLadder())
		for range 3 {
			b.Clock.Forward(time.Hour)
			found, _, err := b.Sweep(ctx, id)
			b.Must(err)
			expect(b, "found", found, true)
			n, err := b.OutboxDepth(ctx)
			b.Must(err)
			expect(b, "waiting", n, 1)
		}
		rows := claim(b)
		expect(b, "the start", rows[0].Kind, store.OutboxStart)
		b.Must(b.OutboxDone(ctx, rows))
		b.Clock.Forward(time.Hour)
		_, _, err := b.Sweep(ctx, id)
		b.Must(err)
		expect(b, "nothing waited", claim(b)[0].Kind, store.OutboxWake)
	})
}

// What is wanted now goes before a start that is not needed yet, however many of those came
// first; and a start that was not sent in time has no delay left.
func TestUrgentFirst(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		b.Must(b.Deploy(ctx, atOnce()))
		id := b.Held(storetest.PushLadder())
		b.Held(storetest.PushLadder())
		b.Clock.Forward(time.Second)
		_, _, err := b.Override(ctx, id, 1, "client:bank", "")
		b.Must(err)
		rows, err := b.ClaimOutbox(ctx, 1, 0, time.Hour)
		b.Must(err)
		if len(rows) != 1 || rows[0].Workflow != string(id) || rows[0].Delay != 0 {
			t.Fatalf("%+v", rows)
		}
		b.Must(b.OutboxDone(ctx, rows))
		rows = claim(b)
		expect(b, "what is left of the delay", rows[0].Delay, 19*time.Second)
		b.Clock.Forward(2 * time.Minute)
		expect(b, "Temporal was away", claim(b)[0].Delay, 0)
	})
}

// What an outage left does not hold up what is new, nor is it held up: each has half
// of the places while both wait, and what was put off is not looked at before its time.
func TestTriedAndFreshShareTheRelay(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		claim := func(limit int) (tried, fresh int) {
			rows, err := b.ClaimOutbox(ctx, limit, time.Minute, time.Hour)
			b.Must(err)
			for _, r := range rows {
				if r.Attempts > 1 {
					tried++
				} else {
					fresh++
				}
			}
			return tried, fresh
		}
		for range 8 {
			b.Held(storetest.PushLadder())
		}
		rows, err := b.ClaimOutbox(ctx, 100, time.Minute, time.Hour)
		b.Must(err)
		b.Must(b.OutboxLater(ctx, rows, time.Second))
		for range 8 {
			b.Held(storetest.PushLadder())
		}
		tried, fresh := claim(4)
		expect(b, "put off: not before its time", [2]int{tried, fresh}, [2]int{0, 4})
		b.Clock.Forward(2 * time.Second)
		tried, fresh = claim(6)
		expect(b, "half and half", [2]int{tried, fresh}, [2]int{3, 3})
		tried, fresh = claim(8)
		expect(b, "what is left of both", [2]int{tried, fresh}, [2]int{5, 1})
	})
}

// Each hold that is not decided is woken once, whatever waits for it already.
func TestWakeHeld(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		waits, told, over := b.Held(storetest.PushLadder()), b.Held(storetest.PushLadder()), b.Held(storetest.PushLadder())
		_, _, err := b.Override(ctx, over, 1, "client:bank", "")
		b.Must(err)
		b.Must(b.OutboxDone(ctx, claim(b)))
		b.Must(b.WakeHeld(ctx))
		first := claim(b)
		expect(b, "woken", len(first), 2)
		for i, id := range []hold.ID{waits, told} {
			if first[i].Workflow != string(id) || first[i].Kind != store.OutboxWake || first[i].Delay != 0 {
				t.Errorf("%d: %+v", i, first[i])
			}
		}
		b.Must(b.WakeHeld(ctx)) // while the relay sends the first
		b.Must(b.OutboxDone(ctx, first))
		expect(b, "woken again", len(claim(b)), 2)
	})
}
