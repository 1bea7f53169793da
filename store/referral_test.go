package store_test

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/audit"
	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"
)

var allShown = hold.ShownOf(hold.ReferralParts...)

// referring is a hold, and two supervisors.
func referring(b *storetest.Bundle) (id hold.ID, sam, sue store.By) {
	b.T.Helper()
	return b.Held(storetest.PushLadder()), b.Agent("sam", "supervisor"), b.Agent("sue", "supervisor")
}

func asksReferral(b *storetest.Bundle, by store.By, id hold.ID, shows hold.Shown) (queue.Referral, hold.Refusal) {
	b.T.Helper()
	r, why, err := b.AskReferral(ctx, store.AskReferral{By: by, HoldID: id, To: hold.Police, Shows: shows, Reason: "reported today"})
	b.Must(err)
	return r, why
}

func seconds(b *storetest.Bundle, by store.By, id string, approve bool) (queue.Referral, hold.Refusal) {
	b.T.Helper()
	r, why, err := b.SecondReferral(ctx, store.Second{By: by, ID: id, Approve: approve, Reason: "looked"})
	b.Must(err)
	return r, why
}

func reads(b *storetest.Bundle, by store.By, id string, today hold.Shown) (store.ReferralCase, hold.Refusal) {
	b.T.Helper()
	c, why, err := b.ReadReferral(ctx, store.ReadReferral{By: by, ID: id, Today: func(hold.Recipient) hold.Shown { return today }})
	b.Must(err)
	return c, why
}

// Two supervisors hand a case over; each step is an entry of the hold's chain, and what
// is told verifies and ends where its entry says.
func TestReferral(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id, sam, sue := referring(b)
		r, why := asksReferral(b, sam, id, allShown)
		expect(b, "asked", why, "")
		expect(b, "it waits", r.Status, queue.ReferralAsked)
		c, why := reads(b, sue, r.ID, allShown)
		expect(b, "how it stands may be seen", why, "")
		expect(b, "and nothing of the case", len(c.Chain), 0)
		_, why = seconds(b, sam, r.ID, true)
		expect(b, "the first person", why, hold.SamePerson)
		_, why = seconds(b, b.Agent("ana", "agent"), r.ID, true)
		expect(b, "an agent", why, hold.RoleMissing)
		r, why = seconds(b, sue, r.ID, true)
		expect(b, "agreed", why, "")
		expect(b, "it can be read", r.Status, queue.ReferralApproved)

		c, why = reads(b, sam, r.ID, allShown)
		expect(b, "read", why, "")
		expect(b, "the customer", c.Customer.ID, b.Customer.ID)
		expect(b, "it verifies", len(audit.Verify(string(id), c.Chain, c.Head)), 0)
		_, why, err := b.ReadReferral(ctx, store.ReadReferral{By: sue, ID: r.ID, Today: func(hold.Recipient) hold.Shown { return allShown },
			Printed: true})
		b.Granted(why, err)
		got := kinds(b, string(id))
		want := []string{"referral.asked", "referral.approved", "referral.read", "referral.printed"}
		if !slices.Equal(got[len(got)-4:], want) {
			t.Errorf("entries %v, want %v", got, want)
		}
		chain, _, err := b.Chain(ctx, string(id))
		b.Must(err)
		read, err := audit.Parse(chain[len(chain)-2].Bytes)
		b.Must(err)
		expect(b, "its entry has the end of what was told", read.Prev, c.Head.Hash)
		expect(b, "by whom", read.Actor, "agent:sam")
		verify(b)
	})
}

// Of what was asked for and what the policy says today, the less is told.
func TestReferralMasksWhatThePolicyMasksSince(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id, sam, sue := referring(b)
		r, _ := asksReferral(b, sam, id, "payee_name payee_account")
		seconds(b, sue, r.ID, true)
		c, _ := reads(b, sue, r.ID, allShown)
		expect(b, "no more than the second agreed to", c.Shows, "payee_name payee_account")
		c, _ = reads(b, sue, r.ID, "payee_name customer_name")
		expect(b, "no more than today's policy", c.Shows, "payee_name")
	})
}

