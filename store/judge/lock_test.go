package judge_test

import (
	"encoding/json"

	"holdfast/hold"
	"holdfast/protection"
	"holdfast/store"
)

// byLock says why a payment is not to be released at all: as it was taken in, or amended
// last, its customer had a lock in force that refuses it.
func (m *model) byLock(l *life, at hold.Instant) string {
	for _, f := range m.facts {
		if f.what == "stopped" && f.hold == l.id && m.stood(f, at) {
			return "a lock of the customer's refused it"
		}
	}
	return ""
}

// locked is what a lock of a customer's refuses, as they set it last: what is above; 0: nothing.
func (m *model) locked(c hold.CustomerID) (above int64) {
	for _, f := range m.facts {
		if f.what == "lock" && f.customer == c {
			above = f.above
		}
	}
	return above
}

// setLock has an owner set a limit a payment, which refuses or asks, or take it off. Who
// sets one and who brings a payment take turns: what the other finds is known then.
func (w *world) setLock(p *person) {
	w.locks.Lock()
	defer w.locks.Unlock()
	from, above := w.clock.Now(), small
	l := protection.Lock{Kind: protection.Limit, Action: pick(w.dice, "lock", []protection.Action{protection.Refuse, protection.Ask}),
		Currency: "EUR", Caps: []protection.Cap{{Per: protection.PerPayment, Minor: small}}}
	value, err := json.Marshal(l)
	w.must(err)
	if l.Action == protection.Ask {
		above = 0
	}
	if w.dice.one("off", 4) {
		value, above = nil, 0
	}
	_, err = w.db.Exec(w.db.Rebind(`INSERT INTO locks (id, customer_id, kind, value, loosens, asked_at, asked_by, from_at)
		VALUES (?, ?, 'limit', ?, 0, ?, 'app', ?)`), store.NewID("lck"), p.CustomerID, string(value), from, from)
	w.must(err)
	w.tell("%s sets a lock: %s", p.CustomerID, value)
	w.know(fact{what: "lock", customer: p.CustomerID, above: int64(above)}, from)
}

// meets notes whether a payment that was just brought, or changed, met a lock that refuses it.
func (w *world) meets(y *payment, minor int64, from hold.Instant) {
	w.mu.Lock()
	above := w.model.locked(y.customer)
	w.mu.Unlock()
	if above > 0 && minor > above {
		w.know(fact{what: "stopped", customer: y.customer, hold: y.id}, from)
	}
}
