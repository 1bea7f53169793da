package drill

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"holdfast/api/client"
	"holdfast/channels/push"
	"holdfast/contacts"
	"holdfast/devstack/stack"
	"holdfast/hold"
)

// Somebody whom a customer trusts, or should not.
const (
	Guarded  Behaviour = "guarded"  // fraud: says what they were told to; an agent tells their contact, who has them say not me
	Relative Behaviour = "relative" // fraud: a relative pays in their name, and is a contact of theirs; they block him, alone with an agent
)

// What attackers come to who are a contact, or want to have one.
const (
	thiefNames  = "a thief who holds the session names a contact: "
	thiefBlocks = "a thief who rings in blocks a contact: "
	silently    = "a relative who is blocked: "
	vetoes      = "a veto by a relative who is blocked: "
)

// trusts puts somebody on record whom a customer has trusted for a month.
func (p *person) trusts(ctx context.Context, name, number string) error {
	res, err := p.drill.bank.PutContacts(ctx, p.id, client.BankContacts{Contacts: []client.BankContact{{Name: name, Phone: number,
		AcceptedAt: hold.At(time.Now().AddDate(0, -1, 0))}}})
	return stack.Reply(res, err, nil)
}

// inform tells whom a customer trusts, where the policy lets an agent and something speaks
// against the payment. Who was told rings the customer, on a number that they know.
func (c *console) inform(ctx context.Context, v client.Case, k client.CaseTask) {
	var page client.CaseContactList
	res, err := c.ListContactsOfCase(ctx, v.Id)
	if err := stack.Reply(res, err, &page); err != nil || !page.Enabled {
		return // nobody was identified, or there are no contacts here
	}
	for _, t := range page.Contacts {
		if t.Status != "effective" {
			continue
		}
		res, err := c.ActOnContact(ctx, v.Id, t.Id, client.ContactAct{Act: contacts.Call, HoldId: k.Hold.Id})
		if err := stack.Reply(res, err, nil); err != nil {
			c.drill.noteResult("agent: contact not told")
			continue
		}
		c.drill.noteResult("agent: contact told")
		c.drill.later(ctx, time.Second, func() { c.drill.rungByContact(ctx, k.Hold.Id) })
	}
}

// rungByContact is what somebody does whom their contact has rung: they say not me.
func (d *Drill) rungByContact(ctx context.Context, id hold.ID) {
	d.mu.Lock()
	p := d.people[d.payers[id]]
	d.mu.Unlock()
	if p != nil && p.behaviour == Guarded {
		_, err := p.speakAgainst(ctx, id, false)
		d.fault("the customer's word", err)
	}
}

// stageRelative has a thief try to name a contact and to block one, and a customer block
// the relative who pays in her name: whatever he can see stays as it was.
func (d *Drill) stageRelative(ctx context.Context, ana *console, victim *person, id hold.ID) error {
	if err := d.insist(ctx, func() error { return victim.trusts(ctx, "Her brother", d.nextNumber(Relative)) }); err != nil {
		return err
	}
	before, err := victim.seesContacts(ctx)
	if err != nil {
		return err
	}
	if err := d.thiefNames(ctx, victim); err != nil {
		return err
	}
	v, err := ana.take(ctx, id)
	if err != nil {
		return err
	}
	brother, err := d.contactOf(ctx, victim)
	if err != nil {
		return err
	}
	d.noteAttack(thiefBlocks + ana.acts(ctx, v.Id, brother, contacts.Block, "")) // nobody was called yet
	ana.call(ctx, v)
	blocked := ana.acts(ctx, v.Id, brother, contacts.Block, "")
	after, err := victim.seesContacts(ctx)
	if err != nil {
		return err
	}
	if blocked == "done" && after == before {
		blocked = "learns nothing"
	}
	d.noteAttack(silently + blocked)
	d.noteAttack(vetoes + ana.acts(ctx, v.Id, brother, contacts.Veto, id))
	return ana.giveBack(ctx, v)
}

// informed tells whether somebody whom the customer trusts was told of the payment.
func (t trail) informed() bool {
	return slices.ContainsFunc(t, func(s step) bool { return s.kind == "contact.informed" })
}

// acts does something about a contact, and gives what was refused; "done": nothing.
func (c *console) acts(ctx context.Context, of, contact string, act contacts.Act, about hold.ID) string {
	res, err := c.ActOnContact(ctx, of, contact, client.ContactAct{Act: act, HoldId: about})
	err = stack.Reply(res, err, nil)
	var refused *stack.Refused
	switch {
	case err == nil:
		return "done"
	case errors.As(err, &refused):
		return refused.Code
	}
	c.trouble("contact", err)
	return "not answered"
}

// app is the API as a customer's session has it.
func (p *person) app(ctx context.Context) (*client.Client, error) {
	token, err := p.drill.bank.Session(ctx, p.id)
	if err != nil {
		return nil, err
	}
	return client.NewClient(p.drill.url, client.OnlyGiven, client.WithRequestEditorFn(bearer(token)))
}

// seesContacts is what the customer's app is told of their contacts, byte for byte.
func (p *person) seesContacts(ctx context.Context) (string, error) {
	own, err := p.app(ctx)
	if err != nil {
		return "", err
	}
	res, err := own.ListContacts(ctx)
	if err != nil {
		return "", err
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	b, err := io.ReadAll(res.Body)
	return string(b), err
}

func (d *Drill) contactOf(ctx context.Context, p *person) (string, error) {
	own, err := p.app(ctx)
	if err != nil {
		return "", err
	}
	var list client.ContactList
	res, err := own.ListContacts(ctx)
	if err := stack.Reply(res, err, &list); err != nil || len(list.Contacts) == 0 {
		return "", fmt.Errorf("no contact: %w", err)
	}
	return list.Contacts[0].Id, nil
}

// thiefNames names somebody with a device that was enrolled a moment ago.
func (d *Drill) thiefNames(ctx context.Context, victim *person) error {
	thief, err := victim.app(ctx)
	if err != nil {
		return err
	}
	own, err := enrol(ctx, thief, victim.id)
	if err != nil {
		return err
	}
	var n client.EnrolmentNonce
	res, err := thief.RequestEnrolmentNonce(ctx)
	if err := stack.Reply(res, err, &n); err != nil {
		return err
	}
	name, number := "A friend", d.nextNumber(Relative)
	proof, err := push.Signer{Device: own.ID, Key: own.Key, Audience: n.Audience}.SignContact(push.ContactNamed(number, name), n.Nonce, n.Now)
	if err != nil {
		return err
	}
	res, err = thief.NameContact(ctx, client.ContactNaming{Name: name, Phone: number, Proof: proof})
	err = stack.Reply(res, err, nil)
	var refused *stack.Refused
	switch {
	case err == nil:
		d.noteAttack(thiefNames + "named")
	case errors.As(err, &refused):
		d.noteAttack(thiefNames + refused.Code)
	default:
		return err
	}
	return nil
}

// contactsHeld looks whether any of it achieved what it must not.
func (d *Drill) contactsHeld(two *Check) {
	for attack, want := range map[string]string{thiefNames: "device_too_young", thiefBlocks: "identity_missing", silently: "learns nothing",
		vetoes: "contact_blocked"} {
		for said, n := range d.attacks {
			two.must(n == 0 || !strings.HasPrefix(said, attack) || said == attack+want, "%s, want %s", said, want)
		}
	}
}
