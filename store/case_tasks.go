package store

import (
	"errors"
	"slices"
	"time"

	"holdfast/hold"
	"holdfast/queue"
)

// TopicQueue is published whenever the call-back queue changes.
const TopicQueue = "queue"

const (
	looseLife = 24 * time.Hour // of a task without a hold, for its place in the queue
)

// openTask queues a callback challenge.
func (t *tx) openTask(l hold.Standing, c hold.Challenge, ask hold.Ask) error {
	if l.SuspectedAt != 0 { // whatever the ladder says
		ask.Skill = queue.SkillSupervisor
	}
	w := queue.FirstCall(l)
	return t.addTask(l.Customer, queue.Task{HoldID: l.ID, ChallengeID: c.ID, Kind: queue.TaskCallback, Revision: l.Revision,
		Reason:   firstReason(l.Hold),
		Priority: l.Priority(ask), Skill: ask.Skill, Deadline: l.Deadline, ReadyAt: w.Ready, ReadyUntil: w.Until,
		DueAt: w.Ready.Add(time.Duration(l.Terms.Callback.Complete().Target))}, l.Now)
}

func firstReason(h hold.Hold) string {
	if len(h.Request.Risk.Reasons) == 0 {
		return ""
	}
	return h.Request.Risk.Reasons[0]
}

// addTask adds to the customer's case, and opens one where there is none. A
// second task of one kind without a hold is none. The customer's row is
// locked.
func (t *tx) addTask(c hold.Customer, task queue.Task, now hold.Instant) error {
	task.ID, task.CustomerID, task.Language, task.CreatedAt, task.Status = NewID("task"), c.ID, c.Language(), now, queue.TaskOpen
	cs, err := t.caseOf(c.ID)
	if errors.Is(err, ErrNotFound) {
		t.beginCase(c, task, now)
		return nil
	} else if err != nil {
		return err
	}
	task.CaseID = cs.ID
	n, err := t.exec(insertTask, taskRow(task)...)
	if err != nil || n == 0 {
		return err
	}
	t.gaveWork = true
	t.count("task_" + string(task.Kind))
	return t.settleCase(cs, now)
}

// looseTask queues a task that is about the customer and no hold: they have
// just turned to us. Who asks for help is called at any hour.
func (t *tx) looseTask(c hold.Customer, kind queue.TaskKind, priority int, now hold.Instant) error {
	w := queue.TheyAreThere(hold.CallbackTerms{}, c, now)
	if kind == queue.TaskHelp {
		w.Until = 0
	}
	return t.addTask(c, queue.Task{Kind: kind, Priority: priority, Deadline: now.Add(looseLife), ReadyAt: now, ReadyUntil: w.Until,
		DueAt: now.Add(time.Duration(hold.DefaultTarget))}, now)
}

// openCase finds the customer's open case and locks it, or opens one.
func (t *tx) openCase(c hold.Customer, now hold.Instant) (queue.Case, error) {
	cs, err := t.caseOf(c.ID)
	if !errors.Is(err, ErrNotFound) {
		return cs, err
	}
	cs = queue.Case{ID: NewID("case"), CustomerID: c.ID, Status: queue.CaseWaiting, Language: c.Language(), CreatedAt: now, UpdatedAt: now}
	t.insertCase(cs)
	return cs, nil
}

// beginCase opens a case with its first task. Nobody else opens one: the customer's row
// is locked.
func (t *tx) beginCase(c hold.Customer, task queue.Task, now hold.Instant) {
	cs := queue.Case{ID: NewID("case"), CustomerID: c.ID, Status: queue.CaseWaiting, Language: c.Language(), CreatedAt: now, UpdatedAt: now}
	task.CaseID = cs.ID
	cs.Settle([]queue.Task{task}, now)
	t.insertCase(cs)
	t.later(insertTask, taskRow(task)...)
	t.gaveWork = true
	t.count("task_" + string(task.Kind))
	t.publish(TopicQueue)
}

