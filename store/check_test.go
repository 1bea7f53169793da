package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/protection"
	"holdfast/store"
	"holdfast/store/storetest"

	"github.com/jmoiron/sqlx"
)

// setLock puts a lock of the bundle's customer in force.
func setLock(b *storetest.Bundle, l protection.Lock) {
	b.T.Helper()
	setLockBy(b, storetest.Raw(b.T, b.URL), l)
}

func setLockBy(b *storetest.Bundle, raw *sqlx.DB, l protection.Lock) {
	b.T.Helper()
	value, err := json.Marshal(l)
	b.Must(err)
	_, err = raw.Exec(raw.Rebind(`INSERT INTO locks (id, customer_id, kind, value, loosens, asked_at, asked_by, from_at)
		VALUES (?, ?, ?, ?, 0, ?, 'app', ?)`), store.NewID("lck"), b.Customer.ID, l.Kind, string(value), b.Clock.Now(), b.Clock.Now())
	b.Must(err)
}

// aDayAtMost refuses what goes beyond so many minor units of EUR a day.
func aDayAtMost(minor int64) protection.Lock {
	return protection.Lock{Kind: protection.Limit, Action: protection.Refuse, Currency: "EUR",
		Caps: []protection.Cap{{Per: protection.PerDay, Minor: minor}}}
}

var checks atomicCount

// checking is a question about a transfer of so many minor units of EUR.
func checking(b *storetest.Bundle, minor int64) store.Check {
	n := checks.next()
	return store.Check{ClientID: storetest.Client, Key: fmt.Sprint("check-", n), BodyDigest: hold.DigestOf(fmt.Append(nil, minor)),
		CustomerID: b.Customer.ID, TransactionID: fmt.Sprint("payment-", n), Terms: protection.DefaultTerms,
		Payment: protection.Payment{Kind: hold.KindTransfer, Amount: hold.Money{Minor: minor, Currency: "EUR"}, Country: "DE", Home: "DE"}}
}

// lookUp asks, and tells the result and what stops it.
func lookUp(b *storetest.Bundle, c store.Check) store.Checked {
	b.T.Helper()
	out, why, err := b.Check(ctx, c)
	b.Granted(why, err)
	return out
}

func saysOf(b *storetest.Bundle, what string, got store.Checked, want protection.Result, by ...string) {
	b.T.Helper()
	if got.Result != want || !slices.Equal(got.By, by) {
		b.T.Errorf("%s: %s by %v, want %s by %v", what, got.Result, got.By, want, by)
	}
}

// reserved counts the reservations on record.
func reserved(b *storetest.Bundle) (n int) {
	b.Must(storetest.Raw(b.T, b.URL).Get(&n, `SELECT COUNT(*) FROM reservations`))
	return n
}

// What the locks say, and that nothing but what a limit counts is written.
func TestCheck(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		b.Subtest("without locks", func() { saysOf(b, "check", lookUp(b, checking(b, 1)), protection.Allowed) })
		b.Subtest("nobody's", func() {
			c := checking(b, 1)
			c.CustomerID = "nobody"
			if _, _, err := b.Check(ctx, c); !errors.Is(err, store.ErrNotFound) {
				b.T.Errorf("%v", err)
			}
		})
		b.Subtest("a place refused, and asked where it is unknown", func() {
			setLock(b, protection.Lock{Kind: protection.Places, Action: protection.Refuse, Countries: []string{"AT"}})
			saysOf(b, "in Germany", lookUp(b, checking(b, 1)), protection.Locked, "places")
			c := checking(b, 1)
			c.Payment.Country = ""
			saysOf(b, "nowhere", lookUp(b, c), protection.Asked, "places")
			c.Payment.Country = "AT"
			saysOf(b, "in Austria", lookUp(b, c), protection.Allowed)
		})
		b.Subtest("frozen", func() {
			b.Must(b.AskForHelp(ctx, b.Customer.ID)) // which freezes
			saysOf(b, "check", lookUp(b, checking(b, 1)), protection.Locked, "frozen")
		})
		b.Subtest("everything is stopped, and standing orders go on", func() {
			b.Must(b.AskForHelp(ctx, b.Customer.ID)) // which freezes
			raw := storetest.Raw(b.T, b.URL)
			raw.MustExec(`INSERT INTO emergencies (id, customer_id, route, by_whom, at, did) VALUES ('emg_1', '` + string(b.Customer.ID) +
				`', 'app', 'customer', 1, '{}')`)
			saysOf(b, "a transfer", lookUp(b, checking(b, 1)), protection.Locked, "emergency")
			c := checking(b, 1)
			c.Payment.Way = protection.StandingOrder
			saysOf(b, "a standing order", lookUp(b, c), protection.Allowed)
			c.Terms.StandingOrders = protection.Stop
			saysOf(b, "by policy", lookUp(b, c), protection.Locked, "emergency")
		})
		b.Subtest("a loosening counts from its instant on", func() {
			setLock(b, aDayAtMost(100))
			c := checking(b, 200)
			saysOf(b, "before", lookUp(b, c), protection.Locked, "limit")
			b.Clock.Forward(time.Hour)
			setLock(b, aDayAtMost(300))
			saysOf(b, "after", lookUp(b, c), protection.Allowed)
		})
	})
}

