package store_test

import (
	"strings"
	"testing"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// appThenCall asks by push, and then by a call.
func appThenCall() hold.Ladder {
	return ladderOf(storetest.Rung("app", 5*time.Minute, hold.Push), storetest.Rung("call", 4*time.Hour, hold.Callback))
}

// payer is a bundle in which payments are made to payees.
type payer struct {
	*storetest.Bundle
	keys counterparties.Keys
}

// paysMules has workers that ask by push, text and call.
func paysMules(b *storetest.Bundle) payer {
	b.T.Helper()
	b.Must(b.Deploy(ctx, storetest.CallRules))
	return payer{b, payeeKeys(b, payeeKey)}
}

func (p payer) accept(account string, l hold.Ladder) store.Accept {
	a := p.Accepting(l)
	a.Request.Payee.Account, a.Payee = account, p.keys.All(counterparties.Normal(account, ""))
	return a
}

// pays has a payment held.
func (p payer) pays(account string, l hold.Ladder) hold.ID {
	p.T.Helper()
	res, err := p.AcceptHold(ctx, p.accept(account, l))
	p.Must(err)
	expect(p.Bundle, "taken in", res.Outcome, store.Accepted)
	return res.HoldID
}

// judge passes a verdict on the payee of a hold.
func (p payer) judge(of hold.ID, kind string) string {
	p.T.Helper()
	return p.Verdict(p.Look(of).PayeeID, kind)
}

// carry brings every verdict that waits to its holds.
func (p payer) carry() (all []store.Carried) {
	p.T.Helper()
	for {
		c, err := p.CarryVerdict(ctx)
		p.Must(err)
		if c.Verdict == "" {
			return all
		}
		if len(c.Failed) > 0 {
			p.T.Fatal(c.Failed)
		}
		all = append(all, c)
	}
}

func (p payer) approves(id hold.ID) {
	p.T.Helper()
	expect(p.Bundle, "approved", p.Say(asked(p.Bundle, id, hold.Push).ID, p.Old(), hold.Approve).Outcome, hold.AnswerAccepted)
}

func (p payer) trail(id hold.ID, kind string) int {
	p.T.Helper()
	return count(kinds(p.Bundle, string(id)), kind)
}

// From the moment of a verdict on nothing that goes to the payee is released, though
// it was approved, and though the verdict has not been carried anywhere.
func TestVerdictStopsWhatIsConcludedAfterIt(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		p := paysMules(b)
		for name, conclude := range map[string]func(id hold.ID){
			"Finish":   func(id hold.ID) { finish(b, id) },
			"Conclude": func(id hold.ID) { _, err := b.Conclude(ctx, id); b.Must(err) },
		} {
			b.Subtest(name, func() {
				id, other := p.pays(mule, appThenCall()), p.pays(honest, appThenCall())
				p.approves(id)
				p.approves(other)
				verdict := p.judge(id, "mule")
				conclude(id)
				conclude(other)
				expect(b, "held", b.Look(id).Status, hold.Held)
				expect(b, "the mark", b.Look(id).VerdictID, verdict)
				expect(b, "in the trail", p.trail(id, "hold.payee_verdict"), 1)
				expect(b, "what was approved is void", p.trail(id, "answer.overruled"), 1)
				expect(b, "another payee's", b.Look(other).Decision.Outcome, hold.Release)
				finish(b, id)
				expect(b, "asked by", asked(b, id, hold.Callback).Status, hold.Open)
				p.judge(id, "cleared")
				p.carry()
			})
		}
		verify(b)
	})
}

// A verdict is brought to each held payment, and to none else; what was released a short
// time ago is to be called back.
func TestVerdictIsCarried(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		p := paysMules(b)
		longAgo := p.pays(mule, appThenCall())
		p.approves(longAgo)
		finish(b, longAgo)
		b.Clock.Forward(storetest.RecallReach)
		b.Clock.Forward(time.Hour)
		open, approved, released, other := p.pays(mule, appThenCall()), p.pays(mule, appThenCall()), p.pays(mule, appThenCall()),
			p.pays(honest, appThenCall())
		p.approves(approved)
		p.approves(released)
		finish(b, released)
		verdict := p.judge(open, "mule")
		done := p.carry()
		expect(b, "carried", len(done), 1)
		expect(b, "holds", done[0].Holds, 2)
		expect(b, "recalls", done[0].Recalls, 1)
		for _, id := range []hold.ID{open, approved} {
			expect(b, "the mark", b.Look(id).VerdictID, verdict)
			expect(b, "the push", asked(b, id, hold.Push).Status == hold.Open, false)
			expect(b, "the call is in the queue", asked(b, id, hold.Callback).Status, hold.Open)
		}
		expect(b, "another payee's push", asked(b, other, hold.Push).Status, hold.Open)
		expect(b, "another payee's mark", b.Look(other).VerdictID, "")
		expect(b, "to be called back", p.trail(released, "recall.proposed"), 1)
		expect(b, "released long ago", p.trail(longAgo, "recall.proposed"), 0)
		b.Clock.Forward(10 * time.Second)
		expect(b, "recalls, once more", p.carry()[0].Recalls, 0)
		verify(b)
	})
}

