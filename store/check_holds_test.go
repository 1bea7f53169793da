package store_test

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/protection"
	"holdfast/store"
	"holdfast/store/storetest"
)

type atomicCount struct{ n atomic.Int64 }

func (c *atomicCount) next() int64 { return c.n.Add(1) }

// accepting is a hold of so many minor units.
func accepting(b *storetest.Bundle, minor int64) store.Accept {
	a := b.Accepting(storetest.PushLadder())
	a.Request.Amount.Minor = minor
	return a
}

func keepTerms(h hold.Hold, _ hold.Customer, _ counterparties.Known, _ hold.Instant) (hold.Terms, hold.Instant, error) {
	return h.Terms, h.Deadline, nil
}

func taken(b *storetest.Bundle, a store.Accept) hold.ID {
	b.T.Helper()
	res, err := b.AcceptHold(ctx, a)
	b.Must(err)
	expect(b, "outcome", res.Outcome, store.Accepted)
	return res.HoldID
}

// lockedOut brings a hold on, and wants it reversed because of a lock, without a question.
func lockedOut(b *storetest.Bundle, id hold.ID) {
	b.T.Helper()
	h, p, err := b.Finish(ctx, id, atOnce())
	b.Must(err)
	expect(b, "state", p.State, hold.Decided)
	expect(b, "outcome", h.Decision.Outcome, hold.Reverse)
	expect(b, "reason", h.Decision.Reason, hold.ReasonLocked)
	expect(b, "author", h.Decision.Author, "policy")
	cs, err := b.Challenges(ctx, id)
	b.Must(err)
	for _, c := range cs {
		if c.Status == hold.Open {
			b.T.Errorf("%s is open", c.ID)
		}
	}
}

// A held payment meets its customer's locks as it is taken in, and the customer hears of it.
func TestHoldMeetsLocks(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		b.Must(b.Deploy(ctx, atOnce()))
		b.Subtest("refused", func() {
			setLock(b, protection.Lock{Kind: protection.Places, Action: protection.Refuse, Countries: []string{"AT"}})
			id := taken(b, accepting(b, 100))
			if h := b.Look(id); h.Locked != "places" || h.LockAction != hold.LockRefuses {
				b.T.Errorf("%+v", h.Met)
			}
			if cs, err := b.Challenges(ctx, id); err != nil || len(cs) != 0 {
				b.T.Errorf("%v, %v", cs, err)
			}
			lockedOut(b, id)
		})
		b.Subtest("asked, and an approval counts as any other", func() {
			setLock(b, protection.Lock{Kind: protection.NewPayees, Action: protection.Ask})
			id := taken(b, accepting(b, 100))
			cs, err := b.Challenges(ctx, id)
			b.Must(err)
			if h := b.Look(id); h.Locked != "new_payees" || h.LockAction != hold.LockAsks || len(cs) != 1 {
				b.T.Fatalf("%+v, %v", h.Met, cs)
			}
			b.Say(cs[0].ID, b.Old(), hold.Approve)
			h, _, err := b.Finish(ctx, id, atOnce())
			b.Must(err)
			expect(b, "outcome", h.Decision.Outcome, hold.Release)
		})
		b.Subtest("an account says where it is, whatever the payment says", func() {
			setLock(b, protection.Lock{Kind: protection.Places, Action: protection.Refuse, Countries: []string{"AT"}})
			a := accepting(b, 100)
			a.Request.Payee.Country = "AT" // an IBAN of DE
			if h := b.Look(taken(b, a)); h.LockAction != hold.LockAsks {
				b.T.Errorf("%+v", h.Met)
			}
		})
		b.Subtest("who has no app hears of it by a text", func() {
			b.Must(b.Deploy(ctx, storetest.TextRules))
			c, why, err := b.PutCustomer(ctx, store.PutCustomer{ID: "no-app", Name: "Nina", Locale: "en", TimeZone: "UTC", Phrase: "kettle",
				Actor: "test", MayBackdate: true, Phones: []hold.Phone{storetest.Mobile("+393339990001", b.Clock.Now().Add(-365*24*time.Hour))}})
			b.Granted(why, err)
			for _, b.Customer = range []hold.Customer{b.Customer, c} {
				setLock(b, protection.Lock{Kind: protection.NewPayees, Action: protection.Refuse})
				id := taken(b, accepting(b, 100))
				lockedOut(b, id)
				b.Must(b.MarkSettled(ctx, id))
				var kinds []string
				b.Must(storetest.Raw(b.T, b.URL).Select(&kinds, `SELECT kind FROM texts WHERE hold_id = '`+string(id)+`'`))
				if told := slices.Equal(kinds, []string{"outcome"}); told != (b.Customer.ID == "no-app") || len(kinds) > 1 {
					b.T.Errorf("%s: %v", b.Customer.ID, kinds)
				}
			}
		})
	})
}

