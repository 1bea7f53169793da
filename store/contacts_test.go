package store_test

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/contacts"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

var contactsOn = contacts.Terms{On: true, Inform: contacts.InformText, Veto: contacts.VetoAgent}

var contactTexts = store.ContactTexts{Contact: storetest.Contact, SMS: storetest.TextRules.SMS}

var numbersNamed atomic.Int64

// trusted is a number that nobody has.
func trusted() hold.Phone {
	p := storetest.Mobile(fmt.Sprintf("+39340%07d", numbersNamed.Add(1)), 0)
	p.Forms = []string{p.Number}
	return p
}

// proof is the word of the bundle's old device, over a nonce of its own.
func proof(b *storetest.Bundle) store.DeviceProof {
	b.T.Helper()
	nonce, why, err := b.EnrolmentNonce(ctx, b.Customer.ID)
	b.Granted(why, err)
	return store.DeviceProof{Device: b.Old(), Nonce: nonce, MinAge: 12 * time.Hour,
		Verify: func(hold.Device, hold.Instant) (hold.Refusal, error) { return "", nil }}
}

func naming(b *storetest.Bundle, name string, p hold.Phone) store.NameContact {
	b.T.Helper()
	return store.NameContact{CustomerID: b.Customer.ID, Name: name, Phone: p, Proof: proof(b), Texts: contactTexts}
}

// named names somebody, and has the text that asks them sent.
func named(b *storetest.Bundle, name string, p hold.Phone) store.ContactRow {
	b.T.Helper()
	row, why, err := b.NameContact(ctx, naming(b, name, p))
	b.Granted(why, err)
	sendTexts(b)
	return row
}

// sendTexts has all that waits sent, and gives it by its kind.
func sendTexts(b *storetest.Bundle) map[hold.TextKind][]hold.Text {
	b.T.Helper()
	all := map[hold.TextKind][]hold.Text{}
	for _, id := range b.TextsWaiting() {
		x, err := b.BeginText(ctx, id, storetest.TextRules)
		b.Must(err)
		if x != nil {
			all[x.Kind] = append(all[x.Kind], *x)
			b.Must(b.TextSent(ctx, id, "SM"+id))
		}
	}
	return all
}

var replies atomic.Int64

// replied is a reply to the bank's number; right tells whether its code is a contact's.
func replied(b *storetest.Bundle, p hold.Phone, said store.ReplySaid, right bool) hold.Taken {
	b.T.Helper()
	var seen storetest.Compared
	taken, err := b.Reply(ctx, store.Reply{SID: fmt.Sprintf("SMin%d", replies.Add(1)), Forms: []string{p.Number}, Said: said,
		Judge: seen.Judge(false), Rules: storetest.Contact, Contact: func(hold.ContactQuestion) bool { return right }})
	b.Must(err)
	return taken
}

// inForce is somebody who was named, agreed and counts.
func inForce(b *storetest.Bundle, name string) (store.ContactRow, hold.Phone) {
	b.T.Helper()
	p := trusted()
	row := named(b, name, p)
	expect(b, "the reply", replied(b, p, store.ReplyCode, true), hold.TakenUp)
	b.Clock.Forward(contacts.Settling)
	expect(b, "shown", shownContacts(b), name+" effective")
	return row, p
}

// shownContacts is what the customer's app shows.
func shownContacts(b *storetest.Bundle) string {
	b.T.Helper()
	rows, err := b.Contacts(ctx, b.Customer.ID)
	b.Must(err)
	var all []string
	for _, r := range rows {
		all = append(all, r.Name+" "+string(r.Shown(b.Clock.Now())))
	}
	slices.Sort(all) // those of one moment are in no order
	return strings.Join(all, ", ")
}

// log are the kinds of the customer's chain.
func logOf(b *storetest.Bundle) string {
	b.T.Helper()
	lines, err := b.CustomerLog(ctx, b.Customer.ID, 100)
	b.Must(err)
	var kinds []string
	for _, l := range lines {
		if strings.HasPrefix(l.Kind, "contact.") {
			kinds = append(kinds, l.Kind)
		}
	}
	return strings.Join(kinds, " ")
}

