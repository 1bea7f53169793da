package queue

import "holdfast/hold"

// Rings tells whether such a task has the customer called: who rang in is not,
// and pictures are looked at in silence.
func (k TaskKind) Rings() bool { return k != TaskFace && k != TaskInbound }

// NextCall is from when on the first of a customer's open tasks has them called.
// It is false when none does: a task whose plan is spent waits for them to ring.
func NextCall(open []Task) (from hold.Instant, planned bool) {
	for _, k := range open {
		if k.Status == TaskOpen && k.Kind.Rings() && k.ReadyAt < k.Deadline && (!planned || k.ReadyAt < from) {
			from, planned = k.ReadyAt, true
		}
	}
	return from, planned
}
