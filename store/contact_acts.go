package store

import (
	"context"

	"holdfast/contacts"
	"holdfast/hold"
	"holdfast/queue"
)

// ContactAct is what an agent or clerk does about a contact of the customer whose case
// they have.
type ContactAct struct {
	By        By
	CaseID    string
	ContactID string
	Act       contacts.Act
	HoldID    hold.ID // of acts about one
	Terms     contacts.Terms
	Texts     ContactTexts
}

// contactWork is a contact with everything around them, locked. The hold is read for acts
// that are about one.
type contactWork struct {
	work
	row ContactRow
}

// ActOnContact does it, by the rules of contacts.Facts. number is theirs, whole, to who is
// about to call them.
func (s *Store) ActOnContact(ctx context.Context, a ContactAct) (row ContactRow, number string, why hold.Refusal, err error) {
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		number = "" // of a try that was undone
		w, why, err := t.fetchContactWork(a)
		if err != nil || why != "" {
			return why, err
		}
		f, err := t.contactFacts(w, a)
		if err != nil {
			return "", err
		}
		if why := f.Rule(a.Act); why != "" {
			t.count("contact_act_refused_" + string(why))
			return why, nil
		}
		if why, err = t.actOn(w, a); err != nil || why != "" {
			return why, err
		}
		if a.Act == contacts.Call {
			number = w.row.Number
		}
		t.count("contact_" + string(a.Act))
		return "", t.get(&row, contactRows+`WHERE c.id = ?`, w.row.ID)
	})
	return row, number, why, err
}

// fetchContactWork locks in order and reads. Who never had the case learns nothing.
func (t *tx) fetchContactWork(a ContactAct) (w *contactWork, why hold.Refusal, err error) {
	w = &contactWork{}
	strength := "SHARE"
	if a.Act == contacts.Call { // a look is counted
		strength = "NO KEY UPDATE"
	}
	if w.agent, err = t.lockAgent(a.By, strength); err != nil {
		return nil, "", err
	}
	var of hold.CustomerID
	if err = t.get(&of, `SELECT customer_id FROM cases WHERE id = ?`, a.CaseID); err != nil {
		return nil, "", err
	}
	about := hold.ID("")
	if w.ofHold = a.Act.OfHold(); w.ofHold {
		about = a.HoldID
	}
	if w.Standing, w.cs, err = t.lockWork(about, of, a.CaseID); err == nil && w.Customer.ID != of {
		err = ErrNotFound
	}
	if err != nil {
		return nil, "", err
	}
	if why, err = t.mayWork(w.agent, w.cs, w.Now); err != nil || why != "" {
		return nil, why, err
	}
	if w.calls, err = t.callsOf(w.cs); err != nil {
		return nil, "", err
	}
	if w.hidden() {
		return nil, hold.IdentityMissing, nil
	}
	return w, "", t.get(&w.row, contactRows+`WHERE c.id = ? AND c.customer_id = ?`, a.ContactID, of)
}

// contactFacts is what bears on the act.
func (t *tx) contactFacts(w *contactWork, a ContactAct) (f contacts.Facts, err error) {
	leg := queue.Proof(w.cs, w.calls, w.Customer, queue.AsFarAsKnown, w.Now)
	f = contacts.Facts{Terms: a.Terms, Contact: w.row.Contact, Number: w.row.Number, Identified: leg.Identified,
		Counter: a.By.Role == queue.RoleBranch, Now: w.Now}
	if !w.ofHold {
		return f, nil
	}
	if err := t.concludeRefusal(&w.Standing); err != nil { // what speaks against it comes first
		return f, err
	}
	f.Hold = &w.Standing
	var n struct {
		Done   bool `db:"done"`
		Texts  int  `db:"texts"`
		Vetoes int  `db:"vetoes"`
	}
	err = t.get(&n, `SELECT EXISTS (SELECT 1 FROM contact_acts WHERE hold_id = ? AND act = ?) AS done,
		(SELECT COUNT(*) FROM contact_acts WHERE customer_id = ? AND act = 'text' AND at > ?) AS texts,
		(SELECT COUNT(*) FROM contact_acts WHERE customer_id = ? AND act = 'veto' AND at > ?) AS vetoes`,
		w.ID, a.Act, w.Customer.ID, w.Now.Add(-contacts.Day), w.Customer.ID, w.Now.Add(-contacts.VetoSpan))
	f.Done, f.Texts, f.Vetoes = n.Done, n.Texts, n.Vetoes
	return f, err
}

