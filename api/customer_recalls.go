package api

import (
	"context"

	"holdfast/api/gen"
	"holdfast/hold"
	"holdfast/messages"
)

// appRecalls are a customer's recalls as they are told of them, by hold. What others
// proposed is theirs to know once it is asked for.
func (s *Server) appRecalls(ctx context.Context, id hold.CustomerID, limit int, locale string) (map[hold.ID]*gen.AppRecall, error) {
	rs, err := s.Customers.RecallsOf(ctx, id, limit)
	out := map[hold.ID]*gen.AppRecall{}
	for _, r := range rs {
		if text := messages.Recall(r, locale); text != "" {
			out[r.HoldID] = &gen.AppRecall{Status: r.Status, Text: text, At: r.UpdatedAt, Returned: returnedOf(r)}
		}
	}
	return out, err
}
