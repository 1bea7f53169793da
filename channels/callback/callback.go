// Package callback is the channel that calls the customer: an agent asks, and
// their disposition is the answer. It places calls by Twilio Voice, the agent's
// leg first, and judges what a disposition is worth by what the provider says
// of the call. It knows nothing of the queue.
package callback

import (
	"context"
	"errors"
	"time"

	"holdfast/channels"
	"holdfast/hold"
	"holdfast/messages"
	"holdfast/twilio"
)

const (
	ringFor  = 30 * time.Second
	limitFor = time.Hour // of a call
)

// Config is what calls are made with. A nil Account places none: agents can
// still say what came of a task that needs no call.
type Config struct {
	Account   *twilio.Account
	From      string           // the bank's number, E.164, which both legs see
	PublicURL string           // where Twilio reaches us
	Lookups   bool             // SIM swaps and line types are looked up before each call
	Now       func() time.Time // nil: the machine's
}

// Channel calls.
type Channel struct{ Config }

var _ channels.Channel = (*Channel)(nil)

// New makes the channel.
func New(c Config) *Channel {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Channel{c}
}

// Kind is callback.
func (*Channel) Kind() hold.Channel { return hold.Callback }

// Deliver rings the agent's phone. What it says when they pick up is asked of
// us then.
func (c *Channel) Deliver(ctx context.Context, d channels.Delivery) (channels.Receipt, error) {
	if c.Account == nil || d.Call == nil {
		return channels.Receipt{}, &channels.DeliveryError{Class: channels.Permanent, Code: "calls_not_configured"}
	}
	sid, err := c.Account.Call(ctx, twilio.Call{To: d.Call.Agent, From: c.From, URL: c.PublicURL + VoicePath + d.Call.ID,
		StatusURL: c.PublicURL + StatusPath + d.Call.ID + "/" + string(hold.LegAgent), RingFor: ringFor, LimitFor: limitFor})
	if err != nil {
		return channels.Receipt{}, failed(err)
	}
	return channels.Receipt{ProviderID: sid}, nil
}

// Find asks the provider for a call that an earlier try may have placed.
func (c *Channel) Find(ctx context.Context, call hold.Call) (channels.Receipt, error) {
	found, err := c.Account.FindCalls(ctx, call.Agent, c.From, call.CreatedAt.Time(), call.Known)
	if err != nil {
		return channels.Receipt{}, failed(err)
	}
	if len(found) == 0 {
		return channels.Receipt{}, nil
	}
	return channels.Receipt{ProviderID: found[0]}, nil
}

// patience is how long an agent waits for what the provider knows of a call.
const patience = 2 * time.Second

// UnderWay asks the provider whether a call still goes on. Its agent's leg ends
// with the customer's. What cannot be known is no.
func (c *Channel) UnderWay(ctx context.Context, sid string) bool {
	if c.Account == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	is, err := c.Account.UnderWay(ctx, sid)
	return err == nil && is
}

// HangUp ends a call, as far as the provider can be reached.
func (c *Channel) HangUp(ctx context.Context, sid string) error {
	if c.Account == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return failed(c.Account.HangUp(ctx, sid))
}

// Trust looks the customer's number up, where that is configured: a swapped SIM
// and a line that is no phone get no call.
func (c *Channel) Trust(ctx context.Context, call hold.Call) hold.TextFault {
	if !c.Lookups {
		return ""
	}
	line, err := c.Account.Lookup(ctx, call.Customer)
	swapped, known := line.SwappedWithin(time.Duration(call.Rules.SMS.SIMSwapAge), c.Now())
	switch {
	case err == nil && swapped && line.Type != landline:
		return hold.FailSIMSwapped
	case err == nil && !phones[line.Type]:
		return hold.FailLineType
	case (err != nil || line.Type == "" || !known && line.Type != landline) && !call.Rules.SMS.AllowUnknown:
		return hold.FailTrustUnknown
	}
	return ""
}

// failed turns the provider's error into the channel's.
func failed(err error) error {
	if err == nil {
		return nil
	}
	var e *twilio.Error
	if !errors.As(err, &e) {
		return &channels.DeliveryError{Class: channels.Ambiguous, Code: "unexpected"}
	}
	return &channels.DeliveryError{Class: classes[e.Class], Code: e.Code, RetryAfter: e.RetryAfter}
}

var classes = map[twilio.Class]channels.DeliveryClass{twilio.NotSent: channels.Retryable, twilio.Ambiguous: channels.Ambiguous,
	twilio.Throttled: channels.Throttled, twilio.Refused: channels.Permanent}

// Judge holds a disposition against what its call proves. Refusing is always
// allowed; approving takes a talk that the provider reports connected for 30 s,
// with somebody who is known to be the customer.
func (*Channel) Judge(c hold.Challenge, a channels.Answer) (hold.Verdict, error) {
	answer := hold.Disposition(a.Proof).Answer()
	switch {
	case answer == "":
		return hold.Verdict{Refusal: hold.NotAnAnswer}, nil
	case c.HoldID != a.Hold.ID || c.TxDigest != a.Hold.TxDigest:
		return hold.Verdict{Refusal: hold.DigestMismatch}, nil
	case answer == hold.Approve && a.Leg.Connected < hold.MinConnected:
		return hold.Verdict{Refusal: hold.CallMissing}, nil
	case answer == hold.Approve && !a.Leg.Identified && !a.Leg.Vouched:
		return hold.Verdict{Refusal: hold.IdentityMissing}, nil
	}
	return hold.Verdict{Answer: answer, UV: hold.UVNone}, nil
}

// twiml is what the agent's phone does when they pick up.
func (c *Channel) twiml(call *hold.Call) (string, error) {
	if call == nil {
		return twilio.HangUpSaying(messages.NotWanted(), "en-GB")
	}
	return twilio.Connect(twilio.Leg{Say: messages.Connecting(), Language: "en-GB", CallerID: c.From, Customer: call.Customer,
		StatusURL:  c.PublicURL + StatusPath + call.ID + "/" + string(hold.LegCustomer),
		MachineURL: c.PublicURL + StatusPath + call.ID + "/" + machine, RingFor: ringFor, LimitFor: limitFor})
}
