package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"

	"holdfast/hold"
)

// Attempt is an attempt at answering a challenge. Device is the one that the
// proof names; Judge is pure and is called after the attempt was counted. It
// is given a nil device when the customer has none of that id.
type Attempt struct {
	CustomerID  hold.CustomerID
	ChallengeID hold.ChallengeID
	DeviceID    hold.DeviceID
	ProofDigest hold.Digest
	Via         string         // for codes: app or reply; for dispositions: agent
	Actor       string         // empty: the customer
	more        map[string]any // for the entry: of which call, by whom
	Judge       func(h hold.Hold, c hold.Challenge, d *hold.Device, now hold.Instant) (hold.Verdict, error)
}

// AnswerResult is the outcome with what stands.
type AnswerResult struct {
	Outcome   hold.AnswerOutcome
	Refusal   hold.Refusal // for hold.AnswerRefused
	HoldID    hold.ID
	Answer    hold.Answer // as judged; empty when refused
	Standing  hold.Answer // the challenge's standing answer, when there is one
	Decision  *hold.Decision
	TriesLeft int          // after a wrong code
	NotBefore hold.Instant // of a hold that waits
}

// maxRefusalEntries bounds what one challenge's refused attempts add to the
// trail. Every attempt is counted.
const maxRefusalEntries = 50

// Answer judges an attempt in one transaction: lock, count, judge, record. An
// accepted answer is durable when it returns. A challenge of another customer
// is ErrNotFound, like one that does not exist.
func (s *Store) Answer(ctx context.Context, a Attempt) (res AnswerResult, err error) {
	err = s.update(ctx, func(t *tx) error { res, err = t.answer(a); return err })
	return res, err
}

func (t *tx) answer(a Attempt) (AnswerResult, error) {
	l, c, err := t.fetchChallenge(a.CustomerID, a.ChallengeID)
	if err != nil {
		return AnswerResult{}, err
	}
	c.Attempts++ // whatever becomes of it
	res := AnswerResult{HoldID: l.ID, Standing: c.Answer, Decision: l.Decision}
	j, err := a.Judge(l.Hold, *c, l.Customer.Device(a.DeviceID), l.Now)
	if err != nil {
		return res, err
	}
	if j.Refusal == "" && j.Signals != nil {
		if err := t.keepSignals(a.DeviceID, *j.Signals, l.Now); err != nil {
			return res, err
		}
	}
	seen, err := t.seenBefore(*c, a.ProofDigest)
	if err != nil {
		return res, err
	}
	switch {
	case j.Refusal != "":
		res.Outcome, res.Refusal = hold.AnswerRefused, j.Refusal
	case j.Answer == hold.Approve && !l.Status.Decided() && l.MayPay(*c, l.Now) != "":
		res.Outcome, res.Refusal, res.NotBefore = hold.AnswerRefused, l.MayPay(*c, l.Now), l.NotBefore
	case seen:
		res.Outcome, res.Refusal = hold.AnswerReplayed, hold.ProofReplayed
	default:
		res.Answer, res.Outcome = j.Answer, l.Takes(*c, j.Answer)
	}
	if res.Outcome == hold.AnswerAccepted { // and is counted with that
		res.Standing = j.Answer
		return res, t.stands(&l, c, a, j)
	}
	t.later(`UPDATE challenges SET attempts = ? WHERE id = ?`, c.Attempts, c.ID)
	if res.Refusal != "" {
		return res, t.refused(l, *c, a, res.Refusal)
	}
	return res, t.recordLate(l, *c, a, j, res.Outcome)
}

// seenBefore tells whether a proof has answered the question before. The first
// attempt's has not.
func (t *tx) seenBefore(c hold.Challenge, proof hold.Digest) (bool, error) {
	if c.Attempts == 1 {
		return false, nil
	}
	var n int
	err := t.get(&n, `SELECT COUNT(*) FROM answers WHERE challenge_id = ? AND proof_digest = ?`, c.ID, proof)
	return n > 0, err
}

// fetchChallenge fetches the hold of a customer's challenge and finds it there.
func (t *tx) fetchChallenge(customer hold.CustomerID, id hold.ChallengeID) (l hold.Standing, c *hold.Challenge, err error) {
	if l, err = t.fetchOf(`(SELECT hold_id FROM challenges WHERE id = ? AND customer_id = ?)`, []any{id, customer}); err != nil {
		return l, nil, err
	}
	for i := range l.Challenges {
		if l.Challenges[i].ID == id {
			return l, &l.Challenges[i], nil
		}
	}
	return l, nil, errors.New(string(id) + " has left its hold")
}

