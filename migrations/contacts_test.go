package migrations_test

import (
	"context"
	"strings"
	"testing"

	"holdfast/migrations"
	"holdfast/store/storetest"
)

// A database of version 23 with texts and what the provider said of them comes to today's
// version with both; a text to a contact is taken then, and a number has one row.
func TestUpgradeFromVersion23(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for dialect, url := range map[string]string{"sqlite": storetest.EmptySQLiteURL(t), "postgres": storetest.EmptyPostgresURL(t)} {
		db := at(t, dialect, url, 23)
		text := func(id, kind string) string {
			return `INSERT INTO texts (id, kind, customer_id, number_id, prefix, rules, status, code, sends, created_at, until)
				VALUES ('` + id + `', '` + kind + `', 'maria', 'num_1', '39333', '{}', 'sent', 'c', 1, 3, 4)`
		}
		for _, q := range []string{
			`INSERT INTO customers (id, name, locale, time_zone, phrase, created_at, updated_at) VALUES ('maria', 'M', 'en', 'UTC', 'x', 1, 1)`,
			`INSERT INTO numbers (id, number, country, prefix, line) VALUES ('num_1', '+393331234567', 'IT', '39333', 'mobile')`,
			text("txt_1", "challenge"),
			`INSERT INTO sids (sid, text_id, rank, state) VALUES ('SM1', 'txt_1', 0, 'sent')`,
		} {
			db.MustExec(q)
		}
		if err := migrations.Up(ctx, db.DB, dialect); err != nil {
			t.Fatalf("%s: %v", dialect, err)
		}
		var got []string
		if err := db.Select(&got, `SELECT x.id || ' ' || x.kind || x.status || x.code || x.sends || x.created_at || x.until ||
			s.sid || x.contact_id
			FROM texts x JOIN sids s ON s.text_id = x.id`); err != nil {
			t.Fatal(err)
		}
		if want := "txt_1 challengesentc134SM1"; strings.Join(got, ", ") != want {
			t.Errorf("%s: %v", dialect, got)
		}
		for _, q := range []string{text("txt_2", "contact_asked"),
			`INSERT INTO contacts (id, customer_id, number_id, name, source, named_at, named_by)
				VALUES ('ctc_1', 'maria', 'num_1', 'I', 'app', 1, 'd')`} {
			if _, err := db.Exec(q); err != nil {
				t.Errorf("%s: %v", dialect, err)
			}
		}
		for _, q := range []string{text("txt_3", "other"), `UPDATE contacts SET tries = 6`, `UPDATE contacts SET accepted_at = 1`} {
			if _, err := db.Exec(q); err == nil {
				t.Errorf("%s: taken: %s", dialect, q)
			}
		}
	}
}
