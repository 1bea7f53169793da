package provider

import "slices"

// State is where a message or a leg of a call stands, in Twilio's words.
type State string

// Of a leg of a call. Those of messages are the fake's callers' to choose.
const (
	Ringing    State = "ringing"
	InProgress State = "in-progress"
	Completed  State = "completed"
	Busy       State = "busy"
	Failed     State = "failed"
	NoAnswer   State = "no-answer"
	Canceled   State = "canceled"
)

// over tells whether a leg has ended.
func (s State) over() bool {
	return slices.Contains([]State{Completed, Busy, Failed, NoAnswer, Canceled}, s)
}
