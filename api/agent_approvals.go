package api

import (
	"context"
	"errors"
	"strings"

	"holdfast/api/gen"
	"holdfast/hold"
	"holdfast/messages"
	"holdfast/numbers"
	"holdfast/queue"
	"holdfast/store"
)

func (s *Server) ListApprovals(ctx context.Context, r gen.ListApprovalsRequestObject) (gen.ListApprovalsResponseObject, error) {
	as, err := s.Staff.Approvals(ctx, callerOf(ctx).agent, orDefault(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	page := gen.ListApprovals200JSONResponse{Approvals: []gen.Approval{}}
	for _, a := range as {
		v, err := s.viewApproval(ctx, a)
		if err != nil {
			return nil, err
		}
		page.Approvals = append(page.Approvals, v)
	}
	return page, nil
}

func (s *Server) viewApproval(ctx context.Context, a queue.Approval) (gen.Approval, error) {
	out := gen.Approval{Id: a.ID, Kind: a.Kind, Revision: a.Revision, First: a.First, Reason: a.Reason, Status: a.Status, Second: a.Second,
		Cause:     a.Cause,
		CreatedAt: a.CreatedAt, ClosedAt: a.ClosedAt, Portrait: a.Portrait, SecondCalls: a.Talk, Document: a.Document}
	if a.Gesture != "" {
		out.Gesture = messages.Gesture(a.Gesture, callerOf(ctx).locale)
	}
	if a.Kind == queue.ApproveLoosen {
		out.CustomerId = a.CustomerID
		var err error
		if out.Lock, err = s.viewLockChange(ctx, a); err != nil {
			return out, err
		}
	}
	if a.Kind == queue.ApproveUnfreeze { // there is nothing else to know it by
		out.CustomerId = a.CustomerID
	}
	if a.HoldID == "" {
		return out, nil
	}
	h, err := s.Staff.Hold(ctx, a.HoldID)
	if err != nil {
		return out, err
	}
	asked, err := s.Staff.ChallengesOf(ctx, []hold.ID{a.HoldID})
	if err != nil {
		return out, err
	}
	shown, err := s.viewCaseHold(ctx, h, asked)
	out.Hold, out.SupervisorApproves = &shown, queue.SupervisorApproves(a, hold.Standing{Hold: h})
	return out, err
}

func (s *Server) AskApproval(ctx context.Context, r gen.AskApprovalRequestObject) (gen.AskApprovalResponseObject, error) {
	b, by := r.Body, callerOf(ctx).agent
	if b.Kind == queue.ApproveUnfreeze {
		if b.CustomerId == "" {
			return nil, field("/customer_id", "is missing; whose freeze is to end?")
		}
		id, why, err := s.Staff.AskUnfreeze(ctx, by, b.CustomerId, messages.Plain(b.Reason))
		return gen.AskApproval202JSONResponse{ApprovalId: id}, told(why, err)
	}
	switch {
	case b.HoldId == "":
		return nil, field("/hold_id", "is missing; which payment is it about?")
	case b.Revision == 0:
		return nil, field("/revision", "is missing; send the one that you have seen")
	}
	ask := s.Staff.AskOverride
	if b.Kind == queue.ApproveWait {
		ask = s.Staff.AskWaitEnd
	}
	id, h, out, why, err := ask(ctx, by, b.HoldId, b.Revision, messages.Plain(b.Reason))
	if err = changed(h, out, told(why, err)); err != nil {
		return nil, err
	}
	return gen.AskApproval202JSONResponse{ApprovalId: id}, nil
}

func (s *Server) DecideApproval(ctx context.Context, r gen.DecideApprovalRequestObject) (gen.DecideApprovalResponseObject, error) {
	res, err := s.Staff.TakeSecond(ctx, store.Second{By: callerOf(ctx).agent, ID: r.ApprovalId,
		Approve: r.Body.Decision == "approve", Reason: messages.Plain(r.Body.Reason), Locks: s.lockRules()})
	if err == nil && res.Outcome == store.ApprovalVoid {
		err = refuse("approval_void")
	}
	err = told(res.Refusal, err)
	if err = changed(res.Hold, res.Outcome, err); err != nil {
		return nil, err
	}
	v, err := s.viewApproval(ctx, res.Approval)
	return gen.DecideApproval200JSONResponse(v), err
}

func (s *Server) ListAgents(ctx context.Context, _ gen.ListAgentsRequestObject) (gen.ListAgentsResponseObject, error) {
	as, err := s.Staff.Agents(ctx)
	if err != nil {
		return nil, err
	}
	out := gen.ListAgents200JSONResponse{Agents: []gen.Agent{}}
	for _, a := range as {
		v, err := s.viewAgent(ctx, a)
		if err != nil {
			return nil, err
		}
		out.Agents = append(out.Agents, v)
	}
	return out, nil
}

func (s *Server) viewAgent(ctx context.Context, a queue.Agent) (gen.Agent, error) {
	out := gen.Agent{Sub: a.Sub, Name: messages.Safe(a.Name), Role: string(a.Role), Languages: strings.Fields(a.Languages),
		Skills: strings.Fields(a.Skills), Linked: a.CustomerID != "", CaseId: a.CaseID,
		SeenAt: a.SeenAt, RevokedAt: a.RevokedAt, LimitReachedAt: a.SpentAt}
	if a.NumberID == "" {
		return out, nil
	}
	number, err := s.Staff.AgentNumber(ctx, a.Sub)
	out.Number = messages.Number(number)
	return out, err
}

func (s *Server) PutAgent(ctx context.Context, r gen.PutAgentRequestObject) (gen.PutAgentResponseObject, error) {
	put := store.PutAgent{Sub: r.Sub, Languages: texts(r.Body.Languages), Skills: texts(r.Body.Skills), CustomerID: r.Body.CustomerId}
	switch {
	case r.Body.Number == nil:
	case *r.Body.Number == "":
		put.Number = &hold.Phone{}
	default:
		n, err := numbers.Parse(*r.Body.Number)
		if err != nil {
			return nil, field("/number", "is no phone number in E.164 (+, country code, number) of a length that its country has")
		}
		put.Number = &hold.Phone{Number: n.Number, Country: n.Country, Prefix: n.Prefix, Line: hold.Line(n.Line), Forms: numbers.Forms(n.Number)}
	}
	a, why, err := s.Staff.PutAgent(ctx, callerOf(ctx).agent, put)
	if err := told(why, err); err != nil {
		return nil, err
	}
	v, err := s.viewAgent(ctx, a)
	return gen.PutAgent200JSONResponse(v), err
}

// texts is the same list of plain strings: nil stays nil.
func texts[T ~string](list *[]T) []string {
	if list == nil {
		return nil
	}
	out := make([]string, 0, len(*list))
	for _, v := range *list {
		out = append(out, string(v))
	}
	return out
}

func (s *Server) RevokeAgent(ctx context.Context, r gen.RevokeAgentRequestObject) (gen.RevokeAgentResponseObject, error) {
	if err := s.Staff.RevokeAgent(ctx, callerOf(ctx).agent, r.Sub); err != nil {
		return nil, err
	}
	s.hangUp(ctx, r.Sub)
	return gen.RevokeAgent204Response{}, nil
}

// hangUp ends the calls of an agent whose access has ended, as far as the
// provider can be reached: they prove nothing any more, whatever it does.
func (s *Server) hangUp(ctx context.Context, sub string) {
	sids, err := s.Staff.LiveCalls(ctx, sub)
	for _, sid := range sids {
		if s.Agents.HangUp != nil {
			err = errors.Join(err, s.Agents.HangUp(ctx, sid))
		}
	}
	if err != nil {
		s.Log.WarnContext(ctx, "a revoked agent's call could not be ended", "agent", sub, "error", err)
	}
}
