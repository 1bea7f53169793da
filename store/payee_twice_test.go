package store_test

import (
	"fmt"
	"testing"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/store/storetest"
)

// An account that nothing tells apart but its country is on record twice where its first
// payment names the country and another does not. A verdict on one is brought to what is
// taken in under either, is heeded there for as long as it is in force, and is taken off.
func TestAccountUnderTwoIDs(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		p := paysMules(b)
		const account = "AC-4711"
		pays := func(country string) hold.ID {
			b.T.Helper()
			a := p.accept(account, appThenCall())
			a.Request.Payee.Country, a.Payee = country, p.keys.All(counterparties.Normal(account, country))
			res, err := b.AcceptHold(ctx, a)
			b.Must(err)
			return res.HoldID
		}
		pays("SE")
		bare := pays("")
		verdict := p.judge(bare, "mule")
		named := pays("SE")
		expect(b, "another id", b.Look(named).PayeeID != b.Look(bare).PayeeID, true)
		expect(b, "the mark at intake", b.Look(named).VerdictID, verdict)
		p.carry()
		finish(b, named)
		expect(b, "the mark, looked at", b.Look(named).VerdictID, verdict)
		_, _, err := b.CarryTo(ctx, verdict, named)
		b.Must(err)
		expect(b, "the mark, carried to", b.Look(named).VerdictID, verdict)
		p.judge(bare, "cleared")
		p.carry()
		for _, id := range []hold.ID{bare, named} {
			expect(b, "the mark, once it is cleared", b.Look(id).VerdictID, "")
			expect(b, "in the trail", p.trail(id, "hold.payee_cleared"), 1)
			finish(b, id)
			p.approves(id)
			finish(b, id)
			expect(b, "released", b.Look(id).Decision.Outcome, hold.Release)
		}
		verify(b)
	})
}

// Where the bank's country is known an account has one id, whoever names its country: a
// verdict comes to what waits and to what comes, in whichever form.
func TestVerdictReachesEveryForm(t *testing.T) {
	t.Parallel()
	type form struct{ account, country string }
	for name, forms := range map[string][]form{
		"its country named, or not":    {{"AC-4711", "SE"}, {"AC-4711", ""}, {"ac 4711", "SE"}},
		"not named, or so":             {{"AC-4711", ""}, {"AC-4711", "SE"}, {"ac 4711", ""}},
		"an IBAN, its national number": {{"SE4550000000058398257466", ""}, {"50000000058398257466", "SE"}, {"5000 0000 0583 9825 7466", ""}},
		"the number, its IBAN":         {{"50000000058398257466", ""}, {"50000000058398257466", "SE"}, {"SE45 5000 0000 0583 9825 7466", "SE"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
				p := paysMules(b)
				pays := func(f form) hold.ID {
					b.T.Helper()
					a := p.accept(f.account, appThenCall())
					a.Request.Payee.Country, a.Payee = f.country, p.keys.Paid(f.account, f.country, "SE")
					res, err := b.AcceptHold(ctx, a)
					b.Must(err)
					return res.HoldID
				}
				var waits []hold.ID
				for _, f := range forms {
					waits = append(waits, pays(f))
				}
				abroad := pays(form{forms[0].account, "DK"})
				verdict := p.judge(waits[0], "mule")
				p.carry()
				for i, id := range waits {
					expect(b, fmt.Sprint("the mark, carried to ", forms[i]), b.Look(id).VerdictID, verdict)
					expect(b, fmt.Sprint("the mark at intake of ", forms[i]), b.Look(pays(forms[i])).VerdictID, verdict)
				}
				if counterparties.Normal(forms[0].account, "").Kind == counterparties.Other {
					expect(b, "another country's", b.Look(abroad).VerdictID, "")
				}
				verify(b)
			})
		})
	}
}
