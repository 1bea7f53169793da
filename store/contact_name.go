package store

import (
	"context"
	"time"

	"holdfast/contacts"
	"holdfast/hold"
)

// ContactRow is a contact with their number.
type ContactRow struct {
	contacts.Contact
	Number string `db:"number"` // E.164
}

const contactRows = `SELECT c.*, n.number FROM contacts c JOIN numbers n ON n.id = c.number_id `

// ContactTexts are what texts to and about contacts need.
type ContactTexts struct {
	Contact hold.ContactRules
	SMS     hold.SMSRules
}

// NameContact is a customer's wish to name somebody, in the app.
type NameContact struct {
	CustomerID hold.CustomerID
	Name       string
	Phone      hold.Phone
	Proof      DeviceProof
	Texts      ContactTexts
}

// NameContact names somebody, asks them by text, and tells the customer on every other
// way to them.
func (s *Store) NameContact(ctx context.Context, n NameContact) (row ContactRow, why hold.Refusal, err error) {
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		c, now, why, err := t.said(n.CustomerID, n.Proof)
		if err != nil || why != "" {
			return why, err
		}
		x := contacts.Contact{CustomerID: c.ID, Name: n.Name, Source: contacts.ByApp, NamedAt: now,
			NamedBy: "device:" + string(n.Proof.Device)}
		bad := badForTexts(n.Phone, n.Texts, now)
		row.Contact, why, err = t.name(c, x, n.Phone, bad, now)
		row.Number = n.Phone.Number
		if err != nil || why != "" {
			return why, err
		}
		if why, err := t.askContact(row, n.Phone, n.Texts, now); err != nil || why != "" {
			return why, err
		}
		return "", t.tellOfContact(c, row.Contact, "contact.named", x.NamedBy, &n.Texts.Contact, now)
	})
	return row, why, err
}

// badForTexts tells whether a number is none that gets texts, by the numbering plan. An
// opt-out is its owner's own affair: who names them learns nothing of it.
func badForTexts(p hold.Phone, by ContactTexts, now hold.Instant) bool {
	p.Since, p.OptedOutAt = now, 0
	return untrusted(hold.Customer{}, &p, ageless(by.Contact), now, by.SMS.Lookups) != ""
}

// ageless are rules for a number that is new to us.
func ageless(r hold.ContactRules) hold.ContactRules { r.MinAge = 0; return r }

