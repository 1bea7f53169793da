package store_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"holdfast/counterparties"
	"holdfast/store"
	"holdfast/store/storetest"
)

// How long a customer waits does not tell whether the bank's own lists have the account:
// of hits and of accounts that nobody knows, asked about in turns of a random order,
// neither comes after the other more often than by chance. However busy the machine is,
// it is busy for both.
func TestCheckPayeeTakesNoLonger(t *testing.T) {
	t.Parallel()
	b := storetest.New(t, storetest.PostgresURL(t))
	if z := timed(b, 400).z; math.Abs(z) > 6 {
		t.Errorf("hits and others differ by %.1f standard deviations of chance", z)
	}
}

// The same over 10,000 of each.
//
//	go test ./store -run '^$' -bench CheckPayeeTiming -benchtime 1x
func BenchmarkCheckPayeeTiming(b *testing.B) {
	s := storetest.New(b, storetest.PostgresURL(b))
	got := timed(s, 10_000)
	b.ReportMetric(got.z, "z")
	b.ReportMetric(float64(got.hit.Microseconds()), "hit-median-µs")
	b.ReportMetric(float64(got.unknown.Microseconds()), "unknown-median-µs")
	if math.Abs(got.z) > 4 {
		b.Errorf("hits and others differ by %.1f standard deviations of chance", got.z)
	}
}

type timing struct {
	z            float64 // of Mann and Whitney: 0, neither takes longer; 1 is a standard deviation
	hit, unknown time.Duration
}

// timed asks about n accounts that the bank's own list has, and n that it has not.
func timed(b *storetest.Bundle, n int) timing {
	b.T.Helper()
	k := payeeKeys(b, payeeKey)
	account := func(i int) string { return fmt.Sprintf("%016d", i) }
	edition, why, err := b.BeginPayeeList(ctx, "own")
	b.Granted(why, err)
	var some []store.ListedPayee
	for i := range n {
		l := counterparties.Line{Ref: fmt.Sprint("m-", i), Category: "mule_confirmed", Strength: counterparties.Confirmed}
		some = append(some, store.ListedPayee{Hit: l.Hit("own"), Digest: k.Current(counterparties.Normal(account(2*i), "DE"))})
	}
	for part := range slices.Chunk(some, store.HitsAtOnce) {
		b.Granted(b.FillPayeeList(ctx, "own", edition, part))
	}
	b.Granted(b.EndPayeeList(ctx, "own", edition, n, "test"))
	order := rand.New(rand.NewPCG(1, 2)).Perm(2 * n)
	var took [2][]time.Duration
	for turn, i := range order {
		if turn%store.ChecksADay == 0 {
			b.Clock.Forward(25 * time.Hour)
		}
		a := counterparties.Normal(account(i), "DE")
		q := store.PayeeQuestion{Who: b.Customer.ID, Account: k.Current(a), Digests: k.All(a)}
		began := time.Now()
		_, why, err := b.CheckPayee(ctx, q)
		took[i%2] = append(took[i%2], time.Since(began))
		b.Granted(why, err)
	}
	slices.Sort(took[0])
	slices.Sort(took[1])
	return timing{rankSum(took[0], took[1]), took[0][n/2], took[1][n/2]}
}

// rankSum is how far the sum of a's ranks among all lies from what chance gives, in its
// standard deviations (Mann and Whitney, 1947). Both are sorted.
func rankSum(a, b []time.Duration) float64 {
	u, below := 0.0, 0
	for _, x := range a {
		for below < len(b) && b[below] < x {
			below++
		}
		u += float64(below)
		for same := below; same < len(b) && b[same] == x; same++ {
			u += 0.5
		}
	}
	n, m := float64(len(a)), float64(len(b))
	return (u - n*m/2) / math.Sqrt(n*m*(n+m+1)/12)
}
