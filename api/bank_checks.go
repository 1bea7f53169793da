package api

import (
	"context"
	"encoding/json"

	"holdfast/api/gen"
	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/messages"
	"holdfast/protection"
	"holdfast/store"
)

// CheckPayment tells the bank's payment system what the customer's own locks say.
func (s *Server) CheckPayment(ctx context.Context, r gen.CheckPaymentRequestObject) (gen.CheckPaymentResponseObject, error) {
	q := *r.Body
	if err := inCurrency(q.Amount); err != nil {
		return nil, err
	}
	asked, err := digestOfCheck(q)
	if err != nil {
		return nil, err
	}
	said, why, err := s.Bank.Check(ctx, store.Check{ClientID: callerOf(ctx).client, Key: r.Params.IdempotencyKey, BodyDigest: asked,
		CustomerID: q.CustomerId, TransactionID: q.TransactionId, Terms: s.Policies.Current().Protection(),
		Payment: protection.Payment{Kind: q.Kind, Way: q.Way, Amount: q.Amount, Device: q.DeviceId, PayeeSince: q.Payee.Since, At: q.RequestedAt,
			Country: counterparties.PaidIn(q.Kind, q.Country, q.Payee.Account, q.Payee.Country), Home: s.Country}})
	if err = told(why, err); err != nil {
		return nil, err
	}
	s.Count("check_" + string(said.Result))
	out := gen.CheckAnswer{Result: gen.CheckAnswerResult(said.Result), By: []gen.StoppedBy{}, CheckId: said.ID, ReservedUntil: said.Until}
	out.By = append(out.By, said.By...)
	return gen.CheckPayment200JSONResponse(out), nil
}

// digestOfCheck tells questions apart. Of the account it has what is shown of it: a digest
// of the whole would give it away to whoever tries all there are.
func digestOfCheck(q gen.CheckRequest) (hold.Digest, error) {
	if q.Payee.Account != "" {
		q.Payee.Account = messages.Masked(q.Payee.Account)
	}
	b, err := json.Marshal(q)
	return hold.DigestOf(b), err
}

func (s *Server) BookCheck(ctx context.Context, r gen.BookCheckRequestObject) (gen.BookCheckResponseObject, error) {
	end, why, err := s.Bank.BookCheck(ctx, callerOf(ctx).client, r.CheckId)
	return gen.BookCheck200JSONResponse(viewCheck(end)), told(why, err)
}

func (s *Server) CancelCheck(ctx context.Context, r gen.CancelCheckRequestObject) (gen.CancelCheckResponseObject, error) {
	end, why, err := s.Bank.CancelCheck(ctx, callerOf(ctx).client, r.CheckId)
	return gen.CancelCheck200JSONResponse(viewCheck(end)), told(why, err)
}

func viewCheck(e store.CheckEnd) gen.CheckState {
	return gen.CheckState{CheckId: e.ID, Status: e.Status, At: e.At}
}
