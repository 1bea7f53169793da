package policy

import (
	"maps"
	"slices"
	"time"

	"holdfast/hold"
)

const (
	maxAttempts = 10
	maxPause    = 72 * time.Hour
	maxTarget   = 24 * time.Hour
)

// callback reads when customers are called, above which amounts a second person
// confirms, and up to which one agent's talk is enough without the app.
func (r *reader) callback(p place) hold.CallbackTerms {
	t := hold.CallbackTerms{}
	fs := r.fields(p, "four_eyes", "one_talk", "after_freeze", "plan", "hours", "target")
	if v, ok := r.need(p, fs, "four_eyes"); ok {
		t.FourEyes = r.amounts(v, func(place, string, int64) {})
	}
	if v, ok := fs["one_talk"]; ok {
		t.OneTalk = r.amounts(v, func(at place, unit string, minor int64) {
			if limit, ok := t.FourEyes[unit]; !ok || minor > limit {
				r.fault(at, "is above four_eyes.%s, where a second person confirms anyway", unit)
			}
		})
	}
	if v, ok := fs["after_freeze"]; ok {
		a, _ := oneOf(r, v, freezeCall, freezeWait)
		t.NoUrgent = a == freezeWait
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

// afterFreeze is what a customer gets who is frozen because a payment was not
// theirs.
type afterFreeze string

const (
	freezeCall afterFreeze = "call" // we call them, and say so
	freezeWait afterFreeze = "wait" // they call us; nothing is promised
)

// amounts reads amounts by currency, in minor units.
func (r *reader) amounts(p place, check func(at place, unit string, minor int64)) map[string]int64 {
	out := map[string]int64{}
	for _, e := range r.entries(p) {
		r.currency(e.key, func(message string) { r.fault(e.name, "%s", message) }, e.name)
		out[e.key] = r.whole(e.value, 0, hold.MaxMinor)
		check(e.value, e.key, out[e.key])
	}
	return out
}

// callbackTerms copies what a caller could change.
func (p *Policy) callbackTerms() hold.CallbackTerms {
	t := p.callback
	t.FourEyes, t.OneTalk, t.Plan = maps.Clone(t.FourEyes), maps.Clone(t.OneTalk), slices.Clone(t.Plan)
	if t.Hours != nil {
		hours := *t.Hours
		t.Hours = &hours
	}
	return t
}
