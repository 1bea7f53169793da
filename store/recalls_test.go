package store_test

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"
)

// wentOut is a payment that went, and is settled.
func wentOut(b *storetest.Bundle, own hold.OwnNotMe) (hold.ID, hold.Challenge) {
	b.T.Helper()
	id := releasing(b, own)
	b.Must(b.MarkSettled(ctx, id))
	cs, err := b.Challenges(ctx, id)
	b.Must(err)
	return id, cs[0]
}

// releasing is a payment whose release is decided, and which the ledger has not yet.
func releasing(b *storetest.Bundle, own hold.OwnNotMe) hold.ID {
	b.T.Helper()
	a := b.Accepting(storetest.PushLadder())
	terms := a.Terms
	a.Terms = func(c hold.Customer, p counterparties.Known, now hold.Instant) (hold.Terms, hold.Instant, error) {
		t, deadline, err := terms(c, p, now)
		t.OwnNotMe = own
		return t, deadline, err
	}
	a.Request.Payment = &hold.Payment{EndToEndID: "E2E-1"}
	res, err := b.AcceptHold(ctx, a)
	b.Must(err)
	_, err = b.OpenRung(ctx, res.HoldID, 0, hold.NoRung, storetest.Rules)
	b.Must(err)
	cs, err := b.Challenges(ctx, res.HoldID)
	b.Must(err)
	b.Say(cs[0].ID, b.Old(), hold.Approve)
	_, err = b.Conclude(ctx, res.HoldID)
	b.Must(err)
	return res.HoldID
}

// recallOf is a hold's recall; without an id there is none.
func recallOf(b *storetest.Bundle, id hold.ID) hold.Recall {
	b.T.Helper()
	rs, err := b.AllRecalls(ctx, store.RecallPage{HoldID: id, Limit: 2})
	b.Must(err)
	if len(rs) > 1 {
		b.T.Fatalf("%d recalls of one hold", len(rs))
	}
	return append(rs, hold.Recall{})[0]
}

// disowned is a payment that went, of which the customer then said not me.
func disowned(b *storetest.Bundle, own hold.OwnNotMe) hold.Recall {
	b.T.Helper()
	b.Customer = b.NewCustomer(hold.CustomerID(fmt.Sprint("payer", payers.Add(1)))) // who says it is frozen
	id, _ := wentOut(b, own)
	_, err := b.ReportNotMe(ctx, b.Customer.ID, id)
	b.Must(err)
	return recallOf(b, id)
}

var payers atomic.Int64

// wanted is such a payment whose recall an agent has confirmed.
func wanted(b *storetest.Bundle) hold.Recall {
	b.T.Helper()
	r := disowned(b, "")
	r, why, err := b.DecideRecall(ctx, store.DecideRecall{By: b.Agent("ben", queue.RoleAgent), ID: r.ID, Confirm: true,
		Reason: "she never paid"})
	b.Granted(why, err)
	return r
}

// underWay are the messages to a recall's workflow.
func underWay(b *storetest.Bundle, id hold.RecallID) (n int) {
	b.T.Helper()
	for _, row := range claim(b) {
		if row.Workflow == string(id) && row.Kind == store.OutboxRecall {
			n++
		}
	}
	return n
}

func part(ref string, minor int64) hold.RecallReport {
	return hold.RecallReport{Status: hold.RecallReturned, Minor: minor, Currency: "EUR", Reference: ref, ReasonCode: "FOCR"}
}

