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
	Judge       func(h hold.Hold, c hold.Challenge, now hold.Instant) (Judgement, error)
}

// The refusals of a code.
const (
	codeExhausted  = "challenge_exhausted"
	codeIncorrect  = "code_incorrect"
	codeMismatched = "channel_mismatch"
)

// AnswerCode judges a code in one transaction: lock, count, judge, record. When
// the tries are spent nothing is compared any more, and the right code fails
// too.
func (s *Store) AnswerCode(ctx context.Context, a CodeAttempt) (res AnswerResult, err error) {
	err = s.update(ctx, func(t *tx) error {
		l, c, err := t.lookChallenge(a.CustomerID, a.ChallengeID)
		if err != nil {
			return err
		}
		res, err = t.answerCode(&l, c, a)
		return err
	})
	return res, err
}

func (t *tx) answerCode(l *looked, c *hold.Challenge, a CodeAttempt) (AnswerResult, error) {
	res := AnswerResult{HoldID: l.ID, Standing: c.Answer, Decision: l.Decision, Outcome: AnswerRefused}
	by := Attempt{Via: "app"}
	refuse := func(code string) (AnswerResult, error) {
		res.Refusal = code
		return res, t.refused(*l, *c, by, code)
	}
	if _, err := t.exec(`UPDATE challenges SET attempts = attempts + 1 WHERE id = ?`, c.ID); err != nil {
		return res, err
	}
	c.Attempts++
	late := l.late(*c)
	switch spent, err := t.triesSpent(*l, *c); {
	case err != nil:
		return res, err
	case c.Channel != hold.SMS:
		return refuse(codeMismatched)
	case late == LateExpired && (c.Cause == causeTries || c.Cause == causeMisses), late == AnswerAccepted && (spent || l.customer.phone(c.NumberID) == nil):
		return refuse(codeExhausted)
	case spent: // too late, and nothing to compare
		res.Outcome = late
		return res, nil
	}
	if _, err := t.exec(`UPDATE challenges SET tries = tries + 1 WHERE id = ?`, c.ID); err != nil {
		return res, err
	}
	c.Tries++
	j, err := a.Judge(l.Hold, *c, l.now)
	if err != nil {
		return res, err
	}
	switch {
	case late != AnswerAccepted && j.Refusal != "":
		res.Outcome = late
		return res, nil
	case late != AnswerAccepted:
		res.Outcome, res.Answer = late, j.Answer
		return res, t.recordLate(*l, *c, by, j, late)
	case j.Refusal != "":
		if err := t.miss(l, c, "app"); err != nil {
			return res, err
		}
		res.TriesLeft, err = t.triesLeft(*l, *c)
		if err != nil {
			return res, err
		}
		if res.TriesLeft == 0 {
			if err := t.exhaust(l, c); err != nil {
				return res, err
			}
		}
		return refuse(codeIncorrect)
	}
	if _, err := t.exec(`UPDATE customers SET misses_row = 0 WHERE id = ?`, l.customer.ID); err != nil {
		return res, err
	}
	res.Outcome, res.Answer, res.Standing = AnswerAccepted, j.Answer, j.Answer
	return res, t.stands(l, c, by, j)
}

// miss counts a wrong code. The customer's row is locked.
func (t *tx) miss(l *looked, c *hold.Challenge, source string) error {
	if _, err := t.exec(`INSERT INTO misses (customer_id, hold_id, challenge_id, number_id, source, at) VALUES (?, ?, ?, ?, ?, ?)`,
		l.customer.ID, l.ID, c.ID, c.NumberID, source, l.now); err != nil || source != "app" {
		return err
	}
	l.customer.MissesRow++
	_, err := t.exec(`UPDATE customers SET misses_row = misses_row + 1 WHERE id = ?`, l.customer.ID)
	return err
}

// triesLeft is how many more codes may be tried, by challenge, hold and
// customer, whichever is least.
func (t *tx) triesLeft(l looked, c hold.Challenge) (int, error) {
	var n struct {
		Hold     int `db:"of_hold"`
		Customer int `db:"of_customer"`
	}
	err := t.get(&n, `SELECT (SELECT COUNT(*) FROM misses WHERE hold_id = ? AND source = 'app') AS of_hold,
		(SELECT COUNT(*) FROM misses WHERE customer_id = ? AND source = 'app' AND at > ?) AS of_customer`,
		l.ID, l.customer.ID, max(l.now.Add(-missWindow), l.customer.MissesSince))
	return max(0, min(maxTries-c.Tries, maxTriesHold-n.Hold, maxMisses-n.Customer, maxMissesInRow-l.customer.MissesRow)), err
}

func (t *tx) triesSpent(l looked, c hold.Challenge) (bool, error) {
	left, err := t.triesLeft(l, c)
	return left == 0, err
}

// missesSpent tells whether the customer has missed too often to be asked for a
// code.
func (t *tx) missesSpent(c Customer, now hold.Instant) (bool, error) {
	var n int
	err := t.get(&n, `SELECT COUNT(*) FROM misses WHERE customer_id = ? AND source = 'app' AND at > ?`, c.ID, max(now.Add(-missWindow), c.MissesSince))
	return n >= maxMisses || c.MissesRow >= maxMissesInRow, err
}

// causeTries closes a challenge whose tries are spent: nobody has answered it,
// so that the rung goes on as unanswered.
const causeTries = "tries_spent"

// exhaust closes what cannot be answered by a code any more: the challenge, or
// the hold's, or every one of the customer's.
func (t *tx) exhaust(l *looked, c *hold.Challenge) error {
	all, err := t.missesSpent(l.customer, l.now)
	if err != nil {
		return err
	}
	if all {
		var open []hold.Challenge
		if err := t.all(&open, `SELECT * FROM challenges WHERE customer_id = ? AND channel = 'sms' AND status = 'open' AND hold_id <> ? ORDER BY hold_id, id`, l.customer.ID, l.ID); err != nil {
			return err
		}
		if err := t.giveUp(open, causeMisses, l.now); err != nil {
			return err
		}
	}
	var left int
	if left, err = t.triesLeft(*l, hold.Challenge{}); err != nil {
		return err
	}
	for i, o := range l.challenges {
		if o.Channel == hold.SMS && o.Status == hold.Open && (o.ID == c.ID || left == 0) {
			if err := t.closeChallenge(o, hold.Expired, causeTries, l.now); err != nil {
				return err
			}
			l.challenges[i].Status, l.challenges[i].Cause = hold.Expired, causeTries
		}
	}
	t.count("tries_spent")
	return t.outbox(l.ID, OutboxWake, l.now)
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
}

// CodeTries reads what the app shows beside the field for a code.
func (s *Store) CodeTries(ctx context.Context, c hold.Challenge) (out CodeTries, err error) {
	err = s.view(ctx, func(t *tx) error {
		l := looked{Hold: hold.Hold{ID: c.HoldID}}
		var err error
		if l.customer, err = t.customer(c.CustomerID); err != nil {
			return err
		}
		if l.now, err = t.now(); err != nil {
			return err
		}
		if out.Left, err = t.triesLeft(l, c); err != nil {
			return err
		}
		if p := l.customer.phone(c.NumberID); p != nil {
			out.Number = p.Number
		}
		n, last, err := t.textsAsking(c)
		if n < maxTextsHold {
			out.ResendAt = last.Add(resendAfter)
		}
		return err
	})
	return out, err
}
