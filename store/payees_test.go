package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

const payeeKey, nextPayeeKey = "one:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "two:MTEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

func payeeKeys(b *storetest.Bundle, settings ...string) counterparties.Keys {
	b.T.Helper()
	k, err := counterparties.ReadKeys(settings)
	b.Must(err)
	return k
}

// listed puts a list in force.
func listed(b *storetest.Bundle, k counterparties.Keys, list string, lines ...counterparties.Line) {
	b.T.Helper()
	edition, why, err := b.BeginPayeeList(ctx, list)
	b.Granted(why, err)
	var some []store.ListedPayee
	for _, l := range lines {
		some = append(some, store.ListedPayee{Hit: l.Hit(list), Digest: k.Current(counterparties.Normal(l.Account, l.Country))})
	}
	b.Granted(b.FillPayeeList(ctx, list, edition, some))
	b.Granted(b.EndPayeeList(ctx, list, edition, len(some), "test"))
}

// paying is an Accept that looks its payee up, and what it was told.
func paying(b *storetest.Bundle, k counterparties.Keys, account string, into *counterparties.Known) store.Accept {
	a := b.Accepting(storetest.PushLadder())
	a.Request.Payee.Account = account
	a.Payee = k.All(counterparties.Normal(account, ""))
	terms := a.Terms
	a.Terms = func(c hold.Customer, p counterparties.Known, now hold.Instant) (hold.Terms, hold.Instant, error) {
		*into = p
		return terms(c, p, now)
	}
	return a
}

const mule, honest = "DE89370400440532013000", "DE02120300000000202051"

// As a hold is taken in, it is known what lists say of its payee and how many payments
// to it were held before.
func TestPayeeAtIntake(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		k := payeeKeys(b, payeeKey)
		listed(b, k, "own", counterparties.Line{Account: mule, Ref: "m-1", Category: "mule_confirmed", Strength: counterparties.Confirmed})
		var known counterparties.Known
		take := func(account string) counterparties.Known {
			b.T.Helper()
			res, err := b.AcceptHold(ctx, paying(b, k, account, &known))
			b.Must(err)
			expect(b, "taken in", res.Outcome, store.Accepted)
			return known
		}
		first := take(mule)
		expect(b, "the level", first.Level, counterparties.Confirmed)
		expect(b, "a mule", first.Mule, true)
		expect(b, "the first", first.FirstSeen, 0)
		at := b.Clock.Now()
		b.Clock.Forward(time.Hour)
		second := take("DE89 3704 0044 0532 0130 00")
		expect(b, "first seen", second.FirstSeen, at)
		expect(b, "held", second.Held, 1)
		expect(b, "payers", second.Payers, 1)
		expect(b, "an honest one's level", take(honest).Level, counterparties.None)
		b.Clock.Forward(31 * 24 * time.Hour)
		later := take(mule)
		expect(b, "held in 30 days", later.Held, 0)
		expect(b, "first seen, still", later.FirstSeen, at)

		other := b.Accepting(storetest.PushLadder())
		terms := other.Terms
		other.Terms = func(c hold.Customer, p counterparties.Known, now hold.Instant) (hold.Terms, hold.Instant, error) {
			known = p
			return terms(c, p, now)
		}
		_, err := b.AcceptHold(ctx, other)
		b.Must(err)
		expect(b, "nobody looked", known.Level, counterparties.Unknown)
	})
}

// The lines of a batch are known to those behind them, and a payee that is new is put
// on record once.
func TestPayeeInBatch(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		k := payeeKeys(b, payeeKey)
		known := make([]counterparties.Known, 3)
		var as []store.Accept
		for i := range known {
			as = append(as, paying(b, k, honest, &known[i]))
		}
		for _, l := range b.AcceptHolds(ctx, as) {
			b.Must(l.Err)
		}
		for i, p := range known {
			expect(b, fmt.Sprintf("held before line %d", i), p.Held, i)
		}
		var n int
		b.Must(storetest.Raw(b.T, b.URL).Get(&n, `SELECT COUNT(*) FROM payees`))
		expect(b, "payees", n, 1)
	})
}

