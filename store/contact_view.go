package store

import (
	"context"

	"holdfast/contacts"
	"holdfast/hold"
)

// Acted is what was done about a contact and a hold.
type Acted struct {
	ContactID string       `db:"contact_id"`
	HoldID    hold.ID      `db:"hold_id"`
	Act       contacts.Act `db:"act"`
	At        hold.Instant `db:"at"`
}

// CaseContacts are a case's customer's contacts, for who works it.
type CaseContacts struct {
	Contacts   []ContactRow
	Acted      []Acted // about the case's holds
	Identified bool    // the customer proved who they are, in this lease
	Now        hold.Instant
}

// ContactsOfCase shows them as the bank's staff see them: blocked ones too, and nobody
// who is taken off.
func (s *Store) ContactsOfCase(ctx context.Context, by By, id string) (cc CaseContacts, why hold.Refusal, err error) {
	err = s.view(ctx, func(t *tx) error {
		cc = CaseContacts{} // of a try before
		var v CaseView
		if why, err = t.showCase(&v, by, id); err != nil || why != "" {
			return err
		}
		if v.Hidden {
			why = hold.IdentityMissing
			return nil
		}
		cc.Identified, cc.Now = v.Identified, v.Now
		var all []ContactRow
		if err := t.all(&all, contactRows+`WHERE c.customer_id = ? ORDER BY c.named_at, c.id`, v.CustomerID); err != nil {
			return err
		}
		for _, r := range all {
			if r.Stands(v.Now) != contacts.Removed {
				cc.Contacts = append(cc.Contacts, r)
			}
		}
		return t.all(&cc.Acted, `SELECT contact_id, hold_id, act, at FROM contact_acts WHERE hold_id IN
			(SELECT hold_id FROM tasks WHERE case_id = ? AND hold_id <> '') ORDER BY at, id`, id)
	})
	return cc, why, err
}

// contactsAtOnce is how many a sweep deletes.
const contactsAtOnce = 100

// ForgetContacts deletes those who were taken off, or never agreed, long enough ago.
// Blocked ones stay: the same number may come back under another name.
func (s *Store) ForgetContacts(ctx context.Context) (n int, err error) {
	err = s.update(ctx, func(t *tx) error {
		now, err := t.now()
		if err != nil {
			return err
		}
		gone, err := t.exec(`DELETE FROM contacts WHERE id IN (SELECT id FROM contacts WHERE removed_at <> 0 AND removed_at < ?
				AND blocked_at = 0 ORDER BY removed_at LIMIT ?)`, now.Add(-contacts.Kept), contactsAtOnce)
		if err != nil {
			return err
		}
		more, err := t.exec(`DELETE FROM contacts WHERE id IN (SELECT id FROM contacts WHERE accepted_at = 0 AND removed_at = 0
				AND blocked_at = 0 AND named_at < ? ORDER BY named_at LIMIT ?)`, now.Add(-contacts.AskLife-contacts.Kept), contactsAtOnce)
		n = int(gone + more)
		return err
	})
	return n, err
}

// Contacts are whom a customer has named, as they see it: those who are taken off are
// left out, and a block is not seen.
func (s *Store) Contacts(ctx context.Context, id hold.CustomerID) (rows []ContactRow, err error) {
	var all []ContactRow
	var now hold.Instant
	if err := s.reads(ctx, clock(&now), some(&all, contactRows+`WHERE c.customer_id = ? ORDER BY c.named_at, c.id`, id)); err != nil {
		return nil, err
	}
	for _, r := range all {
		if r.Shown(now) != contacts.Removed {
			rows = append(rows, r)
		}
	}
	return rows, nil
}
