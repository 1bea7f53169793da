package store_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// intakeRows are the rows that one hold leaves, by table, to be written again under
// other ids.
type intakeRows struct {
	hold    hold.ID
	tables  []string
	columns map[string][]string
	rows    map[string][][]any
}

func rowsOf(b *storetest.Bundle, pool *pgxpool.Pool, id hold.ID) intakeRows {
	r := intakeRows{hold: id, columns: map[string][]string{}, rows: map[string][][]any{}}
	for _, of := range [][2]string{{"holds", "id"}, {"idempotency", "hold_id"}, {"challenges", "hold_id"}, {"audit_entries", "subject"},
		{"audit_heads", "subject"}, {"outbox", "workflow_id"}} {
		found, err := pool.Query(ctx, `SELECT * FROM `+of[0]+` WHERE `+of[1]+` = $1`, id)
		b.Must(err)
		r.tables = append(r.tables, of[0])
		skip := 0
		if of[0] == "outbox" {
			skip = 1 // its id is a sequence's
		}
		for _, f := range found.FieldDescriptions()[skip:] {
			r.columns[of[0]] = append(r.columns[of[0]], f.Name)
		}
		for found.Next() {
			v, err := found.Values()
			b.Must(err)
			r.rows[of[0]] = append(r.rows[of[0]], v[skip:])
		}
		b.Must(found.Err())
	}
	return r
}

// as is a row under other ids.
func (r intakeRows) as(table string, row []any, n string) []any {
	out := make([]any, len(row))
	for i, v := range row {
		switch name := r.columns[table][i]; {
		case v == string(r.hold):
			v = "hold_" + n
		case name == "transaction_id", name == "key", name == "nonce", table == "challenges" && name == "id":
			v = name + n
		}
		out[i] = v
	}
	return out
}

func (r intakeRows) insert(ctx context.Context, pool *pgxpool.Pool, n string) error {
	return pgx.BeginFunc(ctx, pool, func(t pgx.Tx) error {
		for _, table := range r.tables {
			for _, row := range r.rows[table] {
				q := `INSERT INTO ` + table + ` (` + strings.Join(r.columns[table], ", ") + `) VALUES ($1`
				for i := range row[1:] {
					q += fmt.Sprintf(", $%d", i+2)
				}
				if _, err := t.Exec(ctx, q+`)`, r.as(table, row, n)...); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (r intakeRows) copy(ctx context.Context, pool *pgxpool.Pool, from, n int) error {
	return pgx.BeginFunc(ctx, pool, func(t pgx.Tx) error {
		for _, table := range r.tables {
			var all [][]any
			for i := range n {
				for _, row := range r.rows[table] {
					all = append(all, r.as(table, row, fmt.Sprint("copy", from+i)))
				}
			}
			if _, err := t.CopyFrom(ctx, pgx.Identifier{table}, r.columns[table], pgx.CopyFromRows(all)); err != nil {
				return err
			}
		}
		return nil
	})
}

// BenchmarkIntake times AcceptHold at 32 connections against single transactions that
// insert the same rows, and AcceptHolds of 1,000 lines against COPY of the same rows,
// in turns of one run, on Postgres with fsync.
//
//	go test ./store -run '^$' -bench Intake -benchtime 10x
func BenchmarkIntake(b *testing.B) {
	const clients, each, lines = 32, 20, 1000
	x := storetest.New(b, storetest.PostgresURL(b))
	pool, err := pgxpool.New(ctx, x.URL+"&pool_max_conns=32")
	x.Must(err)
	b.Cleanup(pool.Close)
	durable(x, pool)
	s, err := store.Open(ctx, x.URL, store.Options{Conns: clients, Clock: x.Clock.Now})
	x.Must(err)
	b.Cleanup(func() { _ = s.Close() })
	x.Must(s.Deploy(ctx, atOnce()))
	var who []hold.CustomerID
	for i := range 1000 {
		who = append(who, x.NewCustomer(hold.CustomerID(fmt.Sprint("customer", i))).ID)
	}
	next := 0
	some := func(n int) (as []store.Accept) {
		for range n {
			a := x.Accepting(storetest.PushLadder())
			a.Request.CustomerID = who[next%len(who)]
			next, as = next+1, append(as, a)
		}
		x.Clock.Forward(2 * time.Hour) // nobody has had too many pushes
		return as
	}
	res, err := s.AcceptHold(ctx, some(1)[0])
	x.Must(err)
	rows := rowsOf(x, pool, res.HoldID)
	atOnce := func(fn func(n int) error) time.Duration {
		began := time.Now()
		var wg sync.WaitGroup
		for c := range clients {
			wg.Go(func() {
				for i := range each {
					if err := fn(c*each + i); err != nil {
						b.Error(err)
					}
				}
			})
		}
		wg.Wait()
		return time.Since(began)
	}
	var took [4]time.Duration
	round := func(n int) {
		as, many := some(clients*each), some(lines)
		took[0] += atOnce(func(i int) error { _, err := s.AcceptHold(ctx, as[i]); return err })
		took[1] += atOnce(func(i int) error { return rows.insert(ctx, pool, fmt.Sprint("one", n, "-", i)) })
		began := time.Now()
		for _, l := range s.AcceptHolds(ctx, many) {
			if l.Err != nil || l.Outcome != store.Accepted {
				b.Error(l.Outcome, l.Err)
			}
		}
		took[2] += time.Since(began)
		began = time.Now()
		x.Must(rows.copy(ctx, pool, n*lines, lines))
		took[3] += time.Since(began)
	}
	round(0) // warm
	took = [4]time.Duration{}
	n := 0
	for b.Loop() {
		n++
		round(n)
	}
	rate := func(i, of int) float64 { return float64(of*n) / took[i].Seconds() }
	b.ReportMetric(rate(0, clients*each), "holds/s")
	b.ReportMetric(rate(1, clients*each), "inserts/s")
	b.ReportMetric(rate(2, lines), "lines/s")
	b.ReportMetric(rate(3, lines), "copied/s")
	b.ReportMetric(float64(took[1])/float64(took[0]), "of-insert")
	b.ReportMetric(float64(took[3])/float64(took[2]), "of-copy")
}

// durable has the throwaway cluster write as a bank's does.
func durable(x *storetest.Bundle, pool *pgxpool.Pool) {
	var fsync string
	x.Must(pool.QueryRow(ctx, `SHOW fsync`).Scan(&fsync))
	if fsync == "off" { // the throwaway cluster
		for _, q := range []string{`ALTER SYSTEM SET fsync = on`, `SELECT pg_reload_conf()`} {
			_, err := pool.Exec(ctx, q)
			x.Must(err)
		}
	}
}
