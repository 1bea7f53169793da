package store

import (
	"context"
	"errors"
	"time"

	"holdfast/hold"
	"holdfast/queue"
)

const reviewFor = 30 * time.Minute // the rung waits for whoever judges

type linkRow struct {
	Digest      hold.Digest      `db:"digest"`
	ChallengeID hold.ChallengeID `db:"challenge_id"`
	N           int              `db:"n"`
	BySMS       bool             `db:"by_sms"`
	ExpiresAt   hold.Instant     `db:"expires_at"`
	VoidAt      hold.Instant     `db:"void_at"`
	StartedAt   hold.Instant     `db:"started_at"`
	Cookie      hold.Digest      `db:"cookie"`
	Gesture     string           `db:"gesture"`
	Session     string           `db:"session"`
	SubmittedAt hold.Instant     `db:"submitted_at"`
	JudgedAt    hold.Instant     `db:"judged_at"`
	Verdict     string           `db:"verdict"` // of a vendor: pass or fail
	CreatedAt   hold.Instant     `db:"created_at"`
}

// OpenLink makes a customer's next link for a challenge; the one before opens
// nothing any more. link gives the digest of the n-th.
func (s *Store) OpenLink(ctx context.Context, customer hold.CustomerID, id hold.ChallengeID,
	link func(hold.ChallengeID, int) hold.Digest) (n int, until hold.Instant, why hold.Refusal, err error) {
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		l, c, err := t.fetchChallenge(customer, id)
		if err != nil {
			return "", err
		}
		if c.Channel != hold.FaceLink {
			return "", ErrNotFound
		}
		n, until, why, err = t.newLink(l, *c, false, link)
		return why, err
	})
	return n, until, why, err
}

func (t *tx) newLink(l hold.Standing, c hold.Challenge, bySMS bool,
	link func(hold.ChallengeID, int) hold.Digest) (int, hold.Instant, hold.Refusal, error) {
	var had struct {
		N      int `db:"n"`
		Judged int `db:"judging"`
	}
	if err := t.get(&had, `SELECT COUNT(*) AS n, COALESCE(SUM(CASE WHEN submitted_at <> 0 AND judged_at = 0 THEN 1 ELSE 0 END), 0) AS judging
		FROM links WHERE challenge_id = ?`, c.ID); err != nil {
		return 0, 0, "", err
	}
	if why := l.MayOpenLink(c, had.N, had.Judged > 0); why != "" && !(bySMS && why == hold.TooEarly) {
		return 0, 0, why, nil // what a text brings is held to that as it is started
	}
	until := min(l.Now.Add(l.LinkLife(c)), l.Deadline)
	if c.ExpiresAt != 0 {
		until = min(until, c.ExpiresAt)
	}
	if _, err := t.exec(`UPDATE links SET void_at = ? WHERE challenge_id = ? AND void_at = 0 AND submitted_at = 0`, l.Now, c.ID); err != nil {
		return 0, 0, "", err
	}
	n := had.N + 1
	if _, err := t.exec(`INSERT INTO links (digest, challenge_id, n, by_sms, expires_at, created_at) VALUES (?, ?, ?, ?, ?,
		?)`, link(c.ID, n), c.ID, n, flag(bySMS), until, l.Now); err != nil {
		return 0, 0, "", err
	}
	return n, until, "", t.entry(string(l.ID), "link.opened", ActorSystem, l.Now,
		map[string]any{"challenge_id": c.ID, "link": n, "by_sms": bySMS})
}

// fetchLink locks what a link is about, and reads it anew.
func (t *tx) fetchLink(column string, value any) (k linkRow, l hold.Standing, c *hold.Challenge, why hold.Refusal, err error) {
	var at struct {
		Digest   hold.Digest      `db:"digest"`
		ID       hold.ChallengeID `db:"challenge_id"`
		Customer hold.CustomerID  `db:"customer_id"`
	}
	err = t.get(&at, `SELECT k.digest, k.challenge_id, c.customer_id FROM links k JOIN challenges c ON c.id = k.challenge_id
		WHERE k.`+column+` = ?`, value)
	if errors.Is(err, ErrNotFound) || value == "" {
		return k, l, nil, hold.LinkDead, nil
	} else if err != nil {
		return k, l, nil, "", err
	}
	if l, c, err = t.fetchChallenge(at.Customer, at.ID); err != nil {
		return k, l, nil, "", err
	}
	return k, l, c, "", t.get(&k, `SELECT * FROM links WHERE digest = ?`, at.Digest)
}

