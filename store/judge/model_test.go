// Package judge holds the record to the rules of the design's third section
// and knows nothing of how they are kept. People, thieves, agents and a courier
// do whatever may be done in whatever order; the model watches what was
// acknowledged and says which releases are wrong.
package judge_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"holdfast/hold"
)

// fact is something that somebody was told counts. It began and was
// acknowledged between two instants of the store's clock.
type fact struct {
	what       string // approve, refuse, not_me, freeze, unfreeze, suspect, veto, override; of the talk: see early
	customer   hold.CustomerID
	hold       hold.ID // empty: about the customer
	revision   int
	rung       int
	channel    hold.Channel
	from, to   hold.Instant
	willed     bool // the owner wanted this, at this revision, and it was they who said so
	staff      int  // how many spoke with the customer, or take it on themselves
	people     int  // how many say so on record, a clerk among them; 0: as many as staff
	supervisor bool // one of them is a supervisor
	beyond     bool // nothing that we know tells this from the owner: docs/threats.md names it
	// Of the talk: about which document, asked by an agent, until when to wait, and
	// for how long the warning had to be there.
	doc   hold.Digest
	agent bool
	until hold.Instant
	least time.Duration
	payee int    // of a verdict: mule, until then, or cleared
	above int64  // of a lock: it refuses what is more; 0: nothing
	task  string // of what a second person rejected
}

// life is one hold as the model knows it.
type life struct {
	id       hold.ID
	customer hold.CustomerID
	ladder   hold.Ladder
	scam     bool
	payee    int
	revision int
	doc      hold.Digest
	deadline hold.Instant
	// For how long a suspicion of it has the customer's other holds asked by callback only.
	suspicion time.Duration
}

// model is what may be released, by the rules alone. AtOnce tells that several
// act at once: then a refusal came before only what began after it was
// acknowledged.
type model struct {
	facts  []fact
	atOnce bool
}

// stood tells whether what speaks against a payment stood at an instant.
func (m *model) stood(f fact, at hold.Instant) bool {
	if m.atOnce {
		return f.to < at
	}
	return f.from <= at
}

// newer tells whether an approval came after what speaks against it.
func (m *model) newer(a, than fact) bool {
	if m.atOnce {
		return a.to > than.from
	}
	return a.from > than.to
}

// released says why a release is wrong; "" is right.
func (m *model) released(l *life, d hold.Decision) string {
	if why := m.byLock(l, d.DecidedAt); why != "" {
		return why
	}
	why := []string{}
	for _, a := range m.facts {
		if a.hold != l.id || a.what != "approve" && a.what != "override" || a.from > d.DecidedAt {
			continue
		}
		wrong := m.wrong(l, a, d.DecidedAt)
		if wrong == "" {
			wrong = m.incomplete(l, a, d.DecidedAt)
		}
		if wrong == "" {
			return ""
		}
		why = append(why, fmt.Sprintf("the %s by %s of revision %d, rung %d: %s", a.what, a.channel, a.revision, a.rung, wrong))
	}
	if len(why) == 0 {
		return "nobody approved"
	}
	return strings.Join(why, "; ")
}

// wrong says why one approval is no ground for a release.
func (m *model) wrong(l *life, a fact, at hold.Instant) string {
	person := a.channel == hold.Callback
	frozen := false
	switch {
	case a.revision != l.revision:
		return "it was given for another revision"
	case !a.willed && a.staff < 2 && !a.beyond:
		return "neither the owner nor two members of staff wanted it"
	case l.scam && !person && a.what == "approve":
		return "a scam takes a call"
	}
	if why := m.early(l, a, at); why != "" {
		return why
	}
	if why := m.byMule(l, a, at); why != "" {
		return why
	}
	for _, f := range m.facts {
		if f.customer != l.customer || !m.stood(f, at) {
			continue
		}
		own := f.hold == l.id
		switch {
		case f.what == "bank" && own:
			return "the bank reversed it"
		case f.what == "not_me" && own:
			return "the owner did not make the payment"
		case f.what == "freeze" && !m.newer(a, f):
			return "the customer was frozen after it"
		case f.what == "refuse" && own && !m.newer(a, f):
			return "it was refused after it"
		case f.what == "refuse" && own && !person && a.what == "approve":
			return "after a refusal it takes a call"
		case f.what == "veto" && own && (!m.newer(a, f) || !a.supervisor):
			return "after a veto it takes a supervisor"
		case f.what == "suspect" && own && (!m.newer(a, f) || !a.supervisor):
			return "after a suspicion it takes a supervisor"
		case f.what == "suspect" && !own && !person && a.what == "approve" && at < f.until:
			return "after a suspicion of the customer it takes a call"
		case f.what == "freeze":
			frozen = true
		case f.what == "unfreeze":
			frozen = false
		}
	}
	if frozen && !m.atOnce && !person && a.what == "approve" {
		return "the customer is frozen"
	}
	return ""
}

// incomplete says what a rung or the gates before it still want.
func (m *model) incomplete(l *life, a fact, at hold.Instant) string {
	if a.what == "override" {
		return ""
	}
	has := func(rung int, c hold.Channel) bool {
		for _, f := range m.facts {
			if f.what == "approve" && f.hold == l.id && f.rung == rung && (c == "" || f.channel == c) && f.from <= at && m.wrong(l, f, at) == "" {
				return true
			}
		}
		return false
	}
	for i, r := range l.ladder.Rungs[:a.rung+1] {
		switch {
		case i < a.rung && r.Approved == hold.EdgeNext && a.channel != hold.Callback && !has(i, ""):
			return "the gate " + r.Name + " was not passed"
		case i == a.rung && r.Approved == hold.EdgeNext:
			return "a gate releases nothing"
		}
		for _, ask := range r.Asks {
			if i == a.rung && r.Quorum == hold.All && !has(i, ask.Channel) {
				return "its rung wants " + string(ask.Channel) + " too"
			}
		}
	}
	return ""
}

// harmless is what speaks against nothing.
var harmless = []string{"approve", "interviewed", "warned", "passed", "rejected"}

// owed tells whether a hold had to be released: the owner approved in time and
// nothing at all spoke against it.
func (m *model) owed(l *life) bool {
	owed := false
	for _, f := range m.facts {
		switch {
		case f.customer == l.customer && (f.what == "freeze" || f.what == "suspect"), f.what == "mule" && f.payee == l.payee,
			f.hold == l.id && !slices.Contains(harmless, f.what):
			return false
		case f.hold == l.id && f.willed && f.revision == l.revision && l.ladder.Rungs[f.rung].Quorum != hold.All:
			owed = true
		}
	}
	for _, r := range l.ladder.Rungs {
		owed = owed && r.Approved == hold.EdgeRelease
	}
	return owed && !l.scam && l.revision == 1
}

// frozen tells whether a customer is.
func (m *model) frozen(c hold.CustomerID) (is bool) {
	for _, f := range m.facts {
		if f.customer == c && (f.what == "freeze" || f.what == "unfreeze") {
			is = f.what == "freeze"
		}
	}
	return is
}

// unfrozen tells whether a customer's freeze was ended: they are asked anew, too.
func (m *model) unfrozen(c hold.CustomerID) bool {
	return slices.ContainsFunc(m.facts, func(f fact) bool { return f.what == "unfreeze" && f.customer == c })
}
