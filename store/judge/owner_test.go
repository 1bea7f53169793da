package judge_test

import (
	"fmt"
	"slices"

	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// asked picks one of a payment's challenges on a channel, whatever has become
// of it: the latest more often.
func (w *world) asked(y *payment, c hold.Channel) *hold.Challenge {
	all, err := w.s.Challenges(ctx, y.id)
	w.must(err)
	var on []hold.Challenge
	for _, x := range all {
		if x.Channel == c && x.Status != hold.Undeliverable {
			on = append(on, x)
		}
	}
	if len(on) == 0 {
		return nil
	}
	if w.dice.one("an older question", 4) {
		return &on[w.dice("question", len(on))]
	}
	return &on[len(on)-1]
}

// word is what the owner says of a payment.
func (w *world) word(y *payment, revision int) hold.Answer {
	switch {
	case w.coached(), y.wills(revision) && !w.dice.one("changes their mind", 6):
		return hold.Approve
	case y.wills(revision):
		return hold.Deny
	}
	return pick(w.dice, "refusal", []hold.Answer{hold.Deny, hold.NotMe})
}

// push answers in the app. A thief with the phone says yes to everything.
func (w *world) push(y *payment, thief bool) {
	c := w.asked(y, hold.Push)
	if c == nil {
		return
	}
	a := w.word(y, c.Revision)
	if thief {
		a = hold.Approve
	}
	w.answers(y, c, a, thief)
}

// answers gives one answer, and perhaps again, to a question in the app.
func (w *world) answers(y *payment, c *hold.Challenge, a hold.Answer, thief bool) {
	p := w.owner(y)
	dev := w.device(p)
	digest := hold.DigestOf([]byte(store.NewNonce()))
	for range 1 + w.dice("sent twice", 2) {
		from := w.clock.Now()
		res, err := w.s.Answer(ctx, store.Attempt{CustomerID: p.CustomerID, ChallengeID: c.ID, DeviceID: dev, ProofDigest: digest,
			Judge: func(h hold.Hold, _ hold.Challenge, d *hold.Device, _ hold.Instant) (hold.Verdict, error) {
				if why := hold.MayApprove(h, *d); why == hold.DeviceRevoked || why != "" && a == hold.Approve {
					return hold.Verdict{Refusal: hold.Refusal(why)}, nil
				}
				return hold.Verdict{Answer: a, UV: hold.UVPIN}, nil
			}})
		w.must(err)
		w.tell("%s: push %s by thief %t: %s %s", y.short(), a, thief, res.Outcome, res.Refusal)
		w.heardOut(y, a, res.Refusal)
		if a == hold.Approve && res.Outcome == hold.AnswerAccepted {
			w.mayHave(y, dev, from)
		}
		w.said(y, *c, a, res, from, thief)
	}
}

// waited tells whether a payment waited as somebody began to speak against it:
// then they have to be heard, whatever they are told.
func (w *world) waited(y *payment) bool { return !w.atOnce && y.outcome == "" }

// said keeps what an answer was acknowledged as. A refusal counts on whatever
// challenge it comes by, as long as nothing is decided.
func (w *world) said(y *payment, c hold.Challenge, a hold.Answer, res store.AnswerResult, from hold.Instant, thief bool) {
	f := fact{what: "approve", customer: y.customer, hold: y.id, revision: c.Revision, rung: c.Rung, channel: c.Channel}
	heard := res.Outcome != hold.AnswerRefused && res.Outcome != hold.AnswerReplayed
	w.mu.Lock()
	again := w.frozen(y.customer) && res.Outcome == hold.LateAnswered && res.Standing == hold.NotMe
	w.mu.Unlock()
	switch {
	case a == hold.Approve && res.Outcome == hold.AnswerAccepted:
		f.willed, f.beyond = !thief && (y.wills(c.Revision) || w.coached()), thief
		w.know(f, from)
	case a == hold.NotMe && again: // what stands, and froze them
	case a == hold.NotMe && heard:
		w.know(fact{what: "freeze", customer: y.customer}, from)
		if res.Outcome != hold.LateDecided || w.waited(y) {
			w.know(fact{what: "not_me", customer: y.customer, hold: y.id}, from)
		}
	case a == hold.Deny && heard && (res.Outcome != hold.LateDecided || w.waited(y)):
		w.know(fact{what: "refuse", customer: y.customer, hold: y.id}, from)
	}
}

// code types a text's code in the app: the owner has the phone, or the thief
// has the number and the session as well is too many.
func (w *world) code(y *payment) {
	c := w.asked(y, hold.SMS)
	if c == nil || w.word(y, c.Revision) != hold.Approve {
		return
	}
	right := !w.dice.one("mistyped", 4)
	from := w.clock.Now()
	res, err := w.s.AnswerCode(ctx, store.CodeAttempt{CustomerID: y.customer, ChallengeID: c.ID, Judge: coded(right)})
	w.must(err)
	w.tell("%s: code %t: %s %s", y.short(), right, res.Outcome, res.Refusal)
	w.said(y, *c, hold.Approve, res, from, false)
}

func coded(right bool) func(hold.Hold, hold.Challenge, hold.Instant) (hold.Verdict, error) {
	return (&storetest.Compared{}).Judge(right)
}

// reply sends a text: the owner's no, or a thief's code.
func (w *world) reply(p *person, thief bool) {
	r := store.Reply{SID: fmt.Sprintf("%s-s%d", w.name, w.keys.Add(1)), Forms: []string{p.number}, Said: store.ReplyNo, Judge: coded(true),
		Rules: storetest.Contact}
	if thief {
		r.Said = store.ReplyCode
	}
	before := map[*payment][]hold.Challenge{}
	for _, y := range p.lives {
		cs, err := w.s.Challenges(ctx, y.id)
		w.must(err)
		before[y] = cs
	}
	from := w.clock.Now()
	out, err := w.s.Reply(ctx, r)
	w.must(err)
	w.tell("%s: a text: %s: %s", p.CustomerID, r.Said, out)
	w.later(func(w *world) { // the provider gives it again
		out, err := w.s.Reply(ctx, r)
		if w.must(err); out == hold.TakenUp {
			w.fail("a text of %s was taken twice", p.CustomerID)
		}
	})
	for _, y := range p.lives {
		after, err := w.s.Challenges(ctx, y.id)
		w.must(err)
		for _, c := range after {
			i := slices.IndexFunc(before[y], func(o hold.Challenge) bool { return o.ID == c.ID }) // -1: it was asked meanwhile
			switch {
			case c.NumberID != p.numberID || y.outcome != "":
			case !thief && i >= 0:
				w.know(fact{what: "refuse", customer: y.customer, hold: y.id}, from)
			case thief && (i < 0 || before[y][i].Answer == "") && c.Answer == hold.Approve:
				w.know(fact{what: "approve", customer: y.customer, hold: y.id, revision: c.Revision, rung: c.Rung, channel: c.Channel, beyond: true},
					from)
			}
		}
	}
}

func (w *world) report(y *payment) {
	from := w.clock.Now()
	d, err := w.s.ReportNotMe(ctx, y.customer, y.id)
	w.must(err)
	w.tell("%s: reported as not theirs: %s", y.short(), d.Outcome)
	w.know(fact{what: "freeze", customer: y.customer}, from)
	if y.outcome == "" {
		w.know(fact{what: "not_me", customer: y.customer, hold: y.id}, from)
	}
}

func (w *world) help(p *person) {
	from := w.clock.Now()
	w.must(w.s.AskForHelp(ctx, p.CustomerID))
	w.tell("%s: asks for help", p.CustomerID)
	w.know(fact{what: "freeze", customer: p.CustomerID}, from)
}

// faceCheck sends three pictures of somebody.
func (w *world) faceCheck(y *payment, face string) {
	c := w.asked(y, hold.FaceLink)
	if c == nil {
		return
	}
	n, _, why, err := w.s.OpenLink(ctx, y.customer, c.ID, storetest.LinkOf)
	if err == nil && why == "" {
		_, why, err = w.s.StartLink(ctx, storetest.LinkOf(c.ID, n), storetest.LinkOf(c.ID, 7*n), "smile")
	}
	if err == nil && why == "" && w.dice.one("a vendor judges", 3) {
		w.vendor(y, c, storetest.LinkOf(c.ID, 7*n), face)
		return
	}
	var frames [3]hold.Sealed
	for i := range frames {
		b := storetest.Picture(n, i+1)
		frames[i] = hold.Sealed{Bytes: b, Digest: hold.DigestOf(b)}
	}
	if err == nil && why == "" {
		why, err = w.s.SubmitFrames(ctx, storetest.LinkOf(c.ID, 7*n), frames)
	}
	if why == hold.LinkDead || why == hold.LinksSpent || why == hold.TooEarly {
		return
	}
	w.must(storetest.ErrorOf(why, err))
	y.frames.set(face)
	w.tell("%s: pictures of the %s's face", y.short(), face)
}

// customer is one move of an owner.
func (w *world) customer() {
	y := pick(w.dice, "which", w.payments())
	p := w.owner(y)
	switch w.dice("customer", 12) {
	case 0, 1, 2:
		if y.ladder.Rungs[0].Has(hold.FaceLink) && y.wills(y.now()) {
			w.faceCheck(y, "owner")
		} else {
			w.beforePaying(y)
			w.push(y, false)
		}
	case 3:
		w.code(y)
	case 4:
		if !y.wills(y.now()) {
			w.reply(p, false)
		}
	case 5:
		if !y.wills(y.now()) {
			w.report(y)
		}
	case 6:
		switch w.dice("afraid", 4) {
		case 0:
			w.help(p)
		case 1:
			w.stop(p)
		}
	case 7:
		w.interviewed(y)
	case 8:
		w.warned(y)
	case 9:
		w.setLock(p)
	default:
		if len(w.payments()) < 4 {
			w.openRung(w.newPayment(p))
		}
	}
}
