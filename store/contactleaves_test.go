package store_test

import (
	"testing"
	"time"

	"holdfast/contacts"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// Who counts goes on counting for three days once the app takes them off, of which the
// customer is told everywhere; the bank takes somebody off at once.
func TestContactLeaves(t *testing.T) {
	t.Parallel()
	stories(t, map[string]func(b *storetest.Bundle){
		"three days later, told at once": func(b *storetest.Bundle) {
			row, _ := inForce(b, "Ines")
			removed(b, row.ID)
			expect(b, "told", len(sendTexts(b)[hold.TextContactRemoved]), 1)
			expect(b, "the log", logOf(b), "contact.leaving contact.accepted contact.named")
			b.Clock.Forward(contacts.Settling - time.Second)
			expect(b, "counts", shownContacts(b), "Ines effective")
			removed(b, row.ID)
			expect(b, "told again", len(sendTexts(b)[hold.TextContactRemoved]), 0)
			b.Clock.Forward(time.Second)
			expect(b, "off, however often it was asked for", shownContacts(b), "")
		},
		"a thief's wish keeps nobody from a veto": func(b *storetest.Bundle) {
			row, _, _, _ := vetoer(b, "una")
			b.Clock.Forward(contacts.Settling)
			daytime(b)
			removed(b, row.ID)
			by, v, id := caseTaken(b, "vic")
			_, why := acts(b, by, v, row, contacts.Veto, id)
			expect(b, "veto", why, "")
			expect(b, "suspected", b.Look(id).SuspectedAt != 0, true)
		},
		"at once by the bank": func(b *storetest.Bundle) {
			put := func(all ...store.PutContact) {
				b.T.Helper()
				_, _, why, err := b.PutContacts(ctx, store.PutContacts{CustomerID: b.Customer.ID, Contacts: all, MayBackdate: true,
					Actor: "client:bank"})
				b.Granted(why, err)
			}
			put(store.PutContact{Name: "Ines", Phone: trusted(), AcceptedAt: b.Clock.Now().Add(-contacts.Settling)})
			rows, err := b.Contacts(ctx, b.Customer.ID)
			b.Must(err)
			removed(b, rows[0].ID)
			expect(b, "counts", shownContacts(b), "Ines effective")
			put()
			expect(b, "off", shownContacts(b), "")
		},
		"a blocked one as any other": func(b *storetest.Bundle) {
			row, by, v := blockedBy(b)
			removed(b, row.ID)
			b.Clock.Forward(contacts.Settling - time.Second)
			expect(b, "as it seems", shownContacts(b), "Rolf effective")
			_, why := acts(b, by, v, row, contacts.Call, v.Holds[0].ID)
			expect(b, "told", why != "", true)
			b.Clock.Forward(time.Second)
			expect(b, "off", shownContacts(b), "")
		},
	})
}

// Until somebody is off they can be kept by a device's word, and a freeze keeps them.
func TestContactIsKept(t *testing.T) {
	t.Parallel()
	stories(t, map[string]func(b *storetest.Bundle){
		"by a device's word": func(b *storetest.Bundle) {
			row, _ := inForce(b, "Ines")
			removed(b, row.ID)
			spent := saying(b, row.ID)
			why, err := b.KeepContact(ctx, spent)
			b.Granted(why, err)
			why, err = b.KeepContact(ctx, spent)
			b.Must(err)
			expect(b, "the nonce is spent", why, hold.NonceMismatch)
			why, err = b.KeepContact(ctx, saying(b, row.ID))
			b.Granted(why, err)
			expect(b, "the log, once", logOf(b), "contact.kept contact.leaving contact.accepted contact.named")
			b.Clock.Forward(contacts.Settling)
			expect(b, "stays", shownContacts(b), "Ines effective")
			why, err = b.KeepContact(ctx, saying(b, "ctc_none"))
			b.Must(err)
			expect(b, "of somebody unknown", why, hold.ContactUnknown)
		},
		"by a freeze": func(b *storetest.Bundle) {
			row, _ := inForce(b, "Ines")
			removed(b, row.ID)
			again := saying(b, row.ID)
			b.Must(b.AskForHelp(ctx, b.Customer.ID))
			why, err := b.RemoveContact(ctx, again)
			b.Must(err)
			expect(b, "taken off meanwhile", why, hold.CustomerFrozen)
			b.Clock.Forward(contacts.Settling)
			expect(b, "stays", shownContacts(b), "Ines effective")
		},
		"not who left before the freeze": func(b *storetest.Bundle) {
			row, _ := inForce(b, "Ines")
			removed(b, row.ID)
			b.Clock.Forward(contacts.Settling)
			b.Must(b.AskForHelp(ctx, b.Customer.ID))
			expect(b, "off", shownContacts(b), "")
		},
	})
}
