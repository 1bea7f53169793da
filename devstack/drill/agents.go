package drill

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"holdfast/api/client"
	"holdfast/devstack/phone"
	"holdfast/devstack/provider"
	"holdfast/devstack/stack"
	"holdfast/hold"
	"holdfast/queue"
)

// spokenWord is what a customer says into the phone: the number that their app
// shows, and their answer.
type spokenWord struct {
	digits string
	word   hold.Answer
}

// talk gives the line of a call, by the agent's leg.
func (d *Drill) talk(leg string) chan spokenWord {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.talks == nil {
		d.talks = map[string]chan spokenWord{}
	}
	if d.talks[leg] == nil {
		d.talks[leg] = make(chan spokenWord, 1)
	}
	return d.talks[leg]
}

// answerCalls lives by the phone's calls until the context ends.
func (p *person) answerCalls(ctx context.Context) {
	seen, n := map[string]bool{}, 0
	for ctx.Err() == nil {
		got, err := p.handset().Calls(ctx, n)
		if err != nil { // the stack was killed, and its calls with it
			n = 0
			pause(ctx, 300*time.Millisecond)
			continue
		}
		n += len(got)
		for _, c := range got {
			if c.Status == "ringing" && !seen[c.SID] {
				seen[c.SID] = true
				p.rung(ctx, c)
			}
		}
	}
}

// rung is what this person does about a call from the bank.
func (p *person) rung(ctx context.Context, c provider.Ring) {
	if p.behaviour == PhoneDead {
		_ = p.handset().Decline(ctx, c.SID)
		return
	}
	if err := p.handset().Answer(ctx, c.SID); err != nil {
		return // they gave up
	}
	if p.behaviour == AgentAlone {
		return // a machine that takes messages
	}
	said := spokenWord{word: hold.Approve}
	if p.behaviour == PhoneNotMe || p.behaviour == Cheated {
		said.word = hold.NotMe
	}
	shown, err := phone.AppCall(ctx, p.drill.url, func(ctx context.Context) (string, error) { return p.drill.bank.Session(ctx, p.id) })
	if err != nil {
		p.drill.fault("app", err)
	}
	said.digits = shown.Number
	p.drill.talk(c.Parent) <- said
}

// console is an agent or a supervisor at work.
type console struct {
	*stack.Agent
	drill      *Drill
	supervisor bool
	dice       *rand.Rand
	rings      int
}

// agents works the queue and the approvals until the context ends.
func (d *Drill) agents(ctx context.Context, run func(func())) error {
	for i, sub := range []string{"ana", "bo", "sam", "sue"} {
		a, err := stack.NewAgent(d.Coordinates, sub)
		if err != nil {
			return err
		}
		c := &console{Agent: a, drill: d, supervisor: i > 1, dice: rand.New(rand.NewPCG(d.Seed, uint64(100+i)))}
		if err := d.insist(ctx, func() error { return stack.SeedAgents(ctx, d.Coordinates) }); err != nil {
			return err
		}
		run(func() { c.work(ctx) })
		if c.supervisor {
			run(func() { c.second(ctx) })
		}
	}
	return nil
}

func (c *console) work(ctx context.Context) {
	for ctx.Err() == nil {
		var v client.Case
		res, err := c.NextCase(ctx)
		if err == nil && res.StatusCode == 204 {
			_ = res.Body.Close()
			pause(ctx, 150*time.Millisecond)
			continue
		}
		if err := stack.Reply(res, err, &v); err != nil {
			c.trouble("next case", err)
			pause(ctx, 300*time.Millisecond)
			continue
		}
		if !c.handle(ctx, v) { // it comes back at once: nobody can do anything about it yet
			pause(ctx, 150*time.Millisecond)
		}
	}
}

// trouble notes what went wrong, and forgets a token that may be of a provider
// that was killed.
func (c *console) trouble(what string, err error) {
	var refused *stack.Refused
	if errors.As(err, &refused) && refused.Status == 401 {
		c.SignOut()
	}
	c.drill.fault(what, err)
}

