// Package store is the record: every fact is one transaction here, and appends
// its audit entry and, where the workflow must hear of it, an outbox row. One
// implementation serves Postgres and SQLite. It knows no policy, no channel
// and no network but the database's.
//
// Locks are always taken in this order: agent, client, console session, hold, customer,
// number, prefix, case, challenge, complaint, payee, recall, audit head, outbox. The hold's row is locked
// first and read afterwards, never in one statement: that would read a snapshot
// older than the lock.
package store

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"holdfast/hold"
	"holdfast/migrations"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/jmoiron/sqlx"
	_ "modernc.org/sqlite"
)

func init() { sqlx.BindDriver("sqlite", sqlx.QUESTION) }

// ErrNotFound means that there is no such row, or that it is another's.
var ErrNotFound = errors.New("not found")

// ErrBusy means that a lock was not to be had within two seconds: try again.
var ErrBusy = errors.New("the database is busy")

// Store is the database. It is safe for concurrent use.
type Store struct {
	Bus     *Bus
	dialect string          // "postgres" or "sqlite"
	direct  *pgx.ConnConfig // straight to the server (Postgres)
	pooled  bool            // write goes through a pooler that keeps no session
	write   *sqlx.DB
	read    *sqlx.DB
	writing turns // at the pools; Postgres has one of both
	reading turns
	clock   func() hold.Instant // nil: the database's own
	counts  func(event string)
	id      string      // of the process, as far as NOTIFY is concerned
	notes   chan string // the topics that the other processes are to be told of
	done    context.CancelFunc
	loops   sync.WaitGroup
}

// Options are what a caller may set. Clock replaces the database's clock in
// tests and in the development stack. Conns bounds the pool (Postgres; default 16). Count is told, after the
// commit, of what deserves a metric. Direct leads straight to the server where
// the database's address leads to a pooler in transaction mode (PgBouncer): for
// LISTEN and for migrations, which need a session. Beside is another pool of this
// process, on the same database, that is closed after this one: the two have one bus,
// and one of them listens and tells the others.
type Options struct {
	Clock  func() hold.Instant
	Conns  int
	Count  func(event string)
	Direct string
	Beside *Store
}

// Open opens a database: "sqlite:PATH", or Postgres as "postgres://…" or in
// keyword form, "host=… dbname=…". It does not change the schema.
func Open(ctx context.Context, dsn string, o Options) (*Store, error) {
	s := &Store{Bus: NewBus(), id: NewID("proc"), clock: o.Clock, counts: o.Count}
	if s.counts == nil {
		s.counts = func(string) {}
	}
	if o.Conns == 0 {
		o.Conns = 16
	}
	path, isFile := strings.CutPrefix(dsn, "sqlite:")
	err := error(nil)
	if isFile {
		err = s.openSQLite(path)
	} else {
		err = s.openPostgres(dsn, o)
	}
	if err == nil {
		err = s.write.PingContext(ctx)
	}
	if err == nil && s.pooled {
		err = s.pingDirect(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the %s database: %w", s.dialect, err), s.Close())
	}
	if o.Beside != nil {
		s.Bus, s.notes = o.Beside.Bus, o.Beside.notes
		return s, nil
	}
	loops, cancel := context.WithCancel(context.Background())
	s.done = cancel
	if s.dialect == "postgres" {
		s.notes = make(chan string, 4096)
		s.loops.Add(2)
		go func() { defer s.loops.Done(); s.notifyLoop(loops) }()
		go func() { defer s.loops.Done(); s.listenLoop(loops) }()
	}
	return s, nil
}

// openSQLite opens two handles: one connection that writes, and readers that
// cannot.
func (s *Store) openSQLite(path string) error {
	s.dialect = "sqlite"
	if err := private(path); err != nil {
		return err
	}
	at := "file:" + strings.NewReplacer("%", "%25", "?", "%3F", "#", "%23").Replace(path) + "?"
	q := url.Values{"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)"}}
	w := url.Values{"_pragma": q["_pragma"], "_txlock": {"immediate"}}
	r := url.Values{"_pragma": append([]string{"query_only(1)"}, q["_pragma"]...)}
	var err error
	if s.write, err = sqlx.Open("sqlite", at+w.Encode()); err != nil {
		return err
	}
	s.write.SetMaxOpenConns(1)
	s.writing = make(turns, 1)
	if err := s.write.Ping(); err != nil { // the writer makes the file
		return err
	}
	if s.read, err = sqlx.Open("sqlite", at+r.Encode()); err != nil {
		return err
	}
	s.read.SetMaxOpenConns(8)
	s.reading = make(turns, 8)
	return nil
}

// private makes the file's directory if there is none, and the file its owner's
// alone, whatever the umask. SQLite gives the files beside it the same mode.
func private(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the operator names it
	if err != nil {
		return err
	}
	_ = f.Close() // nothing was written
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			err = os.Chmod(name, 0o600)
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("making the database its owner's alone: %w", err)
		}
	}
	return nil
}

// Dialect is "postgres" or "sqlite".
func (s *Store) Dialect() string { return s.dialect }

// Ping tells whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.read.PingContext(ctx) }

// Migrate brings the schema to this binary's version.
func (s *Store) Migrate(ctx context.Context) error {
	if !s.pooled {
		return migrations.Up(ctx, s.write.DB, s.dialect)
	}
	db := stdlib.OpenDB(*s.direct)
	return errors.Join(migrations.Up(ctx, db, s.dialect), db.Close())
}

// ErrNewerSchema is what CheckSchema says of a schema that is newer than this binary's.
var ErrNewerSchema = migrations.ErrNewer

// CheckSchema refuses a schema that is not this binary's.
func (s *Store) CheckSchema(ctx context.Context) error {
	return migrations.Check(ctx, s.write.DB, s.dialect)
}

// Close ends the store.
func (s *Store) Close() error {
	if s.done != nil {
		s.done()
		s.loops.Wait()
	}
	var errs []error
	if s.read != nil && s.read != s.write {
		errs = append(errs, s.read.Close())
	}
	if s.write != nil {
		errs = append(errs, s.write.Close())
	}
	return errors.Join(errs...)
}
