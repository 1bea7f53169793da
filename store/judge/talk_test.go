package judge_test

import (
	"time"

	"holdfast/hold"
	"holdfast/interview"
	"holdfast/queue"
	"holdfast/store"
)

// What comes before paying: the interview, the warning and the wait. Nobody has to
// tell the truth, and answers may be anything.

// asksFirst has some ladders interview before their pushes and calls.
func (w *world) asksFirst(l hold.Ladder) hold.Ladder {
	if !w.dice.one("asks first", 2) {
		return l
	}
	for _, r := range l.Rungs {
		for i := range r.Asks {
			if r.Asks[i].Channel == hold.Push || r.Asks[i].Channel == hold.Callback {
				r.Asks[i].Interview = "safe_account"
			}
		}
	}
	l.Name += ", asks first"
	return l
}

func (y *payment) asks() bool { return y.ladder.Rungs[0].Asks[0].Interview != "" }

// ruling is what arbitrary answers come to.
func (w *world) ruling() (store.Interviewed, time.Duration) {
	l := pick(w.dice, "level", []interview.Level{interview.None, interview.None, interview.None, interview.Warn,
		interview.Warn, interview.Wait, interview.Talk, interview.Talk, interview.Stop})
	said := store.Interviewed{Ruling: interview.Ruling{Level: l, Warning: "never_move"}, Scenario: "safe_account", Version: "v1",
		Said: []hold.Said{{Question: "on_call", Answer: string(l)}}, Wait: w.waiting()}
	return said, said.Wait
}

func (w *world) waiting() time.Duration {
	return pick(w.dice, "wait", []time.Duration{2 * time.Hour, 2 * time.Hour, 12 * time.Hour, 0, 72 * time.Hour})
}

// interviewed answers what the app asks before it shows a way to pay.
func (w *world) interviewed(y *payment) {
	c := w.asked(y, hold.Push)
	if c == nil {
		return
	}
	p := w.owner(y)
	said, wait := w.ruling()
	dev := pick(w.dice, "device", []hold.DeviceID{p.old, p.young})
	from := w.clock.Now()
	res, err := w.s.TakeInterview(ctx, store.Interview{CustomerID: p.CustomerID, ChallengeID: c.ID, Via: interview.ViaCustomer, DeviceID: dev,
		Author: "device:" + string(dev), Judge: judged(said)})
	w.must(err)
	w.tell("%s: interviewed: %s, %s: %s %s", y.short(), said.Level, wait, res.Outcome, res.Refusal)
	w.ruled(y, said, false, res, from)
}

func judged(said store.Interviewed) func(hold.Hold, hold.Challenge, *hold.Device, hold.Instant) (store.Interviewed, hold.Refusal, error) {
	return func(h hold.Hold, c hold.Challenge, d *hold.Device, _ hold.Instant) (store.Interviewed, hold.Refusal, error) {
		switch {
		case h.Interviews(c) == "":
			return said, hold.ChannelMismatch, nil
		case d != nil && d.RevokedAt != 0:
			return said, hold.DeviceRevoked, nil
		}
		return said, "", nil
	}
}

// aloud is the same, asked by whoever has the case.
func (w *world) aloud(m *member, v store.CaseView, k queue.Task, y *payment) {
	said, wait := w.ruling()
	from := w.clock.Now()
	res, err := w.s.TakeAloud(ctx, store.AgentInterview{By: m.By, CaseID: v.ID, TaskID: k.ID, Judge: judged(said)})
	if w.refused(res.Refusal, err) {
		return
	}
	w.tell("%s: asks aloud about %s: %s, %s: %s", m.Sub, y.short(), said.Level, wait, res.Outcome)
	if m.Role == queue.RoleBranch { // it only raises: an agent asks again
		if res.Outcome == store.InterviewKept {
			w.tightened(y, said.Level, said.Wait, from)
		}
		return
	}
	w.ruled(y, said, true, res, from)
}

// ruled keeps what answers were acknowledged as.
func (w *world) ruled(y *payment, said store.Interviewed, agent bool, res store.InterviewResult, from hold.Instant) {
	if res.Outcome != store.InterviewKept {
		return
	}
	f := fact{what: "interviewed", customer: y.customer, hold: y.id, agent: agent, doc: res.Hold.TxDigest}
	w.know(f, from)
	if f.what = "warned"; said.Level.AtLeast(interview.Warn) && !agent {
		w.know(f, from)
	}
	w.tightened(y, said.Level, said.Wait, from)
}

// tightened keeps what a level does to a hold. A wait leaves four hours for calls; of
// less than one, or than it was to be, nothing is left, and the customer is called.
func (w *world) tightened(y *payment, l interview.Level, wait time.Duration, from hold.Instant) {
	if !l.AtLeast(interview.Wait) {
		return
	}
	f := fact{what: "wait", customer: y.customer, hold: y.id}
	until := min(from.Add(wait), y.deadline.Add(-4*time.Hour))
	least := min(wait, time.Hour)
	if wait > 0 && until.Sub(w.clock.Now()) >= least {
		f.until = until
	}
	w.know(f, from)
	f.until = 0
	if f.what = "talk"; l.AtLeast(interview.Talk) || wait <= 0 || until.Sub(from) < least {
		w.know(f, from)
	}
	if f.what, f.until = "suspect", from.Add(y.suspicion); l.AtLeast(interview.Stop) {
		w.know(f, from)
	}
}

