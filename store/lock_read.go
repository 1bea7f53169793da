package store

import (
	"context"
	"encoding/json"
	"fmt"

	"holdfast/hold"
	"holdfast/protection"
)

// lockRow is a row of locks.
type lockRow struct {
	protection.Record
	CustomerID hold.CustomerID `db:"customer_id"`
	Value      string          `db:"value"` // JSON; empty: from then on there is none
}

// standingLocks are the rows of who is locked that are in force, or come. What a later
// one of its kind has outlived is among them: see protection.Current.
const standingLocks = `SELECT * FROM locks WHERE ended_at = 0 `

// recordsOf reads the locks out of rows. One that cannot be read is an error: nothing
// passes it.
func recordsOf(rows []lockRow) (rs []protection.Record, err error) {
	for _, r := range rows {
		if r.Value != "" {
			r.Lock = &protection.Lock{}
			if err := json.Unmarshal([]byte(r.Value), r.Lock); err != nil {
				return nil, fmt.Errorf("reading lock %s: %w", r.ID, err)
			}
		}
		rs = append(rs, r.Record)
	}
	return rs, nil
}

// locksOf reads what is in force for a customer, and what comes.
func (t *tx) locksOf(id hold.CustomerID) ([]protection.Record, error) {
	var rows []lockRow
	if err := t.all(&rows, standingLocks+`AND customer_id = ? ORDER BY asked_at, id`, id); err != nil {
		return nil, err
	}
	return recordsOf(rows)
}

// Locks are a customer's, as at Now.
type Locks struct {
	Customer hold.Customer // without devices and numbers
	Records  []protection.Record
	Now      hold.Instant
}

// Locks reads what is in force for a customer, and what comes, in one trip.
func (s *Store) Locks(ctx context.Context, id hold.CustomerID) (l Locks, err error) {
	var rows []lockRow
	if err = s.reads(ctx, clock(&l.Now), one(&l.Customer, `SELECT * FROM customers WHERE id = ?`, id),
		some(&rows, standingLocks+`AND customer_id = ? ORDER BY asked_at, id`, id)); err != nil {
		return Locks{}, err
	}
	l.Records, err = recordsOf(rows)
	return l, err
}
