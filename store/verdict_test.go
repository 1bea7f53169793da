package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"
)

// judging is a bundle with a payee to whom a payment waits, and two supervisors.
type judging struct {
	*storetest.Bundle
	keys     counterparties.Keys
	hold     hold.ID
	payee    string
	sam, sue store.By
}

func newJudging(b *storetest.Bundle) *judging {
	b.T.Helper()
	j := &judging{Bundle: b, keys: payeeKeys(b, payeeKey), sam: b.Agent("sam", "supervisor"), sue: b.Agent("sue", "supervisor")}
	j.hold = j.paid(mule)
	j.payee = b.Look(j.hold).PayeeID
	return j
}

// paid holds a payment of the bundle's customer to an account.
func (j *judging) paid(account string) hold.ID {
	j.T.Helper()
	res, err := j.AcceptHold(ctx, paying(j.Bundle, j.keys, account, new(counterparties.Known)))
	j.Must(err)
	return res.HoldID
}

func (j *judging) digests(q hold.Request) []counterparties.Digest {
	return j.keys.All(counterparties.Normal(q.Payee.Account, q.Payee.Country))
}

func (j *judging) asks(by store.By, kind queue.VerdictKind) (queue.Verdict, hold.Refusal) {
	j.T.Helper()
	v, why, err := j.AskVerdict(ctx, j.asking(by, kind))
	j.Must(err)
	return v, why
}

func (j *judging) asking(by store.By, kind queue.VerdictKind) store.AskVerdict {
	return store.AskVerdict{By: by, PayeeID: j.payee, Kind: kind, Reason: "they all pay there", Digests: j.digests}
}

func (j *judging) says(by store.By, id string, approve bool) store.VerdictResult {
	j.T.Helper()
	res, err := j.TakeVerdict(ctx, j.saying(by, id, approve))
	j.Must(err)
	return res
}

func (j *judging) saying(by store.By, id string, approve bool) store.SecondOfVerdict {
	return store.SecondOfVerdict{By: by, ID: id, Approve: approve, Reason: "so I think", Digests: j.digests, Expire: 90 * 24 * time.Hour,
		Recall: 14 * 24 * time.Hour}
}

// agreed is a verdict that sam asks for and sue agrees to.
func (j *judging) agreed(kind queue.VerdictKind) queue.Verdict {
	j.T.Helper()
	v, why := j.asks(j.sam, kind)
	j.Granted(why, nil)
	res := j.says(j.sue, v.ID, true)
	j.Granted(res.Refusal, nil)
	return j.verdict(v.ID)
}

// verdict is one as on record.
func (j *judging) verdict(id string) queue.Verdict {
	j.T.Helper()
	for _, status := range queue.VerdictStatuses {
		vs, err := j.Verdicts(ctx, j.sam, status, 200)
		j.Must(err)
		if i := slices.IndexFunc(vs, func(v queue.Verdict) bool { return v.ID == id }); i >= 0 {
			return vs[i]
		}
	}
	j.T.Fatalf("%s is not on record", id)
	return queue.Verdict{}
}

func (j *judging) known() counterparties.Known {
	j.T.Helper()
	k, _, err := j.LookPayee(ctx, j.keys.All(counterparties.Normal(mule, "")))
	j.Must(err)
	return k
}

