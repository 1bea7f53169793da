package interview

import (
	"time"

	"holdfast/hold"
)

const (
	// CallTime is what a wait leaves before the deadline for calls.
	CallTime  = 4 * time.Hour
	leastWait = time.Hour // a shorter one is none
)

// Until is the end of a wait that begins now: it leaves CallTime before the
// deadline. Zero: too little time is left, and the customer is called now.
func Until(wait time.Duration, now, deadline hold.Instant) hold.Instant {
	until := min(now.Add(wait), deadline.Add(-CallTime))
	if wait <= 0 || until.Sub(now) < min(wait, leastWait) {
		return 0
	}
	return until
}
