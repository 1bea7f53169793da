package store_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/contacts"
	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"
)

// stories are each told on both databases, of which each has one of its own.
func stories(t *testing.T, all map[string]func(b *storetest.Bundle)) {
	t.Helper()
	for name, tell := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(_ *testing.T, b *storetest.Bundle) { tell(b) })
		})
	}
}

// acts does something about a contact and gives why not.
func acts(b *storetest.Bundle, by store.By, v store.CaseView, row store.ContactRow, act contacts.Act, id hold.ID) (string, hold.Refusal) {
	b.T.Helper()
	_, number, why, err := b.ActOnContact(ctx, store.ContactAct{By: by, CaseID: v.ID, ContactID: row.ID, Act: act, HoldID: id,
		Terms: contactsOn, Texts: contactTexts})
	b.Must(err)
	return number, why
}

// caseTaken has a fresh agent take the case of a hold that is asked about by call.
func caseTaken(b *storetest.Bundle, name string) (store.By, store.CaseView, hold.ID) {
	b.T.Helper()
	id, _ := b.Called(storetest.CallLadder(), 100_00)
	by := b.Agent(name, "supervisor")
	v := b.Case(by)
	expect(b, "whose case", v.CustomerID, b.Customer.ID)
	return by, v, id
}

// blockedOne is somebody in force whom the customer blocks, on a call in which they have
// read the digits out.
func blockedOne(b *storetest.Bundle) store.ContactRow {
	b.T.Helper()
	row, _, _ := blockedBy(b)
	return row
}

func blockedBy(b *storetest.Bundle) (store.ContactRow, store.By, store.CaseView) {
	b.T.Helper()
	p := trusted()
	row := named(b, "Rolf", p)
	replied(b, p, store.ReplyCode, true)
	b.Clock.Forward(contacts.Settling)
	daytime(b)
	by, v, _ := caseTaken(b, "bea-"+string(b.Customer.ID))
	_, why := acts(b, by, v, row, contacts.Block, "")
	expect(b, "before the digits", why, hold.IdentityMissing)
	b.Proved(by, v)
	_, why = acts(b, by, v, row, contacts.Block, "")
	expect(b, "block", why, "")
	return row, by, v
}

// daytime moves the clock to when customers may be called.
func daytime(b *storetest.Bundle) {
	b.T.Helper()
	for h := b.Clock.Now().Time().UTC().Hour(); h < 9 || h > 14; h = b.Clock.Now().Time().UTC().Hour() {
		b.Clock.Forward(time.Hour)
	}
}

// everything that the customer's and the contact's devices could see, or be told by.
func visible(b *storetest.Bundle) string {
	b.T.Helper()
	rows, err := b.Contacts(ctx, b.Customer.ID)
	b.Must(err)
	var out []string
	for _, r := range rows {
		out = append(out, fmt.Sprint(r.ID, r.Name, r.Number, r.Source, r.NamedAt, r.EffectiveAt(), r.Shown(b.Clock.Now())))
	}
	chain, _, err := b.Chain(ctx, "customer:"+string(b.Customer.ID))
	b.Must(err)
	var texts []string
	b.Must(storetest.Raw(b.T, b.URL).Select(&texts, `SELECT kind FROM texts ORDER BY id`))
	return fmt.Sprint(out, len(chain), texts)
}

