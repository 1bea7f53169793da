package judge_test

import (
	"slices"
	"time"

	"holdfast/hold"
)

// Openings are how one sequence in three begins. What takes several people in a row, each
// of whom does just this, is hardly ever drawn by itself; who is dishonest, what the owner
// wants and what comes between is drawn as ever, and whatever may be done follows.

// opens begins a sequence with one of them.
func (w *world) opens(p *person) {
	pick(w.dice, "which opening", []func(*world, *person){(*world).refusedAndAmended, (*world).gateWaitedOut, (*world).suspectedAndAsked,
		(*world).supervisorsAlone, (*world).portraitSwapped, (*world).reasonDropped})(w, p)
}

// begun is a payment on one of some ladders, whose first rung is open.
func (w *world) begun(p *person, scam bool, on ...string) *payment {
	name, ls := pick(w.dice, "ladder", on), ladders()
	l := ls[slices.IndexFunc(ls, func(l hold.Ladder) bool { return l.Name == name })]
	y := &payment{life: life{ladder: l, scam: scam, suspicion: w.suspicion()}, amount: pick(w.dice, "amount", []int64{small, large}),
		willed: map[int]bool{1: !w.dice.one("not theirs", 4)}}
	w.submit(p, y)
	w.openRung(y)
	return y
}

// aside is what comes between: mostly nothing.
func (w *world) aside() {
	if w.dice.one("something between", 4) {
		w.move()
	}
	w.watch()
}

// refusedAndAmended is refused, before or after it is another payment, and then approved.
func (w *world) refusedAndAmended(p *person) {
	y := w.begun(p, false, "app, call", "app or else a call")
	asked := w.asked(y, hold.Push)
	late := w.dice.one("refuses what it was", 2)
	if !late {
		w.answers(y, asked, hold.Deny, false)
	}
	w.aside()
	w.amend(y, true)
	w.conclude(y)
	if late {
		w.answers(y, asked, hold.Deny, false)
	}
	w.aside()
	w.push(y, w.party == device)
	w.conclude(y)
}

// gateWaitedOut is not approved at the gate, and then by what comes after it.
func (w *world) gateWaitedOut(p *person) {
	y := w.begun(p, false, "gate, text", "gate, text", "gate, call")
	w.clock.forward(6 * time.Minute)
	w.conclude(y)
	w.aside()
	w.code(y)
	w.conclude(y)
}

// suspectedAndAsked is suspected by whoever has the case, and approved in the app by then
// or later, as it is or amended.
func (w *world) suspectedAndAsked(p *person) {
	y := w.begun(p, false, "any")
	if w.dice.one("approves before", 4) {
		w.push(y, false)
	}
	w.suspects(w.staff[w.dice("agent", 2)], y)
	w.aside()
	w.clock.forward(pick(w.dice, "later", []time.Duration{70 * time.Minute, time.Minute}))
	if !w.dice.one("as it is", 3) {
		w.amend(y, true)
	}
	w.conclude(y)
	w.aside()
	w.push(y, w.party == device)
	w.conclude(y)
}

// suspects has somebody take the next case and record a suspicion of a payment in it.
func (w *world) suspects(m *member, y *payment) {
	w.signIn(m)
	w.next(m)
	v, ok := w.view(m)
	if !ok {
		return
	}
	for _, k := range v.Tasks {
		if k.HoldID == y.id {
			w.says(m, v, k, y, pick(w.dice, "what", []hold.Disposition{hold.SuspectedScam, hold.Vulnerable}))
		}
	}
}

// supervisorsAlone is a supervisor's by a suspicion, or because a second person did not
// agree, and the same agent takes it again, as it is or amended.
func (w *world) supervisorsAlone(p *person) {
	y := w.begun(p, false, "call", "any")
	m := w.staff[w.dice("agent", 2)]
	if w.dice.one("a second person's", 3) {
		w.takesIn(m, p)
		w.signIn(w.staff[2])
		w.second(w.staff[2])
	} else {
		w.suspects(m, y)
	}
	w.aside()
	if w.dice.one("amended", 3) {
		w.amend(y, true)
		w.conclude(y)
	}
	w.takesIn(m, p)
	w.conclude(y)
}

// takesIn has somebody take the case of who rings in, and go through with it.
func (w *world) takesIn(m *member, p *person) {
	w.signIn(m)
	if m.caller == "" {
		w.rungBy(m, p.CustomerID)
	}
	w.ring(m)
	w.identify(m)
	w.dispose(m)
	w.watch()
}

// portraitSwapped has another portrait put once the payment is held, and a face that fits.
func (w *world) portraitSwapped(p *person) {
	y := w.begun(p, false, "face, call")
	face := "owner"
	if w.party == key {
		face = "thief"
	}
	w.portrait(p, face, 0)
	w.aside()
	if face == "thief" || y.wills(y.now()) {
		w.faceCheck(y, face)
	}
	m := w.staff[w.dice("agent", 2)]
	w.signIn(m)
	w.next(m)
	w.dispose(m)
	w.conclude(y)
}

// reasonDropped is a scam until somebody amends it.
func (w *world) reasonDropped(p *person) {
	y := w.begun(p, true, "app, call", "app, text")
	w.amend(y, w.party != key)
	w.conclude(y)
	w.aside()
	w.push(y, w.party == device)
	w.conclude(y)
}
