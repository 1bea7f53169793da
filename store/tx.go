package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"holdfast/audit"
	"holdfast/hold"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jmoiron/sqlx"
)

// tx is one transaction on a connection of its own. What it writes may be put off:
// see later. Topics are published and events counted once it has committed.
type tx struct {
	ctx    context.Context
	conn   *sqlx.Conn
	turns  turns // that the connection is one of
	s      *Store
	queued []statement // in the order in which they are to be run
	begun  bool        // begun, and not committed
	topics []string
	events []string
	heads  map[string]audit.Head // of the chains that this transaction has read or appended to
	grown  []string              // the chains that it has appended to
	// What it has appended, as it is to be written.
	entries []audit.Stored
	// It has given people something to do.
	gaveWork bool
	// What it is about was read under the locks of hold and customer, and it does one thing
	// about it: what was open is open.
	fresh bool
	// Whom it has locked, and found to have no case.
	caseless hold.CustomerID
	// When its wakes are wanted, where that is not now: what is done about thousands of
	// holds at once does not come before what others wait for.
	wakesAt hold.Instant
}

// lockTimeout is Postgres' code for a lock that was not to be had in time.
const lockTimeout = "55P03"

// update runs fn in one write transaction: READ COMMITTED on Postgres,
// immediate on SQLite. It may run it again: see again.
func (s *Store) update(ctx context.Context, fn func(t *tx) error) error {
	return again(func() error { return s.updateOnce(ctx, fn) })
}

const (
	tries = 3
	// migrated is how often a statement may be outdated: one after the other on a
	// connection, on the next connection too, and by the next migration again.
	migrated = 30
)

// again does what comes to nothing by no fault of its own once more: the database
// broke a deadlock, a connection was lost before anything went over it, or a
// migration has outdated a statement. Nothing of it was committed.
func again(do func() error) error {
	for try := 1; ; try++ {
		err := do()
		switch {
		case err == nil:
			return nil
		case outdated(err) && try < migrated, (pgCode(err) == "40P01" || pgconn.SafeToRetry(err)) && try < tries:
		default:
			return busy(err)
		}
	}
}

// busy says ErrBusy of a lock that was not to be had in time.
func busy(err error) error {
	if pgCode(err) == lockTimeout {
		return fmt.Errorf("%w: %w", ErrBusy, err)
	}
	return err
}

func (s *Store) updateOnce(ctx context.Context, fn func(t *tx) error) error {
	t, err := s.begin(ctx, s.write, s.beginText(true))
	if err != nil {
		return fmt.Errorf("beginning a transaction: %w", err)
	}
	defer t.end()
	if err := fn(t); err != nil {
		return err
	}
	if err := t.commit(); err != nil {
		return err
	}
	s.publish(t.topics)
	for _, e := range t.events {
		s.counts(e)
	}
	return nil
}

// rule is update for what may be refused. A refusal is a value, no fault: what
// was counted and written down for it commits.
func (s *Store) rule(ctx context.Context, fn func(t *tx) (hold.Refusal, error)) (why hold.Refusal, err error) {
	err = s.update(ctx, func(t *tx) error { why, err = fn(t); return err })
	return why, err
}

var errUndone = errors.New("refused, and undone")

// whole is rule for what is done as a whole or not at all, and counts nothing:
// what was written before a refusal is undone.
func (s *Store) whole(ctx context.Context, fn func(t *tx) (hold.Refusal, error)) (why hold.Refusal, err error) {
	err = s.update(ctx, func(t *tx) error {
		if why, err = fn(t); err == nil && why != "" {
			return errUndone
		}
		return err
	})
	if errors.Is(err, errUndone) {
		err = nil
	}
	return why, err
}

// view runs fn in one transaction that only reads. It may run it again.
func (s *Store) view(ctx context.Context, fn func(t *tx) error) error {
	return again(func() error {
		t, err := s.begin(ctx, s.read, s.beginText(false))
		if err != nil {
			return fmt.Errorf("beginning to read: %w", err)
		}
		defer t.end()
		return fn(t)
	})
}

// beginText begins a transaction that writes, or that only reads.
func (s *Store) beginText(writes bool) string {
	switch {
	case s.dialect == "sqlite" && writes:
		return "BEGIN IMMEDIATE"
	case s.dialect == "sqlite" || writes:
		return "BEGIN"
	}
	return "BEGIN READ ONLY"
}

func (t *tx) get(dst any, q string, args ...any) error { return t.together(one(dst, q, args...)) }

func (t *tx) all(dst any, q string, args ...any) error { return t.together(some(dst, q, args...)) }

// in is all, of a query in which each IN (?) takes a list. An empty list finds
// nothing.
func (t *tx) in(dst any, q string, args ...any) error {
	q, args, err := sqlx.In(q, args...)
	if err != nil {
		return err
	}
	return t.all(dst, q, args...)
}

// exec runs a statement and gives the number of rows it changed.
func (t *tx) exec(q string, args ...any) (changed int64, err error) {
	return changed, t.together(statement{text: q, args: args, changed: &changed})
}

// lock is the suffix that locks the rows of a SELECT. SQLite's writer is alone
// already.
func (t *tx) lock(strength string) string {
	if t.s.dialect == "sqlite" {
		return ""
	}
	return " FOR " + strength
}

// now is the store's clock: read after the lock, never the transaction's start.
func (t *tx) now() (now hold.Instant, err error) { return now, t.together(clock(&now)) }

// Now is the store's clock outside a transaction.
func (s *Store) Now(ctx context.Context) (now hold.Instant, err error) {
	if s.clock != nil {
		return s.clock(), nil
	}
	return now, s.get(ctx, &now, s.clockText())
}

// clockText reads the database's clock, as it is when the statement runs.
func (s *Store) clockText() string {
	if s.dialect == "sqlite" {
		return `SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER)`
	}
	return `SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)`
}

func (t *tx) count(event string) { t.events = append(t.events, event) }

func (t *tx) publish(topics ...string) {
	for _, topic := range topics {
		if !slices.Contains(t.topics, topic) {
			t.topics = append(t.topics, topic)
		}
	}
}

func (s *Store) get(ctx context.Context, dst any, q string, args ...any) error {
	if err := s.reading.wait(ctx); err != nil {
		return err
	}
	defer s.reading.end()
	return again(func() error { return notFound(s.reader(q).GetContext(ctx, dst, s.read.Rebind(q), args...)) })
}

func (s *Store) all(ctx context.Context, dst any, q string, args ...any) error {
	if err := s.reading.wait(ctx); err != nil {
		return err
	}
	defer s.reading.end()
	return again(func() error { return s.reader(q).SelectContext(ctx, dst, s.read.Rebind(q), args...) })
}

// reader is who passes over the columns that a later version has added, where all
// are read.
func (s *Store) reader(q string) *sqlx.DB {
	if readsAll(q) {
		return s.read.Unsafe()
	}
	return s.read
}

func notFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

func pgCode(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}

// isUnique tells whether err is a broken UNIQUE or PRIMARY KEY.
func isUnique(err error) bool {
	return err != nil && (pgCode(err) == "23505" || strings.Contains(err.Error(), "UNIQUE constraint failed"))
}
