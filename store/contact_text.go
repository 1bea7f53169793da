package store

import (
	"errors"

	"holdfast/contacts"
	"holdfast/hold"
)

// fetchContact reads whom a text goes to. Their number is theirs since they agreed to
// being named by it; that of a question, since they were named.
func (t *tx) fetchContact(x *texted) error {
	var c contacts.Contact
	err := t.get(&c, `SELECT * FROM contacts WHERE id = ?`, x.ContactID)
	if errors.Is(err, ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	var p hold.Phone
	if err := t.get(&p, `SELECT id, number, country, prefix, line, opted_out_at FROM numbers WHERE id = ?`, c.NumberID); err != nil {
		return err
	}
	p.Since = max(c.NamedAt, c.AcceptedAt)
	x.contact, x.to = &c, &p
	return nil
}

// contactPointless tells whether a text to a contact need not go any more. A question
// goes to a blocked one as to any other: they never learn of it.
func (x texted) contactPointless() bool {
	switch {
	case x.contact == nil:
		return true
	case x.Kind == hold.TextContactAsked:
		return x.contact.Shown(x.looked.Now) != contacts.Named
	}
	return x.contact.Stands(x.looked.Now) != contacts.Effective || x.looked.Status.Decided()
}

// writeContact adds what a text to a contact says, and fixes the key of its code.
func (t *tx) writeContact(x *texted, out *hold.Text, by hold.SMSRules) error {
	out.Who = x.looked.Customer.Name
	if x.Kind != hold.TextContactAsked {
		return nil
	}
	if x.contact.KeyID == "" {
		x.contact.KeyID, x.contact.Digits = by.KeyID, by.Digits
		if _, err := t.exec(`UPDATE contacts SET key_id = ?, digits = ? WHERE id = ?`, by.KeyID, by.Digits, x.contact.ID); err != nil {
			return err
		}
	}
	out.Asked = hold.ContactQuestion{ID: x.contact.ID, NumberID: x.contact.NumberID, KeyID: x.contact.KeyID, Digits: x.contact.Digits}
	return nil
}
