package stack

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"holdfast/api/client"
	"holdfast/devstack/pages"
	"holdfast/hold"
	"holdfast/queue"
)

// playCaught has three customers pay one account: one has paid it before, and the money
// has gone; another is asked, and so is the one whose phone is looked at. It gives their
// holds, the last one's first.
func (f *front) playCaught(ctx context.Context, s scenario, id hold.CustomerID) ([]hold.ID, error) {
	var others []hold.CustomerID
	for _, p := range Names {
		if p.ID != id {
			others = append(others, p.ID)
		}
	}
	s.request.Payee.Account = freshAccount(f.Now().UnixNano()) // the story leaves a verdict on it
	paid, err := f.pay(ctx, s, others[0], -50000)
	if err != nil {
		return nil, err
	}
	if err := f.approve(ctx, paid); err != nil {
		return nil, err
	}
	waits, err := f.pay(ctx, s, others[len(others)-1], -25000)
	if err != nil {
		return nil, err
	}
	own, err := f.pay(ctx, s, id, 0)
	return []hold.ID{own.Id, waits.Id, paid.Id}, err
}

// pay clears away what a customer's stories before have left, and submits a payment of so
// much more.
func (f *front) pay(ctx context.Context, s scenario, id hold.CustomerID, more int64) (client.Hold, error) {
	s.request.Amount.Minor += more
	if err := f.prepare(ctx, s, id); err != nil {
		return client.Hold{}, err
	}
	return f.submit(ctx, "caught", s, id)
}

// approve says yes on the customer's phone, and waits for the release.
func (f *front) approve(ctx context.Context, h client.Hold) error {
	if err := f.answer(ctx, h.CustomerId, []client.Hold{h}, hold.Approve); err != nil {
		return err
	}
	res, err := f.bank.GetHold(ctx, h.Id, &client.GetHoldParams{Wait: "10s"})
	if err := Reply(res, err, &h); err != nil {
		return err
	}
	if h.Decision == nil || h.Decision.Outcome != hold.Release {
		return errors.New("the payment before was not released")
	}
	return nil
}

// freshAccount is an IBAN (ISO 13616) that no story has used.
func freshAccount(n int64) string {
	bban := fmt.Sprintf("50010517%010d", n%1e10)
	turned, _ := new(big.Int).SetString(bban+"131400", 10) // DE00
	return fmt.Sprintf("DE%02d%s", 98-turned.Mod(turned, big.NewInt(97)).Int64(), bban)
}

// desk is somebody of the bank's, who stays signed in.
func (f *front) desk(sub string) (*Agent, error) {
	if a, ok := f.desks.Load(sub); ok {
		return a.(*Agent), nil
	}
	a, err := NewAgent(f.Coordinates, sub)
	if err == nil {
		f.desks.Store(sub, a)
	}
	return a, err
}

// payeeOf finds a hold's payee, once, as a supervisor does: each look is an entry.
func (f *front) payeeOf(ctx context.Context, sam *Agent, id hold.ID) (string, error) {
	if payee, ok := f.payees.Load(id); ok {
		return payee.(string), nil
	}
	var s client.Story
	res, err := sam.GetStory(ctx, id)
	if err := Reply(res, err, &s); is(err, "not_found") {
		return "", pages.ErrUnknown
	} else if err != nil {
		return "", err
	}
	f.payees.Store(id, s.CounterpartyId)
	return s.CounterpartyId, nil
}

// Payee is what is said of a hold's payee, and how far recalls of payments to it are.
func (f *front) Payee(ctx context.Context, id hold.ID) (p pages.Payee, err error) {
	sam, err := f.desk("sam")
	if err != nil {
		return p, err
	}
	payee, err := f.payeeOf(ctx, sam, id)
	if err != nil {
		return p, err
	}
	verdicts, err := f.verdicts(ctx, sam, payee)
	if err != nil {
		return p, err
	}
	p.Recalls = []pages.PayeesRecall{}
	for _, v := range verdicts {
		if v.Kind != queue.VerdictMule {
			continue
		}
		p.Verdict = v.Status
		rs, err := f.recalls(ctx, sam, v.Id)
		if err != nil {
			return p, err
		}
		for _, r := range rs {
			p.Recalls = append(p.Recalls, pages.PayeesRecall{Hold: r.HoldId, Status: r.Status, Returned: r.Returned})
		}
	}
	return p, nil
}

