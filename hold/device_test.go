package hold

import (
	"testing"
	"time"
)

func TestMayEnrol(t *testing.T) {
	t.Parallel()
	full := make([]Device, MaxDevices)
	for name, c := range map[string]struct {
		Customer
		want Refusal
	}{
		"the first":                  {Customer{}, ""},
		"one too many":               {Customer{Devices: full}, DeviceLimit},
		"in place of a revoked one":  {Customer{Devices: append([]Device{{RevokedAt: 1}}, full[1:]...)}, ""},
		"a frozen customer's":        {Customer{FrozenAt: 1}, CustomerFrozen},
		"a frozen customer's, spent": {Customer{FrozenAt: 1, Devices: full}, CustomerFrozen},
	} {
		if got := c.MayEnrol(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestMayRevoke(t *testing.T) {
	t.Parallel()
	now := Instant(0).Add(24 * time.Hour)
	devices := []Device{{ID: "old", Since: 1}, {ID: "young", Since: now}, {ID: "gone", Since: 1, RevokedAt: 2}}
	for name, c := range map[string]struct {
		by, other DeviceID
		frozen    Instant
		want      Refusal
	}{
		"itself":              {"young", "young", 0, ""},
		"itself, frozen":      {"young", "young", 1, ""},
		"an old one another":  {"old", "young", 0, ""},
		"a young one another": {"young", "old", 0, DeviceNotEligible},
		"another, frozen":     {"old", "young", 1, DeviceNotEligible},
		"a revoked one":       {"gone", "gone", 0, DeviceNotEligible},
		"a strange one":       {"none", "old", 0, DeviceNotEligible},
	} {
		if got := (Customer{Devices: devices, FrozenAt: c.frozen}).MayRevoke(c.by, c.other, 12*time.Hour, now); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestSettledSince(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		want, known Instant
		mayBackdate bool
		since       Instant
		why         Refusal
	}{
		"new":                            {0, 0, false, 100, ""},
		"known":                          {0, 40, false, 40, ""},
		"new, and said so":               {100, 0, false, 100, ""},
		"new, moved back":                {99, 0, false, 0, Backdated},
		"new, moved back by who may":     {99, 0, true, 99, ""},
		"known, moved back":              {39, 40, false, 0, Backdated},
		"known, moved back by who may":   {39, 40, true, 39, ""},
		"known, moved forward":           {50, 40, false, 50, ""},
		"in the future, even by who may": {101, 40, true, 0, SinceFuture},
	} {
		if since, why := SettledSince(c.want, c.known, 100, c.mayBackdate); since != c.since || why != c.why {
			t.Errorf("%s: %d %q, want %d %q", name, since, why, c.since, c.why)
		}
	}
}
