package policy

import "holdfast/interview"

// waiting is where a scenario says how long its wait is.
type waiting struct {
	code string
	at   place
}

// interviewed is where an ask names its scenario.
type interviewed struct {
	code string
	at   place
}

// waits faults every wait for which a hold that may be asked about its scenario has
// no time: what is left before the deadline is for calls.
func (r *reader) waits(p *Policy) {
	shortest := map[string]string{} // key of the deadline, by scenario
	for _, s := range p.sorts() {
		codes := p.asksAbout(s)
		if codes[auto] {
			delete(codes, auto)
			for _, signs := range reached(p.signs, s, p.reasons) {
				codes[signs.name] = true
			}
		}
		for code := range codes {
			if key, ok := shortest[code]; !ok || p.deadlines[s.deadline()] < p.deadlines[key] {
				shortest[code] = s.deadline()
			}
		}
	}
	for _, w := range r.waiting {
		scenario, _ := p.Scenario(w.code)
		key := shortest[w.code]
		deadline := p.deadlines[key]
		left := deadline - interview.CallTime
		switch {
		case key == "" || scenario.Wait <= left:
		case left <= 0:
			r.fault(w.at, "waits %s, but deadlines.%s is %s, which leaves no time to wait and %s for calls: lengthen it, or let signs "+
				"leave such payments out", brief(scenario.Wait), key, brief(deadline), brief(interview.CallTime))
		default:
			r.fault(w.at, "waits %s, but deadlines.%s is %s and %s of it are for calls: wait at most %s, lengthen the deadline, or let signs "+
				"leave such payments out", brief(scenario.Wait), key, brief(deadline), brief(interview.CallTime), brief(left))
		}
	}
}

// deadline is the key of a sort's deadline.
func (s sort) deadline() string {
	if s.scam {
		return scamDeadline
	}
	return string(s.kind)
}

// named faults asks whose scenario there is not.
func (r *reader) named(p *Policy) {
	for _, i := range r.interviewed {
		code := i.code
		if code == auto {
			code = General
		}
		if _, ok := p.Scenario(code); ok || code == "" {
			continue
		}
		if code == General && i.code == auto {
			r.fault(i.at, "auto needs scenarios, and among them general")
		} else {
			r.fault(i.at, "there is no scenario %s; name one of scenarios, or auto", code)
		}
	}
}
