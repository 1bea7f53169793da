package store

import (
	"context"
	"errors"

	"holdfast/hold"
)

// FaceLink reads what a link that is not used is about, and what comes before it is.
// Looking changes nothing.
func (s *Store) FaceLink(ctx context.Context, digest hold.Digest) (v hold.FaceCheck, why hold.Refusal, err error) {
	err = s.view(ctx, func(t *tx) error {
		if v.Now, err = t.now(); err != nil {
			return err
		}
		var at struct {
			ID     hold.ChallengeID `db:"challenge_id"`
			Locale string           `db:"locale"`
			BySMS  bool             `db:"by_sms"`
		}
		err := t.get(&at, `SELECT k.challenge_id, k.by_sms, u.locale FROM links k JOIN challenges c ON c.id = k.challenge_id
			JOIN holds h ON h.id = c.hold_id JOIN customers u ON u.id = c.customer_id
			WHERE k.digest = ? AND k.started_at = 0 AND k.void_at = 0 AND k.expires_at > ? AND h.status = 'held' AND u.frozen_at = 0
				AND (c.status = 'open' OR c.status = 'cancelled' AND c.revision = h.revision AND (h.not_before > ? OR h.talk_at <> 0))`,
			digest, v.Now, v.Now)
		if errors.Is(err, ErrNotFound) {
			why = hold.LinkDead
			return nil
		} else if err != nil {
			return err
		}
		v.Locale, v.BySMS = at.Locale, at.BySMS
		if err := t.get(&v.Challenge, `SELECT * FROM challenges WHERE id = ?`, at.ID); err != nil {
			return err
		}
		var row holdRow
		if err := t.get(&row, holdRows+`WHERE h.id = ?`, v.Challenge.HoldID); err != nil {
			return err
		}
		v.Hold, err = row.hold()
		return err
	})
	return v, why, err
}

// LinkCustomer is whose a link is, or a check's cookie: ErrNotFound where it is nobody's.
func (s *Store) LinkCustomer(ctx context.Context, by hold.Digest) (hold.Customer, error) {
	if by == "" {
		return hold.Customer{}, ErrNotFound
	}
	var id hold.CustomerID
	if err := s.get(ctx, &id, `SELECT c.customer_id FROM links k JOIN challenges c ON c.id = k.challenge_id
		WHERE k.digest = ? OR k.cookie = ? AND k.cookie <> ''`, by, by); err != nil {
		return hold.Customer{}, err
	}
	return s.Customer(ctx, id)
}

// fetchLinkBy is fetchLink by a link that is not used, or by the cookie of a check.
func (t *tx) fetchLinkBy(by hold.Digest) (k linkRow, l hold.Standing, c *hold.Challenge, why hold.Refusal, err error) {
	k, l, c, why, err = t.fetchLink("digest", by)
	switch {
	case why == hold.LinkDead:
		return t.fetchLink("cookie", by)
	case err == nil && (k.StartedAt != 0 || l.Now >= k.ExpiresAt):
		why = hold.LinkDead // used: what has begun is its browser's alone
	}
	return k, l, c, why, err
}

// fetchTalk locks what is talked about: a customer's question, or that of a link.
func (t *tx) fetchTalk(customer hold.CustomerID, id hold.ChallengeID, link hold.Digest) (l hold.Standing, c *hold.Challenge,
	why hold.Refusal, err error) {
	if link == "" {
		l, c, err = t.fetchChallenge(customer, id)
		return l, c, "", err
	}
	k, l, c, why, err := t.fetchLinkBy(link)
	if err == nil && why == "" && !k.talks(l, *c) {
		why = hold.LinkDead
	}
	return l, c, why, err
}

// talks tells whether a link's page may still be talked to, before its pictures are sent.
func (k linkRow) talks(l hold.Standing, c hold.Challenge) bool {
	until := k.ExpiresAt
	if k.StartedAt != 0 {
		until = k.StartedAt.Add(hold.FaceLife)
	}
	return k.VoidAt == 0 && k.SubmittedAt == 0 && l.Now < until && c.Revision == l.Revision && l.Customer.FrozenAt == 0 &&
		(c.Status == hold.Open || c.Status == hold.Cancelled)
}

// tells tells whether a link's page says why nothing is asked on it any more: the payment
// waits, or only a call releases it.
func (k linkRow) tells(l hold.Standing, c hold.Challenge) bool {
	return c.Status == hold.Cancelled && k.talks(l, c) && !l.Status.Decided() && (l.Waits(l.Now) || l.TalkAt != 0)
}

// refuses says why a started check takes no pictures; "" means that it does.
func (k linkRow) refuses(l hold.Standing, c hold.Challenge) hold.Refusal {
	switch {
	case k.usable(l, c):
		return l.MayPay(c, l.Now)
	case k.StartedAt != 0 && k.tells(l, c):
		return hold.TooEarly
	}
	return hold.LinkDead
}
