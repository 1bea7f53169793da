package judge_test

import "holdfast/hold"

// early says why an approval came too early for what was to come before it.
func (m *model) early(l *life, a fact, at hold.Instant) string {
	person := a.channel == hold.Callback
	asked, warned, passed := l.interviews(a), hold.Instant(0), false
	for _, f := range m.facts {
		if f.hold != l.id || !m.stood(f, at) {
			continue
		}
		switch same := f.doc == l.doc; {
		case f.what == "wait" && !m.newer(a, f):
			return "it began to wait after it"
		case f.what == "wait" && a.what == "approve" && m.during(a, m.endOf(l, f)):
			return "it was to wait"
		case f.what == "talk" && !m.newer(a, f):
			return "it takes a talk since"
		case f.what == "talk" && a.what == "approve" && !person:
			return "it takes a talk"
		case f.what == "interviewed" && same && f.agent == person && m.newer(a, f):
			asked = false
		case f.what == "warned" && same && f.to < a.from:
			warned = f.from
		case f.what == "passed" && same && m.newer(a, f) && f.to >= warned.Add(f.least):
			passed = true
		}
	}
	switch {
	case a.what != "approve":
		return ""
	case asked:
		return "nobody had answered what comes before it"
	case warned != 0 && !passed && !person:
		return "the warning was not read"
	}
	return ""
}

// interviews tells whether something is asked before an approval.
func (l *life) interviews(a fact) bool {
	for _, ask := range l.ladder.Rungs[a.rung].Asks {
		if a.what == "approve" && ask.Channel == a.channel {
			return ask.Interview != ""
		}
	}
	return false
}

// during tells whether an approval came before the end of a wait.
func (m *model) during(a fact, end hold.Instant) bool {
	if m.atOnce {
		return a.to < end
	}
	return a.from < end
}

// endOf is when a wait ends, or was ended by two people.
func (m *model) endOf(l *life, wait fact) hold.Instant {
	end := wait.until
	for _, f := range m.facts {
		if f.what == "end" && f.hold == l.id && f.to > wait.from {
			end = min(end, f.from)
		}
	}
	return end
}

// notBefore is when a hold's waits are over, and how many were ended.
func (m *model) notBefore(l *life) (until hold.Instant, ends int) {
	for _, f := range m.facts {
		switch {
		case f.hold != l.id:
		case f.what == "wait":
			until = max(until, m.endOf(l, f))
		case f.what == "end":
			ends++
		}
	}
	return until, ends
}

func (m *model) talks(l *life) bool {
	for _, f := range m.facts {
		if f.what == "talk" && f.hold == l.id {
			return true
		}
	}
	return false
}
