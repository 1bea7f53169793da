package store_test

import (
	"testing"

	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"
)

// decides is ben's word on a recall.
func decides(b *storetest.Bundle, id hold.RecallID, confirm bool) (hold.Recall, hold.Refusal) {
	b.T.Helper()
	r, why, err := b.DecideRecall(ctx, store.DecideRecall{By: b.Agent("ben", queue.RoleAgent), ID: id, Confirm: confirm, Reason: "r"})
	b.Must(err)
	return r, why
}

// What the ledger has not confirmed has not left: nobody asks for it yet.
func TestRecallWaitsForTheLedger(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id := releasing(b, "")
		_, err := b.ReportNotMe(ctx, b.Customer.ID, id)
		b.Must(err)
		r, why := decides(b, recallOf(b, id).ID, true)
		expect(b, "before", why, hold.RecallEarly)
		expect(b, "is still proposed", r.Status, hold.RecallProposed)
		expect(b, "nobody is asked", underWay(b, r.ID), 0)
		b.Must(b.MarkSettled(ctx, id))
		_, why = decides(b, r.ID, true)
		expect(b, "after", why, "")
		verify(b)
	})
}

// wentToMule is a payment to the mule that went.
func wentToMule(p payer) hold.ID {
	p.T.Helper()
	id := p.pays(mule, appThenCall())
	p.approves(id)
	finish(p.Bundle, id)
	p.Must(p.MarkSettled(ctx, id))
	return id
}

// What a verdict proposed is confirmed by nobody once that has ended, and is declined
// then; the next verdict proposes it anew.
func TestRecallEndsWithItsVerdict(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		p := paysMules(b)
		id, confirmed := wentToMule(p), wentToMule(p)
		first := p.judge(id, "mule")
		p.carry()
		expect(b, "proposed for", recallOf(b, id).VerdictID, first)
		_, why := decides(b, recallOf(b, confirmed).ID, true)
		expect(b, "while it is in force", why, "")
		p.judge(id, "cleared")
		r, why := decides(b, recallOf(b, id).ID, true)
		expect(b, "once it has ended", why, hold.VerdictEnded)
		expect(b, "is still proposed", r.Status, hold.RecallProposed)
		p.carry()
		r = recallOf(b, id)
		expect(b, "declined", r.Status, hold.RecallDeclined)
		expect(b, "by", r.DecidedBy, store.ActorSystem)
		expect(b, "why", r.Reason, "verdict_ended")
		expect(b, "in the trail", p.trail(id, "recall.declined"), 1)
		expect(b, "what was confirmed before", recallOf(b, confirmed).Status, hold.RecallRequested)
		p.carry()
		second := p.judge(id, "mule")
		p.carry()
		r = recallOf(b, id)
		expect(b, "proposed anew", r.Status, hold.RecallProposed)
		expect(b, "for the next", r.VerdictID, second)
		_, why = decides(b, r.ID, false)
		expect(b, "declined by an agent", why, "")
		b.Clock.Forward(store.CarryAgain)
		p.carry()
		expect(b, "by the same verdict not again", recallOf(b, id).Status, hold.RecallDeclined)
		b.Clock.Forward(storetest.VerdictLasts)
		verify(b)
	})
}

// A verdict's time is over before anybody has written that down: nothing is confirmed.
func TestRecallOfAVerdictThatRanOut(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		p := paysMules(b)
		id := wentToMule(p)
		p.judge(id, "mule")
		p.carry()
		b.Clock.Forward(storetest.VerdictLasts)
		_, why := decides(b, recallOf(b, id).ID, true)
		expect(b, "confirmed", why, hold.VerdictEnded)
	})
}

// The customer's own word, while a verdict's proposal waits, does not end with that
// verdict.
func TestOwnWordOutlivesTheVerdict(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		p := paysMules(b)
		id := wentToMule(p)
		p.judge(id, "mule")
		p.carry()
		_, err := b.ReportNotMe(ctx, b.Customer.ID, id)
		b.Must(err)
		expect(b, "theirs now", recallOf(b, id).Source, hold.RecallNotMe)
		expect(b, "of no verdict", recallOf(b, id).VerdictID, "")
		p.judge(id, "cleared")
		p.carry()
		r := recallOf(b, id)
		expect(b, "waits", r.Status, hold.RecallProposed)
		_, why := decides(b, r.ID, true)
		expect(b, "is confirmed", why, "")
		verify(b)
	})
}

