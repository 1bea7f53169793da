package store

import (
	"context"
	"slices"

	"holdfast/contacts"
	"holdfast/hold"
)

// PutContacts is the bank's own list of whom a customer trusts. Whom the customer named
// in the app stays.
type PutContacts struct {
	CustomerID  hold.CustomerID
	Contacts    []PutContact
	MayBackdate bool               // the key has customers:import
	Texts       *hold.ContactRules // nil: none are sent
	Actor       string
}

// PutContact is one of them. AcceptedAt is when they agreed, as the bank knows it; zero
// is unsaid.
type PutContact struct {
	Name       string
	Phone      hold.Phone
	AcceptedAt hold.Instant
}

// PutContacts replaces the bank's list, all of it or nothing. at is which of them is
// refused.
func (s *Store) PutContacts(ctx context.Context, p PutContacts) (rows []ContactRow, at int, why hold.Refusal, err error) {
	why, err = s.whole(ctx, func(t *tx) (hold.Refusal, error) {
		c, err := t.lockCustomer(p.CustomerID)
		if err != nil {
			return "", err
		}
		now, err := t.now()
		if err != nil {
			return "", err
		}
		old, err := t.contactsOf(c.ID)
		if err != nil {
			return "", err
		}
		old = slices.DeleteFunc(old, func(x contacts.Contact) bool {
			return x.Source != contacts.ByBank || x.Shown(now) == contacts.Removed
		})
		phones := make([]hold.Phone, len(p.Contacts))
		for i, n := range p.Contacts {
			phones[i] = n.Phone
		}
		if err := t.lockLines(phones...); err != nil {
			return "", err
		}
		kept := map[string]bool{}
		if err := t.dropContacts(c, p, old, kept, now); err != nil {
			return "", err
		}
		for i, n := range p.Contacts {
			at = i
			if why, err := t.putContact(c, p, n, old, kept, now); err != nil || why != "" {
				return why, err
			}
		}
		return t.bankSpent(c.ID, now)
	})
	if err != nil || why != "" {
		return nil, at, why, err
	}
	rows, err = s.Contacts(ctx, p.CustomerID)
	return rows, 0, "", err
}

// dropContacts takes off whom the bank does not name any more, and finds whom it does.
func (t *tx) dropContacts(c hold.Customer, p PutContacts, old []contacts.Contact, kept map[string]bool, now hold.Instant) error {
	for i := range p.Contacts {
		ids, err := t.numbersOf(p.Contacts[i].Phone.Forms)
		if err != nil {
			return err
		}
		for _, x := range old {
			if slices.Contains(ids, x.NumberID) {
				p.Contacts[i].Phone.ID, kept[x.NumberID] = x.NumberID, true
			}
		}
	}
	for _, x := range old {
		if kept[x.NumberID] {
			continue
		}
		if err := t.takeOff(x, p.Actor, now); err != nil {
			return err
		}
		if err := t.tellOfContact(c, x, "contact.removed", p.Actor, p.Texts, now); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) putContact(c hold.Customer, p PutContacts, n PutContact, old []contacts.Contact, kept map[string]bool,
	now hold.Instant) (hold.Refusal, error) {
	known := hold.Instant(0)
	i := slices.IndexFunc(old, func(x contacts.Contact) bool { return kept[n.Phone.ID] && x.NumberID == n.Phone.ID })
	if i >= 0 {
		known = old[i].AcceptedAt
	}
	accepted, why := hold.SettledSince(n.AcceptedAt, known, now, p.MayBackdate)
	if why != "" {
		return why, nil
	}
	if i >= 0 {
		return t.changeContact(c, p, n, old[i], accepted, now)
	}
	x := contacts.Contact{CustomerID: c.ID, Name: n.Name, Source: contacts.ByBank, NamedAt: now, NamedBy: p.Actor, AcceptedAt: accepted,
		AcceptedBy: p.Actor}
	called := n.Phone
	called.Since = now
	x, why, err := t.name(c, x, n.Phone, uncallable(&called, hold.ContactRules{}, now) != "", now)
	if err != nil || why != "" {
		return why, err
	}
	return "", t.tellOfContact(c, x, "contact.named", p.Actor, p.Texts, now)
}
