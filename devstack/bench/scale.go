// Package bench measures Holdfast beside what is least possible: A and B in turn
// in one run, each in processes of its own, on databases that keep every promise.
// It meets Holdfast from outside, over its API, its sockets and its ledger, so
// that it measures tomorrow's Holdfast as it does today's.
package bench

import (
	"cmp"
	"time"
)

// Scale is how much is measured.
type Scale struct {
	Rounds         int
	Warm, Window   time.Duration // Warm outlasts the time-outs of what was measured before
	AtOnce         int
	Customers      int
	Questions      int // row 6: answered in a round
	Sockets        int // rows 7 and 8
	Batch          int // lines, row 5
	Agents, Claims int // row 9
	Few, Many      int // cases that wait, row 9
	Open           int // holds, row 10, beside Few
	Burst          time.Duration
	Probes         int // questions that are open before the burst
	Payments       int // row 13
	Steps          []float64
	Settle         time.Duration // until memory is read
	Drain          time.Duration // for what a burst left
	SQLite         bool          // rows 1 and 1w on SQLite, too
	Demo           bool          // row 13, which takes as long as its people do
}

// Usual is what `make bench` measures, in about a quarter of an hour.
func Usual() Scale {
	return Scale{Rounds: 3, Warm: 5 * time.Second, Window: 6 * time.Second, AtOnce: 32, Customers: 256, Questions: 300,
		Sockets: 10_000, Batch: 2000,
		Agents: 40, Claims: 2000, Few: 1000, Many: 100_000, Open: 5000, Burst: 30 * time.Second, Probes: 300, Payments: 300,
		Steps: []float64{.25, .5, .75, 1, 1.5}, Settle: 10 * time.Second, Drain: 2 * time.Minute, SQLite: true, Demo: true}
}

// Quick is a smoke run: every row's code, and no figure worth a look.
func Quick() Scale {
	return Scale{Rounds: 1, Warm: 100 * time.Millisecond, Window: 300 * time.Millisecond, AtOnce: 4, Customers: 32, Questions: 8, Sockets: 20,
		Batch: 20, Agents: 2, Claims: 4, Few: 5, Many: 20, Open: 10, Burst: 500 * time.Millisecond, Probes: 4, Payments: 4,
		Steps:  []float64{.5, 1},
		Settle: 50 * time.Millisecond, Drain: 20 * time.Second}
}

// but takes what somebody said otherwise.
func (s *Scale) but(more Scale) {
	s.Rounds = cmp.Or(more.Rounds, s.Rounds)
	s.Sockets = cmp.Or(more.Sockets, s.Sockets)
	s.Open = cmp.Or(more.Open, s.Open)
}

// The sizes that rows 7, 8 and 10 ask for.
const (
	fullSockets = 10_000
	fullOpen    = 100_000
)
