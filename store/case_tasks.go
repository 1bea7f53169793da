package store

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"holdfast/hold"
)

// TopicQueue is published whenever the call-back queue changes.
const TopicQueue = "queue"

// Case is one customer's open work. It is what an agent leases.
type Case struct {
	ID              string          `db:"id"`
	CustomerID      hold.CustomerID `db:"customer_id"`
	Status          string          `db:"status"` // waiting, leased, later, review, closed
	Priority        int             `db:"priority"`
	Deadline        hold.Instant    `db:"deadline"` // the nearest of its holds
	DueAt           hold.Instant    `db:"due_at"`   // when somebody should have taken it
	Until           hold.Instant    `db:"until"`    // the lease's end, or when to call back
	ReadyUntil      hold.Instant    `db:"ready_until"`
	Agent           string          `db:"agent"`
	Lease           int             `db:"lease"`
	Language        string          `db:"language"`
	Skill           string          `db:"skill"`            // supervisor, or empty
	Expertise       string          `db:"expertise"`        // a skill by the policy, or empty
	InboundLease    int             `db:"inbound_lease"`    // the lease in which the customer rang in
	IdentifiedLease int             `db:"identified_lease"` // the one in which their number was right
	Digits          string          `db:"digits"`
	Tries           int             `db:"tries"`
	CreatedAt       hold.Instant    `db:"created_at"`
	UpdatedAt       hold.Instant    `db:"updated_at"`
}

// Task is one thing to do for a customer: mostly one hold to ask about.
type Task struct {
	ID          string           `db:"id"`
	CaseID      string           `db:"case_id"`
	CustomerID  hold.CustomerID  `db:"customer_id"`
	HoldID      hold.ID          `db:"hold_id"`      // empty: about the customer
	ChallengeID hold.ChallengeID `db:"challenge_id"` // empty: nothing to confirm
	Kind        string           `db:"kind"`         // callback, help, inbound, reply
	Revision    int              `db:"revision"`
	Status      string           `db:"status"` // open, review, closed
	Priority    int              `db:"priority"`
	Deadline    hold.Instant     `db:"deadline"`
	ReadyAt     hold.Instant     `db:"ready_at"`
	ReadyUntil  hold.Instant     `db:"ready_until"` // when the customer's hours end; 0: any hour
	DueAt       hold.Instant     `db:"due_at"`
	Attempt     int              `db:"attempt"`
	Language    string           `db:"language"`
	Skill       string           `db:"skill"`
	Reason      string           `db:"reason"` // the risk engine's first code
	Scam        bool             `db:"scam"`
	Lease       int              `db:"lease"`
	Cause       string           `db:"cause"`
	CreatedAt   hold.Instant     `db:"created_at"`
	ClosedAt    hold.Instant     `db:"closed_at"`
}

const (
	looseLife   = 24 * time.Hour // of a task without a hold, for its place in the queue
	supervisor  = "supervisor"
	escalatedBy = 100 // what a supervisor's task gains
)

// language is the part of a locale that says what is spoken: "de" of "de-AT".
func language(locale string) string {
	tag, _, _ := strings.Cut(locale, "-")
	return tag
}

func zone(c Customer) *time.Location {
	if loc, err := time.LoadLocation(c.TimeZone); err == nil {
		return loc
	}
	return time.UTC
}

