package store_test

import (
	"fmt"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"
)

// asks asks to open again by who has the case.
func asks(b *storetest.Bundle, by store.By, caseID string, document queue.Document) (string, hold.Refusal) {
	b.T.Helper()
	id, why, err := b.AskReopen(ctx, store.Reopen{By: by, CaseID: caseID, Document: document, Reason: "it was her"})
	b.Must(err)
	return id, why
}

// reopened opens again by an agent who identified the customer in a call, and a supervisor.
func reopened(b *storetest.Bundle) error {
	b.T.Helper()
	by := b.Agent("opener", "agent")
	v := rangIn(b, by)
	b.Proved(by, v)
	approval, why := asks(b, by, v.ID, "")
	if why != "" {
		return storetest.ErrorOf(why, nil)
	}
	res, err := decide(b, b.Agent("sam", "supervisor"), approval, true)
	return storetest.ErrorOf(res.Refusal, err)
}

// What was stopped is opened by two people, of whom a clerk names the document that was
// shown; a key's word, and two people's without an identity check on record, are refused.
func TestReopening(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		ana, cleo := b.Agent("ana", "agent"), b.Agent("cleo", queue.RoleBranch)
		sam, sue := b.Agent("sam", "supervisor"), b.Agent("sue", "supervisor")
		b.Subtest("ordinary ends", func() {
			stops(b)
			expect(b, "a key's", refusalOf(b.BankAsksUnfreeze(ctx, "client:bank", b.Customer.ID, "x")), hold.EverythingStopped)
			expect(b, "a supervisor's", refusalOf(b.AskUnfreeze(ctx, sue, b.Customer.ID, "x")), hold.EverythingStopped)
			v := b.Case(ana)
			b.Proved(ana, v)
			expect(b, "even of who identified them, but by its own way", refusalOf(b.AskUnfreeze(ctx, ana, b.Customer.ID, "x")),
				hold.EverythingStopped)
			approval, why := asks(b, ana, v.ID, "")
			expect(b, "asked", why, "")
			raw := storetest.Raw(b.T, b.URL)
			raw.MustExec(raw.Rebind(`UPDATE approvals SET call_id = '' WHERE id = ?`), approval)
			res, err := decide(b, sam, approval, true)
			b.Must(err)
			expect(b, "a yes to what has no check on record", res.Refusal, hold.EverythingStopped)
			expect(b, "frozen", frozen(b), true)
			returned(b, ana, v.ID)
		})
		b.Subtest("by a clerk", func() {
			b.Held(storetest.PushLadder())
			stops(b)
			v := atCounter(b, cleo)
			_, why := asks(b, cleo, v.ID, "")
			expect(b, "no document", why, hold.DocumentMissing)
			_, why = asks(b, cleo, v.ID, "library_card")
			expect(b, "no such document", why, hold.DocumentMissing)
			approval, why := asks(b, cleo, v.ID, queue.IDCard)
			expect(b, "asked", why, "")
			expect(b, "still frozen", frozen(b), true)
			res, err := decide(b, sam, approval, true)
			b.Granted(res.Refusal, err)
			expect(b, "open", frozen(b), false)
			b.TextsWaiting()
			second := stops(b)
			expect(b, "stopped anew", second.EndedAt, 0)
			expect(b, "another one", counted(b, "customer.stopped"), 2)
			expect(b, "told anew", len(b.TextsWaiting()), 1)
		})
		verify(b)
	})
}

// An agent who asks has identified the customer in a call of their own since, and a
// supervisor agrees to what is stopped now.
func TestReopeningByAgent(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		ana, sam := b.Agent("ana", "agent"), b.Agent("sam", "supervisor")
		v := rangIn(b, ana)
		b.Proved(ana, v) // before: it says nothing of who wants it open
		_, why, err := b.StopInCase(ctx, ana, v.ID, nil)
		b.Granted(why, err)
		refuses := func(name string, want hold.Refusal) {
			b.T.Helper()
			_, why := asks(b, ana, v.ID, "")
			expect(b, name, why, want)
		}
		refuses("the call was before", hold.CallMissing)
		returned(b, ana, v.ID)
		refuses("without the case", hold.LeaseLost)
		v = rangIn(b, ana)
		refuses("no call", hold.CallMissing)
		call := talked(b, ana, v, 31*time.Second)
		refuses("nobody knows who it was", hold.IdentityMissing)
		b.Clock.Forward(time.Minute)
		b.Proved(ana, v)
		approval, why := asks(b, ana, v.ID, "")
		expect(b, "identified", why, "")
		_, why = asks(b, ana, v.ID, "")
		expect(b, "twice", why, hold.ApprovalPending)
		res, err := decide(b, ana, approval, true)
		b.Must(err)
		expect(b, "themselves", res.Refusal, hold.SamePerson)
		res, err = decide(b, b.Agent("bo", "agent"), approval, true)
		b.Must(err)
		expect(b, "another agent", res.Refusal, hold.RoleMissing)
		a, err := b.Approval(ctx, approval)
		b.Must(err)
		expect(b, "a call is on record", a.CallID != "" && a.CallID != call, true)
		stops(b)
		res, err = decide(b, sam, approval, true)
		b.Must(err)
		expect(b, "pressed again meanwhile", res.Refusal, hold.ApprovalClosed)
		approval, why = asks(b, ana, v.ID, "")
		expect(b, "asked again", why, "")
		res, err = decide(b, sam, approval, true)
		b.Granted(res.Refusal, err)
		expect(b, "open", frozen(b), false)
		e, err := b.Emergency(ctx, b.Customer.ID)
		b.Must(err)
		expect(b, "ended by", fmt.Sprint(e.EndedBy, e.Second, e.EndedAt == b.Clock.Now()), "agent:anaagent:samtrue")
		expect(b, "entries", counted(b, "customer.reopened"), 1)
		refuses("nothing is stopped", hold.NotStopped)
		returned(b, ana, v.ID)
		verify(b)
	})
}

func returned(b *storetest.Bundle, by store.By, id string) {
	b.T.Helper()
	_, err := b.ReturnCase(ctx, by, id)
	b.Must(err)
}

// What was approved before is void for good: whoever opens again releases nothing.
func TestReopeningReleasesNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id, c := approvedHold(b)
		stops(b)
		b.Must(reopened(b))
		expect(b, "released", released(b, id), false)
		expect(b, "asked anew", b.Look(id).Revision, 2)
		expect(b, "the question of before", b.Say(c.ID, b.Old(), hold.Approve).Outcome == hold.AnswerAccepted, false)
		verify(b)
	})
}
