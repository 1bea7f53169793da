package store_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// mixed are lines of every kind: good, repeated, with a key or a transaction that was
// used before, of nobody, too late, and more pushes than a customer is sent.
func mixed(b *storetest.Bundle) (as []store.Accept) {
	other := b.NewCustomer("zoe")
	good := func() store.Accept { return b.Accepting(storetest.PushLadder()) }
	first, reused, held, unknown, late, theirs := good(), good(), good(), good(), good(), good()
	reused.Key, held.Request.TransactionID = first.Key, first.Request.TransactionID
	unknown.Request.CustomerID, theirs.Request.CustomerID = "nobody", other.ID
	late.Terms = func(hold.Customer, counterparties.Known, hold.Instant) (hold.Terms, hold.Instant, error) {
		return hold.Terms{}, 0, fmt.Errorf("too late")
	}
	text, call := b.Accepting(storetest.SMSLadder()), b.Accepting(ladderOf(storetest.Rung("call", time.Hour, hold.Callback)))
	return []store.Accept{first, first, reused, held, unknown, late, theirs, text, good(), good(), unknown, call, good(), good(), good(),
		first, late}
}

// tell says what became of the lines: the outcome, whose hold it is, what is asked.
func tell(b *storetest.Bundle, lines []store.AcceptLine) (told []string) {
	b.T.Helper()
	of := map[hold.ID]int{}
	for i, l := range lines {
		if _, known := of[l.HoldID]; !known {
			of[l.HoldID] = i
		}
		say := fmt.Sprintf("%s %v of line %d, reply %v", l.Outcome, l.Err, of[l.HoldID], string(l.Reply) == string(l.HoldID))
		cs, err := b.Challenges(ctx, l.HoldID)
		b.Must(err)
		for _, c := range cs {
			say += fmt.Sprint(" ", c.Channel, c.Status, c.Cause)
		}
		told = append(told, say)
	}
	for _, r := range claim(b) {
		told = append(told, fmt.Sprint(r.Kind, r.Delay, " of line ", of[hold.ID(r.Workflow)]))
	}
	verify(b)
	return told
}

// A batch is as if its lines had come one after the other.
func TestChunkIsLineByLine(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]func(testing.TB) string{"sqlite": storetest.SQLiteURL, "postgres": storetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			together, singly := storetest.New(t, at(t)), storetest.New(t, at(t))
			var one []store.AcceptLine
			for _, b := range []*storetest.Bundle{together, singly} {
				b.Must(b.Deploy(ctx, atOnce()))
				b.Must(b.OutboxDone(ctx, claim(b)))
			}
			for _, a := range mixed(singly) {
				res, err := singly.AcceptHold(ctx, a)
				one = append(one, store.AcceptLine{AcceptResult: res, Err: err})
			}
			want, got := tell(singly, one), tell(together, together.AcceptHolds(ctx, mixed(together)))
			for i := range max(len(want), len(got)) {
				if i >= len(want) || i >= len(got) || want[i] != got[i] {
					t.Fatalf("differs at %d:\ntogether %q\nsingly   %q", i, got, want)
				}
			}
		})
	}
}

// Batches of the same lines, in other orders, beside single posts: nothing is held
// twice, and everybody is told the same.
func TestChunksAgainstEachOther(t *testing.T) {
	t.Parallel()
	b := storetest.New(t, storetest.PostgresURL(t))
	b.Must(b.Deploy(ctx, atOnce()))
	var as []store.Accept
	for i := range 120 {
		a := b.Accepting(storetest.PushLadder())
		if i < 12 {
			b.NewCustomer(hold.CustomerID(fmt.Sprint("c", i)))
		}
		a.Request.CustomerID = hold.CustomerID(fmt.Sprint("c", i%12))
		as = append(as, a)
	}
	var mu sync.Mutex
	told := map[string]map[hold.ID]bool{}
	tell := func(a store.Accept, res store.AcceptResult, err error) {
		mu.Lock()
		defer mu.Unlock()
		if err != nil || res.Outcome != store.Accepted && res.Outcome != store.Replayed {
			t.Errorf("%s: %s, %v", a.Key, res.Outcome, err)
		}
		if told[a.Key] == nil {
			told[a.Key] = map[hold.ID]bool{}
		}
		told[a.Key][res.HoldID] = true
	}
	b.Must(many(8, func(n int) error {
		mine := slices.Clone(as)
		rand.Shuffle(len(mine), func(i, j int) { mine[i], mine[j] = mine[j], mine[i] })
		if n%4 == 3 {
			for _, a := range mine {
				res, err := b.AcceptHold(ctx, a)
				tell(a, res, err)
			}
			return nil
		}
		for i, l := range b.AcceptHolds(ctx, mine) {
			tell(mine[i], l.AcceptResult, l.Err)
		}
		return nil
	}))
	for key, ids := range told {
		expect(b, "holds of "+key, len(ids), 1)
	}
	hs, err := b.ListHolds(ctx, store.HoldFilter{Limit: 200})
	b.Must(err)
	expect(b, "holds", len(hs), len(as))
	verify(b)
}

