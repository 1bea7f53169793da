package api

import (
	"context"
	"fmt"

	"holdfast/api/gen"
	"holdfast/hold"
	"holdfast/messages"
	"holdfast/store"
)

func (s *Server) PutContacts(ctx context.Context, r gen.PutContactsRequestObject) (gen.PutContactsResponseObject, error) {
	who := callerOf(ctx)
	if !s.Policies.Current().Contacts().On {
		return nil, refuse(string(hold.ContactsOff))
	}
	put := store.PutContacts{CustomerID: r.CustomerId, MayBackdate: who.may("customers:import"), Actor: who.actor(), Texts: s.noticeRules()}
	seen := map[string]bool{}
	for i, c := range r.Body.Contacts {
		at := fmt.Sprintf("/contacts/%d/phone", i)
		phone, err := phoneOf(c.Phone, at)
		if err != nil {
			return nil, err
		}
		name := messages.Safe(c.Name)
		if name == "" {
			return nil, field(fmt.Sprintf("/contacts/%d/name", i), "has nothing that can be shown")
		}
		for _, form := range phone.Forms {
			if seen[form] {
				return nil, field(at, "is in the list twice")
			}
			seen[form] = true
		}
		put.Contacts = append(put.Contacts, store.PutContact{Name: name, Phone: phone, AcceptedAt: c.AcceptedAt})
	}
	rows, at, why, err := s.Bank.PutContacts(ctx, put)
	if why == hold.SinceFuture {
		return nil, field(fmt.Sprintf("/contacts/%d/accepted_at", at), "lies in the future")
	}
	if err := told(why, err); err != nil {
		return nil, err
	}
	now, err := s.Customers.Now(ctx)
	return gen.PutContacts200JSONResponse(s.viewContacts(rows, now)), err
}