func (t *tx) insertCase(cs queue.Case) {
	t.caseless = ""
	t.later(`INSERT INTO cases (id, customer_id, status, priority, deadline, due_at, until, ready_until, language, skill, expertise,
		created_at,
		updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, cs.ID, cs.CustomerID, cs.Status, cs.Priority, cs.Deadline, cs.DueAt,
		cs.Until, cs.ReadyUntil, cs.Language, cs.Skill, cs.Expertise, cs.CreatedAt, cs.UpdatedAt)
}

const insertTask = `INSERT INTO tasks (id, case_id, customer_id, hold_id, challenge_id, kind, revision, reason, status, priority, skill,
	deadline, ready_at, ready_until, due_at, language, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT DO NOTHING`

func taskRow(k queue.Task) []any {
	return []any{k.ID, k.CaseID, k.CustomerID, k.HoldID, k.ChallengeID, k.Kind, k.Revision, k.Reason, k.Status, k.Priority, k.Skill,
		k.Deadline, k.ReadyAt, k.ReadyUntil, k.DueAt, k.Language, k.CreatedAt}
}

// openCaseOf reads the id of the case that the customer has, whose id an expression gives.
func openCaseOf(ids *[]string, customer string, args ...any) statement {
	return some(ids, `SELECT id FROM cases WHERE customer_id = `+customer+` AND status <> 'closed'`, args...)
}

// caseOf locks the customer's open case.
func (t *tx) caseOf(id hold.CustomerID) (cs queue.Case, err error) {
	if id == t.caseless {
		return cs, ErrNotFound
	}
	var found string
	if err := t.get(&found, `SELECT id FROM cases WHERE customer_id = ? AND status <> 'closed'`, id); err != nil {
		return cs, err
	}
	return t.lockCase(found)
}

func (t *tx) lockCase(id string) (cs queue.Case, err error) {
	var one int
	if err := t.get(&one, `SELECT 1 FROM cases WHERE id = ?`+t.lock("NO KEY UPDATE"), id); err != nil {
		return cs, err
	}
	return cs, t.get(&cs, `SELECT * FROM cases WHERE id = ?`, id)
}

// settleCase makes of a case what its tasks say.
func (t *tx) settleCase(cs queue.Case, now hold.Instant) error {
	var tasks []queue.Task
	if err := t.all(&tasks, `SELECT k.*, COALESCE((SELECT a.first FROM approvals a WHERE a.hold_id = k.hold_id AND a.task_id = k.id
			AND a.status = 'pending' AND a.talk = 1), '') AS first
		FROM tasks k WHERE k.case_id = ? AND k.status <> 'closed' ORDER BY k.id`, cs.ID); err != nil {
		return err
	}
	if cs.Settle(tasks, now) {
		if err := t.wakeOverdue(cs.ID, now); err != nil {
			return err
		}
		t.publish(string(cs.CustomerID)) // nobody calls any more
	}
	t.publish(TopicQueue)
	_, err := t.exec(`UPDATE cases SET status = ?, priority = ?, deadline = ?, due_at = ?, until = ?, ready_until = ?, agent = ?, language = ?,
		skill = ?, expertise = ?, not_for = ?, digits = ?, tries = ?, updated_at = ? WHERE id = ?`,
		cs.Status, cs.Priority, cs.Deadline, cs.DueAt, cs.Until, cs.ReadyUntil, cs.Agent, cs.Language,
		cs.Skill, cs.Expertise, cs.NotFor, cs.Digits, cs.Tries, now, cs.ID)
	return err
}

// wakeOverdue wakes the holds of a case whose rung waited for the agent alone.
func (t *tx) wakeOverdue(id string, now hold.Instant) error {
	var held []hold.ID
	if err := t.all(&held, `SELECT DISTINCT h.id FROM holds h JOIN tasks k ON k.hold_id = h.id
		WHERE k.case_id = ? AND h.status = 'held' AND h.rung_ends_at <= ? ORDER BY h.id`, id, now); err != nil {
		return err
	}
	for _, h := range held {
		t.wake(h, now)
	}
	return nil
}

// closeTasks ends what is still to be done about a hold, or about one of its
// challenges. The hold's and the customer's rows are locked.
func (t *tx) closeTasks(customer hold.CustomerID, column, id, cause string, now hold.Instant) error {
	n, err := t.exec(`UPDATE tasks SET status = 'closed', closed_at = ?, cause = ? WHERE `+column+` = ? AND status <> 'closed'`, now,
		cause, id)
	if err != nil || n == 0 {
		return err
	}
	if err := t.voidPending(`task_id <> '' AND task_id IN (SELECT id FROM tasks WHERE `+column+` = ? AND status = 'closed')`, id, cause,
		now); err != nil {
		return err
	}
	cs, err := t.caseOf(customer)
	if err != nil {
		return err
	}
	return t.settleCase(cs, now)
}

// openAgain opens tasks again, as if nobody had worked on them in this lease: what
// was said of them was not the last word. where is about tasks. It tells how many.
func (t *tx) openAgain(where, arg string) (int64, error) {
	if _, err := t.exec(`UPDATE dispositions SET final = 0 WHERE final = 1 AND task_id IN (SELECT id FROM tasks WHERE `+where+`)`,
		arg); err != nil {
		return 0, err
	}
	return t.exec(`UPDATE tasks SET status = 'open', lease = 0 WHERE `+where, arg)
}

// busyUntil is until when an agent is at one of the hold's open questions, of the open
// rung or of one that was left. h is the hold; that its id is not empty tells Postgres
// that the index has it.
const busyUntil = `COALESCE((SELECT MAX(CASE WHEN k.status = 'review' THEN k.deadline WHEN c.status = 'leased' THEN c.until ELSE 0 END)
	FROM tasks k JOIN cases c ON c.id = k.case_id WHERE k.hold_id = h.id AND k.hold_id <> ''
	AND k.status <> 'closed'), 0)`

// asksPeople tells whether one of the hold's open questions is an agent's to ask or
// to look at.
func asksPeople(l hold.Standing) bool {
	return slices.ContainsFunc(l.Challenges, func(c hold.Challenge) bool {
		return c.Revision == l.Revision && c.Status == hold.Open && (c.Channel == hold.Callback || c.Channel == hold.FaceLink)
	})
}
