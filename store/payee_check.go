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

// PayeeQuestion is a customer's question about an account.
type PayeeQuestion struct {
	Who     hold.CustomerID
	Account counterparties.Digest   // that it is counted by, whatever country they name
	Digests []counterparties.Digest // that it may be kept under; none: payees are not looked up
}

// PayeeAnswer is what a customer is told of an account, or when they may ask again.
type PayeeAnswer struct {
	Hits    []counterparties.Hit
	Unnamed bool          // all customers together have asked as often as they may: no name is compared
	Wait    time.Duration // of a CheckLimit: until another question counts anew
}

// CheckPayee counts a customer's question about an account, and then gives what the lists
// say of it now that customers may be told of. Where the customer asks too often nothing
// is looked up; where the account is asked about too often, its warnings are given all
// the same: nobody takes them from others by asking.
//
// What other lists have, and what the bank itself has found, is not read: the same
// statements run by the same indexes, whatever they know.
func (s *Store) CheckPayee(ctx context.Context, q PayeeQuestion) (a PayeeAnswer, why hold.Refusal, err error) {
	now := hold.Instant(0)
	why, err = s.rule(ctx, func(t *tx) (_ hold.Refusal, err error) {
		a = PayeeAnswer{} // of a try that was undone
		if now, err = t.now(); err != nil {
			return "", err
		}
		if a.Wait, err = t.countCheck("customer:"+string(q.Who), now); err != nil || a.Wait > 0 {
			t.count("payee_check_limit")
			return hold.CheckLimit, err
		}
		if len(q.Digests) == 0 {
			return "", nil
		}
		spent, err := t.countCheck("account:"+q.Account.Value, now)
		if a.Unnamed = spent > 0; a.Unnamed {
			t.count("payee_check_account_limit")
		}
		return "", err
	})
	if err != nil || why != "" || len(q.Digests) == 0 {
		return a, why, err
	}
	return a, "", s.reads(ctx, publicHits(&a.Hits, q.Digests, now))
}

// countCheck counts a check of a customer, or of an account, and tells how long it comes
// too early; 0: it does not. Customers are counted before accounts: who has asked too
// often spends no account's checks, and no two transactions wait for each other.
func (t *tx) countCheck(subject string, now hold.Instant) (wait time.Duration, err error) {
	var counted struct {
		Since hold.Instant `db:"since"`
		N     int          `db:"n"`
	}
	if err := t.get(&counted, `INSERT INTO payee_checks (subject, since, n) VALUES (?, ?, 1) ON CONFLICT (subject) DO UPDATE SET
		n = CASE WHEN payee_checks.since <= ? THEN 1 ELSE payee_checks.n + 1 END,
		since = CASE WHEN payee_checks.since <= ? THEN excluded.since ELSE payee_checks.since END RETURNING since, n`,
		subject, now, now.Add(-aDay), now.Add(-aDay)); err != nil {
		return 0, err
	}
	if counted.N <= ChecksADay {
		return 0, nil
	}
	return max(counted.Since.Add(aDay).Sub(now), time.Second), nil
}

// publicHits reads what the lists in force that customers may be told of say of an
// account now: the surest first, each category once. That many use an account is no
// warning.
func publicHits(said *[]counterparties.Hit, digests []counterparties.Digest, now hold.Instant) statement {
	return some(said, `WITH h AS MATERIALIZED (SELECT list, edition, category, strength FROM payee_hits
		WHERE valid_from <= ? AND (valid_to = 0 OR valid_to > ?) AND public_digest <> '' AND public_digest IN `, now, now).
		in(valuesOf(digests)).then(`) SELECT DISTINCT h.category, h.strength` + inForce + `WHERE h.category NOT IN `).
		in(counterparties.Shared()).then(` ORDER BY h.strength, h.category LIMIT 16`)
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