// A verdict takes two people, and so does its end.
func TestVerdictTakesTwo(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		j := newJudging(b)
		_, why := j.asks(j.sam, queue.VerdictCleared)
		expect(b, "nothing to clear", why, hold.VerdictMissing)
		_, why = j.asks(j.sam, queue.VerdictReverse)
		expect(b, "nothing to reverse", why, hold.VerdictMissing)
		asked, why := j.asks(j.sam, queue.VerdictMule)
		b.Granted(why, nil)
		_, why = j.asks(j.sue, queue.VerdictMule)
		expect(b, "asked by another", why, hold.ApprovalPending)
		expect(b, "the first", j.says(j.sam, asked.ID, true).Refusal, hold.SamePerson)
		expect(b, "an agent", j.says(b.Agent("ana", "agent"), asked.ID, true).Refusal, hold.RoleMissing)
		expect(b, "asked is no mule", j.known().Mule, false)
		now := b.Clock.Now()
		b.Granted(j.says(j.sue, asked.ID, true).Refusal, nil)
		expect(b, "after it was agreed to", j.says(b.Agent("tim", "supervisor"), asked.ID, true).Refusal, hold.ApprovalClosed)
		stands := j.verdict(asked.ID)
		expect(b, "it is in force", stands.Status, queue.VerdictInForce)
		expect(b, "until", stands.UntilAt, now.Add(90*24*time.Hour))
		expect(b, "recalls from", stands.RecallFrom, now.Add(-14*24*time.Hour))
		expect(b, "to be carried", stands.CarriedAt, 0)
		again, why := j.asks(j.sue, queue.VerdictMule)
		expect(b, "again", why, hold.VerdictStands)
		expect(b, "what stands", again.ID, stands.ID)

		reverse := j.agreed(queue.VerdictReverse)
		_, why = j.asks(j.sue, queue.VerdictReverse)
		expect(b, "while they are reversed", why, hold.VerdictStands)
		b.Clock.Forward(time.Hour)
		cleared := j.agreed(queue.VerdictCleared)
		expect(b, "a clearing is carried by what it ends", cleared.CarriedAt, b.Clock.Now())
		ended := j.verdict(stands.ID)
		expect(b, "the mule's end", ended.Status, queue.VerdictEnded)
		expect(b, "by", ended.EndedBy, cleared.ID)
		expect(b, "its marks are to be taken off", ended.CarriedAt, 0)
		reverse = j.verdict(reverse.ID)
		expect(b, "the reversal's end", reverse.Status, queue.VerdictEnded)
		expect(b, "nothing more of it", reverse.CarriedAt, b.Clock.Now())
		expect(b, "cleared is no mule", j.known().Mule, false)
		second := j.agreed(queue.VerdictMule)
		expect(b, "cleared, until it is a mule again", j.verdict(cleared.ID).EndedBy, second.ID)
		if got := kinds(b, "payee:"+j.payee); !slices.Equal(got, []string{"payee.verdict_asked", "payee.verdict_agreed",
			"payee.verdict_asked", "payee.verdict_agreed", "payee.verdict_asked", "payee.verdict_ended", "payee.verdict_ended",
			"payee.verdict_agreed", "payee.verdict_asked", "payee.verdict_ended", "payee.verdict_agreed"}) {
			t.Errorf("the payee's chain: %v", got)
		}
		verify(b)
	})
}

// Rejected, it comes to nothing, and may be asked for again.
func TestVerdictRejected(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		j := newJudging(b)
		v, _ := j.asks(j.sam, queue.VerdictMule)
		b.Granted(j.says(j.sue, v.ID, false).Refusal, nil)
		v = j.verdict(v.ID)
		expect(b, "rejected", v.Status, queue.VerdictRejected)
		expect(b, "why", v.Answer, "so I think")
		expect(b, "a mule", j.known().Mule, false)
		_, why := j.asks(j.sue, queue.VerdictMule)
		b.Granted(why, nil)
		_, why, err := b.AskVerdict(ctx, store.AskVerdict{By: j.sam, PayeeID: "cpty_none", Kind: queue.VerdictMule, Reason: "x"})
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("of a payee that there is not: %q, %v", why, err)
		}
		verify(b)
	})
}