// A not me after the release proposes a recall, once; of what did not go there is none.
// An agent confirms it, and it is asked for.
func TestRecallIsProposedAndConfirmed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		b.Must(b.OutboxDone(ctx, claim(b)))
		id, c := wentOut(b, "")
		b.Say(c.ID, b.Old(), hold.Deny) // changed their mind: no fraud
		expect(b, "a change of mind", recallOf(b, id).ID, hold.RecallID(""))
		b.Say(c.ID, b.Old(), hold.NotMe)
		r := recallOf(b, id)
		expect(b, "proposed", r.Status, hold.RecallProposed)
		expect(b, "by whose word", r.Source, hold.RecallNotMe)
		expect(b, "of what", r.Amount(), b.Look(id).Request.Amount)
		_, err := b.ReportNotMe(ctx, b.Customer.ID, id)
		b.Must(err)
		expect(b, "again is no other", recallOf(b, id), r)
		expect(b, "nobody is asked yet", underWay(b, r.ID), 0)

		ben := b.Agent("ben", queue.RoleAgent)
		r, why, err := b.DecideRecall(ctx, store.DecideRecall{By: ben, ID: r.ID, Confirm: true, Reason: "she never paid"})
		b.Granted(why, err)
		expect(b, "confirmed", r.Status, hold.RecallRequested)
		expect(b, "is under way", underWay(b, r.ID), 1)
		ask, _, err := b.BeginRecall(ctx, r.ID)
		b.Must(err)
		expect(b, "asked as the banks know it", ask.PaymentIDs.EndToEndID, "E2E-1")
		b.Must(b.RecallAcknowledged(ctx, r.ID))
		b.Must(b.RecallAcknowledged(ctx, r.ID)) // a lost reply
		ask, p, err := b.BeginRecall(ctx, r.ID)
		b.Must(err)
		expect(b, "is not asked again", ask == nil && p.State == hold.RecallDone, true)
		stands, why, err := b.DecideRecall(ctx, store.DecideRecall{By: ben, ID: r.ID, Reason: "no"})
		b.Must(err)
		expect(b, "a word after it", why, hold.RecallStands)
		expect(b, "is told what stands", stands.Status, hold.RecallRequested)
		for kind, n := range map[string]int{"recall.proposed": 1, "recall.confirmed": 1, "recall.requested": 1} {
			expect(b, kind, count(kinds(b, string(id)), kind), n)
		}
		expect(b, "the decision stands", b.Look(id).Decision.Outcome, hold.Release)
		verify(b)

		gone := b.Held(storetest.PushLadder())
		_, err = b.ReportNotMe(ctx, b.Customer.ID, gone) // reversed by it
		b.Must(err)
		expect(b, "of what did not go", recallOf(b, gone).ID, hold.RecallID(""))
	})
}

// Where the policy lets it, the customer's own word confirms: with their device, in
// their session. Elsewhere it waits for an agent.
func TestOwnNotMe(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		r := disowned(b, hold.OwnNotMeRequest)
		expect(b, "in their session", r.Status, hold.RecallRequested)
		expect(b, "by whom", r.DecidedBy, store.ActorPolicy)
		expect(b, "is under way", underWay(b, r.ID), 1)
		b.Customer = b.NewCustomer(hold.CustomerID(fmt.Sprint("payer", payers.Add(1))))
		early := releasing(b, hold.OwnNotMeRequest)
		_, err := b.ReportNotMe(ctx, b.Customer.ID, early)
		b.Must(err)
		expect(b, "before the ledger has it", recallOf(b, early).Status, hold.RecallProposed)
		expect(b, "where the policy asks", disowned(b, hold.OwnNotMeAsk).Status, hold.RecallProposed)
		verify(b)
	})
}

// An agent who heard it on a call that proves nothing has proposed a recall, by policy
// too: that word is the agent's.
func TestOwnNotMeOnThePhone(t *testing.T) {
	t.Parallel()
	for how, want := range map[string]hold.RecallStatus{"identified": hold.RecallRequested, "talked": hold.RecallProposed,
		"claimed": hold.RecallProposed} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
				r := heardLate(b, hold.NotTheirs, how)
				expect(b, "status", r.Status, want)
				expect(b, "proposed by", r.ProposedBy, "agent:ana")
				verify(b)
			})
		})
	}
}

// heardLate is the recall of a payment that went while an agent was at it, by what they
// heard a moment later: of somebody who was identified, who was only talked with, or of
// whom they claim it.
func heardLate(b *storetest.Bundle, d hold.Disposition, how string) hold.Recall {
	b.T.Helper()
	a := b.Accepting(hold.Ladder{Name: "any", Exhausted: hold.ExhaustedReverse,
		Rungs: []hold.Rung{storetest.Rung("any", 4*time.Hour, hold.Push, hold.Callback)}})
	a.Request.Amount.Minor = 100_00
	terms := a.Terms
	a.Terms = func(c hold.Customer, p counterparties.Known, now hold.Instant) (hold.Terms, hold.Instant, error) {
		t, deadline, err := terms(c, p, now)
		t.OwnNotMe = hold.OwnNotMeRequest
		return t, deadline, err
	}
	res, err := b.AcceptHold(ctx, a)
	b.Must(err)
	id := res.HoldID
	_, err = b.OpenRung(ctx, id, 0, hold.NoRung, storetest.CallRules)
	b.Must(err)
	ana := b.Agent("ana", queue.RoleAgent)
	v := b.Case(ana)
	switch how {
	case "identified":
		b.Proved(ana, v)
	case "talked":
		b.Hung(b.Rang(ana, v, 31*time.Second), 31*time.Second)
	}
	cs, err := b.Challenges(ctx, id)
	b.Must(err)
	for _, c := range cs {
		if c.Channel == hold.Push {
			b.Say(c.ID, b.Old(), hold.Approve)
		}
	}
	_, err = b.Conclude(ctx, id)
	b.Must(err)
	b.Must(b.MarkSettled(ctx, id))
	expect(b, "too late", b.Disposed(ana, v, d).Outcome, store.DisposeDecided)
	return recallOf(b, id)
}

