package store_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// toldTo puts a list in force that customers may be told of.
func toldTo(b *storetest.Bundle, k counterparties.Keys, list string, lines ...counterparties.Line) {
	b.T.Helper()
	edition, why, err := b.BeginPayeeList(ctx, list)
	b.Granted(why, err)
	var some []store.ListedPayee
	for _, l := range lines {
		some = append(some, store.ListedPayee{Hit: l.Hit(list), Public: true, Digest: k.Current(counterparties.Normal(l.Account, l.Country))})
	}
	b.Granted(b.FillPayeeList(ctx, list, edition, some))
	b.Granted(b.EndPayeeList(ctx, list, edition, len(some), "test"))
}

// A customer is told what public lists in force say now, and nothing of the bank's own.
func TestCheckPayee(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		before, k := payeeKeys(b, payeeKey), payeeKeys(b, nextPayeeKey, payeeKey)
		now := b.Clock.Now()
		const warned, over, both, shared = "NL91ABNA0417164300", "FR1420041010050500013M02606", "BE68539007547034", "AT611904300234573201"
		line := func(account, ref, category string) counterparties.Line {
			return counterparties.Line{Account: account, Ref: ref, Category: category, Strength: counterparties.Reported}
		}
		past := line(over, "w-3", "scam_job")
		past.To = now
		toldTo(b, before, "warnings", line(warned, "w-1", "scam_investment"), line(warned, "w-2", "scam_investment"), past,
			line(both, "w-4", "scam_job"), line(shared, "w-5", "shared_tax"))
		listed(b, k, "own", line(mule, "m-1", "mule_suspected"), line(both, "m-2", "mule_suspected"))
		for account, want := range map[string][]string{warned: {"scam_investment"}, mule: nil, honest: nil, over: nil, shared: nil,
			both: {"scam_job"}} {
			said, why, err := b.CheckPayee(ctx, question(b.Customer.ID, k, account))
			b.Granted(why, err)
			var got []string
			for _, h := range said.Hits {
				got = append(got, h.Category)
			}
			if !slices.Equal(got, want) || said.Unnamed {
				t.Errorf("of %s: %v, want %v", account, got, want)
			}
		}
		ls, err := b.PayeeLists(ctx)
		b.Must(err)
		expect(b, "own is public", ls[0].Public, false)
		expect(b, "warnings are", ls[1].Public, true)
		listed(b, k, "warnings", line(warned, "w-1", "scam_investment")) // who forgets to say so tells nobody
		said, why, err := b.CheckPayee(ctx, question(b.Customer.ID, k, warned))
		b.Granted(why, err)
		expect(b, "told of a list that is the bank's now", len(said.Hits), 0)
		verify(b)
	})
}

// question is a customer's about an account, without a country.
func question(who hold.CustomerID, k counterparties.Keys, account string) store.PayeeQuestion {
	a := counterparties.Normal(account, "")
	return store.PayeeQuestion{Who: who, Account: k.Current(a), Digests: k.All(a)}
}

// Twenty a day of a customer, and twenty of an account: counted before anything is
// looked at, however many ask at once, and anew a day after the first.
func TestCheckPayeeLimits(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(i int) (hold.CustomerID, string){
		"of a customer": func(i int) (hold.CustomerID, string) { return "", fmt.Sprint("account-", i) },
		"of an account": func(i int) (hold.CustomerID, string) { return hold.CustomerID(fmt.Sprint("c-", i)), honest },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
				k := payeeKeys(b, payeeKey)
				check := func(i int) (wait time.Duration, spent bool) {
					who, account := ask(i)
					a, why, err := b.CheckPayee(ctx, question(who, k, account))
					if err != nil || (why != "") != (who == "" && a.Wait > 0) {
						t.Errorf("%+v, %s, %v", a, why, err)
					}
					return a.Wait, why == hold.CheckLimit || a.Unnamed
				}
				day, hour := 24*time.Hour, time.Hour // of an account nothing tells when it counts anew
				if who, _ := ask(0); who != "" {
					day, hour = 0, 0
				}
				var all sync.WaitGroup
				refused := make(chan time.Duration, 30)
				for i := range 30 {
					all.Go(func() {
						if wait, spent := check(i); spent {
							refused <- wait
						}
					})
				}
				all.Wait()
				expect(b, "refused of thirty at once", len(refused), 10)
				expect(b, "for how long", <-refused, day)
				b.Clock.Forward(23 * time.Hour)
				wait, spent := check(31)
				expect(b, "within the day", spent, true)
				expect(b, "for how long", wait, hour)
				b.Clock.Forward(time.Hour)
				_, spent = check(32)
				expect(b, "a day after the first", spent, false)
				b.Clock.Forward(25 * time.Hour)
				for n := 1; n > 0; {
					var err error
					n, err = b.ForgetPayeeChecks(ctx, 7)
					b.Must(err)
				}
				expect(b, "counts that are kept", checksOf(b, ""), 0)
			})
		})
	}
}

