package store

import (
	"context"
	"slices"
	"strings"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/queue"
)

// PayeeView is what a person reads who says something of a payee.
type PayeeView struct {
	ID        string
	FirstSeen hold.Instant
	Latest    *hold.Hold // the latest payment to it; nil: all have left
	Known     counterparties.Known
	Hits      []counterparties.Hit
	Shared    bool
	Held      []hold.Money // what waits now, of the payments in 30 days, by currency
	Released  []hold.Money // what went
	Reporters int          // customers who say that they were robbed or deceived
	Proposals []queue.Proposal
	Verdicts  []queue.Verdict // the latest first
	Now       hold.Instant
}

// told bounds what a person reads of each.
const told = 50

// LinkedToPayee tells whether an agent has, as a customer, paid or reported a payee.
// What the bank knows of that, and says of it, is not for them.
func (s *Store) LinkedToPayee(ctx context.Context, by By, id string) (linked bool, err error) {
	if id == "" {
		return false, nil
	}
	return linked, s.get(ctx, &linked, `SELECT CASE WHEN `+linkedPayee(`?`)+` THEN 1 ELSE 0 END`, by.Sub, id, id)
}

// SearchPayee finds a payee by its account's digests, the first of them that has one. The search is on the agent's
// chain, without the account, whether or not there is one.
func (s *Store) SearchPayee(ctx context.Context, by By, digests []counterparties.Digest) (id string, err error) {
	err = s.update(ctx, func(t *tx) error {
		if _, err := t.acting(by); err != nil {
			return err
		}
		var found []struct {
			ID     string `db:"id"`
			Digest string `db:"digest"`
		}
		var now hold.Instant
		asked := []statement{clock(&now)}
		if len(digests) > 0 {
			asked = append(asked, some(&found, `SELECT id, digest FROM payees WHERE digest IN `).in(valuesOf(digests)))
		}
		if err := t.together(asked...); err != nil {
			return err
		}
		id = ""
		for _, d := range slices.Backward(digests) { // the first that is found
			for _, p := range found {
				if p.Digest == d.Value {
					id = p.ID
				}
			}
		}
		body := map[string]any{"found": min(len(found), 1)}
		if id != "" {
			body["counterparty_id"] = id
		}
		return t.entry("agent:"+by.Sub, "payees.searched", by.actor(), now, body)
	})
	if err == nil && id == "" {
		err = ErrNotFound
	}
	return id, err
}

// ViewPayee reads a payee for a supervisor or an auditor. The look is on its chain, once
// a minute at most. Who is linked to it sees nothing.
func (s *Store) ViewPayee(ctx context.Context, by By, id string, of DigestsOf) (v PayeeView, why hold.Refusal, err error) {
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		v = PayeeView{ID: id} // of a try that was undone
		if _, err := t.acting(by); err != nil {
			return "", err
		}
		if v.Now, err = t.lockPayee(id); err != nil {
			return "", err
		}
		if linked, err := t.linkedToPayee(by.Sub, id); err != nil || linked {
			return hold.AgentLinked, err
		}
		if err := t.viewPayee(&v, of); err != nil {
			return "", err
		}
		if lately, err := t.lookedLately(queue.PayeeSubject(id), "payee.viewed", by, v.Now); err != nil || lately {
			return "", err
		}
		return "", t.entry(queue.PayeeSubject(id), "payee.viewed", by.actor(), v.Now, map[string]any{})
	})
	return v, why, err
}

func (t *tx) viewPayee(v *PayeeView, of DigestsOf) error {
	ds, latest, err := t.digestsOf(v.ID, of)
	if err != nil {
		return err
	}
	if len(latest) > 0 {
		v.Latest = &latest[0]
	}
	var hits, first []listedHit
	var seen []seenPayee
	if err := t.together(payeeHits(&hits, ds, v.Now), firstHits(&first, ds, v.Now), payeesSeen(&seen, ds, v.Now, ""),
		one(&v.FirstSeen, `SELECT MIN(first_seen) FROM payees WHERE id = ?`, v.ID),
		one(&v.Reporters, `SELECT COUNT(DISTINCT author) FROM payee_proposals WHERE payee_id = ? AND source = 'customer'`, v.ID),
		some(&v.Proposals, `SELECT * FROM payee_proposals WHERE payee_id = ? AND source <> 'customer' ORDER BY at DESC LIMIT ?`, v.ID, told),
		some(&v.Verdicts, `SELECT * FROM payee_verdicts WHERE payee_id = ? ORDER BY asked_at DESC, id DESC LIMIT ?`, v.ID, told),
	); err != nil {
		return err
	}
	v.Known, _ = knownOf(ds, hits, seen)
	v.Shared = slices.ContainsFunc(v.Known.Categories, counterparties.IsShared)
	for _, h := range first[:min(len(first), told)] {
		v.Hits = append(v.Hits, h.Hit)
	}
	return t.sumsOf(v)
}

// sumsOf adds up what waits and what went, of as many payments in 30 days as are counted.
func (t *tx) sumsOf(v *PayeeView) error {
	var rows []holdRow
	if err := t.all(&rows, holdRows+`WHERE h.payee_id = ? AND h.payee_id <> '' AND h.accepted_at > ? ORDER BY h.accepted_at DESC LIMIT ?`,
		v.ID, v.Now.Add(-payeeWindow), counterparties.MaxCount); err != nil {
		return err
	}
	hs, err := holdsOf(rows)
	if err != nil {
		return err
	}
	for _, h := range hs {
		switch h.Status {
		case hold.Held:
			v.Held = added(v.Held, h.Request.Amount)
		case hold.Releasing, hold.Released:
			v.Released = added(v.Released, h.Request.Amount)
		}
	}
	return nil
}

// added adds money to sums by currency, in the currencies' order. A sum stays within
// what money can be.
func added(sums []hold.Money, m hold.Money) []hold.Money {
	i, found := slices.BinarySearchFunc(sums, m, func(a, b hold.Money) int { return strings.Compare(a.Currency, b.Currency) })
	if !found {
		return slices.Insert(sums, i, m)
	}
	sums[i].Minor = min(sums[i].Minor+m.Minor, hold.MaxMinor)
	return sums
}

// Verdicts lists verdicts of a status, the oldest first of those that wait, else the
// latest. Who is linked to a payee does not see what is said of it.
func (s *Store) Verdicts(ctx context.Context, by By, status queue.VerdictStatus, limit int) (vs []queue.Verdict, err error) {
	order := `DESC`
	if status == queue.VerdictAsked {
		order = `ASC`
	}
	return vs, s.all(ctx, &vs, `SELECT v.* FROM payee_verdicts v WHERE v.status = ? AND NOT `+linkedPayee(`v.payee_id`)+`
		ORDER BY v.asked_at `+order+`, v.id LIMIT ?`, status, by.Sub, limit)
}
