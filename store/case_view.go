package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"holdfast/hold"
	"holdfast/queue"
)

// CaseView is everything that an agent works with.
type CaseView struct {
	queue.Case
	Customer   hold.Customer
	Tasks      []queue.Task // open and in review, and those worked on in this lease
	Holds      []hold.Hold
	Earlier    []hold.Hold // the customer's decided ones, newest first
	Challenges []hold.Challenge
	Said       []queue.Said
	Calls      []queue.Call
	Faces      []FaceTask // what was asked in face checks
	Identified bool
	Hidden     bool // the customer rang in and is not identified yet
	Viewer     queue.Agent
	Waits      []queue.Approval // what a second person is to hear, of these tasks
	Reviews    []queue.Approval // what waits for a second person, of these holds
	Now        hold.Instant
}

// Facts is what bears on what the viewer may say of a task, as far as our own
// record tells: what is offered is ruled as it will be when it is said.
func (v CaseView) Facts(k queue.Task, role queue.Role) queue.Facts {
	f := queue.Facts{Case: v.Case, Task: k, Agent: v.Viewer, Role: role, Calls: v.Calls, Live: queue.AsFarAsKnown}
	if i := slices.IndexFunc(v.Holds, func(h hold.Hold) bool { return h.ID == k.HoldID }); i >= 0 {
		f.Hold.Hold = v.Holds[i]
	}
	f.Hold.Customer, f.Hold.Now = v.Customer, v.Now
	for i, c := range v.Challenges {
		if c.HoldID == k.HoldID {
			f.Hold.Challenges = append(f.Hold.Challenges, c)
		}
		if c.ID == k.ChallengeID {
			f.Challenge = &v.Challenges[i]
		}
	}
	if i := slices.IndexFunc(v.Waits, func(a queue.Approval) bool { return a.TaskID == k.ID }); i >= 0 {
		f.Waits = &v.Waits[i]
	}
	f.Reviewed = slices.ContainsFunc(v.Reviews, func(a queue.Approval) bool { return a.HoldID == k.HoldID && a.TaskID != k.ID })
	return f
}

// FaceTask is what the customer of a face check was asked to do.
type FaceTask struct {
	ChallengeID hold.ChallengeID `db:"challenge_id"`
	Gesture     string           `db:"gesture"`
	HoldID      hold.ID          `db:"hold_id"`
	Portrait    bool             `db:"-"` // there is one that the pictures can be compared with
}

const (
	earlierHolds = 20
	earlierSince = 90 * 24 * time.Hour
)

// ViewCase shows an agent the case that they have. A supervisor may look at any
// that is open, and that look is an entry.
func (s *Store) ViewCase(ctx context.Context, by By, id string) (v CaseView, why hold.Refusal, err error) {
	err = s.view(ctx, func(t *tx) (err error) {
		why, err = t.showCase(&v, by, id)
		return err
	})
	if err != nil || why != "" || v.Agent == by.Sub && v.Until > v.Now {
		return v, why, err
	}
	return v, "", s.update(ctx, func(t *tx) error {
		if _, err := t.acting(by); err != nil {
			return err
		}
		return t.entry(id, "case.viewed", by.actor(), v.Now, map[string]any{})
	})
}

func (t *tx) showCase(v *CaseView, by By, id string) (why hold.Refusal, err error) {
	if err := t.get(&v.Case, `SELECT * FROM cases WHERE id = ?`, id); err != nil {
		return "", err
	}
	if v.Now, err = t.now(); err != nil {
		return "", err
	}
	if err := t.get(&v.Viewer, `SELECT * FROM agents WHERE sub = ?`, by.Sub); err != nil {
		return "", err
	}
	why, err = t.mayWork(v.Viewer, v.Case, v.Now)
	if by.Role == queue.RoleSupervisor && (why == hold.LeaseLost || errors.Is(err, ErrNotFound)) { // they may look at any
		if why, err = "", nil; v.Viewer.Linked(v.CustomerID) {
			why = hold.AgentLinked
		}
	}
	if err != nil || why != "" {
		return why, err
	}
	return "", t.viewCase(v)
}

