package store

import (
	"context"
	"errors"
	"slices"

	"holdfast/hold"
)

// looked is a hold with everything that the walk needs, read under the locks.
type looked struct {
	hold.Hold
	customer   Customer
	challenges []hold.Challenge
	received   bool
	busy       hold.Instant // an agent is at the open rung until then
	rangIn     bool         // the customer is on the line: no hour is too late
	now        hold.Instant
	lookAt     hold.Instant
}

func (l looked) walk() hold.Step {
	f := l.Facts(l.challenges, l.customer.FrozenAt != 0, l.received)
	f.Busy = l.busy
	return hold.Walk(f, l.now)
}

// look is the first two of the three statements by which a hold is decided:
// lock, then read. The clock is read after the locks.
func (t *tx) look(id hold.ID) (l looked, err error) {
	if l.Hold, err = t.lockHold(id); err != nil {
		return l, err
	}
	if l.customer, err = t.lockCustomer(l.Request.CustomerID); err != nil {
		return l, err
	}
	if l.now, err = t.now(); err != nil {
		return l, err
	}
	return l, t.read(&l)
}

// read fills in what happened to the hold.
func (t *tx) read(l *looked) (err error) {
	if err = t.get(&l.lookAt, `SELECT look_at FROM holds WHERE id = ?`, l.ID); err != nil {
		return err
	}
	if l.challenges, err = t.challenges(l.ID); err != nil {
		return err
	}
	if l.busy, err = t.busy(*l); err != nil || l.RungFirstEndsAt == 0 {
		return err
	}
	var n int
	err = t.get(&n, `SELECT COUNT(*) FROM receipts r JOIN challenges c ON c.id = r.challenge_id
		WHERE c.hold_id = ? AND c.revision = ? AND c.rung = ?`, l.ID, l.Revision, l.Rung)
	l.received = n > 0
	return err
}

// over tells what is left to do for a hold that is decided.
func (l looked) over() hold.Progress {
	p := hold.Progress{State: hold.Decided, Revision: l.Revision, Rung: l.Rung}
	switch {
	case l.Status.Settled():
		p.State = hold.Settled
	case l.ParkedAt != 0:
		p.State = hold.Parked
	}
	return p
}

// wait records when somebody has to look again, for the sweeper, and says how
// long that is.
func (t *tx) wait(l looked, until hold.Instant) (hold.Progress, error) {
	if l.lookAt != until {
		if _, err := t.exec(`UPDATE holds SET look_at = ? WHERE id = ?`, until, l.ID); err != nil {
			return hold.Progress{}, err
		}
	}
	return hold.Progress{State: hold.Waiting, Revision: l.Revision, Rung: l.Rung, Remaining: max(0, until.Sub(l.now))}, nil
}

// Conclude looks at a hold and decides it when that is due: lock, read,
// decide. It returns the decision on record when there is one.
func (s *Store) Conclude(ctx context.Context, id hold.ID) (p hold.Progress, err error) {
	err = s.update(ctx, func(t *tx) error {
		l, err := t.look(id)
		if err != nil {
			return err
		}
		p, err = t.conclude(&l)
		return err
	})
	return p, err
}

func (t *tx) conclude(l *looked) (hold.Progress, error) {
	if l.Status.Decided() {
		return l.over(), nil
	}
	switch step := l.walk(); step.Do {
	case hold.DoDecide:
		if err := t.decide(l, step.Outcome, step.Reason, authorOf(step.Reason)); err != nil {
			return hold.Progress{}, err
		}
		return l.over(), nil
	case hold.DoOpen:
		return hold.Progress{State: hold.Opening, Revision: l.Revision, Rung: step.Rung}, nil
	default:
		return t.wait(*l, step.Until)
	}
}

func authorOf(why hold.Reason) string {
	if slices.Contains([]hold.Reason{hold.ReasonApproved, hold.ReasonRefused, hold.ReasonNotMe}, why) {
		return ActorCustomer
	}
	return "policy"
}

// closeWork ends what agents still had to do about a hold, and what waited for
// a second person.
func (t *tx) closeWork(l looked, cause string) error {
	if err := t.closeTasks(l.Request.CustomerID, "hold_id", string(l.ID), cause, l.now); err != nil {
		return err
	}
	return t.voidPending(`hold_id = ?`, string(l.ID), cause, l.now)
}

// decide writes the one decision. The hold's row is locked; the decision's
// primary key would refuse a second.
func (t *tx) decide(l *looked, o hold.Outcome, why hold.Reason, author string) error {
	if !l.Status.CanBecome(o.Deciding()) {
		return errors.New(string(l.ID) + ": cannot be decided while " + string(l.Status))
	}
	d := hold.Decision{HoldID: l.ID, Outcome: o, Reason: why, Author: author, DecidedAt: l.now}
	if _, err := t.exec(`INSERT INTO decisions (hold_id, outcome, reason, author, decided_at) VALUES (?, ?, ?, ?, ?)`,
		d.HoldID, d.Outcome, d.Reason, d.Author, d.DecidedAt); err != nil {
		return err
	}
	if _, err := t.exec(`UPDATE holds SET status = ?, decided_at = ?, look_at = ? WHERE id = ? AND status = 'held'`,
		o.Deciding(), l.now, l.now, l.ID); err != nil {
		return err
	}
	if err := t.cancelOpen(l.challenges, "decided", l.now); err != nil {
		return err
	}
	l.Status, l.Decision = o.Deciding(), &d
	if err := t.closeWork(*l, "decided"); err != nil {
		return err
	}
	t.publish(string(l.ID), string(l.Request.CustomerID), TopicDecisions)
	return t.entry(string(l.ID), "hold.decided", author, l.now, map[string]any{
		"outcome": o, "reason": why, "revision": l.Revision, "tx_digest": l.TxDigest})
}
