package stack

import (
	"context"
	"errors"
	"net/http"
	"os"
	"slices"
	"strconv"

	"holdfast/api/client"
	"holdfast/channels/push"
	"holdfast/hold"
	"holdfast/queue"
)

// clear ends the door's undecided holds of a customer, and a freeze.
func (f *front) clear(ctx context.Context, id hold.CustomerID) error {
	var open client.HoldPage
	res, err := f.bank.ListHolds(ctx, &client.ListHoldsParams{CustomerId: id, Status: hold.Held, Limit: 200})
	if err := Reply(res, err, &open); err != nil {
		return err
	}
	open.Holds = slices.DeleteFunc(open.Holds, func(h client.Hold) bool { return h.Metadata["scenario"] == "" })
	if len(open.Holds) > 0 {
		if err := f.answer(ctx, id, open.Holds, hold.Deny); err != nil {
			return err
		}
	}
	for _, h := range open.Holds {
		res, err := f.bank.DecideHold(ctx, h.Id, &client.DecideHoldParams{IfMatch: strconv.Quote(strconv.Itoa(h.Revision))},
			client.DecisionRequest{Outcome: hold.Reverse, Reason: "another scenario began"})
		if err := Reply(res, err, nil); err != nil && !is(err, "hold_decided") {
			return err
		}
	}
	return f.unfreeze(ctx, id)
}

// answer answers what was pushed for the holds from the phone whose key lies in
// the stack's directory. Pushes that nobody answers are counted, and after five
// in an hour there are no more: a visitor would find the stack silent.
func (f *front) answer(ctx context.Context, id hold.CustomerID, holds []client.Hold, a hold.Answer) error {
	phone, err := LoadPhone(f.dir, id)
	if errors.Is(err, os.ErrNotExist) {
		return nil // another stack's customers
	} else if err != nil {
		return err
	}
	token, err := f.bank.Session(ctx, id)
	if err != nil {
		return err
	}
	signedIn := func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+token)
		return nil
	}
	var open client.AppChallengeList
	res, err := f.bank.ListChallenges(ctx, signedIn)
	if err := Reply(res, err, &open); err != nil {
		return err
	}
	for _, c := range open.Challenges {
		if c.Channel != hold.Push || !slices.ContainsFunc(holds, func(h client.Hold) bool { return h.Id == c.HoldID }) {
			continue
		}
		d := c.Document
		digest := hold.Document{TransactionID: d.ID, Kind: d.Kind, Amount: d.Amount, PayeeName: d.Payee.Name, PayeeAccount: d.Payee.Account,
			RequestedAt: d.RequestedAt}.Digest()
		proof, err := push.Signer{Device: phone.ID, Key: phone.Key, Audience: f.URL}.SignAnswer(c.ID, c.Nonce, digest, a, hold.UVPIN,
			hold.At(f.Now()))
		if err != nil {
			return err
		}
		res, err := f.bank.AnswerChallenge(ctx, c.ID, client.AnswerRequest{Proof: proof}, signedIn)
		if err := Reply(res, err, nil); err != nil && !isRefused(err) { // it may have been decided meanwhile
			return err
		}
	}
	return nil
}

// unfreeze is asked for by the bank, unless somebody has, and granted by a
// supervisor who is not the one who asked.
func (f *front) unfreeze(ctx context.Context, id hold.CustomerID) error {
	res, err := f.bank.UnfreezeCustomer(ctx, id, client.ReasonRequest{Reason: "the scenario is over"})
	switch err := Reply(res, err, nil); {
	case is(err, "not_frozen"):
		return nil
	case is(err, "everything_stopped"):
		if err := f.reopen(ctx, id); err != nil {
			return err
		}
	case err != nil && !is(err, "approval_pending"):
		return err
	}
	for _, sub := range []string{"sam", "sue"} {
		var waiting client.ApprovalPage
		a, err := NewAgent(f.Coordinates, sub)
		if err != nil {
			return err
		}
		res, err := a.ListApprovals(ctx, &client.ListApprovalsParams{Limit: 200})
		if err := Reply(res, err, &waiting); err != nil {
			return err
		}
		i := slices.IndexFunc(waiting.Approvals, func(w client.Approval) bool { return w.Kind == queue.ApproveUnfreeze && w.CustomerId == id })
		if i < 0 {
			return nil
		}
		res, err = a.DecideApproval(ctx, waiting.Approvals[i].Id, client.ApprovalDecision{Decision: "approve", Reason: "the scenario is over"})
		if err = Reply(res, err, nil); !is(err, "same_person") {
			return err
		}
	}
	return nil
}

// reopen asks to end what a customer stopped, who stands before the clerk with a passport.
func (f *front) reopen(ctx context.Context, id hold.CustomerID) error {
	cleo, err := NewAgent(f.Coordinates, "cleo")
	if err != nil {
		return err
	}
	var c client.Case
	res, err := cleo.OpenAtCounter(ctx, client.CounterRequest{CustomerId: id, Reason: "the scenario is over"})
	if err := Reply(res, err, &c); err != nil {
		return err
	}
	res, err = cleo.AskReopen(ctx, c.Id, client.ReopenRequest{Reason: "the scenario is over", Document: queue.Passport})
	if err := Reply(res, err, nil); err != nil && !is(err, "approval_pending") {
		return err
	}
	res, err = cleo.ReturnCase(ctx, c.Id)
	return Reply(res, err, nil)
}

// is tells whether the API refused with a code.
func is(err error, code string) bool {
	var r *Refused
	return errors.As(err, &r) && r.Code == code
}

func isRefused(err error) bool {
	var r *Refused
	return errors.As(err, &r)
}
