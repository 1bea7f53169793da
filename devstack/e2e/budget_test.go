package e2e

import (
	"context"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"holdfast/channels/push"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
	"holdfast/wakeups"
	"holdfast/workflows"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// counted is how often a kind of event is in a history.
func counted(h *historypb.History, kind enumspb.EventType) (n int) {
	for _, e := range h.Events {
		if e.EventType == kind {
			n++
		}
	}
	return n
}

func within(t testing.TB, h *historypb.History, tasks, events int) {
	t.Helper()
	got := counted(h, enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED)
	t.Logf("%d workflow tasks, %d events", got, len(h.Events))
	if got > tasks || len(h.Events) > events {
		t.Errorf("at most %d workflow tasks and %d events are wanted", tasks, events)
		for _, e := range h.Events {
			t.Log(e.EventId, e.EventType)
		}
	}
}

// What a hold may cost Temporal. The answer comes at once after the reply, or when
// the delayed workflow is there, which is what costs one event more.
func TestBudgetOfTasks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	app, text := storetest.Rung("app", time.Minute, hold.Push), storetest.Rung("text", time.Minute, hold.SMS)
	text.Asks[0].Lifetime = hold.Duration(time.Minute)
	ladder := hold.Ladder{Name: "l", Exhausted: hold.ExhaustedWait, Rungs: []hold.Rung{app, text}}
	online := func() {
		w.Must(w.Heartbeat(ctx, "gw", []store.Presence{{DeviceID: w.Old(), CustomerID: w.Customer.ID},
			{DeviceID: w.Young(), CustomerID: w.Customer.ID}}, nil))
	}
	w.Subtest("answered before the start", func() {
		online()
		id := w.accept(ladder, time.Hour)
		w.Say(w.asked(id, 0).ID, w.Old(), hold.Approve)
		_, history := w.settled(id)
		within(w.T, history, 1, 8)
	})
	w.Subtest("answered after the start", func() {
		online()
		id := w.accept(ladder, time.Hour)
		w.started(id)
		w.Say(w.asked(id, 0).ID, w.Old(), hold.Approve)
		_, history := w.settled(id)
		within(w.T, history, 1, 8)
		keep(w.T, "one_task", history)
	})
	w.Subtest("push ignored, then a text approved", func() {
		id := w.accept(ladder, time.Hour) // nobody is connected
		c := w.asked(id, 1)
		_, err := w.AnswerCode(ctx, store.CodeAttempt{CustomerID: w.Customer.ID, ChallengeID: c.ID,
			Judge: func(hold.Hold, hold.Challenge, hold.Instant) (hold.Verdict, error) {
				return hold.Verdict{Answer: hold.Approve, UV: hold.UVNone}, nil
			}})
		w.Must(err)
		_, history := w.settled(id)
		within(w.T, history, 3, 24)
		keep(w.T, "ignored_then_text", history)
	})
}

