package store_test

import (
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/protection"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"
)

// inCase has an agent or clerk change the limit of their case's customer.
func inCase(b *storetest.Bundle, by store.By, v store.CaseView, to *protection.Lock, reason string, d queue.Document) (approval string,
	why hold.Refusal) {
	b.T.Helper()
	_, approval, why, err := b.PutLockOfCase(ctx, store.CaseLock{By: by, CaseID: v.ID, Kind: protection.Limit, To: to, Reason: reason,
		Document: d, Rules: lockRules})
	b.Must(err)
	return approval, why
}

func agrees(b *storetest.Bundle, by store.By, approval string) store.SecondResult {
	b.T.Helper()
	res, err := b.TakeSecond(ctx, store.Second{By: by, ID: approval, Approve: true, Reason: "heard it too", Locks: lockRules})
	b.Must(err)
	return res
}

// An agent tightens at once; they loosen for somebody who proved who they are, with a
// supervisor, and then the wait runs. What changed meanwhile is not loosened.
func TestLocksInACase(t *testing.T) {
	t.Parallel()
	asked := func(b *storetest.Bundle) (store.By, store.CaseView, string) {
		b.T.Helper()
		by, v, _ := caseTaken(b, "ana")
		_, why := inCase(b, by, v, dayLimit(100), "", "")
		expect(b, "tightened", why, "")
		b.Proved(by, v)
		approval, why := inCase(b, by, v, dayLimit(500), "moves house", "")
		expect(b, "asked", why, "")
		limitIs(b, 100, 0)
		return by, v, approval
	}
	stories(t, map[string]func(b *storetest.Bundle){
		"two people": func(b *storetest.Bundle) {
			_, _, approval := asked(b)
			expect(b, "another agent", agrees(b, b.Agent("bo", "agent"), approval).Refusal, hold.RoleMissing)
			limitIs(b, 100, 0)
			res := agrees(b, b.Agent("sam", "supervisor"), approval)
			expect(b, "agreed", string(res.Refusal)+string(res.Outcome), string(store.Changed))
			limitIs(b, 100, 500)
			_, _, from := limits(b)
			expect(b, "the wait", from, b.Clock.Now().Add(12*time.Hour))
			verify(b)
		},
		"nobody who proved who they are": func(b *storetest.Bundle) {
			by, v, _ := caseTaken(b, "ana")
			inCase(b, by, v, dayLimit(100), "", "")
			_, why := inCase(b, by, v, dayLimit(500), "moves house", "")
			expect(b, "asked", why, hold.IdentityMissing)
		},
		"no second person": func(b *storetest.Bundle) {
			by, v, _ := asked(b)
			_, why := inCase(b, by, v, dayLimit(500), "", "")
			expect(b, "alone", why, hold.SecondMissing)
			_, why = inCase(b, by, v, dayLimit(600), "more still", "")
			expect(b, "twice", why, hold.ApprovalPending)
		},
		"the first person": func(b *storetest.Bundle) {
			by, _, approval := asked(b)
			by.Role = queue.RoleSupervisor
			expect(b, "agreed", agrees(b, by, approval).Refusal, hold.SamePerson)
			limitIs(b, 100, 0)
		},
		"tightened before the second agreed": func(b *storetest.Bundle) {
			_, _, approval := asked(b)
			puts(b, protection.ByApp, dayLimit(90), false)
			expect(b, "agreed", agrees(b, b.Agent("sam", "supervisor"), approval).Outcome, store.ApprovalVoid)
			limitIs(b, 90, 0)
			verify(b)
		},
		"frozen before the second agreed": func(b *storetest.Bundle) {
			_, _, approval := asked(b)
			b.Must(b.AskForHelp(ctx, b.Customer.ID))
			expect(b, "agreed", agrees(b, b.Agent("sam", "supervisor"), approval).Refusal, hold.ApprovalClosed)
			limitIs(b, 100, 0)
		},
		"stopped by an agent": func(b *storetest.Bundle) {
			by, v, approval := asked(b)
			agrees(b, b.Agent("sam", "supervisor"), approval)
			_, why, err := b.StopLockOfCase(ctx, by, v.ID, protection.Limit)
			b.Granted(why, err)
			limitIs(b, 100, 0)
		},
		"an agent who has not the case": func(b *storetest.Bundle) {
			by, v, _ := caseTaken(b, "ana")
			other := b.Agent("bo", "agent")
			_, _, _, err := b.PutLockOfCase(ctx, store.CaseLock{By: other, CaseID: v.ID, Kind: protection.Limit, To: dayLimit(1), Rules: lockRules})
			expect(b, "theirs", err, store.ErrNotFound)
			l, why, err := b.LocksOfCase(ctx, by, v.ID)
			b.Granted(why, err)
			expect(b, "seen", l.Customer.ID, b.Customer.ID)
		},
	})
}
