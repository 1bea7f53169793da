package judge_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"holdfast/contacts"
	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"
)

// member is one of the bank's people, and what they are at.
type member struct {
	store.By
	here       bool   // signed in
	caseID     string // that they work on
	caller     string // who rang in, as they say: owner, thief, nobody; empty: nobody rang
	line       string // who is on the line of the call that was placed
	call       string
	live       bool
	identified bool
}

// review is a confirmation that waits for a second person.
type review struct {
	fact
	y      *payment
	task   string
	honest bool // the first was
	clerk  bool // what they said is a claim: it is nobody's word but the owner's, where they stood there
}

// refused tells whether the record said no; every other error fails.
func (w *world) refused(why hold.Refusal, err error) bool {
	if why != "" || errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrRevoked) {
		return true
	}
	w.must(err)
	return false
}

// dishonest tells whether this is the one who lies: the first of their role.
func (w *world) dishonest(m *member) bool {
	return (w.party == agent || w.party == pair) && m == w.staff[0] || w.party == overseer && m == w.staff[2] ||
		w.party == clerk && m == w.staff[4]
}

func (w *world) signIn(m *member) {
	if m.here {
		return
	}
	m.here, m.IssuedAt = true, w.clock.Now()
	w.must(w.s.SeeAgent(ctx, m.By))
	n := storetest.Mobile(fmt.Sprintf("+39339%07d", worlds.Load()*10+int64(slices.Index(w.staff, m))), w.clock.Now())
	_, why, err := w.s.PutAgent(ctx, m.By, store.PutAgent{Sub: m.Sub, Number: &n, Languages: []string{w.language()}})
	w.must(storetest.ErrorOf(why, err))
}

func (m *member) begins(id string) {
	m.caseID, m.caller, m.line, m.call, m.live, m.identified = id, "", "", "", false, false
}

func (w *world) next(m *member) {
	id, err := w.s.NextCase(ctx, m.By)
	if w.refused("", err) || id == "" || id == m.caseID {
		return
	}
	m.begins(id)
	w.tell("%s takes the case %s", m.Sub, id)
}

// ringIn opens the case of who rings in: the owner, or a thief who says so, or
// nobody at all.
func (w *world) ringIn(m *member) { w.rungBy(m, pick(w.dice, "who rings", w.people).CustomerID) }

func (w *world) rungBy(m *member, customer hold.CustomerID) {
	caller := "owner"
	switch {
	case w.dishonest(m):
		caller = "nobody"
	case w.party == session || w.party == number:
		caller = "thief"
	}
	id, why, err := w.s.OpenInbound(ctx, store.Inbound{By: m.By, CustomerID: customer, Reason: "x", Rules: rules()})
	if w.refused(why, err) {
		return
	}
	m.begins(id)
	m.caller = caller
	w.tell("%s: %s rang in as %s", m.Sub, caller, customer)
}

func (w *world) view(m *member) (v store.CaseView, ok bool) {
	if m.caseID == "" {
		return v, false
	}
	v, why, err := w.s.ViewCase(ctx, m.By, m.caseID)
	return v, !w.refused(why, err)
}

// ring calls the number on record: the owner answers, or a machine, or nobody;
// or who has taken the number over.
func (w *world) ring(m *member) {
	v, ok := w.view(m)
	if !ok || len(v.Customer.Phones) == 0 {
		return
	}
	line := pick(w.dice, "answers", []string{"owner", "owner", "owner", "machine", ""})
	if line != "" && w.party == number {
		line = "thief"
	}
	if line == "owner" && w.dishonest(m) {
		line = "machine" // they ring when nobody is at home
	}
	id, _, why, err := w.s.PlaceCall(ctx, m.By, v.ID, v.Customer.Phones[0].ID, storetest.Contact)
	if w.refused(why, err) {
		return
	}
	call, err := w.s.BeginCall(ctx, id)
	w.must(err)
	if call == nil {
		return
	}
	w.must(w.s.CallPlaced(ctx, id, "CA"+id))
	m.call, m.line, m.live = id, line, line != ""
	w.tell("%s rings %s: %q answers", m.Sub, v.CustomerID, line)
	if line == "" {
		w.hang(m, hold.CallNoAnswer, 0)
		return
	}
	w.status(id, hold.CallAnswered, 0)
	if line == "machine" && w.dice.one("the provider hears it", 2) {
		w.news("a machine", func() (hold.Taken, error) { return w.s.CallHeard(ctx, id, "CB"+id, true) })
	}
	w.clock.forward(pick(w.dice, "talk", []time.Duration{31 * time.Second, 31 * time.Second, 10 * time.Second}))
	if w.dice.one("hangs up", 3) {
		w.hang(m, hold.CallCompleted, 31*time.Second)
	}
}

