package store_test

import (
	"fmt"
	"testing"
	"time"

	"holdfast/store"
	"holdfast/store/storetest"
)

// BenchmarkClaim times a claim with 1,000 and with 100,000 cases that wait, and with
// 1,000 behind 100,000 whose skill nobody has, on Postgres, in turns of one run. What
// counts are the ratios: at most 1.5.
//
//	go test ./store -run '^$' -bench Claim -benchtime 2000x
func BenchmarkClaim(b *testing.B) {
	queue := func(n, others int) (*storetest.Bundle, store.By) {
		s := storetest.New(b, storetest.PostgresURL(b))
		db := storetest.Raw(b, s.URL)
		db.MustExec(fmt.Sprintf(`INSERT INTO customers (id, name, locale, time_zone, phrase, created_at, updated_at) SELECT 'q' || i, 'Q', 'en',
			'UTC', 'x', 1, 1 FROM generate_series(1, %d) i`, n))
		db.MustExec(fmt.Sprintf(`INSERT INTO cases (id, customer_id, status, priority, deadline, due_at, language, created_at, updated_at)
			SELECT 'case_' || i, 'q' || i, 'waiting', 400 + (i * 37) %% 300, %d + (i * 7919) %% 86400000000, 0, 'en', 1, 1 FROM generate_series(1,
				%d) i`, int64(storetest.Start), n))
		db.MustExec(fmt.Sprintf(`INSERT INTO tasks (id, case_id, customer_id, kind, status, priority, deadline, ready_at, due_at, language,
			created_at)
			SELECT 'task_' || i || '_' || k, 'case_' || i, 'q' || i, k, 'open', 500, 0, 0, 0, 'en', 1 FROM generate_series(1, %d) i,
				(VALUES ('help'), ('reply')) v(k)`, n))
		db.MustExec(fmt.Sprintf(`UPDATE cases SET expertise = 'nobody', priority = 800 WHERE CAST(substr(id, 6) AS INT) <= %d`, others))
		db.MustExec(`VACUUM ANALYZE cases`)
		db.MustExec(`VACUUM ANALYZE tasks`)
		return s, s.Agent("ana", "agent")
	}
	few, byFew := queue(1_000, 0)
	many, byMany := queue(100_000, 0)
	past, byPast := queue(101_000, 100_000)
	var took [3]time.Duration
	claim := func(i int, s *storetest.Bundle, by store.By) {
		began := time.Now()
		id, err := s.NextCase(b.Context(), by)
		took[i] += time.Since(began)
		s.Must(err)
		if id == "" {
			b.Fatal("nothing waits")
		}
		s.Granted(s.ReturnCase(b.Context(), by, id)) // and it waits again: as many as before
	}
	for range 50 { // warm
		claim(0, few, byFew)
		claim(1, many, byMany)
		claim(2, past, byPast)
	}
	took = [3]time.Duration{}
	n := 0
	for b.Loop() {
		claim(0, few, byFew)
		claim(1, many, byMany)
		claim(2, past, byPast)
		n++
	}
	b.ReportMetric(float64(took[0].Microseconds())/float64(n), "µs/claim-1000")
	b.ReportMetric(float64(took[1].Microseconds())/float64(n), "µs/claim-100000")
	b.ReportMetric(float64(took[2].Microseconds())/float64(n), "µs/claim-past-100000")
	for i, what := range map[int]string{1: "among", 2: "past"} {
		ratio := float64(took[i]) / float64(took[0])
		b.ReportMetric(ratio, "ratio-"+what)
		if n > 100 && ratio > 1.5 {
			b.Errorf("a claim %s 100,000 takes %.2f times one among 1,000, want at most 1.5", what, ratio)
		}
	}
}
