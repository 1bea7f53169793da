package store_test

import (
	"strings"
	"testing"

	"holdfast/store/storetest"
)

// The role that Holdfast runs under can append to the trail and not change it,
// and cannot touch the schema's version. It cannot say that decisions may go, and so
// deletes none.
func TestGrantedRole(t *testing.T) {
	t.Parallel()
	b := storetest.New(t, storetest.PostgresURL(t))
	raw := storetest.Raw(t, b.URL)
	raw.SetMaxOpenConns(1)
	exec := func(q string) error { _, err := raw.Exec(q); return err }
	b.Must(exec(`DROP ROLE IF EXISTS holdfast_app_test`))
	b.Must(exec(`CREATE ROLE holdfast_app_test`))
	t.Cleanup(func() {
		_ = exec(`RESET ROLE`)
		b.Must(exec(`DROP OWNED BY holdfast_app_test`))
		b.Must(exec(`DROP ROLE holdfast_app_test`))
	})
	b.Must(b.Grant(t.Context(), "holdfast_app_test"))
	b.Held(storetest.PushLadder())
	b.Must(exec(`INSERT INTO decisions (hold_id, outcome, reason, author, decided_at) SELECT id, 'reverse', 'r', 'a', 1 FROM holds`))
	b.Must(exec(`SET ROLE holdfast_app_test`))
	b.Must(exec(`UPDATE holds SET look_at = look_at`))
	b.Must(exec(`INSERT INTO audit_entries (subject, seq, bytes, hash) VALUES ('x', 1, '', '')`))
	for _, q := range []string{`UPDATE audit_entries SET hash = ''`, `DELETE FROM audit_entries`, `TRUNCATE audit_entries`,
		`ALTER TABLE audit_entries DISABLE TRIGGER ALL`, `UPDATE goose_db_version SET version_id = 99`,
		`INSERT INTO retirements (id, before_at, began_at) VALUES ('ret_1', 9, 1)`} {
		if err := exec(q); err == nil || !strings.Contains(err.Error(), "permission denied") && !strings.Contains(err.Error(), "must be owner") {
			t.Errorf("%s: %v", q, err)
		}
	}
	if err := exec(`DELETE FROM decisions`); err == nil || !strings.Contains(err.Error(), "final") {
		t.Errorf("a decision is deleted: %v", err)
	}
}
