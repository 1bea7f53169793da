package api

import (
	"context"
	"strconv"

	"holdfast/api/gen"
	"holdfast/store"
)

func (s *Server) ListDecisions(ctx context.Context, r gen.ListDecisionsRequestObject) (gen.ListDecisionsResponseObject, error) {
	after, err := number(r.Params.After)
	if err != nil {
		return nil, err
	}
	page := gen.DecisionPage{Decisions: []gen.FeedDecision{}, Next: gen.Cursor(strconv.FormatInt(after, 10))}
	err = s.await(ctx, store.TopicDecisions, r.Params.Wait, func() (bool, error) {
		items, err := s.Bank.Feed(ctx, after, orDefault(r.Params.Limit))
		for _, it := range items {
			page.Decisions = append(page.Decisions, gen.FeedDecision{ClientId: it.ClientID, TransactionId: it.TransactionID,
				Decision: it.Decision, Recall: it.Recall})
			page.Next = gen.Cursor(strconv.FormatInt(it.Feed, 10))
		}
		return len(items) > 0, err
	})
	return gen.ListDecisions200JSONResponse(page), err
}
