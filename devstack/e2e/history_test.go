package e2e

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
	"holdfast/workflows"

	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/encoding/protojson"
)

// record keeps the histories of a release: go test ./e2e -run TestHistories
// -record ../../workflows/testdata/v1. A file that is there is never replaced.
var record = flag.String("record", "", "directory to keep histories in")

// Every branch of a hold's life on a real Temporal server ends as it should.
func TestHistories(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	down, refusal := errors.New("the ledger answered 503"), &hold.LedgerRefusal{Code: "http_422"}
	rung := func(name string, d time.Duration, cs ...hold.Channel) hold.Rung {
		return storetest.Rung(name, d, cs...)
	}
	ladder := func(rs ...hold.Rung) hold.Ladder {
		return hold.Ladder{Name: "l", Exhausted: hold.ExhaustedWait, Rungs: rs}
	}
	long := ladder(rung("app", time.Minute, hold.Push))
	both := rung("both", 2*time.Second, hold.Push, hold.Callback)
	both.Quorum = hold.All
	online := func() {
		w.Must(w.Heartbeat(ctx, "gw", []store.Presence{{DeviceID: w.Old(), CustomerID: w.Customer.ID}}, nil))
	}
	say := func(id hold.ID, n int, a hold.Answer) { w.Say(w.asked(id, n).ID, w.Old(), a) }
	for _, c := range []struct {
		name     string
		ladder   hold.Ladder
		deadline time.Duration
		do       func(id hold.ID)
		reason   hold.Reason
	}{
		{"approved", long, time.Hour, func(id hold.ID) { say(id, 0, hold.Approve) }, hold.ReasonApproved},
		{"denied", long, time.Hour, func(id hold.ID) { say(id, 0, hold.Deny) }, hold.ReasonRefused},
		{"offline_then_answered", ladder(rung("app", time.Minute, hold.Push), rung("again", time.Minute, hold.Push)), time.Hour,
			func(id hold.ID) {
				w.asked(id, 1) // nobody was connected: the second rung came at once
				say(id, 0, hold.Approve)
			}, hold.ReasonApproved},
		{"unanswered_to_the_deadline", long, 3 * time.Second, func(hold.ID) {}, hold.ReasonDeadline},
		{"second_rung", ladder(rung("app", time.Second, hold.Push), rung("again", time.Minute, hold.Push)), time.Hour, func(id hold.ID) {
			say(id, 1, hold.Approve)
		}, hold.ReasonApproved},
		{"quorum_all", ladder(both, rung("again", time.Minute, hold.Push)), time.Hour, func(id hold.ID) {
			say(id, 1, hold.Approve) // one of two: the rung goes unanswered
			say(id, 2, hold.Approve)
		}, hold.ReasonApproved},
		{"amended_mid_rung", long, time.Hour, func(id hold.ID) {
			w.asked(id, 0)
			_, _, err := w.AmendHold(ctx, store.Amend{ID: id, Revision: 1, Actor: "client:bank",
				Change: func(r hold.Request) hold.Request { r.Amount.Minor++; return r },
				Terms: func(h hold.Hold, _ hold.Customer, _ counterparties.Known, _ hold.Instant) (hold.Terms, hold.Instant, error) {
					return h.Terms, h.Deadline, nil
				}})
			w.Must(err)
			say(id, 1, hold.Approve)
		}, hold.ReasonApproved},
		{"overridden", long, time.Hour, func(id hold.ID) {
			w.asked(id, 0)
			_, _, err := w.Override(ctx, id, 1, "client:bank", "")
			w.Must(err)
		}, hold.ReasonOverride},
		{"ledger_down_then_up", long, time.Hour, func(id hold.ID) {
			w.ledger.mu.Lock()
			w.ledger.errs = []error{down, down}
			w.ledger.mu.Unlock()
			say(id, 0, hold.Approve)
		}, hold.ReasonApproved},
		{"ledger_parks", long, time.Hour, func(id hold.ID) {
			w.ledger.mu.Lock()
			w.ledger.errs = []error{refusal}
			w.ledger.mu.Unlock()
			say(id, 0, hold.Approve)
			until(t, "parking", func() bool { return w.Look(id).ParkedAt != 0 })
			_, err := w.Unpark(ctx, id, "client:bank")
			w.Must(err)
		}, hold.ReasonApproved},
		{"database_away", long, time.Hour, func(id hold.ID) {
			c := w.asked(id, 0)
			w.flaky.left.Store(11) // longer than the local activity tries
			w.Say(c.ID, w.Old(), hold.Approve)
		}, hold.ReasonApproved},
		{"frozen", long, 4 * time.Second, func(id hold.ID) {
			w.asked(id, 0)
			w.Must(w.AskForHelp(ctx, w.Customer.ID))
		}, hold.ReasonDeadline},
		{"not_me", long, time.Hour, func(id hold.ID) {
			say(id, 0, hold.NotMe)
		}, hold.ReasonNotMe},
	} {
		w.Subtest(c.name, func() { // limits of pushes are a customer's
			if c.name != "offline_then_answered" && c.name != "second_rung" {
				online()
			} else {
				w.Must(w.Absent(ctx, "gw", []hold.DeviceID{w.Old()}))
			}
			id := w.accept(c.ladder, c.deadline)
			c.do(id)
			h, history := w.settled(id)
			if h.Decision.Reason != c.reason {
				w.T.Errorf("%s: decided for %s, want %s", c.name, h.Decision.Reason, c.reason)
			}
			keep(w.T, c.name, history)
		})
	}
	recallHistories(w)
}