// DecidedMeanwhile is the latest decision, since an agent's last lease of a case
// began and before the next one did, of a hold that the lease showed them; nil:
// there is none that they may know.
func (s *Store) DecidedMeanwhile(ctx context.Context, by By, caseID string) (d *hold.Decision, err error) {
	err = s.view(ctx, func(t *tx) error {
		var l struct {
			BeganAt hold.Instant `db:"began_at"`
			EndedBy hold.Instant `db:"ended_by"` // the next lease; 0: there is none
		}
		err := t.get(&l, `SELECT l.began_at, COALESCE((SELECT MIN(n.began_at) FROM leases n WHERE n.case_id = l.case_id
			AND n.lease > l.lease), 0) AS ended_by
			FROM leases l JOIN cases c ON c.id = l.case_id WHERE l.case_id = ? AND l.agent = ? AND l.hidden = 0 AND c.customer_id <> `+linkedTo+`
				ORDER BY l.lease DESC LIMIT 1`, caseID, by.Sub, by.Sub)
		if errors.Is(err, ErrNotFound) {
			return nil
		} else if err != nil {
			return err
		}
		if l.EndedBy == 0 {
			if l.EndedBy, err = t.now(); err != nil {
				return err
			}
		}
		var found hold.Decision
		err = t.get(&found, decisionOf+`JOIN tasks k ON k.hold_id = d.hold_id
			WHERE k.case_id = ? AND k.created_at <= ? AND d.decided_at BETWEEN ? AND ? ORDER BY d.decided_at DESC
				LIMIT 1`, caseID, l.EndedBy, l.BeganAt, l.EndedBy)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		d = &found
		return err
	})
	return d, err
}

func (t *tx) viewCase(v *CaseView) (err error) {
	if v.Customer, err = t.customer(v.CustomerID); err != nil {
		return err
	}
	if err = t.all(&v.Tasks, `SELECT * FROM tasks WHERE case_id = ? AND (status <> 'closed' OR lease = ?)
		ORDER BY priority DESC, deadline, id`, v.ID, v.Lease); err != nil {
		return err
	}
	var rows []holdRow
	if err = t.all(&rows, holdRows+`WHERE h.id IN (SELECT hold_id FROM tasks WHERE case_id = ?
		AND (status <> 'closed' OR lease = ?)) ORDER BY h.id`, v.ID, v.Lease); err != nil {
		return err
	}
	if v.Holds, err = holdsOf(rows); err != nil {
		return err
	}
	if err = t.all(&v.Challenges, `SELECT * FROM challenges WHERE hold_id IN (SELECT hold_id FROM tasks WHERE case_id = ?
		AND (status <> 'closed' OR lease = ?)) ORDER BY opened_at, id`, v.ID, v.Lease); err != nil {
		return err
	}
	rows = nil
	if err = t.all(&rows, holdRows+`WHERE h.customer_id = ? AND h.decided_at > ? ORDER BY h.decided_at DESC LIMIT ?`, v.CustomerID,
		v.Now.Add(-earlierSince), earlierHolds); err != nil {
		return err
	}
	if v.Earlier, err = holdsOf(rows); err != nil {
		return err
	}
	if err = t.all(&v.Said, `SELECT d.task_id, d.lease, d.agent, d.disposition, d.final, d.note, d.at FROM dispositions d
		JOIN tasks k ON k.id = d.task_id
		WHERE k.case_id = ? ORDER BY d.at, d.id`, v.ID); err != nil {
		return err
	}
	if v.Calls, err = t.callsOf(v.Case); err != nil {
		return err
	}
	if err = t.all(&v.Faces, `SELECT k.challenge_id, k.gesture, x.hold_id FROM links k JOIN tasks x ON x.challenge_id = k.challenge_id
		WHERE x.case_id = ? AND x.kind = 'face' AND x.status <> 'closed' AND k.submitted_at <> 0 ORDER BY k.n`, v.ID); err != nil {
		return err
	}
	for i, f := range v.Faces {
		if v.Faces[i].Portrait, err = t.comparableIn(f.HoldID); err != nil {
			return err
		}
	}
	if err = t.all(&v.Waits, `SELECT a.* FROM approvals a JOIN tasks k ON k.id = a.task_id
		WHERE k.case_id = ? AND a.status = 'pending' AND a.talk = 1`, v.ID); err != nil {
		return err
	}
	if err = t.all(&v.Reviews, `SELECT * FROM approvals WHERE kind = 'confirm' AND status = 'pending' AND hold_id IN
		(SELECT hold_id FROM tasks WHERE case_id = ? AND status <> 'closed' AND hold_id <> '')`, v.ID); err != nil {
		return err
	}
	leg := queue.Proof(v.Case, v.Calls, v.Customer, queue.AsFarAsKnown, v.Now)
	v.Identified, v.Hidden = leg.Identified, queue.Hidden(v.Case, leg)
	return nil
}

// Unmask is an agent's wish to see one field whole.
type Unmask struct {
	By     By
	CaseID string
	Field  string // account, number or customer_name
	Of     string // the hold's id for account, the contact's for number
	Reason string
}