// Of a payment that just went an agent hears that it was a scam; and of a customer who
// is deceived, all that went lately is proposed. Another agent confirms it, never the
// same, nor one who is the customer.
func TestScammedIsProposed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		r := heardLate(b, hold.SuspectedScam, "claimed")
		expect(b, "of the very payment", r.Source, hold.RecallScammed)

		first, _ := wentOut(b, "")
		b.Clock.Forward(hold.ScammedReach + time.Hour)
		second, _ := wentOut(b, "")
		b.Must(b.AskForHelp(ctx, b.Customer.ID))
		cleo := b.Agent("cleo", queue.RoleAgent)
		v := b.Case(cleo)
		b.Proved(cleo, v)
		b.Disposed(cleo, v, hold.Scammed)
		expect(b, "long ago", recallOf(b, first).ID, hold.RecallID(""))
		r = recallOf(b, second)
		expect(b, "lately", r.Source, hold.RecallScammed)
		for who, want := range map[string]hold.Refusal{"cleo": hold.SamePerson, "maria": hold.AgentLinked, "ben": ""} {
			by := b.Agent(who, queue.RoleAgent)
			if who == "maria" {
				_, why, err := b.PutAgent(ctx, b.Agent("sue", queue.RoleSupervisor), store.PutAgent{Sub: who, CustomerID: &b.Customer.ID})
				b.Granted(why, err)
				rs, err := b.Recalls(ctx, by, store.RecallPage{Limit: 10})
				b.Must(err)
				expect(b, "a linked agent sees none", len(rs), 0)
			}
			if want == "" {
				continue
			}
			_, why, err := b.DecideRecall(ctx, store.DecideRecall{By: by, ID: r.ID, Confirm: true, Reason: "r"})
			b.Must(err)
			expect(b, who, why, want)
		}
		_, why, err := b.DecideRecall(ctx, store.DecideRecall{By: b.Agent("ben", queue.RoleAgent), ID: r.ID, Confirm: true, Reason: "r"})
		b.Granted(why, err)
		verify(b)
	})
}

// What was declined is proposed again by a word from elsewhere, and by no repetition.
func TestDeclinedIsProposedAnew(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id, _ := wentOut(b, "")
		b.Must(b.ProposeRecall(ctx, id, hold.RecallVerdict, "vrd_1", store.ActorSystem))
		r := recallOf(b, id)
		expect(b, "of a verdict", r.VerdictID, "vrd_1")
		_, why, err := b.DecideRecall(ctx, store.DecideRecall{By: b.Agent("ben", queue.RoleAgent), ID: r.ID, Reason: "he knows her"})
		b.Granted(why, err)
		b.Must(b.ProposeRecall(ctx, id, hold.RecallVerdict, "vrd_1", store.ActorSystem))
		expect(b, "carried again", recallOf(b, id).Status, hold.RecallDeclined)
		_, err = b.ReportNotMe(ctx, b.Customer.ID, id)
		b.Must(err)
		now := recallOf(b, id)
		expect(b, "the customer speaks", now.Status, hold.RecallProposed)
		expect(b, "the same recall", now.ID, r.ID)
		expect(b, "of which nobody has decided", now.DecidedBy+now.Reason, "")
		verify(b)
	})
}

