package api

import (
	"context"

	"holdfast/api/gen"
	"holdfast/hold"
	"holdfast/messages"
	"holdfast/queue"
	"holdfast/store"
)

func (s *Server) AskVerdict(ctx context.Context, r gen.AskVerdictRequestObject) (gen.AskVerdictResponseObject, error) {
	ticket, err := s.askVerdict(ctx, r.CounterpartyId, r.Body.Verdict, r.Body.Reason)
	return gen.AskVerdict202JSONResponse(ticket), err
}

func (s *Server) AskReversal(ctx context.Context, r gen.AskReversalRequestObject) (gen.AskReversalResponseObject, error) {
	ticket, err := s.askVerdict(ctx, r.CounterpartyId, queue.VerdictReverse, r.Body.Reason)
	return gen.AskReversal202JSONResponse(ticket), err
}

func (s *Server) askVerdict(ctx context.Context, payee string, kind queue.VerdictKind, reason string) (gen.VerdictTicket, error) {
	v, why, err := s.Staff.AskVerdict(ctx, store.AskVerdict{By: callerOf(ctx).agent, PayeeID: payee, Kind: kind,
		Reason: messages.Plain(reason), Digests: s.payee})
	if err == nil && why == hold.VerdictStands {
		stands := viewVerdict(v)
		err = refuse(string(why)).with(gen.Stands{Verdict: &stands})
	}
	return gen.VerdictTicket{VerdictId: v.ID}, told(why, err)
}

func (s *Server) ListVerdicts(ctx context.Context, r gen.ListVerdictsRequestObject) (gen.ListVerdictsResponseObject, error) {
	status := r.Params.Status
	if status == "" {
		status = queue.VerdictAsked
	}
	vs, err := s.Staff.Verdicts(ctx, callerOf(ctx).agent, status, orDefault(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	page := gen.ListVerdicts200JSONResponse{Verdicts: []gen.Verdict{}}
	for _, v := range vs {
		page.Verdicts = append(page.Verdicts, viewVerdict(v))
	}
	return page, nil
}

// DecideVerdict counts by the policy that runs: a verdict has none of its own.
func (s *Server) DecideVerdict(ctx context.Context, r gen.DecideVerdictRequestObject) (gen.DecideVerdictResponseObject, error) {
	rules := s.Policies.Current().Verdicts()
	res, err := s.Staff.TakeVerdict(ctx, store.SecondOfVerdict{By: callerOf(ctx).agent, ID: r.VerdictId,
		Approve: r.Body.Decision == "approve", Reason: messages.Plain(r.Body.Reason), Digests: s.payee, Expire: rules.Expire,
		Recall: rules.Recall})
	if err == nil && res.Void {
		err = refuse("approval_void")
	}
	return gen.DecideVerdict200JSONResponse(viewVerdict(res.Verdict)), told(res.Refusal, err)
}

func viewVerdict(v queue.Verdict) gen.Verdict {
	return gen.Verdict{Id: v.ID, CounterpartyId: v.PayeeID, Kind: v.Kind, Status: v.Status, First: v.First, Reason: v.Reason,
		Second: v.Second, Answer: v.Answer, Cause: v.Cause, AskedAt: v.AskedAt, ClosedAt: v.ClosedAt, Until: v.UntilAt,
		RecallFrom: v.RecallFrom, EndedAt: v.EndedAt, EndedBy: v.EndedBy, Carried: v.Carried, CarriedAt: v.CarriedAt}
}
