package store

import (
	"context"
	"slices"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
)

// payeeWindow is how far back payments to a payee are counted.
const payeeWindow = 30 * 24 * time.Hour

// seenPayee is a payee as on record, under one of its digests.
type seenPayee struct {
	Digest    string       `db:"digest"`
	ID        string       `db:"id"`
	FirstSeen hold.Instant `db:"first_seen"`
	Payers    int          `db:"payers"`
	Held      int          `db:"held"`
	Verdict   string       `db:"verdict"` // a mule verdict in force; empty: none is
}

// listedHit is what a list in force says, by its digest; without one, there is a list
// that cannot be read.
type listedHit struct {
	Digest string `db:"digest"`
	counterparties.Hit
}

// hitsNow begins a query of lines h, in force or not, that count at an instant. They
// are found by their digests, however many lines there are: no plan is left to choose.
func hitsNow(hs *[]listedHit, columns string, digests []counterparties.Digest, now hold.Instant) statement {
	return some(hs, `WITH h AS MATERIALIZED (SELECT list, edition, `+columns+` FROM payee_hits
		WHERE valid_from <= ? AND (valid_to = 0 OR valid_to > ?) AND digest IN `, now, now).in(valuesOf(digests)).then(`) `)
}

const inForce = ` FROM h JOIN payee_lists l ON l.name = h.list AND l.edition = h.edition `

// payeeHits reads what the lists in force say of accounts now, however many lines
// say it, and whether there is one that is kept by none of the keys.
func payeeHits(hs *[]listedHit, digests []counterparties.Digest, now hold.Instant) statement {
	return hitsNow(hs, `digest, category, strength`, digests, now).
		then(`SELECT DISTINCT h.digest, h.category, h.strength` + inForce + `UNION SELECT '', '', '' FROM payee_lists
			WHERE edition <> '' AND key_id <> '' AND key_id NOT IN `).in(keysOf(digests))
}

// unreadable tells whether there is a list in force that cannot be read.
func unreadable(hits []listedHit) bool {
	return slices.ContainsFunc(hits, func(h listedHit) bool { return h.Digest == "" })
}

// listUnreadable is the event of a look beside which there is such a list.
const listUnreadable = "payee_list_unreadable"

// firstHits reads the lines themselves, the surest first, and one more than are told.
func firstHits(hs *[]listedHit, digests []counterparties.Digest, now hold.Instant) statement {
	const columns = `ref, category, strength, reporters, valid_from, valid_to`
	return hitsNow(hs, columns, digests, now).then(`SELECT h.list, ` + columns + inForce + `ORDER BY h.strength, h.ref LIMIT 51`)
}

// payeesSeen reads the payments that were held to payees in the time before an instant,
// besides one hold, and which verdict is in force on them then; the counts end at
// counterparties.MaxCount.
func payeesSeen(ps *[]seenPayee, digests []counterparties.Digest, now hold.Instant, besides hold.ID) statement {
	since := now.Add(-payeeWindow)
	const last = `FROM holds h WHERE h.payee_id = p.id AND h.payee_id <> '' AND h.accepted_at > ? AND h.id <> ? LIMIT 1000`
	return statement{text: `SELECT p.digest, p.id, p.first_seen,
		(SELECT COUNT(*) FROM (SELECT 1 ` + last + `) n) AS held,
		(SELECT COUNT(DISTINCT m.customer_id) FROM (SELECT h.customer_id ` + last + `) m) AS payers,
		COALESCE((SELECT v.id ` + muleInForce + `), '') AS verdict
		FROM payees p WHERE p.digest IN `, args: []any{since, besides, since, besides, now}, some: ps}.in(valuesOf(digests))
}

// muleInForce is of a payee p at an instant.
const muleInForce = `FROM payee_verdicts v WHERE v.payee_id = p.id AND v.status = 'in_force' AND v.kind = 'mule' AND v.until_at > ?`

// knownOf sums up what was read of one account.
func knownOf(digests []counterparties.Digest, hits []listedHit, seen []seenPayee) (k counterparties.Known, id string) {
	var said []counterparties.Hit
	for _, d := range digests {
		for _, h := range hits {
			if h.Digest == d.Value {
				said = append(said, h.Hit)
			}
		}
		for _, p := range seen {
			if p.Digest != d.Value || p.ID == id {
				continue
			}
			if id == "" {
				id = p.ID
			}
			if k.FirstSeen == 0 || p.FirstSeen < k.FirstSeen {
				k.FirstSeen = p.FirstSeen
			}
			k.Payers, k.Held = min(k.Payers+p.Payers, counterparties.MaxCount), min(k.Held+p.Held, counterparties.MaxCount)
			if p.Verdict != "" {
				said = append(said, counterparties.Hit{Category: counterparties.MuleVerdict, Strength: counterparties.Confirmed})
			}
		}
	}
	if k.Sum(said); k.Level == counterparties.None && unreadable(hits) {
		k.Level = counterparties.Unknown
	}
	return k, id
}

// LookPayee is what is known of an account, by the digests it may be kept under, and
// the first lines of what the lists in force say of it now.
func (s *Store) LookPayee(ctx context.Context, digests []counterparties.Digest) (k counterparties.Known,
	said []counterparties.Hit, err error) {
	return s.LookPayeeOf(ctx, digests, "")
}

// LookPayeeOf is the same beside a hold, which is not counted itself.
func (s *Store) LookPayeeOf(ctx context.Context, digests []counterparties.Digest, beside hold.ID) (k counterparties.Known,
	said []counterparties.Hit, err error) {
	now, err := s.Now(ctx)
	if err != nil {
		return k, nil, err
	}
	var hits, first []listedHit
	var seen []seenPayee
	if err := s.reads(ctx, payeeHits(&hits, digests, now), firstHits(&first, digests, now),
		payeesSeen(&seen, digests, now, beside)); err != nil {
		return k, nil, err
	}
	if unreadable(hits) {
		s.counts(listUnreadable)
	}
	for _, h := range first {
		said = append(said, h.Hit)
	}
	k, _ = knownOf(digests, hits, seen)
	return k, said, nil
}

func valuesOf(digests []counterparties.Digest) (all []string) {
	for _, d := range digests {
		all = append(all, d.Value)
	}
	return all
}

func keysOf(digests []counterparties.Digest) (ids []string) {
	for _, d := range digests {
		ids = append(ids, d.KeyID)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
