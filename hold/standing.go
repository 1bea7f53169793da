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
	RangIn     bool    // the customer is on the line: no hour is too late
	Now        Instant
	LookAt     Instant // when somebody has to look at the hold next
}

// Walk says what follows.
func (s Standing) Walk() Step {
	f := s.Facts(s.Challenges, s.Customer.FrozenAt != 0, s.Received)
	f.Busy = s.Busy
	return Walk(f, s.Now)
}

// Late says why an answer to c comes too late, or AnswerAccepted.
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