// Those behind a line see its payment and its payer, whichever digest the payee is on
// record under.
func TestPayersInBatch(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		before, after := payeeKeys(b, payeeKey), payeeKeys(b, nextPayeeKey, payeeKey)
		_, err := b.AcceptHold(ctx, paying(b, before, mule, new(counterparties.Known)))
		b.Must(err)
		b.NewCustomer("zoe")
		lines := []struct {
			who          hold.CustomerID
			held, payers int // before it
		}{{b.Customer.ID, 1, 1}, {b.Customer.ID, 2, 1}, {"zoe", 3, 1}, {"zoe", 4, 2}}
		known := make([]counterparties.Known, len(lines))
		var as []store.Accept
		for i, l := range lines {
			a := paying(b, after, mule, &known[i])
			a.Request.CustomerID = l.who
			as = append(as, a)
		}
		for _, l := range b.AcceptHolds(ctx, as) {
			b.Must(l.Err)
		}
		for i, l := range lines {
			expect(b, fmt.Sprintf("held before line %d", i), known[i].Held, l.held)
			expect(b, fmt.Sprintf("payers before line %d", i), known[i].Payers, l.payers)
		}
	})
}

// Two batches pay the same new payees in opposite orders, and meet in their midst:
// neither is undone for the other, so each line's terms are asked for once.
func TestBatchesOfNewPayees(t *testing.T) {
	t.Parallel()
	b := storetest.New(t, storetest.PatientURL(t))
	k := payeeKeys(b, payeeKey)
	b.NewCustomer("zoe")
	raw := storetest.Raw(t, b.URL)
	digest := func(account string) string { return k.Current(counterparties.Normal(account, "")).Value }
	accounts := []string{mule, honest, "NL91ABNA0417164300"}
	slices.SortFunc(accounts, func(a, b string) int { return strings.Compare(digest(a), digest(b)) })
	kept := raw.MustBegin() // the one in the middle
	kept.MustExec(`INSERT INTO payees (digest, key_id, id, first_seen) VALUES ($1, 'one', 'cpty_x', 1)`, digest(accounts[1]))
	var asked atomic.Int32
	done := make(chan error)
	for _, who := range []hold.CustomerID{b.Customer.ID, "zoe"} {
		var as []store.Accept
		for _, account := range accounts {
			a := paying(b, k, account, new(counterparties.Known))
			a.Request.CustomerID = who
			terms := a.Terms
			a.Terms = func(c hold.Customer, p counterparties.Known, now hold.Instant) (hold.Terms, hold.Instant, error) {
				asked.Add(1)
				return terms(c, p, now)
			}
			as = append(as, a)
		}
		slices.Reverse(accounts)
		go func() {
			var err error
			for _, l := range b.AcceptHolds(ctx, as) {
				err = errors.Join(err, l.Err)
			}
			done <- err
		}()
	}
	for waiting := 0; waiting < 2; {
		b.Must(raw.Get(&waiting, `SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`))
	}
	b.Must(kept.Rollback())
	b.Must(errors.Join(<-done, <-done))
	expect(b, "terms asked for", int(asked.Load()), 2*len(accounts))
	var n int
	b.Must(raw.Get(&n, `SELECT COUNT(*) FROM payees`))
	expect(b, "payees", n, len(accounts))
}

// A payee that somebody keeps is busy, as a customer is: that is no twin of the request.
func TestBusyPayee(t *testing.T) {
	t.Parallel()
	b := storetest.New(t, storetest.PostgresURL(t))
	k := payeeKeys(b, payeeKey)
	raw := storetest.Raw(t, b.URL).MustBegin()
	raw.MustExec(`INSERT INTO payees (digest, key_id, id, first_seen) VALUES ($1, 'one', 'cpty_x', 1)`,
		k.Current(counterparties.Normal(mule, "")).Value)
	a := paying(b, k, mule, new(counterparties.Known))
	if res, err := b.AcceptHold(ctx, a); !errors.Is(err, store.ErrBusy) {
		t.Errorf("%v, %v", res.Outcome, err)
	}
	b.Must(raw.Rollback())
	res, err := b.AcceptHold(ctx, a)
	b.Must(err)
	expect(b, "afterwards", res.Outcome, store.Accepted)
}

