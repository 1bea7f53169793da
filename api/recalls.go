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

// recallNow shows a recall as it stands, also where a wish about it was refused.
func recallNow(ctx context.Context, of interface {
	Hold(ctx context.Context, id hold.ID) (hold.Hold, error)
}, r hold.Recall, why hold.Refusal, err error) (gen.Recall, error) {
	if err != nil {
		return gen.Recall{}, err
	}
	stands := why == hold.RecallStands || why == hold.RecallTooMuch
	if why != "" && !stands {
		return gen.Recall{}, told(why, nil)
	}
	h, err := of.Hold(ctx, r.HoldID)
	v := viewRecall(r, h)
	if err == nil && stands {
		err = refuse(string(why)).with(gen.Stands{HoldId: r.HoldID, Recall: &v})
	}
	return v, err
}

func viewRecall(r hold.Recall, h hold.Hold) gen.Recall {
	v := gen.Recall{Id: r.ID, HoldId: r.HoldID, Source: r.Source, Status: r.Status, Amount: r.Amount(), Payee: maskedPayee(h),
		VerdictId: r.VerdictID, ProposedAt: r.ProposedAt, ProposedBy: r.ProposedBy, DecidedAt: r.DecidedAt, DecidedBy: r.DecidedBy,
		Reason: r.Reason, RequestedAt: r.RequestedAt, ParkedAt: r.ParkedAt, ParkedCode: r.ParkedCode, Reference: r.Reference,
		ReasonCode: r.ReasonCode, UpdatedAt: r.UpdatedAt}
	v.Returned = returnedOf(r)
	return v
}

func returnedOf(r hold.Recall) *hold.Money {
	if r.Returned == 0 {
		return nil
	}
	return &hold.Money{Minor: r.Returned, Currency: r.Currency}
}

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
