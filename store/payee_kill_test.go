package store_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"

	"github.com/jmoiron/sqlx"
)

// killedAt is where a process that is to be killed carries a verdict.
const killedAt = "HOLDFAST_TEST_CARRIES_AT"

// clockFrom is a clock that goes, from an instant on.
func clockFrom(at hold.Instant) func() hold.Instant {
	began := time.Now()
	return func() hold.Instant { return at.Add(time.Since(began)) }
}

// A process that carries a verdict to ten thousand payments is killed in the middle.
// Another goes on where it was: each payment has the verdict, and has it once.
func TestCarryingIsKilled(t *testing.T) {
	t.Parallel()
	const holds = 10_000
	if url := os.Getenv(killedAt); url != "" { // the one to be killed
		s, err := store.Open(ctx, url, store.Options{Clock: clockFrom(storetest.Start)})
		if err == nil {
			_, err = s.CarryVerdict(ctx)
		}
		t.Fatal("it was not killed in time: ", err)
	}
	b := storetest.New(t, storetest.PostgresURL(t))
	p := paysMules(b)
	db := storetest.Raw(t, b.URL)
	first := p.pays(mule, storetest.PushLadder())
	heldCopies(b, db, first, holds-1)
	verdict := p.judge(first, "mule")
	child := exec.Command(os.Args[0], "-test.run", "^TestCarryingIsKilled$") //nolint:gosec // ourselves
	child.Env = append(os.Environ(), killedAt+"="+b.URL)
	b.Must(child.Start())
	t.Cleanup(func() { _ = child.Process.Kill() })
	marked := func() (n int) {
		b.Must(db.Get(&n, `SELECT COUNT(*) FROM holds WHERE verdict_id <> ''`))
		return n
	}
	for end := time.Now().Add(5 * time.Minute); marked() < holds/10; {
		if time.Now().After(end) {
			t.Fatalf("only %d were marked in five minutes", marked())
		}
	}
	b.Must(child.Process.Kill())
	_ = child.Wait()
	before := marked()
	if before >= holds {
		t.Fatal("it was killed too late")
	}
	second, err := store.Open(ctx, b.URL, store.Options{Clock: clockFrom(storetest.Start.Add(time.Minute))}) // the lease has lapsed
	b.Must(err)
	t.Cleanup(func() { _ = second.Close() })
	done, err := second.CarryVerdict(ctx)
	b.Must(err)
	expect(b, "went on with", done.Verdict, verdict)
	expect(b, "failed", len(done.Failed), 0)
	if done.Holds == 0 || done.Holds > holds-before { // what the server had in hand as the process died was committed
		t.Errorf("%d were left for the second, of %d", done.Holds, holds-before)
	}
	expect(b, "marked", marked(), holds)
	var once, carried int
	b.Must(db.Get(&once, `SELECT COUNT(*) FROM (SELECT subject FROM audit_entries
		WHERE position('"hold.payee_verdict"'::bytea in bytes) > 0 GROUP BY subject HAVING COUNT(*) = 1) one`))
	expect(b, "have it in their trail once", once, holds)
	b.Must(db.Get(&carried, `SELECT carried FROM payee_verdicts`))
	expect(b, "counted", carried, holds)
	t.Logf("killed after %d", before)
}

// heldCopies makes n more of a payment that is held, each of a customer of its own, on
// Postgres.
func heldCopies(b *storetest.Bundle, db *sqlx.DB, of hold.ID, n int) {
	b.T.Helper()
	var customer string
	b.Must(db.Get(&customer, `SELECT customer_id FROM holds WHERE id = $1`, of))
	own := map[string]string{"holds.accepted_at": "accepted_at + i"}
	for _, name := range strings.Fields(`customers.id phones.customer_id holds.id holds.transaction_id holds.customer_id challenges.id
		challenges.hold_id challenges.customer_id challenges.nonce audit_heads.subject audit_entries.subject`) {
		_, column, _ := strings.Cut(name, ".")
		own[name] = column + ` || '_' || i`
	}
	for _, of := range [][3]string{{"customers", "id", customer}, {"phones", "customer_id", customer}, {"holds", "id", string(of)},
		{"challenges", "hold_id", string(of)}, {"audit_heads", "subject", string(of)}, {"audit_entries", "subject", string(of)}} {
		var columns, values []string
		b.Must(db.Select(&columns, `SELECT column_name FROM information_schema.columns WHERE table_name = $1 AND table_schema = 'public'`, of[0]))
		for _, name := range columns {
			value := name
			if other, differs := own[of[0]+"."+name]; differs {
				value = other
			}
			values = append(values, value)
		}
		db.MustExec(fmt.Sprintf(`INSERT INTO %s (%s) SELECT %s FROM %s, generate_series(1, %d) i WHERE %s = $1`, of[0],
			strings.Join(columns, ", "), strings.Join(values, ", "), of[0], n, of[1]), of[2])
		db.MustExec(`VACUUM ANALYZE ` + of[0])
	}
}
