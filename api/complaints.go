package api

import (
	"context"

	"holdfast/api/gen"
	"holdfast/hold"
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

func (s *Server) ListComplaints(ctx context.Context, r gen.ListComplaintsRequestObject) (gen.ListComplaintsResponseObject, error) {
	limit := orDefault(r.Params.Limit)
	cs, now, err := s.Staff.Complaints(ctx, callerOf(ctx).agent, store.ComplaintPage{Closed: r.Params.Status == "closed",
		After: string(r.Params.After), Limit: limit})
	page := gen.ListComplaints200JSONResponse{Complaints: []gen.Complaint{}, Now: now}
	for _, c := range cs {
		page.Complaints = append(page.Complaints, viewComplaint(c, now))
	}
	if len(cs) == limit {
		page.Next = gen.Cursor(cs[limit-1].ID)
	}
	return page, err
}

func (s *Server) AnswerComplaint(ctx context.Context, r gen.AnswerComplaintRequestObject) (gen.AnswerComplaintResponseObject, error) {
	c, why, err := s.Staff.AnswerComplaint(ctx, store.AnswerComplaint{By: callerOf(ctx).agent, ID: string(r.ComplaintId),
		Outcome: r.Body.Outcome, Reason: messages.Plain(r.Body.Reason), Recall: r.Body.Recall})
	return gen.AnswerComplaint200JSONResponse(viewComplaint(c, c.ClosedAt)), told(why, err)
}

func viewComplaint(c store.ListedComplaint, now hold.Instant) gen.Complaint {
	out := gen.Complaint{Id: gen.ComplaintID(c.ID), Reference: c.Reference, ClientId: c.ClientID, About: c.About, HoldId: c.HoldID,
		VerdictId: c.VerdictID, CustomerId: c.CustomerID, Reason: c.Reason, Status: c.Status, Overdue: c.Overdue(now),
		ReceivedAt: c.ReceivedAt, DueAt: c.DueAt, AnsweredBy: c.AnsweredBy, Answer: c.Answer, ClosedAt: c.ClosedAt}
	if c.Known {
		out.CounterpartyId = c.PayeeID
	}
	return out
}
