package api

import (
	"context"

	"holdfast/api/gen"
	"holdfast/counterparties"
	"holdfast/hold"
)

// maxHits bounds what one check tells.
const maxHits = 50

// payee are the digests that a payment's payee may be kept under.
func (s *Server) payee(req hold.Request) []counterparties.Digest {
	if !s.Payees.Any() {
		return nil
	}
	return s.Payees.Paid(req.Payee.Account, req.Payee.Country, s.Country)
}

// digests are those that an account may be kept under which somebody asks about, who may
// not know its country.
func (s *Server) digests(account, country string) []counterparties.Digest {
	if !s.Payees.Any() {
		return nil
	}
	return s.Payees.Lookup(account, country, s.Country)
}

// CheckPayee tells the bank what is known of an account. It writes nothing down, but
// counts.
func (s *Server) CheckPayee(ctx context.Context, r gen.CheckPayeeRequestObject) (gen.CheckPayeeResponseObject, error) {
	out := gen.PayeeCheck{Level: gen.PayeeCheckLevel(counterparties.Unknown), Categories: []gen.PayeeCategory{}, Hits: []gen.PayeeHit{}}
	if r.Body.Name != "" {
		a := s.checkName(ctx, hold.Payee{Account: r.Body.Account, Country: r.Body.Country, Name: r.Body.Name})
		out.NameCheck, out.NameCode, out.NameText = a.Result, a.Code, a.In(callerOf(ctx).locale)
	}
	digests := s.digests(r.Body.Account, r.Body.Country)
	if len(digests) == 0 {
		return gen.CheckPayee200JSONResponse(out), nil
	}
	s.Count("payee_checked")
	k, hits, err := s.Bank.LookPayee(ctx, digests)
	if err != nil {
		return nil, err
	}
	out.Level, out.Mule, out.Payers30d, out.Held30d = gen.PayeeCheckLevel(k.Level), k.Mule, k.Payers, k.Held
	out.FirstSeen = instant(k.FirstSeen)
	for _, code := range k.Categories {
		out.Categories = append(out.Categories, gen.PayeeCategory{Code: code, Text: counterparties.Words(code, callerOf(ctx).locale)})
	}
	for _, h := range hits[:min(len(hits), maxHits)] {
		out.Hits = append(out.Hits, gen.PayeeHit{List: h.List, Ref: h.Ref, Category: h.Category, Strength: gen.PayeeHitStrength(h.Strength),
			Reporters: h.Reporters, From: instant(h.From), To: instant(h.To)})
	}
	return gen.CheckPayee200JSONResponse(out), nil
}

// instant is a time that may be missing.
func instant(at hold.Instant) *hold.Instant {
	if at == 0 {
		return nil
	}
	return &at
}
