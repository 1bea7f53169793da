package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// BenchmarkCarry brings a verdict to ten thousand held payments, each of a customer of
// its own who is then called, and times agents' claims and customers' answers beside it
// and without it, on Postgres.
//
//	go test ./store -run '^$' -bench Carry -benchtime 1x
func BenchmarkCarry(b *testing.B) {
	const holds = 10_000
	for range b.N {
		s := storetest.New(b, storetest.PostgresURL(b))
		db := storetest.Raw(b, s.URL)
		p := paysMules(s)
		first := p.pays(mule, appThenCall())
		heldCopies(s, db, first, holds-1)
		storetest.Queue(b, db, 1000)
		other, err := store.Open(ctx, s.URL, store.Options{Clock: s.Clock.Now}) // the relay's
		s.Must(err)
		type question struct {
			hold.Challenge
			device hold.DeviceID
		}
		var questions []question
		for i := range 3000 {
			s.Customer = s.NewCustomer(hold.CustomerID(fmt.Sprintf("answers-%d", i)))
			questions = append(questions, question{asked(s, p.pays(honest, storetest.PushLadder()), hold.Push), s.Old()})
		}
		db.MustExec(`VACUUM ANALYZE`)
		agent := s.Agent("ana", "agent")
		measure := func(until func(n int) bool) (claims, answers time.Duration) {
			var cs, as []time.Duration
			for n := 0; until(n) && len(questions) > 0; n++ {
				began := time.Now()
				id, err := s.NextCase(ctx, agent)
				cs = append(cs, time.Since(began))
				s.Must(err)
				s.Granted(s.ReturnCase(ctx, agent, id))
				q := questions[0]
				questions = questions[1:]
				a := s.Attempt(q.ID, q.device, hold.Approve)
				a.CustomerID = q.CustomerID
				began = time.Now()
				_, err = s.Answer(ctx, a)
				as = append(as, time.Since(began))
				s.Must(err)
			}
			slices.Sort(cs)
			slices.Sort(as)
			return cs[len(cs)*99/100], as[len(as)*99/100]
		}
		claims, answers := measure(func(n int) bool { return n < 600 })
		b.ReportMetric(float64(claims.Microseconds())/1000, "ms/claim-p99-alone")
		b.ReportMetric(float64(answers.Microseconds())/1000, "ms/answer-p99-alone")
		claimsAlone, answersAlone := claims, answers
		p.judge(first, "mule")
		done := make(chan time.Duration, 1)
		began := time.Now()
		go func() {
			c, err := other.CarryVerdict(ctx)
			if err != nil || c.Holds != holds {
				b.Errorf("%d holds: %v %v", c.Holds, err, c.Failed)
			}
			done <- time.Since(began)
		}()
		var took time.Duration
		claims, answers = measure(func(int) bool {
			select {
			case took = <-done:
				return false
			default:
				return true
			}
		})
		if took == 0 {
			took = <-done
		}
		b.ReportMetric(took.Seconds(), "s/10000")
		b.ReportMetric(float64(claims)/float64(claimsAlone), "ratio-claim-p99")
		b.ReportMetric(float64(answers)/float64(answersAlone), "ratio-answer-p99")
		b.ReportMetric(float64(claims.Microseconds())/1000, "ms/claim-p99-beside")
		b.ReportMetric(float64(answers.Microseconds())/1000, "ms/answer-p99-beside")
		_ = other.Close()
	}
}