// checksOf is how many checks are counted of whose subject begins so.
func checksOf(b *storetest.Bundle, subject string) (n int) {
	b.T.Helper()
	b.Must(storetest.Raw(b.T, b.URL).Get(&n, `SELECT COALESCE(SUM(n), 0) FROM payee_checks WHERE subject LIKE '`+subject+`%'`))
	return n
}

// Who asks too often spends no account's checks; and an account whose checks are spent is
// warned of as before.
func TestCheckPayeeSpendsNobodyElses(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		k := payeeKeys(b, payeeKey)
		toldTo(b, k, "warnings", counterparties.Line{Account: mule, Ref: "w-1", Category: "scam_job", Strength: counterparties.Reported})
		for range store.ChecksADay + 5 {
			_, _, err := b.CheckPayee(ctx, question("thief", k, mule))
			b.Must(err)
		}
		expect(b, "counted of the account", checksOf(b, "account:"), store.ChecksADay)
		a, why, err := b.CheckPayee(ctx, question(b.Customer.ID, k, mule))
		b.Granted(why, err)
		expect(b, "no name is compared", a.Unnamed, true)
		expect(b, "warnings", len(a.Hits), 1)
	})
}

// Of an account that the bank's own lists have, and of one that nobody knows, the very
// same statements run, over the same trips.
func TestCheckPayeeRunsTheSame(t *testing.T) {
	t.Parallel()
	m := &storetest.Meter{}
	b := storetest.New(t, storetest.PostgresURL(t))
	s, err := store.Open(ctx, m.Listen(t, b.URL), store.Options{Conns: 1, Clock: b.Clock.Now})
	b.Must(err)
	t.Cleanup(func() { _ = s.Close() })
	k := payeeKeys(b, payeeKey)
	listed(b, k, "own", counterparties.Line{Account: mule, Ref: "m-1", Category: "mule_confirmed", Strength: counterparties.Confirmed})
	took := func(account string) storetest.Took {
		m.Reset()
		_, why, err := s.CheckPayee(ctx, question(b.Customer.ID, k, account))
		b.Granted(why, err)
		return m.Took()
	}
	took(honest) // the first prepares the statements
	hit, unknown := took(mule), took("NL91ABNA0417164300")
	if !slices.Equal(hit.Statements, unknown.Statements) || hit.Trips != unknown.Trips || len(hit.Statements) == 0 {
		t.Errorf("of a mule %d trips, %v\nof nobody %d trips, %v", hit.Trips, hit.Statements, unknown.Trips, unknown.Statements)
	}
}

// The index that a customer's look reads has no line of the bank's own lists, and no
// other serves it: there is nothing that takes longer for them.
func TestCheckPayeeReadsPublicLinesAlone(t *testing.T) {
	t.Parallel()
	b := storetest.New(t, storetest.PostgresURL(t))
	plan := explained(b, store.PublicHitsQuery(payeeKeys(b, payeeKey).All(counterparties.Normal(mule, "")), b.Clock.Now()))
	if !slices.Contains(plan, "payee_hits_public") || slices.Contains(plan, "payee_hits_digest") || slices.Contains(plan, "payee_hits_pkey") {
		t.Errorf("it reads by %v", plan)
	}
}

// explained are the indexes by which Postgres reads, where it reads no table whole.
func explained(b *storetest.Bundle, q string) (indexes []string) {
	b.T.Helper()
	raw := storetest.Raw(b.T, b.URL)
	raw.SetMaxOpenConns(1)
	raw.MustExec(`SET enable_seqscan = off`)
	var lines []string
	b.Must(raw.Select(&lines, `EXPLAIN `+q))
	for _, l := range lines {
		for _, i := range []string{"payee_hits_public", "payee_hits_digest", "payee_hits_pkey"} {
			if strings.Contains(l, i) {
				indexes = append(indexes, i)
			}
		}
	}
	return indexes
}
