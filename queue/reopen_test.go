package queue_test

import (
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/queue"

	"pgregory.net/rapid"
)

// Only a call of this lease since everything was stopped, with whom we know, or a clerk's
// document opens again.
func TestReopeningProof(t *testing.T) {
	t.Parallel()
	now := hold.At(time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC))
	stopped := now.Add(-time.Hour)
	phone := hold.Phone{ID: "num_1"}
	rapid.Check(t, func(t *rapid.T) {
		one := func(name string) bool { return rapid.IntRange(0, 3).Draw(t, name) > 0 }
		r := queue.Reopening{Case: queue.Case{Lease: 2}, Now: now, Live: queue.Live{},
			Role:     rapid.SampledFrom([]queue.Role{queue.RoleAgent, queue.RoleSupervisor, queue.RoleBranch, queue.RoleAuditor}).Draw(t, "role"),
			Document: rapid.SampledFrom([]queue.Document{"", queue.Passport, "library_card"}).Draw(t, "document"),
			Customer: hold.Customer{Phones: []hold.Phone{phone}}}
		k := queue.Call{ID: "call_1", Lease: 2, NumberID: "num_1", CreatedAt: stopped.Add(time.Minute), ConnectedAt: stopped.Add(2 * time.Minute),
			ConnectedUS: (30 * time.Second).Microseconds(), EndedAt: stopped.Add(3 * time.Minute), Status: queue.CallEnded}
		good := true
		spoil := func(name string, with func()) {
			if !one(name) {
				with()
				good = false
			}
		}
		spoil("stopped", func() {}) // below
		isStopped := good
		if isStopped {
			r.StoppedAt = stopped
		}
		r.Case.IdentifiedLease = 2
		spoil("identified in this lease", func() { r.Case.IdentifiedLease = 1 })
		spoil("called since", func() { k.CreatedAt = stopped.Add(-time.Second) })
		spoil("long enough", func() { k.ConnectedUS = (29 * time.Second).Microseconds() })
		spoil("a number of theirs", func() { k.NumberID = "num_2" })
		spoil("of this lease", func() { k.Lease = 1 })
		spoil("a person", func() { k.Machine = true })
		spoil("its end is known", func() { k.EndedAt, k.Status = 0, queue.CallConnected })
		r.Calls = []queue.Call{k}
		want := isStopped && (r.Role == queue.RoleBranch && r.Document == queue.Passport || r.Role.Queues() && good)
		call, why := r.Proof()
		if (why == "") != want {
			t.Fatalf("%+v: %q", r, why)
		}
		if (call != "") != (want && r.Role != queue.RoleBranch) {
			t.Fatalf("%+v: the call is %q", r, call)
		}
	})
}
