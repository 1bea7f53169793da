package judge_test

import (
	"fmt"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// amend changes a payment: the bank's risk engine with good reason, or a key in
// wrong hands, which also says that it was no scam.
func (w *world) amend(y *payment, honest bool) {
	w.locks.RLock()
	defer w.locks.RUnlock()
	from := w.clock.Now()
	client := storetest.Client
	if !honest {
		client = pick(w.dice, "whose key", []string{storetest.Client, "another"})
	}
	payee, drops := w.dice("payee", len(w.payees)), !honest || w.dice.one("another reason", 2)
	a := store.Amend{ID: y.id, Revision: y.now(), Client: client, Actor: "client:" + client,
		Change: func(r hold.Request) hold.Request { r.Amount.Minor++; return r },
		Payee:  func(hold.Request) []counterparties.Digest { return w.payees[payee : payee+1] },
		Terms: func(h hold.Hold, _ hold.Customer, _ counterparties.Known, _ hold.Instant) (hold.Terms, hold.Instant, error) {
			t := y.terms()
			t.Scam = t.Scam && !drops
			return t, h.Deadline, nil
		}}
	_, out, err := w.s.AmendHold(ctx, a)
	if w.refused("", err) {
		return
	}
	w.tell("%s: amended: %s", y.short(), out)
	if out != store.Changed {
		return
	}
	if client != storetest.Client {
		w.fail("%s was amended by a client that it is not of", y.id)
	}
	y.asAmended(honest && !w.dice.one("not like this", 3), payee)
	w.know(fact{what: "amend", customer: y.customer, hold: y.id}, from)
	w.meets(y, y.amount+1, from) // each amendment asks for more
	if w.lost() {
		if _, out, err := w.s.AmendHold(ctx, a); err != nil || out == store.Changed {
			w.fail("%s was amended twice from one revision: %v", y.id, err)
		}
	}
}

func (w *world) reverse(y *payment) {
	from := w.clock.Now()
	_, out, err := w.s.Override(ctx, y.id, y.now(), "client:"+storetest.Client, "")
	w.must(err)
	w.tell("%s: the bank reverses: %s", y.short(), out)
	if out == store.Changed || out == store.HoldDecided && w.waited(y) {
		w.know(fact{what: "bank", customer: y.customer, hold: y.id}, from)
	}
}

// learn says what became of a payment, true or not: nothing follows from it.
func (w *world) learn(y *payment) {
	said := pick(w.dice, "became", hold.Aftermaths)
	k, why, err := w.s.LearnOutcome(ctx, store.Learnt{Client: storetest.Client,
		Word: hold.KnownOutcome{HoldID: y.id, Outcome: said, At: w.clock.Now(), Source: hold.SourceOther}})
	w.must(storetest.ErrorOf(why, err))
	w.tell("%s: became %s", y.short(), k.Outcome)
}

// record changes what the bank has on record: a number that goes, a device.
func (w *world) record(p *person) {
	switch w.dice("what", 6) {
	case 0, 1, 2:
		w.putDevice(p)
		return
	case 3:
		w.portrait(p, "owner", 0)
		return
	}
	put := w.ofRecord(p)
	put.Phones = []hold.Phone{storetest.Mobile(p.number, 0)}
	_, why, err := w.s.PutCustomer(ctx, put)
	w.must(storetest.ErrorOf(why, err))
}

// ofRecord is a customer as they are on record, but for devices and numbers.
func (w *world) ofRecord(p *person) store.PutCustomer {
	return store.PutCustomer{ID: p.CustomerID, Name: "Maria Rossi", Locale: w.language(), TimeZone: "UTC", Phrase: "kettle",
		Actor: "client:" + storetest.Client}
}

func (w *world) portrait(p *person, face string, since hold.Instant) {
	p.face.set(face)
	b := fmt.Appendf(nil, "the face of the %s, %d", face, w.keys.Add(1)) // the same again would change nothing
	if since == 0 {
		defer w.portrayedAt(p)
	}
	w.must(storetest.ErrorOf(w.s.PutPortrait(ctx, store.PutPortrait{ID: p.CustomerID, Picture: hold.Sealed{Bytes: b,
		Digest: hold.DigestOf(b)}, Since: since,
		MayBackdate: since != 0, Actor: "client:" + storetest.Client})))
}

// bank is one move of the bank's systems.
func (w *world) bank() {
	y := pick(w.dice, "which", w.payments())
	switch w.dice("bank", 9) {
	case 0, 1:
		w.amend(y, true)
	case 2:
		w.reverse(y)
	case 3:
		w.learn(y)
	case 4, 5:
		w.onPayee(y.payee)
	case 6: // what waits stays pinned to its own
		w.tell("policy v%d is in force", w.version.Add(1))
	default:
		w.record(w.owner(y))
	}
}

// thief is one move of whoever is dishonest and no member of staff.
func (w *world) thief() {
	y := pick(w.dice, "which", w.payments())
	p := w.owner(y)
	switch w.party {
	case device:
		if w.dice.one("says what has to be said", 2) {
			w.beforePaying(y)
		}
		w.push(y, true)
	case session:
		if w.dice.one("stops everything", 6) {
			w.stop(p)
		} else if w.dice.one("their own face", 2) {
			w.faceCheck(y, "thief")
		}
	case number:
		w.reply(p, true)
	case key:
		switch w.dice("key", 5) {
		case 0:
			w.amend(y, false)
		case 1:
			w.portrait(p, "thief", 0)
		case 2:
			w.learn(y)
		default:
			w.faceCheck(y, "thief")
		}
	default:
		w.clock.forward(time.Second)
	}
}
