package api

import (
	"context"

	"holdfast/api/gen"
	"holdfast/hold"
	"holdfast/messages"
	"holdfast/store"
)

func (s *Server) ListContactsOfCase(ctx context.Context, r gen.ListContactsOfCaseRequestObject) (gen.ListContactsOfCaseResponseObject,
	error) {
	cc, why, err := s.Staff.ContactsOfCase(ctx, callerOf(ctx).agent, string(r.CaseId))
	if err := s.lost(ctx, string(r.CaseId), told(why, err)); err != nil {
		return nil, err
	}
	t := s.Policies.Current().Contacts()
	out := gen.ListContactsOfCase200JSONResponse{Contacts: []gen.CaseContact{}, Identified: cc.Identified, Enabled: t.On,
		Inform: string(t.Inform), Veto: string(t.Veto)}
	for _, c := range cc.Contacts {
		out.Contacts = append(out.Contacts, viewCaseContact(c, cc.Acted, cc.Now))
	}
	return out, nil
}

func (s *Server) ActOnContact(ctx context.Context, r gen.ActOnContactRequestObject) (gen.ActOnContactResponseObject, error) {
	b := r.Body
	if b.Act.OfHold() != (b.HoldId != "") {
		return nil, field("/hold_id", "is of call, text and veto, and of those alone")
	}
	row, number, why, err := s.Staff.ActOnContact(ctx, store.ContactAct{By: callerOf(ctx).agent, CaseID: string(r.CaseId),
		ContactID: string(r.ContactId), Act: b.Act, HoldID: b.HoldId, Terms: s.Policies.Current().Contacts(), Texts: s.contactTexts()})
	if err := s.lost(ctx, string(r.CaseId), told(why, err)); err != nil {
		return nil, err
	}
	now, err := s.Staff.Now(ctx)
	return gen.ActOnContact200JSONResponse{Contact: viewCaseContact(row, nil, now), Number: number}, err
}

// viewCaseContact shows a contact to the bank's staff.
func viewCaseContact(r store.ContactRow, acted []store.Acted, now hold.Instant) gen.CaseContact {
	out := gen.CaseContact{Id: gen.TrustedContactID(r.ID), Name: messages.Safe(r.Name), Number: messages.Number(r.Number),
		Status: string(r.Stands(now)), EffectiveAt: r.EffectiveAt(), VetoFrom: r.VetoFrom(), LeavesAt: r.LeavesAt(now),
		Acted: []gen.ContactActed{}}
	for _, a := range acted {
		if a.ContactID == r.ID {
			out.Acted = append(out.Acted, gen.ContactActed{HoldId: a.HoldID, Act: string(a.Act), At: a.At})
		}
	}
	return out
}