// A counted check reserves its part, for a quarter of an hour.
func TestReservations(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		b.Subtest("what does not fit, or is asked, writes nothing", func() {
			setLock(b, aDayAtMost(100))
			saysOf(b, "too much", lookUp(b, checking(b, 101)), protection.Locked, "limit")
			c := checking(b, 1)
			c.Payment.Amount.Currency = "USD"
			saysOf(b, "another currency", lookUp(b, c), protection.Asked, "limit")
			expect(b, "reservations", reserved(b), 0)
		})
		b.Subtest("the same key and body, and another body", func() {
			setLock(b, aDayAtMost(100))
			c := checking(b, 60)
			first := lookUp(b, c)
			again := lookUp(b, c)
			if first.ID == "" || again.ID != first.ID || again.Until != first.Until || first.Until != b.Clock.Now().Add(15*time.Minute) {
				b.T.Errorf("%+v, %+v", first, again)
			}
			c.BodyDigest = hold.DigestOf([]byte("another"))
			if _, why, err := b.Check(ctx, c); why != hold.KeyReused || err != nil {
				b.T.Errorf("%s, %v", why, err)
			}
			c.ClientID = "another"
			saysOf(b, "another client, whose keys are its own", lookUp(b, c), protection.Locked, "limit")
			saysOf(b, "what is left", lookUp(b, checking(b, 41)), protection.Locked, "limit")
			saysOf(b, "what fits", lookUp(b, checking(b, 40)), protection.Allowed)
		})
		b.Subtest("asked again once something stops it, and booked before that", func() {
			setLock(b, aDayAtMost(100))
			kept, paid := checking(b, 60), checking(b, 40)
			saysOf(b, "kept", lookUp(b, kept), protection.Allowed)
			_, why, err := b.BookCheck(ctx, storetest.Client, lookUp(b, paid).ID)
			b.Granted(why, err)
			b.Must(b.AskForHelp(ctx, b.Customer.ID)) // which freezes
			saysOf(b, "kept, and asked again", lookUp(b, kept), protection.Locked, "frozen")
			saysOf(b, "paid already", lookUp(b, paid), protection.Allowed)
		})
		b.Subtest("it lapses, and comes back", func() {
			setLock(b, aDayAtMost(100))
			c := checking(b, 100)
			lapsed := lookUp(b, c)
			b.Clock.Forward(15*time.Minute - time.Second)
			saysOf(b, "before it lapses", lookUp(b, checking(b, 1)), protection.Locked, "limit")
			b.Clock.Forward(time.Second)
			saysOf(b, "then", lookUp(b, checking(b, 1)), protection.Allowed)
			saysOf(b, "the same anew", lookUp(b, c), protection.Locked, "limit") // it does not fit beside that
			if _, why, err := b.BookCheck(ctx, storetest.Client, lapsed.ID); why != hold.CheckLapsed || err != nil {
				b.T.Errorf("%s, %v", why, err)
			}
			b.Clock.Forward(15 * time.Minute)
			if got := lookUp(b, c); got.ID != lapsed.ID || got.Until <= lapsed.Until {
				b.T.Errorf("anew under the same row: %+v", got)
			}
		})
	})
}

