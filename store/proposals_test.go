package store_test

import (
	"errors"
	"testing"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"
)

// asked holds a payment to an account and asks about it by push.
func (j *judging) asked(account string) (hold.ID, hold.Challenge) {
	j.T.Helper()
	id := j.paid(account)
	_, err := j.OpenRung(ctx, id, 0, hold.NoRung, storetest.Rules)
	j.Must(err)
	cs, err := j.Challenges(ctx, id)
	j.Must(err)
	return id, cs[0]
}

// released holds a payment to an account and lets it go.
func (j *judging) released(account string) hold.ID {
	j.T.Helper()
	id, c := j.asked(account)
	j.Say(c.ID, j.Old(), hold.Approve)
	_, err := j.Conclude(ctx, id)
	j.Must(err)
	expect(j.Bundle, "released", j.Look(id).Status, hold.Releasing)
	return id
}

func (j *judging) proposed() []store.Proposed {
	j.T.Helper()
	ps, err := j.Proposals(ctx, j.sam, 200)
	j.Must(err)
	return ps
}

// A customer who says that they were robbed proposes the payee, whether the payment
// waits or is gone; the second one makes it a proposal of several.
func TestCustomersPropose(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		j := newJudging(b)
		expect(b, "proposed before", len(j.proposed()), 0)
		id := j.released(mule)
		for range 2 { // saying it twice is saying it once
			_, err := b.ReportNotMe(ctx, b.Customer.ID, id)
			b.Must(err)
		}
		ps := j.proposed()
		if len(ps) != 1 || ps[0].PayeeID != j.payee || ps[0].Reporters != 1 || ps[0].Agents != 0 {
			t.Fatalf("proposed %+v", ps)
		}
		v, why, err := b.ViewPayee(ctx, j.sam, j.payee, j.digests)
		b.Granted(why, err)
		expect(b, "shown of one customer", len(v.Proposals), 0)
		expect(b, "reporters", v.Reporters, 1)

		b.Customer = b.NewCustomer("zoe")
		_, c := j.asked(mule)
		b.Clock.Forward(time.Second)
		b.Say(c.ID, b.Old(), hold.NotMe) // while it waits
		v, why, err = b.ViewPayee(ctx, j.sam, j.payee, j.digests)
		b.Granted(why, err)
		expect(b, "two reporters", v.Reporters, 2)
		if len(v.Proposals) != 1 || v.Proposals[0].Source != queue.ByPayers {
			t.Errorf("of several: %+v", v.Proposals)
		}
		b.Customer = b.NewCustomer("bea")
		_, c = j.asked(mule)
		b.Say(c.ID, b.Old(), hold.Deny)
		expect(b, "who refuses reports nothing", j.proposed()[0].Reporters, 2)

		reporter := hold.CustomerID("zoe")
		_, why, err = b.PutAgent(ctx, j.sue, store.PutAgent{Sub: "sam", CustomerID: &reporter})
		b.Granted(why, err)
		expect(b, "shown to who is linked", len(j.proposed()), 0)
		nobody := hold.CustomerID("")
		_, why, err = b.PutAgent(ctx, j.sue, store.PutAgent{Sub: "sam", CustomerID: &nobody})
		b.Granted(why, err)
		b.Clock.Forward(time.Second)
		j.asks(j.sam, queue.VerdictMule)
		expect(b, "once a verdict is asked for", len(j.proposed()), 0)
		verify(b)
	})
}

