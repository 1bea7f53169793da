package workflows_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"holdfast/activities"
	"holdfast/hold"
	"holdfast/workflows"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"
)

// A recall's workflow asks until the bank has it. Parked, it waits to be woken, and what
// woke it before its next look is served by that; cancelled, it goes on.
func TestRecallWorkflow(t *testing.T) {
	t.Parallel()
	away := errors.New("away")
	for name, c := range map[string]struct {
		says  []any // what each look gives: an error or a state
		wakes []time.Duration
		cut   bool
		looks int
	}{
		"it has it":           {[]any{hold.RecallDone}, nil, false, 1},
		"away, and back":      {[]any{away, away, hold.RecallDone}, nil, false, 3},
		"parked and taken up": {[]any{hold.RecallParks, hold.RecallDone}, []time.Duration{48 * time.Hour}, false, 2},
		"parked twice": {[]any{hold.RecallParks, hold.RecallParks, hold.RecallDone}, []time.Duration{time.Hour, 2 * time.Hour},
			false, 3},
		"woken while it is asking": {[]any{away, hold.RecallDone}, []time.Duration{time.Millisecond}, false, 2},
		"cancelled by hand":        {[]any{hold.RecallParks, hold.RecallDone}, []time.Duration{2 * time.Hour}, true, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var suite testsuite.WorkflowTestSuite
			env := suite.NewTestWorkflowEnvironment()
			env.RegisterWorkflowWithOptions(workflows.Recall, workflow.RegisterOptions{Name: workflows.TypeRecall})
			looks := 0
			env.RegisterActivityWithOptions(func(_ context.Context, in activities.RecallInput) (hold.RecallProgress, error) {
				if in.ID != "rcl_1" {
					t.Errorf("asked for %s", in.ID)
				}
				says := c.says[min(looks, len(c.says)-1)]
				looks++
				if err, ok := says.(error); ok {
					return hold.RecallProgress{}, err
				}
				return hold.RecallProgress{State: says.(hold.RecallState)}, nil
			}, activity.RegisterOptions{Name: activities.RequestRecall})
			for _, at := range c.wakes {
				env.RegisterDelayedCallback(func() { env.SignalWorkflow(workflows.SignalWake, nil) }, at)
			}
			if c.cut {
				env.RegisterDelayedCallback(env.CancelWorkflow, time.Hour)
			}
			env.ExecuteWorkflow(workflows.TypeRecall, "rcl_1")
			if err := env.GetWorkflowError(); err != nil || !env.IsWorkflowCompleted() || looks != c.looks {
				t.Errorf("%d looks, completed %v, %v", looks, env.IsWorkflowCompleted(), err)
			}
		})
	}
}
