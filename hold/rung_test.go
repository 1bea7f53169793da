package hold_test

import (
	"testing"
	"time"

	"holdfast/hold"

	"pgregory.net/rapid"
)

// A rung's end never passes the deadline, waiting never shortens it, and a spent
// plan never lengthens it.
func TestRungEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		after := func(what string) hold.Instant {
			return start.Add(time.Duration(rapid.IntRange(0, 100).Draw(t, what)) * time.Minute)
		}
		h := hold.Hold{Deadline: after("deadline"), Rung: 0, RungOpenedAt: start,
			Terms: hold.Terms{Ladder: hold.Ladder{Rungs: []hold.Rung{{Quorum: hold.Any, Timeout: hold.Duration(30 * time.Minute),
				Asks: []hold.Ask{{Channel: hold.Callback}}}}}}}
		if rapid.Bool().Draw(t, "another channel") {
			h.Terms.Ladder.Rungs[0].Asks = append(h.Terms.Ladder.Rungs[0].Asks, hold.Ask{Channel: hold.Push})
		}
		call := after("call")
		h.RungEndsAt = h.RungOpens(0, start, call)
		if h.RungEndsAt > h.Deadline || h.RungEndsAt < min(call, h.Deadline) {
			t.Fatalf("it opens until %s, with a call until %s", h.RungEndsAt, call)
		}
		until := after("until")
		if kept := h.RungKept(until); kept < h.RungEndsAt || kept > h.Deadline || kept < min(until, h.Deadline) {
			t.Fatalf("kept until %s it ends at %s", until, kept)
		}
		now := after("now")
		cut := h.RungCut(now)
		own := start.Add(30 * time.Minute)
		if cut > h.RungEndsAt || len(h.Terms.Ladder.Rungs[0].Asks) == 1 && cut > now || len(h.Terms.Ladder.Rungs[0].Asks) == 2 &&
			cut < min(own, h.RungEndsAt) {
			t.Fatalf("cut at %s it ends at %s", now, cut)
		}
	})
}
