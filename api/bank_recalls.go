package api

import (
	"context"

	"holdfast/api/gen"
	"holdfast/hold"
)

func (s *Server) ReportRecall(ctx context.Context, r gen.ReportRecallRequestObject) (gen.ReportRecallResponseObject, error) {
	b := r.Body
	p := hold.RecallReport{Status: b.Status, Reference: b.Reference, ReasonCode: b.ReasonCode}
	if (b.Amount != nil) != (b.Status == hold.RecallReturned) {
		return nil, field("/amount", "goes with returned, and with that alone")
	}
	if b.Amount != nil {
		p.Minor, p.Currency = b.Amount.Minor, b.Amount.Currency
	}
	kept, why, err := s.Bank.ReportRecall(ctx, r.RecallId, p, callerOf(ctx).actor())
	v, err := recallNow(ctx, s.Bank, kept, why, err)
	return gen.ReportRecall200JSONResponse(v), err
}