// keep keeps a history under its name; one of today's workflow of a hold says so
// in its name, for the names are those of the workflow of before.
func keep(t testing.TB, name string, h *historypb.History) {
	t.Helper()
	if *record == "" {
		return
	}
	if h.Events[0].GetWorkflowExecutionStartedEventAttributes().GetWorkflowType().GetName() == workflows.TypeDelayed {
		name = "delayed_" + name
	}
	path := filepath.Join(*record, name+".json")
	if kept, err := filepath.Glob(filepath.Join(*record, "..", "*", name+".json")); err != nil || len(kept) > 0 {
		return // by this release or one before
	}
	b, err := protojson.MarshalOptions{Indent: " "}.Marshal(h)
	if err == nil {
		err = errors.Join(os.MkdirAll(*record, 0o755), os.WriteFile(path, append(b, '\n'), 0o644)) //nolint:gosec // not secret
	}
	if err != nil {
		t.Fatal(err)
	}
}

// started waits until Temporal has the hold's workflow.
func (w *world) started(id hold.ID) {
	w.T.Helper()
	until(w.T, "the workflow", func() bool {
		_, err := w.client.DescribeWorkflowExecution(context.Background(), string(id), "")
		return err == nil
	})
}

// A workflow that is terminated by hand, before the decision or after it, is
// brought home by the sweeper.
func TestTerminatedWorkflows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	long := hold.Ladder{Name: "l", Exhausted: hold.ExhaustedWait, Rungs: []hold.Rung{storetest.Rung("app", time.Hour, hold.Push)}}
	mid := w.accept(long, 30*time.Second)
	w.started(mid)
	w.Must(w.client.TerminateWorkflow(ctx, string(mid), "", "by hand"))

	after := w.accept(long, time.Hour)
	c := w.asked(after, 0)
	w.ledger.mu.Lock()
	for range 1000 {
		w.ledger.errs = append(w.ledger.errs, errors.New("the ledger answered 503"))
	}
	w.ledger.mu.Unlock()
	w.Say(c.ID, w.Old(), hold.Approve)
	until(t, "the decision", func() bool { return w.Look(after).Status.Decided() })
	w.Must(w.client.TerminateWorkflow(ctx, string(after), "", "by hand"))
	w.ledger.mu.Lock()
	w.ledger.errs = nil
	w.ledger.mu.Unlock()

	w.Clock.Forward(2 * time.Minute)
	w.Must(w.sweep.Once(ctx))
	h, _ := w.settled(mid)
	if h.Decision.Reason != hold.ReasonDeadline {
		t.Errorf("terminated mid-hold: %s", h.Decision.Reason)
	}
	if h, _ = w.settled(after); h.Decision.Outcome != hold.Release {
		t.Errorf("terminated after the decision: %s", h.Decision.Outcome)
	}
	if w.swept.Load() < 2 {
		t.Errorf("the sweeper found %d", w.swept.Load())
	}
}
