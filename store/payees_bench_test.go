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
		for l, err := range counterparties.Read(r) {
			s.Must(err)
			// The half of them are public, so that the index of these has some size.
			some = append(some, store.ListedPayee{Hit: l.Hit("own"), Public: l.Ref[len(l.Ref)-1]%2 == 0, Digest: k.Current(counterparties.Normal(l.Account, l.Country))})
			if len(some) == 5000 {
				s.Granted(s.FillPayeeList(ctx, "own", edition, some))
				some = some[:0]
			}
		}
		s.Granted(s.EndPayeeList(ctx, "own", edition, lines, "test"))
		b.ReportMetric(lines/time.Since(began).Seconds(), "lines/s")
	}
	raw := storetest.Raw(b, s.URL)
	var looks, publics, reads []time.Duration
	for i := range 4000 {
		// Each reads another account, the half of which are there: none finds its pages read.
		asked := func(of int) []counterparties.Digest {
			return k.All(counterparties.Normal(account((i*499+of*333_111)%(2*lines)), "DE"))
		}
		digests := asked(0)
		began := time.Now()
		_, _, err := s.LookPayee(ctx, digests)
		s.Must(err)
		looks = append(looks, time.Since(began))
		digests = asked(1)
		began = time.Now()
		s.Must(s.LookPublic(digests, s.Clock.Now()))
		publics = append(publics, time.Since(began))
		var n []string
		digests = asked(2)
		began = time.Now()
		s.Must(raw.Select(&n, `SELECT category FROM payee_hits WHERE digest = $1`, digests[0].Value))
		reads = append(reads, time.Since(began))
	}
	slices.Sort(looks)
	slices.Sort(publics)
	slices.Sort(reads)
	p99 := len(looks) * 99 / 100
	b.ReportMetric(float64(looks[p99].Microseconds()), "look-p99-µs")
	b.ReportMetric(float64(reads[p99].Microseconds()), "read-p99-µs")
	b.ReportMetric(float64(publics[p99].Microseconds()), "public-look-p99-µs")
	b.ReportMetric(float64(looks[p99])/float64(reads[p99]), "ratio")
	b.ReportMetric(float64(publics[p99])/float64(reads[p99]), "public-ratio")
}
