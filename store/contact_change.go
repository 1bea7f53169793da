package store

import (
	"encoding/json"
	"strings"

	"holdfast/audit"
	"holdfast/contacts"
	"holdfast/hold"
)

// changeContact brings somebody to what the bank says of them now. Who counts goes on
// counting: a later acceptance would take them off for three days.
func (t *tx) changeContact(c hold.Customer, p PutContacts, n PutContact, was contacts.Contact, accepted,
	now hold.Instant) (hold.Refusal, error) {
	if was.Shown(now) == contacts.Effective {
		accepted = min(accepted, was.AcceptedAt)
	}
	if n.Name == was.Name && accepted == was.AcceptedAt {
		return "", nil
	}
	f := contacts.Naming{Customer: c, Name: n.Name, Phone: n.Phone, Now: now}
	if err := t.bears(&f); err != nil {
		return "", err
	}
	if err := t.numberBears(&f); err != nil {
		return "", err
	}
	if why := f.Change(was); why != "" {
		return why, nil
	}
	if _, err := t.exec(`UPDATE contacts SET name = ?, accepted_at = ? WHERE id = ?`, n.Name, accepted, was.ID); err != nil {
		return "", err
	}
	return "", t.tellOfContact(c, was, "contact.changed", p.Actor, p.Texts, now)
}

// changesRead is how many of a customer's entries are looked through for a day's changes.
const changesRead = 500

// bankSpent refuses what this transaction tells the customer if, with it, the bank's keys told
// them too much within a day. What tells them nothing is never refused.
func (t *tx) bankSpent(id hold.CustomerID, now hold.Instant) (hold.Refusal, error) {
	told := len(t.entries)
	if told == 0 {
		return "", nil
	}
	var raw [][]byte
	if err := t.all(&raw, `SELECT bytes FROM audit_entries WHERE subject = ? ORDER BY seq DESC LIMIT ?`, "customer:"+string(id),
		changesRead); err != nil {
		return "", err
	}
	whole := len(raw) < changesRead // or there may be more of the day's
	for _, b := range raw {
		var e audit.Entry
		if err := json.Unmarshal(b, &e); err != nil {
			return "", err
		}
		if hold.Instant(e.At) <= now.Add(-contacts.Day) {
			whole = true
			break
		}
		if strings.HasPrefix(e.Kind, "contact.") && strings.HasPrefix(e.Actor, "client:") {
			told++
		}
	}
	if told > contacts.BankDay || !whole {
		return hold.ContactsSpent, nil
	}
	return "", nil
}
