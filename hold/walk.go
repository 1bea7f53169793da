package hold

import (
	"slices"
	"time"
)

// Facts is what is on record for one hold, as far as it bears on what follows.
type Facts struct {
	Ladder   Ladder
	Scam     bool // released only by a callback
	Frozen   bool // the customer is frozen: asked by callback only
	Deadline Instant
	Rung     int     // the rung that is open; NoRung before the first
	RungEnds Instant // when the open rung goes unanswered
	Busy     Instant // an agent is at it until then: the rung's end waits, the deadline never
	Asked    []Asked // the challenges of the current revision, in any order
}

// Asked is a challenge as the walk sees it.
type Asked struct {
	Rung    int
	Channel Channel
	Status  ChallengeStatus
	Answer  Answer // the standing answer; empty when there is none
}

// Do is what the walk says to do next.
type Do string

const (
	DoWait   Do = "wait"   // until Step.Until, or until something happens
	DoOpen   Do = "open"   // open Step.Rung
	DoDecide Do = "decide" // Step.Outcome for Step.Reason
)

// Step is the walk's verdict.
type Step struct {
	Do      Do
	Rung    int
	Until   Instant
	Outcome Outcome
	Reason  Reason
}

// Walk says what follows from the facts at the instant now. It is a pure
// function, and the only place that turns answers and time into a decision.
//
// Answers come before the deadline: one that was acknowledged in time is never
// overruled by the timer. Among standing answers not_me beats deny and deny
// beats approve. Whatever is unknown or missing leads to the deadline, whose
// outcome is always reverse.
func Walk(f Facts, now Instant) Step {
	if f.answered(NotMe) {
		return decide(Reverse, ReasonNotMe)
	}
	if step, ok := f.refusals(now); ok {
		return step
	}
	if step, ok := f.approvals(); ok {
		return step
	}
	if now >= f.Deadline {
		return decide(Reverse, ReasonDeadline)
	}
	if f.Rung == NoRung {
		return f.open(0)
	}
	return f.current(now)
}

// ending is how a rung ended, or pending.
type ending int

const (
	pending ending = iota
	approved
	refused
	failed // unanswered or undeliverable, told apart by the challenges
)

// refusals handles any standing deny. The rung's edge reverses, or names a
// later callback rung, which is then the only way to a release.
func (f Facts) refusals(now Instant) (Step, bool) {
	target := NoRung
	for _, a := range f.Asked {
		if a.Answer != Deny {
			continue
		}
		to := f.Ladder.index(string(f.Ladder.Rungs[a.Rung].Refused))
		if to <= a.Rung || !f.Ladder.Rungs[to].Has(Callback) {
			return decide(Reverse, ReasonRefused), true
		}
		target = max(target, to)
	}
	if target > f.Rung && now < f.Deadline {
		return Step{Do: DoOpen, Rung: target}, true
	}
	return Step{}, false
}

// approvals looks at every rung that was asked, left ones too: a push answered
// late counts if that rung's approved edge is release.
func (f Facts) approvals() (Step, bool) {
	for r := range f.Ladder.Rungs {
		if f.ending(r) == approved && f.Ladder.Rungs[r].Approved == EdgeRelease && f.releases(r) {
			return decide(Release, ReasonApproved), true
		}
	}
	return Step{}, false
}

// releases tells whether an approval of the rung may release. A scam, a frozen
// customer or a refusal before leaves only the callback.
func (f Facts) releases(rung int) bool {
	if !f.callbackOnly() {
		return true
	}
	return slices.ContainsFunc(f.Asked, func(a Asked) bool {
		return a.Rung == rung && a.Channel == Callback && a.Answer == Approve
	})
}

func (f Facts) callbackOnly() bool { return f.Scam || f.Frozen || f.answered(Deny) }

func (f Facts) answered(w Answer) bool {
	return slices.ContainsFunc(f.Asked, func(a Asked) bool { return a.Answer == w })
}

