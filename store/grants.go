package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// Grant gives a Postgres role what Holdfast needs to run, and no more: of the
// audit trail it may only read and append, and it cannot say that holds may leave.
func (s *Store) Grant(ctx context.Context, role string) error {
	if s.dialect != "postgres" {
		return errors.New("grants are for Postgres")
	}
	var schema string // the address may name another than public
	if err := s.get(ctx, &schema, `SELECT current_schema()`); err != nil {
		return err
	}
	to, in := pgx.Identifier{role}.Sanitize(), pgx.Identifier{schema}.Sanitize()
	for _, q := range []string{
		`GRANT USAGE ON SCHEMA ` + in + ` TO ` + to,
		`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ` + in + ` TO ` + to,
		`GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA ` + in + ` TO ` + to,
		`REVOKE UPDATE, DELETE, TRUNCATE ON audit_entries FROM ` + to,
		`REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON retirements FROM ` + to,
		`REVOKE INSERT, UPDATE, DELETE ON goose_db_version FROM ` + to,
	} {
		if _, err := s.write.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	return nil
}