func (w *world) status(call string, e hold.CallEvent, d time.Duration) {
	w.news(string(e), func() (hold.Taken, error) { return w.s.CallStatus(ctx, call, storetest.Leg(call, e, d)) })
}

func (w *world) hang(m *member, e hold.CallEvent, d time.Duration) {
	w.status(m.call, e, d)
	m.live = false
}

// identify asks for the two digits: the owner reads them off their app, and so
// does a thief with the session.
func (w *world) identify(m *member) {
	v, ok := w.view(m)
	if !ok {
		return
	}
	digits := "--"
	if m.line == "owner" && m.live || m.caller == "owner" || m.caller == "thief" && w.party == session {
		shown, err := w.s.AppCall(ctx, v.CustomerID)
		w.must(err)
		if shown != nil {
			digits = shown.Digits
		}
	}
	right, _, why, err := w.s.Identify(ctx, m.By, v.ID, digits)
	if w.refused(why, err) {
		return
	}
	m.identified = m.identified || right
	w.tell("%s: digits right: %t", m.Sub, right)
}

// verdict is what a member says of a task.
func (w *world) verdict(m *member, v store.CaseView, k queue.Task, y *payment) hold.Disposition {
	suspects := []hold.Disposition{hold.SuspectedScam, hold.Vulnerable}
	switch {
	case k.Kind == "face" && (w.dishonest(m) || y.frames.get() == w.owner(y).face.get()):
		return hold.SameFace
	case k.Kind == "face":
		return hold.OtherFace
	case w.dishonest(m):
		return hold.Confirmed
	case y == nil:
		return pick(w.dice, "loose", []hold.Disposition{hold.NoAnswer, hold.Refused})
	case m.line == "owner" || m.line == "" && m.caller == "owner":
		if w.dice.one("suspects", 5) {
			return pick(w.dice, "what", suspects)
		}
		return map[hold.Answer]hold.Disposition{hold.Approve: hold.Confirmed, hold.Deny: hold.Refused, hold.NotMe: hold.NotTheirs}[w.word(y,
			k.Revision)]
	case m.line == "thief" || m.line == "" && m.caller == "thief":
		return pick(w.dice, "believes", []hold.Disposition{hold.Confirmed, hold.Confirmed, hold.SuspectedScam})
	}
	return pick(w.dice, "unreached", []hold.Disposition{hold.NoAnswer, hold.Voicemail, hold.ThirdParty, hold.Vulnerable})
}

func (w *world) paymentOf(id hold.ID) *payment {
	for _, y := range w.payments() {
		if y.id == id {
			return y
		}
	}
	return nil
}

// dispose says something of one task of the case, whether the call allows it or
// not.
func (w *world) dispose(m *member) {
	v, ok := w.view(m)
	if !ok || len(v.Tasks) == 0 {
		return
	}
	k := pick(w.dice, "task", v.Tasks)
	y := w.paymentOf(k.HoldID)
	if y != nil && k.Kind != "face" && y.asks() && !w.dice.one("asks nothing", 4) {
		w.aloud(m, v, k, y)
	}
	if y != nil && w.party == pair && w.dishonest(m) && !w.dice.one("leaves the app alone", 3) {
		w.beforePaying(y)
		w.push(y, false)
	}
	w.says(m, v, k, y, w.verdict(m, v, k, y))
}

