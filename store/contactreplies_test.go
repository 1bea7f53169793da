package store_test

import (
	"testing"

	"holdfast/contacts"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// A reply waits for nobody whose question to the number is over.
func TestRepliesPassByOldQuestions(t *testing.T) {
	t.Parallel()
	b := storetest.New(t, storetest.PostgresURL(t))
	friend, p := b.Customer, trusted()
	b.Customer = b.NewCustomer("asked-long-ago")
	named(b, "Ines", p)
	b.Clock.Forward(contacts.AskLife)
	raw := storetest.Raw(t, b.URL).MustBegin()
	raw.MustExec(`SELECT 1 FROM customers WHERE id = $1 FOR UPDATE`, b.Customer.ID)
	b.Customer = friend
	replied(b, p, store.ReplyStop, false)
	b.Must(raw.Rollback())
}

// A NO answers a payment's question whenever it comes, and a contact's only if that was asked
// last.
func TestNoToTwoQuestions(t *testing.T) {
	t.Parallel()
	// asker names the bundle's customer, who is asked by text.
	asker := func(b *storetest.Bundle) (friend hold.Customer, p hold.Phone) {
		b.T.Helper()
		friend, p = b.Customer, b.Customer.Phones[0]
		p.Forms = []string{p.Number}
		b.Customer = b.NewCustomer("asker")
		named(b, "A friend", p)
		return friend, p
	}
	paid := func(b *storetest.Bundle, c hold.Customer) (id hold.ID) {
		b.T.Helper()
		was := b.Customer
		b.Customer = c
		id, _ = b.Texted(storetest.SMSLadder())
		b.Customer = was
		sendTexts(b)
		return id
	}
	no := func(b *storetest.Bundle, p hold.Phone, id hold.ID, contact string) {
		b.T.Helper()
		expect(b, "no", replied(b, p, store.ReplyNo, false), hold.TakenUp)
		if id != "" {
			_, err := b.Conclude(ctx, id)
			b.Must(err)
			expect(b, "the payment", b.Look(id).Decision.Reason, hold.ReasonRefused)
		}
		expect(b, "the contact", shownContacts(b), contact)
	}
	stories(t, map[string]func(b *storetest.Bundle){
		"the payment was asked last": func(b *storetest.Bundle) {
			friend, p := asker(b)
			b.Clock.Forward(contacts.Day)
			no(b, p, paid(b, friend), "A friend named")
			no(b, p, "", "A friend named")
		},
		"the contact was asked last": func(b *storetest.Bundle) {
			id := paid(b, b.Customer)
			_, p := asker(b)
			no(b, p, id, "")
		},
		"of two who ask, the last": func(b *storetest.Bundle) {
			_, p := asker(b)
			first := b.Customer
			b.Clock.Forward(contacts.Day)
			b.Customer = b.NewCustomer("asker-2")
			named(b, "A neighbour", p)
			no(b, p, "", "")
			b.Customer = first
			expect(b, "the first", shownContacts(b), "A friend named")
		},
	})
}
