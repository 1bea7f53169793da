package store

import (
	"context"
	"errors"

	"holdfast/hold"
)

// PutPortrait is what the bank says that a customer looks like. A zero Since
// keeps the one on record for the very same picture, and is now for another.
type PutPortrait struct {
	ID          hold.CustomerID
	Picture     hold.Sealed
	Since       hold.Instant
	MayBackdate bool // the key has customers:import
	Actor       string
}

// PutPortrait keeps a customer's portrait. Another picture is another portrait,
// and as young as that; the same one again, sealed anew, is as old as before.
func (s *Store) PutPortrait(ctx context.Context, p PutPortrait) (hold.Refusal, error) {
	return s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		if _, err := t.lockCustomer(p.ID); err != nil {
			return "", err
		}
		now, err := t.now()
		if err != nil {
			return "", err
		}
		known, err := t.portrait(p.ID)
		if err != nil {
			return "", err
		}
		kept := hold.Portrait{Digest: p.Picture.Digest, PutAt: now}
		if known != nil && known.Digest == kept.Digest {
			kept = *known
		}
		var why hold.Refusal
		if kept.Since, why = hold.SettledSince(p.Since, kept.Since, now, p.MayBackdate); why != "" {
			return why, nil
		}
		if _, err := t.exec(`INSERT INTO portraits (customer_id, sealed, digest, since, put_at) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (customer_id) DO UPDATE SET sealed = excluded.sealed, digest = excluded.digest,
			since = excluded.since, put_at = excluded.put_at`,
			p.ID, p.Picture.Bytes, kept.Digest, kept.Since, kept.PutAt); err != nil {
			return "", err
		}
		return "", t.entry("customer:"+string(p.ID), "portrait.put", p.Actor, now, map[string]any{"digest": kept.Digest, "since": kept.Since})
	})
}

const portraitOf = `SELECT digest, since, put_at FROM portraits WHERE customer_id = ?`

// portrait reads what is known of a customer's portrait; nil: there is none.
func (t *tx) portrait(id hold.CustomerID) (*hold.Portrait, error) {
	var p hold.Portrait
	if err := t.get(&p, portraitOf, id); errors.Is(err, ErrNotFound) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	return &p, nil
}

// mayCompare says why no face may be compared with the customer's portrait for a
// hold.
func (t *tx) mayCompare(h hold.Hold) (hold.Refusal, error) {
	p, err := t.portrait(h.Request.CustomerID)
	if err != nil {
		return "", err
	}
	return hold.MayCompare(h, p), nil
}

// comparableIn tells whether a face can be compared with the portrait for a hold,
// for who is shown it.
func (t *tx) comparableIn(id hold.ID) (bool, error) {
	var row holdRow
	if err := t.get(&row, holdRows+`WHERE h.id = ?`, id); err != nil {
		return false, err
	}
	h, err := row.hold()
	if err != nil {
		return false, err
	}
	why, err := t.mayCompare(h)
	return why == "", err
}

// faceUndeliverable says why nobody is asked for their face: what nobody could
// approve is not asked.
func (t *tx) faceUndeliverable(l hold.Standing, ask hold.Ask, pushes int, r hold.Rules) (phone *hold.Phone, cause string, err error) {
	if !r.FaceVendor {
		if why, err := t.mayCompare(l.Hold); err != nil || why != "" {
			return nil, string(why), err
		}
	}
	if ask.BySMS {
		return t.numberToAsk(l, r)
	}
	return nil, pushUndeliverable(l, pushes), nil // the app asks for the link
}
