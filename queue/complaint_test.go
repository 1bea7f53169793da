package queue_test

import (
	"testing"

	"holdfast/hold"
	"holdfast/queue"
)

func TestComplaintStatuses(t *testing.T) {
	t.Parallel()
	const open = queue.ComplaintOpen
	legal(t, queue.ComplaintStatuses, []step[queue.ComplaintStatus]{{open, queue.ComplaintUpheld}, {open, queue.ComplaintRejected}}...)
}

func TestAnswerComplaint(t *testing.T) {
	t.Parallel()
	const sup = queue.RoleSupervisor
	open, closed := queue.Complaint{Status: queue.ComplaintOpen}, queue.Complaint{Status: queue.ComplaintUpheld}
	for name, c := range map[string]struct {
		c     queue.Complaint
		facts queue.AnswerFacts
		want  hold.Refusal
	}{
		"a supervisor":          {open, queue.AnswerFacts{Role: sup}, ""},
		"an agent":              {open, queue.AnswerFacts{Role: queue.RoleAgent}, hold.RoleMissing},
		"who complains":         {open, queue.AnswerFacts{Role: sup, Linked: true}, hold.AgentLinked},
		"who judged the payee":  {open, queue.AnswerFacts{Role: sup, Judged: true}, hold.OwnVerdict},
		"what has its answer":   {closed, queue.AnswerFacts{Role: sup}, hold.ComplaintClosed},
		"one whom it is not of": {closed, queue.AnswerFacts{Role: sup, Linked: true}, hold.AgentLinked},
	} {
		if got := queue.AnswerComplaint(c.c, c.facts); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestOverdue(t *testing.T) {
	t.Parallel()
	c := queue.Complaint{Status: queue.ComplaintOpen, DueAt: start}
	if c.Overdue(start-1) || !c.Overdue(start) {
		t.Error("an open one is overdue from when it is due on")
	}
	c.Status = queue.ComplaintRejected
	if c.Overdue(start) {
		t.Error("one that has its answer is overdue")
	}
}
