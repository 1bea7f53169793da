package e2e

import (
	"context"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/store/storetest"
	"holdfast/workflows"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
)

// A hold whose workflow was started by a version before is woken like any other,
// and settled by its own workflow.
func TestHoldsOfBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	id := w.accept(storetest.PushLadder(), time.Hour)
	w.started(id)
	w.Must(w.client.TerminateWorkflow(ctx, string(id), "", "a relay of before would have started another"))
	run, err := w.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: string(id), TaskQueue: workflows.Queue}, workflows.TypeHold, id)
	w.Must(err)
	w.waits(id, run.GetRunID())
	w.Say(w.asked(id, 0).ID, w.Old(), hold.Approve)
	h, history := w.settled(id)
	began := history.Events[0].GetWorkflowExecutionStartedEventAttributes()
	if h.Status != hold.Released || began.WorkflowType.Name != workflows.TypeHold || began.OriginalExecutionRunId != run.GetRunID() {
		t.Errorf("%s, by a %s", h.Status, began.WorkflowType.Name)
	}
}

// waits waits until a hold's workflow has looked at the hold and set its timer.
func (w *world) waits(id hold.ID, run string) {
	w.T.Helper()
	until(w.T, "its timer", func() bool {
		it := w.client.GetWorkflowHistory(context.Background(), string(id), run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for it.HasNext() {
			e, err := it.Next()
			if err != nil {
				return false
			}
			if e.EventType == enumspb.EVENT_TYPE_TIMER_STARTED {
				return true
			}
		}
		return false
	})
}