func TestBlock(t *testing.T) {
	t.Parallel()
	stories(t, map[string]func(b *storetest.Bundle){
		"nobody's device notices": func(b *storetest.Bundle) {
			p := trusted()
			row := named(b, "Rolf", p)
			replied(b, p, store.ReplyCode, true)
			b.Clock.Forward(contacts.Settling)
			daytime(b)
			by, v, _ := caseTaken(b, "bea")
			b.Proved(by, v)
			news, done := b.Bus.Subscribe(string(b.Customer.ID))
			defer done()
			before := visible(b)
			_, why := acts(b, by, v, row, contacts.Block, "")
			expect(b, "block", why, "")
			expect(b, "what is seen", visible(b), before)
			select {
			case <-news:
				b.T.Error("the customer's app is told to look")
			default:
			}
			cc, why, err := b.ContactsOfCase(ctx, by, v.ID)
			b.Granted(why, err)
			expect(b, "for staff", cc.Contacts[0].Stands(cc.Now), contacts.Blocked)
			chain, _, err := b.Chain(ctx, "contact:"+row.ID)
			b.Must(err)
			expect(b, "on a chain of its own", len(chain), 1)
		},
		"told nothing, heard in nothing": func(b *storetest.Bundle) {
			row, by, v := blockedBy(b)
			for _, a := range []contacts.Act{contacts.Call, contacts.TextThem, contacts.Veto} {
				_, why := acts(b, by, v, row, a, v.Holds[0].ID)
				expect(b, string(a), why, hold.ContactBlocked)
			}
			expect(b, "texts", len(sendTexts(b)[hold.TextContactTold]), 0)
		},
		"the same number comes back blocked, and looks like any other": func(b *storetest.Bundle) {
			row := blockedOne(b)
			p := trusted()
			p.Number, p.Forms = row.Number, []string{row.Number}
			removed(b, row.ID)
			b.Clock.Forward(contacts.Settling)
			again := named(b, "Somebody", p)
			expect(b, "named", shownContacts(b), "Somebody named")
			replied(b, p, store.ReplyCode, true)
			b.Clock.Forward(contacts.Settling)
			expect(b, "in force, as it seems", shownContacts(b), "Somebody effective")
			var at hold.Instant
			b.Must(storetest.Raw(b.T, b.URL).Get(&at, `SELECT blocked_at FROM contacts WHERE id = '`+again.ID+`'`))
			expect(b, "blocked", at != 0, true)
		},
		"a fourth is refused as before": func(b *storetest.Bundle) {
			blockedOne(b)
			named(b, "B", trusted())
			named(b, "C", trusted())
			_, why, err := b.NameContact(ctx, naming(b, "D", trusted()))
			b.Must(err)
			expect(b, "the fourth", why, hold.ContactLimit)
		},
		"a clerk, whom they stand before": func(b *storetest.Bundle) {
			row, _ := inForce(b, "Rolf")
			daytime(b)
			clerk := b.Agent("cleo", queue.RoleBranch)
			id, why, err := b.OpenInbound(ctx, store.Inbound{By: clerk, Counter: true, CustomerID: b.Customer.ID, Reason: "asks",
				Rules: storetest.CallRules})
			b.Granted(why, err)
			v, why, err := b.ViewCase(ctx, clerk, id)
			b.Granted(why, err)
			_, why = acts(b, clerk, v, row, contacts.AllowVeto, "")
			expect(b, "a veto", why, hold.IdentityMissing)
			_, why = acts(b, clerk, v, row, contacts.Block, "")
			expect(b, "block", why, "")
		},
	})
}

func TestInformContact(t *testing.T) {
	t.Parallel()
	stories(t, map[string]func(b *storetest.Bundle){
		"only what something speaks against, a text a hold": func(b *storetest.Bundle) {
			row, p := inForce(b, "Ines")
			daytime(b)
			by, v, id := caseTaken(b, "kay")
			_, why := acts(b, by, v, row, contacts.TextThem, id)
			expect(b, "nothing speaks against it", why, hold.NotDoubted)
			doubt(b, id)
			_, why = acts(b, by, v, row, contacts.TextThem, id)
			expect(b, "a text", why, "")
			told := sendTexts(b)[hold.TextContactTold]
			expect(b, "sent", len(told), 1)
			expect(b, "to them", told[0].Number, p.Number)
			expect(b, "who", told[0].Who, "Maria Rossi")
			_, why = acts(b, by, v, row, contacts.TextThem, id)
			expect(b, "again", why, hold.ContactActed)
			number, why := acts(b, by, v, row, contacts.Call, id)
			expect(b, "a call", why, "")
			expect(b, "the number", number, p.Number)
			chain, _, err := b.Chain(ctx, string(id))
			b.Must(err)
			n := 0
			for _, e := range chain {
				if strings.Contains(string(e.Bytes), "contact.informed") {
					n++
				}
				if strings.Contains(string(e.Bytes), p.Number) {
					b.T.Error("the number is in the trail")
				}
			}
			expect(b, "entries", n, 2)
			verify(b)
		},
		"of a frozen customer's payments, too": func(b *storetest.Bundle) {
			row, _ := inForce(b, "Ines")
			daytime(b)
			by, v, id := caseTaken(b, "lou")
			doubt(b, id)
			_, why := acts(b, by, v, row, contacts.TextThem, id)
			expect(b, "a text", why, "")
			b.Must(b.AskForHelp(ctx, b.Customer.ID))
			expect(b, "sent", len(sendTexts(b)[hold.TextContactTold]), 1)
		},
		"not who is blocked before it goes": func(b *storetest.Bundle) {
			row, _ := inForce(b, "Ines")
			daytime(b)
			by, v, id := caseTaken(b, "mia")
			doubt(b, id)
			_, why := acts(b, by, v, row, contacts.TextThem, id)
			expect(b, "a text", why, "")
			b.Proved(by, v)
			_, why = acts(b, by, v, row, contacts.Block, "")
			expect(b, "block", why, "")
			expect(b, "sent", len(sendTexts(b)[hold.TextContactTold]), 0)
		},
		"another customer's hold is none": func(b *storetest.Bundle) {
			row, _ := inForce(b, "Ines")
			daytime(b)
			by, v, _ := caseTaken(b, "nia")
			mine := b.Customer
			b.Customer = b.NewCustomer("somebody-else")
			theirs := b.Held(storetest.PushLadder())
			b.Customer = mine
			_, _, _, err := b.ActOnContact(ctx, store.ContactAct{By: by, CaseID: v.ID, ContactID: row.ID, Act: contacts.Call, HoldID: theirs,
				Terms: contactsOn, Texts: contactTexts})
			expect(b, "found", err == store.ErrNotFound, true)
		},
	})
}

