package api

import (
	"context"

	"holdfast/api/gen"
	"holdfast/hold"
	"holdfast/messages"
	"holdfast/store"
)

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
