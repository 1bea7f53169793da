package store

import (
	"context"

	"holdfast/hold"
)

// ResendOutcome says what became of a wish for the text once more.
type ResendOutcome string

const (
	Resent         ResendOutcome = "resent"
	ResendEarly    ResendOutcome = "resend_too_early" // at Again it may be
	ResendSpent    ResendOutcome = "resend_limit"     // no more texts for this hold or number
	ResendMismatch ResendOutcome = "channel_mismatch" // this challenge is not asked by text
	ResendLate     ResendOutcome = "late"             // Late says why
)

// ResendResult is the outcome with when the next one may be.
type ResendResult struct {
	Outcome ResendOutcome
	Late    hold.AnswerOutcome
	Again   hold.Instant
	Now     hold.Instant
	HoldID  hold.ID
}

// Resend queues the same text again: the same code, and no longer life.
func (s *Store) Resend(ctx context.Context, customer hold.CustomerID, id hold.ChallengeID) (res ResendResult, err error) {
	err = s.update(ctx, func(t *tx) error {
		l, c, err := t.fetchChallenge(customer, id)
		if err != nil {
			return err
		}
		res, err = t.resend(l, *c)
		res.Now, res.HoldID = l.Now, l.ID
		return err
	})
	return res, err
}

// textsAsking counts the texts with a code of a challenge's hold, and tells when
// the challenge's last was queued.
func (t *tx) textsAsking(c hold.Challenge) (int, hold.Instant, error) {
	var n struct {
		Hold int          `db:"of_hold"`
		Last hold.Instant `db:"latest"`
	}
	err := t.get(&n, `SELECT COUNT(*) AS of_hold, COALESCE(MAX(CASE WHEN challenge_id = ? THEN created_at END), 0) AS latest FROM texts
		WHERE hold_id = ? AND kind IN ('challenge', 'reminder') AND status <> 'cancelled'`, c.ID, c.HoldID)
	return n.Hold, n.Last, err
}

func (t *tx) resend(l hold.Standing, c hold.Challenge) (ResendResult, error) {
	if c.Channel != hold.SMS {
		return ResendResult{Outcome: ResendMismatch}, nil
	}
	if late := l.Late(c); late != hold.AnswerAccepted {
		return ResendResult{Outcome: ResendLate, Late: late}, nil
	}
	n, last, err := t.textsAsking(c)
	if err != nil {
		return ResendResult{}, err
	}
	if again := last.Add(resendAfter); again > l.Now {
		return ResendResult{Outcome: ResendEarly, Again: again}, nil
	}
	p := l.Customer.Phone(c.NumberID)
	if n >= maxTextsHold || p == nil {
		return ResendResult{Outcome: ResendSpent}, nil
	}
	if limited, err := t.numberLimited(p.ID, l.Now); err != nil || limited {
		return ResendResult{Outcome: ResendSpent}, err
	}
	err = t.addText(hold.TextReminder, l.Customer.ID, *p, l.ID, c.ID, l.Terms.ContactRules(), l.Now, min(c.ExpiresAt, l.Deadline))
	return ResendResult{Outcome: Resent, Again: l.Now.Add(resendAfter)}, err
}
