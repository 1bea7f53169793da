package api

import (
	"context"

	"holdfast/api/gen"
	"holdfast/hold"
	"holdfast/messages"
	"holdfast/protection"
	"holdfast/queue"
	"holdfast/store"
)

func (s *Server) StopEverything(ctx context.Context, _ gen.StopEverythingRequestObject) (gen.StopEverythingResponseObject, error) {
	me := callerOf(ctx).customer
	e, err := s.Customers.StopEverything(ctx, store.Stop{CustomerID: me, Route: protection.ByApp, Actor: store.ActorCustomer,
		Texts: s.stopTexts()})
	if err != nil {
		return nil, err
	}
	v, err := s.appEmergency(ctx, e)
	return gen.StopEverything200JSONResponse(v), err
}

func (s *Server) GetEmergency(ctx context.Context, _ gen.GetEmergencyRequestObject) (gen.GetEmergencyResponseObject, error) {
	e, err := s.Customers.Emergency(ctx, callerOf(ctx).customer)
	if err != nil {
		return nil, err
	}
	v, err := s.appEmergency(ctx, e)
	return gen.GetEmergency200JSONResponse(v), err
}

func (s *Server) StopCustomer(ctx context.Context, r gen.StopCustomerRequestObject) (gen.StopCustomerResponseObject, error) {
	e, err := s.Bank.StopEverything(ctx, store.Stop{CustomerID: r.CustomerId, Route: protection.ByBank, Actor: callerOf(ctx).actor(),
		Texts: s.stopTexts()})
	if err != nil {
		return nil, err
	}
	v, err := s.staffEmergency(e)
	return gen.StopCustomer200JSONResponse(v), err
}

func (s *Server) GetCustomerEmergency(ctx context.Context,
	r gen.GetCustomerEmergencyRequestObject) (gen.GetCustomerEmergencyResponseObject, error) {
	e, err := s.Bank.Emergency(ctx, r.CustomerId)
	if err != nil {
		return nil, err
	}
	v, err := s.staffEmergency(e)
	return gen.GetCustomerEmergency200JSONResponse(v), err
}

func (s *Server) StopInCase(ctx context.Context, r gen.StopInCaseRequestObject) (gen.StopInCaseResponseObject, error) {
	e, why, err := s.Staff.StopInCase(ctx, callerOf(ctx).agent, string(r.CaseId), s.stopTexts())
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

// stopTexts are the rules for who is told by text; nil: nobody is.
func (s *Server) stopTexts() *hold.ContactRules {
	if s.Desk.SMS == nil {
		return nil
	}
	rules := s.Policies.Current().ContactRules()
	return &rules
}

// viewEmergency shows what is everybody's: when, what it did, and what goes on.
func (s *Server) viewEmergency(e store.Emergency) (v gen.Emergency, err error) {
	v = gen.Emergency{Stopped: e.Stands(), GoesOn: s.Policies.Current().Protection().GoesOn()}
	if e.ID == "" {
		return v, nil
	}
	v.Id, v.StoppedAt, v.EndedAt, v.Route = e.ID, e.At, e.EndedAt, e.Route
	did, err := e.Did()
	v.Did = &did
	return v, err
}

func (s *Server) appEmergency(ctx context.Context, e store.Emergency) (v gen.Emergency, err error) {
	me := callerOf(ctx).customer
	if v, err = s.viewEmergency(e); err != nil || !v.Stopped {
		return v, err
	}
	c, err := s.Customers.Customer(ctx, me)
	if err != nil {
		return v, err
	}
	v.Text = messages.Stopped(s.onTheLine(ctx, me), c.Locale)
	v.Protection, err = s.protection(ctx, me)
	return v, err
}

func (s *Server) staffEmergency(e store.Emergency) (gen.Emergency, error) {
	v, err := s.viewEmergency(e)
	v.By, v.EndedBy, v.Second = e.By, e.EndedBy, e.Second
	return v, err
}

func (s *Server) caseEmergency(e store.EmergencyOfCase) (gen.Emergency, error) {
	v, err := s.staffEmergency(e.Emergency)
	if e.Hidden {
		v.Did = nil
	}
	return v, err
}
