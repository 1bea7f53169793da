// Package bare is what Holdfast is measured against: workflows that do as little
// as a workflow can, and the customary shape, which has an activity for each
// step and writes the rows that Holdfast writes. It is a program of its own with
// the same pollers as Holdfast's.
package bare

import (
	"sync"
	"time"

	"go.temporal.io/sdk/workflow"
)

// Timeout is how long a workflow waits for its signal. It is shorter than a
// window, so that timers fire while it is measured, as a rung's do.
const Timeout = 5 * time.Second

const answered = "answer" // the signal, or the update

// ref names a hold of the customary shape, and its customer.
type ref struct {
	ID string
	N  int
}

// moments are where a workflow's code tells this process's load how far it is.
type moments struct{ waits, done sync.Map }

func tell(m *sync.Map, id string) {
	if ch, ok := m.Load(id); ok {
		select {
		case ch.(chan time.Time) <- time.Now():
		default:
		}
	}
}

func await(m *sync.Map, id string) chan time.Time {
	ch := make(chan time.Time, 1)
	m.Store(id, ch)
	return ch
}

// wait is V1 and V1w: start, signal, complete.
func (a *app) wait(ctx workflow.Context) (string, error) {
	id := workflow.GetInfo(ctx).WorkflowExecution.ID
	if !workflow.IsReplaying(ctx) {
		tell(&a.waits, id)
	}
	var said string
	workflow.GetSignalChannel(ctx, answered).ReceiveWithTimeout(ctx, Timeout, &said)
	tell(&a.done, id)
	return said, nil
}

// customary is V6s: one ordinary activity a step, and the answer as an update.
func (a *app) customary(ctx workflow.Context, r ref) error {
	options := workflow.ActivityOptions{StartToCloseTimeout: 5 * time.Second}
	ctx = workflow.WithActivityOptions(ctx, options)
	said := false
	err := workflow.SetUpdateHandler(ctx, answered, func(ctx workflow.Context) error {
		err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), stepAnswer, r).Get(ctx, nil)
		said = err == nil
		return err
	})
	if err != nil {
		return err
	}
	if err := workflow.ExecuteActivity(ctx, stepOpen, r).Get(ctx, nil); err != nil {
		return err
	}
	if !workflow.IsReplaying(ctx) {
		tell(&a.waits, workflow.GetInfo(ctx).WorkflowExecution.ID)
	}
	for !said { // the timer fires, and the next rung waits as well
		if _, err := workflow.AwaitWithTimeout(ctx, Timeout, func() bool { return said }); err != nil {
			return err
		}
	}
	if err := workflow.ExecuteActivity(ctx, stepConclude, r).Get(ctx, nil); err != nil {
		return err
	}
	return workflow.ExecuteActivity(ctx, stepSettle, r).Get(ctx, nil)
}