// A referral waits for 30 days, and can be read for 30 days; then another may be asked
// for.
func TestReferralExpires(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id, sam, sue := referring(b)
		r, _ := asksReferral(b, sam, id, "")
		_, why := asksReferral(b, sue, id, "")
		expect(b, "one at a time", why, hold.ApprovalPending)
		later := func() {
			b.Clock.Forward(queue.ReferralLife)
			sam, sue = b.Agent("sam", "supervisor"), b.Agent("sue", "supervisor")
		}
		later()
		_, why = seconds(b, sue, r.ID, true)
		expect(b, "nobody agrees to an old one", why, hold.ApprovalClosed)
		r, why = asksReferral(b, sam, id, "")
		expect(b, "another is asked for", why, "")
		seconds(b, sue, r.ID, true)
		later()
		c, why := reads(b, sue, r.ID, "")
		expect(b, "that it has expired is told", why, "")
		expect(b, "so", c.Status, queue.ReferralExpired)
		expect(b, "and nothing else", len(c.Chain), 0)
		waits, err := b.Referrals(ctx, sue, store.ReferralPage{Asked: true, Limit: 50})
		b.Must(err)
		expect(b, "none waits", len(waits), 0)
		verify(b)
	})
}

// Who is the customer neither asks, nor is the second, nor reads, nor finds it in a list.
func TestReferralOfTheirOwn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id, sam, sue := referring(b)
		kin, boss := b.Agent("kin", "supervisor"), b.Agent("boss", "supervisor")
		_, why, err := b.PutAgent(ctx, boss, store.PutAgent{Sub: "kin", CustomerID: new(b.Customer.ID)})
		b.Granted(why, err)
		_, why = asksReferral(b, kin, id, "")
		expect(b, "asks", why, hold.AgentLinked)
		r, _ := asksReferral(b, sam, id, "")
		_, why = seconds(b, kin, r.ID, true)
		expect(b, "agrees", why, hold.AgentLinked)
		seconds(b, sue, r.ID, true)
		_, why = reads(b, kin, r.ID, "")
		expect(b, "reads", why, hold.AgentLinked)
		listed := func(by store.By) int {
			rs, err := b.Referrals(ctx, by, store.ReferralPage{HoldID: id, Limit: 50})
			b.Must(err)
			return len(rs)
		}
		expect(b, "lists", listed(kin), 0)
		expect(b, "another does", listed(sam), 1)
	})
}

// The word of somebody whose access has ended since is void.
func TestReferralOfWhoIsGone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id, sam, sue := referring(b)
		r, _ := asksReferral(b, sam, id, "")
		b.Must(b.RevokeAgent(ctx, sue, "sam"))
		got := kinds(b, string(id))
		expect(b, "at once", got[len(got)-1], "referral.void")
		_, why := seconds(b, sue, r.ID, true)
		expect(b, "too late", why, hold.ApprovalClosed)
		b.Clock.Forward(2 * time.Second)
		r, _ = asksReferral(b, b.Agent("sam", "supervisor"), id, "")
		db := storetest.Raw(t, b.URL) // revoked a moment ago, and what they asked for is not void yet
		db.MustExec(db.Rebind(`UPDATE agents SET revoked_at = ? WHERE sub = 'sam'`), b.Clock.Now().Add(time.Second))
		r, why = seconds(b, sue, r.ID, true)
		expect(b, "refused", why, "")
		expect(b, "void", r.Status, queue.ReferralVoid)
		expect(b, "why", r.Cause, "agent_revoked")
		verify(b)
	})
}

