package queue_test

import (
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/queue"

	"pgregory.net/rapid"
)

// The plan's next attempt lies ahead, in the customer's hours and before the
// deadline, or there is none.
func TestTheNextAttempt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := hold.Customer{TimeZone: rapid.SampledFrom([]string{"Europe/Rome", "Asia/Shanghai", "America/St_Johns", "nowhere"}).Draw(t, "zone")}
		terms := hold.CallbackTerms{Plan: []hold.Duration{0, hold.Duration(15 * time.Minute), hold.Duration(2 * time.Hour)}}
		k, now := aTask(t), start.Add(minutes(t, "now"))
		k.Attempt = rapid.IntRange(0, 4).Draw(t, "attempt")
		k.Deadline = now.Add(time.Duration(rapid.IntRange(0, 48).Draw(t, "hours")) * time.Hour)
		next, again := queue.Unreached(k, terms, c, now)
		switch {
		case next.Attempt != k.Attempt+1:
			t.Fatalf("attempt %d after %d", next.Attempt, k.Attempt)
		case !again && k.Attempt+1 < len(terms.Plan) && next.ReadyAt == k.ReadyAt: // only for the deadline
			at := queue.Callable(terms.Complete(), c, now.Add(time.Duration(terms.Plan[k.Attempt+1])))
			if at.Ready < k.Deadline {
				t.Fatalf("there was time at %s, before %s", at.Ready, k.Deadline)
			}
		case again && (next.Attempt >= len(terms.Plan) || next.ReadyAt <= now || next.ReadyAt >= k.Deadline ||
			!next.Window().Contains(next.ReadyAt)):
			t.Fatalf("at %s: %+v", now, next)
		}
	})
}

func TestMayRing(t *testing.T) {
	t.Parallel()
	night := hold.At(time.Date(2026, 3, 4, 3, 0, 0, 0, time.UTC))
	noon := hold.At(time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC))
	cs := queue.Case{Lease: 2}
	named := queue.Task{Status: queue.TaskOpen, Kind: queue.TaskCallback, ReadyAt: night, ReadyUntil: night.Add(queue.Promised)}
	pictures := named
	pictures.Kind = queue.TaskFace
	for name, c := range map[string]struct {
		cs    queue.Case
		tasks []queue.Task
		holds []hold.Hold
		at    hold.Instant
		want  bool
	}{
		"at noon":                        {cs, nil, []hold.Hold{{}}, noon, true},
		"at night":                       {cs, nil, []hold.Hold{{}}, night, false},
		"at night, at a time they named": {cs, []queue.Task{named}, []hold.Hold{{}}, night, true},
		"a while after it":               {cs, []queue.Task{named}, nil, night.Add(queue.Promised), false},
		"at night, they rang in":         {queue.Case{Lease: 2, InboundLease: 2}, nil, []hold.Hold{{}}, night, true},
		"at night, to see pictures":      {cs, []queue.Task{pictures}, nil, night, false},
	} {
		if got := queue.MayRing(c.cs, c.tasks, c.holds, hold.Customer{TimeZone: "UTC"}, c.at); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
