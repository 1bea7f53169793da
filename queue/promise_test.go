package queue

import (
	"testing"

	"holdfast/hold"
)

// Nobody is told of a call that no task leads to.
func TestNextCall(t *testing.T) {
	t.Parallel()
	open := func(kind TaskKind, ready, deadline hold.Instant) Task {
		return Task{Kind: kind, Status: TaskOpen, ReadyAt: ready, Deadline: deadline}
	}
	reviewed := open(TaskCallback, 5, 100)
	reviewed.Status = TaskReview
	for _, c := range []struct {
		name    string
		tasks   []Task
		from    hold.Instant
		planned bool
	}{
		{name: "nothing to do"},
		{"help", []Task{open(TaskHelp, 7, 100)}, 7, true},
		{"the earliest of two", []Task{open(TaskCallback, 9, 100), open(TaskHelp, 7, 100)}, 7, true},
		{"a plan that is spent", []Task{open(TaskCallback, 100, 100)}, 0, false},
		{"one that is spent and one that is not", []Task{open(TaskCallback, 100, 100), open(TaskReply, 120, 200)}, 120, true},
		{"pictures, and a customer who rang in", []Task{open(TaskFace, 1, 100), open(TaskInbound, 1, 100)}, 0, false},
		{"a second person's", []Task{reviewed}, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if from, planned := NextCall(c.tasks); from != c.from || planned != c.planned {
				t.Errorf("from %d, planned %t", from, planned)
			}
		})
	}
}
