package migrations_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"holdfast/migrations"
	"holdfast/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// A database of version 1 with customers, numbers and messages under way comes
// to today's version with all of them; its numbers get no texts until the bank
// puts the customers again.
func TestUpgradeFromVersion1(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for dialect, url := range map[string]string{"sqlite": storetest.SQLiteURL(t), "postgres": storetest.PostgresURL(t)} {
		db := storetest.Raw(t, url)
		if dialect == "postgres" { // it comes migrated
			db.MustExec(`DROP SCHEMA public CASCADE`)
			db.MustExec(`CREATE SCHEMA public`)
		}
		p, err := migrations.Provider(db.DB, dialect)
		if err == nil {
			_, err = p.UpTo(ctx, 1)
		}
		if err != nil {
			t.Fatalf("%s: %v", dialect, err)
		}
		for _, q := range []string{
			`INSERT INTO customers (id, name, locale, time_zone, phrase, created_at, updated_at) VALUES ('maria', 'M', 'en', 'UTC', 'x', 1, 1), ('omar', 'O', 'en', 'UTC', 'x', 1, 1)`,
			`INSERT INTO phones (customer_id, number, since) VALUES ('maria', '+393331234567', 7), ('omar', '+393331234567', 8), ('omar', '+4915112345678', 9)`,
			`INSERT INTO outbox (hold_id, kind, due_at) VALUES ('hold_1', 'start', 1), ('hold_2', 'wake', 2)`,
		} {
			db.MustExec(q)
		}
		if err := migrations.Check(ctx, db.DB, dialect); err == nil || !strings.Contains(err.Error(), "run holdfast migrate") {
			t.Errorf("%s: an old schema is taken for today's: %v", dialect, err)
		}
		if err := migrations.Up(ctx, db.DB, dialect); err != nil {
			t.Fatalf("%s: %v", dialect, err)
		}
		var got []string
		if err := db.Select(&got, `SELECT p.customer_id || ' ' || n.number || ' ' || p.since || ' ' || n.country || n.line FROM phones p JOIN numbers n ON n.id = p.number_id ORDER BY p.customer_id, n.number`); err != nil {
			t.Fatal(err)
		}
		if want := "maria +393331234567 7 unknown, omar +393331234567 8 unknown, omar +4915112345678 9 unknown"; strings.Join(got, ", ") != want {
			t.Errorf("%s: %v", dialect, got)
		}
		if err := db.Select(&got, `SELECT workflow_id || ' ' || kind FROM outbox ORDER BY id`); err != nil || strings.Join(got, ", ") != "hold_1 start, hold_2 wake" {
			t.Errorf("%s: %v, %v", dialect, got, err)
		}
		db.MustExec(`INSERT INTO outbox (workflow_id, kind, due_at) VALUES ('txt_1', 'text', 3)`)
		if _, err := db.Exec(`INSERT INTO outbox (workflow_id, kind, due_at) VALUES ('x', 'other', 3)`); err == nil {
			t.Errorf("%s: any kind of message is taken", dialect)
		}
	}
}

// A database of version 6 with a case that waits comes to today's version: the
// case is planned anew, within its hours, before anybody gets it, and what
// agents looked at is still counted.
func TestUpgradeFromVersion6(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for dialect, url := range map[string]string{"sqlite": storetest.SQLiteURL(t), "postgres": storetest.PostgresURL(t)} {
		db := storetest.Raw(t, url)
		if dialect == "postgres" { // it comes migrated
			db.MustExec(`DROP SCHEMA public CASCADE`)
			db.MustExec(`CREATE SCHEMA public`)
		}
		p, err := migrations.Provider(db.DB, dialect)
		if err == nil {
			_, err = p.UpTo(ctx, 6)
		}
		if err != nil {
			t.Fatalf("%s: %v", dialect, err)
		}
		for _, q := range []string{
			`INSERT INTO customers (id, name, locale, time_zone, phrase, created_at, updated_at) VALUES ('maria', 'M', 'en', 'UTC', 'x', 1, 1), ('omar', 'O', 'en', 'UTC', 'x', 1, 1)`,
			`INSERT INTO agents (sub) VALUES ('ana')`,
			`INSERT INTO cases (id, customer_id, status, priority, deadline, due_at, language, created_at, updated_at) VALUES ('case_1', 'maria', 'waiting', 500, 9, 9, 'en', 1, 1), ('case_2', 'omar', 'waiting', 500, 9, 9, 'en', 1, 1)`,
			`INSERT INTO leases (case_id, lease, agent, began_at) VALUES ('case_1', 1, 'ana', 1)`,
			`INSERT INTO tasks (id, case_id, customer_id, kind, status, priority, deadline, ready_at, due_at, language, created_at) VALUES
				('task_1', 'case_1', 'maria', 'reply', 'open', 500, 9, 7, 9, 'en', 1), ('task_2', 'case_2', 'omar', 'help', 'open', 500, 9, 7, 9, 'en', 1)`,
			`INSERT INTO looks (agent, kind, at) VALUES ('ana', 'unmask', 3)`,
		} {
			db.MustExec(q)
		}
		if err := migrations.Up(ctx, db.DB, dialect); err != nil {
			t.Fatalf("%s: %v", dialect, err)
		}
		var got []string
		if err := db.Select(&got, `SELECT id || ' ' || ready_until FROM tasks UNION ALL SELECT id || ' ' || ready_until FROM cases UNION ALL SELECT agent || ' ' || kind || ' ' || at FROM looks ORDER BY 1`); err != nil {
			t.Fatal(err)
		}
		if want := "ana unmask 3, case_1 1, case_2 0, task_1 7, task_2 0"; strings.Join(got, ", ") != want {
			t.Errorf("%s: %v, want %s", dialect, got, want)
		}
		db.MustExec(`INSERT INTO looks (agent, kind, at) VALUES ('ana', 'misidentified', 4)`)
		if _, err := db.Exec(`INSERT INTO looks (agent, kind, at) VALUES ('ana', 'other', 4)`); err == nil {
			t.Errorf("%s: any kind of look is taken", dialect)
		}
	}
}