// handle rings the customer once and says what came of each task, and tells whether
// anything did.
func (c *console) handle(ctx context.Context, v client.Case) (done bool) {
	var said spokenWord
	var reached bool
	if slices.ContainsFunc(v.Tasks, func(k client.CaseTask) bool { return k.Status == queue.TaskOpen && k.Kind != queue.TaskFace }) {
		said, reached = c.call(ctx, v)
	}
	for _, k := range v.Tasks {
		if k.Status != queue.TaskOpen {
			continue
		}
		if k.Kind == queue.TaskFace {
			done = c.dispose(ctx, v, k, c.look(ctx, v, k)) || done
			continue
		}
		d := hold.NoAnswer
		switch {
		case k.Kind.Urgent() && reached:
			d = hold.SafeNow
		case k.Kind.Urgent():
			d = hold.NotReached
		case reached && k.Hold != nil:
			c.ask(ctx, v, k)
			if d = c.judge(said, k); d != hold.Confirmed {
				c.propose(ctx, k)
				c.inform(ctx, v, k)
			}
		}
		done = c.dispose(ctx, v, k, d) || done
	}
	res, err := c.ReturnCase(ctx, v.Id) // what is left of it
	_ = stack.Reply(res, err, nil)
	return done
}

// judge is the agent's own sense. Who is being told what to say sounds like it,
// mostly.
func (c *console) judge(said spokenWord, k client.CaseTask) hold.Disposition {
	if said.word == hold.NotMe {
		return hold.NotTheirs
	}
	c.drill.mu.Lock()
	behaviour := c.drill.sounds[k.Hold.Id]
	c.drill.mu.Unlock()
	suspicion := suspectsHonest
	switch behaviour {
	case PhoneCoached, Coached, Liar, Guarded:
		suspicion = suspectsCoached
	case Teller:
		suspicion = 1
	case Late, Lodger: // the case says what two people say of the payee
		suspicion = c.suspects(behaviour, k)
	}
	switch suspects := c.dice.Float64() < suspicion; {
	case suspects && c.supervisor:
		return hold.Refused
	case suspects:
		return hold.SuspectedScam
	}
	return hold.Confirmed
}

// call rings the customer, lets both sides prove who they are, and hangs up
// after what the provider reports as 31 s.
func (c *console) call(ctx context.Context, v client.Case) (said spokenWord, reached bool) {
	i := slices.IndexFunc(v.Customer.Contacts, func(n client.Contact) bool { return n.Callable })
	if i < 0 {
		return said, false
	}
	desk := provider.Handset{URL: c.drill.Provider, Number: stack.AgentNumbers[c.Sub]}
	res, err := c.PlaceCall(ctx, v.Id, client.CallRequest{ContactId: v.Customer.Contacts[i].Id})
	if err := stack.Reply(res, err, nil); err != nil {
		c.trouble("call", err)
		return said, false
	}
	ring, ok := c.await(ctx, desk)
	if !ok || desk.Answer(ctx, ring.SID) != nil {
		return said, false
	}
	defer desk.HangUp(ctx, ring.SID, 31*time.Second) //nolint:errcheck // it may have ended
	timeout := time.NewTimer(3 * time.Second)
	defer timeout.Stop()
	select {
	case said = <-c.drill.talk(ring.SID):
	case <-timeout.C:
		return said, false
	case <-ctx.Done():
		return said, false
	}
	res, err = c.IdentifyCustomer(ctx, v.Id, client.IdentifyRequest{Number: said.digits})
	if err := stack.Reply(res, err, nil); err != nil {
		c.trouble("identify", err)
	}
	if err := desk.HangUp(ctx, ring.SID, 31*time.Second); err != nil {
		return said, false
	}
	for range 40 { // the provider tells of it soon
		var now client.Case
		res, err := c.GetCase(ctx, v.Id)
		if err := stack.Reply(res, err, &now); err != nil {
			c.trouble("case", err)
			break
		}
		if n := len(now.Calls); n > 0 && now.Calls[n-1].Status == queue.CallEnded {
			break
		}
		pause(ctx, 50*time.Millisecond)
	}
	return said, true
}