// warned says what became of the warning. It may be too soon.
func (w *world) warned(y *payment) {
	c := w.asked(y, hold.Push)
	if c == nil {
		return
	}
	p := w.owner(y)
	said := store.Warned{Choice: pick(w.dice, "choice", []interview.Choice{interview.WentOn, interview.WentOn, interview.WentOn,
		interview.WentOn, interview.Stopped, interview.Told}), Locale: "en", Digest: "d", Seconds: 9, Wait: w.waiting(),
		Least: pick(w.dice, "least", []time.Duration{8 * time.Second, 0})}
	from := w.clock.Now()
	res, err := w.s.TakeWarning(ctx, store.Warning{CustomerID: p.CustomerID, ChallengeID: c.ID, DeviceID: p.old,
		Judge: func(hold.Hold, hold.Challenge, *hold.Device, store.KeptInterview, hold.Instant) (store.Warned, hold.Refusal, error) {
			return said, "", nil
		}})
	w.must(err)
	w.tell("%s: warning: %s, %s: %s %s", y.short(), said.Choice, said.Wait, res.Outcome, res.Refusal)
	switch {
	case res.Outcome != store.InterviewKept:
	case said.Choice == interview.WentOn:
		w.know(fact{what: "passed", customer: y.customer, hold: y.id, doc: res.Hold.TxDigest, least: said.Least}, from)
	case said.Choice == interview.Told:
		w.tightened(y, interview.Stop, said.Wait, from)
	}
}

// beforePaying is what an app has its owner go through, as far as they like.
func (w *world) beforePaying(y *payment) {
	if !y.asks() || w.dice.one("at once", 5) {
		return
	}
	w.interviewed(y)
	if !w.dice.one("does not read", 4) {
		w.clock.forward(9 * time.Second)
		w.warned(y)
	}
	if w.atOnce || w.dice.one("does not wait", 3) {
		return
	}
	if until, _ := w.notBefore(&y.life); until > w.clock.Now() {
		w.clock.forward(until.Sub(w.clock.Now()))
	}
	w.conclude(y) // and asks anew
	w.conclude(y)
}

// askWaitEnd asks a second person to end a wait.
func (w *world) askWaitEnd(m *member, y *payment) {
	_, _, out, why, err := w.s.AskWaitEnd(ctx, m.By, y.id, y.now(), "x")
	if !w.refused(why, err) && out == store.Changed {
		w.tell("%s asks to end the wait of %s", m.Sub, y.short())
	}
}

// reached looks at what a hold has reached: nothing but two people takes it back.
func (w *world) reached(y *payment, h hold.Hold) {
	least, ends := w.notBefore(&y.life)
	switch {
	case y.scam && !h.Terms.Scam:
		w.fail("%s is said to be a scam no more", y.id)
	case h.Terms.PolicyVersion != y.version:
		w.fail("%s is pinned to %s, and was to %s", y.id, h.Terms.PolicyVersion, y.version)
	case h.NotBefore < y.reachedWait && ends == y.ends:
		w.fail("%s: nobody ended the wait, and it ends sooner", y.id)
	case !w.atOnce && h.NotBefore < least:
		w.fail("%s: waits until %s, not %s", y.id, h.NotBefore.Time(), least.Time())
	case y.reachedTalk != 0 && h.TalkAt != y.reachedTalk, w.talks(&y.life) && h.TalkAt == 0:
		w.fail("%s: is not talked to any more", y.id)
	}
	y.reachedWait, y.reachedTalk, y.ends = h.NotBefore, h.TalkAt, ends
	if h.Revision > y.now() { // asked anew
		if least == 0 && !w.atOnce && !w.unfrozen(y.customer) && !w.judged() {
			w.fail("%s is asked anew, and neither waited nor was its customer frozen, nor any payee cleared", y.id)
		}
		y.askedAnew(h.Revision)
		w.tell("%s: asked anew: %d", y.short(), h.Revision)
	}
	y.doc = h.TxDigest
}

// heardOut fails where a refusal was kept waiting.
func (w *world) heardOut(y *payment, a hold.Answer, why hold.Refusal) {
	if a != hold.Approve && (why == hold.TooEarly || why == hold.InterviewMissing || why == hold.WarningUnread) {
		w.fail("%s: %s was turned away: %s", y.id, a, why)
	}
}

// endsWait is a second person's word on the end of a wait.
func (w *world) endsWait(m *member, a queue.Approval, from hold.Instant) {
	if a.First == "agent:"+m.Sub {
		w.fail("one person ended a wait")
	}
	w.know(fact{what: "end", customer: a.CustomerID, hold: a.HoldID}, from)
}
