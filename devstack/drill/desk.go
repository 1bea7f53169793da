package drill

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"holdfast/api/client"
	"holdfast/devstack/stack"
	"holdfast/hold"
	"holdfast/queue"
)

const (
	deskEvery  = time.Second     // as often as agents may ask, beside what else they do
	beforeEnd  = 6 * time.Second // that agents have, before two people reverse all that waits for the mule
	recallsEnd = 30 * time.Second
)

// desk is where payees are looked into: by sam, who judges fast, and sue, who looks
// first. Ana and bo ask for money back. Each look begins anew from what the bank has on
// record, so that a stack that is killed meanwhile is gone on with.
type desk struct {
	drill             *Drill
	sam, sue, ana, bo *console
	mule, honest      string // payees' ids, once they are known
	asked             map[string]bool
	carried           time.Time // since when the verdict on the mule has come to its holds
	before, meanwhile string    // what the mule was told of his own account
	owner             hold.CustomerID
}

func (d *Drill) lookIntoPayees(ctx context.Context, run func(func())) error {
	k := &desk{drill: d, asked: map[string]bool{}, owner: hold.CustomerID(d.run + "-mule")}
	for sub, c := range map[string]**console{"sam": &k.sam, "sue": &k.sue, "ana": &k.ana, "bo": &k.bo} {
		a, err := stack.NewAgent(d.Coordinates, sub)
		if err != nil {
			return err
		}
		*c = &console{Agent: a, drill: d}
	}
	d.recalls = k
	run(func() { k.every(ctx, k.askBack) })
	if d.Ring == 0 || d.Without == Counterparty {
		return nil
	}
	if err := d.insist(ctx, func() error {
		return d.bank.PutPerson(ctx, stack.Person{ID: k.owner, Name: muleName, Phrase: "steady lamp", Since: time.Now().AddDate(-2, 0, 0)})
	}); err != nil {
		return err
	}
	run(func() { k.every(ctx, k.judges) })
	run(func() { k.every(ctx, k.agrees) })
	return nil
}

func (k *desk) every(ctx context.Context, look func(context.Context)) {
	for ctx.Err() == nil {
		look(ctx)
		pause(ctx, deskEvery)
	}
}

// judges is what sam does: he asks for a verdict on every payee of whom two say something,
// tries to be the second person as well, and has what waits for the mule reversed.
func (k *desk) judges(ctx context.Context) {
	if !k.know(ctx) {
		return
	}
	var page client.ProposedPage
	res, err := k.sam.ListProposed(ctx, &client.ListProposedParams{Limit: 200})
	if err := stack.Reply(res, err, &page); err != nil {
		k.sam.trouble("payees", err)
		return
	}
	for _, p := range page.Counterparties {
		if (p.CounterpartyId == k.mule || p.CounterpartyId == k.honest) && p.Reporters+p.Agents > 1 && !k.asked[p.CounterpartyId] {
			k.ask(ctx, p.CounterpartyId, "several say so of it")
		}
	}
	if k.asked[k.mule] && !k.asked["reverse"] {
		k.reverse(ctx)
	}
}

// know finds the two payees by their accounts, once somebody has paid there, and lets the
// mule ask the bank of his own account before anybody knows of it.
func (k *desk) know(ctx context.Context) bool {
	find := func(id *string, account string) {
		if *id != "" {
			return
		}
		var found client.CounterpartyTicket
		res, err := k.sam.SearchCounterparty(ctx, client.PayeeCheckRequest{Account: account})
		if err := stack.Reply(res, err, &found); err != nil {
			k.sam.trouble("payee", err)
			return
		}
		*id = found.CounterpartyId
	}
	if k.before == "" {
		k.before = k.checksHimself(ctx)
	}
	find(&k.mule, muleAccount)
	find(&k.honest, honestAccount)
	return k.mule != "" && k.honest != "" && k.before != ""
}

func (k *desk) ask(ctx context.Context, payee, reason string) {
	var v client.VerdictTicket
	res, err := k.sam.AskVerdict(ctx, payee, client.VerdictRequest{Verdict: queue.VerdictMule, Reason: reason})
	if err := stack.Reply(res, err, &v); err != nil && !conflict(err) {
		k.sam.trouble("verdict", err)
		return
	}
	k.asked[payee] = true
	if v.VerdictId == "" { // he did ask; the reply was lost
		return
	}
	res, err = k.sam.DecideVerdict(ctx, v.VerdictId, client.ApprovalDecision{Decision: "approve", Reason: "I am sure."})
	err = stack.Reply(res, err, nil)
	var refused *stack.Refused
	switch {
	case err == nil:
		k.drill.noteAttack(oneAsTwo + "approved")
	case errors.As(err, &refused):
		k.drill.noteAttack(oneAsTwo + refused.Code)
	}
}

