package workflows

import (
	"time"

	"holdfast/activities"
	"holdfast/hold"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// requesting has no end: whoever is away is asked until they answer.
var requesting = workflow.ActivityOptions{
	TaskQueue: activities.QueueRecall, StartToCloseTimeout: 15 * time.Second,
	RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
}

// Recall has the bank's endpoint asked for one recall, until it has it, or the bank has
// said what became of it. Parked, it waits to be woken. It fails for no outage.
func Recall(ctx workflow.Context, id string) error {
	// A cancelled workflow would leave money where it is: go on.
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	wake := workflow.GetSignalChannel(ctx, SignalWake)
	for {
		for wake.ReceiveAsync(nil) { // the next look serves all that came before it
		}
		var p hold.RecallProgress
		err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, requesting), activities.RequestRecall,
			activities.RecallInput{ID: hold.RecallID(id)}).Get(ctx, &p)
		if err != nil || p.State == hold.RecallDone {
			return err
		}
		wake.Receive(ctx, nil)
	}
}
