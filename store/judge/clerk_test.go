package judge_test

import (
	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store"
)

// atDesk is a spell of the clerk's: the owner stands before them, or nobody does and
// they say so. Mostly they go on to say what came of it; what is an agent's they try
// in vain.
func (w *world) atDesk(m *member) {
	if w.dice.one("what is not theirs", 5) {
		pick(w.dice, "which of it", []func(*member){w.next, w.second, w.ring, w.identify})(m)
	}
	if m.caseID == "" || w.dice.one("the next customer", 4) {
		customer := pick(w.dice, "who stands there", w.people).CustomerID
		id, why, err := w.s.OpenInbound(ctx, store.Inbound{By: m.By, Counter: true, CustomerID: customer, Reason: "x", Rules: rules()})
		if w.refused(why, err) {
			return
		}
		m.begins(id)
		w.tell("%s: %s stands there", m.Sub, customer)
	}
	if w.dice.one("all of it", 6) {
		w.reopen(m)
	}
	for range 2 {
		w.saysAtDesk(m)
		if !w.atOnce {
			w.watch()
		}
	}
}

func (w *world) saysAtDesk(m *member) {
	v, ok := w.view(m)
	if !ok || len(v.Tasks) == 0 {
		m.caseID = ""
		return
	}
	k := pick(w.dice, "task", v.Tasks)
	y := w.paymentOf(k.HoldID)
	if y != nil && y.asks() && !w.dice.one("asks nothing", 4) {
		w.aloud(m, v, k, y)
	}
	said := hold.DocumentChecked
	switch {
	case w.dishonest(m):
	case y == nil:
		said = hold.Refused
	case w.dice.one("suspects", 6):
		said = hold.SuspectedScam
	default:
		said = map[hold.Answer]hold.Disposition{hold.Approve: hold.DocumentChecked, hold.Deny: hold.Refused,
			hold.NotMe: hold.NotTheirs}[w.word(y, k.Revision)]
	}
	from := w.clock.Now()
	res, err := w.s.Dispose(ctx, store.Dispose{By: m.By, CaseID: v.ID, TaskID: k.ID, Disposition: said, Revision: k.Revision,
		Document: pick(w.dice, "document", queue.Documents), Judge: func(h hold.Hold, c hold.Challenge, leg hold.Leg,
			now hold.Instant) (hold.Verdict, error) {
			return hold.Verdict{Answer: said.Answer(), UV: hold.UVNone}, nil
		}})
	if w.refused("", err) {
		return
	}
	w.tell("%s: %s of %s: %s %s", m.Sub, said, k.HoldID, res.Outcome, res.Refusal)
	if y != nil {
		w.disposed(m, y, k, said, res, from)
	}
}

// claimed keeps a clerk's claim, which is the owner's word where they stood there.
func (w *world) claimed(m *member, f fact, theirs bool, k queue.Task, y *payment, res store.DisposeResult, from hold.Instant) {
	if res.Outcome != store.Reviewing || !res.Talk {
		w.fail("a clerk's claim about %s came to %s", y.id, res.Outcome)
	}
	f.staff, f.beyond, f.from, f.willed = 0, false, from, theirs && !w.dishonest(m)
	w.reviews[res.ApprovalID] = review{f, y, k.ID, !w.dishonest(m), true}
}

// secondsClerk fails where who is no supervisor stands for a clerk in a scam.
func (w *world) secondsClerk(m *member, r review) {
	if r.y.scam && m.Role != queue.RoleSupervisor {
		w.fail("%s is no supervisor, and stands for a clerk in a scam", m.Sub)
	}
}
