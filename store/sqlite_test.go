package store_test

import (
	"os"
	"path/filepath"
	"testing"

	"holdfast/store"
)

// A database's file is found by its name, whatever that is, and nobody but its
// owner can read it, nor what SQLite puts beside it.
func TestSQLiteFiles(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"plain.db", "a#b.db", "a?b.db", "a%62.db", "a b.db", "ü.db"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "data")
			path := filepath.Join(dir, name)
			open := func() {
				s, err := store.Open(t.Context(), "sqlite:"+path, store.Options{})
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close() //nolint:errcheck // the end
				if err := s.Migrate(t.Context()); err != nil {
					t.Fatal(err)
				}
				modes(t, dir)
			}
			open()
			if info, err := os.Stat(path); err != nil || info.Size() == 0 {
				t.Fatalf("the database is elsewhere: %v", err)
			}
			if err := os.Chmod(path, 0o644); err != nil { // as it was made before
				t.Fatal(err)
			}
			open()
		})
	}
}

func modes(t *testing.T, dir string) {
	t.Helper()
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the directory: %v %v", info.Mode(), err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", f.Name(), info.Mode(), err)
		}
	}
}
