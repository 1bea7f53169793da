package store_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"holdfast/contacts"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// twice puts a number on record a second time, as an old record in another form, before
// the row that it has, and gives the line as it is named.
func twice(b *storetest.Bundle, p hold.Phone) hold.Phone {
	b.T.Helper()
	old := fmt.Sprint("+39350", p.Number[6:])
	_, err := storetest.Raw(b.T, b.URL).Exec(fmt.Sprintf(`INSERT INTO numbers (id, number, country, prefix, line)
		VALUES ('num_00%s', '%s', 'IT', '39333', 'mobile')`, old[1:], old))
	b.Must(err)
	p.Forms = []string{old, p.Number}
	return p
}

// A line that is on record in two forms is one line, whichever of them bears on a naming.
func TestNamingALineOfTwoRows(t *testing.T) {
	t.Parallel()
	refused := func(b *storetest.Bundle, p hold.Phone, want hold.Refusal) {
		b.T.Helper()
		_, why, err := b.NameContact(ctx, naming(b, "Somebody", twice(b, p)))
		b.Must(err)
		expect(b, "naming", why, want)
	}
	customer := func(b *storetest.Bundle, c store.PutCustomer) {
		b.T.Helper()
		c.ID, c.Name, c.Locale, c.TimeZone, c.Phrase, c.Actor = "other", "O", "en", "UTC", "x", "test"
		_, why, err := b.PutCustomer(ctx, c)
		b.Granted(why, err)
	}
	stories(t, map[string]func(b *storetest.Bundle){
		"their own": func(b *storetest.Bundle) { refused(b, b.Customer.Phones[0], hold.ContactRefused) },
		"named before": func(b *storetest.Bundle) {
			p := trusted()
			named(b, "Ines", p)
			refused(b, p, hold.ContactKnown)
		},
		"of who shares a device": func(b *storetest.Bundle) {
			p := trusted()
			customer(b, store.PutCustomer{Phones: []hold.Phone{p}, Devices: []store.PutDevice{{Name: "d",
				PublicKey: b.Customer.Devices[0].PublicKey}}})
			refused(b, p, hold.ContactRefused)
		},
		"of who shares a number": func(b *storetest.Bundle) {
			p, mine := trusted(), b.Customer.Phones[0]
			mine.Since, mine.Forms = 0, []string{mine.Number}
			customer(b, store.PutCustomer{Phones: []hold.Phone{mine, p}})
			refused(b, p, hold.ContactRefused)
		},
		"asked three times": func(b *storetest.Bundle) {
			p := trusted()
			for i := range contacts.AskedDay {
				b.Customer = b.NewCustomer(hold.CustomerID(fmt.Sprint("asker-", i)))
				named(b, "Ines", p)
			}
			b.Customer = b.NewCustomer("asker-last")
			refused(b, p, hold.ContactsSpent)
		},
		"blocked before": func(b *storetest.Bundle) {
			row := blockedOne(b)
			p := trusted()
			p.Number = row.Number
			removed(b, row.ID)
			b.Clock.Forward(contacts.Settling)
			again := named(b, "Somebody", twice(b, p))
			var at hold.Instant
			b.Must(storetest.Raw(b.T, b.URL).Get(&at, `SELECT blocked_at FROM contacts WHERE id = '`+again.ID+`'`))
			expect(b, "blocked", at != 0, true)
		},
	})
}

// However many customers name a number at once that is new to the bank, through two
// processes, it is asked three times a day.
func TestQuestionsRace(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(_ *testing.T, b *storetest.Bundle) {
		const n = 12
		p, stores := trusted(), []*store.Store{b.Store, other(b)}
		namings := make([]store.NameContact, n)
		for i := range namings {
			b.Customer = b.NewCustomer(hold.CustomerID(fmt.Sprint("asker-", i)))
			namings[i] = naming(b, "Ines", p)
		}
		var asked, spent atomic.Int64
		b.Must(many(n, func(i int) error {
			_, why, err := stores[i%2].NameContact(ctx, namings[i])
			switch why {
			case "":
				asked.Add(1)
			case hold.ContactsSpent:
				spent.Add(1)
			}
			return err
		}))
		expect(b, "asked", asked.Load(), contacts.AskedDay)
		expect(b, "spent", spent.Load(), int64(n-contacts.AskedDay))
		verify(b)
	})
}