// A line that is refused puts no payee on record.
func TestPayeeOfARefusedLine(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		k := payeeKeys(b, payeeKey)
		late := paying(b, k, mule, new(counterparties.Known))
		late.Terms = func(hold.Customer, counterparties.Known, hold.Instant) (hold.Terms, hold.Instant, error) {
			return hold.Terms{}, 0, errors.New("too late")
		}
		b.AcceptHolds(ctx, []store.Accept{late, paying(b, k, honest, new(counterparties.Known))})
		known, _, err := b.LookPayee(ctx, k.All(counterparties.Normal(mule, "")))
		b.Must(err)
		expect(b, "first seen", known.FirstSeen, 0)
	})
}

// A key is replaced while holds come in: what was kept under the one before is found,
// and a payee keeps its id.
func TestPayeeKeyReplaced(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		before, after := payeeKeys(b, payeeKey), payeeKeys(b, nextPayeeKey, payeeKey)
		listed(b, before, "own", counterparties.Line{Account: mule, Ref: "m-1", Category: "mule_confirmed", Strength: counterparties.Confirmed})
		var known counterparties.Known
		for i, k := range []counterparties.Keys{before, after, after} {
			_, err := b.AcceptHold(ctx, paying(b, k, mule, &known))
			b.Must(err)
			expect(b, "held before", known.Held, i)
			expect(b, "a mule", known.Mule, true)
		}
		var ids, digests int
		raw := storetest.Raw(b.T, b.URL)
		b.Must(raw.Get(&ids, `SELECT COUNT(DISTINCT id) FROM payees`))
		b.Must(raw.Get(&digests, `SELECT COUNT(*) FROM payees`))
		expect(b, "ids", ids, 1)
		expect(b, "digests", digests, 2)
	})
}

// An amended payee is looked up anew; the payment itself is none that was held before.
func TestPayeeAmended(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		k := payeeKeys(b, payeeKey)
		listed(b, k, "own", counterparties.Line{Account: mule, Ref: "m-1", Category: "mule_confirmed", Strength: counterparties.Confirmed})
		var known counterparties.Known
		a := paying(b, k, honest, &known)
		res, err := b.AcceptHold(ctx, a)
		b.Must(err)
		amend := store.Amend{ID: res.HoldID, Revision: 1, Actor: "client:risk",
			Change: func(r hold.Request) hold.Request { return r },
			Payee: func(r hold.Request) []counterparties.Digest {
				return k.All(counterparties.Normal(r.Payee.Account, r.Payee.Country))
			},
			Terms: func(h hold.Hold, _ hold.Customer, p counterparties.Known, _ hold.Instant) (hold.Terms, hold.Instant, error) {
				known = p
				return h.Terms, h.Deadline, nil
			}}
		b.Clock.Forward(time.Minute)
		_, out, err := b.AmendHold(ctx, amend) // to whom, it stays
		b.Must(err)
		expect(b, "amended", out, store.Changed)
		expect(b, "held to an honest one before", known.Held, 0)
		expect(b, "payers", known.Payers, 0)
		expect(b, "first seen", known.FirstSeen, 0)
		amend.Revision, amend.Change = 2, func(r hold.Request) hold.Request { r.Payee.Account = mule; return r }
		_, out, err = b.AmendHold(ctx, amend)
		b.Must(err)
		expect(b, "amended", out, store.Changed)
		expect(b, "a mule", known.Mule, true)
		expect(b, "first seen", known.FirstSeen, 0)
		k2, _, err := b.LookPayee(ctx, k.All(counterparties.Normal(mule, "")))
		b.Must(err)
		expect(b, "held to it", k2.Held, 1)
	})
}

