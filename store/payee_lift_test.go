package store_test

import (
	"testing"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"
)

// An amendment looks its payee up anew: what goes to a mule now is marked, what goes
// elsewhere is not any more.
func TestVerdictOfAnAmendedPayee(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		p := paysMules(b)
		verdict := p.judge(p.pays(mule, appThenCall()), "mule")
		id := p.pays(honest, appThenCall())
		amend := func(account string) {
			b.T.Helper()
			_, out, err := b.AmendHold(ctx, store.Amend{ID: id, Revision: b.Look(id).Revision, Actor: "client:bank",
				Change: func(r hold.Request) hold.Request { r.Payee.Account = account; return r },
				Terms: func(h hold.Hold, _ hold.Customer, _ counterparties.Known, _ hold.Instant) (hold.Terms, hold.Instant, error) {
					return h.Terms, h.Deadline, nil
				},
				Payee: func(r hold.Request) []counterparties.Digest {
					return p.keys.All(counterparties.Normal(r.Payee.Account, ""))
				}})
			b.Must(err)
			expect(b, "amended", out, store.Changed)
		}
		amend(mule)
		expect(b, "to the mule", b.Look(id).VerdictID, verdict)
		finish(b, id)
		expect(b, "asked by", asked(b, id, hold.Callback).Status, hold.Open)
		amend(mule)
		expect(b, "to the same again, in the trail", p.trail(id, "hold.payee_verdict"), 1)
		amend(honest)
		expect(b, "to another", b.Look(id).VerdictID, "")
		expect(b, "in the trail", p.trail(id, "hold.payee_cleared"), 1)
		finish(b, id)
		p.approves(id)
		finish(b, id)
		expect(b, "and is released", b.Look(id).Decision.Outcome, hold.Release)
		verify(b)
	})
}

// When a payee is cleared, or the verdict's time is over, the marks are taken off. What
// was approved before stays void: the customer is asked anew.
func TestVerdictIsLifted(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		p := paysMules(b)
		for name, lift := range map[string]func(id hold.ID){
			"cleared": func(id hold.ID) { p.judge(id, "cleared") },
			"expired": func(id hold.ID) {
				_, err := storetest.Raw(t, b.URL).Exec(`UPDATE payee_verdicts SET status = 'ended', ended_at = 1, cause = 'expired', carried_to = '',
					carried_at = 0, carried_until = 0, again_at = 0 WHERE status = 'in_force' AND kind = 'mule'`)
				b.Must(err)
			},
		} {
			b.Subtest(name, func() {
				id, suspected := p.pays(mule, appThenCall()), p.pays(mule, appThenCall())
				p.approves(id)
				p.judge(id, "mule")
				p.carry()
				expect(b, "marked", b.Look(id).VerdictID != "", true)
				_, err := storetest.Raw(t, b.URL).Exec(`UPDATE holds SET suspected_at = 1 WHERE id = '` + string(suspected) + `'`)
				b.Must(err)
				lift(id)
				p.carry()
				expect(b, "the mark", b.Look(id).VerdictID, "")
				expect(b, "in the trail", p.trail(id, "hold.payee_cleared"), 1)
				expect(b, "held", b.Look(id).Status, hold.Held)
				finish(b, id)
				expect(b, "released by what was approved before", b.Look(id).Status, hold.Held)
				expect(b, "the mark of what is suspected", b.Look(suspected).VerdictID, "")
				expect(b, "is asked anew", b.Look(suspected).Revision, 1)
				p.approves(id)
				finish(b, id)
				expect(b, "approved anew", b.Look(id).Decision.Outcome, hold.Release)
			})
		}
		verify(b)
	})
}

// A customer whom somebody is calling as the payee is cleared is not asked anew, unless
// the call comes to nothing: then they are once it is over.
func TestLiftedDuringACall(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		p := paysMules(b)
		ana, bo, sam := b.Agent("ana", queue.RoleAgent), b.Agent("bo", queue.RoleAgent), b.Agent("sam", queue.RoleSupervisor)
		called := func() (hold.ID, store.CaseView) {
			id := p.pays(mule, appThenCall())
			p.judge(id, "mule")
			p.carry()
			return id, b.Case(ana)
		}
		cleared := func(id hold.ID) {
			p.judge(id, "cleared")
			p.carry()
			expect(b, "the mark", b.Look(id).VerdictID, "")
			expect(b, "the revision", b.Look(id).Revision, 1)
		}
		anew := func(id hold.ID) {
			finish(b, id)
			expect(b, "the revision", b.Look(id).Revision, 2)
			expect(b, "in the trail", p.trail(id, "hold.asked_anew"), 1)
			p.approves(id)
			finish(b, id)
			expect(b, "released", b.Look(id).Decision.Outcome, hold.Release)
		}
		b.Subtest("refused", func() {
			id, v := called()
			cleared(id)
			b.Proved(ana, v)
			expect(b, "what the customer says", b.Disposed(ana, v, hold.Refused).Outcome, store.Disposed)
			finish(b, id)
			expect(b, "reversed", b.Look(id).Decision.Outcome, hold.Reverse)
		})
		b.Subtest("returned", func() {
			id, v := called()
			cleared(id)
			b.Granted(b.ReturnCase(ctx, ana, v.ID))
			anew(id)
		})
		b.Subtest("the lease ends", func() {
			id, _ := called()
			cleared(id)
			_, progress, err := b.Finish(ctx, id, storetest.CallRules)
			b.Must(err)
			b.Clock.Forward(progress.Remaining)
			anew(id)
		})
		for name, approve := range map[string]bool{"a second person agrees": true, "a second person does not": false} {
			b.Subtest(name, func() {
				id, v := called()
				b.Proved(ana, v)
				waits := b.Disposed(ana, v, hold.Confirmed)
				expect(b, "it waits", waits.Outcome, store.Reviewing)
				cleared(id)
				by := map[bool]store.By{true: sam, false: bo}[approve]
				second, err := decide(b, by, waits.ApprovalID, approve)
				b.Granted(second.Refusal, err)
				if !approve {
					anew(id)
					return
				}
				finish(b, id)
				expect(b, "released", b.Look(id).Decision.Outcome, hold.Release)
				expect(b, "in the trail", p.trail(id, "hold.asked_anew"), 0)
			})
		}
		verify(b)
	})
}