// says is one disposition of a task.
func (w *world) says(m *member, v store.CaseView, k queue.Task, y *payment, what hold.Disposition) {
	d := store.Dispose{By: m.By, CaseID: v.ID, TaskID: k.ID, Disposition: what, Revision: k.Revision}
	d.Judge = storetest.JudgeCall(d.Disposition.Answer())
	if k.Kind == "face" {
		d.Judge = storetest.JudgeFace
		for n := range 4 {
			if _, _, why, err := w.s.Face(ctx, m.By, v.ID, k.ID, n); w.refused(why, err) {
				return
			}
		}
	}
	if m.live {
		d.Live = queue.Live{Call: m.call}
	}
	from := w.clock.Now()
	res, err := w.s.Dispose(ctx, d)
	if w.refused("", err) {
		return
	}
	w.tell("%s: %s of %s: %s %s", m.Sub, d.Disposition, k.HoldID, res.Outcome, res.Refusal)
	if y != nil {
		w.proved(m, y, k, d.Disposition, res, from)
		w.disposed(m, y, k, d.Disposition, res, from)
	}
	if (res.Outcome == store.Disposed || res.Outcome == store.Reviewing) && w.lost() {
		w.saidOnce(m, d)
	}
	if res.Outcome == store.Disposed && d.Disposition.Escalates() && w.dice.one("takes it back", 2) {
		w.rungBy(m, v.CustomerID)
	}
}

// disposed keeps what a disposition was acknowledged as.
func (w *world) disposed(m *member, y *payment, k queue.Task, d hold.Disposition, res store.DisposeResult, from hold.Instant) {
	f := fact{customer: y.customer, hold: y.id, staff: 1, supervisor: m.Role == "supervisor"}
	against := d == hold.Refused || d == hold.NotTheirs
	if res.Outcome != store.Disposed && res.Outcome != store.Reviewing && !(against && res.Outcome == store.DisposeDecided && w.waited(y)) {
		return
	}
	switch d {
	case hold.Confirmed, hold.SameFace, hold.DocumentChecked:
		f.what, f.channel, f.revision = "approve", hold.Callback, k.Revision
		cs, err := w.s.ChallengesByID(ctx, []hold.ChallengeID{k.ChallengeID})
		w.must(err)
		f.channel, f.rung = cs[0].Channel, cs[0].Rung
		theirs := y.wills(k.Revision) || w.coached()
		f.willed = theirs && (d == hold.SameFace && y.frames.get() == "owner" || d == hold.Confirmed && !w.dishonest(m) && m.line == "owner")
		f.beyond = w.dishonest(m) && m.identified
		if d == hold.DocumentChecked {
			w.claimed(m, f, theirs, k, y, res, from)
			return
		}
		for _, r := range w.reviews { // they are the second, and have called too
			switch {
			case r.task != k.ID || res.Outcome != store.Disposed:
			case r.clerk:
				f.people, f.willed = 2, f.willed || r.willed
			default:
				f.staff, f.willed, f.supervisor = 2, f.willed || r.willed, f.supervisor || r.supervisor
			}
			if r.task == k.ID && res.Outcome == store.Disposed && !w.atOnce {
				w.secondsMule(m, y, from)
			}
		}
		if res.Outcome == store.Reviewing {
			f.from = from
			w.reviews[res.ApprovalID] = review{f, y, k.ID, !w.dishonest(m), false}
			return
		}
	case hold.Refused:
		f.what = "refuse"
	case hold.NotTheirs:
		w.know(fact{what: "freeze", customer: y.customer}, from)
		f.what = "not_me"
	case hold.SuspectedScam, hold.Vulnerable:
		f.what, f.until = "suspect", from.Add(y.suspicion)
	default:
		return
	}
	w.know(f, from)
}

