package drill

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"holdfast/api/client"
	"holdfast/app"
	"holdfast/devstack/phone"
	"holdfast/devstack/stack"
	"holdfast/hold"
	"holdfast/interview"
)

// How often what happens, where the mix does not say it. All of it is assumed.
const (
	phoneTells      = 0.5 // of the coached: that their app knows of the call they are on
	suspectsCoached = 0.8 // an agent who talks with somebody who is being coached
	suspectsHonest  = 0.1 // an agent who talks with anybody else
	suspectsPayer   = 0.9 // an agent who reads that the payee is a mule, and talks with who was deceived
	suspectsLodger  = 0.3 // the same, with who pays what they owe
)

// scams are the reasons that risk engines give for what the talked-to pay.
var scams = [][]string{{"purchase", "new_payee"}, {"name_mismatch", "new_payee"}, {"unusual_amount", "new_payee"}}

// reasonsOf are the reasons that a payment of theirs is held for. Only the first two
// kinds have questions that lead to a warning or a wait.
func reasonsOf(b Behaviour, own []string, r *rand.Rand) []string {
	switch b {
	case Liar, Teller:
		return scams[r.IntN(len(scams))]
	case Believer, Cooler, Warned, Waiter:
		return scams[r.IntN(2)]
	}
	return own
}

// signalsOf is what the device of somebody says who is coached on the telephone. Not
// every app can tell.
func signalsOf(b Behaviour, r *rand.Rand) (s hold.Signals) {
	if (b == Coached || b == Liar) && r.Float64() < phoneTells {
		s.OnCall = hold.Yes
	}
	return s
}

// truly is what people answer otherwise than that all is well, by question.
var truly = map[Behaviour]map[string]string{
	Believer: {"seen": "no", "details": "first"},
	Warned:   {"seen": "no", "details": "first"},
	Cooler:   {"offer": "social", "confirmed": "theirs"},
	Waiter:   {"offer": "social", "confirmed": "theirs"},
	Teller:   {"told": "yes"},
}

// answer is theirs to one question. The first is the harmless one.
func answer(b Behaviour, question string, codes []string) hold.Said {
	if a := truly[b][question]; slices.Contains(codes, a) {
		return hold.Said{Question: question, Answer: a}
	}
	return hold.Said{Question: question, Answer: codes[0]}
}

func inApp(b Behaviour, qs []interview.Asked) (said []hold.Said) {
	for _, q := range qs {
		var codes []string
		for _, o := range q.Answers {
			codes = append(codes, o.Code)
		}
		said = append(said, answer(b, q.Code, codes))
	}
	return said
}

func aloud(b Behaviour, qs []client.CaseQuestion) (said []hold.Said) {
	for _, q := range qs {
		var codes []string
		for _, o := range q.Answers {
			codes = append(codes, o.Code)
		}
		said = append(said, answer(b, q.Code, codes))
	}
	return said
}

// pay does what comes before paying, and approves. Whoever is coached is in a hurry,
// and presses approve whatever the app says.
func (p *person) pay(ctx context.Context, ph *phone.Phone, c app.Challenge, pl *plan, meanwhile func()) {
	asked, waits, ok := p.asksFirst(ctx, ph, c, pl)
	if !ok {
		return
	}
	held := waits || asked != nil && asked.Warning != nil
	if held && (pl.Behaviour == Coached || pl.Behaviour == Liar) {
		_ = ph.Answer(c, hold.Approve, "early")
	}
	if asked != nil && asked.Warning != nil {
		r, goesOn := p.warned(ctx, ph, c, pl, *asked.Warning)
		if !goesOn {
			return
		}
		waits = waits || r.Wait != nil
	}
	if waits { // they are asked anew, or called
		return
	}
	meanwhile()
	_ = ph.Answer(c, hold.Approve, "") // a lost one is asked again
}

// asksFirst answers the questions, if there are any, and tells whether the payment
// waits now. Not ok: they have refused, or the answers were lost and are asked for again.
func (p *person) asksFirst(ctx context.Context, ph *phone.Phone, c app.Challenge, pl *plan) (asked *app.Interview, waits, ok bool) {
	if c.Interview == nil || c.Interview.State != interview.StateOpen {
		if pl.Behaviour == Cooler && p.anew(pl, c.ID) {
			_ = ph.Answer(c, hold.Deny, "")
			return nil, false, false
		}
		return c.Interview, false, true
	}
	r, err := ph.SayInterview(ctx, c, inApp(pl.Behaviour, c.Interview.Questions), pl.Signals)
	if !p.took("interview", err) {
		return nil, false, false
	}
	if r.Wait != nil {
		p.mu.Lock()
		pl.waited = c.ID
		p.mu.Unlock()
	}
	return &r.Interview, r.Wait != nil, true
}

// anew tells whether a question comes after a wait.
func (p *person) anew(pl *plan, id hold.ChallengeID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return pl.waited != "" && pl.waited != id
}

// warned reads a warning and does what such people do.
func (p *person) warned(ctx context.Context, ph *phone.Phone, c app.Challenge, pl *plan,
	w interview.ToRead) (client.InterviewReceipt, bool) {
	pause(ctx, time.Duration(w.Seconds)*time.Second+200*time.Millisecond)
	choice := interview.WentOn
	switch pl.Behaviour {
	case Believer:
		choice = interview.Stopped
	case Teller:
		choice = interview.Told
	}
	r, err := ph.SayWarning(ctx, c, w, w.Seconds, choice)
	if pl.Behaviour == Believer {
		_ = ph.Answer(c, hold.Deny, "")
	}
	return r, p.took("warning", err) && choice == interview.WentOn
}

// took notes whether answers, or what became of a warning, were taken.
func (p *person) took(what string, err error) bool {
	var refused *stack.Refused
	switch {
	case err == nil:
		p.drill.noteResult(what + " taken")
	case errors.As(err, &refused):
		p.drill.noteResult(what + ": " + refused.Code)
	default:
		p.drill.fault(what, err)
	}
	return err == nil
}

// ask asks aloud what comes before paying, where that is due.
func (c *console) ask(ctx context.Context, v client.Case, k client.CaseTask) {
	i := k.Hold.Interview
	if i == nil || !i.Ask {
		return
	}
	c.drill.mu.Lock()
	behaviour := c.drill.sounds[k.Hold.Id]
	c.drill.mu.Unlock()
	res, err := c.TakeInterview(ctx, v.Id, k.Id, client.SaidAloud{Answers: aloud(behaviour, i.Questions)})
	err = stack.Reply(res, err, nil)
	var refused *stack.Refused
	switch {
	case err == nil:
		c.drill.noteResult("agent: asked aloud")
	case errors.As(err, &refused):
		c.drill.noteResult("agent: asked aloud: " + refused.Code)
	default:
		c.drill.fault("asked aloud", err)
	}
}