// A payment that its policy asks about by call only is not asked about anew: its call
// keeps its place in the queue, and still has to be made.
func TestLiftedWhereOnlyACallAsks(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		p := paysMules(b)
		verdict := p.judge(p.pays(mule, appThenCall()), "mule")
		id := p.pays(mule, storetest.CallLadder())
		finish(b, id)
		call := asked(b, id, hold.Callback)
		expect(b, "the mark", b.Look(id).VerdictID, verdict)
		b.Clock.Forward(time.Minute)
		p.judge(id, "cleared")
		p.carry()
		expect(b, "the mark, lifted", b.Look(id).VerdictID, "")
		expect(b, "the revision", b.Look(id).Revision, 1)
		finish(b, id)
		still := asked(b, id, hold.Callback)
		expect(b, "the call", still.ID, call.ID)
		expect(b, "is open", still.Status, hold.Open)
		expect(b, "held", b.Look(id).Status, hold.Held)
	})
}

// Two people reverse all that waits for a mule as they say so, and nothing that came
// after it, or goes elsewhere. What speaks against a payment comes first.
func TestReversedAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		p := paysMules(b)
		waits, approved, other := p.pays(mule, appThenCall()), p.pays(mule, appThenCall()), p.pays(honest, appThenCall())
		p.approves(approved)
		p.judge(waits, "mule")
		p.carry()
		reversal := p.judge(waits, "reverse")
		b.Clock.Forward(time.Millisecond)
		late := p.pays(mule, appThenCall())
		p.carry()
		for _, id := range []hold.ID{waits, approved} {
			d := b.Look(id).Decision
			if d == nil || d.Outcome != hold.Reverse || d.Reason != hold.ReasonPayeeMule || d.Author != "agent:will" {
				t.Errorf("%s: %+v", id, d)
			}
			expect(b, "in the trail", p.trail(id, "hold.payee_verdict"), 2)
		}
		expect(b, "what came after it", b.Look(late).Status, hold.Held)
		expect(b, "what goes elsewhere", b.Look(other).Status, hold.Held)
		b.Clock.Forward(10 * time.Second)
		p.carry()
		var status string
		db := storetest.Raw(t, b.URL)
		b.Must(db.Get(&status, db.Rebind(`SELECT status FROM payee_verdicts WHERE id = ?`), reversal))
		expect(b, "the reversal", status, "ended")
		verify(b)
	})
}

// What was amended to another payee before a carrying comes to it is not reversed with the
// first one's, nor proposed for recall.
func TestCarryingLeavesWhatWasAmended(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		p := paysMules(b)
		of, waits, gone := p.pays(mule, appThenCall()), p.pays(honest, appThenCall()), p.pays(honest, appThenCall())
		p.approves(gone)
		finish(b, gone)
		p.judge(waits, "mule")
		verdict, reversal := p.judge(of, "mule"), p.judge(of, "reverse")
		done, _, err := b.CarryTo(ctx, reversal, waits)
		b.Must(err)
		expect(b, "reversed", done, false)
		expect(b, "held", b.Look(waits).Status, hold.Held)
		_, recalled, err := b.CarryTo(ctx, verdict, gone)
		b.Must(err)
		expect(b, "to be called back", recalled, false)
		expect(b, "in the trail", p.trail(gone, "recall.proposed"), 0)
	})
}

// Once a payee is cleared a reversal goes no further.
func TestReversalEndsWithTheVerdict(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		p := paysMules(b)
		id := p.pays(mule, appThenCall())
		p.judge(id, "mule")
		p.judge(id, "reverse")
		p.judge(id, "cleared")
		p.carry()
		expect(b, "held", b.Look(id).Status, hold.Held)
		p.judge(id, "reverse") // without a verdict
		p.carry()
		expect(b, "held still", b.Look(id).Status, hold.Held)
	})
}
