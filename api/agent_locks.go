package api

import (
	"context"

	"holdfast/api/gen"
	"holdfast/messages"
	"holdfast/protection"
	"holdfast/queue"
	"holdfast/store"
)

func (s *Server) ListLocksOfCase(ctx context.Context, r gen.ListLocksOfCaseRequestObject) (gen.ListLocksOfCaseResponseObject, error) {
	l, why, err := s.Staff.LocksOfCase(ctx, callerOf(ctx).agent, string(r.CaseId))
	if err := s.lost(ctx, string(r.CaseId), told(why, err)); err != nil {
		return nil, err
	}
	return gen.ListLocksOfCase200JSONResponse(s.viewLocks(l)), nil
}

func (s *Server) PutLockOfCase(ctx context.Context, r gen.PutLockOfCaseRequestObject) (gen.PutLockOfCaseResponseObject, error) {
	by, id := callerOf(ctx).agent, string(r.CaseId)
	if r.Body.Document != "" && by.Role != queue.RoleBranch {
		return nil, field("/document", "is what a clerk looked at")
	}
	to, err := s.lockWish(r.LockKind, r.Body.Lock)
	if err != nil {
		return nil, err
	}
	l, approval, why, err := s.Staff.PutLockOfCase(ctx, store.CaseLock{By: by, CaseID: id, Kind: r.LockKind, To: to,
		Reason: messages.Plain(r.Body.Reason), Document: r.Body.Document, Rules: s.lockRules()})
	if err := s.lost(ctx, id, told(why, err)); err != nil {
		return nil, err
	}
	return gen.PutLockOfCase200JSONResponse{Locks: s.viewLocks(l), ApprovalId: approval}, nil
}

func (s *Server) StopLooseningOfCase(ctx context.Context,
	r gen.StopLooseningOfCaseRequestObject) (gen.StopLooseningOfCaseResponseObject, error) {
	l, why, err := s.Staff.StopLockOfCase(ctx, callerOf(ctx).agent, string(r.CaseId), r.LockKind)
	v, err := s.stoppedLocks(l, why, err)
	if err := s.lost(ctx, string(r.CaseId), err); err != nil {
		return nil, err
	}
	return gen.StopLooseningOfCase200JSONResponse(v), nil
}

// viewLockChange shows a second person what would be loosened.
func (s *Server) viewLockChange(ctx context.Context, a queue.Approval) (*gen.LockChange, error) {
	to, err := store.LockOf(a.LockValue)
	if err != nil {
		return nil, err
	}
	l, err := s.Staff.Locks(ctx, a.CustomerID)
	if err != nil {
		return nil, err
	}
	out := &gen.LockChange{Kind: protection.Kind(a.LockKind), To: to}
	for _, r := range l.Records {
		if r.ID == a.LockID {
			out.From = r.Lock
		}
	}
	return out, nil
}