// name keeps a contact, unless somebody like that is refused. The customer is locked, so
// that there are never more than three.
func (t *tx) name(c hold.Customer, x contacts.Contact, p hold.Phone, bad bool, now hold.Instant) (contacts.Contact, hold.Refusal, error) {
	n := contacts.Naming{Customer: c, Name: x.Name, Phone: p, NumberBad: bad, Now: now}
	if err := t.bears(&n); err != nil {
		return x, "", err
	}
	why := n.Refusal()
	if why == "" { // a number that is new is kept and locked before anybody counts what bears on it
		if err := t.numberBears(&n); err != nil {
			return x, "", err
		}
		why = n.Refusal()
	}
	if why != "" {
		t.count("contact_refused_" + string(why))
		return x, why, nil
	}
	if was := n.WasBlocked(); was != nil {
		x.BlockedAt, x.BlockedBy = was.BlockedAt, was.BlockedBy
	}
	var err error
	if x.NumberID, err = t.putNumber(p); err != nil {
		return x, "", err
	}
	x.ID = NewID("ctc")
	_, err = t.exec(`INSERT INTO contacts (id, customer_id, number_id, name, source, named_at, named_by, accepted_at, accepted_by, blocked_at,
		blocked_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, x.ID, x.CustomerID, x.NumberID, x.Name, x.Source, x.NamedAt, x.NamedBy,
		x.AcceptedAt, x.AcceptedBy, x.BlockedAt, x.BlockedBy)
	t.count("contact_named_" + string(x.Source))
	return x, "", err
}

// paidLately is how many of the customer's holds a name is compared with.
const paidLately = 200

// bears reads what bears on a naming.
func (t *tx) bears(n *contacts.Naming) (err error) {
	if n.Theirs, err = t.contactsOf(n.Customer.ID); err != nil {
		return err
	}
	var rows []holdRow
	if err = t.all(&rows, holdRows+`WHERE h.customer_id = ? ORDER BY h.id DESC LIMIT ?`, n.Customer.ID, paidLately); err != nil {
		return err
	}
	hs, err := holdsOf(rows)
	if err != nil {
		return err
	}
	for _, h := range hs {
		n.Paid = append(n.Paid, h.Request.Payee)
	}
	forms := append([]string{n.Phone.Number}, n.Phone.Forms...)
	n.Line, err = t.numbersOf(forms)
	return err
}

// numberBears locks a line, and then reads who has it, by any of its rows, and how often it
// was asked.
func (t *tx) numberBears(n *contacts.Naming) (err error) {
	if err = t.lockLines(n.Phone); err != nil {
		return err
	}
	forms := append([]string{n.Phone.Number}, n.Phone.Forms...)
	if n.Line, err = t.numbersOf(forms); err != nil {
		return err
	}
	line, me := n.Line, n.Customer.ID
	var f []struct {
		Own     bool `db:"own"`
		Devices bool `db:"devices"`
		Numbers bool `db:"numbers"`
		Asked   int  `db:"asked"`
	}
	err = t.in(&f, `SELECT EXISTS (SELECT 1 FROM phones WHERE number_id IN (?) AND customer_id = ?) AS own,
		EXISTS (SELECT 1 FROM phones p JOIN devices d ON d.customer_id = p.customer_id
			JOIN devices m ON m.customer_id = ? AND m.public_key = d.public_key WHERE p.number_id IN (?) AND p.customer_id <> ?) AS devices,
		EXISTS (SELECT 1 FROM phones p JOIN phones q ON q.customer_id = p.customer_id
			JOIN phones m ON m.customer_id = ? AND m.number_id = q.number_id WHERE p.number_id IN (?) AND p.customer_id <> ?) AS numbers,
		(SELECT COUNT(*) FROM texts WHERE number_id IN (?) AND kind = 'contact_asked' AND created_at > ?) AS asked`,
		line, me, me, line, me, me, line, me, line, n.Now.Add(-contacts.Day))
	if err != nil {
		return err
	}
	n.Own, n.Shares, n.Asked = f[0].Own, f[0].Devices || f[0].Numbers, f[0].Asked
	return nil
}

func (t *tx) contactsOf(id hold.CustomerID) (all []contacts.Contact, err error) {
	return all, t.all(&all, `SELECT * FROM contacts WHERE customer_id = ? ORDER BY named_at, id`, id)
}

// askContact asks somebody, by a text with a code, whether they agree.
func (t *tx) askContact(row ContactRow, p hold.Phone, by ContactTexts, now hold.Instant) (hold.Refusal, error) {
	p.ID = row.NumberID
	switch cause, err := t.numberSpent(p, now, by.SMS.PrefixHourly); {
	case err != nil:
		return "", err
	case cause != "": // they are on record, and may be named anew once there is room for a question
		return hold.ContactsSpent, t.takeOff(row.Contact, ActorSystem, now)
	}
	return "", t.addContactText(hold.TextContactAsked, row.Contact, p, "", ageless(by.Contact), now, now.Add(askedLife))
}

// askedLife is how long a question to a contact is worth sending.
const askedLife = time.Hour

// addContactText queues a text to a contact.
func (t *tx) addContactText(kind hold.TextKind, x contacts.Contact, to hold.Phone, id hold.ID, r hold.ContactRules, now,
	until hold.Instant) error {
	return t.queueText(textRow{Kind: kind, CustomerID: x.CustomerID, NumberID: to.ID, Prefix: to.Prefix, HoldID: id, ContactID: x.ID,
		Rules: rulesJSON(r), CreatedAt: now, Until: until})
}

// tellOfContact tells the customer of a change: their log and every open app, and, where
// texts may be sent (rules not nil), each number that may get one.
func (t *tx) tellOfContact(c hold.Customer, x contacts.Contact, kind, actor string, rules *hold.ContactRules, now hold.Instant) error {
	text := hold.TextContactNamed
	if kind == "contact.removed" || kind == "contact.leaving" {
		text = hold.TextContactRemoved
	}
	for i, p := range c.Phones {
		if rules != nil && untrusted(c, &c.Phones[i], *rules, now, true) == "" {
			if err := t.addText(text, c.ID, p, "", "", *rules, now, now.Add(noticeLife)); err != nil {
				return err
			}
		}
	}
	t.publish(string(c.ID))
	return t.entry("customer:"+string(c.ID), kind, actor, now, map[string]any{"contact_id": x.ID, "number_id": x.NumberID,
		"source": x.Source})
}
