package store

import (
	"context"
	"fmt"

	"holdfast/hold"

	"github.com/jmoiron/sqlx"
)

// Challenges reads a hold's challenges in the order in which they were asked.
func (s *Store) Challenges(ctx context.Context, id hold.ID) (cs []hold.Challenge, err error) {
	return cs, s.all(ctx, &cs, `SELECT * FROM challenges WHERE hold_id = ? ORDER BY revision, rung, channel`, id)
}

// ChallengesOf reads the challenges of up to 200 holds, hold by hold in the
// order in which they were asked.
func (s *Store) ChallengesOf(ctx context.Context, ids []hold.ID) (cs []hold.Challenge, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	q, args, err := sqlx.In(`SELECT * FROM challenges WHERE hold_id IN (?) ORDER BY hold_id, revision, rung, channel`, ids)
	if err != nil {
		return nil, err
	}
	return cs, s.all(ctx, &cs, q, args...)
}

// inApp are the challenges c that the app's socket shows: pushes, and face checks
// whose link goes to no number.
const inApp = `(c.channel = 'push' OR c.channel = 'facelink' AND c.number_id = '')`

// Questions are what a customer's app has to show at one instant.
type Questions struct {
	Now     hold.Instant
	Open    []hold.Challenge // to be answered in the app: pushes, and texts whose code may be typed there
	Waiting []hold.Challenge // all that was asked about payments that wait, for a time or for a call
}

// Questions reads what a customer can answer in the app now, and what waits, in one
// statement: those of whom nothing waits pay nothing for it.
func (s *Store) Questions(ctx context.Context, id hold.CustomerID) (q Questions, err error) {
	if q.Now, err = s.Now(ctx); err != nil {
		return q, err
	}
	var found []struct {
		hold.Challenge
		Waits bool `db:"waits"`
	}
	err = s.all(ctx, &found, `SELECT * FROM (SELECT c.*, false AS waits FROM challenges c JOIN customers u ON u.id = c.customer_id
			WHERE c.customer_id = ? AND c.status = 'open' AND c.channel IN ('push', 'sms', 'facelink') AND u.frozen_at = 0
				AND (c.expires_at = 0 OR c.expires_at > ?)
			ORDER BY c.opened_at, c.id LIMIT 100) AS asked
		UNION ALL SELECT c.*, true AS waits FROM challenges c WHERE c.hold_id IN (SELECT h.id FROM holds h
			WHERE h.customer_id = ? AND h.status = 'held' AND (h.not_before > ? OR h.talk_at <> 0) ORDER BY h.id LIMIT 50)
		ORDER BY opened_at, id`, id, q.Now, id, q.Now)
	for _, f := range found {
		if f.Waits {
			q.Waiting = append(q.Waiting, f.Challenge)
		} else {
			q.Open = append(q.Open, f.Challenge)
		}
	}
	return q, err
}

// HoldsByID reads holds with their decisions; unknown ids are left out.
func (s *Store) HoldsByID(ctx context.Context, ids []hold.ID) ([]hold.Hold, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	q, args, err := sqlx.In(holdRows+`WHERE h.id IN (?)`, ids)
	if err != nil {
		return nil, err
	}
	return s.holds(ctx, q, args...)
}

// ChallengesByID reads challenges; unknown ids are left out.
func (s *Store) ChallengesByID(ctx context.Context, ids []hold.ChallengeID) (cs []hold.Challenge, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	q, args, err := sqlx.In(`SELECT * FROM challenges WHERE id IN (?)`, ids)
	if err != nil {
		return nil, err
	}
	return cs, s.all(ctx, &cs, q, args...)
}

// closeChallenge moves one challenge from open to a final status. Zero rows
// means that somebody else was first.
func (t *tx) closeChallenge(c hold.Challenge, to hold.ChallengeStatus, cause string, now hold.Instant) error {
	if !hold.Open.CanBecome(to) {
		return fmt.Errorf("%s: an open question cannot become %s", c.ID, to)
	}
	const closes = `UPDATE challenges SET status = ?, cause = ?, closed_at = ? WHERE id = ? AND status = 'open'`
	if t.fresh {
		t.certainly(closes, to, cause, now, c.ID)
	} else if n, err := t.exec(closes, to, cause, now, c.ID); err != nil || n == 0 {
		return err
	}
	t.publish(string(c.CustomerID))
	if c.Channel == hold.Callback || c.Channel == hold.FaceLink {
		if err := t.closeTasks(c.CustomerID, "challenge_id", string(c.ID), cause, now); err != nil {
			return err
		}
	}
	return t.entry(string(c.HoldID), "challenge."+string(to), ActorSystem, now, map[string]any{"challenge_id": c.ID, "cause": cause})
}

// cancelOpen cancels the open ones among cs.
func (t *tx) cancelOpen(cs []hold.Challenge, cause string, now hold.Instant) error {
	for i := range cs {
		if cs[i].Status != hold.Open {
			continue
		}
		if err := t.closeChallenge(cs[i], hold.Cancelled, cause, now); err != nil {
			return err
		}
		cs[i].Status = hold.Cancelled
	}
	return nil
}
