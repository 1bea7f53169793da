package store_test

import (
	"slices"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/store/storetest"
)

// Who waits is whoever nobody has asked yet, and who has answered, until somebody has
// looked; not who is asked, and not who waits for the ledger.
func TestBacklogShowsWhoWaits(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		waits := func(what string, want ...string) {
			b.T.Helper()
			b.Clock.Forward(time.Second)
			got, err := b.Backlog(ctx)
			b.Must(err)
			var ids []string
			for _, w := range got.Due {
				if ids = append(ids, w.ID); w.Since != got.Now.Add(-time.Second) {
					t.Errorf("%s: since %s, it is %s", what, w.Since, got.Now)
				}
			}
			if !slices.Equal(ids, want) {
				t.Errorf("%s: %v wait, want %v", what, ids, want)
			}
		}
		id := b.Held(storetest.PushLadder())
		waits("accepted", string(id))
		_, err := b.OpenRung(ctx, id, 0, hold.NoRung, storetest.Rules)
		b.Must(err)
		waits("asked")
		cs, err := b.Challenges(ctx, id)
		b.Must(err)
		b.Say(cs[0].ID, b.Old(), hold.Approve)
		waits("answered", string(id))
		_, err = b.Conclude(ctx, id)
		b.Must(err)
		waits("decided")
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