// await waits for the agent's own phone to ring.
func (c *console) await(ctx context.Context, desk provider.Handset) (ring provider.Ring, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, 6*time.Second)
	defer cancel()
	for ctx.Err() == nil {
		got, err := desk.Calls(ctx, c.rings)
		if err != nil {
			c.rings = 0
			pause(ctx, 200*time.Millisecond)
			continue
		}
		for _, r := range got {
			c.rings++
			if r.Status == "ringing" {
				return r, true
			}
		}
	}
	return ring, false
}

// dispose says what came of a task, and tells whether it was taken.
func (c *console) dispose(ctx context.Context, v client.Case, k client.CaseTask, d hold.Disposition) bool {
	var done client.DispositionReceipt
	say := client.DispositionRequest{TaskId: k.Id, Disposition: d}
	if k.Hold != nil {
		say.Revision = k.Hold.Revision
	}
	res, err := c.DisposeTask(ctx, v.Id, say)
	err = stack.Reply(res, err, &done)
	var refused *stack.Refused
	switch {
	case err == nil && done.Outcome == "review":
		c.drill.noteResult("agent: " + string(d) + ", waits for a second person")
	case err == nil:
		c.drill.noteResult("agent: " + string(d))
	case errors.As(err, &refused):
		c.drill.noteResult("agent: " + string(d) + ": " + refused.Code)
	default:
		c.drill.fault("disposition", err)
	}
	return err == nil
}

// second approves what waits for a second person, if it was not they who asked;
// when it was, they try all the same.
func (c *console) second(ctx context.Context) {
	for ctx.Err() == nil {
		var page client.ApprovalPage
		res, err := c.ListApprovals(ctx, &client.ListApprovalsParams{Limit: 100})
		if err := stack.Reply(res, err, &page); err != nil {
			c.trouble("approvals", err)
		}
		for _, a := range page.Approvals {
			if a.Gesture != "" {
				c.lookToo(ctx, a.Id)
			}
			res, err := c.DecideApproval(ctx, a.Id, client.ApprovalDecision{Decision: "approve", Reason: "listened in"})
			err = stack.Reply(res, err, nil)
			var refused *stack.Refused
			switch {
			case err == nil:
				c.drill.noteResult("second person: approved")
				if a.First == "agent:"+c.Sub {
					c.drill.noteAttack("second person is the first: approved")
				}
			case errors.As(err, &refused):
				c.drill.noteResult("second person: " + refused.Code)
			}
		}
		pause(ctx, 300*time.Millisecond)
	}
}

// evidenceOfCalls tells of each callback that was approved what its calls prove.
const evidenceOfCalls = `SELECT k.challenge_id, k.hold_id,
	COALESCE((SELECT MAX(x.connected_us) FROM calls x WHERE x.case_id = k.case_id), 0),
	(SELECT COUNT(*) FROM approvals a WHERE a.task_id = k.id AND a.status = 'approved' AND a.second <> a.first),
	(SELECT COUNT(*) FROM dispositions d WHERE d.task_id = k.id AND d.disposition IN ('confirmed', 'same') AND d.final = 1)
	FROM tasks k WHERE k.challenge_id <> ''`

type called struct {
	connected time.Duration
	seconds   int
	confirmed int
}

// spoken tells whether a release on the phone stands on a call that lasted, an
// agent's word, and where the amount asks for it a second person's.
func (c called) spoken(h hold.Hold) bool {
	return c.confirmed == 1 && c.connected >= hold.MinConnected && (c.seconds == 1 || !h.Terms.Callback.NeedsTwo(h.Request.Amount))
}

// seen tells whether a release by a face stands on an agent's word, and where
// the amount asks for it a second person's.
func (c called) seen(h hold.Hold) bool {
	return c.confirmed == 1 && (c.seconds == 1 || !h.Terms.Callback.NeedsTwo(h.Request.Amount))
}
