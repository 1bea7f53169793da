package store

import (
	"context"

	"holdfast/hold"
)

// CodeAttempt is a code that a customer typed in the app. Judge compares it,
// in constant time, and is called only for an attempt that was counted.
type CodeAttempt struct {
	CustomerID  hold.CustomerID
	ChallengeID hold.ChallengeID
	Judge       func(h hold.Hold, c hold.Challenge, now hold.Instant) (hold.Verdict, error)
}

// AnswerCode judges a code in one transaction: lock, count, judge, record. When
// the tries are spent nothing is compared any more, and the right code fails
// too.
func (s *Store) AnswerCode(ctx context.Context, a CodeAttempt) (res AnswerResult, err error) {
	err = s.update(ctx, func(t *tx) error {
		l, c, err := t.fetchChallenge(a.CustomerID, a.ChallengeID)
		if err != nil {
			return err
		}
		res, err = t.answerCode(&l, c, a)
		return err
	})
	return res, err
}

func (t *tx) answerCode(l *hold.Standing, c *hold.Challenge, a CodeAttempt) (AnswerResult, error) {
	res := AnswerResult{HoldID: l.ID, Standing: c.Answer, Decision: l.Decision, Outcome: hold.AnswerRefused}
	by := Attempt{Via: "app"}
	refuse := func(code hold.Refusal) (AnswerResult, error) {
		res.Refusal = code
		return res, t.refused(*l, *c, by, code)
	}
	if _, err := t.exec(`UPDATE challenges SET attempts = attempts + 1 WHERE id = ?`, c.ID); err != nil {
		return res, err
	}
	c.Attempts++
	late := l.Late(*c)
	missed, err := t.misses(*l, *c)
	spent := missed.Left() == 0
	switch {
	case err != nil:
		return res, err
	case c.Channel != hold.SMS:
		return refuse(hold.ChannelMismatch)
	case !l.Status.Decided() && l.MayPay(*c, l.Now) != "": // spends no try
		res.NotBefore = l.NotBefore
		return refuse(l.MayPay(*c, l.Now))
	case late == hold.LateExpired && (c.Cause == causeTries || c.Cause == causeMisses), late == hold.AnswerAccepted &&
		(spent || l.Customer.Phone(c.NumberID) == nil):
		return refuse(hold.CodesExhausted)
	case spent: // too late, and nothing to compare
		res.Outcome = late
		return res, nil
	}
	if _, err := t.exec(`UPDATE challenges SET tries = tries + 1 WHERE id = ?`, c.ID); err != nil {
		return res, err
	}
	c.Tries++
	j, err := a.Judge(l.Hold, *c, l.Now)
	if err != nil {
		return res, err
	}
	switch {
	case late != hold.AnswerAccepted && j.Refusal != "":
		res.Outcome = late
		return res, nil
	case late != hold.AnswerAccepted:
		res.Outcome, res.Answer = late, j.Answer
		return res, t.recordLate(*l, *c, by, j, late)
	case j.Refusal != "":
		if res.TriesLeft, err = t.wrongCode(l, c); err != nil {
			return res, err
		}
		return refuse(hold.CodeIncorrect)
	}
	if _, err := t.exec(`UPDATE customers SET misses_row = 0 WHERE id = ?`, l.Customer.ID); err != nil {
		return res, err
	}
	res.Outcome, res.Answer, res.Standing = hold.AnswerAccepted, j.Answer, j.Answer
	return res, t.stands(l, c, by, j)
}

// wrongCode counts a wrong code, closes what cannot be answered by one any more,
// and tells how many may still be tried.
func (t *tx) wrongCode(l *hold.Standing, c *hold.Challenge) (left int, err error) {
	if err := t.miss(l, c, "app"); err != nil {
		return 0, err
	}
	missed, err := t.misses(*l, *c)
	if err != nil || missed.Left() > 0 {
		return missed.Left(), err
	}
	return 0, t.exhaust(l, c)
}

// miss counts a wrong code. The customer's row is locked.
func (t *tx) miss(l *hold.Standing, c *hold.Challenge, source string) error {
	if _, err := t.exec(`INSERT INTO misses (customer_id, hold_id, challenge_id, number_id, source, at) VALUES (?, ?, ?, ?, ?, ?)`,
		l.Customer.ID, l.ID, c.ID, c.NumberID, source, l.Now); err != nil || source != "app" {
		return err
	}
	l.Customer.MissesRow++
	_, err := t.exec(`UPDATE customers SET misses_row = misses_row + 1 WHERE id = ?`, l.Customer.ID)
	return err
}