// Unmask gives one field of the agent's case. Each is an entry; after 20 an
// hour nothing is shown and supervisors hear of it.
func (s *Store) Unmask(ctx context.Context, u Unmask) (value string, why hold.Refusal, err error) {
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		if _, err := t.lockAgent(u.By, "NO KEY UPDATE"); err != nil {
			return "", err
		}
		w, why, err := t.fetchCase(u.By, u.CaseID)
		if err != nil || why != "" {
			return why, err
		}
		v := CaseView{Case: w.cs, Now: w.now}
		if err := t.viewCase(&v); err != nil {
			return "", err
		}
		if v.Hidden {
			return hold.IdentityMissing, nil
		}
		if value = v.whole(u); value == "" {
			return "", ErrNotFound
		}
		if why, err := t.countLook(u.By, "unmask", w.now); err != nil || why != "" {
			return why, err
		}
		return "", t.entry(w.cs.ID, "case.unmasked", u.By.actor(), w.now, map[string]any{"field": u.Field, "of": u.Of,
			"reason_digest": hold.DigestOf([]byte(u.Reason))})
	})
	if err != nil || why != "" {
		return "", why, err
	}
	return value, "", nil
}

func (v CaseView) whole(u Unmask) string {
	switch u.Field {
	case "account":
		if i := slices.IndexFunc(v.Holds, func(h hold.Hold) bool { return string(h.ID) == u.Of }); i >= 0 {
			return v.Holds[i].Request.Payee.Account
		}
	case "number":
		if p := v.Customer.Phone(u.Of); p != nil {
			return p.Number
		}
	case "customer_name":
		return v.Customer.Name
	}
	return ""
}

// QueueItem is one line of the queue, without anything of the customer's.
type QueueItem struct {
	queue.Case
	Tasks    int          `db:"tasks"`
	Attempt  int          `db:"attempt"`
	Holds    []hold.Hold  `db:"-"`
	OldestAt hold.Instant `db:"oldest_at"`
}

// QueuePage is a page of the queue.
type QueuePage struct {
	Status queue.CaseStatus // narrows; empty: every open case
	After  string           // the case that the page before ended with
	Limit  int
}

// Queue lists cases that are open, the best first. A case whose customer rang in
// and is not identified yet shows nothing of its holds, and an agent's own is
// not there.
func (s *Store) Queue(ctx context.Context, by By, p QueuePage) (items []QueueItem, err error) {
	if err := s.bringBack(ctx); err != nil {
		return nil, err
	}
	where, args := `c.status <> 'closed' AND c.customer_id <> `+linkedTo, []any{by.Sub}
	if p.Status != "" {
		where, args = where+` AND c.status = ?`, append(args, p.Status)
	}
	if p.After != "" { // by where it stood, whatever has become of it
		where += ` AND EXISTS (SELECT 1 FROM cases p WHERE p.id = ? AND (c.priority < p.priority OR (c.priority = p.priority
			AND (c.deadline > p.deadline OR (c.deadline = p.deadline AND c.id > p.id)))))`
		args = append(args, p.After)
	}
	err = s.view(ctx, func(t *tx) error {
		if err := t.all(&items, `SELECT c.*, (SELECT COUNT(*) FROM tasks k WHERE k.case_id = c.id AND k.status <> 'closed') AS tasks,
			(SELECT COALESCE(MAX(k.attempt), 0) FROM tasks k WHERE k.case_id = c.id AND k.status <> 'closed') AS attempt,
			(SELECT COALESCE(MIN(k.created_at), 0) FROM tasks k WHERE k.case_id = c.id AND k.status <> 'closed') AS oldest_at
			FROM cases c WHERE `+where+` ORDER BY c.priority DESC, c.deadline, c.id LIMIT ?`, append(args, p.Limit)...); err != nil {
			return err
		}
		for i := range items {
			if hidden, err := t.hidden(items[i].Case); err != nil {
				return err
			} else if hidden {
				continue
			}
			var rows []holdRow
			if err := t.all(&rows, holdRows+`WHERE h.id IN (SELECT hold_id FROM tasks WHERE case_id = ? AND status <> 'closed')
				ORDER BY h.deadline, h.id LIMIT 20`, items[i].ID); err != nil {
				return err
			}
			if items[i].Holds, err = holdsOf(rows); err != nil {
				return err
			}
		}
		return nil
	})
	return items, err
}

// hidden tells whether nothing of a case's payments is shown, as a list reads it.
func (t *tx) hidden(cs queue.Case) (bool, error) {
	if !cs.RangInUnknown() {
		return false, nil
	}
	c, err := t.customer(cs.CustomerID)
	if err != nil {
		return false, err
	}
	now, err := t.now()
	if err != nil {
		return false, err
	}
	calls, err := t.callsOf(cs)
	return queue.Hidden(cs, queue.Proof(cs, calls, c, queue.AsFarAsKnown, now)), err
}

