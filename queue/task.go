package queue

import (
	"time"

	"holdfast/hold"
)

// TaskStatus is where a task stands.
//
//	(added) open <--> review
//	          |         |
//	          +---------+--> closed
//
// What an agent confirmed and a second person has to see is in review; it opens
// again, for a supervisor, when that person does not think so.
type TaskStatus string

const (
	TaskOpen   TaskStatus = "open"
	TaskReview TaskStatus = "review" // waits for a second person
	TaskClosed TaskStatus = "closed"
)

// TaskStatuses lists every TaskStatus.
var TaskStatuses = []TaskStatus{TaskOpen, TaskReview, TaskClosed}

// CanBecome tells whether the step from s to next is legal.
func (s TaskStatus) CanBecome(next TaskStatus) bool {
	switch s {
	case TaskOpen:
		return next == TaskReview || next == TaskClosed
	case TaskReview:
		return next == TaskOpen || next == TaskClosed
	}
	return false
}

// TaskKind says what a task is about.
type TaskKind string

const (
	TaskCallback TaskKind = "callback" // asks about a hold, on the phone
	TaskFace     TaskKind = "face"     // judges the pictures of a face check
	TaskHelp     TaskKind = "help"     // the customer thinks that somebody deceives them
	TaskFreeze   TaskKind = "freeze"   // they said that a payment is not theirs, and are frozen
	TaskInbound  TaskKind = "inbound"  // the customer rang in
	TaskReply    TaskKind = "reply"    // a text that nobody can read
)

// TaskKinds lists every TaskKind.
var TaskKinds = []TaskKind{TaskCallback, TaskFace, TaskHelp, TaskFreeze, TaskInbound, TaskReply}

// Urgent tells whether it calls a customer who is frozen or asks for help. A
// customer has one such task at a time.
func (k TaskKind) Urgent() bool { return k == TaskHelp || k == TaskFreeze }

// Task is one thing to do for a customer: mostly one hold to ask about.
type Task struct {
	ID          string           `db:"id"`
	CaseID      string           `db:"case_id"`
	CustomerID  hold.CustomerID  `db:"customer_id"`
	HoldID      hold.ID          `db:"hold_id"`      // empty: about the customer
	ChallengeID hold.ChallengeID `db:"challenge_id"` // empty: nothing to confirm
	Kind        TaskKind         `db:"kind"`
	Revision    int              `db:"revision"`
	Status      TaskStatus       `db:"status"`
	Priority    int              `db:"priority"`
	Deadline    hold.Instant     `db:"deadline"`
	ReadyAt     hold.Instant     `db:"ready_at"`
	ReadyUntil  hold.Instant     `db:"ready_until"` // when the customer's hours end; 0: any hour
	DueAt       hold.Instant     `db:"due_at"`
	Attempt     int              `db:"attempt"`
	Language    string           `db:"language"`
	Skill       string           `db:"skill"`  // SkillSupervisor, one by the policy, or empty
	Reason      string           `db:"reason"` // the risk engine's first code
	Scam        bool             `db:"scam"`
	Lease       int              `db:"lease"`
	Cause       string           `db:"cause"`
	// agent:<sub> of who confirmed it without a proof, while a second person is to call; as Settle reads it
	First     string       `db:"first"`
	CreatedAt hold.Instant `db:"created_at"`
	ClosedAt  hold.Instant `db:"closed_at"`
}

// Window is when the customer may be called about the task.
func (k Task) Window() Window { return Window{k.ReadyAt, k.ReadyUntil} }

// Plan sets when a task is due.
func (k *Task) Plan(w Window, terms hold.CallbackTerms) {
	k.ReadyAt, k.ReadyUntil, k.DueAt = w.Ready, w.Until, w.Ready.Add(time.Duration(terms.Target))
}

// Said is a disposition on record.
type Said struct {
	TaskID      string           `db:"task_id"`
	Lease       int              `db:"lease"`
	Agent       string           `db:"agent"`
	Disposition hold.Disposition `db:"disposition"`
	Final       bool             `db:"final"`
	Note        string           `db:"note"`
	At          hold.Instant     `db:"at"`
}
