package activities

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"holdfast/hold"

	"go.temporal.io/sdk/activity"
)

const (
	oneTry = time.Second     // of the ledger, within a workflow task
	spared = 5 * time.Second // a ledger that failed is told on its own queue alone
)

// Finish brings the hold as far as it comes now, and when that is to its decision,
// tells the ledger once. It fails only before the decision: what is left after it
// is Settle's.
func (a *Activities) Finish(ctx context.Context, in HoldInput) (hold.Progress, error) {
	h, p, err := a.Store.Finish(ctx, in.ID, a.Rules)
	if err != nil || p.State != hold.Decided || again(ctx) || !a.failing.mayTry() {
		return p, a.coded(err, Finish, in.ID)
	}
	told, err := a.settle(ctx, h, oneTry)
	if err != nil {
		_ = a.coded(err, Finish, in.ID) // logged; Settle goes on
		return p, nil
	}
	return told, nil
}

// again tells whether a try before this one may have got past the decision.
func again(ctx context.Context) bool {
	return activity.IsActivity(ctx) && activity.GetInfo(ctx).Attempt > 1
}

// Settle tells the ledger the decision on record, with one idempotency key for
// ever. It reads the status first: it may run again after it succeeded.
func (a *Activities) Settle(ctx context.Context, in HoldInput) (hold.Progress, error) {
	h, err := a.Store.Hold(ctx, in.ID)
	switch {
	case err != nil:
		return hold.Progress{}, a.coded(err, Settle, in.ID)
	case h.Status.Settled():
		return hold.Progress{State: hold.Settled}, nil
	case h.ParkedAt != 0:
		return hold.Progress{State: hold.Parked}, nil
	case h.Decision == nil:
		return hold.Progress{}, a.coded(errors.New("not decided"), Settle, in.ID)
	}
	p, err := a.settle(ctx, h, 0)
	return p, a.coded(err, Settle, in.ID)
}

// settle tells the ledger of a decided hold and puts on record what it said. The
// ledger has limit to answer; 0: as long as the client gives it.
func (a *Activities) settle(ctx context.Context, h hold.Hold, limit time.Duration) (hold.Progress, error) {
	err := a.post(ctx, h, limit)
	var refusal *hold.LedgerRefusal
	final := errors.As(err, &refusal) && (!refusal.Passing || a.waitedEnough(ctx, h))
	a.failing.saw(err == nil || final)
	switch {
	case final:
		a.Told("parked")
		a.Log.ErrorContext(ctx, "the ledger refused a settlement: it is parked", "hold", h.ID, "code", refusal.Code)
		return hold.Progress{State: hold.Parked}, a.Store.MarkParked(ctx, h.ID, refusal.Code)
	case err != nil:
		a.Told("failed")
		return hold.Progress{}, err
	}
	a.Told("acknowledged")
	return hold.Progress{State: hold.Settled}, a.Store.MarkSettled(ctx, h.ID)
}

// waitedEnough tells whether a passing refusal has been repeated for long enough.
// What the record's clock cannot say is no: it is repeated once more.
func (a *Activities) waitedEnough(ctx context.Context, h hold.Hold) bool {
	now, err := a.Store.Now(ctx)
	return err == nil && now.Sub(h.Decision.DecidedAt) >= a.Patience
}

func (a *Activities) post(ctx context.Context, h hold.Hold, limit time.Duration) error {
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	return a.Ledger.Post(ctx, h.Settlement())
}

// failing remembers that the ledger did not answer, so that a workflow task is not
// spent on waiting for it.
type failing struct{ since atomic.Int64 } // UnixNano; 0: it answers

func (f *failing) saw(answered bool) {
	if answered {
		f.since.Store(0)
	} else {
		f.since.Store(time.Now().UnixNano())
	}
}

// mayTry tells whether a workflow task may ask the ledger: when it answers, and
// otherwise one of them every now and then.
func (f *failing) mayTry() bool {
	since, now := f.since.Load(), time.Now().UnixNano()
	return since == 0 || now-since > int64(spared) && f.since.CompareAndSwap(since, now)
}