// QueueStats is the queue in figures.
type QueueStats struct {
	Waiting    int                    `db:"waiting"`
	Leased     int                    `db:"leased"`
	Later      int                    `db:"later"`
	Review     int                    `db:"review"`
	PastTarget int                    `db:"past_target"`
	OldestDue  hold.Instant           `db:"oldest_due"` // of those that wait; zero: none does
	OldestAt   hold.Instant           `db:"oldest_at"`  // since when the one of them waits that has waited longest
	Approvals  int                    `db:"approvals"`
	Recalls    int                    `db:"recalls"` // that wait for an agent
	ByPriority map[int]int            `db:"-"`       // of those that wait, by hundreds
	ByKind     map[queue.TaskKind]int `db:"-"`       // of open tasks
	ByReason   map[string]int         `db:"-"`       // the same
	Now        hold.Instant           `db:"-"`
}

// QueueStats counts.
func (s *Store) QueueStats(ctx context.Context) (q QueueStats, err error) {
	if err := s.bringBack(ctx); err != nil {
		return q, err
	}
	err = s.view(ctx, func(t *tx) error {
		q.ByPriority, q.ByKind, q.ByReason = map[int]int{}, map[queue.TaskKind]int{}, map[string]int{}
		if q.Now, err = t.now(); err != nil {
			return err
		}
		if err := t.get(&q, `SELECT COALESCE(SUM(CASE WHEN status = 'waiting' THEN 1 ELSE 0 END), 0) AS waiting,
			COALESCE(SUM(CASE WHEN status = 'leased' THEN 1 ELSE 0 END), 0) AS leased,
			COALESCE(SUM(CASE WHEN status = 'later' THEN 1 ELSE 0 END), 0) AS later,
			COALESCE(SUM(CASE WHEN status = 'review' THEN 1 ELSE 0 END), 0) AS review,
			COALESCE(SUM(CASE WHEN status = 'waiting' AND due_at <= ? THEN 1 ELSE 0 END), 0) AS past_target,
			COALESCE(MIN(CASE WHEN status = 'waiting' THEN due_at END), 0) AS oldest_due,
			COALESCE((SELECT MIN(k.ready_at) FROM tasks k JOIN cases w ON w.id = k.case_id WHERE w.status = 'waiting'
				AND k.status = 'open'), 0) AS oldest_at,
			(SELECT COUNT(*) FROM approvals WHERE status = 'pending') AS approvals,
			(SELECT COUNT(*) FROM recall_requests WHERE status = 'proposed') AS recalls FROM cases WHERE status <> 'closed'`, q.Now); err != nil {
			return err
		}
		var by []struct {
			Kind   queue.TaskKind `db:"kind"`
			Reason string         `db:"reason"`
			N      int            `db:"n"`
		}
		if err := t.all(&by, `SELECT kind, reason, COUNT(*) AS n FROM tasks WHERE status = 'open' GROUP BY kind, reason`); err != nil {
			return err
		}
		for _, b := range by {
			q.ByKind[b.Kind] += b.N
			if b.Reason != "" {
				q.ByReason[b.Reason] += b.N
			}
		}
		var ranks []struct {
			Rank int `db:"rank"`
			N    int `db:"n"`
		}
		if err := t.all(&ranks, `SELECT priority / 100 AS rank, COUNT(*) AS n FROM cases WHERE status = 'waiting'
			GROUP BY priority / 100`); err != nil {
			return err
		}
		for _, r := range ranks {
			q.ByPriority[r.Rank*100] = r.N
		}
		return nil
	})
	return q, err
}

// QueueChange is a case that changed.
type QueueChange struct {
	ID        string           `db:"id"`
	Status    queue.CaseStatus `db:"status"`
	Agent     string           `db:"agent"`
	Priority  int              `db:"priority"`
	UpdatedAt hold.Instant     `db:"updated_at"`
}

// QueueChanges lists the cases that changed after an instant, or at it with a
// later id, the earliest first. A commit may come later than its time: who
// follows asks again from a few seconds back, and takes what comes twice as once.
// Who is linked to a case's customer hears nothing of it.
func (s *Store) QueueChanges(ctx context.Context, by By, from hold.Instant, after string, limit int) (cs []QueueChange, err error) {
	return cs, s.all(ctx, &cs, `SELECT id, status, agent, priority, updated_at FROM cases
		WHERE (updated_at > ? OR updated_at = ? AND id > ?) AND customer_id <> `+linkedTo+`
		ORDER BY updated_at, id LIMIT ?`, from, from, after, by.Sub, limit)
}
