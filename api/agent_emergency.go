package api

import (
	"context"

	"holdfast/api/gen"
	"holdfast/hold"
	"holdfast/messages"
	"holdfast/queue"
	"holdfast/store"
)

func (s *Server) StopInCase(ctx context.Context, r gen.StopInCaseRequestObject) (gen.StopInCaseResponseObject, error) {
	e, why, err := s.Staff.StopInCase(ctx, callerOf(ctx).agent, string(r.CaseId), s.noticeRules())
	if err := s.lost(ctx, string(r.CaseId), told(why, err)); err != nil {
		return nil, err
	}
	v, err := s.caseEmergency(e)
	return gen.StopInCase200JSONResponse(v), err
}

func (s *Server) GetEmergencyOfCase(ctx context.Context, r gen.GetEmergencyOfCaseRequestObject) (gen.GetEmergencyOfCaseResponseObject,
	error) {
	e, why, err := s.Staff.EmergencyInCase(ctx, callerOf(ctx).agent, string(r.CaseId))
	if err := s.lost(ctx, string(r.CaseId), told(why, err)); err != nil {
		return nil, err
	}
	v, err := s.caseEmergency(e)
	return gen.GetEmergencyOfCase200JSONResponse(v), err
}

func (s *Server) AskReopen(ctx context.Context, r gen.AskReopenRequestObject) (gen.AskReopenResponseObject, error) {
	by := callerOf(ctx).agent
	if by.Role != queue.RoleBranch && r.Body.Document != "" {
		return nil, field("/document", "is a clerk's, at the counter")
	}
	live, err := s.liveCall(ctx, hold.Confirmed, string(r.CaseId))
	if err != nil {
		return nil, err
	}
	id, why, err := s.Staff.AskReopen(ctx, store.Reopen{By: by, CaseID: string(r.CaseId), Document: r.Body.Document,
		Reason: messages.Plain(r.Body.Reason), Live: live})
	if why == hold.DocumentMissing {
		return nil, field("/document", "is missing; which one did you look at?")
	}
	if err := s.lost(ctx, string(r.CaseId), told(why, err)); err != nil {
		return nil, err
	}
	return gen.AskReopen202JSONResponse{ApprovalId: id}, nil
}

func (s *Server) caseEmergency(e store.EmergencyOfCase) (gen.Emergency, error) {
	v, err := s.staffEmergency(e.Emergency)
	if e.Hidden {
		v.Did = nil
	}
	return v, err
}