// What was reserved is booked or given back, and that by its client alone.
func TestReservationsEnd(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		book := func(id string) store.CheckEnd {
			b.T.Helper()
			out, why, err := b.BookCheck(ctx, storetest.Client, id)
			b.Granted(why, err)
			return out
		}
		b.Subtest("it is booked after it lapsed where it fits", func() {
			setLock(b, aDayAtMost(100))
			id := lookUp(b, checking(b, 100)).ID
			b.Clock.Forward(time.Hour)
			expect(b, "status", book(id).Status, protection.Booked)
			b.Clock.Forward(time.Hour)
			expect(b, "again", book(id).Status, protection.Booked)
			saysOf(b, "what is left", lookUp(b, checking(b, 1)), protection.Locked, "limit")
			b.Clock.Forward(12 * time.Hour)
			saysOf(b, "the next day", lookUp(b, checking(b, 100)), protection.Allowed)
		})
		b.Subtest("not while the customer is frozen", func() {
			setLock(b, aDayAtMost(100))
			id := lookUp(b, checking(b, 100)).ID
			b.Must(b.AskForHelp(ctx, b.Customer.ID)) // which freezes
			b.Clock.Forward(time.Hour)
			if _, why, err := b.BookCheck(ctx, storetest.Client, id); why != hold.CheckLapsed || err != nil {
				b.T.Errorf("%s, %v", why, err)
			}
		})
		b.Subtest("given back, before it is booked or after", func() {
			setLock(b, aDayAtMost(100))
			for _, booked := range []bool{false, true} {
				id := lookUp(b, checking(b, 100)).ID
				if booked {
					book(id)
				}
				for range 2 {
					out, why, err := b.CancelCheck(ctx, storetest.Client, id)
					b.Granted(why, err)
					expect(b, "status", out.Status, protection.Cancelled)
				}
				if _, why, err := b.BookCheck(ctx, storetest.Client, id); why != hold.CheckCancelled || err != nil {
					b.T.Errorf("%s, %v", why, err)
				}
			}
		})
		b.Subtest("another client's", func() {
			setLock(b, aDayAtMost(100))
			id := lookUp(b, checking(b, 100)).ID
			_, _, err := b.BookCheck(ctx, "another", id)
			_, _, err2 := b.CancelCheck(ctx, "another", id)
			if !errors.Is(err, store.ErrNotFound) || !errors.Is(err2, store.ErrNotFound) {
				b.T.Errorf("%v, %v", err, err2)
			}
		})
	})
}

// What was reserved a month ago is nobody's limit any more, and goes.
func TestReservationsAreForgotten(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		setLock(b, aDayAtMost(100))
		lookUp(b, checking(b, 100))
		b.Clock.Forward(29 * 24 * time.Hour)
		lookUp(b, checking(b, 100))
		b.Clock.Forward(2 * 24 * time.Hour)
		n, err := b.ForgetReservations(ctx, 100)
		b.Must(err)
		expect(b, "gone", n, 1)
		expect(b, "left", reserved(b), 1)
	})
}

// Two hundred at once at a limit of a hundred: a hundred are allowed, no more and no
// fewer; what lapses comes back. It fails without the customer's lock.
func TestLimitIsExact(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(testing.TB) string{"postgres": storetest.PatientURL, "sqlite": storetest.SQLiteURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := storetest.New(t, url(t))
			setLock(b, aDayAtMost(1000))
			for round := range 2 {
				expect(b, fmt.Sprint("allowed in round ", round), atOnce200(b, 10), 100)
				saysOf(b, "one more", lookUp(b, checking(b, 1)), protection.Locked, "limit")
				b.Clock.Forward(protection.Reserves)
			}
		})
	}
}

// atOnce200 asks two hundred times at once, and counts what was allowed.
func atOnce200(b *storetest.Bundle, minor int64) (allowed int) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 200 {
		c := checking(b, minor)
		wg.Go(func() {
			out, why, err := b.Check(ctx, c)
			for errors.Is(err, store.ErrBusy) {
				out, why, err = b.Check(ctx, c)
			}
			if err := storetest.ErrorOf(why, err); err != nil {
				b.T.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			if out.Result == protection.Allowed {
				allowed++
			}
		})
	}
	wg.Wait()
	return allowed
}
