package policy

import (
	"cmp"
	"slices"
	"time"

	"holdfast/hold"

	"go.yaml.in/yaml/v3"
)

const (
	maxRungs    = 16
	maxDuration = 720 * time.Hour // of a timeout or a deadline

	// An SMS code lives 5 minutes unless the policy says less or more, and
	// never over 10; neither does a link (NIST SP 800-63B §5.1.3.2 allows an
	// out-of-band secret 10 minutes).
	defaultSMSLifetime = 5 * time.Minute
	maxLifetime        = 10 * time.Minute

	exhaustedRung     = "exhausted" // appended by exhausted: callback
	exhaustedCallback = "callback"
)

// ladders reads every ladder. longest is the timeout of an appended callback
// rung: the longest deadline that a hold can have.
func (r *reader) ladders(p place, longest time.Duration) map[string]hold.Ladder {
	ls := map[string]hold.Ladder{}
	es := r.entries(p)
	if len(es) == 0 && r.is(p, yaml.MappingNode, "a mapping") {
		r.fault(p, "names no ladder")
	}
	for _, e := range es {
		if !namePattern.MatchString(e.key) {
			r.fault(e.name, nameRule)
		}
		ls[e.key] = r.ladder(e, longest)
	}
	return ls
}

func (r *reader) ladder(e entry, longest time.Duration) hold.Ladder {
	l := hold.Ladder{Name: e.key, Exhausted: hold.ExhaustedWait}
	fs := r.fields(e.value, "rungs", "exhausted")
	callback := false
	if v, ok := fs["exhausted"]; ok {
		x, _ := oneOf(r, v, hold.ExhaustedWait, hold.ExhaustedReverse, exhaustedCallback)
		callback = x == exhaustedCallback
		if x == hold.ExhaustedReverse {
			l.Exhausted = x
		}
	}
	rungs, ok := r.need(e.value, fs, "rungs")
	if !ok {
		return l
	}
	places, asked := r.list(rungs), len(r.interviewed)
	for _, p := range places {
		l.Rungs = append(l.Rungs, r.rung(p))
	}
	if callback {
		l.Rungs = append(l.Rungs, callbackRung(longest, l.Rungs))
	}
	switch n := len(l.Rungs); {
	case len(places) == 0 && r.is(rungs, yaml.SequenceNode, "a list"):
		r.fault(rungs, "has no rungs")
	case n > maxRungs && callback:
		r.fault(rungs, "has %d rungs with the one for exhausted: callback, at most %d", n, maxRungs)
	case n > maxRungs:
		r.fault(rungs, "has %d rungs, at most %d", n, maxRungs)
	}
	r.names(l, places)
	r.edges(l, places)
	if len(r.interviewed) > asked && !slices.ContainsFunc(l.Rungs, talks) {
		r.fault(r.interviewed[asked].at, "the answers may come to a talk, and this ladder has no callback whose approval releases: "+
			"add a rung, or say exhausted: callback")
	}
	return l
}

// talks tells whether a talk in this rung may release.
func talks(r hold.Rung) bool { return r.Has(hold.Callback) && r.Approved == hold.EdgeRelease }

// callbackRung is what exhausted: callback appends. Who calls asks what the rungs
// before it did.
func callbackRung(timeout time.Duration, before []hold.Rung) hold.Rung {
	ask := hold.Ask{Channel: hold.Callback}
	for _, r := range before {
		for _, a := range r.Asks {
			ask.Interview = cmp.Or(a.Interview, ask.Interview)
		}
	}
	return hold.Rung{
		Name: exhaustedRung, Asks: []hold.Ask{ask}, Quorum: hold.Any,
		Timeout: hold.Duration(timeout), Approved: hold.EdgeRelease, Refused: hold.EdgeReverse,
		Unanswered: hold.EdgeNext, Undeliverable: hold.EdgeNext,
	}
}

func (r *reader) rung(p place) hold.Rung {
	rung := hold.Rung{
		Quorum: hold.Any, Approved: hold.EdgeRelease, Refused: hold.EdgeReverse,
		Unanswered: hold.EdgeNext, Undeliverable: hold.EdgeNext,
	}
	fs := r.fields(p, "name", "ask", "quorum", "timeout", "approved", "refused", "unanswered", "undeliverable")
	if v, ok := r.need(p, fs, "name"); ok {
		rung.Name, _ = r.name(v)
	}
	if v, ok := fs["quorum"]; ok {
		rung.Quorum, _ = oneOf(r, v, hold.Any, hold.All)
	}
	for key, edge := range map[string]*hold.Edge{
		"approved": &rung.Approved, "refused": &rung.Refused,
		"unanswered": &rung.Unanswered, "undeliverable": &rung.Undeliverable,
	} {
		if v, ok := fs[key]; ok {
			name, _ := r.name(v)
			*edge = hold.Edge(name)
		}
	}
	if v, ok := r.need(p, fs, "ask"); ok {
		rung.Asks = r.asks(v)
	}
	if v, ok := r.need(p, fs, "timeout"); ok {
		r.timeout(v, &rung)
	}
	return rung
}

// timeout refuses a rung that outlives the proof it waits for: an answer that
// can no longer count would still be awaited.
func (r *reader) timeout(p place, rung *hold.Rung) {
	d, ok := r.duration(p, time.Millisecond, maxDuration)
	if !ok {
		return
	}
	rung.Timeout = hold.Duration(d)
	for _, a := range rung.Asks {
		if a.Lifetime > 0 && rung.Timeout > a.Lifetime {
			r.fault(p, "%s outlives the %s proof, which lives %s", brief(d), a.Channel, brief(time.Duration(a.Lifetime)))
		}
	}
}

// names refuses duplicates and the words that edges use.
func (r *reader) names(l hold.Ladder, places []place) {
	for i, p := range places {
		name := l.Rungs[i].Name
		same := func(o hold.Rung) bool { return name != "" && o.Name == name }
		at := r.field(p, "name")
		switch {
		case name == string(hold.EdgeRelease) || name == string(hold.EdgeReverse) || name == string(hold.EdgeNext):
			r.fault(at, "%s is the name of an edge", name)
		case slices.ContainsFunc(l.Rungs[:i], same):
			r.fault(at, "duplicate rung name")
		case name == exhaustedRung && len(l.Rungs) > len(places):
			r.fault(at, "%s is the name of the rung that exhausted: callback appends", name)
		}
	}
}
