package e2e

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/activities"
	"holdfast/channels/callback"
	"holdfast/channels/sms"
	"holdfast/counterparties"
	"holdfast/devstack/provider"
	"holdfast/devstack/stack"
	"holdfast/hold"
	"holdfast/messages"
	"holdfast/relay"
	"holdfast/store"
	"holdfast/store/storetest"
	"holdfast/twilio"
	"holdfast/workflows"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// world is a hold's way without HTTP: a real Temporal server, a real database,
// the real workflow, a ledger that does as it is told.
type world struct {
	*storetest.Bundle
	client  client.Client
	relay   *relay.Relay
	sweep   *relay.Sweeper
	ledger  *told
	recalls *bank
	flaky   *flaky
	swept   atomic.Int64
	texts   *provider.Provider
	calls   *callback.Channel
	links   int // the latest link's number
	acts    *activities.Activities
	rules   hold.Rules
	minor   int64 // of the next hold; 0: the usual
	codes   sms.Keys
}

// told is a ledger that answers as it is told, and then acknowledges.
type told struct {
	mu     sync.Mutex
	errs   []error
	calls  int
	during func() // the next call, once
}

func (l *told) Post(ctx context.Context, _ hold.Settlement) error {
	l.mu.Lock()
	l.calls++
	var err error
	if len(l.errs) > 0 {
		err, l.errs = l.errs[0], l.errs[1:]
	}
	during := l.during
	l.during = nil
	l.mu.Unlock()
	if during != nil {
		during()
	}
	return err
}

// flaky is a store that is away the next times that something is to be decided.
type flaky struct {
	*store.Store
	left atomic.Int64
}

func (f *flaky) Conclude(ctx context.Context, id hold.ID) (hold.Progress, error) {
	if f.left.Add(-1) >= 0 {
		return hold.Progress{}, errors.New("the database is away")
	}
	return f.Store.Conclude(ctx, id)
}

func (f *flaky) Finish(ctx context.Context, id hold.ID, r hold.Rules) (hold.Hold, hold.Progress, error) {
	if f.left.Add(-1) >= 0 {
		return hold.Hold{}, hold.Progress{}, errors.New("the database is away")
	}
	return f.Store.Finish(ctx, id, r)
}

// newWorld starts everything on the wall clock plus what the bundle's clock is
// put forward.
func newWorld(t *testing.T) *world {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	srv, c := startTemporal(t, t.TempDir())
	t.Cleanup(srv.Stop)
	t.Cleanup(c.Close)
	b := storetest.New(t, storetest.SQLiteURL(t))
	b.Clock.Follow(time.Now)
	w := &world{Bundle: b, client: c, ledger: &told{}, recalls: &bank{}, flaky: &flaky{Store: b.Store}}
	w.relay = &relay.Relay{Store: b.Store, Temporal: c, Log: log, Ahead: time.Hour, Sent: func(store.OutboxKind, bool) {}}
	w.sweep = &relay.Sweeper{Store: b.Store, Log: log, Found: func(hold.State) { w.swept.Add(1) }}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); w.relay.Run(ctx) }()
	rules := hold.Rules{Channels: []hold.Channel{hold.Push, hold.SMS, hold.FaceLink, hold.Callback}, Link: w.link,
		OfflineWait: 1500 * time.Millisecond,
		SMS:         hold.SMSRules{KeyID: "k1", Digits: 6, Lookups: true}}
	w.rules = rules
	b.Must(b.Deploy(context.Background(), rules))
	acts := &activities.Activities{Store: w.flaky, Ledger: w.ledger, Log: log, Told: func(string) {}, Rules: rules}
	w.acts = acts
	wk := worker.New(c, workflows.Queue, worker.Options{})
	wk.RegisterWorkflowWithOptions(workflows.DelayedHold, workflow.RegisterOptions{Name: workflows.TypeDelayed})
	wk.RegisterWorkflowWithOptions(workflows.Hold, workflow.RegisterOptions{Name: workflows.TypeHold})
	wk.RegisterWorkflowWithOptions(workflows.Text, workflow.RegisterOptions{Name: workflows.TypeText})
	wk.RegisterWorkflowWithOptions(workflows.Call, workflow.RegisterOptions{Name: workflows.TypeCall})
	wk.RegisterWorkflowWithOptions(workflows.Recall, workflow.RegisterOptions{Name: workflows.TypeRecall})
	acts.RegisterHold(wk)
	b.Must(wk.Start())
	settling := worker.New(c, activities.QueueSettle, worker.Options{DisableWorkflowWorker: true})
	acts.RegisterSettle(settling)
	b.Must(settling.Start())
	recalling := worker.New(c, activities.QueueRecall, worker.Options{DisableWorkflowWorker: true})
	(&activities.Recalls{Store: w.Store, Bank: w.recalls, Log: log, Told: func(string) {}}).Register(recalling)
	b.Must(recalling.Start())
	sending := worker.New(c, activities.QueueSMS, worker.Options{DisableWorkflowWorker: true})
	(&activities.Texts{Store: w.Store, Channel: w.startTexts(), Rules: rules, Log: log}).Register(sending)
	b.Must(sending.Start())
	placing := worker.New(c, activities.QueueCallback, worker.Options{DisableWorkflowWorker: true})
	(&activities.Calls{Store: w.Store, Channel: w.startCalls(log), Log: log}).Register(placing)
	b.Must(placing.Start())
	t.Cleanup(func() {
		cancel()
		<-done
		placing.Stop()
		recalling.Stop()
		sending.Stop()
		settling.Stop()
		wk.Stop()
	})
	return w
}

