package api

import (
	"context"

	"holdfast/api/gen"
	"holdfast/protection"
	"holdfast/store"
)

func (s *Server) GetCustomerLocks(ctx context.Context, r gen.GetCustomerLocksRequestObject) (gen.GetCustomerLocksResponseObject, error) {
	l, err := s.Bank.Locks(ctx, r.CustomerId)
	return gen.GetCustomerLocks200JSONResponse(s.viewLocks(l)), err
}

func (s *Server) TightenCustomerLock(ctx context.Context, r gen.TightenCustomerLockRequestObject) (gen.TightenCustomerLockResponseObject,
	error) {
	to, err := s.lockWish(r.LockKind, r.Body)
	if err != nil {
		return nil, err
	}
	l, why, err := s.Bank.PutLock(ctx, store.PutLock{CustomerID: r.CustomerId, Kind: r.LockKind, To: to, Route: protection.ByBank,
		Actor: callerOf(ctx).actor(), Rules: s.lockRules()})
	return gen.TightenCustomerLock200JSONResponse(s.viewLocks(l)), told(why, err)
}

func (s *Server) StopCustomerLoosening(ctx context.Context,
	r gen.StopCustomerLooseningRequestObject) (gen.StopCustomerLooseningResponseObject, error) {
	l, err := s.stoppedLocks(s.Bank.StopLock(ctx, r.CustomerId, r.LockKind, callerOf(ctx).actor()))
	return gen.StopCustomerLoosening200JSONResponse(l), err
}
