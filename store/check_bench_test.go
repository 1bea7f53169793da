package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/protection"
	"holdfast/store"
	"holdfast/store/storetest"

	"github.com/jmoiron/sqlx"
)

// BenchmarkCheck times checks that count nothing beside a bare read by an index, and
// counted ones beside the commit of one updated row, in turns of one run, on Postgres with
// fsync. Each customer has four locks, the half of them a limit a day as well.
//
//	go test ./store -run '^$' -bench 'Check$' -benchtime 4000x
func BenchmarkCheck(b *testing.B) {
	x := storetest.New(b, storetest.PostgresURL(b))
	raw := storetest.Raw(b, x.URL)
	var fsync string
	x.Must(raw.Get(&fsync, `SHOW fsync`))
	if fsync == "off" { // the throwaway cluster
		raw.MustExec(`ALTER SYSTEM SET fsync = on`)
		raw.MustExec(`SELECT pg_reload_conf()`)
	}
	s, err := store.Open(ctx, x.URL, store.Options{Conns: 4})
	x.Must(err)
	b.Cleanup(func() { _ = s.Close() })
	raw.MustExec(`CREATE TABLE bare (id TEXT PRIMARY KEY, n BIGINT NOT NULL)`)
	who := lockedCustomers(x, raw, 500)
	raw.MustExec(`ANALYZE`)
	check := func(id hold.CustomerID, counted bool) error {
		c := checking(x, 100)
		c.CustomerID, c.Payment.At = id, 0
		c.Payment.PayeeSince = 1
		got, why, err := s.Check(ctx, c)
		if err == nil && (got.ID != "") != counted {
			b.Errorf("%+v", got)
		}
		return storetest.ErrorOf(why, err)
	}
	var zone string
	ways := []way{
		{"check", func(i int) error { return check(who[0][i%len(who[0])], false) }, nil},
		{"read", func(i int) error {
			return raw.Get(&zone, `SELECT time_zone FROM customers WHERE id = $1`, who[0][i%len(who[0])])
		}, nil},
		{"counted", func(i int) error { return check(who[1][i%len(who[1])], true) }, nil},
		{"update", func(i int) error {
			_, err := raw.Exec(`UPDATE bare SET n = n + 1 WHERE id = $1`, who[1][i%len(who[1])])
			return err
		}, nil},
	}
	inTurns(b, ways)
	at := func(i, percent int) float64 {
		slices.Sort(ways[i].took)
		return float64(ways[i].took[len(ways[i].took)*percent/100].Nanoseconds()) / 1000
	}
	for i, w := range ways {
		b.ReportMetric(at(i, 50), w.name+"-median-µs")
		b.ReportMetric(at(i, 99), w.name+"-p99-µs")
	}
	b.ReportMetric(at(0, 99)/at(1, 99), "check-of-read-p99")
	b.ReportMetric(at(2, 50)/at(3, 50), "counted-of-update-median")
	b.ReportMetric(at(2, 99)/at(3, 99), "counted-of-update-p99")
}

// lockedCustomers are new ones with four locks each; the second half has a limit a day as
// the fourth. Each has a bare row as well.
func lockedCustomers(x *storetest.Bundle, raw *sqlx.DB, customers int) (who [2][]hold.CustomerID) {
	for i := range customers {
		x.Customer = x.NewCustomer(hold.CustomerID(fmt.Sprint("c", i)))
		for _, l := range []protection.Lock{{Kind: protection.Places, Action: protection.Refuse, Countries: []string{"DE", "AT", "CH"}},
			{Kind: protection.Hours, Action: protection.Ask, From: 1, To: 0}, {Kind: protection.Ways, Action: protection.Refuse,
				Ways: []protection.Way{protection.Transfer}}} {
			setLockBy(x, raw, l)
		}
		l := aDayAtMost(protection.MaxMinor)
		if i%2 == 0 {
			l.Caps[0].Per = protection.PerPayment
		}
		setLockBy(x, raw, l)
		who[i%2] = append(who[i%2], x.Customer.ID)
		raw.MustExec(`INSERT INTO bare VALUES ($1, 0)`, x.Customer.ID)
	}
	return who
}

// way is what is timed, and how long each of its turns took.
type way struct {
	name string
	do   func(i int) error
	took []time.Duration
}

// inTurns goes through the ways one after the other, and forgets the first rounds.
func inTurns(b *testing.B, ways []way) {
	n := 0
	round := func() {
		for i := range ways {
			began := time.Now()
			if err := ways[i].do(n * 37); err != nil {
				b.Fatal(err)
			}
			ways[i].took = append(ways[i].took, time.Since(began))
		}
		n++
	}
	for range 200 { // warm
		round()
	}
	for i := range ways {
		ways[i].took = nil
	}
	for b.Loop() {
		round()
	}
}