// waitForLock waits until somebody waits for a lock.
func waitForLock(b *storetest.Bundle, done chan []store.AcceptLine) {
	b.T.Helper()
	raw := storetest.Raw(b.T, b.URL)
	for waiting := 0; waiting == 0; {
		b.Must(raw.Get(&waiting, `SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`))
		select {
		case lines := <-done:
			b.T.Fatalf("nobody waited: %+v", lines)
		default:
		}
	}
}

// The customers of a batch are locked in the order of their ids, whatever the order
// of its lines and of the table; and a freeze beside it is never missed.
func TestChunkLocksInOrder(t *testing.T) {
	t.Parallel()
	b := storetest.New(t, storetest.PostgresURL(t))
	b.NewCustomer("z")
	b.NewCustomer("a") // after z in the table
	last, first := b.Accepting(storetest.PushLadder()), b.Accepting(storetest.PushLadder())
	last.Request.CustomerID, first.Request.CustomerID = "z", "a"
	terms, frozen := first.Terms, hold.Instant(0)
	first.Terms = func(c hold.Customer, p counterparties.Known, now hold.Instant) (hold.Terms, hold.Instant, error) {
		frozen = c.FrozenAt
		return terms(c, p, now)
	}
	raw := storetest.Raw(t, b.URL)
	freezing := raw.MustBegin()
	freezing.MustExec(`UPDATE customers SET frozen_at = 1 WHERE id = 'a'`)
	done := make(chan []store.AcceptLine, 1)
	go func() { done <- b.AcceptHolds(ctx, []store.Accept{last, first}) }()
	waitForLock(b, done)
	if _, err := raw.Exec(`SELECT 1 FROM customers WHERE id = 'z' FOR UPDATE NOWAIT`); err != nil {
		t.Errorf("z is locked before a: %v", err)
	}
	b.Must(freezing.Commit())
	for _, l := range <-done {
		b.Must(l.Err)
		expect(b, "outcome", l.Outcome, store.Accepted)
	}
	expect(b, "frozen since", frozen, 1)
}

// What fails together is taken in line by line: one line's twin costs no other line.
func TestChunkThatFails(t *testing.T) {
	t.Parallel()
	b := storetest.New(t, storetest.PostgresURL(t))
	other := b.NewCustomer("zoe")
	as := []store.Accept{b.Accepting(storetest.PushLadder()), b.Accepting(storetest.PushLadder()), b.Accepting(storetest.PushLadder())}
	twin := b.Accepting(storetest.PushLadder())
	twin.Request.CustomerID, twin.Request.TransactionID = other.ID, as[1].Request.TransactionID
	terms, once := as[0].Terms, sync.Once{}
	as[0].Terms = func(c hold.Customer, p counterparties.Known, now hold.Instant) (hold.Terms, hold.Instant, error) {
		once.Do(func() { // between the batch's look and its commit
			_, err := b.AcceptHold(ctx, twin)
			b.Must(err)
		})
		return terms(c, p, now)
	}
	var told []store.AcceptOutcome
	for _, l := range b.AcceptHolds(ctx, as) {
		b.Must(l.Err)
		told = append(told, l.Outcome)
	}
	if want := []store.AcceptOutcome{store.Accepted, store.AlreadyHeld, store.Accepted}; !slices.Equal(told, want) {
		t.Errorf("%v, want %v", told, want)
	}
	verify(b)
}
