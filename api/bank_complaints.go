package api

import (
	"context"

	"holdfast/api/gen"
	"holdfast/messages"
	"holdfast/queue"
	"holdfast/store"
)

// Complain takes a complaint in, of a hold or of an account.
func (s *Server) Complain(ctx context.Context, r gen.ComplainRequestObject) (gen.ComplainResponseObject, error) {
	b := r.Body
	c := store.Complain{Client: callerOf(ctx).client, Reference: b.Reference, About: b.About, HoldID: b.HoldId, CustomerID: b.CustomerId,
		Reason: messages.WithoutNumbers(messages.Plain(b.Reason)), ReceivedAt: b.ReceivedAt, Within: s.Policies.Current().AnswerWithin()}
	switch {
	case (b.HoldId == "") == (b.Account == ""):
		return nil, field("/hold_id", "or account: exactly one of the two says what it is about")
	case b.Country != "" && b.Account == "":
		return nil, field("/country", "is an account's")
	case c.Reason == "":
		return nil, field("/reason", "has nothing to read in it")
	case b.Account != "":
		if c.Payee = s.digests(b.Account, b.Country); len(c.Payee) == 0 {
			return nil, refuse("payees_not_configured")
		}
	}
	now, err := s.Bank.Now(ctx)
	if err != nil {
		return nil, err
	}
	switch {
	case c.ReceivedAt > now:
		return nil, field("/received_at", "lies in the future")
	case c.ReceivedAt != 0 && now.Sub(c.ReceivedAt) > queue.OldestComplaint:
		return nil, field("/received_at", "lies more than a year back")
	}
	stands, why, err := s.Bank.Complain(ctx, c)
	return gen.Complain202JSONResponse{ComplaintId: gen.ComplaintID(stands.ID), Reference: stands.Reference, Status: stands.Status,
		ReceivedAt: stands.ReceivedAt, DueAt: stands.DueAt, Answer: stands.Answer, ClosedAt: stands.ClosedAt}, told(why, err)
}
