package store

import (
	"context"
	"errors"
	"slices"
	"strings"

	"holdfast/audit"
	"holdfast/hold"
)

// fetch is the first two of the three steps by which a hold is decided: lock, then
// read. The clock is read after the locks. It is lockAll and read in one trip.
// What else is asked is read last.
func (t *tx) fetch(id hold.ID, more ...statement) (hold.Standing, error) {
	return t.fetchOf(`?`, []any{id}, more...)
}

// fetchOf is fetch of the hold whose id an expression gives.
func (t *tx) fetchOf(id string, args []any, more ...statement) (l hold.Standing, err error) {
	var (
		r     holdRow
		e     events
		heads []audit.Head
	)
	theirs := `(SELECT customer_id FROM holds WHERE id = ` + id + `)`
	steps := append(t.lockedHold(&r, id, args...),
		one(&l.Customer, `SELECT * FROM customers WHERE id = `+theirs+t.lock("NO KEY UPDATE"), args...),
		some(&l.Customer.Devices, `SELECT * FROM devices WHERE customer_id = `+theirs+` ORDER BY id`, args...),
		some(&l.Customer.Phones, strings.Replace(phonesOf, "p.customer_id = ?", "p.customer_id = "+theirs, 1), args...), clock(&l.Now))
	steps = append(append(steps, e.of(id, args...)...), t.headOf(&heads, id, args...))
	steps = append(steps, more...)
	if err := t.together(steps...); err != nil {
		return l, err
	}
	t.knows(string(r.ID), heads)
	if l.Hold, err = r.hold(); err == nil {
		e.fill(&l)
	}
	return l, err
}

// read fills in what happened to the hold.
func (t *tx) read(l *hold.Standing) error {
	var e events
	if err := t.together(e.of(`?`, l.ID)...); err != nil {
		return err
	}
	e.fill(l)
	return nil
}

// events are what happened to a hold, as they are read.
type events struct {
	kept struct {
		LookAt     hold.Instant `db:"look_at"`
		Overridden string       `db:"overridden"`
		Received   int          `db:"received"` // of the open rung's questions
		Busy       hold.Instant `db:"busy"`
		Work       int          `db:"work"`
		Verdict    string       `db:"mule_verdict"` // on its payee, until then
		Until      hold.Instant `db:"mule_until"`
		Mark       string       `db:"mark_verdict"` // brought to it, under whichever id its payee was judged, or in that one's place
		MarkUntil  hold.Instant `db:"mark_until"`
	}
	challenges []hold.Challenge
}

func (e *events) of(id string, args ...any) []statement {
	return []statement{one(&e.kept, `SELECT h.look_at, COALESCE((SELECT a.second FROM approvals a
			WHERE a.hold_id = h.id AND a.kind = 'override' AND a.status = 'approved' AND a.revision = h.revision), '') AS overridden,
		(SELECT COUNT(*) FROM receipts r JOIN challenges c ON c.id = r.challenge_id
			WHERE c.hold_id = h.id AND c.revision = h.revision AND c.rung = h.rung) AS received, `+busyUntil+` AS busy,
		(SELECT COUNT(*) FROM tasks k WHERE k.hold_id = h.id AND k.hold_id <> '' AND k.status <> 'closed')
			+ (SELECT COUNT(*) FROM approvals a WHERE a.hold_id = h.id AND a.status = 'pending') AS work,
		COALESCE(v.id, '') AS mule_verdict, COALESCE(v.until_at, 0) AS mule_until,
		COALESCE(m.id, '') AS mark_verdict, COALESCE(m.until_at, 0) AS mark_until
		FROM holds h LEFT JOIN payee_verdicts v ON v.payee_id = h.payee_id AND h.payee_id <> '' AND v.status = 'in_force' AND v.kind = 'mule'
		LEFT JOIN payee_verdicts o ON o.id = h.verdict_id AND h.verdict_id <> ''
		LEFT JOIN payee_verdicts m ON m.id = CASE WHEN o.ended_by <> '' THEN o.ended_by ELSE o.id END
			AND m.status = 'in_force' AND m.kind = 'mule'
		WHERE h.id = `+id, args...),
		some(&e.challenges, `SELECT * FROM challenges WHERE hold_id = `+id+` ORDER BY revision, rung, channel`, args...)}
}

func (e *events) fill(l *hold.Standing) {
	l.LookAt, l.Overridden, l.Challenges, l.Work = e.kept.LookAt, e.kept.Overridden, e.challenges, e.kept.Work > 0
	l.Received = l.RungFirstEndsAt != 0 && e.kept.Received > 0
	l.MuleVerdict, l.Renewed = "", false
	switch {
	case e.kept.MarkUntil > l.Now: // an account may be on record under two ids
		l.MuleVerdict, l.Renewed = e.kept.Mark, e.kept.Mark != l.VerdictID
	case e.kept.Until > l.Now:
		l.MuleVerdict = e.kept.Verdict
	}
	if asksPeople(*l) {
		l.Busy = e.kept.Busy
	}
}

// wait records when somebody has to look again, for the sweeper, and says how
// long that is, and what is to be brought to the customer.
func (t *tx) wait(l hold.Standing, until hold.Instant) (hold.Progress, error) {
	if l.LookAt != until {
		t.setHold(l.ID, []string{"look_at"}, until)
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
	step, err := t.walk(l)
	if err != nil {
		return hold.Progress{}, err
	}
	switch step.Do {
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
	t.wake(l.ID, l.Now)
	return nil
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
// a second person, where there was anything as the hold was read, or since.
func (t *tx) closeWork(l hold.Standing, cause string) error {
	if !l.Work && !t.gaveWork {
		return nil
	}
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
	t.later(`INSERT INTO decisions (hold_id, outcome, reason, author, decided_at) VALUES (?, ?, ?, ?, ?)`,
		d.HoldID, d.Outcome, d.Reason, d.Author, d.DecidedAt)
	t.later(`UPDATE holds SET status = ?, decided_at = ?, look_at = ? WHERE id = ? AND status = 'held'`,
		o.Deciding(), l.Now, l.Now, l.ID)
	if err := t.cancelOpen(l.Challenges, "decided", l.Now); err != nil {
		return err
	}
	l.Status, l.Decision = o.Deciding(), &d
	if err := t.closeWork(*l, "decided"); err != nil {
		return err
	}
	if why == hold.ReasonLocked && !l.Customer.HasApp() && !slices.ContainsFunc(l.Challenges, func(c hold.Challenge) bool {
		return c.Channel == hold.SMS // then the outcome goes where a text had asked
	}) {
		if _, err := t.textFirst(*l, hold.TextOutcome); err != nil {
			return err
		}
	}
	t.publish(string(l.ID), string(l.Request.CustomerID), TopicDecisions)
	return t.entry(string(l.ID), "hold.decided", author, l.Now, map[string]any{
		"outcome": o, "reason": why, "revision": l.Revision, "tx_digest": l.TxDigest})
}
