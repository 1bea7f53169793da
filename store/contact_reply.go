package store

import (
	"slices"

	"holdfast/contacts"
	"holdfast/hold"
)

// questionsTo are the questions to contacts on a line that a reply may still answer, of
// the customers who are locked.
func (t *tx) questionsTo(ids []string, of map[hold.CustomerID]hold.Customer, now hold.Instant) (qs []contacts.Contact, err error) {
	var all []contacts.Contact
	if err := t.in(&all, `SELECT * FROM contacts WHERE accepted_at = 0 AND removed_at = 0 AND number_id IN (?)
		AND named_at > ? ORDER BY id`, ids, now.Add(-contacts.AskLife)); err != nil {
		return nil, err
	}
	for _, x := range all {
		if _, locked := of[x.CustomerID]; locked && x.Answers(now) {
			qs = append(qs, x)
		}
	}
	return qs, nil
}

// agrees holds a code against each question to its sender: counted, then compared. It
// tells whether one was right.
func (t *tx) agrees(qs []contacts.Contact, r Reply, now hold.Instant) (right bool, err error) {
	if r.Contact == nil {
		return false, nil
	}
	for _, x := range qs {
		if _, err := t.exec(`UPDATE contacts SET tries = tries + 1 WHERE id = ?`, x.ID); err != nil {
			return false, err
		}
		if !r.Contact(hold.ContactQuestion{ID: x.ID, NumberID: x.NumberID, KeyID: x.KeyID, Digits: x.Digits}) {
			t.count("contact_code_wrong")
			continue
		}
		right = true
		if err := t.agreed(x, "reply", now); err != nil {
			return false, err
		}
	}
	return right, nil
}

// agreed keeps that somebody agreed to be named, by reply or in their own app. Whether they are blocked changes
// nothing here: nobody could tell.
func (t *tx) agreed(x contacts.Contact, by string, now hold.Instant) error {
	if _, err := t.exec(`UPDATE contacts SET accepted_at = ?, accepted_by = ? WHERE id = ? AND accepted_at = 0`, now, by, x.ID); err != nil {
		return err
	}
	t.count("contact_accepted")
	t.publish(string(x.CustomerID))
	return t.entry("customer:"+string(x.CustomerID), "contact.accepted", "contact:"+x.ID, now, map[string]any{"contact_id": x.ID,
		"number_id": x.NumberID})
}

// saysNo refuses every payment that waits, and stops every loosening of a lock that the
// line was told of. A question to a contact it answers only if that
// was the text that went to the line last: it may have meant a payment, and that who was
// named stays unanswered for a week harms nobody. It tells whether there was anything to refuse.
func (t *tx) saysNo(ids []string, owners []hold.Customer, asked []askedBy, named []contacts.Contact,
	now hold.Instant) (meant bool, err error) {
	stopped, err := t.stopByText(ids, owners, now)
	if err != nil {
		return false, err
	}
	var last []string
	if err := t.in(&last, `SELECT contact_id FROM texts WHERE number_id IN (?) AND sends > 0 AND status <> 'failed'
		ORDER BY created_at DESC, id DESC LIMIT 1`, ids); err != nil {
		return false, err
	}
	named = slices.DeleteFunc(named, func(x contacts.Contact) bool { return !slices.Contains(last, x.ID) })
	if err := t.decline(named, now); err != nil {
		return false, err
	}
	return len(asked)+len(named) > 0 || stopped, t.replyNo(asked)
}

// decline takes those off who do not want to be named.
func (t *tx) decline(qs []contacts.Contact, now hold.Instant) error {
	for _, x := range qs {
		if err := t.takeOff(x, "contact:"+x.ID, now); err != nil {
			return err
		}
		t.count("contact_declined")
		t.publish(string(x.CustomerID))
		if err := t.entry("customer:"+string(x.CustomerID), "contact.declined", "contact:"+x.ID, now, map[string]any{"contact_id": x.ID,
			"number_id": x.NumberID}); err != nil {
			return err
		}
	}
	return nil
}
