package store_test

import (
	"strings"
	"testing"

	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// mostCarryTrips and mostCarryStatements are what bringing a verdict to a payment that was
// asked about by push, and now is by call, costs the database, with a look at the verdict.
const mostCarryTrips, mostCarryStatements = 3, 19

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
	for range 3 { // the first prepares the statements
		b.Customer = b.NewCustomer(hold.CustomerID(store.NewID("payer")))
		id := p.pays(mule, appThenCall())
		verdict := p.judge(id, "mule")
		m.Reset()
		done, _, err := s.CarryTo(ctx, verdict, id)
		b.Must(err)
		expect(b, "done", done, true)
		p.judge(id, "cleared")
	}
	took := m.Took()
	t.Logf("%d commits, %d round trips, %d statements", took.Commits, took.Trips, len(took.Statements))
	if took.Trips > mostCarryTrips || len(took.Statements) > mostCarryStatements {
		t.Errorf("%d round trips, %d statements:\n%s", took.Trips, len(took.Statements), strings.Join(took.Statements, "\n"))
	}
}
