package hold

import (
	"slices"
	"time"
)

// Facts is what is on record for one hold, as far as it bears on what follows.
type Facts struct {
	Ladder Ladder
	Locked bool // a lock that the customer set refuses it
	Scam   bool // released only by a callback
	Frozen bool // the customer is frozen: asked by callback only
	// Suspected: somebody on the phone had a suspicion, of this hold or, not long
	// ago, of the customer, or two people say that its payee is a mule. It is asked by
	// callback only.
	Suspected bool
	// Talk: what the customer said, or their device, has it released by a call only.
	Talk bool
	// NotBefore is the end of the wait; AskAnew: the customer is to be asked anew
	// after it, or, where there is none, once nobody is at it. NoticeAt is when they are to hear of it.
	NotBefore Instant
	AskAnew   bool
	NoticeAt  Instant
	Deadline  Instant
	Rung      int     // the rung that is open; NoRung before the first
	RungEnds  Instant // when the open rung goes unanswered
	Busy      Instant // an agent is at it until then: the rung's end waits, the deadline never
	Asked     []Asked // the challenges, in any order
	// Overridden: two people release it on the bank's word, and nobody has spoken
	// against it since.
	Overridden bool
}

// Asked is a challenge as the walk sees it.
type Asked struct {
	Rung    int
	Channel Channel
	Status  ChallengeStatus
	Answer  Answer // the standing answer; empty when there is none
	// Before: it asked about an earlier revision. Its refusal counts, its approval
	// does not.
	Before bool
	// Void: a refusal, a freeze or a suspicion came after its approval.
	Void bool
}

// approves tells whether its approval counts.
func (a Asked) approves() bool { return a.Answer == Approve && !a.Before && !a.Void }

// Do is what the walk says to do next.
type Do string

