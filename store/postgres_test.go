package store_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"holdfast/store"
	"holdfast/store/storetest"
)

// keywords writes a URL of Postgres in keyword form.
func keywords(t *testing.T, at string) string {
	t.Helper()
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	return "host=" + u.Hostname() + " port=" + u.Port() + " user=" + u.User.Username() + " dbname=" + strings.Trim(u.Path, "/") +
		" sslmode=disable"
}

// What an address says for itself reaches the server as it stands, in either
// form; ours is added where it says nothing.
func TestTheAddressIsTheOperators(t *testing.T) {
	t.Parallel()
	at := storetest.PostgresURL(t)
	for name, c := range map[string]struct{ dsn, schema, lock string }{
		"plain":             {at, "public", "2s"},
		"keywords":          {keywords(t, at), "public", "2s"},
		"options":           {at + "&options=-csearch_path%3Dbank%20-cstatement_timeout%3D7s", "bank", "2s"},
		"keywords, options": {keywords(t, at) + " options='-c search_path=bank -c statement_timeout=7s'", "bank", "2s"},
		"search_path":       {at + "&search_path=bank", "bank", "2s"},
		"its own time-out":  {at + "&lock_timeout=900", "public", "900ms"},
		"as an option":      {at + "&options=-clock_timeout%3D900", "public", "900ms"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var schema, lock, statement string
			if err := store.Parameters(t, c.dsn, map[string]*string{"search_path": &schema, "lock_timeout": &lock,
				"statement_timeout": &statement}); err != nil {
				t.Fatal(err)
			}
			if c.schema == "public" {
				c.schema = `"$user", public`
			}
			if schema != c.schema || lock != c.lock || strings.Contains(c.dsn, "statement_timeout") && statement != "7s" {
				t.Errorf("search_path %s, lock_timeout %s, statement_timeout %s", schema, lock, statement)
			}
		})
	}
}

// A schema of the bank's own holds everything, and the role is let into it.
func TestAnotherSchema(t *testing.T) {
	t.Parallel()
	at := storetest.EmptyPostgresURL(t)
	raw := storetest.Raw(t, at)
	raw.MustExec(`CREATE SCHEMA bank`)
	raw.MustExec(`CREATE ROLE holdfast_elsewhere_test`)
	t.Cleanup(func() {
		raw.MustExec(`DROP OWNED BY holdfast_elsewhere_test`)
		raw.MustExec(`DROP ROLE holdfast_elsewhere_test`)
	})
	b := storetest.New(t, at+"&options=-csearch_path%3Dbank")
	b.Must(b.Grant(t.Context(), "holdfast_elsewhere_test"))
	b.Held(storetest.PushLadder())
	var tables []string
	b.Must(raw.Select(&tables, `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'`))
	var may bool
	b.Must(raw.Get(&may, `SELECT has_table_privilege('holdfast_elsewhere_test', 'bank.holds', 'INSERT')`))
	if len(tables) > 0 || !may {
		t.Errorf("in public: %v; the role may insert: %v", tables, may)
	}
}

// Behind a pooler a lock that is not to be had is given up in time, the schema
// is migrated by the direct address, and what one process commits another hears
// of.
func TestBehindAPooler(t *testing.T) {
	t.Parallel()
	direct := storetest.EmptyPostgresURL(t)
	open := func() *store.Store {
		s, err := store.Open(t.Context(), storetest.PooledURL(t, direct), store.Options{Direct: direct})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	s := open()
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := storetest.New(t, direct)
	h := b.Held(storetest.PushLadder())
	heard, stop := s.Bus.Subscribe(store.TopicOutbox)
	defer stop()
	for told := false; !told; { // it may not listen yet
		b.Held(storetest.PushLadder())
		select {
		case <-heard:
			told = true
		case <-time.After(50 * time.Millisecond):
		}
	}
	// More connections than the pooler has servers, with one statement.
	if err := many(400, func(int) error { _, err := s.Hold(t.Context(), h); return err }); err != nil {
		t.Errorf("at once: %v", err)
	}
	raw := storetest.Raw(t, direct).MustBegin()
	raw.MustExec(`SELECT 1 FROM holds WHERE id = $1 FOR UPDATE`, h)
	soon, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := s.MarkSettled(soon, h); err == nil || !strings.Contains(err.Error(), store.ErrBusy.Error()) {
		t.Errorf("a locked hold: %v", err)
	}
	if err := raw.Rollback(); err != nil {
		t.Fatal(err)
	}
}

// Whoever only reads and waits for a lock is told to try again, in time, as who writes.
func TestReadsThatWaitForALock(t *testing.T) {
	t.Parallel()
	at := storetest.EmptyPostgresURL(t)
	b := storetest.New(t, at)
	h := b.Held(storetest.PushLadder())
	raw := storetest.Raw(t, at).MustBegin()
	raw.MustExec(`LOCK TABLE holds IN ACCESS EXCLUSIVE MODE`)
	for name, read := range map[string]func() error{
		"one row": func() error { _, err := b.Hold(t.Context(), h); return err },
		"a list":  func() error { _, err := b.ListHolds(t.Context(), store.HoldFilter{Limit: 1}); return err },
		"a view":  func() error { _, _, err := b.Story(t.Context(), store.By{}, h); return err },
	} {
		if err := read(); !errors.Is(err, store.ErrBusy) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b.Must(raw.Rollback())
}

// An address past the pooler that leads nowhere is told at the start: nothing else
// would be heard of it.
func TestDirectAddressIsTried(t *testing.T) {
	t.Parallel()
	at := storetest.PostgresURL(t)
	s, err := store.Open(t.Context(), at, store.Options{Direct: "postgres://holdfast:canary@127.0.0.1:1/holdfast?sslmode=disable"})
	if err == nil {
		_ = s.Close()
		t.Fatal("opened")
	}
	if !strings.Contains(err.Error(), "database_direct") || strings.Contains(err.Error(), "canary") {
		t.Errorf("told: %v", err)
	}
}