// current follows the open rung: wait for it, or leave it by its edge.
func (f Facts) current(now Instant) Step {
	rung := f.Ladder.Rungs[f.Rung]
	if f.Frozen && !rung.Has(Callback) {
		return f.open(f.Rung + 1)
	}
	switch f.ending(f.Rung) {
	case approved: // its edge is next, or the approval may not release
		return f.open(f.Rung + 1)
	case failed:
		if f.unreachable(f.Rung) {
			return f.follow(rung.Undeliverable, ReasonUndeliverable)
		}
		return f.follow(rung.Unanswered, ReasonUnanswered)
	}
	ends := max(f.RungEnds, f.Busy)
	if now >= ends {
		return f.follow(rung.Unanswered, ReasonUnanswered)
	}
	return Step{Do: DoWait, Until: min(ends, f.Deadline)}
}

// ending judges one rung by its challenges.
func (f Facts) ending(rung int) ending {
	var asked, yes, dead int
	for _, a := range f.Asked {
		if a.Rung != rung {
			continue
		}
		asked++
		switch {
		case a.Answer == Deny || a.Answer == NotMe:
			return refused
		case a.Answer == Approve:
			yes++
		case a.Status != Open:
			dead++
		}
	}
	all := f.Ladder.Rungs[rung].Quorum == All
	switch {
	case asked == 0:
		return pending
	case all && dead > 0:
		return failed
	case all && yes == len(f.Ladder.Rungs[rung].Asks), !all && yes > 0:
		return approved
	case dead == asked:
		return failed
	}
	return pending
}

// unreachable tells whether the rung failed because it could not be delivered:
// for any, every channel; for all, one of them.
func (f Facts) unreachable(rung int) bool {
	n, dead := 0, 0
	for _, a := range f.Asked {
		if a.Rung == rung {
			n++
			if a.Status == Undeliverable {
				dead++
			}
		}
	}
	if f.Ladder.Rungs[rung].Quorum == All {
		return dead > 0
	}
	return dead == n
}

// follow takes the edge by which the open rung is left.
func (f Facts) follow(e Edge, why Reason) Step {
	switch e {
	case EdgeReverse:
		return decide(Reverse, why)
	case EdgeNext:
		return f.open(f.Rung + 1)
	}
	if to := f.Ladder.index(string(e)); to > f.Rung {
		return f.open(to)
	}
	return f.open(f.Rung + 1) // an edge that names nothing later is no shortcut
}

// open opens the first rung from i on that may be asked, or does what the
// ladder says when none is left.
func (f Facts) open(i int) Step {
	for ; i < len(f.Ladder.Rungs); i++ {
		if !f.Frozen && !f.answered(Deny) || f.Ladder.Rungs[i].Has(Callback) {
			return Step{Do: DoOpen, Rung: i}
		}
	}
	if f.Ladder.Exhausted == ExhaustedReverse && !f.Frozen {
		return decide(Reverse, ReasonExhausted)
	}
	return Step{Do: DoWait, Until: f.Deadline}
}

func decide(o Outcome, why Reason) Step { return Step{Do: DoDecide, Outcome: o, Reason: why} }

func durationOf(d Duration) time.Duration { return time.Duration(d) }

// Facts gathers what the walk needs from a hold and its challenges. received
// tells whether a device has acknowledged a push of the open rung.
func (h Hold) Facts(asked []Challenge, frozen, received bool) Facts {
	f := Facts{
		Ladder: h.Terms.Ladder, Scam: h.Terms.Scam, Frozen: frozen,
		Deadline: h.Deadline, Rung: h.Rung, RungEnds: h.RungEndsAt,
	}
	if h.RungFirstEndsAt != 0 && !received {
		f.RungEnds = h.RungFirstEndsAt
	}
	for _, c := range asked {
		if c.Revision == h.Revision {
			f.Asked = append(f.Asked, Asked{Rung: c.Rung, Channel: c.Channel, Status: c.Status, Answer: c.Answer})
		}
	}
	return f
}