const (
	DoWait   Do = "wait"   // until Step.Until, or until something happens
	DoOpen   Do = "open"   // open Step.Rung
	DoDecide Do = "decide" // Step.Outcome for Step.Reason
	DoNotice Do = "notice" // tell the customer that the payment waits
	DoAnew   Do = "anew"   // ask anew, at another revision: the wait is over
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
// beats approve; what a lock of the customer's own refuses, no approval
// releases. Whatever is unknown or missing leads to the deadline, whose
// outcome is always reverse.
func Walk(f Facts, now Instant) Step {
	if f.answered(NotMe) {
		return decide(Reverse, ReasonNotMe)
	}
	if f.Locked {
		return decide(Reverse, ReasonLocked)
	}
	if f.Overridden {
		return decide(Release, ReasonOverride)
	}
	if step, ok := f.refusals(now); ok {
		return step
	}
	if step, ok := f.wait(now); ok {
		return step
	}
	if step, ok := f.approvals(); ok && now >= f.NotBefore {
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

// refusals handles any standing deny, of whatever revision. The rung's edge
// reverses, or names a later callback rung, which is then the only way to a
// release.
func (f Facts) refusals(now Instant) (Step, bool) {
	target := NoRung
	for _, a := range f.Asked {
		if a.Answer != Deny {
			continue
		}
		to := f.refusedTo(a.Rung)
		if to == NoRung {
			return decide(Reverse, ReasonRefused), true
		}
		target = max(target, to)
	}
	if target > f.Rung && now < f.Deadline {
		return Step{Do: DoOpen, Rung: target}, true
	}
	return Step{}, false
}

// refusedTo is the callback rung that a rung's refusal leads to; NoRung: it
// reverses.
func (f Facts) refusedTo(rung int) int {
	if rung >= len(f.Ladder.Rungs) { // of a ladder before an amendment
		return NoRung
	}
	to := f.Ladder.index(string(f.Ladder.Rungs[rung].Refused))
	if to <= rung || !f.Ladder.Rungs[to].Has(Callback) {
		return NoRung
	}
	return to
}

// wait holds everything up until the wait is over, but for a call to somebody who is
// frozen, or about whom there is a suspicion. Then the customer is asked anew, unless a call is the
// only way left and goes on.
func (f Facts) wait(now Instant) (Step, bool) {
	if now >= f.Deadline {
		return Step{}, false
	}
	waits := now < f.NotBefore
	switch {
	case f.NoticeAt != 0 && now >= f.NoticeAt:
		return Step{Do: DoNotice}, true
	case waits && !f.Suspected && !f.Frozen:
		until := min(f.NotBefore, f.Deadline)
		if f.NoticeAt != 0 {
			until = min(until, f.NoticeAt)
		}
		return Step{Do: DoWait, Until: until}, true
	case !waits && f.AskAnew && !f.Frozen && !f.Suspected && !f.answered(Deny) && (f.NotBefore != 0 || f.left(now)):
		return Step{Do: DoAnew}, true
	}
	return Step{}, false
}

// left tells whether nobody is at a payment, no call has approved it, and something else
// than a call could.
func (f Facts) left(now Instant) bool {
	return now >= f.Busy && !f.onlyACall() && !slices.ContainsFunc(f.Asked, func(a Asked) bool {
		return a.Channel == Callback && a.approves()
	})
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

// releases tells whether an approval of the rung may release. By a callback
// always; else not after a scam, a freeze, a suspicion or a refusal, nor past a
// gate that nobody gave.
func (f Facts) releases(rung int) bool {
	if slices.ContainsFunc(f.Asked, func(a Asked) bool { return a.Rung == rung && a.Channel == Callback && a.approves() }) {
		return true
	}
	return !f.onlyACall() && f.gatesGiven(rung)
}

// onlyACall tells whether nothing but a call releases it.
func (f Facts) onlyACall() bool { return f.Scam || f.byCallback() }

// byCallback tells whether the customer is asked by callback only.
func (f Facts) byCallback() bool { return f.Frozen || f.Suspected || f.Talk || f.answered(Deny) }

// gatesGiven tells whether every gate before a rung has its approval. A rung is
// a gate when its approval leads on.
func (f Facts) gatesGiven(rung int) bool {
	for r := range rung {
		if f.Ladder.Rungs[r].Approved != EdgeRelease && f.ending(r) != approved {
			return false
		}
	}
	return true
}

func (f Facts) answered(w Answer) bool {
	return slices.ContainsFunc(f.Asked, func(a Asked) bool { return a.Answer == w })
}

// current follows the open rung: wait for it, or leave it by its edge.
func (f Facts) current(now Instant) Step {
	rung := f.Ladder.Rungs[f.Rung]
	if !f.mayAsk(f.Rung) {
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
	if f.AskAnew && f.NotBefore == 0 && now < f.Busy { // then they may be asked anew
		ends = f.Busy
	}
	return Step{Do: DoWait, Until: min(ends, f.Deadline)}
}

// ending judges one rung by its challenges.
func (f Facts) ending(rung int) ending {
	var asked, yes, dead int
	for _, a := range f.Asked {
		if a.Rung != rung || a.Before {
			continue
		}
		asked++
		switch {
		case a.Answer == Deny || a.Answer == NotMe:
			return refused
		case a.approves():
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
		if a.Rung == rung && !a.Before {
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
		if f.mayAsk(i) {
			return Step{Do: DoOpen, Rung: i}
		}
	}
	if f.Ladder.Exhausted == ExhaustedReverse && !f.Frozen && !f.Suspected && !f.Talk {
		return decide(Reverse, ReasonExhausted)
	}
	return Step{Do: DoWait, Until: f.Deadline}
}

// mayAsk tells whether a rung's question can lead anywhere: a callback always,
// the rest when a callback is not the only way and the gates before it are
// given.
func (f Facts) mayAsk(rung int) bool {
	return f.Ladder.Rungs[rung].Has(Callback) || !f.byCallback() && f.gatesGiven(rung)
}

func decide(o Outcome, why Reason) Step { return Step{Do: DoDecide, Outcome: o, Reason: why} }

func durationOf(d Duration) time.Duration { return time.Duration(d) }