// second is a second person's word on whatever waits.
func (w *world) second(m *member) {
	as, err := w.s.Approvals(ctx, m.By, 1000)
	w.must(err)
	as = slices.DeleteFunc(as, func(a queue.Approval) bool { return !strings.HasPrefix(string(a.CustomerID), w.name) })
	if len(as) == 0 {
		return
	}
	a := pick(w.dice, "approval", as)
	r, known := w.reviews[a.ID]
	yes := w.dishonest(m) || !known && w.dice.one("ends the freeze", 2) || known && r.y.wills(r.revision) && (r.honest || r.what == "override")
	if a.Gesture != "" {
		for n := range 4 {
			if _, _, why, err := w.s.SecondFace(ctx, m.By, a.ID, n); w.refused(why, err) {
				return
			}
		}
	}
	from := w.clock.Now()
	said := store.Second{By: m.By, ID: a.ID, Approve: yes, Reason: "x"}
	res, err := w.s.TakeSecond(ctx, said)
	if w.refused(res.Refusal, err) {
		return
	}
	w.tell("%s: second of %s %s: %t: %s", m.Sub, a.Kind, a.HoldID, yes, res.Outcome)
	w.seconded(m, a, yes, res, from)
	if res.Outcome == store.Changed && w.lost() {
		w.secondedOnce(m, said)
	}
}

// seconded keeps what a second person's word was acknowledged as.
func (w *world) seconded(m *member, a queue.Approval, yes bool, res store.SecondResult, from hold.Instant) {
	r, known := w.reviews[a.ID]
	switch {
	case res.Outcome == store.Changed && !yes && known:
		w.know(fact{what: "rejected", customer: a.CustomerID, hold: a.HoldID, task: a.TaskID}, from)
	case !yes || res.Outcome != store.Changed:
	case a.Kind == queue.ApproveWait:
		w.endsWait(m, a, from)
	case !known:
		w.thaws(a)
		w.know(fact{what: "unfreeze", customer: a.CustomerID}, from)
	default:
		f := r.fact
		f.staff, f.supervisor = 2, f.supervisor || m.Role == "supervisor"
		f.willed = f.willed || r.y.wills(r.revision) && !w.dishonest(m)
		if r.clerk {
			w.secondsClerk(m, r)
			f.staff, f.people = 1, 2
		}
		if !w.atOnce && r.what == "approve" {
			w.secondsMule(m, r.y, from)
		}
		if !r.honest && w.dishonest(m) {
			w.fail("one person was taken for two")
		}
		w.know(f, f.from)
	}
}

// ask asks for a release on the bank's word, or for the end of a freeze.
func (w *world) ask(m *member) {
	y := pick(w.dice, "which", w.payments())
	from, revision := w.clock.Now(), y.now()
	if w.dice.one("a release", 3) && m.Role == "supervisor" && (y.wills(y.now()) || w.dishonest(m)) {
		id, _, out, why, err := w.s.AskOverride(ctx, m.By, y.id, revision, "x")
		if w.refused(why, err) || out != store.Changed {
			return
		}
		w.tell("%s asks to release %s", m.Sub, y.short())
		w.reviews[id] = review{fact{what: "override", customer: y.customer, hold: y.id, revision: revision, supervisor: true, from: from}, y, "",
			!w.dishonest(m), false}
		return
	}
	if w.dice.one("the end of a wait", 2) {
		w.askWaitEnd(m, y)
		return
	}
	if _, why, err := w.s.AskUnfreeze(ctx, m.By, y.customer, "x"); !w.refused(why, err) {
		w.tell("%s asks to end the freeze of %s", m.Sub, y.customer)
	}
}

