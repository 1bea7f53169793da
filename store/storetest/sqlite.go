package storetest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"holdfast/store"
)

// SQLiteURL gives the URL of a new, migrated database that goes away with the test.
func SQLiteURL(t testing.TB) string {
	t.Helper()
	migrated, err := sqliteTemplate()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "holdfast.db")
	if err := os.WriteFile(path, migrated, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

// EmptySQLiteURL gives the URL of a new database that nobody has migrated.
func EmptySQLiteURL(t testing.TB) string {
	return "sqlite:" + filepath.Join(t.TempDir(), "holdfast.db")
}

// sqliteTemplate is the file of a migrated database. Closed, it is whole: SQLite leaves
// nothing beside it.
var sqliteTemplate = sync.OnceValues(func() (migrated []byte, err error) {
	dir, err := os.MkdirTemp("", "holdfast-sqlite-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "template.db")
	s, err := store.Open(context.Background(), "sqlite:"+path, store.Options{})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(s.Migrate(context.Background()), s.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})
