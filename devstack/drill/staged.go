package drill

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"holdfast/api/client"
	"holdfast/devstack/stack"
	"holdfast/hold"
	"holdfast/queue"
)

// Attacks by an agent, each played once before the queue fills.
const (
	AgentAlone Behaviour = "agentalone" // fraud: an agent says that the customer rang in, calls, a voicemail answers, and "confirms"
	Bypassed   Behaviour = "bypassed"   // fraud: an agent hands a vulnerable customer to a supervisor, takes them back by a ring-in, and "confirms"
)

// stage plays them, one after the other.
func (d *Drill) stage(ctx context.Context) error {
	a, err := stack.NewAgent(d.Coordinates, "ana")
	if err != nil {
		return err
	}
	if err := d.insist(ctx, func() error { return stack.SeedAgents(ctx, d.Coordinates) }); err != nil {
		return err
	}
	ana := &console{Agent: a, drill: d, dice: rand.New(rand.NewPCG(d.Seed, 99))}
	for _, b := range []Behaviour{AgentAlone, Bypassed} {
		if err := d.stageOne(ctx, ana, b); err != nil {
			return fmt.Errorf("%s: %w", b, err)
		}
	}
	return nil
}

func (d *Drill) stageOne(ctx context.Context, ana *console, b Behaviour) error {
	victim := &person{drill: d, id: hold.CustomerID(d.run + "-" + string(b)), behaviour: b, number: d.nextNumber(b)}
	err := d.insist(ctx, func() error {
		return d.bank.PutPerson(ctx, stack.Person{ID: victim.id, Name: "Customer " + string(b), Phrase: "steady lamp", Number: victim.number, Since: time.Now().AddDate(-2, 0, 0)})
	})
	if err != nil {
		return err
	}
	p := &plan{Behaviour: b, Payment: Payment{Flagged: true, Fraud: true, Request: hold.Request{TransactionID: d.run + "-" + string(b), CustomerID: victim.id, Kind: hold.KindTransfer,
		Amount: hold.Money{Minor: 199_00, Currency: "EUR"}, Payee: hold.Payee{Name: "Staged", Account: "DE02120300000000202051"},
		Origin: hold.Origin{Channel: "web"}, Risk: hold.Risk{Score: 900, Reasons: []string{"impersonation"}}}}}
	if err := d.submitOne(ctx, p); err != nil {
		return err
	}
	d.plans = append(d.plans, p)
	live, end := context.WithCancel(ctx)
	defer end()
	d.later(live, 0, func() { victim.answerCalls(live) })
	v, err := ana.ringIn(ctx, victim.id, p.hold)
	if err != nil {
		return err
	}
	ana.call(ctx, v)
	if b == Bypassed {
		ana.disposeOf(ctx, v, p.hold, hold.Vulnerable)
		if v, err = ana.ringIn(ctx, victim.id, p.hold); err != nil {
			return err
		}
		ana.call(ctx, v)
	}
	ana.disposeOf(ctx, v, p.hold, hold.Confirmed)
	res, err := ana.ReturnCase(ctx, v.Id)
	var refused *stack.Refused
	if err := stack.Reply(res, err, nil); err != nil && !errors.As(err, &refused) {
		return err
	}
	return nil
}

// ringIn opens a customer's case as if they had rung in, and waits until their
// hold's question is in it.
func (c *console) ringIn(ctx context.Context, id hold.CustomerID, about hold.ID) (v client.Case, err error) {
	res, err := c.OpenInbound(ctx, client.InboundRequest{CustomerId: id, Reason: "They rang in."})
	if err := stack.Reply(res, err, &v); err != nil {
		return v, err
	}
	for range 40 {
		if slices.ContainsFunc(v.Tasks, func(k client.CaseTask) bool { return k.Kind == queue.TaskCallback }) {
			return v, nil
		}
		if pause(ctx, 250*time.Millisecond); ctx.Err() != nil {
			return v, ctx.Err()
		}
		res, err := c.GetCase(ctx, v.Id)
		if err := stack.Reply(res, err, &v); err != nil {
			return v, err
		}
	}
	return v, fmt.Errorf("nobody asks about %s by a call", about)
}

// disposeOf says something of the task that is about a hold. The case may hide it:
// then it is said of the callback that there is.
func (c *console) disposeOf(ctx context.Context, v client.Case, id hold.ID, d hold.Disposition) {
	for _, k := range v.Tasks {
		if k.Kind == queue.TaskCallback {
			if k.Hold == nil {
				k.Hold = &client.CaseHold{Id: id, Revision: 1}
			}
			c.dispose(ctx, v, k, d)
		}
	}
}
