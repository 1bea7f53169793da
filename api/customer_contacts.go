package api

import (
	"context"

	"holdfast/api/gen"
	"holdfast/channels"
	"holdfast/contacts"
	"holdfast/hold"
	"holdfast/messages"
	"holdfast/numbers"
	"holdfast/store"
)

func (s *Server) ListContacts(ctx context.Context, _ gen.ListContactsRequestObject) (gen.ListContactsResponseObject, error) {
	rows, err := s.Customers.Contacts(ctx, callerOf(ctx).customer)
	if err != nil {
		return nil, err
	}
	now, err := s.Customers.Now(ctx)
	if err != nil {
		return nil, err
	}
	asked, err := s.Customers.AskedContacts(ctx, callerOf(ctx).customer, s.Policies.Current().ContactRules())
	out := s.viewContacts(rows, now)
	for _, a := range asked {
		out.Asked = append(out.Asked, gen.AskedContact{Id: gen.TrustedContactID(a.ID), Who: messages.Safe(a.Who), NamedAt: a.NamedAt})
	}
	return gen.ListContacts200JSONResponse(out), err
}

func (s *Server) AgreeContact(ctx context.Context, r gen.AgreeContactRequestObject) (gen.AgreeContactResponseObject, error) {
	id := string(r.ContactId)
	return gen.AgreeContact204Response{}, told(s.Customers.AgreeContact(ctx, store.AgreeContact{CustomerID: callerOf(ctx).customer,
		ContactID: id, Agrees: r.Body.Agree, Contact: s.Policies.Current().ContactRules(),
		Proof: s.contactProof(string(r.Body.Proof), s.Devices.ContactAnswer(id, r.Body.Agree))}))
}

func (s *Server) NameContact(ctx context.Context, r gen.NameContactRequestObject) (gen.NameContactResponseObject, error) {
	b := r.Body
	if s.Desk.SMS == nil || !s.Policies.Current().Contacts().On { // without texts nobody could be asked
		return nil, refuse(string(hold.ContactsOff))
	}
	phone, err := phoneOf(b.Phone, "/phone")
	if err != nil {
		return nil, err
	}
	name := messages.Safe(b.Name)
	if name == "" {
		return nil, field("/name", "has nothing that can be shown")
	}
	row, why, err := s.Customers.NameContact(ctx, store.NameContact{CustomerID: callerOf(ctx).customer, Name: name,
		Phone: phone, Proof: s.contactProof(string(b.Proof), s.Devices.ContactNamed(b.Phone, b.Name)), Texts: s.contactTexts()})
	if err := told(why, err); err != nil {
		return nil, err
	}
	return gen.NameContact201JSONResponse(viewContact(row, row.NamedAt)), nil
}

func (s *Server) RemoveContact(ctx context.Context, r gen.RemoveContactRequestObject) (gen.RemoveContactResponseObject, error) {
	id := string(r.ContactId)
	return gen.RemoveContact204Response{}, told(s.Customers.RemoveContact(ctx, s.contactWord(ctx, id, string(r.Params.HoldfastProof), id)))
}

func (s *Server) KeepContact(ctx context.Context, r gen.KeepContactRequestObject) (gen.KeepContactResponseObject, error) {
	id := string(r.ContactId)
	w := s.contactWord(ctx, id, string(r.Body.Proof), s.Devices.ContactKept(id))
	return gen.KeepContact204Response{}, told(s.Customers.KeepContact(ctx, w))
}

// contactWord is the customer's word on a contact of theirs, signed being what their device
// has to have signed.
func (s *Server) contactWord(ctx context.Context, id, proof, signed string) store.ContactWord {
	return store.ContactWord{CustomerID: callerOf(ctx).customer, ContactID: id, Proof: s.contactProof(proof, signed), Texts: s.noticeRules()}
}

// contactProof is a device's word on somebody whom the customer trusts.
func (s *Server) contactProof(proof, contact string) store.DeviceProof {
	nonce := s.Devices.ContactNonce(proof)
	return store.DeviceProof{Device: s.Desk.Device(proof), Nonce: nonce, MinAge: s.Policies.Current().MinDeviceAge(),
		Verify: func(d hold.Device, now hold.Instant) (hold.Refusal, error) {
			return channels.Refused(s.Devices.Contact(d, contact, nonce, s.Desk.Audience, proof, now))
		}}
}

func (s *Server) contactTexts() store.ContactTexts {
	return store.ContactTexts{Contact: s.Policies.Current().ContactRules(), SMS: s.SMS}
}

// noticeRules are those of a text that tells of a change; nil: texts are not sent.
func (s *Server) noticeRules() *hold.ContactRules {
	if s.Desk.SMS == nil {
		return nil
	}
	rules := s.Policies.Current().ContactRules()
	return &rules
}

func phoneOf(number, at string) (hold.Phone, error) {
	n, err := numbers.Parse(number)
	if err != nil {
		return hold.Phone{}, field(at, "is no phone number in E.164 (+, country code, number) of a length that its country has")
	}
	return hold.Phone{Number: n.Number, Country: n.Country, Prefix: n.Prefix, Line: hold.Line(n.Line), Forms: numbers.Forms(n.Number)}, nil
}

func (s *Server) viewContacts(rows []store.ContactRow, now hold.Instant) gen.ContactList {
	out := gen.ContactList{Contacts: []gen.TrustedContact{}}
	if s.Policies.Current().Contacts().On {
		out.Most = contacts.Most
	}
	for _, r := range rows {
		out.Contacts = append(out.Contacts, viewContact(r, now))
	}
	return out
}

// viewContact shows a contact to everybody but the bank's staff: a block is not seen.
func viewContact(r store.ContactRow, now hold.Instant) gen.TrustedContact {
	return gen.TrustedContact{Id: gen.TrustedContactID(r.ID), Name: messages.Safe(r.Name), Number: messages.Number(r.Number),
		Status: string(r.Shown(now)), Source: string(r.Source), NamedAt: r.NamedAt, EffectiveAt: r.EffectiveAt(),
		LeavesAt: r.LeavesAt(now)}
}
