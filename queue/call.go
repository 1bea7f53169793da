package queue

import (
	"time"

	"holdfast/hold"
)

// CallStatus is where a call stands.
//
//	(asked for) waiting <-> placing -> placed -> ringing -> connected
//	               |           |         |          |           |
//	               +-----------+---------+----------+-----------+--> ended, failed
//
// The provider's news may leave steps out and never leads back. A ring that
// surely did not happen waits again.
type CallStatus string

const (
	CallWaiting   CallStatus = "waiting"   // for its workflow
	CallPlacing   CallStatus = "placing"   // it may ring
	CallPlaced    CallStatus = "placed"    // the provider has it; the agent's phone rings
	CallRinging   CallStatus = "ringing"   // at the customer's
	CallConnected CallStatus = "connected" // somebody at the customer's answered
	CallEnded     CallStatus = "ended"     // by the provider's word
	CallFailed    CallStatus = "failed"    // it was not placed, or nobody told us of its end
)

// CallStatuses lists every CallStatus, in their order.
var CallStatuses = []CallStatus{CallWaiting, CallPlacing, CallPlaced, CallRinging, CallConnected, CallEnded, CallFailed}

func (s CallStatus) rank() int {
	switch s {
	case CallWaiting:
		return 1
	case CallPlacing:
		return 2
	case CallPlaced:
		return 3
	case CallRinging:
		return 4
	case CallConnected:
		return 5
	case CallEnded, CallFailed:
		return 6
	}
	return 0
}

// CanBecome tells whether the step from s to next is legal.
func (s CallStatus) CanBecome(next CallStatus) bool {
	return s.rank() > 0 && s.rank() < next.rank() || s == CallPlacing && next == CallWaiting
}

// Over tells whether the call has come to its end.
func (s CallStatus) Over() bool { return s == CallEnded || s == CallFailed }

// CallLimit is how long a call may last.
const CallLimit = time.Hour

// Call is one call as on record.
type Call struct {
	ID          string          `db:"id"`
	CaseID      string          `db:"case_id"`
	Lease       int             `db:"lease"`
	Agent       string          `db:"agent"`
	CustomerID  hold.CustomerID `db:"customer_id"`
	NumberID    string          `db:"number_id"`
	Rules       []byte          `db:"rules"`
	Status      CallStatus      `db:"status"`
	Code        string          `db:"code"`
	Rings       int             `db:"rings"`
	SID         string          `db:"sid"`
	CreatedAt   hold.Instant    `db:"created_at"`
	ConnectedAt hold.Instant    `db:"connected_at"`
	ConnectedUS int64           `db:"connected_us"`
	Machine     bool            `db:"machine"` // the provider heard a machine answer
	EndedAt     hold.Instant    `db:"ended_at"`
}

// Connected is how long the call has been connected, as far as is known.
func (c Call) Connected(now hold.Instant) time.Duration {
	if c.Status == CallConnected {
		return now.Sub(c.ConnectedAt)
	}
	return time.Duration(c.ConnectedUS) * time.Microsecond
}

// Over tells whether the call has come to its end.
func (c Call) Over() bool { return c.EndedAt != 0 }
