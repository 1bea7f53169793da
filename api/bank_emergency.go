package api

import (
	"context"

	"holdfast/api/gen"
	"holdfast/protection"
	"holdfast/store"
)

func (s *Server) StopCustomer(ctx context.Context, r gen.StopCustomerRequestObject) (gen.StopCustomerResponseObject, error) {
	e, err := s.Bank.StopEverything(ctx, store.Stop{CustomerID: r.CustomerId, Route: protection.ByBank, Actor: callerOf(ctx).actor(),
		Texts: s.noticeRules()})
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

// staffEmergency also says who stopped it, and who opened it again.
func (s *Server) staffEmergency(e store.Emergency) (gen.Emergency, error) {
	v, err := s.viewEmergency(e)
	v.By, v.EndedBy, v.Second = e.By, e.EndedBy, e.Second
	return v, err
}
