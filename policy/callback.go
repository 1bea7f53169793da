package policy

import (
	"maps"
	"slices"
	"time"

	"holdfast/hold"

	"golang.org/x/text/currency"
)

const (
	maxAttempts = 10
	maxPause    = 72 * time.Hour
	maxTarget   = 24 * time.Hour
)

// callback reads when customers are called, and above which amounts a second
// person confirms.
func (r *reader) callback(p place) hold.CallbackTerms {
	t := hold.CallbackTerms{FourEyes: map[string]int64{}}
	fs := r.fields(p, "four_eyes", "plan", "hours", "target")
	if v, ok := r.need(p, fs, "four_eyes"); ok {
		for _, e := range r.entries(v) {
			if unit, err := currency.ParseISO(e.key); err != nil || unit.String() != e.key {
				r.fault(e.name, "is no currency (ISO 4217)")
			}
			t.FourEyes[e.key] = r.whole(e.value, 0, hold.MaxMinor)
		}
	}
	if v, ok := fs["plan"]; ok {
		places := r.list(v)
		if len(places) > maxAttempts {
			r.fault(v, "has %d attempts, at most %d", len(places), maxAttempts)
		}
		for _, at := range places {
			d, _ := r.duration(at, 0, maxPause)
			t.Plan = append(t.Plan, hold.Duration(d))
		}
	}
	if v, ok := fs["hours"]; ok {
		t.Hours = r.span(v)
	}
	if v, ok := fs["target"]; ok {
		d, _ := r.duration(v, time.Minute, maxTarget)
		t.Target = hold.Duration(d)
	}
	return t
}

// callbackTerms copies what a caller could change.
func (p *Policy) callbackTerms() hold.CallbackTerms {
	t := p.callback
	t.FourEyes, t.Plan = maps.Clone(t.FourEyes), slices.Clone(t.Plan)
	if t.Hours != nil {
		hours := *t.Hours
		t.Hours = &hours
	}
	return t
}