// openTask queues a callback challenge.
func (t *tx) openTask(l looked, c hold.Challenge, ask hold.Ask) error {
	w := firstCall(l)
	if l.SuspectedAt != 0 { // whatever the ladder says
		ask.Skill = supervisor
	}
	return t.addTask(l.customer, Task{HoldID: l.ID, ChallengeID: c.ID, Kind: "callback", Revision: l.Revision, Reason: firstReason(l.Hold), Priority: hold.Priority(l.Hold, ask, l.now), Skill: ask.Skill,
		Deadline: l.Deadline, ReadyAt: w.ready, ReadyUntil: w.until, DueAt: w.ready.Add(time.Duration(l.Terms.Callback.Complete().Target))}, l.now)
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
func (t *tx) addTask(c Customer, task Task, now hold.Instant) error {
	cs, err := t.openCase(c, now)
	if err != nil {
		return err
	}
	task.ID, task.CaseID, task.CustomerID, task.Language, task.CreatedAt = NewID("task"), cs.ID, c.ID, language(c.Locale), now
	n, err := t.exec(`INSERT INTO tasks (id, case_id, customer_id, hold_id, challenge_id, kind, revision, reason, status, priority, skill, deadline, ready_at, ready_until, due_at, language, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, task.ID, task.CaseID, task.CustomerID, task.HoldID, task.ChallengeID, task.Kind, task.Revision, task.Reason,
		task.Priority, task.Skill, task.Deadline, task.ReadyAt, task.ReadyUntil, task.DueAt, task.Language, task.CreatedAt)
	if err != nil || n == 0 {
		return err
	}
	t.count("task_" + task.Kind)
	return t.settleCase(cs, now)
}

// looseTask queues a task that is about the customer and no hold: they have
// just turned to us. Who asks for help is called at any hour.
func (t *tx) looseTask(c Customer, kind string, priority int, now hold.Instant) error {
	w := theyAreThere(hold.CallbackTerms{}, c, now)
	if kind == "help" {
		w.until = 0
	}
	return t.addTask(c, Task{Kind: kind, Priority: priority, Deadline: now.Add(looseLife), ReadyAt: now, ReadyUntil: w.until, DueAt: now.Add(time.Duration(hold.DefaultTarget))}, now)
}

// openCase finds the customer's open case and locks it, or opens one.
func (t *tx) openCase(c Customer, now hold.Instant) (Case, error) {
	cs, err := t.caseOf(c.ID)
	if !errors.Is(err, ErrNotFound) {
		return cs, err
	}
	cs = Case{ID: NewID("case"), CustomerID: c.ID, Status: "waiting", Language: language(c.Locale), CreatedAt: now, UpdatedAt: now}
	_, err = t.exec(`INSERT INTO cases (id, customer_id, status, priority, deadline, due_at, language, created_at, updated_at) VALUES (?, ?, 'waiting', 0, 0, 0, ?, ?, ?)`,
		cs.ID, cs.CustomerID, cs.Language, now, now)
	return cs, err
}

// caseOf locks the customer's open case.
func (t *tx) caseOf(id hold.CustomerID) (cs Case, err error) {
	var found string
	if err := t.get(&found, `SELECT id FROM cases WHERE customer_id = ? AND status <> 'closed'`, id); err != nil {
		return cs, err
	}
	return t.lockCase(found)
}

func (t *tx) lockCase(id string) (cs Case, err error) {
	var one int
	if err := t.get(&one, `SELECT 1 FROM cases WHERE id = ?`+t.lock("NO KEY UPDATE"), id); err != nil {
		return cs, err
	}
	return cs, t.get(&cs, `SELECT * FROM cases WHERE id = ?`, id)
}

// settleCase makes of a case what its tasks say. A lease lasts while there is a
// task that was not worked on in it.
func (t *tx) settleCase(cs Case, now hold.Instant) error {
	var tasks []Task
	if err := t.all(&tasks, `SELECT * FROM tasks WHERE case_id = ? AND status <> 'closed' ORDER BY id`, cs.ID); err != nil {
		return err
	}
	open := slices.DeleteFunc(slices.Clone(tasks), func(k Task) bool { return k.Status != "open" })
	left := slices.ContainsFunc(open, func(k Task) bool { return k.Lease != cs.Lease })
	if cs.Status == "leased" && !(left && cs.Until > now) {
		if err := t.wakeOverdue(cs.ID, now); err != nil {
			return err
		}
		cs.Status, cs.Agent, cs.Digits, cs.Tries = "waiting", "", "", 0
		t.publish(string(cs.CustomerID)) // nobody calls any more
	}
	var ready hold.Instant
	if len(open) > 0 {
		ready = slices.MinFunc(open, func(a, b Task) int { return cmp.Compare(a.ReadyAt, b.ReadyAt) }).ReadyAt
	}
	switch {
	case cs.Status == "leased":
	case len(tasks) == 0:
		cs.Status, cs.Until = "closed", 0
	case len(open) == 0:
		cs.Status, cs.Until = "review", 0
	case ready > now:
		cs.Status, cs.Until = "later", ready
	default:
		cs.Status, cs.Until = "waiting", 0
	}
	cs.rank(open, max(now, ready)) // as it will be when it comes back
	t.publish(TopicQueue)
	_, err := t.exec(`UPDATE cases SET status = ?, priority = ?, deadline = ?, due_at = ?, until = ?, ready_until = ?, agent = ?, language = ?, skill = ?, expertise = ?, digits = ?, tries = ?, updated_at = ? WHERE id = ?`,
		cs.Status, cs.Priority, cs.Deadline, cs.DueAt, cs.Until, cs.ReadyUntil, cs.Agent, cs.Language, cs.Skill, cs.Expertise, cs.Digits, cs.Tries, now, cs.ID)
	return err
}

// rank gives a case the best of what its tasks have: of those that are ready,
// or else of all. The skill is that of the best.
func (cs *Case) rank(open []Task, now hold.Instant) {
	ready := slices.DeleteFunc(slices.Clone(open), func(k Task) bool { return k.ReadyAt > now })
	if len(ready) == 0 {
		ready = open
	}
	if len(ready) == 0 {
		return
	}
	cs.Skill, cs.Expertise = "", ""
	best := -1
	for i, k := range ready {
		switch {
		case k.Skill == supervisor:
			cs.Skill = supervisor
		case k.Skill != "" && k.Priority > best:
			cs.Expertise, best = k.Skill, k.Priority
		}
		if i == 0 {
			cs.Priority, cs.Deadline, cs.DueAt, cs.Language, cs.ReadyUntil = k.Priority, k.Deadline, k.DueAt, k.Language, k.ReadyUntil
			continue
		}
		cs.ReadyUntil = later(cs.ReadyUntil, k.ReadyUntil)
		cs.Priority, cs.Deadline, cs.DueAt = max(cs.Priority, k.Priority), min(cs.Deadline, k.Deadline), min(cs.DueAt, k.DueAt)
	}
}

// wakeOverdue wakes the holds of a case whose rung waited for the agent alone.
func (t *tx) wakeOverdue(id string, now hold.Instant) error {
	var held []hold.ID
	if err := t.all(&held, `SELECT DISTINCT h.id FROM holds h JOIN tasks k ON k.hold_id = h.id
		WHERE k.case_id = ? AND h.status = 'held' AND h.rung_ends_at <= ? ORDER BY h.id`, id, now); err != nil {
		return err
	}
	for _, h := range held {
		if err := t.outbox(h, OutboxWake, now); err != nil {
			return err
		}
	}
	return nil
}

// closeTasks ends what is still to be done about a hold, or about one of its
// challenges. The hold's and the customer's rows are locked.
func (t *tx) closeTasks(customer hold.CustomerID, column, id, cause string, now hold.Instant) error {
	n, err := t.exec(`UPDATE tasks SET status = 'closed', closed_at = ?, cause = ? WHERE `+column+` = ? AND status <> 'closed'`, now, cause, id)
	if err != nil || n == 0 {
		return err
	}
	if err := t.voidPending(`task_id <> '' AND task_id IN (SELECT id FROM tasks WHERE `+column+` = ? AND status = 'closed')`, id, cause, now); err != nil {
		return err
	}
	cs, err := t.caseOf(customer)
	if err != nil {
		return err
	}
	return t.settleCase(cs, now)
}

// busy is until when an agent is at one of the hold's open questions, of the open
// rung or of one that was left.
func (t *tx) busy(l looked) (until hold.Instant, err error) {
	if !slices.ContainsFunc(l.challenges, func(c hold.Challenge) bool {
		return c.Revision == l.Revision && c.Status == hold.Open && (c.Channel == hold.Callback || c.Channel == hold.FaceLink)
	}) {
		return 0, nil
	}
	return until, t.get(&until, `SELECT COALESCE(MAX(CASE WHEN k.status = 'review' THEN k.deadline WHEN c.status = 'leased' THEN c.until ELSE 0 END), 0)
		FROM tasks k JOIN cases c ON c.id = k.case_id WHERE k.hold_id = ? AND k.status <> 'closed'`, l.ID)
}
