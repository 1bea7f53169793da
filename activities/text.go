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

// SendText is the name under which the activity is registered.
const SendText = "SendText"

// QueueSMS is where texts are sent, at that channel's own rate.
const QueueSMS = "channel-sms"

// Heartbeat is how long a text's worker may be silent before another takes
// over.
const Heartbeat = 6 * time.Second

// TextInput names a text.
type TextInput struct {
	ID string `json:"id"`
}

// TextStore is what sending needs of the record.
type TextStore interface {
	BeginText(ctx context.Context, id string, r hold.Rules) (*hold.Text, error)
	RepeatText(ctx context.Context, id string, r hold.Rules) (again bool, err error)
	TextUnsent(ctx context.Context, id string) error
	TextSent(ctx context.Context, id, sid string) error
	TextFailed(ctx context.Context, id, code string) error
}

// TextChannel sends texts. Find asks the provider for a text that an earlier
// try may have sent; Trust looks the number up.
type TextChannel interface {
	channels.Channel
	Find(ctx context.Context, t hold.Text) (channels.Receipt, error)
	Trust(ctx context.Context, t hold.Text) hold.TextFault
}

// Texts sends text messages.
type Texts struct {
	Store   TextStore
	Channel TextChannel
	Rules   hold.Rules
	Log     *slog.Logger
}

// Register names the activity of the SMS channel's queue.
func (a *Texts) Register(r Registry) {
	r.RegisterActivityWithOptions(a.SendText, activity.RegisterOptions{Name: SendText})
}

// SendText sends one text, at most once more than once: a try that did not
// report back may have sent it, so the provider is asked what it has before
// the text goes out a second time, and it never goes out a third.
func (a *Texts) SendText(ctx context.Context, in TextInput) error {
	defer alive(ctx)()
	t, err := a.Store.BeginText(ctx, in.ID, a.Rules)
	if err != nil || t == nil {
		return a.again(ctx, err, "unavailable", 0)
	}
	if t.Repeated {
		sent, err := a.Channel.Find(ctx, *t)
		switch {
		case err != nil:
			return a.again(ctx, err, "ambiguous", askAgain)
		case sent.ProviderID != "":
			return a.again(ctx, a.Store.TextSent(ctx, t.ID, sent.ProviderID), "unavailable", 0)
		}
		once, err := a.Store.RepeatText(ctx, t.ID, a.Rules)
		if err != nil || !once {
			return a.again(ctx, errors.Join(err, errors.New("it may have been sent")), "ambiguous", askAgain)
		}
	}
	if cause := a.Channel.Trust(ctx, *t); cause != "" {
		return a.again(ctx, a.Store.TextFailed(ctx, t.ID, string(cause)), "unavailable", 0)
	}
	receipt, err := a.Channel.Deliver(ctx, channels.Delivery{ID: t.ID, Challenge: t.Challenge, Text: t, Repeated: t.Repeated})
	if err != nil {
		return a.failed(ctx, *t, err)
	}
	return a.again(ctx, a.Store.TextSent(ctx, t.ID, receipt.ProviderID), "unavailable", 0)
}

// askAgain is how long the provider's list is given to show what was sent.
const askAgain = 3 * time.Second

// alive tells Temporal that the activity runs, so that another worker takes
// over soon after this one was killed. It gives a function that ends it.
func alive(ctx context.Context) func() {
	done := make(chan struct{})
	go func() {
		tick := time.NewTicker(Heartbeat / 3)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				activity.RecordHeartbeat(ctx)
			}
		}
	}()
	return func() { close(done) }
}

// failed writes down what a failed try means, and says when to try again.
func (a *Texts) failed(ctx context.Context, t hold.Text, err error) error {
	var f *channels.DeliveryError
	if !errors.As(err, &f) {
		return a.again(ctx, err, "unexpected", 0)
	}
	switch {
	case f.Class == channels.Ambiguous:
		return a.again(ctx, f, f.Code, askAgain)
	case f.Class == channels.Permanent:
		a.Log.WarnContext(ctx, "a text cannot be sent", "text", t.ID, "code", f.Code)
		return a.again(ctx, a.Store.TextFailed(ctx, t.ID, f.Code), "unavailable", 0)
	case f.Class == channels.Throttled && f.RetryAfter > t.Left:
		return a.again(ctx, a.Store.TextFailed(ctx, t.ID, string(hold.FailThrottled)), "unavailable", 0)
	}
	return a.again(ctx, errors.Join(f, a.Store.TextUnsent(ctx, t.ID)), f.Code, f.RetryAfter)
}

// again turns an error into one that carries a code and no cause, and is tried
// again: after the pause, when one is given.
func (a *Texts) again(ctx context.Context, err error, code string, pause time.Duration) error {
	if err == nil {
		return nil
	}
	a.Log.WarnContext(ctx, "a text was not sent and will be tried again while it is wanted", "text",
		activity.GetInfo(ctx).WorkflowExecution.ID, "code", code, "error", err)
	return temporal.NewApplicationErrorWithOptions(SendText+" is tried again", code, temporal.ApplicationErrorOptions{NextRetryDelay: pause})
}
