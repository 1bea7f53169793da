package store_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"
)

// Parts that are reported at once never come to more than was paid: of three that are
// two thirds each, one counts.
func TestRecallPartsRace(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		for round := range 8 {
			r := wanted(b)
			var took, refused atomic.Int64
			beside(3, func(i int) {
				_, why, err := b.ReportRecall(ctx, r.ID, part(fmt.Sprint("RTR-", i), 80000), "client:bank")
				if err != nil {
					t.Error(err)
				}
				switch why {
				case "":
					took.Add(1)
				case hold.RecallTooMuch:
					refused.Add(1)
				}
			})
			expect(b, fmt.Sprint(round, " counted"), took.Load(), 1)
			expect(b, fmt.Sprint(round, " refused"), refused.Load(), 2)
			expect(b, fmt.Sprint(round, " back"), recallOf(b, r.HoldID).Returned, 80000)
		}
		verify(b)
	})
}

// The same word at once, as a bank that repeats sends it: it counts once.
func TestRecallRepeatsRace(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		r := wanted(b)
		beside(8, func(int) {
			if _, why, err := b.ReportRecall(ctx, r.ID, part("RTR-1", 50000), "client:bank"); err != nil || why != "" {
				t.Error(why, err)
			}
		})
		expect(b, "back", recallOf(b, r.HoldID).Returned, 50000)
		expect(b, "entries", count(kinds(b, string(r.HoldID)), "recall.returned"), 1)
		verify(b)
	})
}

// Confirmed and declined at once: one of the two stands, the other is told, until each
// has won.
func TestRecallDecisionRace(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		who := []store.By{b.Agent("ben", queue.RoleAgent), b.Agent("cleo", queue.RoleAgent)}
		won := map[bool]int{}
		for round := 0; round < 200 && (won[true] == 0 || won[false] == 0); round++ {
			r := disowned(b, "")
			var granted atomic.Int64
			beside(2, func(i int) {
				i = (i + round) % 2 // whoever comes first on SQLite
				_, why, err := b.DecideRecall(ctx, store.DecideRecall{By: who[i], ID: r.ID, Confirm: i == 0, Reason: "r"})
				if err != nil || why != "" && why != hold.RecallStands {
					t.Error(why, err)
				}
				if why == "" {
					granted.Add(1)
				}
			})
			r = recallOf(b, r.HoldID)
			expect(b, "granted", granted.Load(), 1)
			expect(b, "under way", underWay(b, r.ID) == 1, r.Status == hold.RecallRequested)
			won[r.Status == hold.RecallRequested]++
			all := kinds(b, string(r.HoldID))
			expect(b, "one entry", count(all, "recall.confirmed")+count(all, "recall.declined"), 1)
		}
		expect(b, "each won", won[true] > 0 && won[false] > 0, true)
		verify(b)
	})
}

// One hold is proposed for many reasons at once: there is one recall.
func TestRecallProposalsRace(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id, _ := wentOut(b, "")
		beside(6, func(i int) {
			var err error
			if i%2 == 0 {
				_, err = b.ReportNotMe(ctx, b.Customer.ID, id)
			} else {
				err = b.ProposeRecall(ctx, id, hold.RecallVerdict, "vrd_1", store.ActorSystem)
			}
			if err != nil {
				t.Error(err)
			}
		})
		expect(b, "one", recallOf(b, id).Status, hold.RecallProposed)
		expect(b, "the customer's own", recallOf(b, id).Source, hold.RecallNotMe) // also where the verdict's came first
		if n := count(kinds(b, string(id)), "recall.proposed"); n < 1 || n > 2 {
			t.Errorf("%d entries", n)
		}
		verify(b)
	})
}

// beside does n things at once.
func beside(n int, do func(i int)) {
	var all sync.WaitGroup
	gate := make(chan struct{})
	for i := range n {
		all.Go(func() { <-gate; do(i) })
	}
	close(gate)
	all.Wait()
}
