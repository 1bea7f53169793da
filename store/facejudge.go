package store

import (
	"context"
	"errors"
	"time"

	"holdfast/hold"
)

// sessionLife is how long after a check began its vendor may have judged it.
const sessionLife = time.Hour

// FaceSession binds a check to the session that the vendor gave it, once.
func (s *Store) FaceSession(ctx context.Context, cookie hold.Digest, session string) error {
	return s.update(ctx, func(t *tx) error {
		k, l, c, err := t.lookLink("cookie", cookie)
		if err != nil {
			return err
		}
		if !k.usable(l, *c) || k.Session != "" {
			return ErrLinkDead
		}
		_, err = t.exec(`UPDATE links SET session = ? WHERE digest = ?`, session, k.Digest)
		return err
	})
}

// FaceResult is what a vendor says of a session.
type FaceResult struct {
	Session     string
	HoldID      hold.ID
	ChallengeID hold.ChallengeID
	Pass        bool
	At          hold.Instant
}

// TakeFaceResult takes a vendor's word, once, when it is about a session of
// ours, its hold and its challenge, and made after the check began.
func (s *Store) TakeFaceResult(ctx context.Context, r FaceResult) (out CallbackOutcome, err error) {
	err = s.update(ctx, func(t *tx) error {
		k, l, c, err := t.lookLink("session", r.Session)
		if errors.Is(err, ErrLinkDead) || err == nil && (l.ID != r.HoldID || c.ID != r.ChallengeID || r.At < k.StartedAt || r.At > min(l.now.Add(time.Minute), k.StartedAt.Add(sessionLife))) {
			out = CallbackUnknown
			return nil
		} else if err != nil {
			return err
		}
		verdict := "fail"
		if r.Pass {
			verdict = "pass"
		}
		switch {
		case k.Verdict == verdict: // the vendor repeats what it thinks was lost
			out = CallbackReplayed
			return nil
		case k.JudgedAt != 0:
			out = CallbackContradicts
			return nil
		case k.VoidAt != 0: // the customer began anew
			out = CallbackUnknown
			return nil
		}
		out = CallbackTaken
		if _, err := t.exec(`UPDATE links SET submitted_at = ?, judged_at = ?, verdict = ? WHERE digest = ?`, l.now, l.now, verdict, k.Digest); err != nil {
			return err
		}
		if err := t.entry(string(l.ID), "face.judged", "provider:face", l.now, map[string]any{"challenge_id": c.ID, "link": k.N, "pass": r.Pass}); err != nil {
			return err
		}
		by := Attempt{Via: "face", Actor: "provider:face"}
		late := l.late(*c)
		switch {
		case !r.Pass:
			return t.faceFailed(l, *c, k, "not_same")
		case late != AnswerAccepted:
			return t.recordLate(l, *c, by, Judgement{Answer: hold.Approve, UV: hold.UVBiometric}, late)
		}
		return t.stands(&l, c, by, Judgement{Answer: hold.Approve, UV: hold.UVBiometric})
	})
	return out, err
}

// faceFailed leaves the tries that are left, or ends the challenge.
func (t *tx) faceFailed(l looked, c hold.Challenge, k linkRow, cause string) error {
	if k.N < hold.MaxLinks && cause != "not_same" {
		_, err := t.exec(`UPDATE challenges SET expires_at = ? WHERE id = ? AND status = 'open'`, min(l.now.Add(l.linkLife(c)), l.Deadline), c.ID)
		t.publish(string(c.CustomerID))
		return err
	}
	if err := t.closeChallenge(c, hold.Expired, cause, l.now); err != nil {
		return err
	}
	return t.outbox(l.ID, OutboxWake, l.now)
}

// faceJudged is what an agent says of the pictures, other than that it is the
// customer.
func (t *tx) faceJudged(w *work, d hold.Disposition) error {
	var k linkRow
	if err := t.get(&k, `SELECT * FROM links WHERE challenge_id = ? AND submitted_at <> 0 ORDER BY n DESC LIMIT 1`, w.challenge.ID); err != nil {
		return err
	}
	if _, err := t.exec(`UPDATE links SET judged_at = ? WHERE digest = ?`, w.now, k.Digest); err != nil {
		return err
	}
	cause := "unusable"
	if d == hold.OtherFace {
		cause = "not_same"
	}
	if err := t.closeTasks(w.customer.ID, "id", w.task.ID, cause, w.now); err != nil {
		return err
	}
	return t.faceFailed(w.looked, *w.challenge, k, cause)
}

// Face gives one sealed picture of a face task that the agent has: 1 to 3, or
// 0, the portrait. of is what it was sealed for. Each look is an entry.
func (s *Store) Face(ctx context.Context, by By, caseID, taskID string, n int) (sealed []byte, of string, err error) {
	err = s.update(ctx, func(t *tx) error {
		w, err := t.lookCase(by, caseID)
		if err != nil {
			return err
		}
		var k linkRow
		if err := t.get(&k, `SELECT k.* FROM links k JOIN tasks x ON x.challenge_id = k.challenge_id WHERE x.id = ? AND x.case_id = ? AND x.kind = 'face' AND k.submitted_at <> 0
			ORDER BY k.n DESC LIMIT 1`, taskID, caseID); err != nil {
			return err
		}
		if n == 0 {
			of = PortraitOf(w.customer.ID)
			err = t.get(&sealed, `SELECT sealed FROM portraits WHERE customer_id = ?`, w.customer.ID)
		} else {
			of = FrameOf(k.ChallengeID, n)
			err = t.get(&sealed, `SELECT sealed FROM frames WHERE link = ? AND n = ?`, k.Digest, n)
		}
		if err != nil {
			return err
		}
		return t.entry(caseID, "case.face_viewed", by.actor(), w.now, map[string]any{"task_id": taskID, "picture": n})
	})
	return sealed, of, err
}
