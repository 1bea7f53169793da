package hold_test

import (
	"testing"
	"time"

	"holdfast/hold"
)

// What a face may be compared with.
func TestMayCompare(t *testing.T) {
	t.Parallel()
	arrived := hold.At(time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC))
	before := func(d time.Duration) hold.Instant { return arrived.Add(-d) }
	put := func(since, at hold.Instant) *hold.Portrait { return &hold.Portrait{Since: since, PutAt: at} }
	week := hold.Duration(7 * 24 * time.Hour)
	for name, c := range map[string]struct {
		age  hold.Duration
		p    *hold.Portrait
		want hold.Refusal
	}{
		"none":                           {0, nil, hold.PortraitMissing},
		"three days old":                 {0, put(before(72*time.Hour), before(72*time.Hour)), ""},
		"a moment younger":               {0, put(before(72*time.Hour-time.Microsecond), before(72*time.Hour)), hold.PortraitTooYoung},
		"old, and put as the hold came":  {0, put(before(8760*time.Hour), arrived), ""},
		"old, and put a moment after":    {0, put(before(8760*time.Hour), arrived+1), hold.PortraitTooYoung},
		"put after the hold":             {0, put(arrived+1, arrived+1), hold.PortraitTooYoung},
		"younger than the policy has it": {week, put(before(72*time.Hour), before(72*time.Hour)), hold.PortraitTooYoung},
		"as old as the policy has it":    {week, put(before(168*time.Hour), before(time.Hour)), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := hold.MayCompare(hold.Hold{AcceptedAt: arrived, Terms: hold.Terms{MinPortraitAge: c.age}}, c.p); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
