package store_test

import (
	"strings"
	"testing"

	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// mostStatements and mostTrips are the store's as counted last: sixty-one statements, one of
// which reads the customer's locks and what is counted of their days, and twenty trips are
// allowed.
const mostStatements, mostTrips = 61, 10

// What a hold that is approved by push costs the database, besides what is
// batched: four commits, and no more round trips and statements than it took last.
func TestCostOfAHold(t *testing.T) {
	t.Parallel()
	m := &storetest.Meter{}
	b := storetest.New(t, storetest.PostgresURL(t))
	s, err := store.Open(ctx, m.Listen(t, b.URL), store.Options{Conns: 1})
	b.Must(err)
	t.Cleanup(func() { _ = s.Close() })
	b.Must(s.Deploy(ctx, atOnce()))
	b.Must(s.Heartbeat(ctx, "gw", []store.Presence{{DeviceID: b.Old(), CustomerID: b.Customer.ID}}, nil))
	for range 3 { // the first prepares the statements
		m.Reset()
		res, err := s.AcceptHold(ctx, b.Accepting(storetest.PushLadder()))
		b.Must(err)
		cs, err := b.Challenges(ctx, res.HoldID)
		b.Must(err)
		_, err = s.Answer(ctx, b.Attempt(cs[0].ID, b.Old(), hold.Approve))
		b.Must(err)
		_, p, err := s.Finish(ctx, res.HoldID, atOnce())
		b.Must(err)
		expect(b, "state", p.State, hold.Decided)
		b.Must(s.MarkSettled(ctx, res.HoldID))
	}
	took := m.Took()
	t.Logf("%d commits, %d round trips, %d statements", took.Commits, took.Trips, len(took.Statements))
	expect(b, "commits", took.Commits, 4)
	if took.Trips > mostTrips {
		t.Errorf("%d round trips, want at most %d", took.Trips, mostTrips)
	}
	if len(took.Statements) > mostStatements {
		t.Errorf("%d statements, want at most %d:\n%s", len(took.Statements), mostStatements, strings.Join(took.Statements, "\n"))
	}
}
