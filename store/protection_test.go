package store_test

import (
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// protectionOf is what stands for the bundle's customer, if they are frozen.
func protectionOf(b *storetest.Bundle) (store.Protection, bool) {
	b.T.Helper()
	ps, err := b.Protections(ctx, []hold.CustomerID{b.Customer.ID, "nobody"}, storetest.Contact)
	b.Must(err)
	p, frozen := ps[b.Customer.ID]
	return p, frozen
}

// What a frozen customer is told: what of theirs is held, and whether somebody
// is to call them.
func TestProtection(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]func(t *testing.T, b *storetest.Bundle){
		"who is not frozen is told nothing": func(_ *testing.T, b *storetest.Bundle) {
			b.Held(storetest.PushLadder())
			_, frozen := protectionOf(b)
			expect(b, "frozen", frozen, false)
		},
		"help is a call, at any hour": func(t *testing.T, b *storetest.Bundle) {
			forwardTo(b, time.Date(2026, 3, 4, 23, 0, 0, 0, rome(t)))
			id, since := b.Held(storetest.PushLadder()), b.Clock.Now()
			b.Must(b.AskForHelp(ctx, b.Customer.ID))
			p, frozen := protectionOf(b)
			expect(b, "frozen", frozen, true)
			expect(b, "since", p.Since, since)
			expect(b, "held", len(p.Held), 1)
			expect(b, "which", p.Held[0].ID, id)
			expect(b, "a call", p.Planned, true)
			expect(b, "at once", p.CallFrom <= p.Now, true)
		},
		"a payment that is asked about by phone is called about in the morning": func(t *testing.T, b *storetest.Bundle) {
			evening := time.Date(2026, 3, 4, 21, 0, 0, 0, rome(t))
			forwardTo(b, evening)
			b.Called(storetest.CallLadder(), 100_00)
			b.Must(b.AskForHelp(ctx, b.Customer.ID))
			ana := b.Agent("ana", "agent")
			v := b.Case(ana)
			for _, k := range v.Tasks {
				if k.HoldID == "" { // spoken to; the payment waits on
					_, err := b.Dispose(ctx, b.Disposing(ana, v, k, hold.NotTheirs))
					b.Must(err)
				}
			}
			p, _ := protectionOf(b)
			expect(b, "a call", p.Planned, true)
			expect(b, "in the morning", p.CallFrom, hold.At(evening.Add(11*time.Hour)))
		},
		"without a number nobody can call": func(_ *testing.T, b *storetest.Bundle) {
			_, why, err := b.PutCustomer(ctx, store.PutCustomer{ID: b.Customer.ID, Name: "M", Locale: "en", TimeZone: "Europe/Rome", Phrase: "x",
				Actor: "t", Phones: []hold.Phone{}})
			b.Granted(why, err)
			b.Must(b.AskForHelp(ctx, b.Customer.ID))
			p, _ := protectionOf(b)
			expect(b, "a call", p.Planned, false)
		},
		"a number that was put just now is not called": func(_ *testing.T, b *storetest.Bundle) {
			_, why, err := b.PutCustomer(ctx, store.PutCustomer{ID: b.Customer.ID, Name: "M", Locale: "en", TimeZone: "Europe/Rome", Phrase: "x",
				Actor: "t", Phones: []hold.Phone{storetest.Mobile("+393339999999", b.Clock.Now())}})
			b.Granted(why, err)
			b.Must(b.AskForHelp(ctx, b.Customer.ID))
			p, _ := protectionOf(b)
			expect(b, "a call", p.Planned, false)
		},
		"what is decided is not held": func(_ *testing.T, b *storetest.Bundle) {
			id := b.Held(storetest.PushLadder())
			_, err := b.ReportNotMe(ctx, b.Customer.ID, id)
			b.Must(err)
			p, frozen := protectionOf(b)
			expect(b, "frozen", frozen, true)
			expect(b, "held", len(p.Held), 0)
		},
		"of many the twenty that end first": func(_ *testing.T, b *storetest.Bundle) {
			first := b.Held(storetest.PushLadder())
			for range 20 {
				b.Clock.Forward(time.Second)
				b.Held(storetest.PushLadder())
			}
			b.Must(b.AskForHelp(ctx, b.Customer.ID))
			p, _ := protectionOf(b)
			expect(b, "held", len(p.Held), 20)
			expect(b, "the first", p.Held[0].ID, first)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, test)
		})
	}
}