// An agent who has paid the same payee, as a customer, finds no recall to it and says
// nothing about one.
func TestRecallOfALinkedPayee(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		p := paysMules(b)
		id := wentToMule(p)
		_, err := b.ReportNotMe(ctx, b.Customer.ID, id)
		b.Must(err)
		b.Customer = b.NewCustomer("zoe")
		p.pays(mule, appThenCall())
		listed := func() int {
			rs, err := b.Recalls(ctx, b.Agent("ben", queue.RoleAgent), store.RecallPage{Limit: 10})
			b.Must(err)
			return len(rs)
		}
		expect(b, "to somebody else", listed(), 1)
		_, why, err := b.PutAgent(ctx, b.Agent("sue", queue.RoleSupervisor), store.PutAgent{Sub: "ben", CustomerID: &b.Customer.ID})
		b.Granted(why, err)
		expect(b, "once they are linked", listed(), 0)
		for _, confirm := range []bool{true, false} {
			_, why = decides(b, recallOf(b, id).ID, confirm)
			expect(b, "their word", why, hold.AgentLinked)
		}
	})
}

// A customer who was deceived says nothing of the payees of two weeks: none is reported.
func TestScammedReportsNoPayee(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		p := paysMules(b)
		id := p.pays(honest, storetest.PushLadder())
		finish(b, id)
		p.approves(id)
		finish(b, id)
		b.Must(b.AskForHelp(ctx, b.Customer.ID))
		cleo := b.Agent("cleo", queue.RoleAgent)
		v := b.Case(cleo)
		b.Proved(cleo, v)
		b.Disposed(cleo, v, hold.Scammed)
		expect(b, "its recall", recallOf(b, id).Source, hold.RecallScammed)
		ps, err := b.Proposals(ctx, b.Agent("sue", queue.RoleSupervisor), 10)
		b.Must(err)
		expect(b, "reported", len(ps), 0)
		verify(b)
	})
}

// Whoever says something of a recall waits for its hold before locking the recall: who
// has the hold, and goes on to the recall, never waits for them.
func TestRecallIsLockedAfterItsHold(t *testing.T) {
	t.Parallel()
	b := storetest.New(t, storetest.PostgresURL(t))
	r := disowned(b, "")
	raw := storetest.Raw(t, b.URL)
	tx, err := raw.Beginx()
	b.Must(err)
	tx.MustExec(`SELECT 1 FROM holds WHERE id = $1 FOR UPDATE`, r.HoldID)
	ben := b.Agent("ben", queue.RoleAgent)
	done := make(chan error, 1)
	go func() {
		_, _, err := b.DecideRecall(ctx, store.DecideRecall{By: ben, ID: r.ID, Confirm: true, Reason: "r"})
		done <- err
	}()
	for waiting := 0; waiting == 0; {
		b.Must(raw.Get(&waiting, `SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`))
		select {
		case err := <-done:
			t.Fatalf("nobody waited: %v", err)
		default:
		}
	}
	_, err = tx.Exec(`SELECT 1 FROM recall_requests WHERE id = $1 FOR UPDATE NOWAIT`, r.ID)
	b.Must(err)
	b.Must(tx.Commit())
	b.Must(<-done)
	expect(b, "then", recallOf(b, r.HoldID).Status, hold.RecallRequested)
}

// A verdict that is renewed keeps what the one before proposed to call back.
func TestRenewedVerdictKeepsItsRecalls(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		j, p := newJudging(b), paysMules(b)
		id := wentToMule(p)
		first := j.agreed(queue.VerdictMule)
		p.carry()
		expect(b, "proposed for", recallOf(b, id).VerdictID, first.ID)
		b.Clock.Forward(first.UntilAt.Sub(b.Clock.Now()) - queue.VerdictRenews)
		j.sam, j.sue = b.Agent("sam", "supervisor"), b.Agent("sue", "supervisor")
		next := j.agreed(queue.VerdictMule)
		p.carry()
		r := recallOf(b, id)
		expect(b, "still proposed", r.Status, hold.RecallProposed)
		expect(b, "by the next", r.VerdictID, next.ID)
		_, why := decides(b, r.ID, true)
		expect(b, "confirmed", why, "")
	})
}
