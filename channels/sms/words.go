package sms

import (
	"cmp"

	"holdfast/hold"
	"holdfast/twilio"
)

// What Twilio says, in our words. Nobody behind this package knows Twilio's.

// states are those of a message. One that is new to us says only that Twilio has
// it.
var states = map[string]hold.TextStatus{
	"accepted": hold.TextSent, "scheduled": hold.TextSent, "queued": hold.TextSent, "sending": hold.TextSent, "sent": hold.TextSent,
	"delivered": hold.TextDelivered, "read": hold.TextDelivered,
	"undelivered": hold.TextFailed, "failed": hold.TextFailed, "canceled": hold.TextFailed,
}

// faults are the codes that mean something to us. Every other is shown to people
// as it is and decides nothing.
var faults = map[string]hold.TextFault{twilio.CodeOptedOut: hold.FailOptedOut}

func fault(code string) string { return cmp.Or(string(faults[code]), code) }

// mobiles are the kinds of line that get texts.
var mobiles = map[string]bool{"mobile": true, "personal": true}

// news puts what Twilio says of a message into our words.
func news(s twilio.Status) hold.TextNews {
	n := hold.TextNews{SID: s.SID, Status: cmp.Or(states[s.State], hold.TextSent), Word: s.State}
	if n.Status == hold.TextFailed {
		n.Code = fault(cmp.Or(s.Code, s.State))
	}
	return n
}
