package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// asking are the rules of workers who have a source.
func asking() hold.Rules { r := atOnce(); r.AskSource = true; return r }

// askedAbout takes a hold in that pays an account, has it approved, and gives the ask
// about it.
func askedAbout(b *storetest.Bundle, k counterparties.Keys, account string) (hold.ID, store.PayeeAsk) {
	b.T.Helper()
	b.Must(b.Deploy(ctx, asking()))
	res, err := b.AcceptHold(ctx, paying(b, k, account, new(counterparties.Known)))
	b.Must(err)
	cs, err := b.Challenges(ctx, res.HoldID)
	b.Must(err)
	expect(b, "approved", b.Say(cs[0].ID, b.Old(), hold.Approve).Outcome, hold.AnswerAccepted)
	asks, err := b.ClaimPayeeAsks(ctx, 10, 20*time.Second)
	b.Must(err)
	if len(asks) != 1 || asks[0].HoldID != res.HoldID || asks[0].Payee.Account != account {
		b.T.Fatalf("to be asked about: %d", len(asks))
	}
	return res.HoldID, asks[0]
}

// word is what the source says of an ask's payee.
func word(k counterparties.Keys, a store.PayeeAsk, hits ...counterparties.Hit) store.SourceWord {
	return store.SourceWord{Ask: a, Source: "bank", Hits: hits, Digest: k.Current(counterparties.Normal(a.Payee.Account, a.Payee.Country))}
}

var (
	sureMule = counterparties.Hit{Ref: "r-1", Category: "mule_confirmed", Strength: counterparties.Confirmed}
	saidMule = counterparties.Hit{Ref: "r-3", Category: "mule_confirmed", Strength: counterparties.Reported}
	sureScam = counterparties.Hit{Ref: "r-4", Category: "scam_job", Strength: counterparties.Confirmed}
	saidScam = counterparties.Hit{Ref: "r-2", Category: "scam_job", Strength: counterparties.Reported, Reporters: 2}
)

// What a source says after a hold was taken in only raises: where it is sure of a mule,
// what was approved is void and a call alone releases; anything less is for the payments
// that come later.
func TestSourceOnlyRaises(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		hits      []counterparties.Hit
		suspected bool
		level     counterparties.Level // for the next payment
	}{
		"nothing":           {nil, false, counterparties.None},
		"reported":          {[]counterparties.Hit{saidScam}, false, counterparties.Reported},
		"a mule, for sure":  {[]counterparties.Hit{saidScam, sureMule}, true, counterparties.Confirmed},
		"a mule, some say":  {[]counterparties.Hit{saidMule}, false, counterparties.Reported},
		"sure of something": {[]counterparties.Hit{sureScam}, false, counterparties.Confirmed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
				k := payeeKeys(b, payeeKey)
				id, ask := askedAbout(b, k, mule)
				b.Must(b.LearnPayee(ctx, word(k, ask, c.hits...)))
				expect(b, "suspected", b.Look(id).SuspectedAt != 0, c.suspected)
				h, _, err := b.Finish(ctx, id, asking())
				b.Must(err)
				expect(b, "released", h.Decision != nil && h.Decision.Outcome == hold.Release, !c.suspected)
				known, _, err := b.LookPayee(ctx, k.All(counterparties.Normal(mule, "")))
				b.Must(err)
				expect(b, "for the next", known.Level, c.level)
				asks, err := b.ClaimPayeeAsks(ctx, 10, time.Second)
				b.Must(err)
				expect(b, "left to ask", len(asks), 0)
				verify(b)
			})
		})
	}
}

// A source that takes its word back is heard; one that is down says nothing, and what it
// had said stands. What comes after the decision changes none.
func TestSourceIsHeardAgain(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		k := payeeKeys(b, payeeKey)
		level := func() counterparties.Level {
			known, _, err := b.LookPayee(ctx, k.All(counterparties.Normal(mule, "")))
			b.Must(err)
			return known.Level
		}
		id, ask := askedAbout(b, k, mule)
		h, _, err := b.Finish(ctx, id, asking())
		b.Must(err)
		b.Must(b.LearnPayee(ctx, word(k, ask, sureMule, saidScam)))
		expect(b, "suspected after its release", b.Look(id).SuspectedAt, 0)
		expect(b, "its decision", *b.Look(id).Decision, *h.Decision)
		expect(b, "for the next", level(), counterparties.Confirmed)
		_, ask = askedAbout(b, k, mule)
		b.Must(b.EndPayeeAsk(ctx, ask, time.Minute, true))
		expect(b, "while it is down", level(), counterparties.Confirmed)
		asks, err := b.ClaimPayeeAsks(ctx, 10, time.Second)
		b.Must(err)
		expect(b, "within the pause", len(asks), 0)
		b.Clock.Forward(time.Minute)
		asks, err = b.ClaimPayeeAsks(ctx, 10, time.Second)
		b.Must(err)
		expect(b, "after it", len(asks), 1)
		expect(b, "tries", asks[0].Attempts, 2)
		b.Must(b.LearnPayee(ctx, word(k, asks[0], saidScam)))
		expect(b, "once it takes back the worst", level(), counterparties.Reported)
		_, ask = askedAbout(b, k, mule)
		b.Must(b.LearnPayee(ctx, word(k, ask)))
		expect(b, "once it takes back all", level(), counterparties.None)
		_, ask = askedAbout(b, k, mule)
		b.Must(b.EndPayeeAsk(ctx, ask, 0, true))
		b.Clock.Forward(time.Hour)
		asks, err = b.ClaimPayeeAsks(ctx, 10, time.Second)
		b.Must(err)
		expect(b, "given up", len(asks), 0)
	})
}