// A hold whose customer's phone sleeps costs Temporal what any other does: waking it is
// no part of its workflow. Who takes longer than the time for a receipt has it looked at
// once more.
func TestBudgetAsleep(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithCancel(context.Background())
	woken, done := make(chan struct{}, 10), make(chan struct{})
	sender := &wakeups.Sender{Store: w.Store, Channel: startWake(t, woken), Log: slog.New(slog.DiscardHandler)}
	go func() { defer close(done); sender.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	rules := w.rules
	rules.WakeDevices = true
	w.acts.Rules = rules // nothing runs yet
	asleep := func(offline time.Duration) (hold.ID, hold.Challenge) {
		rules.OfflineWait = offline
		w.Must(w.Deploy(ctx, rules))
		id := w.accept(storetest.PushLadder(), time.Hour)
		<-woken
		<-woken // the other device
		return id, w.asked(id, 0)
	}
	approved := func(id hold.ID, c hold.Challenge, tasks, events int) {
		w.Say(c.ID, w.Old(), hold.Approve)
		_, history := w.settled(id)
		within(w.T, history, tasks, events)
		keep(w.T, "asleep", history)
	}
	w.Subtest("answered before the start", func() {
		id, c := asleep(time.Minute)
		approved(id, c, 1, 8)
	})
	w.Subtest("answered after the start", func() {
		id, c := asleep(time.Minute)
		w.started(id)
		approved(id, c, 1, 8)
	})
	w.Subtest("answered long after it was received", func() {
		id, c := asleep(1500 * time.Millisecond)
		w.Must(w.Heartbeat(ctx, "gw", nil, []store.Received{{ChallengeID: c.ID, DeviceID: w.Old()}}))
		w.waits(id, "")
		approved(id, c, 2, 12)
	})
	if len(woken) > 0 {
		t.Error("a device was woken twice")
	}
}

func startWake(t *testing.T, woken chan<- struct{}) *push.Channel {
	t.Helper()
	url := startHTTP(t, func(http.ResponseWriter, *http.Request) { woken <- struct{}{} })
	c, err := push.New(push.Config{WakeURL: url, WakeSecrets: []string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A workflow that is started with a delay hears of a signal as it begins. A signal
// with start ends its delay, at once and once: all of Holdfast's speed rests on
// that, and what is written about it differs.
func TestSignalWithStartEndsTheDelay(t *testing.T) {
	t.Parallel()
	srv, c := startTemporal(t, t.TempDir())
	t.Cleanup(srv.Stop)
	t.Cleanup(c.Close)
	ctx := context.Background()
	wk := worker.New(c, "q", worker.Options{})
	wk.RegisterWorkflowWithOptions(func(ctx workflow.Context) error {
		in := workflow.GetSignalChannel(ctx, workflows.SignalWake)
		in.Receive(ctx, nil)
		return nil
	}, workflow.RegisterOptions{Name: "late"})
	if err := wk.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(wk.Stop)
	options := client.StartWorkflowOptions{ID: "w", TaskQueue: "q",
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY}
	delayed := options
	delayed.StartDelay = time.Hour
	run, err := c.ExecuteWorkflow(ctx, delayed, "late")
	if err == nil {
		err = c.SignalWorkflow(ctx, "w", "", workflows.SignalWake, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	events := func() *historypb.History {
		h := &historypb.History{}
		it := c.GetWorkflowHistory(ctx, "w", "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for it.HasNext() {
			e, err := it.Next()
			if err != nil {
				t.Fatal(err)
			}
			h.Events = append(h.Events, e)
		}
		return h
	}
	if n := counted(events(), enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED); n != 0 {
		t.Errorf("a signal alone made %d tasks", n)
	}
	if _, err := c.SignalWithStartWorkflow(ctx, "w", workflows.SignalWake, nil, options, "late"); err != nil {
		t.Fatal(err)
	}
	soon, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := run.Get(soon, nil); err != nil {
		t.Fatalf("a signal with start did not end the delay: %v", err)
	}
	if n := counted(events(), enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED); n != 1 {
		t.Errorf("%d tasks", n)
	}
}

// A wake while the ledger is told makes the task run again. It finds the hold
// settled; the ledger is told once.
func TestWokenWhileFinishing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	id := w.accept(storetest.PushLadder(), time.Hour)
	w.started(id)
	w.ledger.mu.Lock()
	w.ledger.during = func() {
		w.Must(w.client.SignalWorkflow(ctx, string(id), "", workflows.SignalWake, nil))
	}
	w.ledger.mu.Unlock()
	w.Say(w.asked(id, 0).ID, w.Old(), hold.Approve)
	h, history := w.settled(id)
	if h.Status != hold.Released || w.ledger.calls != 1 {
		t.Errorf("%s, and the ledger was told %d times", h.Status, w.ledger.calls)
	}
	if counted(history, enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED) != 1 {
		t.Error("the task did not run again: the wake did not come in between")
	}
	keep(t, "woken_while_finishing", history)
}
