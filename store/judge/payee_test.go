package judge_test

import (
	"slices"
	"time"

	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store/storetest"
)

// byMule says why one approval is no ground for a release to a payee of whom two people
// say that it is a mule.
func (m *model) byMule(l *life, a fact, at hold.Instant) string {
	for _, f := range m.facts {
		switch {
		case f.what == "marked" && f.hold == l.id && m.stood(f, at) && !m.newer(a, f):
			return "the verdict on its payee came to it after it"
		case f.what != "mule" || f.payee != l.payee || !m.stood(f, at) || at >= f.until || m.lifted(f, at):
		case a.what != "approve" || a.channel != hold.Callback:
			return "its payee is a mule: it takes a call"
		case max(a.staff, a.people) < 2 || !a.supervisor:
			return "its payee is a mule: it takes two people, and a supervisor"
		case !m.newer(a, f):
			return "two people have said since that its payee is a mule"
		}
	}
	return ""
}

// lifted tells whether a verdict's payee may have been cleared by then.
func (m *model) lifted(mule fact, at hold.Instant) bool {
	for _, f := range m.facts {
		if f.what == "cleared" && f.payee == mule.payee && f.to > mule.from && f.from <= at {
			return true
		}
	}
	return false
}

// judged tells whether anything was said of a payee: who is cleared is asked anew, too.
func (m *model) judged() bool {
	return slices.ContainsFunc(m.facts, func(f fact) bool { return f.what == "mule" })
}

// onPayee is what supervisors say of a payee, one and then another, or would have done
// about all that waits for it; at times it is carried at once.
func (w *world) onPayee(payee int) {
	w.mu.Lock() // two at once ask for the same
	id := "cpty_" + w.payees[payee].Value[:32]
	kind := pick(w.dice, "verdict", []string{"mule", "mule", "mule", "cleared", "reverse"})
	lasts := pick(w.dice, "lasts", []time.Duration{year, year, 3 * time.Hour})
	asked, err := storetest.AskVerdict(w.db, id, kind, w.clock.Now())
	from := w.clock.Now()
	if err == nil && !w.dice.one("nobody agrees", 5) {
		err = storetest.AgreeVerdict(w.db, asked, from, from.Add(lasts))
	} else if err == nil {
		_, err = w.db.Exec(w.db.Rebind(`DELETE FROM payee_verdicts WHERE id = ?`), asked)
		kind = ""
	}
	w.mu.Unlock()
	w.must(err)
	w.tell("payee %d: %q for %s", payee, kind, lasts)
	if kind == "mule" || kind == "cleared" {
		w.know(fact{what: kind, payee: payee, until: from.Add(lasts)}, from)
	}
	if w.dice.one("carried at once", 2) {
		w.carry()
	}
}

// carry brings verdicts to their holds, as far as they have not come.
func (w *world) carry() {
	w.clock.fuse.Store(0) // several goroutines carry: nobody would hear that one died
	for {
		from := w.clock.Now()
		c, err := w.s.CarryVerdict(ctx)
		w.must(err)
		if c.Verdict == "" {
			return
		}
		if len(c.Failed) > 0 {
			w.fail("%s could not be carried: %v", c.Verdict, c.Failed)
		}
		w.tell("%s, %s: carried to %d", c.Verdict, c.Kind, c.Holds)
		if !w.atOnce {
			w.marked(from)
		}
	}
}

// marked looks which holds a verdict has come to since.
func (w *world) marked(from hold.Instant) {
	for _, y := range w.payments() {
		h, err := w.s.Hold(ctx, y.id)
		w.must(err)
		if h.VerdictID != "" && h.VerdictID != y.mark && !h.Status.Decided() {
			w.know(fact{what: "marked", hold: y.id}, from)
		}
		y.mark = h.VerdictID
	}
}

// secondsMule fails where who is no supervisor is the second person of a payment to a mule.
func (w *world) secondsMule(m *member, y *payment, at hold.Instant) {
	for _, f := range w.facts {
		if f.what == "mule" && f.payee == y.payee && at < f.until && !w.lifted(f, at) && m.Role != queue.RoleSupervisor {
			w.fail("%s is no supervisor, and the second person of a payment to a mule", m.Sub)
		}
	}
}