// oneAsTwo begins what is noted of a supervisor who wants to be both people of a verdict.
const oneAsTwo = "one person as both of a verdict: "

// reverse asks that all that waits for the mule is reversed, once the verdict has come to
// it and agents have had a while to call whom they could.
func (k *desk) reverse(ctx context.Context) {
	var page client.VerdictPage
	res, err := k.sam.ListVerdicts(ctx, &client.ListVerdictsParams{Status: queue.VerdictInForce, Limit: 200})
	if err := stack.Reply(res, err, &page); err != nil {
		k.sam.trouble("verdicts", err)
		return
	}
	for _, v := range page.Verdicts {
		switch {
		case v.CounterpartyId != k.mule || v.Kind != queue.VerdictMule || v.CarriedAt == 0:
		case k.carried.IsZero():
			k.carried = time.Now()
			k.drill.noteResult(fmt.Sprintf("verdict on the mule came to %d holds", v.Carried))
			k.meanwhile = k.checksHimself(ctx)
		case time.Since(k.carried) > beforeEnd:
			res, err := k.sam.AskReversal(ctx, k.mule, client.ReasonRequest{Reason: "nobody is to wait for it"})
			err = stack.Reply(res, err, nil)
			if k.asked["reverse"] = err == nil || conflict(err); !k.asked["reverse"] {
				k.sam.trouble("reversal", err)
			}
		}
	}
}

// agrees is what sue does: she looks who paid there, agrees that the mule is one, and does
// not agree that the honest firm is, however many say so.
func (k *desk) agrees(ctx context.Context) {
	var page client.VerdictPage
	res, err := k.sue.ListVerdicts(ctx, &client.ListVerdictsParams{Status: queue.VerdictAsked, Limit: 200})
	if err := stack.Reply(res, err, &page); err != nil {
		k.sue.trouble("verdicts", err)
		return
	}
	for _, v := range page.Verdicts {
		var seen client.Counterparty
		res, err := k.sue.GetCounterparty(ctx, v.CounterpartyId)
		if err := stack.Reply(res, err, &seen); err != nil {
			k.sue.trouble("payee", err)
			continue
		}
		say := client.ApprovalDecision{Decision: "reject", Reason: "a firm with customers, and two who speak ill of it"}
		if seen.Latest != nil && seen.Latest.Name == muleName {
			say = client.ApprovalDecision{Decision: "approve", Reason: "several were deceived into paying there"}
		}
		res, err = k.sue.DecideVerdict(ctx, v.Id, say)
		switch err := stack.Reply(res, err, nil); {
		case err == nil:
			k.drill.noteResult(fmt.Sprintf("second person of a verdict (%s): %s", v.Kind, say.Decision))
		case !conflict(err):
			k.sue.trouble("second of a verdict", err)
		}
	}
}

// askBack confirms every recall that is proposed: bo does, or ana where he proposed it.
func (k *desk) askBack(ctx context.Context) {
	var page client.RecallPage
	res, err := k.bo.ListRecalls(ctx, &client.ListRecallsParams{Status: hold.RecallProposed, Limit: 200})
	if err := stack.Reply(res, err, &page); err != nil {
		k.bo.trouble("recalls", err)
		return
	}
	for _, r := range page.Recalls {
		who := k.bo
		if r.ProposedBy == "agent:"+who.Sub {
			who = k.ana
		}
		res, err := who.DecideRecall(ctx, r.Id, client.RecallDecision{Decision: "confirm", Reason: "they want it back"})
		switch err := stack.Reply(res, err, nil); {
		case err == nil:
			k.drill.noteResult("agent: asked for money back")
		case !conflict(err):
			who.trouble("recall", err)
		}
	}
}

// awaitRecalls waits until every recall has come to its end, for a while: what the
// payee's bank has not answered by then is told as that.
func (d *Drill) awaitRecalls(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, min(d.Patience, recallsEnd))
	defer cancel()
	for _, s := range []hold.RecallStatus{hold.RecallProposed, hold.RecallRequested, hold.RecallAccepted} {
		for ctx.Err() == nil {
			var page client.RecallPage
			err := d.insist(ctx, func() error {
				res, err := d.recalls.bo.ListRecalls(ctx, &client.ListRecallsParams{Status: s, Limit: 1})
				return stack.Reply(res, err, &page)
			})
			var refused *stack.Refused
			if errors.As(err, &refused) {
				return fmt.Errorf("recalls: %w", err)
			}
			if err != nil || len(page.Recalls) == 0 || page.Recalls[0].ParkedAt != 0 {
				break
			}
			pause(ctx, 200*time.Millisecond)
		}
	}
	return nil
}

// conflict tells whether something is so already: it was done, and the reply was lost.
func conflict(err error) bool {
	var refused *stack.Refused
	return errors.As(err, &refused) && refused.Status == http.StatusConflict
}