// A held payment takes its part of a limit as it is taken in and as it is amended, and gives
// it back as it is reversed.
func TestHoldCountsToLimits(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		b.Must(b.Deploy(ctx, atOnce()))
		b.Subtest("the lines of a batch count one after the other", func() {
			setLock(b, aDayAtMost(250))
			var actions []hold.LockAction
			for _, l := range b.AcceptHolds(ctx, []store.Accept{accepting(b, 100), accepting(b, 100), accepting(b, 100), accepting(b, 50)}) {
				b.Must(l.Err)
				actions = append(actions, b.Look(l.HoldID).LockAction)
			}
			want := []hold.LockAction{"", "", hold.LockRefuses, ""} // what is refused takes nothing
			for i := range want {
				expect(b, "line", actions[i], want[i])
			}
		})
		b.Subtest("what is reversed gives its part back", func() {
			setLock(b, aDayAtMost(100))
			id := taken(b, accepting(b, 100))
			saysOf(b, "beside it", lookUp(b, checking(b, 1)), protection.Locked, "limit")
			_, _, err := b.Override(ctx, id, 1, "client:bank", "")
			b.Must(err)
			saysOf(b, "after it", lookUp(b, checking(b, 100)), protection.Allowed)
		})
		b.Subtest("an amendment counts anew, and is refused", func() {
			setLock(b, aDayAtMost(100))
			id := taken(b, accepting(b, 100))
			amend := func(minor int64) hold.Hold {
				b.T.Helper()
				h, out, err := b.AmendHold(ctx, store.Amend{ID: id, Revision: b.Look(id).Revision, Actor: "client:bank",
					Change: func(r hold.Request) hold.Request { r.Amount.Minor = minor; return r }, Terms: keepTerms})
				b.Must(err)
				expect(b, "amended", out, store.Changed)
				return h
			}
			if h := amend(60); h.LockAction != "" || h.CountMinor != 60 {
				b.T.Errorf("%+v", h.Met)
			}
			saysOf(b, "what is left", lookUp(b, checking(b, 41)), protection.Locked, "limit")
			if h := amend(101); h.LockAction != hold.LockRefuses || h.CountDay != "" {
				b.T.Errorf("%+v", h.Met)
			}
			lockedOut(b, id)
		})
	})
}

// One payment counts once, whichever of the check and the hold comes first.
func TestCheckAndHoldCountOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		b.Must(b.Deploy(ctx, atOnce()))
		b.Subtest("one payment counts once, as a check and as a hold", func() {
			setLock(b, aDayAtMost(100))
			c, a := checking(b, 60), accepting(b, 60)
			c.TransactionID = a.Request.TransactionID
			saysOf(b, "the check", lookUp(b, c), protection.Allowed)
			if h := b.Look(taken(b, a)); h.LockAction != "" || h.CountMinor != 60 {
				b.T.Errorf("%+v", h.Met)
			}
			saysOf(b, "beside both", lookUp(b, checking(b, 41)), protection.Locked, "limit")
			saysOf(b, "what is left", lookUp(b, checking(b, 40)), protection.Allowed)
		})
		b.Subtest("the same, the hold first; and no name hides a second payment", func() {
			setLock(b, aDayAtMost(100))
			a := accepting(b, 60)
			taken(b, a)
			c := checking(b, 60)
			c.TransactionID = a.Request.TransactionID
			saysOf(b, "the hold's own", lookUp(b, c), protection.Allowed)
			again := checking(b, 60)
			again.TransactionID = a.Request.TransactionID
			saysOf(b, "a second of that name", lookUp(b, again), protection.Locked, "limit")
			saysOf(b, "what is left", lookUp(b, checking(b, 40)), protection.Allowed)
		})
	})
}
