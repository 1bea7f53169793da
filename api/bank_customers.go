package api

import (
	"context"
	"fmt"
	"time"

	"holdfast/api/gen"
	"holdfast/hold"
	"holdfast/numbers"
	"holdfast/store"
)

func (s *Server) PutCustomer(ctx context.Context, r gen.PutCustomerRequestObject) (gen.PutCustomerResponseObject, error) {
	who, b := callerOf(ctx), r.Body
	put := store.PutCustomer{ID: r.CustomerId, Name: b.Name, Locale: b.Locale, TimeZone: b.TimeZone, Phrase: b.Phrase,
		MayBackdate: who.may("customers:import"), Actor: who.actor()}
	seen := map[string]bool{}
	for i, p := range b.Phones {
		at := fmt.Sprintf("/phones/%d/number", i)
		n, err := numbers.Parse(p.Number)
		if err != nil {
			return nil, field(at, "is no phone number in E.164 (+, country code, number) of a length that its country has")
		}
		phone := hold.Phone{Number: n.Number, Since: p.Since, Country: n.Country, Prefix: n.Prefix,
			Line: hold.Line(n.Line), Forms: numbers.Forms(n.Number)}
		for _, form := range phone.Forms {
			if seen[form] {
				return nil, field(at, "is in the list twice")
			}
			seen[form] = true
		}
		put.Phones = append(put.Phones, phone)
	}
	if b.Phones != nil && put.Phones == nil {
		put.Phones = []hold.Phone{} // an empty list empties it
	}
	for i, d := range b.Devices {
		at := fmt.Sprintf("/devices/%d/public_key", i)
		key, err := s.Devices.ParseKey(d.PublicKey)
		if err != nil {
			return nil, field(at, "is no public key on P-256")
		}
		if seen[string(key)] {
			return nil, field(at, "is in the list twice")
		}
		seen[string(key)] = true
		put.Devices = append(put.Devices, store.PutDevice{Name: d.Name, PublicKey: key, Since: d.Since, Revoked: d.Revoked})
	}
	c, why, err := s.Bank.PutCustomer(ctx, put)
	if why == hold.SinceFuture {
		return nil, field("since", "of a phone or device lies in the future")
	}
	return gen.PutCustomer200JSONResponse(viewCustomer(c)), told(why, err)
}

const longestSession = 15 * time.Minute

func (s *Server) OpenSession(ctx context.Context, r gen.OpenSessionRequestObject) (gen.OpenSessionResponseObject, error) {
	life := time.Duration(r.Body.Lifetime) * time.Second
	if life == 0 {
		life = longestSession
	}
	token := "hfc_" + secret()
	ses, err := s.Bank.CreateSession(ctx, r.CustomerId, Digest(token), life, callerOf(ctx).actor())
	return gen.OpenSession201JSONResponse{Token: token, ExpiresAt: ses.ExpiresAt}, err
}

func (s *Server) ResetCounters(ctx context.Context, r gen.ResetCountersRequestObject) (gen.ResetCountersResponseObject, error) {
	return gen.ResetCounters204Response{}, s.Bank.ResetCounters(ctx, r.CustomerId, callerOf(ctx).actor())
}

func (s *Server) UnfreezeCustomer(ctx context.Context, r gen.UnfreezeCustomerRequestObject) (gen.UnfreezeCustomerResponseObject, error) {
	id, why, err := s.Bank.BankAsksUnfreeze(ctx, callerOf(ctx).actor(), r.CustomerId, r.Body.Reason)
	return gen.UnfreezeCustomer202JSONResponse{ApprovalId: id}, told(why, err)
}
