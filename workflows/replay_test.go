package workflows_test

import (
	"path/filepath"
	"testing"

	"holdfast/workflows"

	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// Every history that was ever recorded replays: a change that would break an
// open workflow fails here and goes behind a named GetVersion.
func TestRecordedHistoriesReplay(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.json")
	if err != nil || len(files) < 116 {
		t.Fatalf("%d recorded histories, %v", len(files), err)
	}
	for _, f := range files {
		t.Run(f, func(t *testing.T) {
			t.Parallel()
			r := worker.NewWorkflowReplayer()
			r.RegisterWorkflowWithOptions(workflows.DelayedHold, workflow.RegisterOptions{Name: workflows.TypeDelayed})
			r.RegisterWorkflowWithOptions(workflows.Hold, workflow.RegisterOptions{Name: workflows.TypeHold})
			r.RegisterWorkflowWithOptions(workflows.Call, workflow.RegisterOptions{Name: workflows.TypeCall})
			r.RegisterWorkflowWithOptions(workflows.Recall, workflow.RegisterOptions{Name: workflows.TypeRecall})
			r.RegisterWorkflowWithOptions(workflows.Text, workflow.RegisterOptions{Name: workflows.TypeText})
			if err := r.ReplayWorkflowHistoryFromJSONFile(nil, f); err != nil {
				t.Error(err)
			}
		})
	}
}
