package store_test

import (
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// What accepted holds wait for: a start until it is sent, and a look from the answer
// until somebody has looked. A start that is being sent has not waited.
func TestBacklogShowsWhatWaits(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		look := func() store.Backlog {
			b.T.Helper()
			got, err := b.Backlog(ctx)
			b.Must(err)
			return got
		}
		id, c := b.Asked(storetest.PushLadder())
		asked := b.Clock.Now()
		b.Clock.Forward(time.Second)
		got := look()
		if len(got.Starts) != 1 || got.Starts[0].Since != asked || len(got.Due) != 0 || got.Now != asked.Add(time.Second) {
			t.Errorf("asked: %+v", got)
		}
		rows := claim(b)
		if got := look(); len(got.Starts) != 1 || got.Starts[0].Since != got.Now {
			t.Errorf("being sent: %+v", got)
		}
		b.Must(b.OutboxDone(ctx, rows))
		b.Say(c.ID, b.Old(), hold.Approve)
		b.Clock.Forward(time.Second)
		got = look()
		if len(got.Starts) != 0 || len(got.Due) != 1 || got.Due[0].ID != string(id) || got.Due[0].Since != got.Now.Add(-time.Second) {
			t.Errorf("answered: %+v", got)
		}
		_, err := b.Conclude(ctx, id)
		b.Must(err)
		b.Clock.Forward(time.Second)
		if got := look(); len(got.Due) != 0 {
			t.Errorf("decided, and the ledger is not told: %+v", got)
		}
	})
}

// A key is known once its hold is accepted, to its own client.
func TestKnownKeys(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		a := b.Accepting(storetest.PushLadder())
		_, err := b.AcceptHold(ctx, a)
		b.Must(err)
		known, err := b.Known(ctx, a.ClientID, []string{a.Key, "another", ""})
		b.Must(err)
		others, err := b.Known(ctx, "another", []string{a.Key})
		b.Must(err)
		if len(known) != 1 || !known[a.Key] || len(others) != 0 {
			t.Errorf("%v, of another client %v", known, others)
		}
	})
}

// The start of a hold that was woken before it was sent goes with the wake: the
// workflow has begun. Those of others stay.
func TestWakeTakesItsStartAlong(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		b.Must(b.Deploy(ctx, atOnce()))
		other, woken := b.Held(storetest.PushLadder()), b.Held(storetest.PushLadder())
		_, _, err := b.Override(ctx, woken, 1, "client:bank", "")
		b.Must(err)
		rows, err := b.ClaimOutbox(ctx, 1, 0)
		b.Must(err)
		expect(b, "first", rows[0].Kind, store.OutboxWake)
		b.Must(b.OutboxDone(ctx, rows))
		rows = claim(b)
		if len(rows) != 1 || rows[0].Workflow != string(other) || rows[0].Kind != store.OutboxStart {
			t.Errorf("left: %+v", rows)
		}
	})
}
