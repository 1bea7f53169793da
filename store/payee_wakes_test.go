package store_test

import (
	"slices"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// A workflow hears of a verdict only where it would come too late by itself: ten thousand
// that wait for what is later now need not run. They hear of it one after the other.
func TestWhoHearsOfAVerdict(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		p := paysMules(b)
		db := storetest.Raw(t, b.URL)
		wakes := func() (of []hold.ID, at []hold.Instant) {
			b.Must(db.Select(&of, `SELECT workflow_id FROM outbox WHERE kind = 'wake' ORDER BY wanted_at`))
			b.Must(db.Select(&at, `SELECT wanted_at FROM outbox WHERE kind = 'wake' ORDER BY wanted_at`))
			_, err := db.Exec(`DELETE FROM outbox`)
			b.Must(err)
			return of, at
		}
		pays := func(l hold.Ladder) hold.ID { b.Clock.Forward(time.Millisecond); return p.pays(mule, l) }
		// The call's end is far behind the question's: its workflow looks before that.
		later := pays(appThenCall())
		// The call's end comes before the question's, which its workflow waits for.
		b.Must(b.Heartbeat(ctx, "gw", []store.Presence{{DeviceID: b.Old(), CustomerID: b.Customer.ID}}, nil))
		sooner := pays(ladderOf(storetest.Rung("app", 5*time.Hour, hold.Push), storetest.Rung("call", time.Hour, hold.Callback)))
		// Their workflows are to look now: somebody has answered.
		answered := []hold.ID{pays(appThenCall()), pays(appThenCall())}
		p.approves(answered[0])
		p.approves(answered[1])
		wakes()
		p.judge(later, "mule")
		began := b.Clock.Now()
		b.Clock.Forward(time.Second)
		p.carry()
		of, at := wakes()
		if !slices.Equal(of, append([]hold.ID{sooner}, answered...)) {
			t.Fatalf("%v are woken; they are %s, %v, and not %s", of, sooner, answered, later)
		}
		if gap := at[2].Sub(at[1]); gap != time.Second/20 || at[0] < began {
			t.Errorf("they are wanted at %v, %v apart", at, gap)
		}
		p.judge(later, "cleared")
		p.carry()
		if of, _ = wakes(); !slices.Contains(of, later) { // it is asked anew, for minutes
			t.Error("whose question is sooner than the call was, is not woken")
		}
		verify(b)
	})
}

// What is put off because it is known to change something is undone as a whole if it
// does not: no entry says that a question was closed by who did not close it.
func TestWhatWasCertainIsNot(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		p := paysMules(b)
		id := p.pays(mule, appThenCall())
		if err := b.CloseTwice(ctx, id); err == nil {
			t.Error("a question was closed that was closed")
		}
		expect(b, "the question", asked(b, id, hold.Push).Status, hold.Open)
		expect(b, "in the trail", p.trail(id, "challenge.cancelled"), 0)
	})
}

// As few are brought at once as the pace takes, and never more than four: ten thousand in
// ten seconds, and nine where nothing keeps it from that.
func TestCarryingKeepsPace(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ seen, ms, want int }{
		"it is fast enough":          {1000, 890, 1},
		"it is behind":               {1000, 910, 2},
		"by half a second":           {1000, 1400, 3},
		"by a second":                {1000, 1900, 4},
		"by far":                     {1000, 60_000, 4},
		"it has caught up":           {10_000, 9000, 1},
		"it has just been begun":     {0, 0, 1},
		"nothing of it has been yet": {0, 100, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := store.KeepPace(c.seen, time.Duration(c.ms)*time.Millisecond); got != c.want {
				t.Errorf("%d at once, want %d", got, c.want)
			}
		})
	}
}