// A payment whose payee was amended while the source was asked is not suspected for the
// payee that it had, and is asked about anew.
func TestSourceOfAnAmendedPayee(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		k := payeeKeys(b, payeeKey)
		id, ask := askedAbout(b, k, mule)
		amend := store.Amend{ID: id, Revision: 1, Actor: "client:risk",
			Change: func(r hold.Request) hold.Request { r.Payee.Account = honest; return r },
			Payee: func(r hold.Request) []counterparties.Digest {
				return k.All(counterparties.Normal(r.Payee.Account, r.Payee.Country))
			},
			Terms: func(h hold.Hold, _ hold.Customer, _ counterparties.Known, _ hold.Instant) (hold.Terms, hold.Instant, error) {
				return h.Terms, h.Deadline, nil
			}}
		_, out, err := b.AmendHold(ctx, amend)
		b.Must(err)
		expect(b, "amended", out, store.Changed)
		b.Must(b.LearnPayee(ctx, word(k, ask, sureMule)))
		expect(b, "suspected", b.Look(id).SuspectedAt, 0)
		asks, err := b.ClaimPayeeAsks(ctx, 10, time.Second)
		b.Must(err)
		if len(asks) != 1 || asks[0].Payee.Account != honest {
			t.Errorf("asked about anew: %d", len(asks))
		}
	})
}

// Nobody is asked where the workers have no source.
func TestNoSource(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		b.Must(b.Deploy(ctx, atOnce()))
		_, err := b.AcceptHold(ctx, paying(b, payeeKeys(b, payeeKey), mule, new(counterparties.Known)))
		b.Must(err)
		asks, err := b.ClaimPayeeAsks(ctx, 10, time.Second)
		b.Must(err)
		expect(b, "asks", len(asks), 0)
	})
}

// No account is in what is kept of checks and of what a source said.
func TestChecksKeepNoAccount(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		k := payeeKeys(b, payeeKey)
		_, ask := askedAbout(b, k, mule)
		b.Must(b.LearnPayee(ctx, word(k, ask, sureMule)))
		_, why, err := b.CheckPayee(ctx, question(b.Customer.ID, k, mule))
		b.Granted(why, err)
		askedAbout(b, k, honest)
		raw := storetest.Raw(b.T, b.URL)
		for _, table := range []string{"payee_checks", "payee_asks", "payee_hits", "payee_lists", "payees"} {
			rows, err := raw.Queryx(`SELECT * FROM ` + table)
			b.Must(err)
			n := 0
			for rows.Next() {
				vs, err := rows.SliceScan()
				b.Must(err)
				n++
				if text := fmt.Sprintf("%s", vs); strings.Contains(text, mule[4:]) || strings.Contains(text, honest[4:]) {
					t.Errorf("%s keeps an account: %s", table, text)
				}
			}
			b.Must(rows.Close())
			if n == 0 {
				t.Errorf("%s is empty", table)
			}
		}
		chain, _, err := b.Chain(ctx, string(ask.HoldID))
		b.Must(err)
		for _, e := range chain {
			if strings.Contains(string(e.Bytes), mule[4:]) {
				t.Errorf("the trail keeps an account: %s", e.Bytes)
			}
		}
	})
}

// What a source said for a time that is over is deleted, some at a time; what it says still,
// and what lists have, stays.
func TestSweepPayeeSources(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		k := payeeKeys(b, payeeKey)
		until := b.Clock.Now().Add(time.Hour)
		listed(b, k, "own", counterparties.Line{Account: mule, Ref: "l-1", Category: "scam_job", Strength: counterparties.Reported, To: until})
		_, ask := askedAbout(b, k, mule)
		var hits []counterparties.Hit
		for i, to := range []hold.Instant{0, until, until, until, until + 1} {
			hits = append(hits, counterparties.Hit{Ref: fmt.Sprint("r-", i), Category: "scam_job", Strength: counterparties.Reported, To: to})
		}
		b.Must(b.LearnPayee(ctx, word(k, ask, hits...)))
		left := func() string {
			b.T.Helper()
			var refs []string
			b.Must(storetest.Raw(t, b.URL).Select(&refs, `SELECT ref FROM payee_hits ORDER BY edition, ref`))
			for i, ref := range refs {
				refs[i] = ref[strings.LastIndex(ref, ":")+1:]
			}
			slices.Sort(refs)
			return strings.Join(refs, " ")
		}
		swept := func(atMost int) int {
			b.T.Helper()
			n, err := b.SweepPayeeSources(ctx, atMost)
			b.Must(err)
			return n
		}
		expect(b, "before its end", swept(100), 0)
		b.Clock.Forward(time.Hour)
		expect(b, "some", swept(2), 2)
		expect(b, "the rest", swept(2), 1)
		expect(b, "all", swept(2), 0)
		expect(b, "left", left(), "l-1 r-0 r-4")
	})
}
