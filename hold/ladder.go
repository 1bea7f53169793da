package hold

import "slices"

// Channel is a way to the customer.
type Channel string

const (
	Push     Channel = "push"
	SMS      Channel = "sms"
	FaceLink Channel = "facelink"
	Callback Channel = "callback"
)

// Channels lists every Channel.
var Channels = []Channel{Push, SMS, FaceLink, Callback}

// Quorum says how many channels of a rung must approve.
type Quorum string

const (
	Any Quorum = "any" // the first approve approves
	All Quorum = "all" // every channel must approve; one failure ends the rung
)

// UserVerification is how a device checked that its owner is holding it
// (PSD2 RTS Art. 7 and 8: knowledge and inherence).
type UserVerification string

const (
	UVNone      UserVerification = "none"
	UVPIN       UserVerification = "pin"
	UVBiometric UserVerification = "biometric"
)

// AtLeast compares by strength: none < pin < biometric. An unknown value is
// weaker than every known one.
func (u UserVerification) AtLeast(min UserVerification) bool {
	order := []UserVerification{UVNone, UVPIN, UVBiometric}
	if min == "" {
		min = UVNone
	}
	return slices.Index(order, u) >= slices.Index(order, min)
}

// Edge says where a rung leads when it ends: EdgeRelease, EdgeReverse,
// EdgeNext, or the name of a later rung.
type Edge string

const (
	EdgeRelease Edge = "release"
	EdgeReverse Edge = "reverse"
	EdgeNext    Edge = "next"
)

// Exhausted says what follows the last rung.
type Exhausted string

const (
	ExhaustedWait    Exhausted = "wait"    // wait for the deadline
	ExhaustedReverse Exhausted = "reverse" // reverse now
)

// NoRung is Hold.Rung before the first rung opens.
const NoRung = -1

// Ladder is the ordered list of rungs by which a hold asks.
type Ladder struct {
	Name      string    `json:"name"`
	Rungs     []Rung    `json:"rungs"` // 1–16
	Exhausted Exhausted `json:"exhausted"`
}

// Rung asks on one or more channels at once.
type Rung struct {
	Name          string   `json:"name"`
	Asks          []Ask    `json:"asks"` // one a channel
	Quorum        Quorum   `json:"quorum"`
	Timeout       Duration `json:"timeout"`
	Approved      Edge     `json:"approved"`      // release or next
	Refused       Edge     `json:"refused"`       // reverse, or a later rung with a callback
	Unanswered    Edge     `json:"unanswered"`    // next, a later rung, or reverse
	Undeliverable Edge     `json:"undeliverable"` // next, a later rung, or reverse
}

// Ask is one channel of a rung.
type Ask struct {
	Channel Channel `json:"channel"`
	// Lifetime is how long the proof lives (an SMS code, one link). Zero for
	// push and callback, which stay answerable until the hold is decided.
	Lifetime Duration         `json:"lifetime,omitempty"`
	MinUV    UserVerification `json:"min_uv,omitempty"`
	// NotBetween is a daily span in the customer's time zone in which this
	// channel is not used. Nil: always used.
	NotBetween *Span `json:"not_between,omitempty"`
	// BySMS sends the link of a face check by text as well, for facelink.
	BySMS bool `json:"by_sms,omitempty"`
	// Priority is 1 to 9 in the agents' queue, for callback; 0 is 5.
	Priority int `json:"priority,omitempty"`
	// Skill is what an agent has to know to take it, for callback. Empty:
	// every agent may.
	Skill string `json:"skill,omitempty"`
	// Interview is the scenario whose questions come before any way to pay, for
	// push, facelink and callback. Empty: nothing is asked. A policy's auto is
	// resolved as the terms are made.
	Interview string `json:"interview,omitempty"`
}

// Span is a part of the day in minutes after midnight, [From, To), To at most
// 1440. From after To runs over midnight.
type Span struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// Contains tells whether the minute of the day lies within the span.
func (s Span) Contains(minute int) bool {
	if s.From <= s.To {
		return s.From <= minute && minute < s.To
	}
	return minute >= s.From || minute < s.To
}

// Has tells whether the rung asks on the channel.
func (r Rung) Has(c Channel) bool {
	return slices.ContainsFunc(r.Asks, func(a Ask) bool { return a.Channel == c })
}

// InApp tells whether the app alone shows what the rung asks.
func (r Rung) InApp() bool {
	return !slices.ContainsFunc(r.Asks, func(a Ask) bool { return a.Way() != WayApp })
}

// ByCall tells whether the rung asks by a call alone.
func (r Rung) ByCall() bool {
	return !slices.ContainsFunc(r.Asks, func(a Ask) bool { return a.Channel != Callback })
}

// ByCall tells whether every rung asks by a call alone.
func (l Ladder) ByCall() bool {
	return !slices.ContainsFunc(l.Rungs, func(r Rung) bool { return !r.ByCall() })
}

// NextCallback is the first rung from one on, and after the open one, that asks
// by callback, when the rungs before it may be passed over: a rung whose
// approval leads on to the next has to give it. NoRung: there is none.
func (l Ladder) NextCallback(open, from int) int {
	for i := max(0, from); i < len(l.Rungs); i++ {
		if i > open && l.Rungs[i].Has(Callback) {
			return i
		}
		if l.Gate(i) {
			return NoRung
		}
	}
	return NoRung
}

// index finds a rung by name, -1 when there is none.
func (l Ladder) index(name string) int {
	return slices.IndexFunc(l.Rungs, func(r Rung) bool { return r.Name == name })
}