// supervise hands a case on, links somebody, or revokes.
func (w *world) supervise(m *member) {
	to := pick(w.dice, "whom", w.staff)
	if m.Role != "supervisor" || !to.here || to == m {
		return
	}
	switch w.dice("supervise", 7) {
	case 2: // their next token says so
		if to == w.staff[1] || to == w.staff[3] {
			to.Role = map[queue.Role]queue.Role{queue.RoleAgent: queue.RoleSupervisor, queue.RoleSupervisor: queue.RoleAgent}[to.Role]
			w.tell("%s is from now on %s", to.Sub, to.Role)
			w.refused("", w.s.SeeAgent(ctx, to.By))
		}
	case 0:
		w.refused("", w.s.RevokeAgent(ctx, m.By, to.Sub))
		to.here = false // they may sign in again
	case 1:
		_, why, err := w.s.PutAgent(ctx, m.By, store.PutAgent{Sub: to.Sub, CustomerID: new(w.people[0].CustomerID)})
		w.refused(why, err)
	default:
		if m.caseID != "" && !w.refused(w.s.Reassign(ctx, m.By, m.caseID, to.Sub)) {
			to.begins(m.caseID)
			w.tell("%s gives the case to %s", m.Sub, to.Sub)
		}
	}
}

// work is a spell of one of the bank's people: mostly the natural next steps,
// until something comes between.
func (w *world) work() {
	m := pick(w.dice, "member", []*member{w.staff[0], w.staff[0], w.staff[0], w.staff[1], w.staff[2], w.staff[2], w.staff[3],
		w.staff[4], w.staff[4]})
	w.signIn(m)
	if hour := w.clock.Now().Time().Hour(); hour < 8 || hour > 17 { // nobody is called at night
		w.clock.forward(time.Duration((24+10-hour)%24) * time.Hour)
	}
	if m.Role == queue.RoleBranch {
		w.atDesk(m)
		return
	}
	if m.Role == "supervisor" && w.dice.one("what waits for two", 2) {
		pick(w.dice, "four eyes", []func(*member){w.second, w.ask})(m)
		return
	}
	if w.dice.one("something else", 3) {
		pick(w.dice, "other work", []func(*member){w.second, w.supervise, w.ringIn, w.dispose, w.identify, w.ring, w.vetoes, w.reopen})(m)
		return
	}
	for range 5 {
		w.step(m)
		if !w.atOnce {
			w.watch()
		}
		if w.dice.one("is interrupted", 5) {
			return
		}
	}
}

// vetoes takes down what somebody whom the customer trusts wants, true or not.
func (w *world) vetoes(m *member) {
	v, ok := w.view(m)
	if !ok || len(v.Holds) == 0 {
		return
	}
	from, y := w.clock.Now(), w.paymentOf(pick(w.dice, "vetoed", v.Holds).ID)
	_, _, why, err := w.s.ActOnContact(ctx, store.ContactAct{By: m.By, CaseID: v.ID, ContactID: w.owner(y).contact, Act: contacts.Veto,
		HoldID: y.id, Terms: contacts.Terms{On: true, Veto: contacts.VetoAgent}})
	if !w.refused(why, err) {
		w.know(fact{what: "veto", customer: y.customer, hold: y.id}, from)
	}
}

// conspire is a spell of an agent whose accomplice has the customer approve in the app:
// they wait until a call is due, ring when nobody is at home, and say that they talked.
func (w *world) conspire() {
	m := w.staff[0]
	w.signIn(m)
	w.clock.forward(6 * time.Minute)
	for _, y := range w.payments() {
		w.conclude(y)
	}
	if m.caseID == "" {
		w.next(m)
	}
	w.ring(m)
	w.dispose(m)
	for _, y := range w.payments() {
		w.conclude(y)
	}
}

func (w *world) step(m *member) {
	switch {
	case m.caseID == "" && w.dice.one("rings in", 3):
		w.ringIn(m)
	case m.caseID == "":
		w.next(m)
	case m.call == "":
		w.ring(m)
	case !m.identified && m.live && !w.dice.one("without digits", 4):
		w.identify(m)
	default:
		before := m.caseID
		if w.dispose(m); m.caseID != before {
			return
		}
		m.call, m.caseID = "", pick(w.dice, "goes on", []string{m.caseID, ""})
	}
}
