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

// Warning is a warning by its code.
func (s Scenario) Warning(code string) (Warning, bool) {
	for _, w := range s.Warnings {
		if w.Code == code {
			return w, true
		}
	}
	return Warning{}, false
}

// Rule is a stub.
func (s Scenario) Rule(said []Said, sig hold.Signals) (Ruling, error) { return Ruling{}, nil }
