package workflows

import (
	"time"

	"holdfast/activities"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// sending lasts longer than any code lives: the record ends a text in time, not
// the clock here.
var sending = workflow.ActivityOptions{
	TaskQueue: activities.QueueSMS, StartToCloseTimeout: 40 * time.Second, HeartbeatTimeout: activities.Heartbeat,
	ScheduleToCloseTimeout: time.Hour,
	RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 15 * time.Second},
}

// Text sends one text message, as often as it takes and as long as the record
// says that it is wanted. A text that does not arrive fails no workflow: the
// hold's ladder goes on.
func Text(ctx workflow.Context, id string) error {
	err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, sending), activities.SendText, activities.TextInput{ID: id}).Get(ctx,
		nil)
	if err != nil {
		workflow.GetLogger(ctx).Warn("a text was given up", "text", id)
	}
	return nil
}
