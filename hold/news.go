package hold

import "time"

// Taken says what the record made of news from outside: of a webhook.
type Taken string

const (
	TakenUp      Taken = "taken"
	TakenBefore  Taken = "replayed"    // the same came before
	TakenUnknown Taken = "unknown"     // of nothing that we know
	TakenAgainst Taken = "contradicts" // something else stands already
)

// TextNews is what a provider says of one message, in our words: its channel has
// translated it.
type TextNews struct {
	SID    string     // the provider's id of the message
	Status TextStatus // sent, delivered or failed
	Code   string     // why it failed: a TextFault, or a code that is shown and decides nothing
	Word   string     // the provider's own, by which a repetition is known; it decides nothing
}

// CallLeg is one of a call's two.
type CallLeg string

const (
	LegAgent    CallLeg = "agent"
	LegCustomer CallLeg = "customer"
)

// CallEvent is what a provider says of one leg of a call. How a leg ended is kept
// with the call and shown, so that these values stay what they are.
type CallEvent string

const (
	CallDialled   CallEvent = "dialled" // the provider has it
	CallRinging   CallEvent = "ringing"
	CallAnswered  CallEvent = "answered"
	CallCompleted CallEvent = "completed" // somebody hung up
	CallBusy      CallEvent = "busy"
	CallNoAnswer  CallEvent = "no-answer"
	CallFailed    CallEvent = "failed"   // it could not be put through
	CallCanceled  CallEvent = "canceled" // taken back before it was answered
)

// CallEvents lists every CallEvent.
var CallEvents = []CallEvent{CallDialled, CallRinging, CallAnswered, CallCompleted, CallBusy, CallNoAnswer, CallFailed, CallCanceled}

// Ends tells whether the leg is over with it.
func (e CallEvent) Ends() bool {
	switch e {
	case CallCompleted, CallBusy, CallNoAnswer, CallFailed, CallCanceled:
		return true
	}
	return false
}

// CallNews is what a provider says of one leg of a call, in our words.
type CallNews struct {
	SID       string // the provider's id of the leg
	Leg       CallLeg
	Event     CallEvent
	Connected time.Duration // with completed: how long it was
	Word      string        // as in TextNews
}
