package workflows_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/activities"
	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
	"holdfast/workflows"

	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// ledger answers each call with the next of its errors, and then with none.
type ledger struct {
	errs  []error
	calls atomic.Int64
}

func (l *ledger) Post(context.Context, hold.Settlement) error {
	if n := int(l.calls.Add(1)); n <= len(l.errs) {
		return l.errs[n-1]
	}
	return nil
}

// flaky is a store in which nothing can be decided the next n times.
type flaky struct {
	*store.Store
	left atomic.Int64
	lost atomic.Bool // the next commit of Finish is told as a fault
}

func (f *flaky) Conclude(ctx context.Context, id hold.ID) (hold.Progress, error) {
	if f.left.Add(-1) >= 0 {
		return hold.Progress{}, errors.New("connection refused")
	}
	return f.Store.Conclude(ctx, id)
}

func (f *flaky) Finish(ctx context.Context, id hold.ID, r hold.Rules) (hold.Hold, hold.Progress, error) {
	if f.left.Add(-1) >= 0 {
		return hold.Hold{}, hold.Progress{}, errors.New("connection refused")
	}
	h, p, err := f.Store.Finish(ctx, id, r)
	if f.lost.CompareAndSwap(true, false) {
		return hold.Hold{}, hold.Progress{}, errors.New("connection reset")
	}
	return h, p, err
}

// world is one hold's workflow over a real store, in skipped time.
type world struct {
	*storetest.Bundle
	kind   string // of workflow
	env    *testsuite.TestWorkflowEnvironment
	ledger *ledger
	store  *flaky
	rules  hold.Rules
}

func newWorld(t *testing.T, kind string) *world {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(slog.New(slog.NewTextHandler(io.Discard, nil)))
	w := &world{kind: kind, Bundle: storetest.New(t, storetest.SQLiteURL(t)), env: suite.NewTestWorkflowEnvironment(), ledger: &ledger{},
		rules: storetest.Rules}
	w.env.SetStartTime(storetest.Start.Time())
	w.env.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute}) // a busy machine is no deadlock
	w.Clock.Follow(w.env.Now)
	w.store = &flaky{Store: w.Store}
	return w
}

// run runs the hold's workflow to its end.
func (w *world) run(id hold.ID) hold.Hold {
	w.T.Helper()
	a := &activities.Activities{Store: w.store, Ledger: w.ledger, Rules: w.rules, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Told: func(string) {}}
	a.RegisterHold(w.env)
	w.env.RegisterWorkflowWithOptions(workflows.Hold, workflow.RegisterOptions{Name: workflows.TypeHold})
	w.env.RegisterWorkflowWithOptions(workflows.DelayedHold, workflow.RegisterOptions{Name: workflows.TypeDelayed})
	w.env.SetTestTimeout(20 * time.Second)
	w.env.ExecuteWorkflow(w.kind, id)
	if !w.env.IsWorkflowCompleted() {
		w.T.Fatal("the workflow did not end")
	}
	w.Must(w.env.GetWorkflowError())
	return w.Look(id)
}

// after does something at a time of the workflow and then wakes it, as the
// relay would.
func (w *world) after(d time.Duration, do func()) {
	w.env.RegisterDelayedCallback(func() { do(); w.env.SignalWorkflow(workflows.SignalWake, nil) }, d)
}

// answer answers the latest challenge of a hold.
func (w *world) answer(id hold.ID, a hold.Answer) func() {
	return func() {
		cs, err := w.Challenges(context.Background(), id)
		w.Must(err)
		if res := w.Say(cs[len(cs)-1].ID, w.Old(), a); res.Outcome != hold.AnswerAccepted {
			w.T.Errorf("the answer was not accepted: %s %s", res.Outcome, res.Refusal)
		}
	}
}

func (w *world) expect(h hold.Hold, status hold.Status, why hold.Reason, at time.Duration) {
	w.T.Helper()
	if h.Status != status || h.Decision.Reason != why {
		w.T.Errorf("ended %s for %s, want %s for %s", h.Status, h.Decision.Reason, status, why)
	}
	if got := h.Decision.DecidedAt.Sub(storetest.Start).Round(time.Second); got != at {
		w.T.Errorf("decided after %s, want %s", got, at)
	}
}

