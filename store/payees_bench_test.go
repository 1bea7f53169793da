package store_test

import (
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"holdfast/counterparties"
	"holdfast/store"
	"holdfast/store/storetest"
)

// A list of a million lines, and looks at it: one at a time, hits and misses in turn,
// beside one indexed read of the same table.
//
//	go test ./store -run '^$' -bench MillionPayees -benchtime 1x
func BenchmarkMillionPayees(b *testing.B) {
	const lines = 1_000_000
	s := storetest.New(b, storetest.PostgresURL(b))
	k := payeeKeys(s, payeeKey)
	account := func(i int) string { return fmt.Sprintf("%016d", i) }
	for range b.N {
		r, w := io.Pipe()
		go func() {
			fmt.Fprintln(w, "account,country,ref,category,strength")
			for i := range lines {
				fmt.Fprintf(w, "%s,DE,m-%d,mule_confirmed,confirmed\n", account(i), i)
			}
			_ = w.Close()
		}()
		began := time.Now()
		edition, why, err := s.BeginPayeeList(ctx, "own")
		s.Granted(why, err)
		var some []store.ListedPayee
		for l, err := range counterparties.Read(r, counterparties.Line.Check) {
			s.Must(err)
			// The half of them are public, so that the index of these has some size.
			some = append(some, store.ListedPayee{Hit: l.Hit("own"), Public: l.Ref[len(l.Ref)-1]%2 == 0,
				Digest: k.Current(counterparties.Normal(l.Account, l.Country))})
			if len(some) == 5000 {
				s.Granted(s.FillPayeeList(ctx, "own", edition, some))
				some = some[:0]
			}
		}
		s.Granted(s.EndPayeeList(ctx, "own", edition, lines, "test"))
		b.ReportMetric(lines/time.Since(began).Seconds(), "lines/s")
	}
	raw := storetest.Raw(b, s.URL)
	var n []string
	ways := []struct {
		name string
		do   func(of []counterparties.Digest) error
		took []time.Duration
	}{
		{"look", func(of []counterparties.Digest) error { _, _, err := s.LookPayee(ctx, of); return err }, nil},
		{"public-look", func(of []counterparties.Digest) error { return s.LookPublic(of, s.Clock.Now()) }, nil},
		{"read", func(of []counterparties.Digest) error {
			return raw.Select(&n, `SELECT category FROM payee_hits WHERE digest = $1`, of[0].Value)
		}, nil},
	}
	for i := range 60_000 { // in turn, each of another account, the half of which are there: none finds its pages read
		w, of := &ways[i%3], k.All(counterparties.Normal(account(i*499%(2*lines)), "DE"))
		began := time.Now()
		s.Must(w.do(of))
		w.took = append(w.took, time.Since(began))
	}
	for _, w := range ways {
		slices.Sort(w.took)
		b.ReportMetric(float64(w.took[len(w.took)/2].Microseconds()), w.name+"-median-µs")
		b.ReportMetric(float64(w.took[len(w.took)*99/100].Microseconds()), w.name+"-p99-µs")
	}
}