// A list is in force as a whole, or the one before is.
func TestPayeeListWholeOrNone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		k := payeeKeys(b, payeeKey)
		look := func() counterparties.Level {
			b.T.Helper()
			known, _, err := b.LookPayee(ctx, k.All(counterparties.Normal(mule, "")))
			b.Must(err)
			return known.Level
		}
		line := func(ref string) store.ListedPayee {
			l := counterparties.Line{Account: mule, Ref: ref, Category: "mule_confirmed", Strength: counterparties.Confirmed}
			return store.ListedPayee{Hit: l.Hit("own"), Digest: k.Current(counterparties.Normal(mule, ""))}
		}
		listed(b, k, "own", counterparties.Line{Account: mule, Ref: "m-1", Category: "scam_job", Strength: counterparties.Reported})
		edition, why, err := b.BeginPayeeList(ctx, "own")
		b.Granted(why, err)
		_, why, err = b.BeginPayeeList(ctx, "own")
		b.Must(err)
		expect(b, "two at once", why, hold.ImportRunning)
		b.Granted(b.FillPayeeList(ctx, "own", edition, []store.ListedPayee{line("m-1")}))
		expect(b, "while it is filled", look(), counterparties.Reported)
		why, err = b.FillPayeeList(ctx, "own", edition, []store.ListedPayee{line("m-2"), line("m-1")})
		b.Must(err)
		expect(b, "a reference twice", why, hold.RefTwice)
		b.Clock.Forward(6 * time.Minute)
		n, err := b.SweepPayeeLists(ctx, 100)
		b.Must(err)
		expect(b, "lines of what stood still", n, 1)
		why, err = b.EndPayeeList(ctx, "own", edition, 1, "test")
		b.Must(err)
		expect(b, "given up", why, hold.ImportLost)
		expect(b, "the one before", look(), counterparties.Reported)
		listed(b, k, "own", counterparties.Line{Account: mule, Ref: "m-1", Category: "mule_confirmed", Strength: counterparties.Confirmed})
		expect(b, "the next one", look(), counterparties.Confirmed)
		listed(b, k, "own")
		expect(b, "an empty one", look(), counterparties.None)
		for n = 1; n > 0; {
			n, err = b.SweepPayeeLists(ctx, 1)
			b.Must(err)
		}
		raw := storetest.Raw(b.T, b.URL)
		b.Must(raw.Get(&n, `SELECT COUNT(*) FROM payee_hits`))
		expect(b, "lines of replaced editions", n, 0)
		b.Must(raw.Get(&n, `SELECT COUNT(*) FROM payee_editions_dead`))
		expect(b, "replaced editions", n, 0)
		verify(b)
	})
}

// Lines that nothing needs are deleted, so many at a time: those of an edition that was
// replaced, dropped, or stood still until another import took its place. Those in force
// and those of an import under way stay.
func TestSweepPayeeLists(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		k := payeeKeys(b, payeeKey)
		filled := func(list string, lines int) string {
			b.T.Helper()
			edition, why, err := b.BeginPayeeList(ctx, list)
			b.Granted(why, err)
			var some []store.ListedPayee
			for i := range lines {
				l := counterparties.Line{Ref: fmt.Sprint("m-", i), Category: "scam_job", Strength: counterparties.Reported}
				some = append(some, store.ListedPayee{Hit: l.Hit(list), Digest: k.Current(counterparties.Normal(mule, ""))})
			}
			b.Granted(b.FillPayeeList(ctx, list, edition, some))
			return edition
		}
		sweep := func(atMost, want int) {
			b.T.Helper()
			n, err := b.SweepPayeeLists(ctx, atMost)
			b.Must(err)
			expect(b, "lines deleted", n, want)
		}
		b.Granted(b.EndPayeeList(ctx, "own", filled("own", 3), 3, "test"))
		b.Granted(b.EndPayeeList(ctx, "own", filled("own", 1), 1, "test"))
		b.Must(b.DropPayeeList(ctx, "own", filled("own", 4)))
		filled("theirs", 2)
		b.Clock.Forward(6 * time.Minute)
		last := filled("theirs", 1)
		b.Must(b.DropPayeeList(ctx, "theirs", "edn_another"))
		for _, want := range []int{5, 4, 0} { // of 3, 4 and 2
			sweep(5, want)
		}
		var n int
		b.Must(storetest.Raw(b.T, b.URL).Get(&n, `SELECT COUNT(*) FROM payee_hits`))
		expect(b, "lines that are left", n, 2)
		b.Granted(b.EndPayeeList(ctx, "theirs", last, 1, "test"))
	})
}