// doubt makes something speak against a hold, as a policy's wait does.
func doubt(b *storetest.Bundle, id hold.ID) {
	b.T.Helper()
	_, err := storetest.Raw(b.T, b.URL).Exec(`UPDATE holds SET talk_at = 1 WHERE id = '` + string(id) + `'`)
	b.Must(err)
}

// vetoer is somebody in force who may veto.
func vetoer(b *storetest.Bundle, agent string) (store.ContactRow, store.By, store.CaseView, hold.ID) {
	b.T.Helper()
	row, _ := inForce(b, "Ines")
	daytime(b)
	by, v, id := caseTaken(b, agent)
	_, why := acts(b, by, v, row, contacts.AllowVeto, "")
	expect(b, "before the digits", why, hold.IdentityMissing)
	b.Proved(by, v)
	_, why = acts(b, by, v, row, contacts.AllowVeto, "")
	expect(b, "allowed", why, "")
	_, why = acts(b, by, v, row, contacts.Veto, id)
	expect(b, "at once", why, hold.ContactNotInForce)
	return row, by, v, id
}

func TestVeto(t *testing.T) {
	t.Parallel()
	stories(t, map[string]func(b *storetest.Bundle){
		"a call before anything, of this hold alone": func(b *storetest.Bundle) {
			row, _, _, _ := vetoer(b, "oda")
			b.Clock.Forward(contacts.Settling)
			daytime(b)
			other, asked := b.Asked(storetest.PushLadder())
			by, v, id := caseTaken(b, "pam")
			res, err := b.Answer(ctx, b.Attempt(asked.ID, b.Old(), hold.Approve))
			b.Must(err)
			expect(b, "the other is approved", res.Outcome, hold.AnswerAccepted)
			_, why := acts(b, by, v, row, contacts.Veto, id)
			expect(b, "veto", why, "")
			h := b.Look(id)
			expect(b, "held", h.Status, hold.Held)
			expect(b, "suspected", h.SuspectedAt != 0, true)
			expect(b, "the other", b.Look(other).SuspectedAt, hold.Instant(0))
			_, why = acts(b, by, v, row, contacts.Veto, id)
			expect(b, "again", why, hold.ContactActed)
			verify(b)
		},
		"an approval that is not acted upon yet is void": func(b *storetest.Bundle) {
			row, _, _, _ := vetoer(b, "quin")
			b.Clock.Forward(contacts.Settling)
			daytime(b)
			by, v, _ := caseTaken(b, "ria")
			id, asked := b.Asked(storetest.PushLadder())
			_, err := b.Answer(ctx, b.Attempt(asked.ID, b.Old(), hold.Approve))
			b.Must(err)
			_, why := acts(b, by, v, row, contacts.Veto, id)
			expect(b, "veto", why, "")
			p, err := b.Conclude(ctx, id)
			b.Must(err)
			expect(b, "released", p.State == hold.Decided, false)
			expect(b, "held", b.Look(id).Status, hold.Held)
		},
	})
}

// However many vetoes come at once, through two processes, three of a month count, and
// each hold has one.
func TestVetoRaces(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(_ *testing.T, b *storetest.Bundle) {
		row, _, _, _ := vetoer(b, "sam")
		b.Clock.Forward(contacts.Settling)
		daytime(b)
		by, v, _ := caseTaken(b, "tom")
		const n = 12
		ids := make([]hold.ID, n)
		for i := range ids {
			ids[i] = b.Held(storetest.PushLadder())
		}
		stores := []*store.Store{b.Store, other(b)}
		var taken, spent atomic.Int64
		b.Must(many(n, func(i int) error {
			_, _, why, err := stores[i%2].ActOnContact(ctx, store.ContactAct{By: by, CaseID: v.ID, ContactID: row.ID, Act: contacts.Veto,
				HoldID: ids[i], Terms: contactsOn, Texts: contactTexts})
			switch why {
			case "":
				taken.Add(1)
			case hold.ContactsSpent:
				spent.Add(1)
			}
			return err
		}))
		expect(b, "taken", taken.Load(), contacts.Vetoes)
		expect(b, "spent", spent.Load(), int64(n-contacts.Vetoes))
		suspected := 0
		for _, id := range ids {
			if b.Look(id).SuspectedAt != 0 {
				suspected++
			}
			expect(b, "held", b.Look(id).Status, hold.Held)
		}
		expect(b, "suspected", suspected, contacts.Vetoes)
		b.Clock.Forward(contacts.VetoSpan)
		daytime(b)
		verify(b)
	})
}
