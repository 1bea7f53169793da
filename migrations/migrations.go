// Package migrations carries the schema for both dialects, embedded. The two
// folders have the same numbers; a schema change adds a file to each.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed postgres/*.sql sqlite/*.sql
var files embed.FS

func provider(db *sql.DB, dialect string) (*goose.Provider, error) {
	dir, err := fs.Sub(files, dialect)
	if err != nil {
		return nil, err
	}
	if dialect == "sqlite" {
		return goose.NewProvider(goose.DialectSQLite3, db, dir)
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, db, dir, goose.WithSessionLocker(locker))
}

// Up brings the schema to this binary's version. On Postgres an advisory lock
// keeps two runs apart. dialect is "postgres" or "sqlite".
func Up(ctx context.Context, db *sql.DB, dialect string) error {
	p, err := provider(db, dialect)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrating the schema: %w", err)
	}
	return nil
}

// ErrNewer is why a binary does not start on a schema that is newer than its own. One
// that runs goes on: a version's migrations leave what the version before needs.
var ErrNewer = errors.New("the schema is newer")

// Check tells whether the schema is the one this binary was built for. A newer
// schema belongs to a newer binary and is refused; an older one wants
// "holdfast migrate".
func Check(ctx context.Context, db *sql.DB, dialect string) error {
	p, err := provider(db, dialect)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	have, want, err := p.GetVersions(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("reading the schema's version: %w", err)
	case have > want:
		return fmt.Errorf("%w: it is at version %d and this binary knows %d: run a newer holdfast", ErrNewer, have, want)
	case have < want:
		return fmt.Errorf("the schema is at version %d and this binary needs %d: run holdfast migrate", have, want)
	}
	return nil
}