func TestHold(t *testing.T) {
	t.Parallel()
	two := hold.Ladder{Name: "two", Exhausted: hold.ExhaustedReverse, Rungs: []hold.Rung{
		storetest.Rung("first", 5*time.Minute, hold.Push), storetest.Rung("second", 5*time.Minute, hold.Push)}}
	refusal := &hold.LedgerRefusal{Code: "http_422"}
	down := errors.New("the ledger answered 503")
	for name, c := range map[string]struct {
		ladder hold.Ladder
		set    func(w *world, id hold.ID)
		status hold.Status
		reason hold.Reason
		at     time.Duration
		calls  int64
	}{
		"approved": {storetest.PushLadder(), func(w *world, id hold.ID) { w.after(3*time.Second, w.answer(id, hold.Approve)) },
			hold.Released, hold.ReasonApproved, 3 * time.Second, 1},
		"denied": {storetest.PushLadder(), func(w *world, id hold.ID) { w.after(3*time.Second, w.answer(id, hold.Deny)) },
			hold.Reversed, hold.ReasonRefused, 3 * time.Second, 1},
		"not me": {storetest.PushLadder(), func(w *world, id hold.ID) { w.after(3*time.Second, w.answer(id, hold.NotMe)) },
			hold.Reversed, hold.ReasonNotMe, 3 * time.Second, 1},
		"answered after the ladder was exhausted": {storetest.PushLadder(), func(w *world, id hold.ID) {
			w.after(9*time.Hour,
				w.answer(id, hold.Approve))
		},
			hold.Released, hold.ReasonApproved, 9 * time.Hour, 1},
		"unanswered to the deadline": {storetest.PushLadder(), func(*world, hold.ID) {},
			hold.Reversed, hold.ReasonDeadline, 24 * time.Hour, 1},
		"unanswered twice, ladder reverses": {two, func(w *world, _ hold.ID) {
			w.Must(w.Heartbeat(context.Background(), "gw", []store.Presence{{DeviceID: w.Old(), CustomerID: w.Customer.ID}}, nil))
		}, hold.Reversed, hold.ReasonExhausted, 5*time.Minute + 20*time.Second, 1},
		"answered on the second rung": {two, func(w *world, id hold.ID) { w.after(30*time.Second, w.answer(id, hold.Approve)) },
			hold.Released, hold.ReasonApproved, 30 * time.Second, 1},
		"overridden": {storetest.PushLadder(), func(w *world, id hold.ID) {
			w.after(time.Minute, func() { _, _, err := w.Override(context.Background(), id, 1, "client:bank", ""); w.Must(err) })
		}, hold.Reversed, hold.ReasonOverride, time.Minute, 1},
		"frozen, then thawed": {storetest.PushLadder(), func(w *world, id hold.ID) {
			w.Must(w.AskForHelp(context.Background(), w.Customer.ID))
			w.after(time.Hour, func() {
				w.Thaw(w.Customer.ID)
			})
			w.after(time.Hour+time.Second, w.answer(id, hold.Approve))
		}, hold.Released, hold.ReasonApproved, time.Hour + time.Second, 1},
		"ledger down, then up": {storetest.PushLadder(), func(w *world, id hold.ID) {
			w.ledger.errs = []error{down, down, down}
			w.after(3*time.Second, w.answer(id, hold.Approve))
		}, hold.Released, hold.ReasonApproved, 3 * time.Second, 4},
		"ledger parks": {storetest.PushLadder(), func(w *world, id hold.ID) {
			w.ledger.errs = []error{refusal, refusal}
			w.after(3*time.Second, w.answer(id, hold.Approve))
			unpark := func() { _, err := w.Unpark(context.Background(), id, "client:bank"); w.Must(err) }
			w.after(48*time.Hour, unpark)
			w.after(72*time.Hour, unpark)
		}, hold.Released, hold.ReasonApproved, 3 * time.Second, 3},
		"database away while concluding": {storetest.PushLadder(), func(w *world, id hold.ID) {
			w.after(3*time.Second, func() { w.store.left.Store(15); w.answer(id, hold.Approve)() })
		}, hold.Released, hold.ReasonApproved, -1, 1},
		"the commit's reply is lost": {storetest.PushLadder(), func(w *world, id hold.ID) {
			w.after(3*time.Second, func() { w.answer(id, hold.Approve)(); w.store.lost.Store(true) })
		}, hold.Released, hold.ReasonApproved, 3 * time.Second, 1},
		"woken for nothing": {storetest.PushLadder(), func(w *world, id hold.ID) {
			for i := range 5 {
				w.after(time.Duration(i)*time.Minute, func() {})
			}
		}, hold.Reversed, hold.ReasonDeadline, 24 * time.Hour, 1},
		"cancelled by hand": {storetest.PushLadder(), func(w *world, _ hold.ID) {
			w.env.RegisterDelayedCallback(w.env.CancelWorkflow,
				time.Minute)
		},
			hold.Reversed, hold.ReasonDeadline, 24 * time.Hour, 1},
	} {
		each(t, name, func(t *testing.T, w *world) {
			id := w.Held(c.ladder)
			c.set(w, id)
			h := w.run(id)
			at := c.at
			if at < 0 {
				at = h.Decision.DecidedAt.Sub(storetest.Start).Round(time.Second)
			}
			w.expect(h, c.status, c.reason, at)
			if got := w.ledger.calls.Load(); got != c.calls {
				t.Errorf("the ledger was called %d times, want %d", got, c.calls)
			}
		})
	}
}

