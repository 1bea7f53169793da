package contacts

import (
	"holdfast/hold"
)

// Act is what staff do about a contact.
type Act string

const (
	Block     Act = "block"      // an identified customer's wish: told nothing from now on
	AllowVeto Act = "allow_veto" // an identified customer's wish
	Call      Act = "call"       // an agent tells them, by telephone
	TextThem  Act = "text"       // a text tells them
	Veto      Act = "veto"       // theirs: a call before anything is released
)

// Acts lists every Act.
var Acts = []Act{Block, AllowVeto, Call, TextThem, Veto}

// OfHold tells whether the act is about a hold.
func (a Act) OfHold() bool { return a == Call || a == TextThem || a == Veto }

// Inform is how a contact may be told.
type Inform string

const (
	InformAsk  Inform = "ask"  // by an agent's call alone
	InformText Inform = "text" // also by a text that an agent sends
)

// VetoBy is who may take a veto down.
type VetoBy string

const (
	VetoOff   VetoBy = "off"
	VetoAgent VetoBy = "agent"
)

// Terms are what the bank's policy says of contacts. The zero value is none.
type Terms struct {
	On     bool
	Inform Inform
	Veto   VetoBy
}

// Facts bear on an act, read under the locks of hold and customer.
type Facts struct {
	Terms   Terms
	Contact Contact
	Number  string // the contact's
	Hold    *hold.Standing
	// How the customer proved who they are: by the digits in this lease, or to a clerk
	// whom they stand before.
	Identified, Counter bool
	Done                bool // the same about this hold is on record
	Texts, Vetoes       int  // of the customer's, in a day and in VetoSpan
	Now                 hold.Instant
}

// Rule says why an act is refused; "" means that it may be done. A block is never a
// matter of policy, or of where the contact stands.
func (f Facts) Rule(a Act) hold.Refusal {
	stands := f.Contact.Stands(f.Now)
	switch {
	case a == Block && !f.Identified && !f.Counter, a == AllowVeto && !f.Identified:
		return hold.IdentityMissing
	case stands == Removed:
		return hold.ContactNotInForce
	case a == Block:
		return ""
	case f.Counter: // a clerk does nothing else
		return hold.RoleMissing
	case stands == Blocked:
		return hold.ContactBlocked
	case !f.Terms.On, a == TextThem && f.Terms.Inform != InformText, (a == Veto || a == AllowVeto) && f.Terms.Veto != VetoAgent:
		return hold.ContactsOff
	case a == AllowVeto:
		return ""
	case stands != Effective, a == Veto && (f.Contact.VetoFrom() == 0 || f.Now < f.Contact.VetoFrom()):
		return hold.ContactNotInForce
	}
	return f.ofHold(a)
}

func (f Facts) ofHold(a Act) hold.Refusal {
	h := f.Hold
	switch {
	case h == nil || h.Status.Decided():
		return hold.HoldDecided
	case Is(f.Contact.Name, f.Number, h.Request.Payee):
		return hold.ContactIsPayee
	case a != Veto && !h.Doubted():
		return hold.NotDoubted
	case a != Call && f.Done:
		return hold.ContactActed
	case a == TextThem && f.Texts >= TextsDay, a == Veto && f.Vetoes >= Vetoes:
		return hold.ContactsSpent
	}
	return ""
}
