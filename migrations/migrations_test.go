package migrations_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"holdfast/migrations"
	"holdfast/store/storetest"

	"github.com/jmoiron/sqlx"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// A database of version 1 with customers, numbers and messages under way comes
// to today's version with all of them; its numbers get no texts until the bank
// puts the customers again.
func TestUpgradeFromVersion1(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for dialect, url := range map[string]string{"sqlite": storetest.EmptySQLiteURL(t), "postgres": storetest.EmptyPostgresURL(t)} {
		db := at(t, dialect, url, 1)
		for _, q := range []string{
			`INSERT INTO customers (id, name, locale, time_zone, phrase, created_at, updated_at) VALUES ('maria', 'M', 'en', 'UTC', 'x', 1, 1),
				('omar', 'O', 'en', 'UTC', 'x', 1, 1)`,
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
		if err := db.Select(&got, `SELECT workflow_id || ' ' || kind FROM outbox
			ORDER BY id`); err != nil || strings.Join(got, ", ") != "hold_1 start, hold_2 wake" {
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
	for dialect, url := range map[string]string{"sqlite": storetest.EmptySQLiteURL(t), "postgres": storetest.EmptyPostgresURL(t)} {
		db := at(t, dialect, url, 6)
		for _, q := range []string{
			`INSERT INTO customers (id, name, locale, time_zone, phrase, created_at, updated_at) VALUES ('maria', 'M', 'en', 'UTC', 'x', 1, 1),
				('omar', 'O', 'en', 'UTC', 'x', 1, 1)`,
			`INSERT INTO agents (sub) VALUES ('ana')`,
			`INSERT INTO cases (id, customer_id, status, priority, deadline, due_at, language, created_at, updated_at) VALUES ('case_1', 'maria',
				'waiting', 500, 9, 9, 'en', 1, 1), ('case_2', 'omar', 'waiting', 500, 9, 9, 'en', 1, 1)`,
			`INSERT INTO leases (case_id, lease, agent, began_at) VALUES ('case_1', 1, 'ana', 1)`,
			`INSERT INTO tasks (id, case_id, customer_id, kind, status, priority, deadline, ready_at, due_at, language, created_at) VALUES
				('task_1', 'case_1', 'maria', 'reply', 'open', 500, 9, 7, 9, 'en', 1),
				('task_2', 'case_2', 'omar', 'help', 'open', 500, 9, 7, 9, 'en', 1)`,
			`INSERT INTO looks (agent, kind, at) VALUES ('ana', 'unmask', 3)`,
		} {
			db.MustExec(q)
		}
		if err := migrations.Up(ctx, db.DB, dialect); err != nil {
			t.Fatalf("%s: %v", dialect, err)
		}
		var got []string
		if err := db.Select(&got, `SELECT id || ' ' || ready_until FROM tasks UNION ALL SELECT id || ' ' || ready_until
			FROM cases UNION ALL SELECT agent || ' ' || kind || ' ' || at FROM looks ORDER BY 1`); err != nil {
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

// A database of version 8 with a hold in every table that points at one, and a
// portrait, comes to today's version: all of it is there, a transaction's id is
// its client's own, and the portrait is theirs since the bank put it.
func TestUpgradeFromVersion8(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for dialect, url := range map[string]string{"sqlite": storetest.EmptySQLiteURL(t), "postgres": storetest.EmptyPostgresURL(t)} {
		db := at(t, dialect, url, 8)
		hold := func(id, client, tx string) string {
			return fmt.Sprintf(`INSERT INTO holds (id, client_id, customer_id, transaction_id, request, terms, tx_digest, status, revision,
				deadline, accepted_at, decided_at, look_at, suspected_at)
				VALUES ('%s', '%s', 'maria', '%s', '{}', '{}', 'd', 'releasing', 2, 9, 1, 5, 6, 7)`, id, client, tx)
		}
		for _, q := range []string{
			`INSERT INTO clients (id, created_at) VALUES ('one', 1), ('two', 1)`,
			`INSERT INTO customers (id, name, locale, time_zone, phrase, created_at, updated_at) VALUES ('maria', 'M', 'en', 'UTC', 'x', 1, 1)`,
			`INSERT INTO numbers (id, number, country, prefix, line) VALUES ('num_1', '+393331234567', 'IT', '39333', 'mobile')`,
			hold("hold_1", "one", "tx-1"),
			`INSERT INTO idempotency (client_id, key, body_digest, hold_id, reply) VALUES ('one', 'k', 'd', 'hold_1', '{}')`,
			`INSERT INTO challenges (id, hold_id, customer_id, revision, rung, channel, status, nonce, tx_digest, min_uv, opened_at)
				VALUES ('chal_1', 'hold_1', 'maria', 2, 0, 'push', 'expired', 'n', 'd', 'none', 1)`,
			`INSERT INTO decisions (hold_id, outcome, reason, author, decided_at) VALUES ('hold_1', 'release', 'approved', 'customer', 5)`,
			`INSERT INTO misses (customer_id, hold_id, challenge_id, number_id, source, at) VALUES ('maria', 'hold_1', 'chal_1', 'num_1', 'app', 3)`,
			`INSERT INTO portraits (customer_id, sealed, digest, put_at) VALUES ('maria', 'x', 'd', 4)`,
		} {
			db.MustExec(q)
		}
		if err := migrations.Up(ctx, db.DB, dialect); err != nil {
			t.Fatalf("%s: %v", dialect, err)
		}
		var got []string
		if err := db.Select(&got, `SELECT h.id || ' ' || h.suspected_at || ' ' || i.key || ' ' || c.id || ' ' || d.outcome || ' ' ||
			m.source || ' ' || p.since FROM holds h
			JOIN idempotency i ON i.hold_id = h.id JOIN challenges c ON c.hold_id = h.id JOIN decisions d ON d.hold_id = h.id
			JOIN misses m ON m.hold_id = h.id JOIN portraits p ON p.customer_id = h.customer_id`); err != nil {
			t.Fatal(err)
		}
		if want := "hold_1 7 k chal_1 release app 4"; strings.Join(got, ", ") != want {
			t.Errorf("%s: %v, want %s", dialect, got, want)
		}
		db.MustExec(hold("hold_2", "two", "tx-1"))
		for name, q := range map[string]string{"its own twice": hold("hold_3", "one", "tx-1"), "of nobody": hold("hold_4", "three", "tx-2"),
			"with its children": `DELETE FROM holds WHERE id = 'hold_1'`} {
			if _, err := db.Exec(q); err == nil {
				t.Errorf("%s: a hold %s", dialect, name)
			}
		}
	}
}

// at is an empty database of a version.
func at(t *testing.T, dialect, url string, version int64) *sqlx.DB {
	t.Helper()
	if dialect == "sqlite" {
		url += "?_pragma=foreign_keys(1)"
	}
	db := storetest.Raw(t, url)
	p, err := migrations.Provider(db.DB, dialect)
	if err == nil {
		_, err = p.UpTo(context.Background(), version)
	}
	if err != nil {
		t.Fatalf("%s: %v", dialect, err)
	}
	return db
}

// A database of version 8 with a task that somebody has worked on comes to today's
// version with both, and with what holds them to each other.
func TestTasksAreUpgraded(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for dialect, url := range map[string]string{"sqlite": storetest.EmptySQLiteURL(t), "postgres": storetest.EmptyPostgresURL(t)} {
		db := at(t, dialect, url, 8)
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
