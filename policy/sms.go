package policy

import (
	"maps"
	"regexp"
	"slices"
	"time"

	"holdfast/hold"

	"go.yaml.in/yaml/v3"
)

const (
	defaultSIMSwapAge = 7 * 24 * time.Hour
	// maxCeiling keeps every amount short enough for one text.
	maxCeiling = int64(1_000_000_000_000)
)

// unknown is what follows when nobody can say whether a number is to be
// trusted.
type unknown string

const (
	unknownRefuse unknown = "refuse"
	unknownAllow  unknown = "allow"
)

var countryPattern = regexp.MustCompile(`^[A-Z]{2}$`)

// sms reads what texts may be sent about and to whom.
func (r *reader) sms(p place) hold.SMSTerms {
	s := hold.SMSTerms{Ceilings: map[string]int64{}, SIMSwapAge: hold.Duration(defaultSIMSwapAge)}
	fs := r.fields(p, "ceilings", "countries", "sim_swap_age", "unknown")
	if v, ok := r.need(p, fs, "ceilings"); ok {
		for _, e := range r.entries(v) {
			r.currency(e.key, func(message string) { r.fault(e.name, "%s", message) }, e.name)
			s.Ceilings[e.key] = r.whole(e.value, 1, maxCeiling)
		}
	}
	if v, ok := r.need(p, fs, "countries"); ok {
		for _, c := range r.list(v) {
			if !r.is(c, yaml.ScalarNode, "a country") || !countryPattern.MatchString(c.node.Value) {
				r.fault(c, `must be a country such as DE (ISO 3166-1 alpha-2; "NO" in quotes)`)
				continue
			}
			s.Countries = append(s.Countries, c.node.Value)
		}
		slices.Sort(s.Countries)
		s.Countries = slices.Compact(s.Countries)
	}
	if v, ok := fs["sim_swap_age"]; ok {
		d, _ := r.duration(v, 0, maxAge)
		s.SIMSwapAge = hold.Duration(d)
	}
	if v, ok := fs["unknown"]; ok {
		u, _ := oneOf(r, v, unknownRefuse, unknownAllow)
		s.AllowUnknown = u == unknownAllow
	}
	return s
}

// asksBySMS tells whether some ladder does.
func asksBySMS(ls map[string]hold.Ladder) bool {
	for _, l := range ls {
		if slices.ContainsFunc(l.Rungs, func(r hold.Rung) bool {
			return r.Has(hold.SMS) || slices.ContainsFunc(r.Asks, func(a hold.Ask) bool { return a.BySMS })
		}) {
			return true
		}
	}
	return false
}

// ContactRules are what a number must meet for a text that belongs to no hold.
func (p *Policy) ContactRules() hold.ContactRules {
	s := p.sms // what a caller could change is copied
	s.Ceilings, s.Countries = maps.Clone(s.Ceilings), slices.Clone(s.Countries)
	return hold.ContactRules{MinAge: hold.Duration(p.minContactAge), SMS: s}
}
