package store_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"holdfast/queue"
	"holdfast/store/storetest"

	"github.com/jmoiron/sqlx"
)

// What an agent may not take costs a claim nothing: before 5,000 cases whose skill
// or language nobody has, it reads as many pages as before 100.
func TestClaimPaysForNobodyElse(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		db := storetest.Raw(t, b.URL)
		ana := b.Agent("ana", "agent")
		analyse := map[string]string{"sqlite": `ANALYZE`, "postgres": `VACUUM ANALYZE cases`}[b.Dialect()]
		for name, a := range map[string]queue.Agent{"any language": {}, "hers": {Languages: "en de", Skills: "business"}} {
			b.Subtest(name, func() {
				q, err := b.BestCases(a, ana, 8)
				b.Must(err)
				var few float64
				for _, n := range []int{100, 5_000} {
					db.MustExec(`DELETE FROM cases`)
					others(db, n)
					db.MustExec(analyse)
					var ids []string
					b.Must(db.Select(&ids, q))
					expect(b, "the first", ids[0], fmt.Sprintf("case_%d", n))
					if b.Dialect() == "sqlite" {
						expect(b, "its plan", seeks(b, db, q), true)
						continue
					}
					pages := pagesOf(b, db, q)
					if few == 0 {
						few = pages
					}
					if pages > few*2+20 {
						b.T.Errorf("%.0f pages are read before %d cases of others, %.0f before 100", pages, n, few)
					}
				}
			})
		}
	})
}

// others fills the queue with n cases for others, and ten behind them for everybody.
func others(db *sqlx.DB, n int) {
	tx := db.MustBegin()
	defer tx.Rollback() //nolint:errcheck // it has committed
	for i := range n + 10 {
		who := fmt.Sprintf("q%d", i)
		tx.MustExec(tx.Rebind(`INSERT INTO customers (id, name, locale, time_zone, phrase, created_at, updated_at)
			VALUES (?, 'Q', 'en', 'UTC', 'x', 1, 1) ON CONFLICT DO NOTHING`), who)
		priority, language, skill := 600, []string{"en", "it", "de"}[i%3], []string{"nobody", "others"}[i%2]
		if i >= n {
			priority, language, skill = 500, "en", ""
		}
		tx.MustExec(tx.Rebind(`INSERT INTO cases (id, customer_id, status, priority, deadline, due_at, language, expertise,
			created_at, updated_at) VALUES (?, ?, 'waiting', ?, ?, 0, ?, ?, 1, 1)`), fmt.Sprintf("case_%d", i), who, priority, i, language, skill)
	}
	if err := tx.Commit(); err != nil {
		panic(err)
	}
}

// pagesOf runs a query on Postgres and counts the pages that it looked at.
func pagesOf(b *storetest.Bundle, db *sqlx.DB, q string) float64 {
	var out []byte
	b.Must(db.Get(&out, `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) `+q))
	var plan []struct {
		Plan struct {
			Hit  float64 `json:"Shared Hit Blocks"`
			Read float64 `json:"Shared Read Blocks"`
		}
	}
	b.Must(json.Unmarshal(out, &plan))
	return plan[0].Plan.Hit + plan[0].Plan.Read
}

// seeks tells whether SQLite goes to each case by an index and passes none by. It
// ends at a case that it has found.
func seeks(b *storetest.Bundle, db *sqlx.DB, q string) bool {
	var steps []struct {
		ID, Parent, Notused int
		Detail              string
	}
	b.Must(db.Select(&steps, `EXPLAIN QUERY PLAN `+q))
	claim := 0
	for _, s := range steps {
		b.T.Log(s.Detail)
		if strings.HasPrefix(s.Detail, "SCAN c") { // cases, or c
			claim += strings.Count(s.Detail, "SCAN cases USING COVERING INDEX cases_claim") // the first kind
			continue
		}
		claim += strings.Count(s.Detail, "cases_claim ((skill,expertise,language)>(?,?,?))")    // the next
		claim += strings.Count(s.Detail, "cases_claim (skill=? AND expertise=? AND language=?") // of one
	}
	return claim == 3
}
