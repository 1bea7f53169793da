package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"

	"holdfast/audit"
	"holdfast/hold"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/jmoiron/sqlx"
)

// statement is one statement of a transaction and what becomes of its answer.
type statement struct {
	text    string
	args    []any
	one     any     // a pointer: its only row; no row is ErrNotFound
	some    any     // a pointer to a slice: its rows
	changed *int64  // how many rows it changed
	surely  bool    // it is an error if it changes none
	of      hold.ID // whose row it sets these columns of: see setHold
	columns []string
	clock   *hold.Instant // no text: the clock of Options
}

func one(dst any, q string, args ...any) statement { return statement{text: q, args: args, one: dst} }

func some(dst any, q string, args ...any) statement { return statement{text: q, args: args, some: dst} }

// clock reads the store's clock, in its turn among what it is sent with.
func clock(now *hold.Instant) statement { return statement{clock: now} }

// in adds a list in brackets. It is filled up with its last value to a power of two,
// so that few statements are prepared.
func (st statement) in(list []string) statement {
	n := 1
	for n < len(list) {
		n *= 2
	}
	for i := range n {
		st.args = append(st.args, list[min(i, len(list)-1)])
	}
	st.text += "(?" + strings.Repeat(", ?", n-1) + ")"
	return st
}

// then adds how it ends.
func (st statement) then(end string) statement { st.text += end; return st }

// begin takes a connection. The transaction begins with the first statement that is
// sent. Behind a pooler the time-outs are said in it, for it alone.
func (s *Store) begin(ctx context.Context, db *sqlx.DB, how string) (*tx, error) {
	turns := s.turnsOf(db)
	if err := turns.wait(ctx); err != nil {
		return nil, err
	}
	conn, err := db.Unsafe().Connx(ctx) // on SQLite: see places for Postgres
	if err != nil {
		turns.end()
		return nil, err
	}
	t := &tx{ctx: ctx, conn: conn, turns: turns, s: s, heads: map[string]audit.Head{}}
	t.later(how)
	if s.pooled {
		for _, b := range bounds {
			t.later("SET LOCAL " + b[0] + " = " + b[1])
		}
	}
	return t, nil
}

// together sends what was put off and then what is asked, in this order, and fills
// in the answers. On Postgres that is one round trip, and each statement still sees
// what was committed before it began: a read after a lock sees what the lock has
// waited for. The first error is the transaction's.
func (t *tx) together(asked ...statement) error {
	all := append(t.queued, asked...)
	t.queued = nil
	if err := t.ctx.Err(); err != nil { // the caller's time is over
		return err
	}
	t.begun = true
	for i := range all {
		if st := &all[i]; st.clock != nil && t.s.clock == nil {
			st.text, st.one, st.clock = t.s.clockText(), st.clock, nil
		}
	}
	if t.s.dialect == "sqlite" {
		for _, st := range all {
			if err := t.run(st); err != nil {
				return err
			}
		}
		return nil
	}
	return t.conn.Raw(func(c any) error { return t.send(c.(*stdlib.Conn).Conn(), all) })
}

// reads asks outside a transaction, in one trip.
func (s *Store) reads(ctx context.Context, asked ...statement) error {
	if err := s.reading.wait(ctx); err != nil {
		return err
	}
	defer s.reading.end()
	return again(func() error {
		conn, err := s.read.Unsafe().Connx(ctx)
		if err != nil {
			return err
		}
		defer conn.Close() //nolint:errcheck // it goes back to the pool
		return (&tx{ctx: ctx, conn: conn, s: s}).together(asked...)
	})
}

// run runs one statement by itself.
func (t *tx) run(st statement) error {
	ctx := context.WithoutCancel(t.ctx)
	switch {
	case st.clock != nil:
		*st.clock = t.s.clock()
		return nil
	case st.one != nil:
		return notFound(t.conn.GetContext(ctx, st.one, st.text, st.args...))
	case st.some != nil:
		return t.conn.SelectContext(ctx, st.some, st.text, st.args...)
	}
	r, err := t.conn.ExecContext(ctx, st.text, st.args...)
	if err != nil || st.changed == nil && !st.surely {
		return err
	}
	n, err := r.RowsAffected()
	return st.hasChanged(n, err)
}

// send sends statements in one batch: it ends with the first that fails. How they
// are run (prepared, or not behind a pooler) is the connection's.
func (t *tx) send(c *pgx.Conn, all []statement) error {
	b := &pgx.Batch{}
	for _, st := range all {
		if st.clock == nil {
			b.Queue(sqlx.Rebind(sqlx.DOLLAR, st.text), st.args...)
		}
	}
	if b.Len() == 0 {
		return t.takeAll(nil, all)
	}
	res := c.SendBatch(context.WithoutCancel(t.ctx), b)
	err := t.takeAll(res, all)
	if closed := res.Close(); closed != nil && (err == nil || errors.Is(err, ErrNotFound)) {
		return closed
	}
	return err
}

func (t *tx) takeAll(res pgx.BatchResults, all []statement) error {
	for _, st := range all {
		if st.clock != nil {
			*st.clock = t.s.clock()
		} else if err := st.take(res); err != nil {
			return err
		}
	}
	return nil
}

const (
	commit     = "COMMIT"
	undoWithin = 5 * time.Second
)

// commit sends what was put off and commits.
func (t *tx) commit() error {
	t.writeTrail()
	t.later(commit)
	if err := t.together(); err != nil {
		return fmt.Errorf("committing: %w", err)
	}
	t.begun = false
	return nil
}

// end gives the connection back, and undoes what was not committed. A connection
// that cannot is not used again.
func (t *tx) end() {
	if t.begun {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), undoWithin)
		defer cancel()
		if _, err := t.conn.ExecContext(ctx, "ROLLBACK"); err != nil {
			_ = t.conn.Raw(func(any) error { return driver.ErrBadConn })
		}
	}
	_ = t.conn.Close()
	t.turns.end()
}
