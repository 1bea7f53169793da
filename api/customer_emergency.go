package api

import (
	"context"

	"holdfast/api/gen"
	"holdfast/messages"
	"holdfast/protection"
	"holdfast/store"
)

func (s *Server) StopEverything(ctx context.Context, _ gen.StopEverythingRequestObject) (gen.StopEverythingResponseObject, error) {
	me := callerOf(ctx).customer
	e, err := s.Customers.StopEverything(ctx, store.Stop{CustomerID: me, Route: protection.ByApp, Actor: store.ActorCustomer,
		Texts: s.noticeRules()})
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