// A list that is kept by another key says nothing: nobody takes this for "not listed".
// What a list that can be read says still counts.
func TestPayeeListUnreadable(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(testing.TB) string{"sqlite": storetest.SQLiteURL, "postgres": storetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := storetest.New(t, url(t))
			events := 0
			s, err := store.Open(ctx, b.URL, store.Options{Clock: b.Clock.Now, Count: func(e string) {
				if e == "payee_list_unreadable" {
					events++
				}
			}})
			b.Must(err)
			t.Cleanup(func() { _ = s.Close() })
			mine, theirs := payeeKeys(b, payeeKey), payeeKeys(b, nextPayeeKey)
			line := counterparties.Line{Account: mule, Ref: "m-1", Category: "mule_confirmed", Strength: counterparties.Confirmed}
			listed(b, mine, "own", line)
			look := func(account string) counterparties.Level {
				b.T.Helper()
				var known counterparties.Known
				_, err := s.AcceptHold(ctx, paying(b, mine, account, &known))
				b.Must(err)
				checked, _, err := s.LookPayee(ctx, mine.All(counterparties.Normal(account, "")))
				b.Must(err)
				expect(b, "as a check tells", checked.Level, known.Level)
				return known.Level
			}
			expect(b, "of none", look(honest), counterparties.None)
			listed(b, theirs, "another") // of no lines
			expect(b, "beside an empty list", look(honest), counterparties.None)
			expect(b, "events", events, 0)
			listed(b, theirs, "another", line)
			expect(b, "beside one of another key", look(honest), counterparties.Unknown)
			expect(b, "of one who is listed", look(mule), counterparties.Confirmed)
			expect(b, "events", events, 4)
		})
	}
}

// However many lines name an account, what counts now is summed up: a check tells the
// surest of them, and no more than it may.
func TestPayeeOfManyLines(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		k, now := payeeKeys(b, payeeKey), b.Clock.Now()
		var lines []counterparties.Line
		for i := range 300 {
			lines = append(lines, counterparties.Line{Account: mule, Ref: fmt.Sprintf("a-%03d", i), Category: "scam_job",
				Strength: counterparties.Reported})
		}
		sure := counterparties.Line{Account: mule, Ref: "z", Category: "mule_confirmed", Strength: counterparties.Confirmed, From: now}
		over, early := sure, sure
		over.Ref, over.From, over.To, over.Category = "over", 0, now, "scam_rental"
		early.Ref, early.From, early.Category = "early", now.Add(time.Second), "scam_rental"
		listed(b, k, "own", append(lines, sure, over, early)...)
		known, said, err := b.LookPayee(ctx, k.All(counterparties.Normal(mule, "")))
		b.Must(err)
		expect(b, "told", len(said), 51)
		expect(b, "the first", said[0].Ref, "z")
		expect(b, "its list", said[0].List, "own")
		expect(b, "the next", said[1].Ref, "a-000")
		expect(b, "a mule", known.Mule, true)
		expect(b, "of what", strings.Join(known.Categories, " "), "mule_confirmed scam_job")
		var at counterparties.Known
		_, err = b.AcceptHold(ctx, paying(b, k, mule, &at))
		b.Must(err)
		expect(b, "at intake", strings.Join(at.Categories, " "), "mule_confirmed scam_job")
	})
}

// No account is in what is kept of payees.
func TestPayeesKeepNoAccount(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		k := payeeKeys(b, payeeKey)
		listed(b, k, "own", counterparties.Line{Account: mule, Ref: "m-1", Category: "mule_confirmed", Strength: counterparties.Confirmed})
		var known counterparties.Known
		_, err := b.AcceptHold(ctx, paying(b, k, mule, &known))
		b.Must(err)
		raw := storetest.Raw(b.T, b.URL)
		for _, table := range []string{"payees", "payee_lists", "payee_hits"} {
			rows, err := raw.Queryx(`SELECT * FROM ` + table)
			b.Must(err)
			n := 0
			for rows.Next() {
				vs, err := rows.SliceScan()
				b.Must(err)
				n++
				if text := fmt.Sprintf("%s", vs); strings.Contains(text, mule[4:]) {
					t.Errorf("%s keeps an account: %s", table, text)
				}
			}
			b.Must(rows.Close())
			if n == 0 {
				t.Errorf("%s is empty", table)
			}
		}
	})
}
