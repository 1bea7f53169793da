package gateway

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"holdfast/app"
	"holdfast/hold"
	"holdfast/policy"
	"holdfast/store"
	"holdfast/store/storetest"
)

// What was shown as it was committed is not looked at again by the tick, and what
// the record says since is.
func TestTickLooksAtWhatIsNew(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		ctx, who := t.Context(), b.Customer.ID
		b.Must(b.SavePolicy(ctx, "v1", policy.Default().Source()))
		h := New(Config{Store: b.Store, Bus: store.NewBus(), Log: slog.New(slog.DiscardHandler),
			Desk: &app.Desk{Store: b.Store, Policies: policy.NewSet(policy.Default())}})
		_, err := b.CreateSession(ctx, who, "digest", time.Hour, "test")
		b.Must(err)
		c := &conn{hub: h, customer: who, device: b.Old(), session: "digest", sessionEnds: b.Clock.Now().Add(time.Hour),
			queue: make(chan []byte, maxQueue), done: make(chan struct{}),
			shown: map[hold.ChallengeID]hold.ID{}, waiting: map[hold.ID]bool{}, told: map[hold.ID]bool{}}
		if !h.add(c) {
			t.Fatal("refused")
		}
		all := []hold.CustomerID{who}
		expect := func(when string, want ...hold.CustomerID) {
			t.Helper()
			if got := h.changed(context.Background()); !slices.Equal(got, want) {
				t.Errorf("%s, looked at: %v, want %v", when, got, want)
			}
		}
		expect("it has come", who)
		h.look(ctx, all, true)
		expect("nothing has happened")
		res, err := b.AcceptHold(ctx, b.Accepting(storetest.PushLadder()))
		b.Must(err)
		_, err = b.OpenRung(ctx, res.HoldID, 0, hold.NoRung, storetest.Rules)
		b.Must(err)
		expect("it is asked", who)
		h.look(ctx, all, false)
		if len(c.shown) != 1 {
			t.Fatalf("shown: %v", c.shown)
		}
		expect("it was shown at once")
		_, why, err := b.PutCustomer(ctx, store.PutCustomer{ID: who, Name: "Lin", Locale: "en", TimeZone: "UTC", Phrase: "p", Actor: "test"})
		b.Granted(why, err)
		expect("its chain has grown", who)
		h.look(ctx, all, false)
		expect("its chain was not looked at", who)
		h.look(ctx, all, true)
		expect("it was")
		h.remove(c)
		expect("it has gone")
		if len(h.seen) != 0 {
			t.Errorf("of who has gone is kept %v", h.seen)
		}
	})
}

// Each socket has its turn to be pinged, as many in one as in another, and waits for
// no other; who has gone has none.
func TestTurnsOfPings(t *testing.T) {
	t.Parallel()
	h := New(Config{})
	var all []*conn
	for i := range 3 * pingTurns {
		c := &conn{hub: h, customer: hold.CustomerID(rune('a' + i)), queue: make(chan []byte, 1)}
		if !h.add(c) {
			t.Fatal("refused")
		}
		all = append(all, c)
	}
	stalled, gone := all[0], all[1]
	stalled.queue <- []byte("it reads nothing")
	h.remove(gone)
	for turn := range pingTurns {
		if n := len(h.turns[turn]); n != 3 && (n != 2 || turn != gone.turn) {
			t.Errorf("%d sockets in turn %d", n, turn)
		}
		h.ping(turn)
	}
	for i, c := range all {
		select {
		case b := <-c.queue:
			if (b == nil) == (c == stalled) || c == gone {
				t.Errorf("socket %d: %q", i, b)
			}
		default:
			if c != gone {
				t.Errorf("socket %d was not pinged", i)
			}
		}
	}
}