func TestNameContact(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(_ *testing.T, b *storetest.Bundle) {
		b.Subtest("named, asked, agrees, counts", func() {
			p := trusted()
			_, why, err := b.NameContact(ctx, naming(b, "Ines", p))
			b.Granted(why, err)
			sent := sendTexts(b)
			expect(b, "the customer is told", len(sent[hold.TextContactNamed]), 1)
			expect(b, "on their number", sent[hold.TextContactNamed][0].Number, b.Customer.Phones[0].Number)
			asked := sent[hold.TextContactAsked]
			expect(b, "they are asked", len(asked), 1)
			expect(b, "on theirs", asked[0].Number, p.Number)
			expect(b, "who asks", asked[0].Who, "Maria Rossi")
			expect(b, "a code", asked[0].Asked.KeyID != "" && asked[0].Asked.ID != "" && asked[0].Asked.Digits == 6, true)
			expect(b, "named", shownContacts(b), "Ines named")
			expect(b, "wrong", replied(b, p, store.ReplyCode, false), hold.TakenUp)
			expect(b, "still named", shownContacts(b), "Ines named")
			expect(b, "right", replied(b, p, store.ReplyCode, true), hold.TakenUp)
			b.Clock.Forward(contacts.Settling - time.Second)
			expect(b, "accepted", shownContacts(b), "Ines accepted")
			b.Clock.Forward(time.Second)
			expect(b, "in force", shownContacts(b), "Ines effective")
			expect(b, "the log", logOf(b), "contact.accepted contact.named")
		})
		b.Subtest("tries are bounded, and counted before they are compared", func() {
			p := trusted()
			named(b, "Ines", p)
			for range contacts.MaxTries {
				replied(b, p, store.ReplyCode, false)
			}
			replied(b, p, store.ReplyCode, true)
			expect(b, "the sixth", shownContacts(b), "Ines named")
		})
		b.Subtest("no takes them off", func() {
			p := trusted()
			named(b, "Ines", p)
			expect(b, "no", replied(b, p, store.ReplyNo, false), hold.TakenUp)
			expect(b, "off", shownContacts(b), "")
			expect(b, "the log", logOf(b), "contact.declined contact.named")
		})
		b.Subtest("who wants no texts gets none", func() {
			p := trusted()
			named(b, "Ines", p)
			replied(b, p, store.ReplyStop, false)
			b.Clock.Forward(25 * time.Hour)
			nobody := naming(b, "Ines again", p)
			b.Customer = b.NewCustomer("who-wants-no-texts-2")
			nobody.CustomerID, nobody.Proof = b.Customer.ID, proof(b)
			_, why, err := b.NameContact(ctx, nobody)
			b.Granted(why, err)
			expect(b, "asked", len(sendTexts(b)[hold.TextContactAsked]), 0)
		})
		b.Subtest("a question nobody answers dies", func() {
			p := trusted()
			named(b, "Ines", p)
			b.Clock.Forward(contacts.AskLife)
			expect(b, "the reply", replied(b, p, store.ReplyCode, true), hold.TakenUnknown)
			expect(b, "gone", shownContacts(b), "")
		})
		b.Subtest("taken off by a device's word", func() {
			row := named(b, "Ines", trusted())
			again := saying(b, row.ID)
			why, err := b.RemoveContact(ctx, again)
			b.Granted(why, err)
			expect(b, "off", shownContacts(b), "")
			expect(b, "told", len(sendTexts(b)[hold.TextContactRemoved]), 1)
			why, err = b.RemoveContact(ctx, again)
			b.Must(err)
			expect(b, "the nonce is spent", why, hold.NonceMismatch)
			expect(b, "the log", logOf(b), "contact.removed contact.named")
		})
	})
}

// saying is the customer's word on a contact, by a device that is old enough.
func saying(b *storetest.Bundle, id string) store.ContactWord {
	return store.ContactWord{CustomerID: b.Customer.ID, ContactID: id, Proof: proof(b), Texts: &storetest.Contact}
}