// After ten seconds a verdict is looked at once more, for what was being taken in as it
// was carried; and then no more.
func TestVerdictIsCarriedOnceMore(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		p := paysMules(b)
		first := p.pays(mule, appThenCall())
		verdict := p.judge(first, "mule")
		p.carry()
		late := p.pays(mule, appThenCall())
		db := storetest.Raw(t, b.URL)
		_, err := db.Exec(`UPDATE holds SET verdict_id = '' WHERE id = '` + string(late) + `'`) // its look was before the verdict
		b.Must(err)
		expect(b, "at once", len(p.carry()), 0)
		b.Clock.Forward(10 * time.Second)
		done := p.carry()
		expect(b, "once more", len(done), 1)
		expect(b, "holds", done[0].Holds, 1)
		expect(b, "the mark", b.Look(late).VerdictID, verdict)
		expect(b, "of the first, in the trail", p.trail(first, "hold.payee_verdict"), 1)
		b.Clock.Forward(time.Hour)
		expect(b, "and no more", len(p.carry()), 0)
		var carried int
		b.Must(db.Get(&carried, `SELECT carried FROM payee_verdicts`))
		expect(b, "counted", carried, 2)
		verify(b)
	})
}

// A payment to a mule is asked about by call from its first moment, with the reason in
// the trail, by itself and among others.
func TestVerdictAtIntake(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		p := paysMules(b)
		verdict := p.judge(p.pays(mule, appThenCall()), "mule")
		b.Clock.Forward(time.Minute)
		alone := p.pays(mule, appThenCall())
		lines := b.AcceptHolds(ctx, []store.Accept{p.accept(mule, appThenCall()), p.accept(honest, appThenCall())})
		for _, id := range []hold.ID{alone, lines[0].HoldID} {
			expect(b, "the mark", b.Look(id).VerdictID, verdict)
			expect(b, "in the trail", p.trail(id, "hold.payee_verdict"), 1)
			expect(b, "asked by push", p.trail(id, "challenge.opened"), 0)
			finish(b, id)
			expect(b, "asked by", asked(b, id, hold.Callback).Status, hold.Open)
		}
		expect(b, "another payee's", b.Look(lines[1].HoldID).VerdictID, "")
		expect(b, "another payee's push", asked(b, lines[1].HoldID, hold.Push).Status, hold.Open)
		b.Clock.Forward(storetest.VerdictLasts)
		expect(b, "once it has expired", b.Look(p.pays(mule, appThenCall())).VerdictID, "")
		verify(b)
	})
}

// A rung that asks in several ways asks by call alone.
func TestMixedRungOfAMule(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		p := paysMules(b)
		p.judge(p.pays(mule, appThenCall()), "mule")
		id := p.pays(mule, ladderOf(storetest.Rung("any", 4*time.Hour, hold.Push, hold.Callback)))
		finish(b, id)
		expect(b, "the push", asked(b, id, hold.Push).Cause, "payee_mule")
		expect(b, "the call", asked(b, id, hold.Callback).Status, hold.Open)
	})
}

// A wake that can wait becomes one that cannot, and never the other way.
func TestEarlierWakeCounts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		p := paysMules(b)
		ids := []hold.ID{p.pays(mule, appThenCall()), p.pays(mule, appThenCall())}
		p.approves(ids[0])
		p.approves(ids[1])
		p.judge(ids[0], "mule")
		_, err := storetest.Raw(t, b.URL).Exec(`DELETE FROM outbox`)
		b.Must(err)
		p.carry() // the second's is wanted a moment later
		wanted := func() (at []hold.Instant) {
			b.Must(storetest.Raw(t, b.URL).Select(&at, `SELECT wanted_at FROM outbox ORDER BY wanted_at`))
			return at
		}
		now := b.Clock.Now()
		expect(b, "the later", wanted()[1] > now, true)
		b.Must(b.AskForHelp(ctx, b.Customer.ID)) // wakes both
		expect(b, "the later now", wanted()[1], now)
	})
}

// No account is in what is kept of verdicts.
func TestVerdictsKeepNoAccount(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		p := paysMules(b)
		id := p.pays(mule, appThenCall())
		p.approves(id)
		finish(b, id)
		p.pays(mule, appThenCall())
		p.judge(id, "mule")
		p.carry()
		for table, text := range everything(b) {
			if (strings.HasPrefix(table, "payee") || table == "outbox") && strings.Contains(text, mule[4:]) {
				t.Errorf("%s keeps an account: %s", table, text)
			}
		}
		chain, _, err := b.Chain(ctx, string(id))
		b.Must(err)
		for _, e := range chain {
			if strings.Contains(string(e.Bytes), mule[4:]) {
				t.Errorf("the trail names the account: %s", e.Bytes)
			}
		}
	})
}
