package queue_test

import (
	"slices"
	"testing"

	"holdfast/queue"

	"pgregory.net/rapid"
)

// step is one change of a status.
type step[S any] struct{ from, to S }

// legal holds every pair of statuses against those steps that the diagram
// shows.
func legal[S interface {
	~string
	CanBecome(S) bool
}](t *testing.T, all []S, shown ...step[S]) {
	t.Helper()
	for _, from := range append([]S{"", "unknown"}, all...) {
		for _, to := range append([]S{"", "unknown"}, all...) {
			if got, want := from.CanBecome(to), slices.Contains(shown, step[S]{from, to}); got != want {
				t.Errorf("%q to %q: %t, want %t", from, to, got, want)
			}
		}
	}
}

func TestCaseStatuses(t *testing.T) {
	t.Parallel()
	const w, l, put, r, c = queue.CaseWaiting, queue.CaseLeased, queue.CaseLater, queue.CaseReview, queue.CaseClosed
	legal(t, queue.CaseStatuses, []step[queue.CaseStatus]{
		{w, l}, {w, put}, {w, r}, {w, c},
		{l, w}, {l, put}, {l, r}, {l, c},
		{put, w}, {put, l}, {put, r}, {put, c},
		{r, w}, {r, put}, {r, c},
	}...)
}

func TestTaskStatuses(t *testing.T) {
	t.Parallel()
	const o, r, c = queue.TaskOpen, queue.TaskReview, queue.TaskClosed
	legal(t, queue.TaskStatuses, []step[queue.TaskStatus]{{o, r}, {o, c}, {r, o}, {r, c}}...)
}

func TestApprovalStatuses(t *testing.T) {
	t.Parallel()
	const p = queue.ApprovalPending
	legal(t, queue.ApprovalStatuses, []step[queue.ApprovalStatus]{{p, queue.ApprovalApproved}, {p, queue.ApprovalRejected}, {p,
		queue.ApprovalVoid}}...)
}

func TestCallStatuses(t *testing.T) {
	t.Parallel()
	shown := []step[queue.CallStatus]{{queue.CallPlacing, queue.CallWaiting}}
	for i, from := range queue.CallStatuses {
		for _, to := range queue.CallStatuses[i+1:] { // news may leave steps out
			if !from.Over() {
				shown = append(shown, step[queue.CallStatus]{from, to})
			}
		}
	}
	legal(t, queue.CallStatuses, shown...)
}

// Whatever its tasks become, a case takes legal steps alone; it is closed with
// the last of them, and who has none left to do has no lease.
func TestACaseIsWhatItsTasksSay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		cs, now := queue.Case{Status: queue.CaseWaiting}, start
		tasks := rapid.SliceOfN(rapid.Custom(aTask), 1, 4).Draw(t, "tasks")
		for range rapid.IntRange(1, 20).Draw(t, "events") {
			i := rapid.IntRange(0, len(tasks)-1).Draw(t, "task")
			switch rapid.IntRange(0, 4).Draw(t, "event") {
			case 0:
				if next := rapid.SampledFrom(queue.TaskStatuses).Draw(t, "becomes"); tasks[i].Status.CanBecome(next) {
					tasks[i].Status = next
				}
			case 1:
				tasks[i].Lease = cs.Lease
			case 2:
				if cs.Status == queue.CaseWaiting && slices.ContainsFunc(tasks, func(k queue.Task) bool { return k.Status == queue.TaskOpen }) {
					cs.Status, cs.Agent, cs.Until, cs.Lease = queue.CaseLeased, "ana", now.Add(queue.LeaseLife), cs.Lease+1
				}
			case 3:
				tasks[i].ReadyAt = now.Add(minutes(t, "ready"))
			case 4:
				now = now.Add(minutes(t, "later"))
			}
			left := slices.DeleteFunc(slices.Clone(tasks), func(k queue.Task) bool { return k.Status == queue.TaskClosed })
			before := cs
			ended := cs.Settle(left, now)
			if before.Status != cs.Status && !before.Status.CanBecome(cs.Status) {
				t.Fatalf("%s became %s", before.Status, cs.Status)
			}
			if closed := cs.Status == queue.CaseClosed; closed != (len(left) == 0) {
				t.Fatalf("%d tasks are left, and the case is %s", len(left), cs.Status)
			}
			if leased := cs.Status == queue.CaseLeased; leased != (cs.Agent != "") || leased && cs.Until <= now || ended == leased &&
				before.Status == queue.CaseLeased {
				t.Fatalf("%+v, a lease ended: %t", cs, ended)
			}
			if cs.Status == queue.CaseWaiting && !slices.ContainsFunc(left, func(k queue.Task) bool {
				return k.Status == queue.TaskOpen &&
					k.ReadyAt <= now
			}) {
				t.Fatalf("it waits, and no task is ready: %+v", left)
			}
			if cs.Status == queue.CaseClosed {
				return
			}
		}
	})
}
