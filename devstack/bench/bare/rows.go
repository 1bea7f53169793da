package bare

import (
	"context"

	"holdfast/devstack/bench/load"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Insert writes the rows of one accepted hold, a statement each.
func Insert(ctx context.Context, db *pgxpool.Pool, customer int) error {
	return plain(ctx, db, "insert", newRow(load.NewTransaction(), customer))
}

// plain runs a step's statements by pgx itself, which is faster than by the
// layers that a program has: what Holdfast is held against is not slowed down.
func plain(ctx context.Context, db *pgxpool.Pool, step string, r row) error {
	return pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		for _, s := range steps[step] {
			if s.sql == "begin" || s.sql == "commit" {
				continue
			}
			args, err := s.values(r)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, s.sql, args...); err != nil {
				return err
			}
		}
		return nil
	})
}

// Ask writes a hold whose question is open, and gives its name.
func Ask(ctx context.Context, db *pgxpool.Pool, customer int) (string, error) {
	id := load.NewTransaction()
	if err := plain(ctx, db, "accept", newRow(id, customer)); err != nil {
		return id, err
	}
	return id, plain(ctx, db, "open", newRow(id, customer))
}

// Answer writes the answer to it, by the statements that the store had.
func Answer(ctx context.Context, db *pgxpool.Pool, id string, customer int) error {
	return plain(ctx, db, "answer", newRow(id, customer))
}

// tables are those of an accepted hold, with their columns and what stands in
// them.
var tables = []struct {
	name    string
	columns []string
	values  []string
}{
	{"holds", []string{"id", "client_id", "customer_id", "transaction_id", "request", "terms", "tx_digest", "status", "revision", "deadline",
		"accepted_at", "look_at"}, []string{"hold", "client", "customer", "tx", "request", "terms", "digest", "'held'", "one", "now+24h",
		"now", "now"}},
	{"idempotency", []string{"client_id", "key", "body_digest", "hold_id", "reply"}, []string{"client", "key", "digest", "hold", "reply"}},
	{"audit_entries", []string{"subject", "seq", "bytes", "hash"}, []string{"hold", "one", "entry1", "digest"}},
	{"audit_heads", []string{"subject", "seq", "hash"}, []string{"hold", "one", "digest"}},
	{"outbox", []string{"workflow_id", "kind", "due_at"}, []string{"hold", "'start'", "now"}},
}

// Copy writes the rows of n accepted holds by COPY, in one transaction.
func Copy(ctx context.Context, c *pgx.Conn, n int) error {
	rows := make([]row, n)
	for i := range rows {
		rows[i] = newRow(load.NewTransaction(), i%Customers)
		rows[i]["one"] = 1
	}
	tx, err := c.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx) //nolint:errcheck // after a commit it does nothing
	for _, t := range tables {
		_, err := tx.CopyFrom(ctx, pgx.Identifier{t.name}, t.columns, pgx.CopyFromSlice(n, func(i int) ([]any, error) {
			values := make([]any, len(t.values))
			for k, name := range t.values {
				var err error
				if values[k], err = rows[i].value(name); err != nil {
					return nil, err
				}
			}
			return values, nil
		}))
		if err != nil {
			return err
		}
	}
	return tx.Commit(ctx)
}