func (t *tx) refused(l hold.Standing, c hold.Challenge, a Attempt, code hold.Refusal) error {
	if c.Attempts > maxRefusalEntries {
		return nil
	}
	return t.entry(string(l.ID), "answer.refused", ActorCustomer, l.Now, a.body(l, map[string]any{
		"challenge_id": c.ID, "refusal": code, "attempt": c.Attempts}))
}

// body adds to an entry's body what the attempt came from.
func (a Attempt) body(l hold.Standing, body map[string]any) map[string]any {
	if a.Via != "" {
		body["via"] = a.Via
		maps.Copy(body, a.more)
	} else {
		body["device_id"] = l.KnownDevice(a.DeviceID)
	}
	return body
}

func (t *tx) insertAnswer(l hold.Standing, c hold.Challenge, a Attempt, j hold.Verdict, late hold.AnswerOutcome) {
	t.later(`INSERT INTO answers (id, challenge_id, device_id, answer, uv, proof_digest, late, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		NewID("ans"), c.ID, a.DeviceID, j.Answer, j.UV, a.ProofDigest, late, l.Now)
}

// recordLate keeps a good answer that came too late. A not_me freezes whenever
// it comes, and a refusal of what was released is offered for recall. An app that lost
// the acknowledgement says again what stands, in a session that was opened since the
// freeze: it needs that one to read the outcome.
func (t *tx) recordLate(l hold.Standing, c hold.Challenge, a Attempt, j hold.Verdict, late hold.AnswerOutcome) error {
	t.insertAnswer(l, c, a, j, late)
	if c.Attempts <= maxRefusalEntries {
		if err := t.entry(string(l.ID), "answer.late", ActorCustomer, l.Now, a.body(l, map[string]any{
			"challenge_id": c.ID, "answer": j.Answer, "late": late})); err != nil {
			return err
		}
	}
	if j.Answer != hold.Approve {
		if err := t.recall(&l, j.Answer, ActorCustomer, a.Via == ""); err != nil {
			return err
		}
	}
	switch {
	case j.Answer != hold.NotMe:
		return nil
	case c.Answer == hold.NotMe && l.Customer.FrozenAt != 0:
		return t.notUnfrozen(l.Customer.ID, l.Now)
	}
	return t.freeze(l.Customer, l.Now, ActorCustomer, "not_me", l.ID)
}

// stands makes the answer the challenge's own and wakes the workflow.
func (t *tx) stands(l *hold.Standing, c *hold.Challenge, a Attempt, j hold.Verdict) error {
	if !c.Status.CanBecome(hold.Answered) {
		return fmt.Errorf("%s: cannot be answered while %s", c.ID, c.Status)
	}
	if c.Answer != "" {
		t.later(`UPDATE answers SET late = 'overruled' WHERE challenge_id = ? AND late = ''`, c.ID)
	}
	t.insertAnswer(*l, *c, a, j, "")
	t.later(`UPDATE challenges SET status = 'answered', answer = ?, closed_at = ?, void_at = 0, attempts = ? WHERE id = ?`, j.Answer, l.Now,
		c.Attempts, c.ID)
	c.Status, c.Answer, c.ClosedAt, c.VoidAt = hold.Answered, j.Answer, l.Now, 0
	body := a.body(*l, map[string]any{"challenge_id": c.ID, "channel": c.Channel, "answer": j.Answer, "uv": j.UV, "tx_digest": c.TxDigest})
	if a.ProofDigest != "" { // never of a code: a digest of six digits gives them away
		body["proof_digest"] = a.ProofDigest
	}
	actor := cmp.Or(a.Actor, ActorCustomer)
	if err := t.entry(string(l.ID), "answer.accepted", actor, l.Now, body); err != nil {
		return err
	}
	if c.Channel == hold.Callback || c.Channel == hold.FaceLink {
		if err := t.closeTasks(l.Request.CustomerID, "challenge_id", string(c.ID), "answered", l.Now); err != nil {
			return err
		}
	}
	if j.Answer != hold.Approve {
		if err := t.speakAgainst(l); err != nil {
			return err
		}
	}
	if j.Answer == hold.NotMe {
		if err := t.freeze(l.Customer, l.Now, actor, "not_me", l.ID); err != nil {
			return err
		}
	}
	t.later(`UPDATE holds SET look_at = ? WHERE id = ?`, l.Now, l.ID)
	t.publish(string(l.ID), string(l.Request.CustomerID))
	t.wake(l.ID, l.Now)
	return nil
}