// each runs a test with today's workflow, and with the one of before: those that
// were open then go on.
func each(t *testing.T, name string, test func(t *testing.T, w *world)) {
	t.Helper()
	for _, kind := range []string{workflows.TypeDelayed, workflows.TypeHold} {
		t.Run(name+", "+kind, func(t *testing.T) { t.Parallel(); test(t, newWorld(t, kind)) })
	}
}

func TestAmendedMidRung(t *testing.T) {
	t.Parallel()
	each(t, "amended", amendedMidRung)
}

func amendedMidRung(t *testing.T, w *world) {
	id := w.Held(storetest.PushLadder())
	w.after(time.Minute, func() {
		_, out, err := w.AmendHold(context.Background(), store.Amend{ID: id, Revision: 1, Actor: "client:bank",
			Change: func(r hold.Request) hold.Request { r.Amount.Minor = 1; return r },
			Terms: func(h hold.Hold, _ hold.Customer, _ counterparties.Known, _ hold.Instant) (hold.Terms, hold.Instant, error) {
				return h.Terms, h.Deadline, nil
			}})
		w.Must(err)
		if out != store.Changed {
			t.Errorf("amend: %s", out)
		}
	})
	w.after(2*time.Minute, w.answer(id, hold.Approve))
	h := w.run(id)
	w.expect(h, hold.Released, hold.ReasonApproved, 2*time.Minute)
	cs, err := w.Challenges(context.Background(), id)
	w.Must(err)
	if len(cs) != 2 || cs[0].Status != hold.Cancelled || cs[1].TxDigest != h.TxDigest {
		t.Errorf("challenges %+v", cs)
	}
}

func TestQuorumAll(t *testing.T) {
	t.Parallel()
	each(t, "all", quorumAll)
}

func quorumAll(_ *testing.T, w *world) {
	both := storetest.Rung("both", 5*time.Minute, hold.Push, hold.Callback)
	both.Quorum = hold.All
	ladder := hold.Ladder{Name: "both", Exhausted: hold.ExhaustedWait, Rungs: []hold.Rung{both}}
	w.rules.Channels = []hold.Channel{hold.Push, hold.Callback}
	id := w.Held(ladder)
	for i := range 2 {
		w.after(time.Duration(i+1)*time.Second, func() {
			cs, err := w.Challenges(context.Background(), id)
			w.Must(err)
			w.Say(cs[i].ID, w.Old(), hold.Approve)
		})
	}
	w.expect(w.run(id), hold.Released, hold.ReasonApproved, 2*time.Second)
}
