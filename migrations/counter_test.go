package migrations_test

import (
	"context"
	"strings"
	"testing"

	"holdfast/migrations"
	"holdfast/store/storetest"
)

// A database of version 17 with an interview and a look comes to today's version with
// both; a clerk's are taken then, and a document's kind is one of three.
func TestUpgradeFromVersion17(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for dialect, url := range map[string]string{"sqlite": storetest.EmptySQLiteURL(t), "postgres": storetest.EmptyPostgresURL(t)} {
		db := at(t, dialect, url, 17)
		said := func(via string) string {
			return `INSERT INTO interviews (hold_id, tx_digest, via, revision, scenario, policy_version, author, answers, signals, level, warning,
				contradicted, answered_at, locale, warning_digest, shown_seconds, choice, chosen_at)
				VALUES ('hold_1', 'd', '` + via + `', 2, 'job', 'v1', 'device:dev_1', '[1]', '{}', 'warn', 'w', '[2]', 3, 'en', 'wd', 4, 'told', 5)`
		}
		asked := func(id, document string) string {
			return `INSERT INTO approvals (id, kind, customer_id, hold_id, first, reason, status, document, created_at)
				VALUES ('` + id + `', 'confirm', 'maria', '` + id + `', 'agent:cleo', 'r', 'pending', '` + document + `', 1)`
		}
		for _, q := range []string{
			`INSERT INTO clients (id, created_at) VALUES ('one', 1)`,
			`INSERT INTO customers (id, name, locale, time_zone, phrase, created_at, updated_at) VALUES ('maria', 'M', 'en', 'UTC', 'x', 1, 1)`,
			`INSERT INTO holds (id, client_id, customer_id, transaction_id, request, terms, tx_digest, status, revision, deadline, accepted_at,
				look_at) VALUES ('hold_1', 'one', 'maria', 'tx-1', '{}', '{}', 'd', 'held', 2, 9, 1, 6)`,
			`INSERT INTO agents (sub) VALUES ('ana')`,
			`INSERT INTO looks (agent, kind, at) VALUES ('ana', 'inbound', 3)`,
			said("customer"),
		} {
			db.MustExec(q)
		}
		if err := migrations.Up(ctx, db.DB, dialect); err != nil {
			t.Fatalf("%s: %v", dialect, err)
		}
		var got []string
		if err := db.Select(&got, `SELECT via || ' ' || revision || scenario || policy_version || author || answers || signals || level || warning
			|| contradicted || answered_at || locale || warning_digest || shown_seconds || choice || chosen_at FROM interviews UNION ALL
			SELECT agent || ' ' || kind || ' ' || at FROM looks ORDER BY 1`); err != nil {
			t.Fatal(err)
		}
		if want := "ana inbound 3, customer 2jobv1device:dev_1[1]{}warnw[2]3enwd4told5"; strings.Join(got, ", ") != want {
			t.Errorf("%s: %v", dialect, got)
		}
		for _, q := range []string{said("counter"), `INSERT INTO looks (agent, kind, at) VALUES ('ana', 'counter', 4)`, asked("a", ""),
			asked("b", "passport")} {
			if _, err := db.Exec(q); err != nil {
				t.Errorf("%s: %v", dialect, err)
			}
		}
		for _, q := range []string{said("elsewhere"), asked("c", "X1234567")} {
			if _, err := db.Exec(q); err == nil {
				t.Errorf("%s: taken: %s", dialect, q)
			}
		}
	}
}
