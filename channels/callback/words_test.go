package callback

import (
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/twilio"
)

// Each of Twilio's states of a leg, and what it says to us.
func TestTwiliosStatesInOurWords(t *testing.T) {
	t.Parallel()
	seen := map[hold.CallEvent]bool{}
	for state, c := range map[string]struct {
		want hold.CallEvent
		ends bool
	}{
		"queued": {hold.CallDialled, false}, "initiated": {hold.CallDialled, false}, "ringing": {hold.CallRinging, false},
		"in-progress": {hold.CallAnswered, false}, "completed": {hold.CallCompleted, true}, "busy": {hold.CallBusy, true},
		"no-answer": {hold.CallNoAnswer, true}, "failed": {hold.CallFailed, true}, "canceled": {hold.CallCanceled, true},
	} {
		n, ok := news(hold.LegCustomer, twilio.CallStatus{SID: "CA1", State: state, Duration: time.Minute})
		want := hold.CallNews{SID: "CA1", Leg: hold.LegCustomer, Event: c.want, Connected: time.Minute, Word: state}
		if !ok || n != want || n.Event.Ends() != c.ends {
			t.Errorf("%s: %+v (%t), want %+v", state, n, ok, want)
		}
		seen[n.Event] = true
	}
	for _, e := range hold.CallEvents {
		if !seen[e] {
			t.Errorf("no state of Twilio's says %s", e)
		}
	}
	for _, state := range []string{"", "answered", "machine_start", "Completed"} {
		if n, ok := news(hold.LegAgent, twilio.CallStatus{State: state}); ok {
			t.Errorf("%q is taken for %s", state, n.Event)
		}
	}
}
