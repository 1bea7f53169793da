package store_test

import (
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"
)

// A mule verdict is renewed in its last 14 days. Payments get the new one's mark, and what
// two people said about them meanwhile stands; what they let go is not proposed for recall.
func TestVerdictIsRenewed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		j := newJudging(b)
		p := paysMules(b)
		first := j.agreed(queue.VerdictMule)
		p.carry()
		b.Clock.Forward(10 * time.Second)
		p.carry()
		_, why := j.asks(j.sam, queue.VerdictMule)
		expect(b, "at once", why, hold.VerdictStands)
		b.Clock.Forward(first.UntilAt.Sub(b.Clock.Now()) - queue.VerdictRenews)
		j.sam, j.sue = b.Agent("sam", "supervisor"), b.Agent("sue", "supervisor")
		ana := b.Agent("ana", queue.RoleAgent)
		confirmed := func(who string) hold.ID {
			b.Customer = b.NewCustomer(hold.CustomerID(who))
			id := p.pays(mule, appThenCall())
			finish(b, id)
			v := b.Case(ana)
			b.Proved(ana, v)
			waits := b.Disposed(ana, v, hold.Confirmed)
			expect(b, "it waits", waits.Outcome, store.Reviewing)
			second, err := decide(b, j.sue, waits.ApprovalID, true)
			b.Granted(second.Refusal, err)
			return id
		}
		let := confirmed("zoe")
		finish(b, let)
		expect(b, "released", b.Look(let).Decision.Outcome, hold.Release)
		looked, carried := confirmed("kim"), confirmed("liv")
		next := j.agreed(queue.VerdictMule)
		expect(b, "the first's end", j.verdict(first.ID).EndedBy, next.ID)
		finish(b, looked)
		_, _, err := b.CarryTo(ctx, first.ID, carried)
		b.Must(err)
		expect(b, "the mark", b.Look(carried).VerdictID, next.ID)
		finish(b, carried)
		for _, id := range []hold.ID{looked, carried} {
			expect(b, "what two people said stands", b.Look(id).Status, hold.Releasing)
			expect(b, "overruled", p.trail(id, "answer.overruled"), 0)
		}
		p.carry()
		expect(b, "what they let go", p.trail(let, "recall.proposed"), 0)
		expect(b, "a mule", j.known().Mule, true)
		verify(b)
	})
}
