// Package callback is the channel that calls the customer: an agent asks, and
// their disposition is the answer. It places calls by Twilio Voice, the agent's
// leg first, and judges what a disposition is worth by what the provider says
// of the call. It knows nothing of the queue.
package callback

import (
	"context"

	"holdfast/channels"
	"holdfast/hold"
)

// Channel calls.
type Channel struct{}

var _ channels.Channel = (*Channel)(nil)

// Kind is callback.
func (*Channel) Kind() hold.Channel { return hold.Callback }

// Deliver never sends: the queue brings an agent to the customer.
func (*Channel) Deliver(context.Context, channels.Delivery) (channels.Receipt, error) {
	return channels.Receipt{}, &channels.DeliveryError{Class: channels.Permanent, Code: "calls_not_configured"}
}

// Withdraw does nothing: a call that rings is ended by who picks up.
func (*Channel) Withdraw(context.Context, hold.ChallengeID) error { return nil }

// Judge holds a disposition against what its call proves. Refusing is always
// allowed; approving takes a call that the provider reports connected for 30 s
// and a customer who is known to be the one.
func (*Channel) Judge(c hold.Challenge, a channels.Answer) (channels.Verdict, error) {
	answer := hold.Disposition(a.Proof).Answer()
	switch {
	case answer == "":
		return channels.Verdict{Refusal: channels.NoAnswer}, nil
	case c.HoldID != a.Hold.ID || c.TxDigest != a.Hold.TxDigest:
		return channels.Verdict{Refusal: channels.DigestMismatch}, nil
	case answer == hold.Approve && (a.Leg.Connected < hold.MinConnected || !a.Leg.Identified):
		return channels.Verdict{Refusal: channels.CallMissing}, nil
	}
	return channels.Verdict{Answer: answer, UV: hold.UVNone}, nil
}

