package api

import (
	"context"

	"holdfast/api/gen"
	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/messages"
	"holdfast/queue"
	"holdfast/store"
)

func (s *Server) ListProposed(ctx context.Context, r gen.ListProposedRequestObject) (gen.ListProposedResponseObject, error) {
	ps, err := s.Staff.Proposals(ctx, callerOf(ctx).agent, orDefault(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	page := gen.ListProposed200JSONResponse{Counterparties: []gen.Proposed{}}
	for _, p := range ps {
		page.Counterparties = append(page.Counterparties, gen.Proposed{CounterpartyId: p.PayeeID, Reporters: p.Reporters, Agents: p.Agents,
			FirstAt: p.First, LastAt: p.Last})
	}
	return page, nil
}

func (s *Server) SearchCounterparty(ctx context.Context,
	r gen.SearchCounterpartyRequestObject) (gen.SearchCounterpartyResponseObject, error) {
	id, err := s.Staff.SearchPayee(ctx, callerOf(ctx).agent, s.digests(r.Body.Account, r.Body.Country))
	return gen.SearchCounterparty200JSONResponse{CounterpartyId: id}, err
}

func (s *Server) ProposeCounterparty(ctx context.Context,
	r gen.ProposeCounterpartyRequestObject) (gen.ProposeCounterpartyResponseObject, error) {
	why, err := s.Staff.ProposePayee(ctx, store.ProposePayee{By: callerOf(ctx).agent, PayeeID: r.CounterpartyId, HoldID: r.Body.HoldId,
		Reason: messages.Plain(r.Body.Reason)})
	return gen.ProposeCounterparty202JSONResponse{CounterpartyId: r.CounterpartyId}, told(why, err)
}

func (s *Server) GetCounterparty(ctx context.Context, r gen.GetCounterpartyRequestObject) (gen.GetCounterpartyResponseObject, error) {
	v, why, err := s.Staff.ViewPayee(ctx, callerOf(ctx).agent, r.CounterpartyId, s.payee)
	if err = told(why, err); err != nil {
		return nil, err
	}
	locale := callerOf(ctx).locale
	out := gen.GetCounterparty200JSONResponse{Id: v.ID, FirstSeen: v.FirstSeen, Level: string(v.Known.Level), Mule: v.Known.Mule,
		Shared: v.Shared, Categories: []gen.PayeeCategory{}, Hits: payeeSaid(v.Hits, locale), Payers30d: v.Known.Payers, Held30d: v.Known.Held,
		Held: orNone(v.Held), Released: orNone(v.Released), Reporters: v.Reporters, Proposals: []gen.Proposal{}, Verdicts: []gen.Verdict{},
		Now: v.Now}
	if v.Latest != nil {
		latest := maskedPayee(*v.Latest)
		out.Latest, out.LatestHoldId = &latest, v.Latest.ID
	}
	for _, code := range v.Known.Categories {
		out.Categories = append(out.Categories, gen.PayeeCategory{Code: code, Text: counterparties.Words(code, locale)})
	}
	for _, p := range v.Proposals {
		one := gen.Proposal{Source: p.Source, HoldId: p.HoldID, At: p.At}
		if p.Source == queue.ByAgent {
			one.Agent, one.Reason = p.Author, p.Reason
		}
		out.Proposals = append(out.Proposals, one)
	}
	for _, d := range v.Verdicts {
		out.Verdicts = append(out.Verdicts, viewVerdict(d))
	}
	return out, nil
}

// orNone is a list that is never null.
func orNone(sums []hold.Money) []hold.Money {
	if sums == nil {
		return []hold.Money{}
	}
	return sums
}

func payeeSaid(hits []counterparties.Hit, locale string) []gen.PayeeSaid {
	out := []gen.PayeeSaid{}
	for _, h := range hits[:min(len(hits), maxHits)] {
		out = append(out, gen.PayeeSaid{List: h.List, Category: h.Category, Text: counterparties.Words(h.Category, locale),
			Strength: string(h.Strength), Reporters: h.Reporters, From: h.From})
	}
	return out
}

// unlinked is a hold as the agent who asks may see it: without what the bank knows of a
// payee whom they have paid or reported as a customer.
func (s *Server) unlinked(ctx context.Context, h hold.Hold) (hold.Hold, error) {
	linked, err := s.Staff.LinkedToPayee(ctx, callerOf(ctx).agent, h.PayeeID)
	if linked {
		h.PayeeID, h.VerdictID = "", ""
	}
	return h, err
}

// payeeKnown is what is known of a hold's payee, for people who work at the bank; nil:
// payees were not looked up.
func (s *Server) payeeKnown(ctx context.Context, h hold.Hold) (*gen.PayeeKnown, error) {
	digests := s.payee(h.Request)
	if len(digests) == 0 || h.PayeeID == "" {
		return nil, nil
	}
	k, hits, err := s.Staff.LookPayeeOf(ctx, digests, h.ID)
	if err != nil {
		return nil, err
	}
	return &gen.PayeeKnown{Level: string(k.Level), Mule: k.Mule, Verdict: k.Verdict(), Hits: payeeSaid(hits, callerOf(ctx).locale),
		LinkedHolds: k.Held}, nil
}
