package judge_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// sequencesBeside is how many TestTalkReleasesNothing plays.
const sequencesBeside = 120

// Every sequence is played beside itself without the talk: the same payment of two
// customers, of whom one is asked first. Whatever else is done about the one is done
// about the other at the same time, and what is released after answers, signals,
// warnings and waits has been released without them by then.
func TestTalkReleasesNothing(t *testing.T) {
	t.Parallel()
	c := &clock{}
	c.us.Store(int64(storetest.Start))
	s := fresh(t, c)
	ends := map[[2]hold.Outcome]int{}
	for i := range sequencesBeside {
		luck := rand.New(rand.NewPCG(uint64(i), 11))
		w := newWorld(t, s, c, func(_ string, n int) int { return luck.IntN(n) })
		w.party = nobody
		b := w.beside()
		for range 6 + w.dice("moves", 15) {
			b.move(w)
			b.look(w)
		}
		ends[[2]hold.Outcome{b.talked.outcome, b.plain.outcome}]++
	}
	t.Log(ends)
	both, one := ends[[2]hold.Outcome{hold.Release, hold.Release}], ends[[2]hold.Outcome{"", hold.Release}]
	if both < sequencesBeside/20 || one < sequencesBeside/20 {
		t.Errorf("too few are released to say anything: %v", ends)
	}
}

// beside is one payment twice: one whose owner is talked to, and one plain.
type beside struct {
	talked, plain     *payment
	amended, unfrozen bool // at most once each: pushes are counted
}

// beside begins a sequence. Nothing runs out that the talk has time pass for: codes and
// links, and a call that nobody takes, are no part of it.
func (w *world) beside() *beside {
	var ls []hold.Ladder
	for _, l := range ladders() {
		if !slices.ContainsFunc(l.Rungs, func(r hold.Rung) bool { return r.Has(hold.SMS) || r.Has(hold.FaceLink) }) {
			ls = append(ls, l)
		}
	}
	l, scam := pick(w.dice, "ladder", ls), w.dice.one("scam", 8)
	side := func(p *person, asks bool) *payment {
		y := &payment{life: life{ladder: l, scam: scam, suspicion: 72 * time.Hour}, amount: small, willed: map[int]bool{1: true}}
		y.ladder.Rungs = slices.Clone(l.Rungs)
		for i := range y.ladder.Rungs {
			r := &y.ladder.Rungs[i]
			if r.Asks = slices.Clone(r.Asks); asks {
				r.Asks[0].Interview = "safe_account"
			}
			if r.Has(hold.Callback) {
				r.Timeout = hold.Duration(48 * time.Hour)
			}
		}
		w.submit(p, y)
		w.openRung(y)
		return y
	}
	for _, m := range w.staff {
		w.signIn(m)
	}
	return &beside{talked: side(w.people[0], true), plain: side(w.people[1], false)}
}

// steady is the same sequence with dice that show what is likeliest.
func (w *world) steady() *world {
	return &world{w.failer, w.played, func(string, int) int { return 0 }}
}

// move is one move of anybody: most are about both payments, the others are the talk's.
func (b *beside) move(w *world) {
	each := func(do func(y *payment)) { do(b.talked); do(b.plain) }
	switch w.dice("move", 16) {
	case 0, 1, 2:
		dev := w.dice.one("young", 5)
		each(func(y *payment) { b.say(w, y, hold.Approve, dev) })
	case 3:
		if w.dice.one("refuses", 3) {
			each(func(y *payment) { b.say(w, y, hold.Deny, false) })
		}
	case 4, 5:
		w.pass()
	case 6:
		w.sweep()
	case 7, 8:
		b.spoken(w, b.talked, w.staff[2])
		b.spoken(w, b.plain, w.staff[3])
	case 9:
		b.change(w, each)
	case 10, 11, 12:
		w.interviewed(b.talked)
	case 13:
		w.must(w.s.KeepSignals(ctx, w.people[0].old, hold.Signals{RemoteTool: hold.Yes}))
	case 14:
		b.waited(w)
	default:
		w.clock.forward(9 * time.Second)
		w.warned(b.talked)
	}
}

