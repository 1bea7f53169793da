package serve

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"holdfast/activities"
	"holdfast/api"
	"holdfast/channels/push"
	"holdfast/hold"
	"holdfast/ledger"
	"holdfast/relay"
	"holdfast/store"
	"holdfast/wakeups"
	"holdfast/workflows"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// api makes the process's HTTP handler: health and metrics for every role, the
// API, the console in front of it, and the socket for theirs.
func (p *Process) api() (http.Handler, error) {
	c := api.Config{Log: p.log, Metrics: p.metrics.handler(), Ready: p.ready, Observe: p.metrics.observe, Count: p.metrics.count,
		Stopping: p.stopping, Transfer: p.deadlines().transfer}
	if p.has("api") {
		c.Bank, c.Customers, c.Staff, c.Backlog = p.holds, p.apps, p.staff, p.staff.Backlog
		c.Bus, c.Desk, c.Policies = p.holds.Bus, p.desk(), p.policies
		c.Providers = p.webhooks()
		c.Agents = p.agentRules()
		c.Workflows = p.workflowsURL()
		c.Faces = p.faceRules()
		keys, err := p.payeeKeys()
		if err != nil {
			return nil, err
		}
		c.Payees, c.Country = keys, p.Country
		if c.Names, err = p.names(); err != nil {
			return nil, err
		}
		pages, err := p.pages()
		if err != nil {
			return nil, err
		}
		c.Pages = pages
		c.Devices = api.DeviceRules{ParseKey: canonicalKey, Nonce: push.EnrolNonce, Enrol: push.VerifyEnrol, Revoke: push.VerifyRevoke,
			Contact: push.VerifyContact, ContactNonce: push.ContactNonce, ContactNamed: push.ContactNamed, ContactAnswer: push.ContactAnswer,
			Lock: push.VerifyLock, LockNonce: push.LockNonce}
		c.SMS = p.rules().SMS
	}
	if p.hub != nil {
		c.Socket = p.hub.Handler(api.Digest, api.WriteProblem)
	}
	server, err := api.New(c)
	if err != nil || !p.has("api") {
		return server, err
	}
	return p.console(server)
}

// workflowsURL is the address under which Temporal's UI shows workflows.
func (c Config) workflowsURL() string {
	if c.TemporalUIURL == "" {
		return ""
	}
	return strings.TrimSuffix(c.TemporalUIURL, "/") + "/namespaces/" + url.PathEscape(c.TemporalNamespace) + "/workflows/"
}

func canonicalKey(jwk []byte) ([]byte, error) {
	key, err := push.ParseJWK(jwk)
	if err != nil {
		return nil, err
	}
	return push.PublicJWK(key), nil
}

// ready looks at what the roles cannot do without. The API needs no Temporal.
func (p *Process) ready(ctx context.Context) map[string]string {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	checks := map[string]string{"database": "ok"}
	select {
	case <-p.draining:
		checks["process"] = "stopping"
	default:
	}
	// While a newer version is rolled out, this one goes on.
	if err := p.holds.CheckSchema(ctx); err != nil && !errors.Is(err, store.ErrNewerSchema) {
		checks["database"] = "unavailable"
	}
	if p.has("worker") || p.has("relay") {
		checks["temporal"] = "ok"
		if _, err := p.temporal.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
			checks["temporal"] = "unavailable"
		}
	}
	return checks
}

func (p *Process) startRoles(ctx context.Context) {
	run := func(role func(context.Context)) { p.work.Add(1); go func() { defer p.work.Done(); role(ctx) }() }
	if p.hub != nil {
		run(p.hub.Run)
	}
	if p.has("relay") {
		run((&relay.Relay{Store: p.behind, Temporal: p.temporal, Log: p.log, Ahead: relay.Ahead, Sent: p.metrics.sent}).Run)
		run((&relay.Sweeper{Store: p.behind, Log: p.log, Found: func(s hold.State) { p.metrics.swept.WithLabelValues(string(s)).Inc() }}).Run)
		run((&relay.Carrier{Store: p.behind, Log: p.log}).Run)
	}
	if p.has("relay") {
		keeper := &relay.Keeper{Store: p.behind, Log: p.log}
		if p.faces != nil {
			keeper.Faces = p.FaceRetention
		}
		run(keeper.Run)
	}
	if p.has("worker") {
		run(p.runWorkers)
	}
	if p.asker != nil {
		run(p.asker.Run)
	}
	if p.has("worker") && p.WakeURL != "" {
		run((&wakeups.Sender{Store: p.behind, Channel: p.push, Log: p.log}).Run)
	}
}

