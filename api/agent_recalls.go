package api

import (
	"context"

	"holdfast/api/gen"
	"holdfast/hold"
	"holdfast/messages"
	"holdfast/store"
)

func (s *Server) ListRecalls(ctx context.Context, r gen.ListRecallsRequestObject) (gen.ListRecallsResponseObject, error) {
	limit := orDefault(r.Params.Limit)
	rs, err := s.Staff.Recalls(ctx, callerOf(ctx).agent, store.RecallPage{Status: r.Params.Status, After: hold.RecallID(r.Params.After),
		Limit: limit})
	if err != nil {
		return nil, err
	}
	ids := make([]hold.ID, len(rs))
	for i, kept := range rs {
		ids[i] = kept.HoldID
	}
	of := map[hold.ID]hold.Hold{}
	hs, err := s.Staff.HoldsByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, h := range hs {
		of[h.ID] = h
	}
	page := gen.ListRecalls200JSONResponse{Recalls: []gen.Recall{}}
	for _, kept := range rs {
		page.Recalls = append(page.Recalls, viewRecall(kept, of[kept.HoldID]))
	}
	if len(rs) == limit {
		page.Next = gen.Cursor(rs[limit-1].ID)
	}
	return page, nil
}

func (s *Server) DecideRecall(ctx context.Context, r gen.DecideRecallRequestObject) (gen.DecideRecallResponseObject, error) {
	kept, why, err := s.Staff.DecideRecall(ctx, store.DecideRecall{By: callerOf(ctx).agent, ID: r.RecallId,
		Confirm: r.Body.Decision == "confirm", Reason: messages.Plain(r.Body.Reason)})
	v, err := recallNow(ctx, s.Staff, kept, why, err)
	return gen.DecideRecall200JSONResponse(v), err
}
