package store

import (
	"context"

	"holdfast/hold"
)

// RecallPage narrows a list of recalls; empty fields do not.
type RecallPage struct {
	Status hold.RecallStatus
	HoldID hold.ID
	Parked bool          // only what waits for a human to have it asked for again
	After  hold.RecallID // cursor: the last id of the page before
	Limit  int           // 1–200
}

// Recalls lists recalls, the newest first, without those of the customer whom the agent
// is, and those to a payee whom they have paid or reported as a customer.
func (s *Store) Recalls(ctx context.Context, by By, p RecallPage) (rs []hold.Recall, err error) {
	return s.recalls(ctx, p, ` AND customer_id <> `+linkedTo+` AND NOT `+
		linkedPayee(`(SELECT o.payee_id FROM holds o WHERE o.id = recall_requests.hold_id)`), by.Sub, by.Sub)
}

// AllRecalls is the same for the bank's own systems.
func (s *Store) AllRecalls(ctx context.Context, p RecallPage) ([]hold.Recall, error) {
	return s.recalls(ctx, p, "")
}

func (s *Store) recalls(ctx context.Context, p RecallPage, but string, args ...any) (rs []hold.Recall, err error) {
	q := `SELECT * FROM recall_requests WHERE 1 = 1` + but
	for _, c := range []struct{ is, value string }{{"status =", string(p.Status)}, {"hold_id =", string(p.HoldID)},
		{"id <", string(p.After)}} {
		if c.value != "" {
			q, args = q+` AND `+c.is+` ?`, append(args, c.value)
		}
	}
	if p.Parked {
		q += ` AND parked_at <> 0`
	}
	return rs, s.all(ctx, &rs, q+` ORDER BY id DESC LIMIT ?`, append(args, p.Limit)...)
}

// RecallsOf are a customer's, the one that changed last first.
func (s *Store) RecallsOf(ctx context.Context, id hold.CustomerID, limit int) (rs []hold.Recall, err error) {
	return rs, s.all(ctx, &rs, `SELECT * FROM recall_requests WHERE customer_id = ? ORDER BY updated_at DESC, id LIMIT ?`, id, limit)
}

// RecallStats counts what waits for people.
type RecallStats struct {
	Proposed int `db:"proposed"` // for an agent
	Parked   int `db:"parked"`   // for somebody who mends the endpoint
}

// RecallStats counts.
func (s *Store) RecallStats(ctx context.Context) (n RecallStats, err error) {
	return n, s.get(ctx, &n, `SELECT COALESCE(SUM(CASE WHEN status = 'proposed' THEN 1 ELSE 0 END), 0) AS proposed,
		COALESCE(SUM(CASE WHEN parked_at <> 0 THEN 1 ELSE 0 END), 0) AS parked
		FROM recall_requests WHERE status IN ('proposed', 'requested')`)
}