// removed takes a contact off, in the app.
func removed(b *storetest.Bundle, id string) {
	b.T.Helper()
	why, err := b.RemoveContact(ctx, saying(b, id))
	b.Granted(why, err)
}

// Somebody who is a customer, too, agrees in their own app, by a device's word; nobody
// else does it for them.
func TestAgreeInTheApp(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(_ *testing.T, b *storetest.Bundle) {
		asked := func(c hold.Customer) string {
			b.T.Helper()
			qs, err := b.AskedContacts(ctx, c.ID, storetest.Contact)
			b.Must(err)
			var who []string
			for _, q := range qs {
				who = append(who, q.Who)
			}
			return strings.Join(who, ", ")
		}
		answer := func(c hold.Customer, id string, agrees bool, change func(*store.AgreeContact)) hold.Refusal {
			b.T.Helper()
			was := b.Customer
			b.Customer = c
			a := store.AgreeContact{CustomerID: c.ID, ContactID: id, Agrees: agrees, Proof: proof(b), Contact: storetest.Contact}
			b.Customer = was
			change(&a)
			why, err := b.AgreeContact(ctx, a)
			b.Must(err)
			return why
		}
		as := func(*store.AgreeContact) {}
		mine := func(c hold.Customer) hold.Phone {
			return hold.Phone{Number: c.Phones[0].Number, Forms: []string{c.Phones[0].Number}, Country: "IT", Prefix: "39333", Line: "mobile"}
		}
		b.Subtest("agrees", func() {
			friend := b.NewCustomer("friend-agrees")
			row := named(b, "A friend", mine(friend))
			expect(b, "asked", asked(friend), "Maria Rossi")
			expect(b, "nobody else is", asked(b.Customer), "")
			expect(b, "nor agrees for them", answer(b.Customer, row.ID, true, as), hold.ContactUnknown)
			expect(b, "nor a device that is too new", answer(friend, row.ID, true, func(a *store.AgreeContact) {
				for _, d := range friend.Devices {
					if d.Name == "new" {
						a.Proof.Device = d.ID
					}
				}
			}), hold.DeviceTooYoung)
			expect(b, "still asked", shownContacts(b), "A friend named")
			expect(b, "agrees", answer(friend, row.ID, true, as), "")
			expect(b, "agreed", shownContacts(b), "A friend accepted")
			expect(b, "once", answer(friend, row.ID, false, as), hold.ContactUnknown)
			expect(b, "the log", logOf(b), "contact.accepted contact.named")
			verify(b)
		})
		b.Subtest("declines", func() {
			friend := b.NewCustomer("friend-declines")
			row := named(b, "A friend", mine(friend))
			expect(b, "declines", answer(friend, row.ID, false, as), "")
			expect(b, "off", shownContacts(b), "")
		})
		b.Subtest("a number that is new to them is not theirs", func() {
			p := trusted()
			_, why, err := b.PutCustomer(ctx, store.PutCustomer{ID: "taker", Name: "T", Locale: "en", TimeZone: "UTC", Phrase: "x",
				Phones: []hold.Phone{p}, Actor: "test"})
			b.Granted(why, err)
			named(b, "A friend", p)
			expect(b, "asked", asked(hold.Customer{ID: "taker"}), "")
		})
	})
}

