package policy

import (
	"slices"

	"holdfast/hold"

	"go.yaml.in/yaml/v3"
)

// edges checks where every rung of the ladder leads: never back, never to a
// release other than by approval, and after a refusal to a callback only.
func (r *reader) edges(l hold.Ladder, places []place) {
	for i, p := range places {
		rung := l.Rungs[i]
		r.approved(l, i, r.field(p, "approved"))
		r.edge(l, i, r.field(p, "refused"), rung.Refused, hold.EdgeReverse)
		r.edge(l, i, r.field(p, "unanswered"), rung.Unanswered, hold.EdgeReverse, hold.EdgeNext)
		r.edge(l, i, r.field(p, "undeliverable"), rung.Undeliverable, hold.EdgeReverse, hold.EdgeNext)
		if to := later(l, i, rung.Refused); to != hold.NoRung && !l.Rungs[to].Has(hold.Callback) {
			r.fault(r.field(p, "refused"), "rung %s has no callback; a refusal leads to reverse or to a callback", rung.Refused)
		}
		if rung.Approved == hold.EdgeNext && !r.kept {
			r.gate(l, i, r.field(p, "unanswered"), "unanswered", rung.Unanswered)
			r.gate(l, i, r.field(p, "undeliverable"), "undeliverable", rung.Undeliverable)
		}
	}
}

// gate refuses a way round a rung whose approval leads on. An edge that leads
// nowhere is faulted already.
func (r *reader) gate(l hold.Ladder, i int, at place, key string, e hold.Edge) {
	to := later(l, i, e)
	if e == hold.EdgeNext && i+1 < len(l.Rungs) {
		to = i + 1
	}
	if to == hold.NoRung || l.PassesGate(i, e) {
		return
	}
	r.fault(at, "rung %s is a gate (approved: next) and %s would lead to rung %s without its approval; "+
		"let it lead to reverse or to a rung with a callback, or ask that rung's channels in this one", l.Rungs[i].Name, key, l.Rungs[to].Name)
}

func (r *reader) approved(l hold.Ladder, i int, at place) {
	switch l.Rungs[i].Approved {
	case hold.EdgeRelease, "": // empty is faulted already
	case hold.EdgeNext:
		if i == len(l.Rungs)-1 {
			r.fault(at, "there is no rung after the last; an approval would never release")
		}
	default:
		r.fault(at, "must be one of %s, %s", hold.EdgeRelease, hold.EdgeNext)
	}
}

// edge must be one of the words or the name of a later rung.
func (r *reader) edge(l hold.Ladder, i int, at place, e hold.Edge, words ...hold.Edge) {
	if e == "" || slices.Contains(words, e) || later(l, i, e) != hold.NoRung {
		return
	}
	earlier := slices.ContainsFunc(l.Rungs[:i+1], func(o hold.Rung) bool { return o.Name == string(e) })
	if earlier {
		r.fault(at, "rung %s is not a later rung", e)
		return
	}
	r.fault(at, "must be one of %s, or the name of a later rung", list(words))
}

// later is the index of the rung that the edge names, if it comes after i.
func later(l hold.Ladder, i int, e hold.Edge) int {
	for to := i + 1; e != "" && to < len(l.Rungs); to++ {
		if l.Rungs[to].Name == string(e) {
			return to
		}
	}
	return hold.NoRung
}

// field is the value at a key that was read before, or the mapping itself
// where the key is missing.
func (r *reader) field(p place, key string) place {
	for i := 0; p.node.Kind == yaml.MappingNode && i+1 < len(p.node.Content); i += 2 {
		if p.node.Content[i].Value == key {
			return place{p.node.Content[i+1], join(p.path, key)}
		}
	}
	return p
}
