package policy

import "holdfast/contacts"

// contacts reads whether customers may name somebody whom they trust, how those are told
// of a payment that something speaks against, and whether they may ask for a call.
func (r *reader) contacts(p place) contacts.Terms {
	t := contacts.Terms{Inform: contacts.InformAsk, Veto: contacts.VetoOff}
	fs := r.fields(p, "enabled", "inform", "veto")
	if v, ok := r.need(p, fs, "enabled"); ok {
		t.On = r.flag(v)
	}
	if v, ok := fs["inform"]; ok {
		t.Inform, _ = oneOf(r, v, contacts.InformAsk, contacts.InformText)
	}
	if v, ok := fs["veto"]; ok {
		t.Veto, _ = oneOf(r, v, contacts.VetoOff, contacts.VetoAgent)
	}
	return t
}

// Contacts are what the policy says of somebody whom a customer trusts.
func (p *Policy) Contacts() contacts.Terms { return p.contacts }
