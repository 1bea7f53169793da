package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/jmoiron/sqlx"
)

// bounds are the server's time-outs of ours, in milliseconds: for a lock, and
// for a transaction that nobody goes on with.
var bounds = [][2]string{{"lock_timeout", "2000"}, {"idle_in_transaction_session_timeout", "30000"}}

// openPostgres opens the pool. Whatever the address says for itself stands.
func (s *Store) openPostgres(dsn string, o Options) error {
	s.dialect, s.pooled = "postgres", o.Direct != ""
	c, err := readPostgres(dsn)
	if err != nil {
		return err
	}
	s.direct = c
	if s.pooled {
		if s.direct, err = readPostgres(o.Direct); err != nil {
			return err
		}
		// The next statement may be another server's: none is prepared, and
		// the time-outs go into each transaction, see begin.
		c.DefaultQueryExecMode, c.StatementCacheCapacity, c.DescriptionCacheCapacity = pgx.QueryExecModeExec, 0, 0
	}
	for _, b := range bounds { // a migration waits for no lock for ever, either
		if !says(s.direct, b[0]) {
			s.direct.RuntimeParams[b[0]] = b[1]
		}
	}
	s.write = sqlx.NewDb(stdlib.OpenDB(*c), "pgx")
	s.write.SetMaxOpenConns(o.Conns)
	s.write.SetMaxIdleConns(o.Conns)
	s.writing = make(turns, o.Conns)
	s.read, s.reading = s.write, s.writing
	return nil
}

// outdated tells whether a statement was prepared before a migration changed what it
// gives: Postgres refuses it, and the driver prepares it anew, on each connection once.
func outdated(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "0A000" && pg.Routine == "RevalidateCachedQuery"
}

// readPostgres reads an address. Its error quotes nothing: there is a password
// in it.
func readPostgres(dsn string) (*pgx.ConnConfig, error) {
	c, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, errors.New("the address is neither a URL like postgres://user@host/database nor host=… dbname=…, " +
			"or a file that it names cannot be read")
	}
	return c, nil
}

// says tells whether an address sets a parameter itself.
func says(c *pgx.ConnConfig, parameter string) bool {
	_, set := c.RuntimeParams[parameter]
	return set || strings.Contains(c.RuntimeParams["options"], parameter)
}

// pingDirect tells that what is heard past the pooler is heard: a wrong address
// would only be seen in how late everything is.
func (s *Store) pingDirect(ctx context.Context) error {
	conn, err := pgx.ConnectConfig(ctx, s.direct.Copy())
	if err != nil {
		return fmt.Errorf("past the pooler (database_direct): %w", err)
	}
	return conn.Close(ctx)
}
