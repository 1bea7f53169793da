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
	// fraud: an agent hands a vulnerable customer to a supervisor, takes them back by a ring-in, and "confirms"
	Bypassed Behaviour = "bypassed"
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
	for _, b := range d.staged() {
		if err := d.stageOne(ctx, ana, b); err != nil {
			return fmt.Errorf("%s: %w", b, err)
		}
	}
	return nil
}

// staged are those that this bank's parts let be played.
func (d *Drill) staged() []Behaviour {
	if d.Ring == 0 || d.Without == Contact {
		return []Behaviour{AgentAlone, Bypassed}
	}
	return []Behaviour{AgentAlone, Bypassed, Relative}
}

func (d *Drill) stageOne(ctx context.Context, ana *console, b Behaviour) error {
	victim := &person{drill: d, id: hold.CustomerID(d.run + "-" + string(b)), behaviour: b, number: d.nextNumber(b)}
	err := d.insist(ctx, func() error {
		return d.bank.PutPerson(ctx, stack.Person{ID: victim.id, Name: "Customer " + string(b), Phrase: "steady lamp", Number: victim.number,
			Since: time.Now().AddDate(-2, 0, 0)})
	})
	if err != nil {
		return err
	}
	p := &plan{Behaviour: b, Payment: Payment{Flagged: true, Fraud: true, Request: hold.Request{TransactionID: d.run + "-" + string(b),
		CustomerID: victim.id, Kind: hold.KindTransfer,
		Amount: hold.Money{Minor: 199_00, Currency: "EUR"}, Payee: hold.Payee{Name: "Staged", Account: "DE02120300000000202051"},
		Origin: hold.Origin{Channel: "web"}, Risk: hold.Risk{Score: 900, Reasons: []string{"impersonation"}}}}}
	if err := d.submitOne(ctx, p); err != nil {
		return err
	}
	d.plans = append(d.plans, p)
	live, end := context.WithCancel(ctx)
	defer end()
	d.later(live, 0, func() { victim.answerCalls(live) })
	if b == Relative {
		return d.stageRelative(ctx, ana, victim, p.hold)
	}
	v, err := ana.take(ctx, p.hold)
	if err != nil {
		return err
	}
	ana.call(ctx, v)
	if b == Bypassed {
		ana.disposeOf(ctx, v, hold.Vulnerable)
		if v, err = ana.ringIn(ctx, victim.id); err != nil {
			return err
		}
	}
	ana.disposeOf(ctx, v, hold.Confirmed)
	return ana.giveBack(ctx, v)
}

// take takes cases until one asks about this hold: nobody else's are queued yet.
func (c *console) take(ctx context.Context, id hold.ID) (v client.Case, err error) {
	for range 160 {
		res, err := c.NextCase(ctx)
		if err == nil && res.StatusCode == 204 {
			_ = res.Body.Close()
			if pause(ctx, 250*time.Millisecond); ctx.Err() != nil {
				return v, ctx.Err()
			}
			continue
		}
		if err := stack.Reply(res, err, &v); err != nil {
			return v, err
		}
		if slices.ContainsFunc(v.Tasks, func(k client.CaseTask) bool { return k.Hold != nil && k.Hold.Id == id }) {
			return v, nil
		}
		if err := c.giveBack(ctx, v); err != nil {
			return v, err
		}
	}
	return v, fmt.Errorf("no case asks about %s", id)
}

// ringIn opens a customer's case as if they had rung in, and calls them back: who
// reads the app's number out is shown to be the customer, and the case opens.
func (c *console) ringIn(ctx context.Context, id hold.CustomerID) (v client.Case, err error) {
	res, err := c.OpenInbound(ctx, client.InboundRequest{CustomerId: id, Reason: "They rang in."})
	if err := stack.Reply(res, err, &v); err != nil {
		return v, err
	}
	c.call(ctx, v)
	res, err = c.GetCase(ctx, v.Id)
	return v, stack.Reply(res, err, &v)
}

// giveBack returns a case. One that its last answer closed is refused, which is as good.
func (c *console) giveBack(ctx context.Context, v client.Case) error {
	res, err := c.ReturnCase(ctx, v.Id)
	var refused *stack.Refused
	if err := stack.Reply(res, err, nil); err != nil && !errors.As(err, &refused) {
		return err
	}
	return nil
}

// disposeOf says something of each callback that the case shows.
func (c *console) disposeOf(ctx context.Context, v client.Case, d hold.Disposition) {
	for _, k := range v.Tasks {
		if k.Kind == queue.TaskCallback && k.Hold != nil {
			c.ask(ctx, v, k) // who lies about the rest makes the answers up, too
			c.dispose(ctx, v, k, d)
		}
	}
}
