package hold

import "time"

// How many wrong codes are borne before nothing is compared any more. Those by
// reply are counted apart: a forged sender locks nobody out of the app.
const (
	MaxTries       = 3  // of a challenge, in the app
	MaxTriesHold   = 5  // of all of a hold's challenges, in the app
	MaxMisses      = 10 // of a customer in MissWindow, in the app
	MaxMissesInRow = 100
	MissWindow     = 24 * time.Hour
	MaxReplyTries  = 5  // of a challenge, by reply
	MaxReplyMisses = 10 // of a number in MissWindow, by reply
)

// Misses are the wrong codes that were typed in the app.
type Misses struct {
	Challenge int // of the challenge in question
	Hold      int // of all of the hold's
	Customer  int // of all of the customer's, in MissWindow
	InRow     int // of the customer's since the last right one
}

// Left is how many more may be tried, by whichever is least.
func (m Misses) Left() int {
	return max(0, min(MaxTries-m.Challenge, MaxTriesHold-m.Hold, MaxMisses-m.Customer, MaxMissesInRow-m.InRow))
}

// Spent tells whether the customer has missed too often to be asked for a code.
func (m Misses) Spent() bool { return m.Customer >= MaxMisses || m.InRow >= MaxMissesInRow }