// verdicts are those on a payee that are asked for or in force.
func (f *front) verdicts(ctx context.Context, sam *Agent, payee string) (of []client.Verdict, err error) {
	for _, s := range []queue.VerdictStatus{queue.VerdictAsked, queue.VerdictInForce} {
		var page client.VerdictPage
		res, err := sam.ListVerdicts(ctx, &client.ListVerdictsParams{Status: s, Limit: 200})
		if err := Reply(res, err, &page); err != nil {
			return nil, err
		}
		for _, v := range page.Verdicts {
			if v.CounterpartyId == payee {
				of = append(of, v)
			}
		}
	}
	return of, nil
}

// recalls are the newest that a verdict has proposed.
func (f *front) recalls(ctx context.Context, sam *Agent, verdict string) (of []client.Recall, err error) {
	var page client.RecallPage
	res, err := sam.ListRecalls(ctx, &client.ListRecallsParams{Limit: 200})
	if err := Reply(res, err, &page); err != nil {
		return nil, err
	}
	for _, r := range page.Recalls {
		if r.VerdictId == verdict {
			of = append(of, r)
		}
	}
	return of, nil
}

// OfPayee does a step of the story about a hold's payee, by the bank's people that it
// takes. What was done before is done.
func (f *front) OfPayee(ctx context.Context, id hold.ID, act string) error {
	steps := map[string]func(context.Context, *Agent, string) error{pages.ActAsk: f.askVerdict, pages.ActAgree: f.agree,
		pages.ActRecall: f.askBack, pages.ActReverse: f.reverseAll}
	step := steps[act]
	if step == nil {
		return pages.ErrUnknown
	}
	sam, err := f.desk("sam")
	if err != nil {
		return err
	}
	payee, err := f.payeeOf(ctx, sam, id)
	if err != nil {
		return err
	}
	return step(ctx, sam, payee)
}

func (f *front) askVerdict(ctx context.Context, sam *Agent, payee string) error {
	res, err := sam.AskVerdict(ctx, payee, client.VerdictRequest{Verdict: queue.VerdictMule,
		Reason: "A customer says that this was not them."})
	return unlessDone(Reply(res, err, nil))
}

// agree has sue say yes to whatever sam has asked about a payee.
func (f *front) agree(ctx context.Context, sam *Agent, payee string) error {
	sue, err := f.desk("sue")
	if err != nil {
		return err
	}
	verdicts, err := f.verdicts(ctx, sam, payee)
	if err != nil {
		return err
	}
	for _, v := range verdicts {
		if v.Status != queue.VerdictAsked {
			continue
		}
		res, err := sue.DecideVerdict(ctx, v.Id, client.ApprovalDecision{Decision: "approve",
			Reason: "Three paid there for the first time today."})
		if err := unlessDone(Reply(res, err, nil)); err != nil {
			return err
		}
	}
	return nil
}

func (f *front) askBack(ctx context.Context, sam *Agent, payee string) error {
	ana, err := f.desk("ana")
	if err != nil {
		return err
	}
	verdicts, err := f.verdicts(ctx, sam, payee)
	if err != nil {
		return err
	}
	for _, v := range verdicts {
		rs, err := f.recalls(ctx, sam, v.Id)
		if err != nil {
			return err
		}
		for _, r := range rs {
			if r.Status != hold.RecallProposed {
				continue
			}
			res, err := ana.DecideRecall(ctx, r.Id, client.RecallDecision{Decision: "confirm", Reason: "It went to an account that passes it on."})
			if err := unlessDone(Reply(res, err, nil)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *front) reverseAll(ctx context.Context, sam *Agent, payee string) error {
	res, err := sam.AskReversal(ctx, payee, client.ReasonRequest{Reason: "Nobody is to wait for it."})
	if err := unlessDone(Reply(res, err, nil)); err != nil {
		return err
	}
	return f.agree(ctx, sam, payee)
}

// unlessDone passes over that something is so already.
func unlessDone(err error) error {
	var r *Refused
	if errors.As(err, &r) && r.Status == 409 {
		return nil
	}
	return err
}