func TestNamingRefused(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(_ *testing.T, b *storetest.Bundle) {
		refused := func(want hold.Refusal, change func(n *store.NameContact)) {
			b.T.Helper()
			n := naming(b, "Ines", trusted())
			change(&n)
			_, why, err := b.NameContact(ctx, n)
			b.Must(err)
			expect(b, "naming", why, want)
			expect(b, "contacts", shownContacts(b), "")
			expect(b, "asked", len(sendTexts(b)[hold.TextContactAsked]), 0)
		}
		b.Subtest("a device that is too new", func() {
			refused(hold.DeviceTooYoung, func(n *store.NameContact) { n.Proof.Device = b.Young() })
		})
		b.Subtest("a device of nobody", func() { refused(hold.DeviceUnknown, func(n *store.NameContact) { n.Proof.Device = "dev_x" }) })
		b.Subtest("a nonce of before", func() { refused(hold.NonceMismatch, func(n *store.NameContact) { n.Proof.Nonce = "x" }) })
		b.Subtest("a bare session", func() {
			refused(hold.SignatureInvalid, func(n *store.NameContact) {
				n.Proof.Verify = func(hold.Device, hold.Instant) (hold.Refusal, error) { return hold.SignatureInvalid, nil }
			})
		})
		b.Subtest("a number of VoIP", func() { refused(hold.ContactNumberBad, func(n *store.NameContact) { n.Phone.Line = hold.LineVoIP }) })
		b.Subtest("a number from elsewhere", func() { refused(hold.ContactNumberBad, func(n *store.NameContact) { n.Phone.Country = "KP" }) })
		b.Subtest("their own number", func() {
			refused(hold.ContactRefused, func(n *store.NameContact) {
				n.Phone.Number, n.Phone.Forms = b.Customer.Phones[0].Number, []string{b.Customer.Phones[0].Number}
			})
		})
		b.Subtest("a payee", func() {
			b.Held(storetest.PushLadder())
			refused(hold.ContactRefused, func(n *store.NameContact) { n.Name = "KOVACS, Anna" })
		})
		b.Subtest("a customer who shares a device", func() {
			me, shared := b.Customer, trusted()
			_, why, err := b.PutCustomer(ctx, store.PutCustomer{ID: "sharer", Name: "S", Locale: "en", TimeZone: "UTC", Phrase: "x",
				Phones: []hold.Phone{shared}, Devices: []store.PutDevice{{Name: "d", PublicKey: me.Devices[0].PublicKey}}, Actor: "test"})
			b.Granted(why, err)
			refused(hold.ContactRefused, func(n *store.NameContact) { n.Phone = shared })
		})
		b.Subtest("a customer who shares a number", func() {
			other, mine := trusted(), b.Customer.Phones[0]
			mine.Since, mine.Forms = 0, []string{mine.Number}
			_, why, err := b.PutCustomer(ctx, store.PutCustomer{ID: "neighbour", Name: "S", Locale: "en", TimeZone: "UTC", Phrase: "x",
				Phones: []hold.Phone{mine, other}, Actor: "test"})
			b.Granted(why, err)
			refused(hold.ContactRefused, func(n *store.NameContact) { n.Phone = other })
		})
		b.Subtest("another customer is welcome", func() {
			other := trusted()
			_, why, err := b.PutCustomer(ctx, store.PutCustomer{ID: "daughter", Name: "S", Locale: "en", TimeZone: "UTC", Phrase: "x",
				Phones: []hold.Phone{other}, Actor: "test"})
			b.Granted(why, err)
			named(b, "Ines", other)
			expect(b, "contacts", shownContacts(b), "Ines named")
		})
		b.Subtest("a frozen customer", func() {
			n := naming(b, "Ines", trusted())
			b.Must(b.AskForHelp(ctx, b.Customer.ID))
			_, why, err := b.NameContact(ctx, n)
			b.Must(err)
			expect(b, "naming", why, hold.CustomerFrozen)
		})
		b.Subtest("three questions to a number in a day", func() {
			p := trusted()
			for i := range contacts.AskedDay {
				b.Customer = b.NewCustomer(hold.CustomerID(fmt.Sprint("asker-", i)))
				named(b, "Ines", p)
				b.Clock.Forward(11 * time.Minute)
			}
			b.Customer = b.NewCustomer("asker-last")
			refused(hold.ContactsSpent, func(n *store.NameContact) { n.Phone = p })
		})
	})
}

// However many are named at once, through two processes, there are never more than three.
func TestNamingRaces(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(_ *testing.T, b *storetest.Bundle) {
		stores := []*store.Store{b.Store, other(b)}
		const n = 20
		namings := make([]store.NameContact, n)
		for i := range namings {
			namings[i] = naming(b, fmt.Sprint("Ines ", i), trusted())
		}
		var taken, full atomic.Int64
		b.Must(many(n, func(i int) error {
			_, why, err := stores[i%2].NameContact(ctx, namings[i])
			switch why {
			case "":
				taken.Add(1)
			case hold.ContactLimit:
				full.Add(1)
			}
			return err
		}))
		expect(b, "named", taken.Load(), contacts.Most)
		expect(b, "refused", full.Load(), int64(n-contacts.Most))
		rows, err := b.Contacts(ctx, b.Customer.ID)
		b.Must(err)
		expect(b, "on record", len(rows), contacts.Most)
		verify(b)
	})
}