// Nobody hands over a trail that does not verify, nor hears that they did.
func TestReferralOfABrokenTrail(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id, sam, sue := referring(b)
		r, _ := asksReferral(b, sam, id, allShown)
		seconds(b, sue, r.ID, true)
		db := storetest.Raw(t, b.URL)
		db.MustExec(db.Rebind(`UPDATE audit_heads SET hash = ? WHERE subject = ?`), hold.DigestOf([]byte("x")), id)
		c, why := reads(b, sue, r.ID, allShown)
		expect(b, "refused", why, hold.TrailBroken)
		expect(b, "not counted", c.Reads, 0)
	})
}

// A hold has so many referrals, a supervisor asks for so many in a day, and one is read
// so often.
func TestReferralLimits(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id, sam, sue := referring(b)
		for range queue.ReferralsADay {
			r, why := asksReferral(b, sam, id, "")
			expect(b, "asked", why, "")
			seconds(b, sue, r.ID, false)
		}
		_, why := asksReferral(b, sam, b.Held(storetest.PushLadder()), "")
		expect(b, "of a day", why, hold.ReferralLimit)
		_, why = asksReferral(b, sue, id, "")
		expect(b, "of a hold", why, hold.ReferralLimit)
		r, why := asksReferral(b, sue, b.Held(storetest.PushLadder()), "")
		expect(b, "another's, of another hold", why, "")
		seconds(b, sam, r.ID, true)
		db := storetest.Raw(t, b.URL)
		db.MustExec(db.Rebind(`UPDATE referrals SET reads = ? WHERE id = ?`), queue.MaxReferralReads-1, r.ID)
		_, why = reads(b, sam, r.ID, "")
		expect(b, "for the last time", why, "")
		_, why = reads(b, sam, r.ID, "")
		expect(b, "once more", why, hold.ReferralLimit)
	})
}

// Of two seconds at once one decides, and of two who ask at once one asks.
func TestReferralRaces(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		var people []store.By
		for _, sub := range []string{"sam", "sue", "kim", "lou"} {
			people = append(people, b.Agent(sub, "supervisor"))
		}
		for range 10 {
			id := b.Held(storetest.PushLadder())
			var asked, pending, decided, closed atomic.Int32
			var r queue.Referral
			var mu sync.Mutex
			var wg sync.WaitGroup
			for _, by := range people {
				wg.Go(func() {
					got, why, err := b.AskReferral(ctx, store.AskReferral{By: by, HoldID: id, To: hold.PayeeBank, Reason: "r"})
					switch {
					case err != nil:
						t.Error(err)
					case why == hold.ApprovalPending:
						pending.Add(1)
					case why == "":
						asked.Add(1)
						mu.Lock()
						r = got
						mu.Unlock()
					}
				})
			}
			wg.Wait()
			expect(b, "asked", asked.Load(), 1)
			expect(b, "are told that one waits", pending.Load(), 3)
			for i, by := range people {
				wg.Go(func() {
					_, why, err := b.SecondReferral(ctx, store.Second{By: by, ID: r.ID, Approve: i%2 == 0, Reason: "r"})
					switch {
					case err != nil:
						t.Error(err)
					case why == hold.ApprovalClosed:
						closed.Add(1)
					case why == "":
						decided.Add(1)
					}
				})
			}
			wg.Wait()
			expect(b, "decided", decided.Load(), 1)
			expect(b, "came too late", closed.Load(), 2) // and one is the first person
		}
		verify(b)
	})
}

func TestReferralOfNothing(t *testing.T) {
	t.Parallel()
	b := storetest.New(t, storetest.SQLiteURL(t))
	_, sam, _ := referring(b)
	_, _, err := b.AskReferral(ctx, store.AskReferral{By: sam, HoldID: "hold_none", To: hold.Police, Reason: "r"})
	expect(b, "a hold that there is not", errors.Is(err, store.ErrNotFound), true)
	_, _, err = b.SecondReferral(ctx, store.Second{By: sam, ID: "ref_none"})
	expect(b, "a referral that there is not", errors.Is(err, store.ErrNotFound), true)
}
