package store

import (
	"context"
	"strconv"
	"time"

	"holdfast/hold"
	"holdfast/queue"
)

// sessionLife is how long after a check began its vendor may have judged it.
const sessionLife = time.Hour

// asking stands for a session that the vendor is asked for. It is none of theirs:
// theirs have no blank.
func asking(k linkRow) string { return "asking " + string(k.Digest) }

// AskFaceSession says that the vendor is about to be asked for a check's session,
// which costs, and so once.
func (s *Store) AskFaceSession(ctx context.Context, cookie hold.Digest) (hold.Refusal, error) {
	return s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		k, l, c, why, err := t.fetchLink("cookie", cookie)
		if err != nil || why != "" {
			return why, err
		}
		if why := k.refuses(l, *c); why != "" {
			return why, nil
		}
		if k.Session != "" {
			return hold.LinkDead, nil
		}
		_, err = t.exec(`UPDATE links SET session = ? WHERE digest = ?`, asking(k), k.Digest)
		return "", err
	})
}

// FaceSessionNotMade takes that back: the vendor made none, and may be asked again.
func (s *Store) FaceSessionNotMade(ctx context.Context, cookie hold.Digest) error {
	return s.update(ctx, func(t *tx) error {
		_, err := t.exec(`UPDATE links SET session = '' WHERE cookie = ? AND session LIKE 'asking %'`, cookie)
		return err
	})
}

// FaceSession binds a check to the session that the vendor gave it, once.
func (s *Store) FaceSession(ctx context.Context, cookie hold.Digest, session string) (hold.Refusal, error) {
	return s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		k, l, c, why, err := t.fetchLink("cookie", cookie)
		if err != nil || why != "" {
			return why, err
		}
		if !k.usable(l, *c) || k.Session != "" && k.Session != asking(k) {
			return hold.LinkDead, nil
		}
		if _, err := t.exec(`UPDATE links SET session = ? WHERE digest = ?`, session, k.Digest); err != nil {
			return "", err
		}
		// What has begun in time may be brought to its end.
		until := min(k.StartedAt.Add(hold.FaceLife), l.Deadline)
		if _, err := t.exec(`UPDATE challenges SET expires_at = ? WHERE id = ? AND expires_at <> 0
			AND expires_at < ?`, until, c.ID, until); err != nil {
			return "", err
		}
		return "", t.awaitAnswer(&l.Hold, c.ID, until)
	})
}

// TakeFaceResult takes a vendor's word, once, when it is about a session of
// ours, its hold and its challenge, and made after the check began.
func (s *Store) TakeFaceResult(ctx context.Context, r hold.FaceResult) (out hold.Taken, err error) {
	err = s.update(ctx, func(t *tx) error {
		k, l, c, why, err := t.fetchLink("session", r.Session)
		if why != "" || err == nil && (l.ID != r.HoldID || c.ID != r.ChallengeID ||
			r.At < k.StartedAt || r.At > min(l.Now.Add(time.Minute), k.StartedAt.Add(sessionLife))) {
			out = hold.TakenUnknown
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
			out = hold.TakenBefore
			return nil
		case k.JudgedAt != 0:
			out = hold.TakenAgainst
			return nil
		case k.VoidAt != 0: // the customer began anew
			out = hold.TakenUnknown
			return nil
		}
		out = hold.TakenUp
		if _, err := t.exec(`UPDATE links SET submitted_at = ?, judged_at = ?, verdict = ?
			WHERE digest = ?`, l.Now, l.Now, verdict, k.Digest); err != nil {
			return err
		}
		if err := t.entry(string(l.ID), "face.judged", "provider:face", l.Now, map[string]any{"challenge_id": c.ID, "link": k.N,
			"pass": r.Pass}); err != nil {
			return err
		}
		by := Attempt{Via: "face", Actor: "provider:face"}
		late := l.Late(*c)
		if late == hold.AnswerAccepted && l.MayPay(*c, l.Now) != "" { // it began to wait meanwhile
			late = hold.LateCancelled
		}
		switch {
		case !r.Pass:
			return t.faceFailed(l, *c, k, "not_same")
		case late != hold.AnswerAccepted:
			return t.recordLate(l, *c, by, hold.Verdict{Answer: hold.Approve, UV: hold.UVBiometric}, late)
		}
		return t.stands(&l, c, by, hold.Verdict{Answer: hold.Approve, UV: hold.UVBiometric})
	})
	return out, err
}

// faceFailed leaves the tries that are left, with time for the next, or ends the
// challenge: pictures that nobody can use reach nobody, somebody else is no
// answer.
func (t *tx) faceFailed(l hold.Standing, c hold.Challenge, k linkRow, cause string) error {
	if k.N < hold.MaxLinks && cause != "not_same" {
		until := min(l.Now.Add(l.LinkLife(c)), l.Deadline)
		if _, err := t.exec(`UPDATE challenges SET expires_at = ? WHERE id = ? AND status = 'open'`, until, c.ID); err != nil {
			return err
		}
		t.publish(string(c.CustomerID))
		return t.awaitAnswer(&l.Hold, c.ID, until)
	}
	to := hold.Undeliverable
	if cause == "not_same" {
		to = hold.Expired
	}
	if err := t.closeChallenge(c, to, cause, l.Now); err != nil {
		return err
	}
	t.wake(l.ID, l.Now)
	return nil
}