// misses counts the wrong codes that bear on a challenge.
func (t *tx) misses(l hold.Standing, c hold.Challenge) (hold.Misses, error) {
	var n struct {
		Hold     int `db:"of_hold"`
		Customer int `db:"of_customer"`
	}
	err := t.get(&n, `SELECT (SELECT COUNT(*) FROM misses WHERE hold_id = ? AND source = 'app') AS of_hold,
		(SELECT COUNT(*) FROM misses WHERE customer_id = ? AND source = 'app' AND at > ?) AS of_customer`,
		l.ID, l.Customer.ID, max(l.Now.Add(-hold.MissWindow), l.Customer.MissesSince))
	return hold.Misses{Challenge: c.Tries, Hold: n.Hold, Customer: n.Customer, InRow: l.Customer.MissesRow}, err
}

// causeTries closes a challenge whose tries are spent: nobody has answered it,
// so that the rung goes on as unanswered.
const causeTries = "tries_spent"

// exhaust closes what cannot be answered by a code any more: the challenge, or
// the hold's, or every one of the customer's.
func (t *tx) exhaust(l *hold.Standing, c *hold.Challenge) error {
	missed, err := t.misses(*l, hold.Challenge{})
	if err != nil {
		return err
	}
	if missed.Spent() {
		var open []hold.Challenge
		if err := t.all(&open, `SELECT * FROM challenges WHERE customer_id = ? AND channel = 'sms' AND status = 'open' AND hold_id <> ?
			ORDER BY hold_id, id`, l.Customer.ID, l.ID); err != nil {
			return err
		}
		if err := t.giveUp(open, causeMisses, l.Now); err != nil {
			return err
		}
	}
	for i, o := range l.Challenges {
		if o.Channel == hold.SMS && o.Status == hold.Open && (o.ID == c.ID || missed.Left() == 0) {
			if err := t.closeChallenge(o, hold.Expired, causeTries, l.Now); err != nil {
				return err
			}
			l.Challenges[i].Status, l.Challenges[i].Cause = hold.Expired, causeTries
		}
	}
	t.count("tries_spent")
	t.wake(l.ID, l.Now)
	return nil
}

// ResetCounters lets a customer be asked for codes again, on the bank's word.
func (s *Store) ResetCounters(ctx context.Context, id hold.CustomerID, actor string) error {
	return s.update(ctx, func(t *tx) error {
		if _, err := t.lockCustomer(id); err != nil {
			return err
		}
		now, err := t.now()
		if err != nil {
			return err
		}
		if _, err := t.exec(`UPDATE customers SET misses_row = 0, misses_since = ? WHERE id = ?`, now, id); err != nil {
			return err
		}
		return t.entry("customer:"+string(id), "counters.reset", actor, now, map[string]any{})
	})
}

// CodeTries is how many more codes may be tried for an SMS challenge, for the
// app to show; ResendAt is when the text may be had again, zero when not.
type CodeTries struct {
	Left     int
	ResendAt hold.Instant
	Number   string // E.164
	Sent     bool   // a text with the code has gone out
}

// CodeTries reads what the app shows beside the field for a code.
func (s *Store) CodeTries(ctx context.Context, c hold.Challenge) (out CodeTries, err error) {
	err = s.view(ctx, func(t *tx) error {
		l := hold.Standing{Hold: hold.Hold{ID: c.HoldID}}
		var err error
		if l.Customer, err = t.customer(c.CustomerID); err != nil {
			return err
		}
		if l.Now, err = t.now(); err != nil {
			return err
		}
		missed, err := t.misses(l, c)
		if err != nil {
			return err
		}
		out.Left = missed.Left()
		if p := l.Customer.Phone(c.NumberID); p != nil {
			out.Number = p.Number
		}
		n, last, err := t.textsAsking(c)
		if err != nil {
			return err
		}
		if n < maxTextsHold {
			out.ResendAt = last.Add(resendAfter)
		}
		return t.get(&out.Sent, `SELECT COUNT(*) > 0 FROM texts WHERE challenge_id = ? AND status IN ('sent', 'delivered')`, c.ID)
	})
	return out, err
}
