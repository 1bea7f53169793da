package bare

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
)

// Schema is the frozen copy of the tables that a hold's life touches.
//
//go:embed schema.sql
var Schema string

//go:embed steps.sql
var stepsSource string

// statement is one of a step's, with what its parameters stand for.
type statement struct {
	sql  string
	args []string
}

// steps are the statements of the customary shape's steps.
var steps = parse(stepsSource)

func parse(source string) map[string][]statement {
	all, step := map[string][]statement{}, ""
	for line := range strings.Lines(source) {
		line = strings.TrimSpace(line)
		name, isStep := strings.CutPrefix(line, "-- step ")
		names, areArgs := strings.CutPrefix(line, "<- ")
		switch {
		case isStep:
			step = name
		case areArgs:
			last := &all[step][len(all[step])-1]
			last.args = strings.Fields(names)
		case line != "" && !strings.HasPrefix(line, "--"):
			all[step] = append(all[step], statement{sql: line})
		}
	}
	for _, s := range all["accept"] { // its rows alone: no reads, no notice
		if s.sql == "begin" || s.sql == "commit" || strings.HasPrefix(s.sql, "INSERT") {
			all["insert"] = append(all["insert"], s)
		}
	}
	return all
}

// sizes are of what the bench's hold wrote over the API, in bytes.
var sizes = map[string]int{"request": 348, "terms": 917, "reply": 706, "entry1": 542, "entry2": 368, "entry3": 504, "entry4": 331,
	"entry5": 217}

// fillers are what rows are filled with, made once.
var fillers = func() map[string][]byte {
	all := map[string][]byte{}
	for name, size := range sizes {
		all[name] = filler(size)
	}
	return all
}()

// filler is JSON of a size.
func filler(size int) []byte {
	text := `{"like":"` + strings.Repeat("what is written 0123", size/20+1)
	return []byte(text[:size-2] + `"}`)
}

// row gives the values of one hold's life by name.
type row map[string]any

// newRow makes the values of a hold of the n-th customer.
func newRow(id string, n int) row {
	r := row{"client": "bank", "customer": fmt.Sprintf("c-%06d", n), "device": fmt.Sprintf("dev_%06d", n), "tx": "tx-" + id, "key": "tx-" + id,
		"hold": "hold_" + id, "challenge": "chal_" + id, "answer": "ans_" + id, "nonce": "nonce-" + id,
		"digest": strings.Repeat("9b74c9897bac770f", 4)}
	r["notice"] = fmt.Sprint(r["hold"], "\n\t", r["customer"], "\n\toutbox")
	for name, b := range fillers {
		r[name] = b
	}
	return r
}

// value is what a parameter's name stands for.
func (r row) value(name string) (any, error) {
	if text, ok := strings.CutPrefix(name, "'"); ok {
		return strings.TrimSuffix(text, "'"), nil
	}
	if offset, ok := strings.CutPrefix(name, "now"); ok {
		d := time.Duration(0)
		if offset != "" {
			var err error
			if d, err = time.ParseDuration(offset); err != nil {
				return nil, err
			}
		}
		return time.Now().Add(d).UnixMicro(), nil
	}
	v, ok := r[name]
	if !ok {
		return nil, fmt.Errorf("steps.sql: %q stands for nothing", name)
	}
	return v, nil
}

// Play runs one step's statements, as the store does: one after the other, in a
// transaction where the step has one.
func Play(ctx context.Context, db *sqlx.DB, step string, r row) (err error) {
	var tx *sqlx.Tx
	defer func() {
		if err != nil && tx != nil {
			_ = tx.Rollback()
		}
	}()
	for _, s := range steps[step] {
		switch s.sql {
		case "begin":
			if tx, err = db.BeginTxx(ctx, nil); err != nil {
				return err
			}
			continue
		case "commit":
			if err = tx.Commit(); err != nil {
				return err
			}
			tx = nil
			continue
		}
		var on sqlx.ExtContext = db
		if tx != nil {
			on = tx
		}
		if err = play(ctx, on, s, r); err != nil {
			return fmt.Errorf("%s: %s: %w", step, s.sql[:min(40, len(s.sql))], err)
		}
	}
	return nil
}

// values are what a statement's parameters stand for.
func (s statement) values(r row) ([]any, error) {
	args := make([]any, len(s.args))
	for i, name := range s.args {
		var err error
		if args[i], err = r.value(name); err != nil {
			return nil, err
		}
	}
	return args, nil
}

func play(ctx context.Context, on sqlx.ExtContext, s statement, r row) error {
	args, err := s.values(r)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(s.sql, "SELECT") {
		_, err := on.ExecContext(ctx, s.sql, args...)
		return err
	}
	rows, err := on.QueryxContext(ctx, s.sql, args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // read to its end
	for rows.Next() {
		if _, err := rows.SliceScan(); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Seed puts the client and n customers, each with a device.
func Seed(ctx context.Context, db *sqlx.DB, n int) error {
	_, err := db.ExecContext(ctx, `INSERT INTO clients (id, created_at) VALUES ('bank', 1)`)
	if err != nil {
		return err
	}
	for i := range n {
		r := newRow("", i)
		if _, err := db.ExecContext(ctx, `INSERT INTO customers (id, name, locale, time_zone, phrase, created_at, updated_at)
			VALUES ($1, 'Customer', 'en', 'Europe/Berlin', 'green harbour', 1, 1)`, r["customer"]); err != nil {
			return err
		}
		if _, err := db.ExecContext(ctx, `INSERT INTO devices (id, customer_id, name, public_key, since, enrolled_at)
			VALUES ($1, $2, 'phone', $3, 1, 1)`, r["device"], r["customer"], filler(120)); err != nil {
			return err
		}
	}
	return nil
}
