package store

import (
	"context"
	"slices"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
)

const (
	// ChecksADay is how often a customer asks about accounts in a day, and how often all
	// customers together ask about one.
	ChecksADay = 20
	aDay       = 24 * time.Hour
)

// CheckPayee counts a customer's question about an account, by the digests it may be
// kept under, and then gives what the lists say of it now that customers may be told of.
// Where it is one too many nothing is looked up, and wait says when another counts anew.
//
// What other lists have, and what the bank itself has found, is not read: the same
// statements run by the same indexes, whatever they know.
func (s *Store) CheckPayee(ctx context.Context, who hold.CustomerID, digests []counterparties.Digest) (said []counterparties.Hit,
	wait time.Duration, why hold.Refusal, err error) {
	now := hold.Instant(0)
	why, err = s.rule(ctx, func(t *tx) (_ hold.Refusal, err error) {
		if now, err = t.now(); err == nil {
			wait, err = t.countCheck(who, digests, now)
		}
		if wait > 0 {
			t.count("payee_check_limit")
			return hold.CheckLimit, err
		}
		return "", err
	})
	if err != nil || why != "" || len(digests) == 0 {
		return nil, wait, why, err
	}
	return said, 0, "", s.reads(ctx, publicHits(&said, digests, now))
}

// countCheck counts a check, and tells how long it comes too early; 0: it does not. All
// rows are taken in one statement, in one order.
func (t *tx) countCheck(who hold.CustomerID, digests []counterparties.Digest, now hold.Instant) (wait time.Duration, err error) {
	st := statement{text: `INSERT INTO payee_checks (subject, since, n) VALUES (?, ?, 1)`}
	if len(digests) > 0 { // accounts come before customers
		st.text += `, (?, ?, 1)`
		st.args = []any{"account:" + digests[0].Value, now}
	}
	st.args = append(st.args, "customer:"+string(who), now, now.Add(-aDay), now.Add(-aDay))
	var counted []struct {
		Since hold.Instant `db:"since"`
		N     int          `db:"n"`
	}
	st.some = &counted
	if err := t.together(st.then(` ON CONFLICT (subject) DO UPDATE SET
		n = CASE WHEN payee_checks.since <= ? THEN 1 ELSE payee_checks.n + 1 END,
		since = CASE WHEN payee_checks.since <= ? THEN excluded.since ELSE payee_checks.since END RETURNING since, n`)); err != nil {
		return 0, err
	}
	for _, c := range counted {
		if c.N > ChecksADay {
			wait = max(wait, c.Since.Add(aDay).Sub(now), time.Second)
		}
	}
	return wait, nil
}

// publicHits reads what the lists in force that customers may be told of say of an
// account now: the surest first, each category once.
func publicHits(said *[]counterparties.Hit, digests []counterparties.Digest, now hold.Instant) statement {
	return some(said, `WITH h AS MATERIALIZED (SELECT list, edition, category, strength FROM payee_hits
		WHERE valid_from <= ? AND (valid_to = 0 OR valid_to > ?) AND public_digest <> '' AND public_digest IN `, now, now).
		in(valuesOf(digests)).then(`) SELECT DISTINCT h.category, h.strength` + inForce + `ORDER BY h.strength, h.category LIMIT 16`)
}

// ForgetPayeeChecks deletes at most so many counts of days that are over.
func (s *Store) ForgetPayeeChecks(ctx context.Context, atMost int) (n int, err error) {
	now, err := s.Now(ctx)
	if err != nil {
		return 0, err
	}
	const over = `SELECT subject FROM payee_checks WHERE since <= ? LIMIT ?`
	var old []string
	if err := s.all(ctx, &old, over, now.Add(-aDay), atMost); err != nil || len(old) == 0 {
		return 0, err
	}
	slices.Sort(old)
	var gone int64
	err = s.update(ctx, func(t *tx) error {
		st := statement{text: `DELETE FROM payee_checks WHERE since <= ? AND subject IN `, args: []any{now.Add(-aDay)}, changed: &gone}
		return t.together(st.in(old))
	})
	return int(gone), err
}
