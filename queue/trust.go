package queue

import (
	"slices"
	"time"

	"holdfast/hold"
)

// Live is the provider's word about a call that has not ended.
type Live struct {
	Call  string // the one that goes on; empty: none does, or nobody was asked
	Known bool   // as far as our own record tells: every call that has not ended goes on
}

// AsFarAsKnown takes our own record for the provider's word.
var AsFarAsKnown = Live{Known: true}

func (l Live) goesOn(c Call) bool { return l.Known || c.ID == l.Call }

// Proof is what the calls of a case's lease prove of its customer. A number that
// is not theirs any more proves nothing, nor does a machine that answered, nor a
// call without an end that nobody says goes on. That they rang in, or were rung
// back, says nothing of who they are: an agent claims it. This is the one
// definition: what a console shows, what it hides and what is taken are told
// from it.
func Proof(cs Case, calls []Call, c hold.Customer, live Live, now hold.Instant) (leg hold.Leg) {
	for _, k := range calls {
		if k.Lease == cs.Lease && k.talks(c, live) && k.Connected(now) >= leg.Connected {
			leg.Connected, leg.Call = k.Connected(now), k.ID
		}
	}
	leg.Identified = cs.Lease > 0 && cs.IdentifiedLease == cs.Lease
	return leg
}

// talks tells whether somebody at a number of the customer's was on the line.
func (k Call) talks(c hold.Customer, live Live) bool {
	p := c.Phone(k.NumberID)
	return k.ConnectedAt != 0 && !k.Machine && (k.Over() || live.goesOn(k)) && p != nil && p.UnusableAt == 0
}

// Hidden tells whether nothing of the payments is shown, and nobody's word is
// taken: the customer rang in, and neither was their number right nor were they
// rung back, which makes it a call like any other of ours.
func Hidden(cs Case, leg hold.Leg) bool {
	return cs.RangInUnknown() && leg.Connected < hold.MinConnected
}

// RangInUnknown tells whether the customer rang in and their number was not
// right so far.
func (cs Case) RangInUnknown() bool { return cs.RangIn() && cs.IdentifiedLease != cs.Lease }

// Rang is the latest call of a lease that rang, by the provider's word; nil:
// none did.
func Rang(calls []Call, lease int) (latest *Call) {
	for i, k := range calls {
		if k.Lease == lease && k.SID != "" && (latest == nil || k.CreatedAt >= latest.CreatedAt) {
			latest = &calls[i]
		}
	}
	return latest
}

// Heard tells whether a second person has spoken with the customer in a call of
// their own, after the first one's word.
func Heard(a Approval, second string, calls []Call, c hold.Customer, live Live, now hold.Instant) bool {
	return slices.ContainsFunc(calls, func(k Call) bool {
		return k.Agent == second && k.CreatedAt >= a.CreatedAt && k.talks(c, live) && k.Connected(now) >= hold.MinConnected
	})
}

// CallRules are the strictest that a case's holds have for a number: those with
// the longest age, as the first of them was accepted. loose are those of a case
// without a hold.
func CallRules(holds []hold.Hold, loose hold.ContactRules, now hold.Instant) (hold.ContactRules, hold.Instant) {
	rules, at := loose, now
	for i, h := range holds {
		if r := h.Terms.ContactRules(); i == 0 || r.MinAge > rules.MinAge {
			rules = r
		}
		at = min(at, h.AcceptedAt)
	}
	return rules, at
}

// NeedsTwo tells whether a customer's approval about a hold takes a second
// person: above the policy's amount, wherever a scam is suspected, and where the payee
// is a mule.
func NeedsTwo(k Task, s hold.Standing) bool {
	return k.Scam || s.Mule() || s.Terms.Callback.NeedsTwo(s.Request.Amount)
}

// Told is what the trail tells of a leg: which call, how long, and whether it was
// known who it was.
func Told(leg hold.Leg) map[string]any {
	if leg.Call == "" {
		return nil
	}
	return map[string]any{"call_id": leg.Call, "connected": int(leg.Connected / time.Second), "identified": leg.Identified,
		"vouched": leg.Vouched}
}