// StartLink consumes a link, once, and binds the rest of the check to a cookie,
// by its digest. The customer has agreed, and their camera works.
func (s *Store) StartLink(ctx context.Context, digest, cookie hold.Digest, gesture string) (v hold.FaceCheck, why hold.Refusal, err error) {
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		k, l, c, why, err := t.fetchLink("digest", digest)
		if err != nil || why != "" {
			return why, err
		}
		switch {
		case k.StartedAt == 0 && k.tells(l, *c):
			return hold.TooEarly, nil
		case k.StartedAt != 0, k.VoidAt != 0, l.Now >= k.ExpiresAt, l.Late(*c) != hold.AnswerAccepted, l.Customer.FrozenAt != 0:
			return hold.LinkDead, nil
		case l.MayPay(*c, l.Now) != "":
			return l.MayPay(*c, l.Now), nil
		}
		n, err := t.exec(`UPDATE links SET started_at = ?, cookie = ?, gesture = ? WHERE digest = ?
			AND started_at = 0`, l.Now, cookie, gesture, digest)
		if err != nil {
			return "", err
		}
		if n == 0 {
			return hold.LinkDead, nil
		}
		k.StartedAt, k.Cookie, k.Gesture = l.Now, cookie, gesture
		v = check(k, l, *c)
		return "", t.entry(string(l.ID), "link.started", ActorCustomer, l.Now,
			map[string]any{"challenge_id": c.ID, "link": k.N, "gesture": gesture, "consent": true, "camera": true})
	})
	return v, why, err
}

func check(k linkRow, l hold.Standing, c hold.Challenge) hold.FaceCheck {
	return hold.FaceCheck{Hold: l.Hold, Challenge: c, Locale: l.Customer.Locale, BySMS: k.BySMS, Gesture: k.Gesture,
		Submitted: k.SubmittedAt != 0, Now: l.Now}
}

// FaceCheck reads the check that a cookie is bound to.
func (s *Store) FaceCheck(ctx context.Context, cookie hold.Digest) (v hold.FaceCheck, why hold.Refusal, err error) {
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		k, l, c, why, err := t.fetchLink("cookie", cookie)
		if err != nil || why != "" {
			return why, err
		}
		if !k.usable(l, *c) && k.SubmittedAt == 0 && !k.tells(l, *c) {
			return hold.LinkDead, nil
		}
		v = check(k, l, *c)
		return "", nil
	})
	return v, why, err
}

// usable tells whether a started check can still be brought to its end.
func (k linkRow) usable(l hold.Standing, c hold.Challenge) bool {
	return k.StartedAt != 0 && k.VoidAt == 0 && l.Now < k.StartedAt.Add(hold.FaceLife) && k.SubmittedAt == 0 && c.Status == hold.Open &&
		c.Revision == l.Revision &&
		!l.Status.Decided() && l.Now < l.Deadline && l.Customer.FrozenAt == 0
}

// SubmitFrames takes the three pictures, once, and queues them to be judged. The
// challenge lives on until then.
func (s *Store) SubmitFrames(ctx context.Context, cookie hold.Digest, frames [3]hold.Sealed) (hold.Refusal, error) {
	return s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		k, l, c, why, err := t.fetchLink("cookie", cookie)
		if err != nil || why != "" {
			return why, err
		}
		if why := k.refuses(l, *c); why != "" {
			return why, nil
		}
		var digests []hold.Digest
		for i, f := range frames {
			if _, err := t.exec(`INSERT INTO frames (link, n, sealed, digest) VALUES (?, ?, ?, ?)`, k.Digest, i+1, f.Bytes, f.Digest); err != nil {
				return "", err
			}
			digests = append(digests, f.Digest)
		}
		if err := t.judging(&l, c, k); err != nil {
			return "", err
		}
		if err := t.entry(string(l.ID), "face.submitted", ActorCustomer, l.Now, map[string]any{"challenge_id": c.ID, "link": k.N,
			"frames": digests}); err != nil {
			return "", err
		}
		terms := l.Terms.Callback.Complete()
		return "", t.addTask(l.Customer, queue.Task{HoldID: l.ID, ChallengeID: c.ID, Kind: queue.TaskFace, Revision: l.Revision,
			Reason: firstReason(l.Hold), Priority: hold.Priority(l.Hold, hold.Ask{}, l.Now),
			Deadline: l.Deadline, ReadyAt: l.Now, DueAt: l.Now.Add(time.Duration(terms.Target))}, l.Now)
	})
}