// An agent proposes a payee from their case, and from no other.
func TestAgentsPropose(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		j := newJudging(b)
		b.Customer = b.NewCustomer("called")
		a := paying(b, j.keys, mule, new(counterparties.Known))
		terms := a.Terms
		a.Terms = func(c hold.Customer, p counterparties.Known, now hold.Instant) (hold.Terms, hold.Instant, error) {
			t, deadline, err := terms(c, p, now)
			t.Ladder = storetest.CallLadder()
			return t, deadline, err
		}
		res, err := b.AcceptHold(ctx, a)
		b.Must(err)
		_, err = b.OpenRung(ctx, res.HoldID, 0, hold.NoRung, storetest.CallRules)
		b.Must(err)
		ana, bo := b.Agent("ana", "agent"), b.Agent("bo", "agent")
		b.Case(ana)
		propose := func(by store.By, id hold.ID) (hold.Refusal, error) {
			return b.ProposePayee(ctx, store.ProposePayee{By: by, PayeeID: j.payee, HoldID: id, Reason: "the police, they said"})
		}
		for range 2 {
			b.Granted(propose(ana, res.HoldID))
		}
		for name, c := range map[string]struct {
			by store.By
			id hold.ID
		}{"who has no case": {bo, res.HoldID}, "of another's payment": {ana, j.hold}, "of no payment": {ana, ""}} {
			if why, err := propose(c.by, c.id); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: %q, %v", name, why, err)
			}
		}
		why, err := propose(b.Agent("olga", "auditor"), res.HoldID)
		b.Must(err)
		expect(b, "an auditor", why, hold.RoleMissing)
		b.Granted(propose(j.sam, ""))
		if _, err := propose(j.sam, j.paid(honest)); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("of a payment to another: %v", err)
		}
		v, why, err := b.ViewPayee(ctx, j.sue, j.payee, j.digests)
		b.Granted(why, err)
		if len(v.Proposals) != 2 {
			t.Errorf("proposed %+v", v.Proposals)
		}
		if ps := j.proposed(); len(ps) != 1 || ps[0].Agents != 2 {
			t.Errorf("proposed %+v", ps)
		}
		verify(b)
	})
}

// Who judges sees what the payee received, and what is said of it: no customer's name.
func TestPayeeView(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		j := newJudging(b)
		first := b.Clock.Now()
		b.Clock.Forward(time.Hour)
		listed(b, j.keys, "own", counterparties.Line{Account: mule, Ref: "m-1", Category: "scam_job", Strength: counterparties.Reported,
			Reporters: 4, From: first})
		j.released(mule)
		b.Customer = b.NewCustomer("zoe")
		a := paying(b, j.keys, mule, new(counterparties.Known))
		a.Request.Amount = hold.Money{Minor: 500, Currency: "CHF"}
		_, err := b.AcceptHold(ctx, a)
		b.Must(err)
		id, err := b.SearchPayee(ctx, j.sam, j.keys.All(counterparties.Normal("de89 3704 0044 0532 0130 00", "")))
		b.Must(err)
		expect(b, "found", id, j.payee)
		if _, err := b.SearchPayee(ctx, j.sam, j.keys.All(counterparties.Normal(honest, ""))); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("of an account that was never paid: %v", err)
		}
		v, why, err := b.ViewPayee(ctx, j.sam, j.payee, j.digests)
		b.Granted(why, err)
		expect(b, "first seen", v.FirstSeen, first)
		expect(b, "payments", v.Known.Held, 3)
		expect(b, "payers", v.Known.Payers, 2)
		expect(b, "the level", v.Known.Level, counterparties.Reported)
		if len(v.Hits) != 1 || v.Hits[0].List != "own" || v.Hits[0].Reporters != 4 || v.Hits[0].From != first {
			t.Errorf("hits %+v", v.Hits)
		}
		held := []hold.Money{{Minor: 500, Currency: "CHF"}, {Minor: 125000, Currency: "EUR"}}
		if len(v.Held) != 2 || v.Held[0] != held[0] || v.Held[1] != held[1] || len(v.Released) != 1 || v.Released[0] != held[1] {
			t.Errorf("held %v, released %v", v.Held, v.Released)
		}
		if got := kinds(b, "agent:sam"); got[len(got)-1] != "payees.searched" || got[len(got)-2] != "payees.searched" {
			t.Errorf("the searches leave no trace: %v", got)
		}
		look := func(by store.By) int {
			_, why, err := b.ViewPayee(ctx, by, j.payee, j.digests)
			b.Granted(why, err)
			return len(kinds(b, "payee:"+j.payee))
		}
		expect(b, "one look", look(j.sam), 1)
		expect(b, "another's", look(j.sue), 2)
		b.Clock.Forward(time.Minute)
		expect(b, "a minute later", look(j.sam), 3)
		verify(b)
	})
}