func TestPutContacts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(_ *testing.T, b *storetest.Bundle) {
		b.Subtest("the list as a whole", func() {
			named(b, "By app", trusted())
			ago := b.Clock.Now().Add(-100 * time.Hour)
			ines, olu := agreed("Ines", ago), agreed("Olu", 0)
			_, why := putContacts(b, true, ines, olu)
			expect(b, "put", why, "")
			expect(b, "there", shownContacts(b), "By app named, Ines effective, Olu accepted")
			_, why = putContacts(b, true, ines, olu)
			expect(b, "again", why, "")
			_, why = putContacts(b, true, agreed("Kim", 0))
			expect(b, "another list", why, "")
			expect(b, "replaced", shownContacts(b), "By app named, Kim accepted")
			expect(b, "the log", logOf(b), "contact.named contact.removed contact.removed contact.named contact.named contact.named")
		})
		b.Subtest("nobody moves a consent back without the scope", func() {
			_, why := putContacts(b, false, agreed("Ines", b.Clock.Now().Add(-time.Hour)))
			expect(b, "put", why, hold.Backdated)
		})
		b.Subtest("a change is on record and told, and the same again is not", func() {
			ines := agreed("Ines", b.Clock.Now().Add(-time.Hour))
			_, why := putContacts(b, true, ines)
			expect(b, "put", why, "")
			sendTexts(b)
			_, why = putContacts(b, false, ines)
			expect(b, "the same", why, "")
			ines.Name = "Ines S"
			_, why = putContacts(b, false, ines)
			expect(b, "renamed", why, "")
			expect(b, "there", shownContacts(b), "Ines S accepted")
			expect(b, "the log", logOf(b), "contact.changed contact.named")
			expect(b, "told", len(sendTexts(b)[hold.TextContactNamed]), 1)
			ines.AcceptedAt = b.Clock.Now().Add(-100 * time.Hour)
			_, why = putContacts(b, true, ines)
			expect(b, "agreed before", why, "")
			expect(b, "in force", shownContacts(b), "Ines S effective")
			expect(b, "the log", logOf(b), "contact.changed contact.changed contact.named")
			verify(b)
		})
		b.Subtest("who counts goes on counting", func() {
			ines := agreed("Ines", b.Clock.Now().Add(-100*time.Hour))
			_, why := putContacts(b, true, ines)
			expect(b, "put", why, "")
			ines.AcceptedAt = b.Clock.Now()
			_, why = putContacts(b, false, ines)
			expect(b, "agreed anew", why, "")
			expect(b, "in force", shownContacts(b), "Ines effective")
			expect(b, "the log", logOf(b), "contact.named")
		})
	})
}

