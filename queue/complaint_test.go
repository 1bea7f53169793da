package queue_test

import (
	"testing"
	"time"

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
	payers, payees := queue.Complaint{Status: queue.ComplaintOpen, About: queue.ByPayer}, queue.Complaint{Status: queue.ComplaintOpen,
		About: queue.ByPayee}
	recalling := func(outcome queue.ComplaintStatus, released bool) queue.AnswerFacts {
		return queue.AnswerFacts{Role: sup, Outcome: outcome, Recall: true, Released: released}
	}
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
		"money asked for again": {payers, recalling(queue.ComplaintUpheld, true), ""},
		"of what is rejected":   {payers, recalling(queue.ComplaintRejected, true), hold.RecallMisplaced},
		"of what did not go":    {payers, recalling(queue.ComplaintUpheld, false), hold.RecallMisplaced},
		"of a payee's":          {payees, recalling(queue.ComplaintUpheld, true), hold.RecallMisplaced},
	} {
		if got := queue.AnswerComplaint(c.c, c.facts); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestDueAt(t *testing.T) {
	t.Parallel()
	within, day := hold.Days{N: 15}, 24*time.Hour
	for name, c := range map[string]struct{ ago, want time.Duration }{
		"now": {0, 15 * day}, "in time": {14 * day, day}, "just": {15 * day, 0}, "late": {40 * day, 0}, "dated back a year": {366 * day, 0},
	} {
		if got := queue.DueAt(start.Add(-c.ago), start, within); got != start.Add(c.want) {
			t.Errorf("%s: %d, want %d", name, got, start.Add(c.want))
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
