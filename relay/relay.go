// Package relay carries the outbox to Temporal, and sweeps up what Temporal
// has lost. It may run in several processes: rows are claimed, and starting a
// workflow or waking it twice does nothing.
package relay

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"holdfast/store"
	"holdfast/workflows"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
)

const (
	batch     = 32 // two rounds of the workers: a wake waits for no longer than these
	workers   = 16
	lease     = 30 * time.Second
	callLimit = 10 * time.Second
	idle      = time.Second // NOTIFY only shortens it
	// Ahead is how long before it is needed a start is sent: two looks.
	Ahead      = 2 * idle
	longestOff = 30 * time.Second
)

// Relay moves outbox rows to Temporal.
type Relay struct {
	Store    *store.Store
	Temporal client.Client
	Log      *slog.Logger
	Ahead    time.Duration                        // see the constant
	Sent     func(kind store.OutboxKind, ok bool) // for the metrics
}

// Run works until the context ends.
func (r *Relay) Run(ctx context.Context) {
	news, stop := r.Store.Bus.Subscribe(store.TopicOutbox)
	defer stop()
	tick := time.NewTicker(idle)
	defer tick.Stop()
	for ctx.Err() == nil {
		n, err := r.Once(ctx)
		if err != nil && ctx.Err() == nil {
			r.Log.WarnContext(ctx, "the relay cannot read the outbox and will try again", "error", err)
		}
		if n == batch {
			continue // there is more
		}
		select {
		case <-ctx.Done():
		case <-news:
		case <-tick.C:
		}
	}
}

// Once claims one batch and delivers it. It gives the number of rows claimed.
func (r *Relay) Once(ctx context.Context) (int, error) {
	rows, err := r.Store.ClaimOutbox(ctx, batch, lease, r.Ahead)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	claimed := time.Now()
	sent := make([]bool, len(rows))
	var wg sync.WaitGroup
	slots := make(chan struct{}, workers)
	for i, row := range rows {
		wg.Add(1)
		slots <- struct{}{}
		go func() {
			defer func() { <-slots; wg.Done() }()
			row.Delay = max(0, row.Delay-time.Since(claimed)) // it may have waited for its turn
			err := r.send(ctx, row)
			sent[i] = err == nil
			r.Sent(row.Kind, sent[i])
			if err != nil && ctx.Err() == nil {
				r.Log.WarnContext(ctx, "Temporal did not take a message; it will be sent again", "workflow", row.Workflow, "kind", row.Kind, "attempt",
					row.Attempts, "error", err)
			}
		}()
	}
	wg.Wait()
	var done, later []store.OutboxRow
	attempts := 0
	for i, row := range rows {
		if sent[i] {
			done = append(done, row)
		} else {
			later, attempts = append(later, row), max(attempts, row.Attempts)
		}
	}
	// Rows that are neither done nor put off come back after the lease.
	ctx = context.WithoutCancel(ctx)
	return len(rows), errors.Join(r.Store.OutboxDone(ctx, done), r.Store.OutboxLater(ctx, later, backoff(attempts)))
}

// backoff doubles from 250 ms to 30 s, with jitter.
func backoff(attempts int) time.Duration {
	d := min(longestOff, 250*time.Millisecond<<min(attempts, 10))
	return d/2 + rand.N(d/2)
}

// send starts a hold's or a text's workflow or wakes it. A workflow that ran to
// its end is not started again: there is nothing left to do for it. A wake carries
// no delay, and ends that of a workflow that has not begun: of a signal on its own
// such a workflow hears only as it begins.
func (r *Relay) send(ctx context.Context, row store.OutboxRow) error {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	options := client.StartWorkflowOptions{
		ID: row.Workflow, TaskQueue: workflows.Queue,
		WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
	}
	var err error
	switch row.Kind {
	case store.OutboxStart:
		// One that does not wait is begun by a worker of this process, if there is one: its
		// first task comes with the reply.
		options.StartDelay, options.EnableEagerStart = row.Delay, row.Delay == 0
		_, err = r.Temporal.ExecuteWorkflow(ctx, options, workflows.TypeDelayed, row.Workflow)
	case store.OutboxText:
		_, err = r.Temporal.ExecuteWorkflow(ctx, options, workflows.TypeText, row.Workflow)
	case store.OutboxCall:
		_, err = r.Temporal.ExecuteWorkflow(ctx, options, workflows.TypeCall, row.Workflow)
	case store.OutboxRecall:
		_, err = r.Temporal.SignalWithStartWorkflow(ctx, row.Workflow, workflows.SignalWake, nil, options, workflows.TypeRecall, row.Workflow)
	default:
		_, err = r.Temporal.SignalWithStartWorkflow(ctx, row.Workflow, workflows.SignalWake, nil, options, workflows.TypeDelayed, row.Workflow)
	}
	var already *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &already) {
		return nil
	}
	return err
}