// The bank's word goes forward; parts add up; a repetition changes nothing, and nothing
// comes before a person has confirmed it.
func TestRecallIsReported(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		say := func(id hold.RecallID, p hold.RecallReport, want hold.Refusal) hold.Recall {
			t.Helper()
			r, why, err := b.ReportRecall(ctx, id, p, "client:bank")
			b.Must(err)
			expect(b, string(p.Status)+" "+p.Reference, why, want)
			return r
		}
		accepted := hold.RecallReport{Status: hold.RecallAccepted, Reference: "CXL-1"}
		say(disowned(b, "").ID, accepted, hold.RecallStands)
		r := wanted(b)
		say(r.ID, accepted, "")
		expect(b, "a part", say(r.ID, part("RTR-1", 25000), "").Returned, 25000)
		before := recallOf(b, r.HoldID)
		expect(b, "the same once more", say(r.ID, part("RTR-1", 25000), ""), before)
		expect(b, "too much", say(r.ID, part("RTR-2", 100001), hold.RecallTooMuch).Returned, 25000)
		expect(b, "a step back", say(r.ID, hold.RecallReport{Status: hold.RecallRefused, Reference: "x"}, hold.RecallStands), before)
		expect(b, "the rest", say(r.ID, part("RTR-2", 100000), "").Whole(), true)
		ask, p, err := b.BeginRecall(ctx, r.ID)
		b.Must(err)
		expect(b, "for its workflow", ask == nil && p.State == hold.RecallDone, true)
		expect(b, "entries", count(kinds(b, string(r.HoldID)), "recall.returned"), 2)
		_, _, err = b.ReportRecall(ctx, "rcl_none", accepted, "client:bank")
		expect(b, "of none", errors.Is(err, store.ErrNotFound), true)
		verify(b)
	})
}

// What cannot be asked is parked, is taken up again by hand, and ends with the bank's
// word. A recall whose workflow is lost is found.
func TestRecallParks(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		r := wanted(b)
		b.Must(b.OutboxDone(ctx, claim(b)))
		_, out, err := b.RetryRecall(ctx, r.ID, "operator")
		b.Must(err)
		expect(b, "under way", out, store.NotParked)
		b.Must(b.RecallParked(ctx, r.ID, "http_422"))
		b.Must(b.RecallParked(ctx, r.ID, "http_400")) // a lost reply
		expect(b, "parked", recallOf(b, r.HoldID).ParkedCode, "http_422")
		n, err := b.RecallStats(ctx)
		b.Must(err)
		expect(b, "is counted", n, store.RecallStats{Parked: 1})
		ask, p, err := b.BeginRecall(ctx, r.ID)
		b.Must(err)
		expect(b, "is not asked", ask == nil && p.State == hold.RecallParks, true)
		b.Clock.Forward(time.Hour)
		found, err := b.WakeRecalls(ctx, 10)
		b.Must(err)
		expect(b, "and not found", found, 0)
		_, out, err = b.RetryRecall(ctx, r.ID, "operator")
		b.Must(err)
		expect(b, "by hand", out, store.Unparked)
		expect(b, "under way again", underWay(b, r.ID), 1)

		found, err = b.WakeRecalls(ctx, 10)
		b.Must(err)
		expect(b, "too soon to be lost", found, 0)
		b.Clock.Forward(time.Hour)
		_, _, err = b.BeginRecall(ctx, r.ID) // it is alive
		b.Must(err)
		found, err = b.WakeRecalls(ctx, 10)
		b.Must(err)
		expect(b, "heard of", found, 0)
		b.Clock.Forward(time.Hour)
		found, err = b.WakeRecalls(ctx, 10)
		b.Must(err)
		expect(b, "lost and found", found, 1)
		found, err = b.WakeRecalls(ctx, 10)
		b.Must(err)
		expect(b, "once", found, 0)

		b.Must(b.RecallParked(ctx, r.ID, "http_422"))
		b.Must(b.OutboxDone(ctx, claim(b)))
		_, why, err := b.ReportRecall(ctx, r.ID, hold.RecallReport{Status: hold.RecallAccepted, Reference: "a"}, "client:bank")
		b.Granted(why, err)
		expect(b, "whoever reports has it", recallOf(b, r.HoldID).ParkedAt, 0)
		expect(b, "its workflow is told", underWay(b, r.ID), 1)
		_, out, err = b.RetryRecall(ctx, r.ID, "operator")
		b.Must(err)
		expect(b, "nothing is left to ask", out, store.AlreadySettled)
		verify(b)
	})
}

// No account, name or reason of a recall's is on the trail, nor in what a workflow gets.
func TestRecallKeepsToItself(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		r := wanted(b)
		_, why, err := b.ReportRecall(ctx, r.ID, part("RTR-1", 5), "client:bank")
		b.Granted(why, err)
		chain, _, err := b.Chain(ctx, string(r.HoldID))
		b.Must(err)
		for _, kept := range chain {
			for _, canary := range []string{"DE02100100100006820101", "Kovacs", "she never paid", "E2E-1"} {
				if strings.Contains(string(kept.Bytes), canary) {
					t.Errorf("%s in %s", canary, kept.Bytes)
				}
			}
		}
	})
}