// judging lets the rung wait for whoever judges.
func (t *tx) judging(l *hold.Standing, c *hold.Challenge, k linkRow) error {
	if _, err := t.exec(`UPDATE links SET submitted_at = ? WHERE digest = ?`, l.Now, k.Digest); err != nil {
		return err
	}
	if _, err := t.exec(`UPDATE challenges SET expires_at = 0 WHERE id = ?`, c.ID); err != nil {
		return err
	}
	if c.Rung != l.Rung {
		return nil
	}
	// They are there: nobody waits for a receipt any more.
	if _, err := t.exec(`UPDATE holds SET rung_first_ends_at = 0 WHERE id = ?`, l.ID); err != nil {
		return err
	}
	l.RungFirstEndsAt = 0
	return t.rungEnds(&l.Hold, l.RungKept(l.Now.Add(reviewFor)))
}

// CannotFace ends a face check that somebody cannot do: an agent calls them, if
// their hold's ladder lets one. by is the link's digest or the cookie's.
func (s *Store) CannotFace(ctx context.Context, by hold.Digest, r hold.Rules) (hold.Refusal, error) {
	return s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		k, l, c, why, err := t.fetchLinkBy(by)
		if err != nil || why != "" {
			return why, err
		}
		if k.SubmittedAt != 0 || k.VoidAt != 0 || l.Late(*c) != hold.AnswerAccepted {
			return hold.LinkDead, nil
		}
		if err := t.closeChallenge(*c, hold.Undeliverable, "cannot", l.Now); err != nil {
			return "", err
		}
		c.Status = hold.Undeliverable
		l.RangIn = true // they are there: no hour is too late
		if err := t.askNow(&l, r); err != nil {
			return "", err
		}
		t.wake(l.ID, l.Now)
		return "", nil
	})
}

// RenewLink offers a new link in place of a dead one, to the contact on record:
// by text where the first went by text; else the app shows the question again.
// by is the link's digest, or the cookie's of a check that took too long. What
// is no link of ours, or has no try left, gets nothing, and nobody is told.
func (s *Store) RenewLink(ctx context.Context, by hold.Digest, link func(hold.ChallengeID, int) hold.Digest) error {
	return s.update(ctx, func(t *tx) error {
		k, l, c, why, err := t.fetchLink("digest", by)
		alive := k.StartedAt == 0 && k.VoidAt == 0 && l.Now < k.ExpiresAt
		if why == hold.LinkDead {
			if k, l, c, why, err = t.fetchLink("cookie", by); err == nil && why == "" {
				alive = k.usable(l, *c) && k.Session != asking(k) // which leads nowhere: no page of the vendor's is known
			}
		}
		if err != nil || why != "" || alive {
			return err
		}
		if !k.BySMS { // the app gets its link when the customer asks for it there
			t.publish(string(c.CustomerID))
			return nil
		}
		n, _, err := t.textsAsking(*c)
		p := l.Customer.Phone(c.NumberID)
		if err != nil || p == nil || n >= maxTextsHold {
			return err
		}
		if limited, err := t.numberLimited(p.ID, l.Now); err != nil || limited {
			return err
		}
		_, until, why, err := t.newLink(l, *c, true, link)
		if err != nil || why != "" {
			return err
		}
		return t.addText(hold.TextReminder, l.Customer.ID, *p, l.ID, c.ID, l.Terms.ContactRules(), l.Now, until)
	})
}

// PurgeFaces deletes the pictures of holds that were decided longer ago than
// that, up to 100 holds a call, and tells of how many.
func (s *Store) PurgeFaces(ctx context.Context, after time.Duration) (n int, err error) {
	now, err := s.Now(ctx)
	if err != nil {
		return 0, err
	}
	var ids []hold.ID
	if err := s.all(ctx, &ids, `SELECT DISTINCT h.id FROM frames f JOIN links k ON k.digest = f.link
		JOIN challenges c ON c.id = k.challenge_id JOIN holds h ON h.id = c.hold_id
		WHERE h.decided_at <> 0 AND h.decided_at < ? ORDER BY h.id LIMIT 100`, now.Add(-after)); err != nil {
		return 0, err
	}
	for _, id := range ids {
		err := s.update(ctx, func(t *tx) error {
			if _, err := t.lockHold(id); err != nil {
				return err
			}
			var gone []hold.Digest
			if err := t.all(&gone, `SELECT f.digest FROM frames f JOIN links k ON k.digest = f.link JOIN challenges c ON c.id = k.challenge_id
				WHERE c.hold_id = ? ORDER BY k.n, f.n`, id); err != nil || len(gone) == 0 {
				return err
			}
			if _, err := t.exec(`DELETE FROM frames WHERE link IN (SELECT k.digest FROM links k JOIN challenges c ON c.id = k.challenge_id
				WHERE c.hold_id = ?)`, id); err != nil {
				return err
			}
			at, err := t.now()
			if err != nil {
				return err
			}
			n++
			return t.entry(string(id), "face.deleted", ActorSystem, at, map[string]any{"frames": gone})
		})
		if err != nil {
			return n, err
		}
	}
	return n, nil
}
