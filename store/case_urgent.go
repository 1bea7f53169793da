package store

import (
	"errors"
	"strings"
	"time"

	"holdfast/hold"
	"holdfast/queue"
)

// promiseCall queues the call that a customer who is frozen is promised: by what
// they said themselves, where the policy does not leave it to them. Who said it
// on the phone was just spoken with. about is the hold it came from, or empty.
// The customer's row is locked.
func (t *tx) promiseCall(c hold.Customer, now hold.Instant, actor, cause string, about hold.ID) error {
	switch cause {
	case "help":
		return t.callUrgently(c, queue.TaskHelp, hold.PriorityHelp, now)
	case causeStopped: // by whomever: it takes a call to end it
		return t.callUrgently(c, queue.TaskFreeze, hold.PriorityFreeze, now)
	}
	if strings.HasPrefix(actor, "agent:") {
		return nil
	}
	if about != "" {
		var r holdRow
		if err := t.get(&r, holdRows+`WHERE h.id = ?`, about); err != nil {
			return err
		}
		if h, err := r.hold(); err != nil || h.Terms.Callback.NoUrgent {
			return err
		}
	}
	return t.callUrgently(c, queue.TaskFreeze, hold.PriorityFreeze, now)
}

// callUrgently queues the one urgent task that a customer has: for help, when
// they ask for it.
func (t *tx) callUrgently(c hold.Customer, kind queue.TaskKind, priority int, now hold.Instant) error {
	k, err := t.urgentTask(c.ID)
	switch {
	case errors.Is(err, ErrNotFound):
		return t.looseTask(c, kind, priority, now)
	case err != nil:
		return err
	case kind != queue.TaskHelp || k.Kind == queue.TaskHelp:
		return nil
	}
	if _, err := t.exec(`UPDATE tasks SET kind = ?, priority = ?, ready_at = ?, ready_until = 0, due_at = ? WHERE id = ?`,
		kind, priority, now, now.Add(time.Duration(hold.DefaultTarget)), k.ID); err != nil {
		return err
	}
	cs, err := t.caseOf(c.ID)
	if err != nil {
		return err
	}
	return t.settleCase(cs, now)
}

// urgentTask is the customer's, while it is not closed.
func (t *tx) urgentTask(id hold.CustomerID) (k queue.Task, err error) {
	return k, t.get(&k, `SELECT k.* FROM tasks k JOIN cases c ON c.id = k.case_id
		WHERE c.customer_id = ? AND c.status <> 'closed' AND k.status <> 'closed' AND k.kind IN ('freeze', 'help')`, id)
}

// callNoMore takes back the call that a freeze promised: it is over. Who asked
// for help is called all the same.
func (t *tx) callNoMore(id hold.CustomerID, now hold.Instant) error {
	k, err := t.urgentTask(id)
	if errors.Is(err, ErrNotFound) || err == nil && k.Kind != queue.TaskFreeze {
		return nil
	} else if err != nil {
		return err
	}
	return t.closeTasks(id, "id", k.ID, "unfrozen", now)
}
