package workflows

import (
	"time"

	"holdfast/activities"
	"holdfast/hold"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// DelayedHold runs one hold. It is started with a delay, to the end of the rung
// that was opened as the hold was accepted: whoever answers before that wakes it,
// and its first task is its last. It fails for no outage.
func DelayedHold(ctx workflow.Context, id hold.ID) error {
	// A cancelled workflow would leave a payment held: go on.
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	r := &runner{id: id, wake: workflow.GetSignalChannel(ctx, SignalWake), begun: map[hold.ChallengeID]workflow.Future{}}
	return r.finish(ctx)
}

// finish looks at the hold until it is settled.
func (r *runner) finish(ctx workflow.Context) error {
	for {
		r.heard()
		p, err := r.look(ctx, activities.Finish, whole, activities.HoldInput{ID: r.id})
		if err == nil && p.State == hold.Decided { // the ledger is slow, or away
			err = workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, settling), activities.Settle,
				activities.HoldInput{ID: r.id}).Get(ctx, &p)
		}
		if err != nil {
			return err
		}
		r.deliver(ctx, p)
		switch p.State {
		case hold.Waiting:
			r.wait(ctx, p.Remaining)
		case hold.Parked:
			r.wake.Receive(ctx, nil)
		case hold.Settled:
			return nil
		default:
			return temporal.NewNonRetryableApplicationError("a state from a newer version", "unknown_state", nil)
		}
	}
}

// heard takes the wakes that came before the next look, which serves them all.
func (r *runner) heard() {
	for r.wake.ReceiveAsync(nil) {
	}
}

var (
	// whole is above the two seconds for which a lock is waited for, and one for the
	// ledger; together the tries stay below a workflow task's ten.
	whole = workflow.LocalActivityOptions{
		StartToCloseTimeout: 5 * time.Second, ScheduleToCloseTimeout: 7 * time.Second,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: 100 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: time.Second},
	}
	settling = onQueue(patient, activities.QueueSettle)
)

func onQueue(o workflow.ActivityOptions, queue string) workflow.ActivityOptions {
	o.TaskQueue = queue
	return o
}
