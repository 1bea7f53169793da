package activities

import (
	"context"
	"errors"
	"log/slog"

	"holdfast/channels"
	"holdfast/hold"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
)

// PlaceCall is the name under which the activity is registered.
const PlaceCall = "PlaceCall"

// QueueCallback is where calls are placed, at that channel's own rate.
const QueueCallback = "channel-callback"

// CallInput names a call.
type CallInput struct {
	ID string `json:"id"`
}

// CallStore is what placing calls needs of the record.
type CallStore interface {
	BeginCall(ctx context.Context, id string) (*hold.Call, error)
	RepeatCall(ctx context.Context, id string) (again bool, err error)
	CallUnplaced(ctx context.Context, id string) error
	CallPlaced(ctx context.Context, id, sid string) error
	CallFailed(ctx context.Context, id, code string) error
}

// CallChannel places calls. Find asks the provider for a call that an earlier
// try may have placed; Trust looks the customer's number up.
type CallChannel interface {
	channels.Channel
	Find(ctx context.Context, c hold.Call) (channels.Receipt, error)
	Trust(ctx context.Context, c hold.Call) hold.TextFault
}

// Calls places calls.
type Calls struct {
	Store   CallStore
	Channel CallChannel
	Log     *slog.Logger
}

// Register names the activity of the callback channel's queue.
func (a *Calls) Register(r Registry) {
	r.RegisterActivityWithOptions(a.PlaceCall, activity.RegisterOptions{Name: PlaceCall})
}

// PlaceCall rings one agent's phone, at most once more than once: a try that
// did not report back may have rung it, so the provider is asked what it has
// before it rings a second time, and it never rings a third.
func (a *Calls) PlaceCall(ctx context.Context, in CallInput) error {
	defer alive(ctx)()
	c, err := a.Store.BeginCall(ctx, in.ID)
	if err != nil || c == nil {
		return a.again(ctx, err, "unavailable", nil)
	}
	if c.Repeated {
		placed, err := a.Channel.Find(ctx, *c)
		switch {
		case err != nil:
			return a.again(ctx, err, "ambiguous", nil)
		case placed.ProviderID != "":
			return a.again(ctx, a.Store.CallPlaced(ctx, c.ID, placed.ProviderID), "unavailable", nil)
		}
		once, err := a.Store.RepeatCall(ctx, c.ID)
		if err != nil || !once {
			return a.again(ctx, errors.Join(err, errors.New("it may have rung")), "ambiguous", nil)
		}
	}
	if cause := a.Channel.Trust(ctx, *c); cause != "" {
		return a.again(ctx, a.Store.CallFailed(ctx, c.ID, string(cause)), "unavailable", nil)
	}
	receipt, err := a.Channel.Deliver(ctx, channels.Delivery{ID: c.ID, Call: c, Repeated: c.Repeated})
	var f *channels.DeliveryError
	switch {
	case err == nil:
		return a.again(ctx, a.Store.CallPlaced(ctx, c.ID, receipt.ProviderID), "unavailable", nil)
	case !errors.As(err, &f), f.Class == channels.Ambiguous:
		return a.again(ctx, err, "ambiguous", f)
	case f.Class == channels.Permanent:
		a.Log.WarnContext(ctx, "a call cannot be placed", "call", c.ID, "code", f.Code)
		return a.again(ctx, a.Store.CallFailed(ctx, c.ID, f.Code), "unavailable", nil)
	}
	return a.again(ctx, errors.Join(f, a.Store.CallUnplaced(ctx, c.ID)), f.Code, f)
}

// again turns an error into one that carries a code and no cause, and is tried
// again.
func (a *Calls) again(ctx context.Context, err error, code string, f *channels.DeliveryError) error {
	if err == nil {
		return nil
	}
	o := temporal.ApplicationErrorOptions{}
	if f != nil {
		o.NextRetryDelay = f.RetryAfter
	}
	a.Log.WarnContext(ctx, "a call was not placed and will be tried again while it is wanted", "call",
		activity.GetInfo(ctx).WorkflowExecution.ID, "code", code, "error", err)
	return temporal.NewApplicationErrorWithOptions(PlaceCall+" is tried again", code, o)
}
