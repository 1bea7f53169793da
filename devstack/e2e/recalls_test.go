package e2e

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"holdfast/activities"
	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"
)

// bank is an endpoint for recalls that answers as it is told, and then takes them.
type bank struct {
	mu   sync.Mutex
	errs []error
	asks []hold.RecallRequest
}

func (b *bank) Post(_ context.Context, r hold.RecallRequest) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asks = append(b.asks, r)
	if len(b.errs) == 0 {
		return nil
	}
	err := b.errs[0]
	b.errs = b.errs[1:]
	return err
}

func (b *bank) next(errs ...error) (before int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.errs = errs
	return len(b.asks)
}

func (b *bank) asked() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.asks)
}

// recallHistories takes recalls through every branch of their workflow.
func recallHistories(w *world) {
	ctx := context.Background()
	down, refusal := errors.New("it answered 503"), &hold.LedgerRefusal{Code: "http_422"}
	long := hold.Ladder{Name: "l", Exhausted: hold.ExhaustedWait, Rungs: []hold.Rung{storetest.Rung("app", time.Hour, hold.Push)}}
	parked := func(r hold.Recall) {
		until(w.T, "parking", func() bool { return w.recall(r.HoldID).ParkedAt != 0 })
	}
	for name, c := range map[string]struct {
		errs []error
		do   func(r hold.Recall)
		asks int
		ends hold.RecallStatus
	}{
		"recall_requested":            {nil, nil, 1, hold.RecallRequested},
		"recall_away_then_requested":  {[]error{down, down}, nil, 3, hold.RecallRequested},
		"recall_parked_then_retried":  {[]error{refusal}, func(r hold.Recall) { parked(r); w.retries(r.ID) }, 2, hold.RecallRequested},
		"recall_parked_then_reported": {[]error{refusal}, func(r hold.Recall) { parked(r); w.reports(r.ID) }, 1, hold.RecallAccepted},
	} {
		w.Subtest(name, func() {
			id := w.accept(long, time.Hour)
			w.Say(w.asked(id, 0).ID, w.Old(), hold.Approve)
			w.settled(id)
			_, err := w.ReportNotMe(ctx, w.Customer.ID, id)
			w.Must(err)
			before := w.recalls.next(c.errs...)
			r, why, err := w.DecideRecall(ctx, store.DecideRecall{By: w.Agent("ben", queue.RoleAgent), ID: w.recall(id).ID, Confirm: true,
				Reason: "r"})
			w.Granted(why, err)
			if c.do != nil {
				c.do(r)
			}
			history := w.history(string(r.ID))
			r = w.recall(id)
			if r.Status != c.ends || w.recalls.asked()-before != c.asks || (r.RequestedAt != 0) != (c.ends == hold.RecallRequested) {
				w.T.Errorf("%s, asked %d times, taken at %d", r.Status, w.recalls.asked()-before, r.RequestedAt)
			}
			for _, e := range history.Events {
				for _, canary := range []string{"DE0210", "Kovacs", "125000"} {
					if strings.Contains(fmt.Sprint(e), canary) {
						w.T.Errorf("%s in the history: %s", canary, e.EventType)
					}
				}
			}
			keep(w.T, name, history)
		})
	}
}

// recall is a hold's.
func (w *world) recall(id hold.ID) hold.Recall {
	w.T.Helper()
	rs, err := w.AllRecalls(context.Background(), store.RecallPage{HoldID: id, Limit: 1})
	w.Must(err)
	return append(rs, hold.Recall{})[0]
}

func (w *world) retries(id hold.RecallID) {
	w.T.Helper()
	_, _, err := w.RetryRecall(context.Background(), id, "operator")
	w.Must(err)
}

func (w *world) reports(id hold.RecallID) {
	w.T.Helper()
	_, why, err := w.ReportRecall(context.Background(), id, hold.RecallReport{Status: hold.RecallAccepted, Reference: "a"}, "client:bank")
	w.Granted(why, err)
}

var _ activities.RecallBank = (*bank)(nil)
