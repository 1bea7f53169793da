package judge_test

import (
	"time"

	"holdfast/audit"
	"holdfast/hold"
)

// The courier: workers, the ledger's replies, the sweeper, time. Each does what
// Temporal's activities do, late, twice, or not at all.

func (w *world) openRung(y *payment) {
	p, err := w.s.OpenRung(ctx, y.id, 0, hold.NoRung, rules())
	w.must(err)
	w.tell("%s: opens its rung: %s %d", y.short(), p.State, p.Rung)
}

func (w *world) conclude(y *payment) {
	if y.outcome != "" {
		return
	}
	if !w.dice.one("a worker of before", 3) {
		w.brings(y, func() error {
			_, p, err := w.s.Finish(ctx, y.id, rules())
			w.tell("%s: brought on: %s %d", y.short(), p.State, p.Rung)
			return err
		})
		return
	}
	var p hold.Progress
	w.brings(y, func() (err error) { p, err = w.s.Conclude(ctx, y.id); return err })
	w.tell("%s: concluded: %s", y.short(), p.State)
	if p.State == hold.Opening {
		w.openRung(y)
	}
}

// settle tells the ledger what is decided. Its reply may be lost, or park.
func (w *world) settle(y *payment) {
	h, err := w.s.Hold(ctx, y.id)
	w.must(err)
	if h.Decision == nil || h.Status.Settled() {
		return
	}
	y.booked[h.Decision.Outcome]++
	switch w.dice("ledger", 4) {
	case 0:
		w.tell("%s: the ledger's reply is lost", y.short())
	case 1:
		w.must(w.s.MarkParked(ctx, y.id, "http_422"))
		w.tell("%s: parked", y.short())
	default:
		w.must(w.s.MarkSettled(ctx, y.id))
		w.tell("%s: settled", y.short())
	}
}

func (w *world) unpark(y *payment) {
	_, err := w.s.Unpark(ctx, y.id, "operator")
	w.must(err)
}

// sweep does what the sweeper does, for this sequence's holds alone.
func (w *world) sweep() {
	for _, y := range w.payments() {
		sweep := func() error {
			found, p, err := w.s.Sweep(ctx, y.id)
			if found {
				w.tell("%s: swept: %s", y.short(), p.State)
			}
			return err
		}
		if w.clock.Now() < y.deadline { // it only wakes
			w.must(sweep())
		} else {
			w.brings(y, sweep)
		}
	}
}

func (w *world) pass() {
	d := pick(w.dice, "time", []time.Duration{time.Second, 30 * time.Second, 2 * time.Minute, 6 * time.Minute, 70 * time.Minute,
		5 * time.Hour, 25 * time.Hour})
	w.tell("%s pass", d)
	w.clock.forward(d)
}

// courier is one move of these.
func (w *world) courier() {
	y := pick(w.dice, "which", w.payments())
	switch w.dice("courier", 11) {
	case 0, 1:
		w.conclude(y)
	case 2:
		w.settle(y)
	case 3:
		w.unpark(y)
	case 4:
		w.sweep()
	case 5:
		w.carry()
	case 6, 7:
		w.arrives()
	default:
		w.pass()
		if !w.dice.one("no worker", 3) {
			for _, y := range w.payments() {
				w.conclude(y)
			}
		}
	}
}

// end lets every deadline pass, with workers back, and asks for what is owed.
func (w *world) end() {
	for range 2 { // what the first round opened
		w.clock.forward(73 * time.Hour)
		for _, y := range w.payments() {
			w.conclude(y)
		}
		w.sweep()
	}
	w.watch()
	for _, y := range w.payments() {
		h, err := w.s.Hold(ctx, y.id)
		w.must(err)
		switch {
		case h.Decision == nil:
			w.fail("%s is not decided in the end", y.id)
		case w.owed(&y.life) && y.outcome != hold.Release:
			w.fail("%s was approved in time, nobody spoke against it, and it was reversed", y.id)
		}
		y.booked[h.Decision.Outcome]++
		if len(y.booked) > 1 {
			w.fail("%s: the ledger was told both: %v", y.id, y.booked)
		}
		w.must(w.s.MarkSettled(ctx, y.id))
		w.verify(string(y.id))
	}
	for _, p := range w.people {
		w.verify("customer:" + string(p.CustomerID))
	}
}

// verify walks one chain: what is on record fits what is in the trail.
func (w *world) verify(subject string) {
	chain, head, err := w.s.Chain(ctx, subject)
	w.must(err)
	for _, f := range audit.Verify(subject, chain, head) {
		w.fail("the trail: %s", f)
	}
}
