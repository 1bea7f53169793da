package store_test

import (
	"fmt"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// FREEZE by text is NO to what the number was asked about by text, and a call: nobody is
// frozen, and what was asked elsewhere waits as before.
func TestFreezeByText(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		one, _ := b.Texted(storetest.SMSLadder())
		two, _ := b.Texted(storetest.SMSLadder())
		pushed, push := b.Asked(storetest.PushLadder())
		token := store.NewNonce()
		_, err := b.CreateSession(ctx, b.Customer.ID, token, time.Minute, "client:bank")
		b.Must(err)
		b.TextsWaiting()
		expect(b, "taken", reply(b, 1, store.ReplyFreeze, &storetest.Compared{}, false), hold.TakenUp)
		expect(b, "the same text again", reply(b, 1, store.ReplyFreeze, &storetest.Compared{}, false), hold.TakenBefore)
		for _, id := range []hold.ID{one, two} {
			_, err := b.Conclude(ctx, id)
			b.Must(err)
			expect(b, "refused", b.Look(id).Decision.Reason, hold.ReasonRefused)
		}
		expect(b, "to be called", fmt.Sprint(urgent(b, b.Customer.ID)), "[reply]")
		expect(b, "frozen", frozen(b), false)
		e, err := b.Emergency(ctx, b.Customer.ID)
		b.Must(err)
		expect(b, "stopped", e.ID, "")
		_, err = b.SessionByDigest(ctx, token)
		b.Must(err)
		expect(b, "on their chain", counted(b, "reply.freeze"), 1)
		expect(b, "asked in the app", b.Say(push.ID, b.Old(), hold.Approve).Outcome, hold.AnswerAccepted)
		expect(b, "and released", released(b, pushed), true)
		var told []hold.TextKind
		b.Must(storetest.Raw(b.T, b.URL).Select(&told, `SELECT kind FROM texts WHERE kind NOT IN ('challenge', 'outcome')`))
		expect(b, "told", fmt.Sprint(told), "[freeze_heard]")
		verify(b)
	})
}

// Three times a day a number's FREEZE brings a call; its NO counts each time.
func TestFreezeByTextOfANumber(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		for i := range 5 {
			id, _ := b.Texted(storetest.SMSLadder())
			expect(b, "taken", reply(b, i, store.ReplyFreeze, &storetest.Compared{}, false), hold.TakenUp)
			_, err := b.Conclude(ctx, id)
			b.Must(err)
			expect(b, "refused", b.Look(id).Decision.Reason, hold.ReasonRefused)
			b.Clock.Forward(time.Hour)
		}
		expect(b, "calls", counted(b, "reply.freeze"), 3)
		b.Clock.Forward(24 * time.Hour)
		reply(b, 9, store.ReplyFreeze, &storetest.Compared{}, false)
		expect(b, "the day after", counted(b, "reply.freeze"), 4)
		verify(b)
	})
}

// Forged by the thousand, from the numbers of many customers: nobody is frozen, nobody's
// session ends, and people are kept busy with as many calls as an hour may bring.
func TestFreezeForgedByTheThousand(t *testing.T) {
	t.Parallel()
	const customers, texts = 250, 1000
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		numbers := make([]string, customers)
		for i := range numbers {
			numbers[i] = b.NewCustomer(hold.CustomerID(fmt.Sprint("victim", i))).Phones[0].Number
		}
		id, c := b.Asked(storetest.PushLadder()) // maria's, whose number is among the forged
		numbers[0] = b.Customer.Phones[0].Number
		b.Must(many(texts, func(i int) error {
			_, err := b.Reply(ctx, store.Reply{SID: fmt.Sprintf("SM%032d", i), Forms: []string{numbers[i%customers]}, Said: store.ReplyFreeze,
				Rules: storetest.Contact})
			return err
		}))
		raw := storetest.Raw(t, b.URL)
		one := func(q string) (n int) { t.Helper(); b.Must(raw.Get(&n, q)); return n }
		expect(b, "texts", one(`SELECT COUNT(*) FROM replies WHERE said = 'freeze'`), texts)
		expect(b, "that brought a call", one(`SELECT SUM(heard) FROM freeze_hours WHERE number_id = ''`), 200)
		expect(b, "of one number", one(`SELECT MAX(heard) FROM freeze_hours WHERE number_id <> ''`) <= 3, true)
		expect(b, "answers", one(`SELECT COUNT(*) FROM texts WHERE kind = 'freeze_heard'`), 200)
		expect(b, "calls", one(`SELECT COUNT(*) FROM tasks`) <= 200, true)
		expect(b, "frozen", one(`SELECT COUNT(*) FROM customers WHERE frozen_at <> 0`), 0)
		expect(b, "stopped", one(`SELECT COUNT(*) FROM emergencies`), 0)
		expect(b, "the app is as before", b.Say(c.ID, b.Old(), hold.Approve).Outcome, hold.AnswerAccepted)
		expect(b, "and releases", released(b, id), true)
		verify(b)
	})
}