// What the bank may not put is not put, and nothing else of the list.
func TestPutContactsRefused(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(_ *testing.T, b *storetest.Bundle) {
		b.Subtest("a rename hides no payee", func() {
			ines, kovacs := agreed("Ines", 0), agreed("Kovacs Anna", 0)
			_, why := putContacts(b, false, ines, kovacs)
			expect(b, "put", why, "")
			b.Held(storetest.PushLadder())
			_, why = putContacts(b, false, ines, kovacs)
			expect(b, "the same", why, "")
			kovacs.Name = "A friend"
			_, why = putContacts(b, false, ines, kovacs)
			expect(b, "from a payee's name", why, hold.ContactRefused)
			ines.Name, kovacs.Name = "Anna Kovacs", "Kovacs Anna"
			_, why = putContacts(b, false, ines, kovacs)
			expect(b, "to one", why, hold.ContactRefused)
			expect(b, "as before", shownContacts(b), "Ines accepted, Kovacs Anna accepted")
		})
		b.Subtest("twelve changes a day", func() {
			ines := agreed("Ines", 0)
			for i := range contacts.BankDay {
				ines.Name = fmt.Sprint("Ines ", string(rune('A'+i)))
				_, why := putContacts(b, false, ines)
				expect(b, ines.Name, why, "")
			}
			_, why := putContacts(b, false, ines)
			expect(b, "the same", why, "")
			last := ines
			last.Name = "Ines"
			_, why = putContacts(b, false, last)
			expect(b, "the thirteenth", why, hold.ContactsSpent)
			_, why = putContacts(b, false)
			expect(b, "nor taken off", why, hold.ContactsSpent)
			expect(b, "as before", shownContacts(b), ines.Name+" accepted")
			b.Clock.Forward(contacts.Day)
			_, why = putContacts(b, false, last)
			expect(b, "a day later", why, "")
		})
		b.Subtest("three in all, or none of the list", func() {
			named(b, "By app", trusted())
			at, why := putContacts(b, false, agreed("A", 0), agreed("B", 0), agreed("C", 0))
			expect(b, "put", why, hold.ContactLimit)
			expect(b, "which", at, 2)
			expect(b, "as before", shownContacts(b), "By app named")
		})
	})
}

// putContacts puts a customer's whole list, as the bank has it.
func putContacts(b *storetest.Bundle, backdate bool, all ...store.PutContact) (int, hold.Refusal) {
	b.T.Helper()
	_, at, why, err := b.PutContacts(ctx, store.PutContacts{CustomerID: b.Customer.ID, Contacts: all, MayBackdate: backdate,
		Actor: "client:bank", Texts: &storetest.Contact})
	b.Must(err)
	return at, why
}

// agreed is somebody who has agreed to be asked; 0: now.
func agreed(name string, at hold.Instant) store.PutContact {
	return store.PutContact{Name: name, Phone: trusted(), AcceptedAt: at}
}

// The same numbers in two customers' lists, in opposite order: neither waits for the other
// in a circle.
func TestPutContactsRaces(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(_ *testing.T, b *storetest.Bundle) {
		stores := []*store.Store{b.Store, other(b)}
		mine, theirs := b.Customer, b.NewCustomer("the-other-way")
		for range 10 {
			p, q := trusted(), trusted()
			lists := [][]store.PutContact{{{Name: "A", Phone: p}, {Name: "B", Phone: q}}, {{Name: "B", Phone: q}, {Name: "A", Phone: p}}}
			b.Must(many(2, func(i int) error {
				_, _, why, err := stores[i].PutContacts(ctx, store.PutContacts{CustomerID: []hold.CustomerID{mine.ID, theirs.ID}[i],
					Contacts: lists[i], Actor: "client:bank"})
				if err == nil && why != "" {
					err = fmt.Errorf("refused: %s", why)
				}
				return err
			}))
			b.Clock.Forward(contacts.Day)
		}
		if strings.HasPrefix(b.URL, "postgres") {
			var broken int
			b.Must(storetest.Raw(b.T, b.URL).Get(&broken, `SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`))
			expect(b, "deadlocks", broken, 0)
		}
	})
}

// What was taken off, or never answered, is forgotten; who was blocked is not.
func TestForgetContacts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(_ *testing.T, b *storetest.Bundle) {
		gone := named(b, "Gone", trusted())
		named(b, "Silent", trusted())
		removed(b, gone.ID)
		row := blockedOne(b)
		removed(b, row.ID)
		b.Clock.Forward(contacts.Kept - 30*contacts.Day)
		n, err := b.ForgetContacts(ctx)
		b.Must(err)
		expect(b, "forgotten too early", n, 0)
		b.Clock.Forward(contacts.AskLife + 30*contacts.Day)
		n, err = b.ForgetContacts(ctx)
		b.Must(err)
		expect(b, "forgotten", n, 2)
		var left []string
		b.Must(storetest.Raw(b.T, b.URL).Select(&left, `SELECT id FROM contacts`))
		expect(b, "left", strings.Join(left, " "), row.ID)
	})
}
