package activities

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"holdfast/channels"
	"holdfast/hold"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
)

// Deliver is the name under which the activity is registered, on each channel's
// queue.
const Deliver = "Deliver"

// QueueOf is where a channel's questions are brought, at its own rate.
func QueueOf(c hold.Channel) string { return "channel-" + string(c) }

// QueuePush is where workflows had devices woken before wake-ups were on record. What
// is scheduled there puts them on record.
const QueuePush = "channel-push"

// DeliverInput names a challenge.
type DeliverInput struct {
	Challenge hold.ChallengeID `json:"challenge"`
}

// DeliveryStore is what bringing a question needs of the record.
type DeliveryStore interface {
	BeginDelivery(ctx context.Context, id hold.ChallengeID) (*hold.Delivery, error)
	EndDelivery(ctx context.Context, id, code string) error
}

// Deliveries bring one channel's questions.
type Deliveries struct {
	Store   DeliveryStore
	Channel channels.Channel
	Log     *slog.Logger
}

// Register names the activity of the channel's queue.
func (a *Deliveries) Register(r Registry) {
	r.RegisterActivityWithOptions(a.Deliver, activity.RegisterOptions{Name: Deliver})
}

// Deliver brings a question to the customer, once a challenge. A try that did not
// report back may have arrived: the channel is told that it is repeated, and
// gives its outside the same id.
func (a *Deliveries) Deliver(ctx context.Context, in DeliverInput) error {
	d, err := a.Store.BeginDelivery(ctx, in.Challenge)
	if err != nil || d == nil {
		return coded(a.Log, err, Deliver, "")
	}
	_, err = a.Channel.Deliver(ctx, *d)
	var failed *channels.DeliveryError
	switch {
	case err == nil:
		return coded(a.Log, a.Store.EndDelivery(ctx, d.ID, ""), Deliver, d.Challenge.HoldID)
	case errors.As(err, &failed) && failed.Class == channels.Permanent:
		a.Log.WarnContext(ctx, "a question cannot be brought", "channel", d.Challenge.Channel, "challenge", in.Challenge, "code", failed.Code)
		return coded(a.Log, a.Store.EndDelivery(ctx, d.ID, failed.Code), Deliver, d.Challenge.HoldID)
	case errors.As(err, &failed) && failed.Class == channels.Throttled:
		return temporal.NewApplicationErrorWithOptions("throttled", failed.Code, temporal.ApplicationErrorOptions{
			NextRetryDelay: min(max(failed.RetryAfter, time.Second), time.Minute)})
	}
	return coded(a.Log, err, Deliver, d.Challenge.HoldID)
}