// startTexts starts the fake provider and gives the channel that sends through
// it.
func (w *world) startTexts() *sms.Channel {
	w.T.Helper()
	var err error
	w.texts, err = provider.Start(provider.Options{AccountSID: stack.AccountSID, AuthToken: stack.NewProviderKey(), From: stack.Sender})
	w.Must(err)
	w.T.Cleanup(func() { _ = w.texts.Stop() })
	account, err := twilio.New(twilio.Config{AccountSID: stack.AccountSID, AuthToken: w.texts.AuthToken, From: stack.Sender,
		URL: w.texts.URL()})
	w.Must(err)
	w.codes, err = sms.ReadKeys([]string{"k1:" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{3}, 32))})
	w.Must(err)
	channel, err := sms.New(sms.Config{Account: account, Keys: w.codes, Sender: messages.Sender{Bank: "Nordbank", Host: "pay.nordbank.test"},
		Callback: "http://127.0.0.1:1/", Lookups: true, Link: func(id hold.ChallengeID,
			n int) string {
			return fmt.Sprintf("http://127.0.0.1:1/f/%s%d", id, n)
		}})
	w.Must(err)
	return channel
}

// startCalls serves the provider's calls about calls, and gives the channel that
// places them.
func (w *world) startCalls(log *slog.Logger) *callback.Channel {
	w.T.Helper()
	account, err := twilio.New(twilio.Config{AccountSID: stack.AccountSID, AuthToken: w.texts.AuthToken, From: stack.Sender,
		URL: w.texts.URL()})
	w.Must(err)
	handler := http.NewServeMux()
	s := httptest.NewServer(handler)
	w.T.Cleanup(s.Close)
	w.calls = callback.New(callback.Config{Account: account, From: stack.Sender, PublicURL: s.URL, Lookups: true})
	hooks := twilio.Hooks{Account: account, PublicURL: s.URL, Log: log, Count: func(string) {},
		Refused: func(ctx context.Context, route, why string) error { return w.WebhookRefused(ctx, "twilio", route, why) },
		Problem: func(rw http.ResponseWriter, status int, _, _ string) { rw.WriteHeader(status) }}.Paced()
	calls := callback.Webhooks{Hooks: hooks, Channel: w.calls, Answered: w.AnsweredCall, Status: w.CallStatus, Heard: w.CallHeard}
	for pattern, webhook := range calls.Routes() {
		handler.Handle(pattern, webhook)
	}
	return w.calls
}

// accept takes a hold under a ladder with a deadline from now.
func (w *world) accept(l hold.Ladder, deadline time.Duration) hold.ID {
	w.T.Helper()
	a := w.Accepting(l)
	if w.minor != 0 {
		a.Request.Amount.Minor = w.minor
	}
	a.Terms = func(_ hold.Customer, _ counterparties.Known, now hold.Instant) (hold.Terms, hold.Instant, error) {
		return hold.Terms{PolicyVersion: "v1", Rule: "default", Ladder: l, MinDeviceAge: hold.Duration(12 * time.Hour),
			MinContactAge: storetest.Contact.MinAge,
			SMS:           storetest.Contact.SMS, Callback: hold.CallbackTerms{FourEyes: map[string]int64{"EUR": 125000}, Hours: &hold.Span{From: 0,
				To: 24 * 60},
				Plan: []hold.Duration{0, hold.Duration(time.Second), hold.Duration(time.Second)}}}, now.Add(deadline), nil
	}
	res, err := w.AcceptHold(context.Background(), a)
	w.Must(err)
	return res.HoldID
}

// until waits for what the test cannot cause itself: it looks often, and gives
// up after a time that only a fault reaches.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(150 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline.C:
			t.Fatalf("waited in vain for %s", what)
		case <-tick.C:
		}
	}
}

// asked waits for the hold's n-th challenge and gives it.
func (w *world) asked(id hold.ID, n int) hold.Challenge {
	w.T.Helper()
	var cs []hold.Challenge
	until(w.T, fmt.Sprintf("challenge %d", n), func() bool {
		var err error
		cs, err = w.Challenges(context.Background(), id)
		w.Must(err)
		return len(cs) > n
	})
	return cs[n]
}

// settled waits for the workflow to complete and gives the hold and the
// history.
func (w *world) settled(id hold.ID) (hold.Hold, *historypb.History) {
	w.T.Helper()
	until(w.T, "the hold to settle", func() bool { return w.Look(id).Status.Settled() })
	return w.Look(id), w.history(string(id))
}

// history waits for a workflow to complete and gives its history.
func (w *world) history(id string) *historypb.History {
	w.T.Helper()
	h := &historypb.History{}
	until(w.T, "the workflow to complete", func() bool {
		h.Events = nil
		it := w.client.GetWorkflowHistory(context.Background(), id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for it.HasNext() {
			e, err := it.Next()
			if err != nil {
				return false
			}
			h.Events = append(h.Events, e)
		}
		return len(h.Events) > 0 && h.Events[len(h.Events)-1].EventType == enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED
	})
	return h
}
