package store_test

import (
	"strings"
	"testing"

	"holdfast/store"
	"holdfast/store/storetest"
)

// mostCarryTrips and mostCarryStatements are what bringing a verdict to a payment that was
// asked about by push, and now is by call, costs the database.
const mostCarryTrips, mostCarryStatements = 30, 90

// What a verdict costs for each payment that it comes to: ten thousand of them are to be
// done in a short time, and others have the database, too.
func TestCostOfAMark(t *testing.T) {
	t.Parallel()
	m := &storetest.Meter{}
	b := storetest.New(t, storetest.PostgresURL(t))
	s, err := store.Open(ctx, m.Listen(t, b.URL), store.Options{Conns: 1, Clock: b.Clock.Now})
	b.Must(err)
	t.Cleanup(func() { _ = s.Close() })
	p := paysMules(b)
	for i := range 3 { // the first prepares the statements
		id := p.pays(mule, appThenCall())
		db := storetest.Raw(t, b.URL)
		if i == 0 {
			p.judge(id, "mule")
		}
		_, err := db.Exec(`UPDATE holds SET verdict_id = ''`)
		b.Must(err)
		var verdict string
		b.Must(db.Get(&verdict, `SELECT id FROM payee_verdicts`))
		m.Reset()
		done, _, err := s.CarryTo(ctx, verdict, id)
		b.Must(err)
		expect(b, "done", done, true)
	}
	took := m.Took()
	t.Logf("%d commits, %d round trips, %d statements\n%s", took.Commits, took.Trips, len(took.Statements), strings.Join(took.Statements, "\n"))
	if took.Trips > mostCarryTrips || len(took.Statements) > mostCarryStatements {
		t.Errorf("%d round trips, %d statements", took.Trips, len(took.Statements))
	}
}
