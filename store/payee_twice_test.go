package store_test

import (
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
