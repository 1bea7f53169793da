package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/protection"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"
)

// stops presses "Stop everything" in the app, where texts may be sent.
func stops(b *storetest.Bundle) store.Emergency {
	b.T.Helper()
	e, err := b.StopEverything(ctx, store.Stop{CustomerID: b.Customer.ID, Route: protection.ByApp, Actor: store.ActorCustomer,
		Texts: &storetest.Contact})
	b.Must(err)
	return e
}

func did(b *storetest.Bundle, e store.Emergency) protection.Did {
	b.T.Helper()
	d, err := e.Did()
	b.Must(err)
	return d
}

func frozen(b *storetest.Bundle) bool {
	b.T.Helper()
	c, err := b.Store.Customer(ctx, b.Customer.ID)
	b.Must(err)
	return c.FrozenAt != 0
}

func counted(b *storetest.Bundle, kind string) (n int) {
	b.T.Helper()
	for _, k := range kinds(b, "customer:"+string(b.Customer.ID)) {
		if k == kind {
			n++
		}
	}
	return n
}

// What is pressed ends everything at once, and says what; a second press says what the
// first did.
func TestStopEverything(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		b.Subtest("what it does", func() {
			approved, _ := approvedHold(b)
			asked, c := b.Asked(storetest.PushLadder())
			token := store.NewNonce()
			_, err := b.CreateSession(ctx, b.Customer.ID, token, time.Minute, "client:bank")
			b.Must(err)
			e := stops(b)
			expect(b, "did", did(b, e), protection.Did{Held: 2, Approvals: 1, Questions: 1, Sessions: 1, Devices: 2})
			_, err = b.SessionByDigest(ctx, token)
			expect(b, "the session", err, store.ErrNotFound)
			expect(b, "what was approved is void", released(b, approved), false)
			expect(b, "an approval", b.Say(c.ID, b.Old(), hold.Approve).Outcome, hold.LateCancelled)
			expect(b, "and the hold", b.Look(asked).Status, hold.Held)
			expect(b, "to be called", fmt.Sprint(urgent(b, b.Customer.ID)), "[freeze]")
			fresh := b.Held(storetest.PushLadder())
			_, err = b.OpenRung(ctx, fresh, 0, hold.NoRung, storetest.Rules)
			b.Must(err)
			cs, err := b.Challenges(ctx, fresh)
			b.Must(err)
			expect(b, "a payment that comes in meanwhile is not asked about in the app",
				slices.ContainsFunc(cs, func(c hold.Challenge) bool { return c.Status == hold.Open }), false)
			expect(b, "entries", counted(b, "customer.stopped"), 1)
		})
		b.Subtest("twice", func() {
			b.Held(storetest.PushLadder())
			first := stops(b)
			b.Clock.Forward(time.Minute)
			b.Held(storetest.PushLadder())
			token := store.NewNonce()
			_, err := b.CreateSession(ctx, b.Customer.ID, token, time.Minute, "client:bank")
			b.Must(err)
			b.TextsWaiting()
			again := stops(b)
			expect(b, "the same", fmt.Sprintf("%+v", again), fmt.Sprintf("%+v", first))
			_, err = b.SessionByDigest(ctx, token)
			expect(b, "who signed in since is out again", err, store.ErrNotFound)
			expect(b, "one entry", counted(b, "customer.stopped"), 1)
			expect(b, "no other text", len(b.TextsWaiting()), 0)
			stands, err := b.Emergency(ctx, b.Customer.ID)
			b.Must(err)
			expect(b, "as on record", fmt.Sprintf("%+v", stands), fmt.Sprintf("%+v", first))
		})
		b.Subtest("coming loosenings are void", func() {
			loosens(b)
			e := stops(b)
			expect(b, "did", did(b, e).Loosenings, 1)
			b.Clock.Forward(48 * time.Hour)
			var causes []string
			b.Must(storetest.Raw(b.T, b.URL).Select(&causes, storetest.Raw(b.T, b.URL).Rebind(`SELECT cause FROM locks WHERE customer_id = ?
				AND loosens = 1`), b.Customer.ID))
			expect(b, "cause", fmt.Sprint(causes), "[frozen]")
		})
		b.Subtest("who was frozen already", func() {
			b.Must(b.AskForHelp(ctx, b.Customer.ID))
			approval, why, err := b.BankAsksUnfreeze(ctx, "client:bank", b.Customer.ID, "she called")
			b.Granted(why, err)
			stops(b)
			res, err := decide(b, b.Agent("sam", "supervisor"), approval, true)
			b.Must(err)
			expect(b, "what was asked before", res.Refusal, hold.ApprovalClosed)
			expect(b, "frozen", frozen(b), true)
			expect(b, "for help", fmt.Sprint(urgent(b, b.Customer.ID)), "[help]")
		})
		verify(b)
	})
}

// loosens has a loosening of the customer's limit come in twelve hours.
func loosens(b *storetest.Bundle) {
	b.T.Helper()
	raw := storetest.Raw(b.T, b.URL)
	_, err := raw.Exec(raw.Rebind(`INSERT INTO locks (id, customer_id, kind, value, loosens, asked_at, asked_by, from_at)
		VALUES (?, ?, 'hours', '', 1, ?, 'customer', ?)`), store.NewID("lck"), b.Customer.ID, b.Clock.Now(), b.Clock.Now().Add(12*time.Hour))
	b.Must(err)
}