// say answers the latest push about a payment, whatever has become of it.
func (b *beside) say(w *world, y *payment, a hold.Answer, young bool) {
	c := w.steady().asked(y, hold.Push)
	if c == nil {
		return
	}
	p := w.owner(y)
	dev := p.old
	if young {
		dev = p.young
	}
	res, err := w.s.Answer(ctx, store.Attempt{CustomerID: p.CustomerID, ChallengeID: c.ID, DeviceID: dev,
		ProofDigest: hold.DigestOf([]byte(store.NewNonce())),
		Judge: func(h hold.Hold, _ hold.Challenge, d *hold.Device, _ hold.Instant) (hold.Verdict, error) {
			if why := hold.MayApprove(h, *d); why != "" && a == hold.Approve {
				return hold.Verdict{Refusal: why}, nil
			}
			return hold.Verdict{Answer: a, UV: hold.UVPIN}, nil
		}})
	w.must(err)
	w.tell("%s: push %s: %s %s", y.short(), a, res.Outcome, res.Refusal)
}

// spoken has the owner ring in, prove who they are, and confirm.
func (b *beside) spoken(w *world, y *payment, m *member) {
	w = w.steady()
	m.begins("")
	w.rungBy(m, y.customer)
	if m.caseID == "" {
		return
	}
	w.ring(m)
	w.identify(m)
	w.dispose(m)
	if m.live {
		w.hang(m, hold.CallCompleted, 31*time.Second)
	}
}

// change amends both payments, or freezes both customers and ends that.
func (b *beside) change(w *world, each func(func(y *payment))) {
	switch {
	case !b.amended && w.dice.one("amends", 2):
		b.amended = true
		each(func(y *payment) { w.steady().amend(y, true) })
	case !b.unfrozen && w.dice.one("afraid", 2):
		b.unfrozen = true
		each(func(y *payment) {
			w.help(w.owner(y))
			w.conclude(y)
			id, why, err := w.s.AskUnfreeze(ctx, w.staff[2].By, y.customer, "x")
			if !w.refused(why, err) {
				res, err := w.s.TakeSecond(ctx, store.Second{By: w.staff[3].By, ID: id, Approve: true, Reason: "x"})
				w.refused(res.Refusal, err)
			}
		})
	}
}

// waited lets a wait pass, or two people end it.
func (b *beside) waited(w *world) {
	h, err := w.s.Hold(ctx, b.talked.id)
	w.must(err)
	if h.NotBefore <= w.clock.Now() {
		return
	}
	if w.dice.one("it passes", 2) {
		w.clock.forward(h.NotBefore.Sub(w.clock.Now()))
		return
	}
	id, _, out, why, err := w.s.AskWaitEnd(ctx, w.staff[2].By, h.ID, h.Revision, "x")
	if w.refused(why, err) || out != store.Changed {
		return
	}
	res, err := w.s.TakeSecond(ctx, store.Second{By: w.staff[3].By, ID: id, Approve: true, Reason: "x"})
	w.refused(res.Refusal, err)
	w.tell("two people end the wait: %s", res.Outcome)
}

// look brings both on, and compares.
func (b *beside) look(w *world) {
	for _, y := range []*payment{b.plain, b.talked} {
		_, _, err := w.s.Finish(ctx, y.id, rules())
		w.must(err)
		h, err := w.s.Hold(ctx, y.id)
		w.must(err)
		if y.revision = h.Revision; h.Decision != nil && y.outcome == "" {
			y.outcome = h.Decision.Outcome
			w.tell("%s: %s for %s", y.short(), y.outcome, h.Decision.Reason)
		}
	}
	if b.talked.outcome == hold.Release && b.plain.outcome != hold.Release {
		w.fail("%s is released after a talk; %s, the same without one, is not", b.talked.id, b.plain.id)
	}
}
