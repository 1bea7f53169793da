package callback

import (
	"holdfast/hold"
	"holdfast/twilio"
)

// What Twilio says, in our words. Nobody behind this package knows Twilio's.

// events are the states of a leg.
var events = map[string]hold.CallEvent{
	"queued": hold.CallDialled, "initiated": hold.CallDialled, "ringing": hold.CallRinging, "in-progress": hold.CallAnswered,
	"completed": hold.CallCompleted, "busy": hold.CallBusy, "no-answer": hold.CallNoAnswer, "failed": hold.CallFailed,
	"canceled": hold.CallCanceled,
}

// The kinds of line: a fixed one has no SIM, and others than these are no
// ordinary phone.
const landline = "landline"

var phones = map[string]bool{"": true, "mobile": true, "personal": true, landline: true}

// news puts what Twilio says of a leg into our words; ok is false for what is no
// state of a leg.
func news(leg hold.CallLeg, s twilio.CallStatus) (n hold.CallNews, ok bool) {
	event, ok := events[s.State]
	return hold.CallNews{SID: s.SID, Leg: leg, Event: event, Connected: s.Duration, Word: s.State}, ok
}
