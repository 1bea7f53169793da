package drill

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"

	"holdfast/api/client"
	"holdfast/devstack/stack"
)

// checksHimself is what the bank tells the mule of his own account, byte for byte; empty:
// it could not be asked.
func (k *desk) checksHimself(ctx context.Context) string {
	own, err := (&person{drill: k.drill, id: k.owner}).app(ctx)
	if err != nil {
		k.drill.fault("app", err)
		return ""
	}
	body, err := json.Marshal(client.PayeeCheckRequest{Account: muleAccount, Name: muleName})
	if err != nil {
		return ""
	}
	res, err := own.AskPayeeWithBody(ctx, "application/json", bytes.NewReader(body))
	if err != nil {
		k.drill.fault("payee check", err)
		return ""
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	told, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		return ""
	}
	return string(told)
}

// learnt holds what the mule was told after the verdict against what he was told before.
func (k *desk) learnt(two *Check) {
	if k == nil || k.meanwhile == "" {
		return
	}
	achieved := "nothing"
	if k.meanwhile != k.before {
		achieved = "learnt that somebody knows"
	}
	k.drill.noteAttack("a mule checks his own account: " + achieved)
	two.must(k.meanwhile == k.before, "a mule was told %s of his own account, and %s before", k.meanwhile, k.before)
}

// suspects is how often an agent suspects who pays the mule: seldom, unless the case says
// what two people say of the payee.
func (c *console) suspects(b Behaviour, k client.CaseTask) float64 {
	switch known := k.Hold.PayeeKnown; {
	case known == nil || !known.Verdict:
		return suspectsHonest
	case b == Lodger:
		return suspectsLodger
	}
	return suspectsPayer
}

// propose has somebody look at who is paid by a customer that was deceived or robbed.
func (c *console) propose(ctx context.Context, k client.CaseTask) {
	if k.Hold.CounterpartyId == "" {
		return
	}
	res, err := c.ProposeCounterparty(ctx, k.Hold.CounterpartyId, client.ProposalRequest{HoldId: k.Hold.Id,
		Reason: "The customer was deceived."})
	switch err := stack.Reply(res, err, nil); {
	case err == nil:
		c.drill.noteResult("agent: payee proposed")
	default:
		c.trouble("proposal", err)
	}
}
