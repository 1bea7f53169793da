package judge_test

import (
	"holdfast/hold"
	"holdfast/protection"
	"holdfast/queue"
	"holdfast/store"
)

// stop is "Stop everything", by the owner or by who has their session.
func (w *world) stop(p *person) {
	from := w.clock.Now()
	_, err := w.s.StopEverything(ctx, store.Stop{CustomerID: p.CustomerID, Route: protection.ByApp, Actor: store.ActorCustomer})
	w.must(err)
	w.tell("%s: stops everything", p.CustomerID)
	w.stops(p.CustomerID, from)
}

func (w *world) stops(id hold.CustomerID, from hold.Instant) {
	w.know(fact{what: "freeze", customer: id}, from)
	w.know(fact{what: "stop", customer: id}, from)
}

// stopped tells whether a customer's everything is.
func (m *model) stopped(c hold.CustomerID) (is bool) {
	for _, f := range m.facts {
		if f.customer == c && (f.what == "stop" || f.what == "unfreeze") {
			is = f.what == "stop"
		}
	}
	return is
}

// reopen stops everything for the customer of a case, or asks to open again what is stopped.
func (w *world) reopen(m *member) {
	v, ok := w.view(m)
	if !ok {
		return
	}
	from := w.clock.Now()
	if w.dice.one("stops everything", 3) {
		if _, why, err := w.s.StopInCase(ctx, m.By, v.ID, nil); !w.refused(why, err) {
			w.tell("%s stops everything for %s", m.Sub, v.CustomerID)
			w.stops(v.CustomerID, from)
		}
		return
	}
	r := store.Reopen{By: m.By, CaseID: v.ID, Reason: "x"}
	if m.Role == queue.RoleBranch {
		r.Document = queue.Passport
	}
	id, why, err := w.s.AskReopen(ctx, r)
	if w.refused(why, err) {
		return
	}
	w.tell("%s asks to open again for %s", m.Sub, v.CustomerID)
	if m.Role != queue.RoleBranch && !m.identified {
		w.fail("%s asks to open again for %s, who read out no digits", m.Sub, v.CustomerID)
	}
	w.reopens[id] = true
}

// thaws fails where an ordinary end of a freeze opens what the customer stopped.
func (w *world) thaws(a queue.Approval) {
	if !w.atOnce && w.stopped(a.CustomerID) && !w.reopens[a.ID] {
		w.fail("%s stopped everything, and %s opened it without knowing who they are", a.CustomerID, a.ID)
	}
}
