package api

import (
	"context"

	"holdfast/api/gen"
	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/store"
)

// AskPayee tells a customer, before they pay, what anybody may know of an account: what
// public lists say, and whether the name fits. What the bank alone knows is not looked
// at, and the reply is the same as of an account that nobody knows. It acts once a
// payment is made.
func (s *Server) AskPayee(ctx context.Context, r gen.AskPayeeRequestObject) (gen.AskPayeeResponseObject, error) {
	me := callerOf(ctx).customer
	c, err := s.Customers.Customer(ctx, me)
	if err != nil {
		return nil, err
	}
	s.Count("payee_asked")
	said, why, err := s.Customers.CheckPayee(ctx, s.question(me, r.Body.Account, r.Body.Country))
	if err != nil {
		return nil, err
	} else if why != "" {
		f := refuse(string(why))
		f.wait = said.Wait
		return nil, f
	}
	out := gen.AppPayeeCheck{Known: gen.AppPayeeCheckKnownUnknown, Warnings: []gen.PayeeWarning{}}
	for _, h := range said.Hits {
		out.Known = gen.AppPayeeCheckKnownListed
		out.Warnings = append(out.Warnings, gen.PayeeWarning{Category: h.Category, Text: counterparties.Words(h.Category, c.Locale)})
	}
	if r.Body.Name != "" {
		a := counterparties.NameAnswer{Result: hold.NameUnknown}
		if !said.Unnamed {
			a = s.checkName(ctx, hold.Payee{Account: r.Body.Account, Country: r.Body.Country, Name: r.Body.Name})
		}
		out.NameCheck, out.NameText = a.Result, a.In(c.Locale)
	}
	return gen.AskPayee200JSONResponse(out), nil
}

func (s *Server) question(who hold.CustomerID, account, country string) store.PayeeQuestion {
	q := store.PayeeQuestion{Who: who, Digests: s.digests(account, country)}
	if len(q.Digests) > 0 {
		q.Account = s.Payees.Current(counterparties.Paid(account, s.Country))
	}
	return q
}

// checkName asks whether a name fits an account. Where nobody answers, that is unknown.
func (s *Server) checkName(ctx context.Context, p hold.Payee) counterparties.NameAnswer {
	if s.Names == nil {
		return counterparties.NameAnswer{Result: hold.NameUnknown}
	}
	a, err := s.Names.CheckName(ctx, p)
	if err != nil {
		s.Log.WarnContext(ctx, "a name was not compared", "error", err)
		return counterparties.NameAnswer{Result: hold.NameUnknown}
	}
	s.Count("name_check_" + string(a.Result))
	return a
}
