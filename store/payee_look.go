package store

import (
	"context"
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
}

// listedHit is what a list in force says, by its digest.
type listedHit struct {
	Digest string `db:"digest"`
	counterparties.Hit
}

// payeeHits reads what the lists in force say of accounts.
func payeeHits(hs *[]listedHit, digests []string) statement {
	return some(hs, `SELECT h.digest, h.list, h.ref, h.category, h.strength, h.reporters, h.valid_from, h.valid_to
		FROM payee_hits h JOIN payee_lists l ON l.name = h.list AND l.edition = h.edition WHERE h.digest IN `).in(digests)
}

// payeesSeen reads the payments that were held to payees since an instant; the counts
// end at counterparties.MaxCount.
func payeesSeen(ps *[]seenPayee, digests []string, since hold.Instant) statement {
	const last = `FROM holds h WHERE h.payee_id = p.id AND h.payee_id <> '' AND h.accepted_at > ? LIMIT 1000`
	return statement{text: `SELECT p.digest, p.id, p.first_seen,
		(SELECT COUNT(*) FROM (SELECT 1 ` + last + `) n) AS held,
		(SELECT COUNT(DISTINCT m.customer_id) FROM (SELECT h.customer_id ` + last + `) m) AS payers
		FROM payees p WHERE p.digest IN `, args: []any{since, since}, some: ps}.in(digests)
}

// knownOf sums up what was read of one account.
func knownOf(digests []counterparties.Digest, hits []listedHit, seen []seenPayee, now hold.Instant) (k counterparties.Known, id string) {
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
		}
	}
	k.Sum(said, now)
	return k, id
}

// LookPayee is what is known of an account, by the digests it may be kept under, and
// what the lists in force say of it now.
func (s *Store) LookPayee(ctx context.Context, digests []counterparties.Digest) (k counterparties.Known,
	said []counterparties.Hit, err error) {
	now, err := s.Now(ctx)
	if err != nil {
		return k, nil, err
	}
	var hits []listedHit
	var seen []seenPayee
	all := valuesOf(digests)
	if err := s.reads(ctx, payeeHits(&hits, all), payeesSeen(&seen, all, now.Add(-payeeWindow))); err != nil {
		return k, nil, err
	}
	for _, h := range hits {
		if h.Stands(now) {
			said = append(said, h.Hit)
		}
	}
	k, _ = knownOf(digests, hits, seen, now)
	return k, said, nil
}

func valuesOf(digests []counterparties.Digest) (all []string) {
	for _, d := range digests {
		all = append(all, d.Value)
	}
	return all
}

// payeeID is a payee's as it is seen first.
func payeeID(d counterparties.Digest) string { return "cpty_" + d.Value[:32] }

// seePayee puts a payee on record under the digest of today, and gives its id.
func (t *tx) seePayee(digests []counterparties.Digest, seen []seenPayee, k counterparties.Known, id string, now hold.Instant) string {
	current := digests[0]
	for _, p := range seen {
		if p.Digest == current.Value {
			return id
		}
	}
	if id == "" {
		id, k.FirstSeen = payeeID(current), now
	}
	t.later(`INSERT INTO payees (digest, key_id, id, first_seen) VALUES (?, ?, ?, ?) ON CONFLICT (digest) DO NOTHING`,
		current.Value, current.KeyID, id, k.FirstSeen)
	return id
}

// countPayment counts a payment that was just taken in for those that come after it in
// the same commit.
func countPayment(seen []seenPayee, digests []counterparties.Digest, id string, now hold.Instant) []seenPayee {
	for i := range seen {
		if seen[i].Digest == digests[0].Value {
			seen[i].Held = min(seen[i].Held+1, counterparties.MaxCount)
			return seen
		}
	}
	return append(seen, seenPayee{Digest: digests[0].Value, ID: id, FirstSeen: now, Payers: 1, Held: 1})
}
