package judge_test

import (
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"holdfast/store"
	"holdfast/store/storetest"

	"github.com/jmoiron/sqlx"
	"pgregory.net/rapid"
)

// TestJudge draws sequences in each of its halves, unless -rapid.checks says
// otherwise: two thousand in all.
const (
	sequences = "1000"
	halves    = 2 // one a core, each on a file of its own
)

func TestMain(m *testing.M) {
	for name, value := range map[string]string{"rapid.checks": sequences, "rapid.nofailfile": "true"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(storetest.Main(m))
}

// fresh opens a migrated file in memory, where there is a place for that.
func fresh(t *testing.T, c *clock) base {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "judge")
	if err != nil {
		dir = t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return opened(t, "sqlite:"+filepath.Join(dir, "holdfast.db"), c)
}

// base is a store, and a handle beside it.
type base struct {
	*store.Store
	db *sqlx.DB
}

// opened is a migrated store with the bank's client.
func opened(t *testing.T, url string, c *clock) base {
	t.Helper()
	s, err := store.Open(ctx, url, store.Options{Clock: c.read})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.AddKey(ctx, store.Key{ID: store.NewID("key"), ClientID: storetest.Client, Digest: store.NewNonce(), Scopes: "holds:write"},
		"test"); err != nil {
		t.Fatal(err)
	}
	if err := s.Deploy(ctx, rules()); err != nil {
		t.Fatal(err)
	}
	return base{s, storetest.Raw(t, url)}
}

// TestJudge plays whatever may be done, in any order, and judges each release.
func TestJudge(t *testing.T) {
	for half := range halves {
		t.Run(strconv.Itoa(half), func(t *testing.T) {
			t.Parallel()
			c := &clock{}
			c.us.Store(int64(storetest.Start))
			s := fresh(t, c)
			rapid.Check(t, func(r *rapid.T) { play(r, s, c) })
		})
	}
}

func play(r *rapid.T, s base, c *clock) {
	w := newWorld(r, s, c, func(what string, n int) int { return rapid.SampledFrom(numbers[:n]).Draw(r, what) })
	for _, p := range w.people {
		w.portrait(p, "owner", w.clock.Now().Add(-year))
		if p == w.people[0] && w.dice.one("an opening", 3) {
			w.opens(p)
		} else {
			w.openRung(w.newPayment(p))
		}
	}
	for range 5 + w.dice("moves", 25) {
		w.move()
		w.watch()
	}
	w.end()
}

// numbers are what dice show; unlike a drawn range, each as often as any other.
var numbers = func() (ns []int) {
	for i := range 100 {
		ns = append(ns, i)
	}
	return ns
}()

// sequencesAtOnce is how many TestJudgeAtOnce plays.
const sequencesAtOnce = 60

// TestJudgeAtOnce is the same with four who act at once, on Postgres: one writer
// would hide what locks are for.
func TestJudgeAtOnce(t *testing.T) {
	t.Parallel()
	c := &clock{}
	c.us.Store(int64(storetest.Start))
	s := opened(t, storetest.PostgresURL(t), c)
	for i := range sequencesAtOnce {
		luck := rand.New(rand.NewPCG(uint64(i), 7))
		w := newWorld(t, s, c, func(_ string, n int) int { return luck.IntN(n) })
		w.atOnce = true
		for _, p := range w.people {
			w.portrait(p, "owner", w.clock.Now().Add(-year))
			w.openRung(w.newPayment(p))
			w.openRung(w.newPayment(p))
		}
		for range 3 {
			w.together(luck, (*world).courier, (*world).customer, func(w *world) {
				pick(w.dice, "bank", []func(*world){(*world).bank,
					(*world).thief})(w)
			}, (*world).work)
			w.watch()
		}
		w.end()
	}
}

// together lets several act, four moves each, with dice of their own.
func (w *world) together(luck *rand.Rand, who ...func(*world)) {
	var wg sync.WaitGroup
	for _, move := range who {
		own := rand.New(rand.NewPCG(luck.Uint64(), luck.Uint64()))
		me := &world{&stopper{w.failer}, w.played, func(_ string, n int) int { return own.IntN(n) }}
		wg.Go(func() {
			for range 4 {
				move(me)
			}
		})
	}
	wg.Wait()
}

// stopper fails the test from a goroutine that is not the test's own.
type stopper struct{ failer }

func (s *stopper) Fatalf(format string, args ...any) {
	if t, ok := s.failer.(*testing.T); ok {
		t.Errorf(format, args...)
	}
	runtime.Goexit()
}

// move is one move of anybody, or what comes of it where the process dies.
func (w *world) move() {
	if w.dice.one("dies", 12) {
		w.dies()
		return
	}
	w.acts()
}

func (w *world) acts() {
	if w.party == pair && w.dice.one("at it", 4) {
		w.conspire()
		return
	}
	switch w.dice("who", 11) {
	case 0, 1:
		w.courier()
	case 2, 3, 4:
		w.customer()
	case 5:
		w.bank()
	case 6:
		w.thief()
	default:
		w.work()
	}
}