// While it is in force, payments to it come as to a mule, and the bank's checks say so.
func TestVerdictIsKnown(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		j := newJudging(b)
		var at counterparties.Known
		intake := func() counterparties.Known {
			_, err := b.AcceptHold(ctx, paying(b, j.keys, mule, &at))
			b.Must(err)
			return at
		}
		expect(b, "before", intake().Mule, false)
		v := j.agreed(queue.VerdictMule)
		for where, k := range map[string]counterparties.Known{"at intake": intake(), "in a check": j.known()} {
			expect(b, where+": a mule", k.Mule, true)
			expect(b, where+": the level", k.Level, counterparties.Confirmed)
			expect(b, where+": by two people", k.Verdict(), true)
		}
		amend := store.Amend{ID: j.hold, Revision: 1, Actor: "client:risk", Payee: j.digests,
			Change: func(r hold.Request) hold.Request { return r },
			Terms: func(h hold.Hold, _ hold.Customer, p counterparties.Known, _ hold.Instant) (hold.Terms, hold.Instant, error) {
				at = p
				return h.Terms, h.Deadline, nil
			}}
		_, _, err := b.AmendHold(ctx, amend)
		b.Must(err)
		expect(b, "as it is amended", at.Mule, true)
		b.Clock.Forward(v.UntilAt.Sub(b.Clock.Now()) - time.Microsecond)
		expect(b, "to its last instant", j.known().Mule, true)
		b.Clock.Forward(time.Microsecond)
		expect(b, "expired, and not swept yet", j.known().Mule, false)
		expect(b, "the same at intake", intake().Mule, false)
	})
}

// Nobody passes a verdict on an account that many use, however the bank's list has it,
// nor on one that they have paid or reported themselves.
func TestVerdictRefused(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		j := newJudging(b)
		shared := counterparties.Line{Account: mule, Ref: "u-1", Category: "shared_utility", Strength: counterparties.Confirmed}
		asked, why := j.asks(j.sam, queue.VerdictMule)
		b.Granted(why, nil)
		listed(b, j.keys, "shared", shared)
		expect(b, "a shared account is nothing against it", j.known().Level, counterparties.None)
		expect(b, "agreed to once it is shared", j.says(j.sue, asked.ID, true).Refusal, hold.PayeeShared)
		expect(b, "no is no", j.says(j.sue, asked.ID, false).Refusal, "")
		_, why = j.asks(j.sam, queue.VerdictMule)
		expect(b, "a shared account", why, hold.PayeeShared)
		listed(b, j.keys, "shared")
		v := j.agreed(queue.VerdictMule)
		listed(b, j.keys, "shared", shared)
		_, why = j.asks(j.sam, queue.VerdictReverse)
		expect(b, "all to a shared account", why, hold.PayeeShared)
		j.agreed(queue.VerdictCleared)
		expect(b, "a shared account is cleared all the same", j.verdict(v.ID).Status, queue.VerdictEnded)

		later := payeeKeys(b, nextPayeeKey, payeeKey) // by which nothing was paid to it yet
		listed(b, later, "shared", shared)
		ask := j.asking(j.sam, queue.VerdictMule)
		ask.Digests = func(q hold.Request) []counterparties.Digest {
			return later.All(counterparties.Normal(q.Payee.Account, q.Payee.Country))
		}
		_, why, err := b.AskVerdict(ctx, ask)
		b.Must(err)
		expect(b, "listed by a younger key", why, hold.PayeeShared)
		listed(b, later, "shared")

		maria := b.Customer.ID
		b.NewCustomer("zoe")
		for who, c := range map[string]hold.CustomerID{"who paid there": maria, "who has nothing to do with it": "zoe"} {
			_, why, err := b.PutAgent(ctx, j.sue, store.PutAgent{Sub: "sam", CustomerID: &c})
			b.Granted(why, err)
			want := map[hold.CustomerID]hold.Refusal{maria: hold.AgentLinked}[c]
			_, why, err = b.ViewPayee(ctx, j.sam, j.payee, j.digests)
			b.Must(err)
			expect(b, who+" looks", why, want)
			if _, why = j.asks(j.sam, queue.VerdictMule); why != want {
				t.Errorf("%s asks: %q, want %q", who, why, want)
			}
			if c == maria {
				continue
			}
			b.Must(storetest.ErrorOf(j.says(j.sue, j.waiting()[0].ID, false).Refusal, nil))
		}
	})
}

// waiting are the verdicts that wait.
func (j *judging) waiting() []queue.Verdict {
	j.T.Helper()
	vs, err := j.Verdicts(ctx, j.sue, queue.VerdictAsked, 200)
	j.Must(err)
	return vs
}

