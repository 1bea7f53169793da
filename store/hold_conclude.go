package store

import (
	"context"
	"errors"

	"holdfast/hold"
)

// fetch is the first two of the three statements by which a hold is decided:
// lock, then read. The clock is read after the locks.
func (t *tx) fetch(id hold.ID) (l hold.Standing, err error) {
	all, err := t.lockAll([]hold.ID{id}, nil)
	if err != nil {
		return l, err
	}
	return all.holds[0], t.read(&all.holds[0])
}

// read fills in what happened to the hold.
func (t *tx) read(l *hold.Standing) (err error) {
	var kept struct {
		LookAt     hold.Instant `db:"look_at"`
		Overridden string       `db:"overridden"`
	}
	if err = t.get(&kept, `SELECT h.look_at, COALESCE((SELECT a.second FROM approvals a WHERE a.hold_id = h.id AND a.kind = 'override'
		AND a.status = 'approved' AND a.revision = h.revision), '') AS overridden FROM holds h WHERE h.id = ?`, l.ID); err != nil {
		return err
	}
	l.LookAt, l.Overridden = kept.LookAt, kept.Overridden
	if l.Challenges, err = t.challenges(l.ID); err != nil {
		return err
	}
	if l.Busy, err = t.busy(*l); err != nil || l.RungFirstEndsAt == 0 {
		return err
	}
	var n int
	err = t.get(&n, `SELECT COUNT(*) FROM receipts r JOIN challenges c ON c.id = r.challenge_id
		WHERE c.hold_id = ? AND c.revision = ? AND c.rung = ?`, l.ID, l.Revision, l.Rung)
	l.Received = n > 0
	return err
}

// wait records when somebody has to look again, for the sweeper, and says how
// long that is, and what is to be brought to the customer.
func (t *tx) wait(l hold.Standing, until hold.Instant) (hold.Progress, error) {
	if l.LookAt != until {
		if _, err := t.exec(`UPDATE holds SET look_at = ? WHERE id = ?`, until, l.ID); err != nil {
			return hold.Progress{}, err
		}
	}
	errands, err := t.errands(l)
	return hold.Progress{State: hold.Waiting, Revision: l.Revision, Rung: l.Rung, Remaining: max(0, until.Sub(l.Now)), Errands: errands}, err
}

// Conclude looks at a hold and decides it when that is due: lock, read,
// decide. It returns the decision on record when there is one. It is for the
// workflows that were open before there was Finish, and asked as late as that.
func (s *Store) Conclude(ctx context.Context, id hold.ID) (p hold.Progress, err error) {
	err = s.update(ctx, func(t *tx) error {
		l, err := t.fetch(id)
		if err != nil {
			return err
		}
		p, err = t.conclude(&l)
		return err
	})
	return p, err
}

func (t *tx) conclude(l *hold.Standing) (hold.Progress, error) {
	if l.Status.Decided() {
		return l.Over(), nil
	}
	switch step := l.Walk(); step.Do {
	case hold.DoDecide:
		if err := t.decide(l, step.Outcome, step.Reason, authorOf(*l, step.Reason)); err != nil {
			return hold.Progress{}, err
		}
		return l.Over(), nil
	case hold.DoOpen:
		return hold.Progress{State: hold.Opening, Revision: l.Revision, Rung: step.Rung}, nil
	default:
		return t.wait(*l, step.Until)
	}
}

// concludeRefusal reverses a hold when that is due, for everybody who is not
// about to tell the ledger: a report, a disposition, an amendment. A release is
// left as it stands.
func (t *tx) concludeRefusal(l *hold.Standing) error {
	if l.Status.Decided() {
		return nil
	}
	step := l.Walk()
	if step.Do != hold.DoDecide || step.Outcome != hold.Reverse {
		return nil
	}
	if err := t.decide(l, step.Outcome, step.Reason, authorOf(*l, step.Reason)); err != nil {
		return err
	}
	return t.outbox(l.ID, OutboxWake, l.Now)
}

func authorOf(l hold.Standing, why hold.Reason) string {
	switch why {
	case hold.ReasonApproved, hold.ReasonRefused, hold.ReasonNotMe:
		return ActorCustomer
	case hold.ReasonOverride:
		return l.Overridden
	}
	return "policy"
}

// closeWork ends what agents still had to do about a hold, and what waited for
// a second person.
func (t *tx) closeWork(l hold.Standing, cause string) error {
	if err := t.closeTasks(l.Request.CustomerID, "hold_id", string(l.ID), cause, l.Now); err != nil {
		return err
	}
	return t.voidPending(`hold_id = ?`, string(l.ID), cause, l.Now)
}

// decide writes the one decision. The hold's row is locked; the decision's
// primary key would refuse a second.
func (t *tx) decide(l *hold.Standing, o hold.Outcome, why hold.Reason, author string) error {
	if !l.Status.CanBecome(o.Deciding()) {
		return errors.New(string(l.ID) + ": cannot be decided while " + string(l.Status))
	}
	d := hold.Decision{HoldID: l.ID, Outcome: o, Reason: why, Author: author, DecidedAt: l.Now}
	if _, err := t.exec(`INSERT INTO decisions (hold_id, outcome, reason, author, decided_at) VALUES (?, ?, ?, ?, ?)`,
		d.HoldID, d.Outcome, d.Reason, d.Author, d.DecidedAt); err != nil {
		return err
	}
	if _, err := t.exec(`UPDATE holds SET status = ?, decided_at = ?, look_at = ? WHERE id = ? AND status = 'held'`,
		o.Deciding(), l.Now, l.Now, l.ID); err != nil {
		return err
	}
	if err := t.cancelOpen(l.Challenges, "decided", l.Now); err != nil {
		return err
	}
	l.Status, l.Decision = o.Deciding(), &d
	if err := t.closeWork(*l, "decided"); err != nil {
		return err
	}
	t.publish(string(l.ID), string(l.Request.CustomerID), TopicDecisions)
	return t.entry(string(l.ID), "hold.decided", author, l.Now, map[string]any{
		"outcome": o, "reason": why, "revision": l.Revision, "tx_digest": l.TxDigest})
}