// actOn does what was allowed. What is about the contact alone is on a chain of its own:
// the customer's would grow, and their app would notice.
func (t *tx) actOn(w *contactWork, a ContactAct) (hold.Refusal, error) {
	body := map[string]any{"contact_id": w.row.ID, "case_id": w.cs.ID, "lease": w.cs.Lease, "via": a.By.via()}
	switch a.Act {
	case contacts.Block:
		return "", t.mark(w, a, "contact.blocked", `blocked_at = ?, blocked_by = ? WHERE blocked_at = 0 AND id = ?`, body, w.Now, a.By.actor())
	case contacts.AllowVeto:
		return "", t.mark(w, a, "contact.veto_allowed", `veto_at = ? WHERE veto_at = 0 AND id = ?`, body, w.Now)
	}
	if a.Act == contacts.Call {
		if why, err := t.countLook(a.By, "unmask", w.Now); err != nil || why != "" {
			return why, err
		}
	}
	if a.Act == contacts.TextThem {
		if why, err := t.textContact(w, a); err != nil || why != "" {
			return why, err
		}
	}
	if _, err := t.exec(`INSERT INTO contact_acts (id, contact_id, customer_id, hold_id, act, actor, at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		NewID("act"), w.row.ID, w.Customer.ID, w.ID, a.Act, a.By.actor(), w.Now); err != nil {
		return "", err
	}
	if a.Act == contacts.Veto {
		return "", t.veto(w, a.By.actor(), body)
	}
	body["by"] = a.Act
	return "", t.entry(string(w.ID), "contact.informed", a.By.actor(), w.Now, body)
}

// mark sets what is set once, with an entry.
func (t *tx) mark(w *contactWork, a ContactAct, kind, set string, body map[string]any, args ...any) error {
	n, err := t.exec(`UPDATE contacts SET `+set, append(args, w.row.ID)...)
	if err != nil || n == 0 {
		return err
	}
	return t.entry("contact:"+w.row.ID, kind, a.By.actor(), w.Now, body)
}

// textContact queues the text that tells a contact to call.
func (t *tx) textContact(w *contactWork, a ContactAct) (hold.Refusal, error) {
	x := texted{textRow: textRow{ContactID: w.row.ID}}
	if err := t.fetchContact(&x); err != nil {
		return "", err
	}
	if x.to == nil || untrusted(hold.Customer{}, x.to, a.Texts.Contact, w.Now, a.Texts.SMS.Lookups) != "" {
		return hold.ContactNumberBad, nil
	}
	return "", t.addContactText(hold.TextContactTold, w.row.Contact, *x.to, w.ID, a.Texts.Contact, w.Now, w.Now.Add(noticeLife))
}

// veto makes the hold one that only a supervisor's call releases, as a suspicion of it
// does; the customer's other holds are asked as before. It decides nothing.
func (t *tx) veto(w *contactWork, actor string, body map[string]any) error {
	l := &w.Standing
	for i := range l.Challenges {
		if c := &l.Challenges[i]; c.Status == hold.Open && c.Channel != hold.Callback {
			if err := t.closeChallenge(*c, hold.Cancelled, "vetoed", w.Now); err != nil {
				return err
			}
			c.Status = hold.Cancelled
		}
	}
	if err := t.doubtHold(l, "vetoed", actor, "hold.vetoed", body); err != nil {
		return err
	}
	t.wake(l.ID, w.Now)
	t.publish(string(w.Customer.ID))
	cs, err := t.lockCase(w.cs.ID)
	if err != nil || cs.Status == queue.CaseClosed {
		return err
	}
	return t.settleCase(cs, w.Now)
}