// faceJudged is what an agent says of the pictures, other than that it is the
// customer.
func (t *tx) faceJudged(w *work, d hold.Disposition) error {
	var k linkRow
	if err := t.get(&k, `SELECT * FROM links WHERE challenge_id = ? AND submitted_at <> 0
		ORDER BY n DESC LIMIT 1`, w.challenge.ID); err != nil {
		return err
	}
	if _, err := t.exec(`UPDATE links SET judged_at = ? WHERE digest = ?`, w.Now, k.Digest); err != nil {
		return err
	}
	cause := "unusable"
	if d == hold.OtherFace {
		cause = "not_same"
	}
	if err := t.closeTasks(w.Customer.ID, "id", w.task.ID, cause, w.Now); err != nil {
		return err
	}
	return t.faceFailed(w.Standing, *w.challenge, k, cause)
}

// Face gives one sealed picture of a face task that the agent has: 1 to 3, or
// 0, the portrait. of is what it was sealed for. Each look is an entry.
func (s *Store) Face(ctx context.Context, by By, caseID, taskID string, n int) (sealed []byte, of string, why hold.Refusal, err error) {
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		w, why, err := t.fetchCase(by, caseID)
		if err != nil || why != "" {
			return why, err
		}
		var task queue.Task
		if err := t.get(&task, `SELECT * FROM tasks WHERE id = ? AND case_id = ? AND kind = 'face'`, taskID, caseID); err != nil {
			return "", err
		}
		if hidden, err := t.hidden(w.cs); err != nil {
			return "", err
		} else if hidden {
			return hold.IdentityMissing, nil
		}
		if sealed, of, err = t.picture(task, n); err != nil {
			return "", err
		}
		if err := t.looked(lookOf(task, w.cs.Lease), by, n); err != nil {
			return "", err
		}
		return "", t.entry(caseID, "case.face_viewed", by.actor(), w.now, map[string]any{"task_id": taskID, "picture": n})
	})
	return sealed, of, why, err
}

// SecondFace gives the same of a face that waits for a second person, to who can
// be that: to everybody else there is none.
func (s *Store) SecondFace(ctx context.Context, by By, approval string, n int) (sealed []byte, of string, why hold.Refusal, err error) {
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		agent, err := t.acting(by)
		if err != nil {
			return "", err
		}
		var a queue.Approval
		if err := t.get(&a, `SELECT * FROM approvals WHERE id = ?`, approval); err != nil {
			return "", err
		}
		w, err := t.fetchApproval(a)
		if err != nil {
			return "", err
		}
		task, asked, err := t.confirmed(w)
		switch {
		case err != nil:
			return "", err
		case w.Status != queue.ApprovalPending, w.firstGone != "", asked == nil, task.Kind != queue.TaskFace:
			return "", ErrNotFound
		}
		switch queue.SecondMay(w.Approval, agent, by.actor(), by.Role) {
		case "":
		case hold.AgentLinked:
			return hold.AgentLinked, nil
		default:
			return "", ErrNotFound
		}
		if sealed, of, err = t.picture(task, n); err != nil {
			return "", err
		}
		if err := t.looked(w.ID, by, n); err != nil {
			return "", err
		}
		return "", t.entry(string(w.HoldID), "approval.face_viewed", by.actor(), w.l.Now,
			map[string]any{"approval_id": w.ID, "task_id": task.ID, "picture": n})
	})
	return sealed, of, why, err
}

// lookOf names what an agent looks at in a lease.
func lookOf(k queue.Task, lease int) string { return k.ID + "/" + strconv.Itoa(lease) }

// looked remembers which picture somebody has seen.
func (t *tx) looked(of string, by By, n int) error {
	_, err := t.exec(`INSERT INTO face_looks (of, who, n) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, of, by.Sub, n)
	return err
}

// unseen says why somebody may not take the pictures of a face for the
// customer's: they have to have seen all three, and a portrait that proves
// something.
func (t *tx) unseen(h hold.Hold, of string, by By) (why hold.Refusal, err error) {
	if why, err = t.mayCompare(h); err != nil || why != "" {
		return why, err
	}
	var seen int
	if err := t.get(&seen, `SELECT COUNT(*) FROM face_looks WHERE of = ? AND who = ?`, of, by.Sub); err != nil || seen < 4 {
		return hold.FaceUnseen, err
	}
	return "", nil
}

// picture reads one of a face task's.
func (t *tx) picture(task queue.Task, n int) (sealed []byte, of string, err error) {
	if n == 0 {
		err = t.get(&sealed, `SELECT sealed FROM portraits WHERE customer_id = ?`, task.CustomerID)
		return sealed, hold.PortraitOf(task.CustomerID), err
	}
	err = t.get(&sealed, `SELECT f.sealed FROM frames f JOIN links k ON k.digest = f.link WHERE k.challenge_id = ? AND f.n = ?
		AND k.submitted_at <> 0 ORDER BY k.n DESC LIMIT 1`, task.ChallengeID, n)
	return sealed, hold.FrameOf(task.ChallengeID, n), err
}