// What somebody asked for who has left, or turns out to have paid there, is void.
func TestFirstOfVerdictGone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		j := newJudging(b)
		v, why := j.asks(j.sam, queue.VerdictMule)
		b.Granted(why, nil)
		b.Clock.Forward(time.Second)
		b.Must(b.RevokeAgent(ctx, j.sue, "sam"))
		expect(b, "the revoked one's", j.verdictAs(j.sue, v.ID).Cause, "agent_revoked")
		expect(b, "no more of it", j.says(j.sue, v.ID, true).Refusal, hold.ApprovalClosed)
		b.Clock.Forward(time.Second)
		j.sam = b.Agent("sam", "supervisor")
		v, why = j.asks(j.sam, queue.VerdictMule)
		b.Granted(why, nil)
		_, why, err := b.PutAgent(ctx, j.sue, store.PutAgent{Sub: "sam", CustomerID: &b.Customer.ID})
		b.Granted(why, err)
		expect(b, "the linked one's", j.says(j.sue, v.ID, true).Void, true)
		expect(b, "its cause", j.verdictAs(j.sue, v.ID).Cause, "agent_linked")
		nobody := hold.CustomerID("")
		_, why, err = b.PutAgent(ctx, j.sue, store.PutAgent{Sub: "sam", CustomerID: &nobody})
		b.Granted(why, err)
		v, why = j.asks(j.sam, queue.VerdictMule)
		b.Granted(why, nil)
		raw := storetest.Raw(t, b.URL) // revoked a moment ago, and what they asked for is not void yet
		raw.MustExec(raw.Rebind(`UPDATE agents SET revoked_at = ? WHERE sub = 'sam'`), b.Clock.Now().Add(time.Second))
		expect(b, "what the revoked one asks for", j.says(j.sue, v.ID, true).Void, true)
		expect(b, "a mule", j.known().Mule, false)
		verify(b)
	})
}

func (j *judging) verdictAs(by store.By, id string) queue.Verdict {
	sam := j.sam
	defer func() { j.sam = sam }()
	j.sam = by
	return j.verdict(id)
}

// A verdict ends at its time, with an entry, and with it what was asked about it.
func TestVerdictExpires(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		j := newJudging(b)
		v := j.agreed(queue.VerdictMule)
		asked, why := j.asks(j.sam, queue.VerdictCleared)
		b.Granted(why, nil)
		raw := storetest.Raw(t, b.URL)
		raw.MustExec(raw.Rebind(`UPDATE payee_verdicts SET carried_to = 'hold_x', carried_at = 5, carried_until = 7, carried = 3 WHERE id = ?`),
			v.ID)
		n, err := b.ExpireVerdicts(ctx, 100)
		b.Must(err)
		expect(b, "expired at once", n, 0)
		b.Clock.Forward(v.UntilAt.Sub(b.Clock.Now()))
		j.sam, j.sue = b.Agent("sam", "supervisor"), b.Agent("sue", "supervisor")
		if n, err = b.ExpireVerdicts(ctx, 100); err != nil || n != 1 {
			t.Errorf("%d expired, %v", n, err)
		}
		v = j.verdict(v.ID)
		expect(b, "ended", v.Status, queue.VerdictEnded)
		expect(b, "its cause", v.Cause, "expired")
		expect(b, "carried anew, from the beginning", v.CarriedTo == "" && v.CarriedAt == 0 && v.CarriedUntil == 0, true)
		expect(b, "what it came to stays on record", v.Carried, 3)
		expect(b, "asked about it", j.verdict(asked.ID).Status, queue.VerdictVoid)
		again := j.agreed(queue.VerdictMule)
		b.Clock.Forward(again.UntilAt.Sub(b.Clock.Now()))
		_, why = j.asks(j.sue, queue.VerdictMule) // before the sweeper comes by
		b.Granted(why, nil)
		expect(b, "ended as it was asked for again", j.verdict(again.ID).Cause, "expired")
		if got := kinds(b, "payee:"+j.payee); !slices.Contains(got, "payee.verdict_ended") || !slices.Contains(got, "payee.verdict_void") {
			t.Errorf("the payee's chain: %v", got)
		}
		verify(b)
	})
}
