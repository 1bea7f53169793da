package api

import (
	"context"

	"holdfast/api/gen"
	"holdfast/store"
)

func (s *Server) OpenLink(ctx context.Context, r gen.OpenLinkRequestObject) (gen.OpenLinkResponseObject, error) {
	if s.Faces.Link == nil {
		return nil, store.ErrNotFound
	}
	n, until, why, err := s.Customers.OpenLink(ctx, callerOf(ctx).customer, r.ChallengeId, s.Faces.Digest)
	if err := told(why, err); err != nil {
		return nil, err
	}
	return gen.OpenLink201JSONResponse{Url: s.Faces.Link(r.ChallengeId, n), ExpiresAt: until}, nil
}
