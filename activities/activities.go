// Package activities is the workflow's hands: thin functions over the store,
// the channels and the ledger. Each may run twice. What goes back into the
// workflow's history is ids, enums and durations; errors carry a code and no
// cause.
package activities

import (
	"context"
	"log/slog"
	"time"

	"holdfast/hold"

	"go.temporal.io/sdk/temporal"
)

// The names under which the activities are registered.
const (
	OpenRung = "OpenRung"
	Conclude = "Conclude"
	Settle   = "Settle"
	Finish   = "Finish"
)

// QueueSettle is where a ledger that is slow or away is told, so that it holds up
// nothing else.
const QueueSettle = "settlements"

// HoldInput names a hold.
type HoldInput struct {
	ID hold.ID `json:"id"`
}

// RungInput names a rung. Revision 0 is a first look.
type RungInput struct {
	ID       hold.ID `json:"id"`
	Revision int     `json:"revision"`
	Rung     int     `json:"rung"`
}

// Store is what the activities need of the record.
type Store interface {
	OpenRung(ctx context.Context, id hold.ID, revision, rung int, r hold.Rules) (hold.Progress, error)
	Conclude(ctx context.Context, id hold.ID) (hold.Progress, error)
	Finish(ctx context.Context, id hold.ID, r hold.Rules) (hold.Hold, hold.Progress, error)
	Hold(ctx context.Context, id hold.ID) (hold.Hold, error)
	MarkSettled(ctx context.Context, id hold.ID) error
	MarkParked(ctx context.Context, id hold.ID, code string) error
	Now(ctx context.Context) (hold.Instant, error)
}

// Ledger is the bank's core: it is told release or reverse.
type Ledger interface {
	// Post tells one decision. A *hold.LedgerRefusal is final and parks the
	// settlement; every other error is worth another try.
	Post(ctx context.Context, s hold.Settlement) error
}

// Activities holds what the activities work with.
type Activities struct {
	Store  Store
	Ledger Ledger
	Rules  hold.Rules
	Log    *slog.Logger
	// Told is called after each settlement attempt with its result, for the
	// metrics: acknowledged, parked or failed.
	Told func(result string)
	// Patience is for how long after the decision a passing refusal of the
	// ledger is repeated before it parks the settlement.
	Patience time.Duration

	failing failing
}

// OpenRung opens a rung of the ladder, or resumes the one that is open.
func (a *Activities) OpenRung(ctx context.Context, in RungInput) (hold.Progress, error) {
	p, err := a.Store.OpenRung(ctx, in.ID, in.Revision, in.Rung, a.Rules)
	return p, a.coded(err, OpenRung, in.ID)
}

// Conclude decides the hold when that is due.
func (a *Activities) Conclude(ctx context.Context, in HoldInput) (hold.Progress, error) {
	p, err := a.Store.Conclude(ctx, in.ID)
	return p, a.coded(err, Conclude, in.ID)
}

// coded keeps the cause here and lets a code cross into the history.
func (a *Activities) coded(err error, what string, id hold.ID) error {
	return coded(a.Log, err, what, id)
}

func coded(log *slog.Logger, err error, what string, id hold.ID) error {
	if err == nil {
		return nil
	}
	log.Warn("an activity failed and will be tried again", "activity", what, "hold", id, "error", err)
	return temporal.NewApplicationError(what+" failed", "unavailable")
}
