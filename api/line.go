package api

import (
	"time"

	"holdfast/hold"
	"holdfast/store"
)

const (
	crowd  = 16               // fewer than these are no line: one that nothing can bring on must not bound intake
	outage = 5 * time.Second  // for which nobody leaves the head of a line
	swept  = 50 * time.Second // who is gone after that was put off by the sweeper, not served
)

// line is who waits, as it was seen last. It moves while some of the
// sixteen that were first leave it. When none has for five seconds, nobody works: that
// is an outage of Temporal or of all workers.
type line struct {
	seen  []store.Waits
	moved time.Time // the last time that it did, or was empty
	moves bool
	rate  float64 // at which they leave, a second
}

// look compares who waits with who waited before, past ago.
func (l *line) look(now []store.Waits, clock hold.Instant, at time.Time, past time.Duration) {
	still := make(map[string]bool, len(now))
	for _, w := range now {
		still[w.ID] = true
	}
	left, ahead := 0, false
	for i, w := range l.seen {
		if !still[w.ID] && clock.Sub(w.Since) < swept {
			left++
			ahead = ahead || i < crowd
		}
	}
	switch {
	case ahead:
		l.moves, l.moved = true, at
	case len(l.seen) == 0 || len(now) == 0:
		l.moved = at
	case at.Sub(l.moved) >= outage:
		l.moves = false
	}
	if share := past.Seconds(); share > 0 && share <= 1 {
		l.rate += (float64(left)/share - l.rate) * share
	}
	l.seen = now
}

// late tells whether a crowd has waited longer than it should.
func (l *line) late(clock hold.Instant, than time.Duration) bool {
	n := 0
	for _, w := range l.seen {
		if clock.Sub(w.Since) > than {
			n++
		}
	}
	return n >= crowd
}
