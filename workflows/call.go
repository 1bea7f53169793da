package workflows

import (
	"time"

	"holdfast/activities"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// placing lasts longer than anybody waits for a call: the record ends it in
// time, not the clock here.
var placing = workflow.ActivityOptions{
	TaskQueue: activities.QueueCallback, StartToCloseTimeout: 40 * time.Second, HeartbeatTimeout: activities.Heartbeat,
	ScheduleToCloseTimeout: 10 * time.Minute,
	RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 1.5, MaximumInterval: 5 * time.Second},
}

// Call places one call, while the record says that it is wanted. A call that
// cannot be placed fails no workflow: the agent sees it and goes on.
func Call(ctx workflow.Context, id string) error {
	err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, placing), activities.PlaceCall, activities.CallInput{ID: id}).Get(ctx,
		nil)
	if err != nil {
		workflow.GetLogger(ctx).Warn("a call was given up", "call", id)
	}
	return nil
}
