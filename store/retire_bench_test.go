package store_test

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"

	"github.com/jmoiron/sqlx"
)

// BenchmarkRetire retires 20,000 holds with a push that was approved, on Postgres, and
// times how fast they leave and what a hold that is accepted meanwhile waits.
//
//	go test ./store -run '^$' -bench Retire -benchtime 1x
func BenchmarkRetire(b *testing.B) {
	const n = 20_000
	s := storetest.New(b, storetest.PostgresURL(b))
	db := storetest.Raw(b, s.URL)
	copied(b, db, settled(s, db), n)
	r := &store.Retirement{Before: s.Clock.Now() + 1, Actor: "operator"}
	s.Clock.Forward(store.RetireAge + time.Hour)
	begins(s, r, true)
	for f := int64(0); ; {
		items, err := s.Feed(b.Context(), f, 1000)
		s.Must(err)
		if len(items) == 0 {
			break
		}
		f = items[len(items)-1].Feed
	}
	alone := accepted(s, func() { time.Sleep(5 * time.Second) })
	b.ResetTimer()
	var took, worked time.Duration
	beside := accepted(s, func() {
		began := time.Now()
		for more := true; more; {
			at := time.Now()
			var err error
			more, err = s.RetireSome(b.Context(), r)
			s.Must(err)
			worked += time.Since(at)
			time.Sleep(time.Since(at)) // as the command does
		}
		took = time.Since(began)
	})
	if r.Holds != n+1 {
		b.Fatalf("%d have left: %v", r.Holds, r.Kept)
	}
	b.ReportMetric(float64(r.Holds)/took.Seconds(), "holds/s")
	b.ReportMetric(float64(r.Rows)/took.Seconds(), "rows/s")
	b.ReportMetric(float64(r.Rows)/worked.Seconds(), "rows/s-at-work")
	b.ReportMetric(alone, "ms-p99-accept-alone")
	b.ReportMetric(beside, "ms-p99-accept-beside")
}

// accepted accepts holds, one after the other on two connections, as long as something
// goes on, and gives the p99 in milliseconds.
func accepted(s *storetest.Bundle, while func()) float64 {
	var mu sync.Mutex
	var all []float64
	var wg sync.WaitGroup
	done := make(chan struct{})
	for i := range 2 {
		of := s.NewCustomer(hold.CustomerID("posting" + strconv.Itoa(i) + strconv.FormatInt(time.Now().UnixNano(), 10)))
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				case <-time.After(10 * time.Millisecond):
				}
				a := s.Accepting(storetest.PushLadder())
				a.Request.CustomerID = of.ID
				began := time.Now()
				_, err := s.AcceptHold(ctx, a)
				s.Must(err)
				mu.Lock()
				all = append(all, float64(time.Since(began).Microseconds())/1000)
				mu.Unlock()
			}
		})
	}
	while()
	close(done)
	wg.Wait()
	slices.Sort(all)
	return all[len(all)*99/100]
}

// copied copies a settled hold and its rows n times, on Postgres.
func copied(b *testing.B, db *sqlx.DB, of hold.ID, n int) {
	for _, c := range [][2]string{
		{"holds", "id"}, {"idempotency", "hold_id"}, {"challenges", "hold_id"}, {"decisions", "hold_id"}, {"answers", "challenge_id"},
		{"receipts", "challenge_id"}, {"deliveries", "challenge_id"}, {"audit_heads", "subject"}, {"audit_entries", "subject"},
	} {
		var columns []string
		if err := db.Select(&columns, `SELECT column_name FROM information_schema.columns WHERE table_name = $1 AND table_schema = 'public'`,
			c[0]); err != nil {
			b.Fatal(err)
		}
		values := slices.Clone(columns)
		for i, name := range values {
			key := c[0] + "." + name
			if strings.Contains(" holds.id idempotency.hold_id challenges.hold_id decisions.hold_id audit_heads.subject audit_entries.subject "+
				"challenges.id answers.challenge_id receipts.challenge_id deliveries.challenge_id answers.id deliveries.id "+
				"holds.transaction_id challenges.nonce idempotency.key ", " "+key+" ") {
				values[i] = name + ` || '_' || i`
			}
		}
		where := c[1] + ` = $1`
		if c[1] == "challenge_id" {
			where = `challenge_id IN (SELECT id FROM challenges WHERE hold_id = $1)`
		}
		db.MustExec(`INSERT INTO `+c[0]+` (`+strings.Join(columns, ", ")+`) SELECT `+strings.Join(values, ", ")+` FROM `+c[0]+
			`, generate_series(1, `+strconv.Itoa(n)+`) i WHERE `+where, of)
	}
	db.MustExec(`VACUUM ANALYZE`)
}
