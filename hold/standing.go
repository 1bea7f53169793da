package hold

import "slices"

// Standing is a hold with everything on record that bears on what follows, as it
// stands at one instant. The store reads it under the hold's and the customer's
// locks; what is ruled from it is pure.
type Standing struct {
	Hold
	Customer   Customer
	Challenges []Challenge
	Received   bool    // a device has acknowledged a push of the open rung
	Busy       Instant // an agent is at the open rung until then
	Work       bool    // people have something to do about it: a task, or a second person's word
	RangIn     bool    // the customer is on the line: no hour is too late
	Now        Instant
	LookAt     Instant // when somebody has to look at the hold next
	// MuleVerdict is the one that is in force for its payee now, whether or not it has
	// been brought to the hold. Empty: none is.
	MuleVerdict string
	// Renewed: it says again what the one said that was brought to the hold.
	Renewed bool
	// Overridden is by whom, second, two people release it on the bank's word.
	// Empty: nobody does, or somebody has spoken against it since.
	Overridden string
}

// Walk says what follows.
func (s Standing) Walk() Step { return Walk(s.facts(), s.Now) }

// Doubted tells whether there is anything against it: only a call releases it, for a
// scam by the policy, a suspicion, a mule, a freeze, a refusal or what was said before
// paying, or that made it wait.
func (s Standing) Doubted() bool { return s.NotBefore != 0 || s.facts().onlyACall() }

// Mule tells whether two people of the bank say that its payee passes on money from
// fraud: their verdict was brought to the hold and is not lifted, or is in force now.
func (s Standing) Mule() bool { return s.VerdictID != "" || s.MuleVerdict != "" }

// facts gathers what the walk needs. Of a payee with a mule verdict nothing is released
// but by a call, not even on the bank's own word. The challenges of earlier revisions are
// among them: a refusal is never forgotten.
func (s Standing) facts() Facts {
	f := Facts{
		Ladder: s.Terms.Ladder, Locked: s.Refused(), Scam: s.Terms.Scam, Frozen: s.Customer.FrozenAt != 0,
		Suspected:  s.SuspectedAt != 0 || s.Now < s.Customer.SuspectedUntil || s.Mule(),
		Overridden: s.Overridden != "" && !s.Mule(), Talk: s.TalkAt != 0, NotBefore: s.NotBefore, AskAnew: s.AskAnewAt != 0, NoticeAt: s.NoticeAt,
		Deadline: s.Deadline, Rung: s.Rung, RungEnds: s.RungEndsAt, Busy: s.Busy,
	}
	if s.RungFirstEndsAt != 0 && !s.Received {
		f.RungEnds = s.RungFirstEndsAt
	}
	if s.Rung >= 0 && s.Rung < len(s.Terms.Ladder.Rungs) && s.RungOpenedAt < s.NotBefore && s.AsksByCallback() {
		// A call that began in the wait has its time after it.
		f.RungEnds = max(f.RungEnds, min(s.NotBefore.Add(durationOf(s.Terms.Ladder.Rungs[s.Rung].Timeout)), s.Deadline))
	}
	for _, c := range s.Challenges {
		f.Asked = append(f.Asked, Asked{Rung: c.Rung, Channel: c.Channel, Status: c.Status, Answer: c.Answer,
			Before: c.Revision != s.Revision, Void: c.VoidAt != 0})
	}
	return f
}

// Takes says why an answer to c comes too late, or AnswerAccepted. As long as
// nothing is decided a refusal never does, whatever has become of the question:
// expired, taken back, of an earlier revision, or approved before.
func (s Standing) Takes(c Challenge, a Answer) AnswerOutcome {
	if !s.Status.Decided() && a.Overrules(c.Answer) {
		return AnswerAccepted
	}
	return s.Late(c)
}

// Late says why an approval of c comes too late, or AnswerAccepted.
func (s Standing) Late(c Challenge) AnswerOutcome {
	switch {
	case s.Status.Decided():
		return LateDecided
	case c.Status == Cancelled, c.Revision != s.Revision:
		return LateCancelled
	case c.Status == Answered:
		return LateAnswered
	case c.Status != Open, c.ExpiresAt != 0 && s.Now >= c.ExpiresAt, s.Now >= s.Deadline:
		return LateExpired
	}
	return AnswerAccepted
}

// Over tells what is left to do for a hold that is decided.
func (s Standing) Over() Progress {
	p := Progress{State: Decided, Revision: s.Revision, Rung: s.Rung}
	switch {
	case s.Status.Settled():
		p.State = Settled
	case s.ParkedAt != 0:
		p.State = Parked
	}
	return p
}

// AsksByCallback tells whether a callback waits for its answer.
func (s Standing) AsksByCallback() bool {
	return slices.ContainsFunc(s.Challenges, func(c Challenge) bool {
		return c.Channel == Callback && c.Revision == s.Revision && c.Status == Open
	})
}

// KnownDevice keeps what a stranger typed out of the trail.
func (s Standing) KnownDevice(id DeviceID) DeviceID {
	if s.Customer.Device(id) == nil {
		return ""
	}
	return id
}
