package store

import (
	"context"
	"errors"
	"time"

	"holdfast/contacts"
	"holdfast/hold"
)

// AskedContact is a question to somebody who is a customer of the bank, too.
type AskedContact struct {
	ID      string       `db:"id"`
	Who     string       `db:"who"` // the name of the customer who asks
	NamedAt hold.Instant `db:"named_at"`
}

// theirQuestions are the open questions to a customer's numbers that are old enough to be
// theirs. A block is not seen.
const theirQuestions = `SELECT c.id, u.name AS who, c.named_at FROM phones p JOIN contacts c ON c.number_id = p.number_id
	JOIN customers u ON u.id = c.customer_id WHERE p.customer_id = ? AND p.unusable_at = 0 AND p.since <= ?
	AND c.accepted_at = 0 AND c.removed_at = 0 AND c.named_at > ? AND c.customer_id <> p.customer_id `

// AskedContacts are who asks a customer to be somebody whom they trust.
func (s *Store) AskedContacts(ctx context.Context, id hold.CustomerID, r hold.ContactRules) (qs []AskedContact, err error) {
	return qs, s.view(ctx, func(t *tx) error {
		qs = nil // of a try before
		now, err := t.now()
		if err != nil {
			return err
		}
		return t.all(&qs, theirQuestions+`ORDER BY c.named_at, c.id LIMIT 20`, id, now.Add(-time.Duration(r.MinAge)), now.Add(-contacts.AskLife))
	})
}

// AgreeContact is a customer's word, by a device, on a question to them.
type AgreeContact struct {
	CustomerID hold.CustomerID // who is asked
	ContactID  string
	Agrees     bool
	Proof      DeviceProof
	Contact    hold.ContactRules
}

// AgreeContact has somebody agree to be named, or not, in their own app. Both customers
// are locked, in the order of their ids.
func (s *Store) AgreeContact(ctx context.Context, a AgreeContact) (hold.Refusal, error) {
	return s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		var by hold.CustomerID
		err := t.get(&by, `SELECT customer_id FROM contacts WHERE id = ?`, a.ContactID)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return "", err
		}
		who := []hold.CustomerID{a.CustomerID}
		if by != "" {
			who = append(who, by)
		}
		all, err := t.lockAll(nil, who)
		if err != nil {
			return "", err
		}
		me := all.customers[a.CustomerID]
		if me.FrozenAt != 0 {
			return hold.CustomerFrozen, nil
		}
		if why, err := t.proven(me, a.Proof, all.now); err != nil || why != "" {
			return why, err
		}
		var q AskedContact
		err = t.get(&q, theirQuestions+`AND c.id = ?`, me.ID, all.now.Add(-time.Duration(a.Contact.MinAge)), all.now.Add(-contacts.AskLife),
			a.ContactID)
		if errors.Is(err, ErrNotFound) {
			return hold.ContactUnknown, nil
		} else if err != nil {
			return "", err
		}
		var x contacts.Contact
		if err := t.get(&x, `SELECT * FROM contacts WHERE id = ?`, q.ID); err != nil {
			return "", err
		}
		if !a.Agrees {
			return "", t.decline([]contacts.Contact{x}, all.now)
		}
		return "", t.agreed(x, "app", all.now)
	})
}
