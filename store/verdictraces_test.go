package store_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"
)

// Of many who ask for a verdict one is heard, and of many who would be its second one
// is: whatever comes at once.
func TestTwoPeopleSayItAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		j := newJudging(b)
		var people []store.By
		for i := range 8 {
			people = append(people, b.Agent(fmt.Sprintf("sup%d", i), "supervisor"))
		}
		kind := queue.VerdictMule
		for round := range 6 {
			var granted, agreed atomic.Int32
			var wg sync.WaitGroup
			for i := range 24 {
				by := people[i%len(people)]
				wg.Go(func() {
					_, why, err := b.AskVerdict(context.Background(), j.asking(by, kind))
					switch {
					case err != nil:
						t.Errorf("round %d: %v", round, err)
					case why == "":
						granted.Add(1)
					case why != hold.ApprovalPending:
						t.Errorf("round %d: asked: %s", round, why)
					}
				})
			}
			wg.Wait()
			asked := j.waiting()
			if granted.Load() != 1 || len(asked) != 1 {
				t.Fatalf("round %d: %d were granted, %d wait", round, granted.Load(), len(asked))
			}
			for i := range 24 {
				by := people[i%len(people)]
				wg.Go(func() {
					res, err := b.TakeVerdict(context.Background(), j.saying(by, asked[0].ID, i%3 != 0 || round < 4))
					switch {
					case err != nil:
						t.Errorf("round %d: %v", round, err)
					case res.Refusal == "" && !res.Void:
						agreed.Add(1)
					case res.Refusal != hold.ApprovalClosed && res.Refusal != hold.SamePerson:
						t.Errorf("round %d: said: %s", round, res.Refusal)
					}
				})
			}
			wg.Wait()
			if agreed.Load() != 1 {
				t.Fatalf("round %d: %d were heard", round, agreed.Load())
			}
			v := j.verdict(asked[0].ID)
			withdrawn := round >= 4 && v.Status == queue.VerdictVoid && v.Cause == "withdrawn" // the first's own no
			if v.First == v.Second || !withdrawn && v.Status != queue.VerdictInForce && v.Status != queue.VerdictRejected {
				t.Errorf("round %d: %+v", round, v)
			}
			if v.Status == queue.VerdictInForce { // next, its opposite
				kind = map[queue.VerdictKind]queue.VerdictKind{queue.VerdictMule: queue.VerdictCleared,
					queue.VerdictCleared: queue.VerdictMule}[kind]
			}
		}
		var n int
		b.Must(storetest.Raw(t, b.URL).Get(&n, `SELECT COUNT(*) FROM payee_verdicts WHERE status = 'in_force'`))
		expect(b, "in force", n, 1)
		verify(b)
	})
}

// A second person's word and the end of the first one's access: agreed to, or void,
// and never both.
func TestVerdictRevokeRaces(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		j := newJudging(b)
		for range 12 {
			b.Clock.Forward(time.Second)
			j.sam, j.sue = b.Agent("sam", "supervisor"), b.Agent("sue", "supervisor")
			kind := queue.VerdictMule
			if j.known().Mule {
				kind = queue.VerdictCleared
			}
			v, why := j.asks(j.sam, kind)
			b.Granted(why, nil)
			var res store.VerdictResult
			var errs [2]error
			var wg sync.WaitGroup
			wg.Go(func() { res, errs[0] = b.TakeVerdict(context.Background(), j.saying(j.sue, v.ID, true)) })
			wg.Go(func() { errs[1] = b.RevokeAgent(context.Background(), j.sue, "sam") })
			wg.Wait()
			b.Must(errs[0])
			b.Must(errs[1])
			said := res.Refusal == "" && !res.Void
			v = j.verdictAs(j.sue, v.ID)
			if said != (v.Status == queue.VerdictInForce) || !said && v.Status != queue.VerdictVoid {
				t.Errorf("said %+v, and it is %s", res, v.Status)
			}
		}
		verify(b)
	})
}

// Many customers report one payee at once: each is a proposal, and of several it is one.
func TestReportsRace(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		j := newJudging(b)
		const payers = 20
		var wg sync.WaitGroup
		raw := storetest.Raw(t, b.URL)
		all := make(chan struct{}) // have paid
		for i := range payers {
			b.Customer = b.NewCustomer(hold.CustomerID(fmt.Sprintf("payer%d", i)))
			id, who := j.paid(mule), b.Customer.ID
			wg.Go(func() {
				<-all
				if _, err := b.ReportNotMe(context.Background(), who, id); err != nil {
					t.Error(err)
				}
			})
		}
		if b.Dialect() == "postgres" { // as many as can be wait for their holds, and go on at once
			kept := raw.MustBegin()
			kept.MustExec(`SELECT 1 FROM holds FOR UPDATE`)
			close(all)
			for waiting := 0; waiting < 8; {
				b.Must(raw.Get(&waiting, `SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`))
			}
			b.Must(kept.Rollback())
		} else {
			close(all)
		}
		wg.Wait()
		for source, want := range map[queue.ProposalSource]int{queue.ByCustomer: payers, queue.ByPayers: 1} {
			var n int
			b.Must(raw.Get(&n, raw.Rebind(`SELECT COUNT(*) FROM payee_proposals WHERE source = ?`), source))
			expect(b, string(source), n, want)
		}
		verify(b)
	})
}

// A report waits for whoever is about to say something of the payee: the chain of a
// payee of which nothing was said yet has no end to lock.
func TestReportWaitsForThePayee(t *testing.T) {
	t.Parallel()
	b := storetest.New(t, storetest.PatientURL(t))
	j := newJudging(b)
	raw := storetest.Raw(t, b.URL)
	kept := raw.MustBegin()
	kept.MustExec(`SELECT 1 FROM payees FOR NO KEY UPDATE`)
	done := make(chan error, 1)
	go func() {
		_, err := b.ReportNotMe(context.Background(), b.Customer.ID, j.hold)
		done <- err
	}()
	for waiting := 0; waiting < 1; {
		select {
		case err := <-done:
			t.Fatalf("it waited for nobody: %v", err)
		default:
		}
		b.Must(raw.Get(&waiting, `SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`))
	}
	b.Must(kept.Rollback())
	b.Must(<-done)
	expect(b, "reporters", j.proposed()[0].Reporters, 1)
	verify(b)
}
