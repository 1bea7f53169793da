package activities

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"holdfast/hold"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
)

// RequestRecall is the name under which the activity is registered.
const RequestRecall = "RequestRecall"

// QueueRecall is where the bank's endpoint is asked for recalls, so that one that is slow
// or away holds up nothing else.
const QueueRecall = "recalls"

// NoRecallURL is why a recall parks where there is nobody to ask.
const NoRecallURL = "recall_url_missing"

// RecallInput names a recall.
type RecallInput struct {
	ID hold.RecallID `json:"id"`
}

// RecallStore is what asking needs of the record.
type RecallStore interface {
	BeginRecall(ctx context.Context, id hold.RecallID) (*hold.RecallRequest, hold.RecallProgress, error)
	RecallAcknowledged(ctx context.Context, id hold.RecallID) error
	RecallParked(ctx context.Context, id hold.RecallID, code string) error
	Now(ctx context.Context) (hold.Instant, error)
}

// RecallBank is the bank's endpoint for recalls. Post asks for one; its errors are as
// the ledger's.
type RecallBank interface {
	Post(ctx context.Context, r hold.RecallRequest) error
}

// Recalls asks for recalls.
type Recalls struct {
	Store    RecallStore
	Bank     RecallBank // nil: there is none
	Log      *slog.Logger
	Told     func(result string) // for the metrics: acknowledged, parked or failed
	Patience time.Duration       // for how long after it was confirmed a passing refusal is repeated
}

// Register names the activity of the recalls' queue.
func (a *Recalls) Register(r Registry) {
	r.RegisterActivityWithOptions(a.RequestRecall, activity.RegisterOptions{Name: RequestRecall})
}

// RequestRecall asks the bank's endpoint for one recall, with one idempotency key for
// ever. The record says first whether anything is to be asked: it may run again after it
// succeeded.
func (a *Recalls) RequestRecall(ctx context.Context, in RecallInput) (hold.RecallProgress, error) {
	ask, p, err := a.Store.BeginRecall(ctx, in.ID)
	if err != nil || ask == nil {
		return p, a.coded(err, in.ID)
	}
	err = &hold.LedgerRefusal{Code: NoRecallURL}
	if a.Bank != nil {
		err = a.Bank.Post(ctx, *ask)
	}
	var refusal *hold.LedgerRefusal
	switch {
	case err == nil:
		a.Told("acknowledged")
		return hold.RecallProgress{State: hold.RecallDone}, a.coded(a.Store.RecallAcknowledged(ctx, in.ID), in.ID)
	case errors.As(err, &refusal) && (!refusal.Passing || a.waitedEnough(ctx, *ask)):
		a.Told("parked")
		a.Log.ErrorContext(ctx, "a confirmed recall is parked: the bank was not asked", "recall", in.ID, "code", refusal.Code)
		return hold.RecallProgress{State: hold.RecallParks}, a.coded(a.Store.RecallParked(ctx, in.ID, refusal.Code), in.ID)
	}
	a.Told("failed")
	return hold.RecallProgress{}, a.coded(err, in.ID)
}

// waitedEnough is as with settlements.
func (a *Recalls) waitedEnough(ctx context.Context, r hold.RecallRequest) bool {
	now, err := a.Store.Now(ctx)
	return err == nil && now.Sub(r.RequestedAt) >= a.Patience
}

// coded keeps the cause here and lets a code cross into the history.
func (a *Recalls) coded(err error, id hold.RecallID) error {
	if err == nil {
		return nil
	}
	a.Log.Warn("a recall was not asked for and will be again", "recall", id, "error", err)
	return temporal.NewApplicationError(RequestRecall+" failed", "unavailable")
}