// As long as everything is stopped, each device may refuse and nothing else, the one that
// asked for it too; none is added.
func TestStoppedDevicesOnlyRefuse(t *testing.T) {
	t.Parallel()
	fine := func(hold.Instant) (hold.Refusal, error) { return "", nil }
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		ladder := hold.Ladder{Name: "any", Exhausted: hold.ExhaustedWait, Rungs: []hold.Rung{storetest.Rung("any", 4*time.Hour, hold.Push,
			hold.Callback)}}
		for _, name := range []string{"the asking device", "another device"} {
			b.Subtest(name, func() {
				device := b.Old() // the one in whose session it was pressed: it may approve otherwise
				if name == "another device" {
					device = b.Young()
				}
				id, _ := b.Called(ladder, 100_00)
				cs, err := b.Challenges(ctx, id)
				b.Must(err)
				push := cs[slices.IndexFunc(cs, func(c hold.Challenge) bool { return c.Channel == hold.Push })]
				nonce, why, err := b.EnrolmentNonce(ctx, b.Customer.ID)
				b.Granted(why, err)
				stops(b)
				res := b.Say(push.ID, device, hold.Approve)
				expect(b, "approves", res.Outcome == hold.AnswerAccepted, false)
				expect(b, "nothing is released", released(b, id), false)
				_, why, err = b.EnrolmentNonce(ctx, b.Customer.ID)
				expect(b, "a nonce", refusal(why, err), hold.CustomerFrozen)
				_, why, err = b.EnrolDevice(ctx, hold.Device{CustomerID: b.Customer.ID, Name: "n", PublicKey: []byte(name)}, nonce, nil, fine)
				expect(b, "with the nonce of before", refusal(why, err), hold.CustomerFrozen)
				expect(b, "refuses", b.Say(push.ID, device, hold.Deny).Outcome, hold.AnswerAccepted)
				_, err = b.Conclude(ctx, id)
				b.Must(err)
				expect(b, "reversed", b.Look(id).Decision.Reason, hold.ReasonRefused)
			})
		}
		verify(b)
	})
}

// Whoever reaches it may stop everything: by an agent and a clerk it is as by the customer,
// and a call stands though they were just spoken with, or the policy promises none.
func TestStopInCase(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		ana, bo, cleo := b.Agent("ana", "agent"), b.Agent("bo", "agent"), b.Agent("cleo", queue.RoleBranch)
		for name, in := range map[string]struct {
			opens func() store.CaseView
			by    store.By
			route protection.Route
		}{
			"they rang in, and nobody knows who it is": {func() store.CaseView { return rangIn(b, ana) }, ana, protection.ByAgent},
			"they stand at the counter":                {func() store.CaseView { return atCounter(b, cleo) }, cleo, protection.ByClerk},
		} {
			b.Subtest(name, func() {
				id := calledBy(b, storetest.CallLadder(), 1, func(t *hold.Terms) { t.Callback.NoUrgent = true })
				v := in.opens()
				_, _, err := b.StopInCase(ctx, bo, v.ID, nil)
				expect(b, "who never had it", err, store.ErrNotFound)
				e, why, err := b.StopInCase(ctx, in.by, v.ID, &storetest.Contact)
				b.Granted(why, err)
				expect(b, "route", e.Route, in.route)
				expect(b, "by", e.By, "agent:"+in.by.Sub)
				expect(b, "hidden", e.Hidden, in.by == ana)
				expect(b, "held", did(b, e.Emergency).Held, 1)
				expect(b, "to be called", slices.Contains(urgent(b, b.Customer.ID), queue.TaskFreeze), true)
				seen, why, err := b.EmergencyInCase(ctx, in.by, v.ID)
				b.Granted(why, err)
				expect(b, "as seen", seen.ID, e.ID)
				expect(b, "still held", released(b, id), false)
				_, err = b.ReturnCase(ctx, in.by, v.ID)
				b.Must(err)
			})
		}
		verify(b)
	})
}

// Each number of theirs that may get a text is told, though they are frozen; one that is
// new is not.
func TestStopIsToldByText(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		old := b.Customer.Phones[0]
		young := storetest.Mobile("+393331112223", b.Clock.Now().Add(-time.Hour))
		_, why, err := b.PutCustomer(ctx, store.PutCustomer{ID: b.Customer.ID, Name: "M", Locale: "en", TimeZone: "Europe/Rome", Phrase: "x",
			Actor: "test", MayBackdate: true, Phones: []hold.Phone{storetest.Mobile(old.Number, old.Since), young}})
		b.Granted(why, err)
		stops(b)
		texts := b.TextsWaiting()
		expect(b, "texts", len(texts), 1)
		got, err := b.BeginText(ctx, texts[0], storetest.TextRules)
		b.Must(err)
		if got == nil {
			t.Fatal("the freeze keeps the text back")
		}
		expect(b, "kind", got.Kind, hold.TextStopped)
		expect(b, "to", got.Number, old.Number)
		expect(b, "their day is that of", got.Zone.String(), "Europe/Rome")
		verify(b)
	})
}

// An emergency is kept while it stands, and for 400 days after.
func TestEmergenciesAreForgotten(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		stops(b)
		forget := func() int {
			b.T.Helper()
			n, err := b.ForgetEmergencies(ctx, 100)
			b.Must(err)
			return n
		}
		b.Clock.Forward(401 * 24 * time.Hour)
		expect(b, "that stands", forget(), 0)
		b.Must(reopened(b))
		expect(b, "just over", forget(), 0)
		b.Clock.Forward(401 * 24 * time.Hour)
		expect(b, "long over", forget(), 1)
	})
}
