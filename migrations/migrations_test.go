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
			`INSERT INTO customers (id, name, locale, time_zone, phrase, created_at, updated_at)
				VALUES ('maria', 'M', 'en', 'UTC', 'x', 1, 1), ('omar', 'O', 'en', 'UTC', 'x', 1, 1)`,
			`INSERT INTO phones (customer_id, number, since) VALUES ('maria', '+393331234567', 7), ('omar', '+393331234567', 8), ('omar',
				'+4915112345678', 9)`,
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
		if err := db.Select(&got, `SELECT p.customer_id || ' ' || n.number || ' ' || p.since || ' ' || n.country || n.line FROM phones p
			JOIN numbers n ON n.id = p.number_id ORDER BY p.customer_id, n.number`); err != nil {
			t.Fatal(err)
		}
		if want := "maria +393331234567 7 unknown, omar +393331234567 8 unknown, omar +4915112345678 9 unknown"; strings.Join(got, ", ") != want {
			t.Errorf("%s: %v", dialect, got)
		}
		if err := db.Select(&got, `SELECT workflow_id || ' ' || kind FROM outbox ORDER BY id`); err != nil || strings.Join(got,
			", ") != "hold_1 start, hold_2 wake" {
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
			`INSERT INTO customers (id, name, locale, time_zone, phrase, created_at, updated_at)
				VALUES ('maria', 'M', 'en', 'UTC', 'x', 1, 1), ('omar', 'O', 'en', 'UTC', 'x', 1, 1)`,
			`INSERT INTO agents (sub) VALUES ('ana')`,
			`INSERT INTO cases (id, customer_id, status, priority, deadline, due_at, language, created_at, updated_at)
				VALUES ('case_1', 'maria', 'waiting', 500, 9, 9, 'en', 1, 1), ('case_2', 'omar', 'waiting', 500, 9, 9, 'en', 1, 1)`,
			`INSERT INTO leases (case_id, lease, agent, began_at) VALUES ('case_1', 1, 'ana', 1)`,
			`INSERT INTO tasks (id, case_id, customer_id, kind, status, priority, deadline, ready_at, due_at, language, created_at) VALUES
				('task_1', 'case_1', 'maria', 'reply', 'open', 500, 9, 7, 9, 'en', 1), ('task_2', 'case_2', 'omar', 'help', 'open', 500, 9, 7, 9,
					'en', 1)`,
			`INSERT INTO looks (agent, kind, at) VALUES ('ana', 'unmask', 3)`,
		} {
			db.MustExec(q)
		}
		if err := migrations.Up(ctx, db.DB, dialect); err != nil {
			t.Fatalf("%s: %v", dialect, err)
		}
		var got []string
		if err := db.Select(&got, `SELECT id || ' ' || ready_until FROM tasks UNION ALL SELECT id || ' ' || ready_until FROM cases
			UNION ALL SELECT agent || ' ' || kind || ' ' || at FROM looks ORDER BY 1`); err != nil {
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

// A database of version 8 with a task that somebody has worked on comes to today's
// version with both, and with what holds them to each other.
func TestUpgradeFromVersion8(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for dialect, url := range map[string]string{"sqlite": storetest.SQLiteURL(t) + "?_pragma=foreign_keys(1)", "postgres": storetest.PostgresURL(t)} {
		db := storetest.Raw(t, url)
		if dialect == "postgres" { // it comes migrated
			db.MustExec(`DROP SCHEMA public CASCADE`)
			db.MustExec(`CREATE SCHEMA public`)
		}
		p, err := migrations.Provider(db.DB, dialect)
		if err == nil {
			_, err = p.UpTo(ctx, 8)
		}
		if err != nil {
			t.Fatalf("%s: %v", dialect, err)
		}
		const task = `INSERT INTO tasks (id, case_id, customer_id, kind, status, priority, deadline, ready_at, due_at, language, created_at)
			VALUES (?, 'case_1', 'maria', ?, 'open', 500, 9, 7, 9, 'en', 1)`
		for _, q := range []string{
			`INSERT INTO customers (id, name, locale, time_zone, phrase, created_at, updated_at) VALUES ('maria', 'M', 'en', 'UTC', 'x', 1, 1)`,
			`INSERT INTO agents (sub) VALUES ('ana')`,
			`INSERT INTO cases (id, customer_id, status, priority, deadline, due_at, language, created_at, updated_at)
				VALUES ('case_1', 'maria', 'waiting', 500, 9, 9, 'en', 1, 1)`,
		} {
			db.MustExec(q)
		}
		db.MustExec(db.Rebind(task), "task_1", "help")
		db.MustExec(`INSERT INTO dispositions (id, task_id, lease, agent, disposition, final, note, at)
			VALUES ('disp_1', 'task_1', 1, 'ana', 'no_answer', 0, '', 3)`)
		if err := migrations.Up(ctx, db.DB, dialect); err != nil {
			t.Fatalf("%s: %v", dialect, err)
		}
		var got []string
		if err := db.Select(&got, `SELECT k.id || ' ' || k.kind || ' ' || k.ready_at || ' ' || d.disposition FROM tasks k
			JOIN dispositions d ON d.task_id = k.id`); err != nil {
			t.Fatal(err)
		}
		if want := "task_1 help 7 no_answer"; strings.Join(got, ", ") != want {
			t.Errorf("%s: %v, want %s", dialect, got, want)
		}
		if _, err := db.Exec(`INSERT INTO dispositions (id, task_id, lease, agent, disposition, final, note, at)
			VALUES ('disp_2', 'task_9', 1, 'ana', 'x', 0, '', 3)`); err == nil {
			t.Errorf("%s: something may be said of no task", dialect)
		}
		if _, err := db.Exec(db.Rebind(task), "task_2", "freeze"); err == nil {
			t.Errorf("%s: a customer has two urgent tasks", dialect)
		}
		db.MustExec(`UPDATE tasks SET kind = 'freeze' WHERE id = 'task_1'`)
		if _, err := db.Exec(db.Rebind(task), "task_3", "other"); err == nil {
			t.Errorf("%s: any kind of task is taken", dialect)
		}
	}
}