// runWorkers runs the workers. Temporal may come later, and go.
func (p *Process) runWorkers(ctx context.Context) {
	told, err := ledger.New(p.LedgerURL, p.LedgerSecret, p.guard.Client(ledger.Timeout))
	if err != nil {
		p.ended <- err
		return
	}
	recalls, err := p.recalls()
	if err != nil {
		p.ended <- err
		return
	}
	acts := &activities.Activities{Store: p.behind, Ledger: told, Log: p.log, Rules: p.rules(), Patience: p.LedgerPatience,
		Told: func(result string) { p.metrics.settlements.WithLabelValues(result).Inc() }}
	holds := func() worker.Worker {
		w := worker.New(p.temporal, workflows.Queue, worker.Options{
			WorkflowTaskPollerBehavior: worker.NewPollerBehaviorAutoscaling(worker.PollerBehaviorAutoscalingOptions{InitialNumberOfPollers: 16,
				MinimumNumberOfPollers: 2, MaximumNumberOfPollers: 64}),
			WorkerStopTimeout: shutdownTime, DisableRegistrationAliasing: true,
		})
		w.RegisterWorkflowWithOptions(workflows.DelayedHold, workflow.RegisterOptions{Name: workflows.TypeDelayed})
		w.RegisterWorkflowWithOptions(workflows.Hold, workflow.RegisterOptions{Name: workflows.TypeHold})
		w.RegisterWorkflowWithOptions(workflows.Text, workflow.RegisterOptions{Name: workflows.TypeText})
		w.RegisterWorkflowWithOptions(workflows.Call, workflow.RegisterOptions{Name: workflows.TypeCall})
		w.RegisterWorkflowWithOptions(workflows.Recall, workflow.RegisterOptions{Name: workflows.TypeRecall})
		acts.RegisterHold(w)
		return w
	}
	deliveries := func() worker.Worker { // of workflows that are older than wake-ups on record
		w := worker.New(p.temporal, activities.QueuePush, worker.Options{WorkerStopTimeout: shutdownTime, DisableWorkflowWorker: true,
			DisableRegistrationAliasing: true})
		(&activities.Deliveries{Store: p.behind, Channel: p.push, Log: p.log}).Register(w)
		return w
	}
	settlements := func() worker.Worker {
		w := worker.New(p.temporal, activities.QueueSettle, worker.Options{WorkerStopTimeout: shutdownTime, DisableWorkflowWorker: true,
			DisableRegistrationAliasing: true})
		acts.RegisterSettle(w)
		return w
	}
	kinds := []func() worker.Worker{holds, settlements, deliveries, func() worker.Worker { return p.recallWorker(recalls) }}
	if p.sms != nil {
		kinds = append(kinds, p.textWorker)
	}
	if p.calls() {
		kinds = append(kinds, p.callWorker)
	}
	var running []worker.Worker
	for _, kind := range kinds {
		running = append(running, p.started(ctx, kind))
	}
	<-ctx.Done()
	var stopping sync.WaitGroup
	for _, w := range running {
		if w != nil {
			stopping.Go(w.Stop)
		}
	}
	stopping.Wait()
}

// started starts a worker, again and again until Temporal is there.
func (p *Process) started(ctx context.Context, make func() worker.Worker) worker.Worker {
	for {
		w := make()
		err := w.Start()
		if err == nil {
			return w
		}
		w.Stop()
		p.log.WarnContext(ctx, "the worker cannot reach Temporal and will try again; holds wait safely", "error", temporalFault(err))
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(2 * time.Second):
		}
	}
}
