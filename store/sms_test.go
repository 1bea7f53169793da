package store_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// other opens the same database once more, as another process would.
func other(b *storetest.Bundle) *store.Store {
	b.T.Helper()
	s, err := store.Open(ctx, b.URL, store.Options{Clock: b.Clock.Now, Conns: 12})
	b.Must(err)
	b.T.Cleanup(func() { _ = s.Close() })
	return s
}

func try(s *store.Store, c hold.Challenge, seen *storetest.Compared, right bool) (store.AnswerResult, error) {
	return s.AnswerCode(ctx, store.CodeAttempt{CustomerID: c.CustomerID, ChallengeID: c.ID, Judge: seen.Judge(right)})
}

// Invariant 7: of 500 wrong codes at once, through two processes, at most three
// are compared; then the right one fails too.
func TestParallelWrongCodes(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		stores := []*store.Store{b.Store, other(b)}
		id, c := b.Texted(storetest.SMSLadder())
		var seen storetest.Compared
		var exhausted, incorrect atomic.Int64
		b.Must(many(500, func(i int) error {
			res, err := try(stores[i%2], c, &seen, false)
			switch res.Refusal {
			case "code_incorrect":
				incorrect.Add(1)
			case "challenge_exhausted":
				exhausted.Add(1)
			}
			return err
		}))
		expect(b, "compared", seen.N.Load(), 3)
		expect(b, "incorrect", incorrect.Load(), 3)
		expect(b, "exhausted", exhausted.Load(), 497)
		expect(b, "the right code", b.Code(c, &seen, true).Refusal, "challenge_exhausted")
		expect(b, "compared after all", seen.N.Load(), 3)
		p, err := b.Conclude(ctx, id)
		b.Must(err)
		expect(b, "the ladder goes on", p.State, hold.Waiting)
		expect(b, "undecided", b.Look(id).Status, hold.Held)
		verify(b)
	})
}

// Ten misses a customer in 24 hours over all holds, five a hold, through two
// processes and with resends in between; then texts are undeliverable, until
// the time has passed or the bank resets.
func TestMissesOfACustomer(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		stores := []*store.Store{b.Store, other(b)}
		two := storetest.SMSLadder()
		again := two.Rungs[0]
		again.Name = "again"
		two.Rungs = append(two.Rungs, again)
		var seen storetest.Compared
		holds := make([]hold.ID, 5)
		for h := range holds {
			b.Clock.Forward(11 * time.Minute) // texts to a number are limited, too
			id, c := b.Texted(two)
			holds[h] = id
			if c.Status != hold.Open {
				break // by then the customer has missed ten times
			}
			before := seen.N.Load()
			b.Code(c, &seen, false)
			b.Clock.Forward(time.Minute)
			if res, err := b.Resend(ctx, c.CustomerID, c.ID); err != nil || res.Outcome != store.Resent {
				t.Errorf("a resend between the tries: %s, %v", res.Outcome, err)
			}
			b.Must(many(40, func(i int) error { _, err := try(stores[i%2], c, &seen, false); return err }))
			if n := seen.N.Load() - before; n > 3 {
				t.Errorf("hold %d: a resend gave more tries: %d were compared", h, n)
			}
			b.Clock.Forward(time.Minute)
			if res, err := b.Resend(ctx, c.CustomerID, c.ID); err != nil || res.Outcome != store.ResendLate {
				t.Errorf("a resend of what is spent: %s, %v", res.Outcome, err)
			}
			c = b.Open(id) // the second rung
			b.Must(many(40, func(i int) error { _, err := try(stores[i%2], c, &seen, false); return err }))
			if n := seen.N.Load() - before; n > 5 {
				t.Errorf("hold %d: %d were compared", h, n)
			}
		}
		expect(b, "compared in a day", seen.N.Load(), 10)
		b.Clock.Forward(11 * time.Minute)
		_, c := b.Texted(storetest.SMSLadder())
		expect(b, "asked again", c.Status, hold.Undeliverable)
		expect(b, "because", c.Cause, "miss_limit")
		b.Must(b.ResetCounters(ctx, b.Customer.ID, "client:bank"))
		_, c = b.Texted(storetest.SMSLadder())
		expect(b, "after the bank's reset", c.Status, hold.Open)
		expect(b, "the right code", b.Code(c, &seen, true).Outcome, hold.AnswerAccepted)
		verify(b)
	})
}

// A hold whose five tries are spent sends no further code that nobody could
// use.
func TestSpentHoldIsNotTexted(t *testing.T) {
	t.Parallel()
	b := storetest.New(t, storetest.SQLiteURL(t))
	three := storetest.SMSLadder()
	for _, name := range []string{"again", "and again"} {
		r := three.Rungs[0]
		r.Name = name
		three.Rungs = append(three.Rungs, r)
	}
	var seen storetest.Compared
	id, c := b.Texted(three)
	for range 2 {
		for range 3 {
			b.Code(c, &seen, false)
		}
		c = b.Open(id)
	}
	expect(b, "compared", seen.N.Load(), 5)
	expect(b, "the third rung", c.Status, hold.Undeliverable)
	expect(b, "because", c.Cause, "miss_limit")
	expect(b, "texts", len(b.TextsWaiting()), 2)
}

// A new device is told to the number that may be told, and to nobody else's.
func TestEnrolmentIsToldByText(t *testing.T) {
	t.Parallel()
	b := storetest.New(t, storetest.SQLiteURL(t))
	b.TextsWaiting()
	rules := storetest.Contact
	for i, want := range []int{1, 0} {
		nonce, why, err := b.EnrolmentNonce(ctx, b.Customer.ID)
		b.Granted(why, err)
		_, why, err = b.EnrolDevice(ctx, hold.Device{CustomerID: b.Customer.ID, Name: "tablet", PublicKey: fmt.Append(nil, i)}, nonce, &rules,
			func(hold.Instant) (hold.Refusal, error) { return "", nil })
		b.Granted(why, err)
		texts := b.TextsWaiting()
		expect(b, "texts", len(texts), want)
		for _, id := range texts {
			got, err := b.BeginText(ctx, id, storetest.TextRules)
			b.Must(err)
			if got == nil || got.Kind != hold.TextEnrolled || got.Number != b.Customer.Phones[0].Number {
				t.Errorf("%+v", got)
			}
		}
		rules.SMS.Countries = nil
	}
}

// A hundred misses in a row, day after day, and only the bank lets go on.
func TestHundredMissesInARow(t *testing.T) {
	t.Parallel()
	b := storetest.New(t, storetest.SQLiteURL(t))
	var seen storetest.Compared
	for day := 0; seen.N.Load() < 100; day++ {
		if day > 40 {
			t.Fatalf("%d misses in %d days", seen.N.Load(), day)
		}
		for range 4 {
			b.Clock.Forward(11 * time.Minute)
			_, c := b.Texted(storetest.SMSLadder())
			for range 3 {
				if c.Status == hold.Open {
					b.Code(c, &seen, false)
				}
			}
		}
		b.Clock.Forward(24 * time.Hour)
	}
	b.Clock.Forward(240 * time.Hour)
	_, c := b.Texted(storetest.SMSLadder())
	expect(b, "after ten days", c.Cause, "miss_limit")
	b.Must(b.ResetCounters(ctx, b.Customer.ID, "client:bank"))
	_, c = b.Texted(storetest.SMSLadder())
	expect(b, "after the reset", c.Status, hold.Open)
}

// A hundred right codes at once: one success, and one answer on record.
func TestParallelRightCodes(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		stores := []*store.Store{b.Store, other(b)}
		id, c := b.Texted(storetest.SMSLadder())
		var seen storetest.Compared
		var accepted atomic.Int64
		b.Must(many(100, func(i int) error {
			res, err := try(stores[i%2], c, &seen, true)
			if res.Outcome == hold.AnswerAccepted {
				accepted.Add(1)
			}
			return err
		}))
		expect(b, "accepted", accepted.Load(), 1)
		p, err := b.Conclude(ctx, id)
		b.Must(err)
		expect(b, "state", p.State, hold.Decided)
		expect(b, "outcome", b.Look(id).Decision.Outcome, hold.Release)
		res := b.Code(c, &seen, true)
		expect(b, "once more", res.Outcome, hold.LateDecided)
		verify(b)
	})
}

// A forged sender can use up what replies may try, and never the app's tries,
// and decides nothing: not one of a thousand.
func TestForgedRepliesLockNobodyOut(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		id, c := b.Texted(storetest.SMSLadder())
		number := b.Customer.Phones[0].Number
		var forged, seen storetest.Compared
		b.Must(many(b.Crowd(1000), func(i int) error {
			_, err := b.Reply(ctx, store.Reply{SID: fmt.Sprintf("SM%032d", i), Forms: []string{number}, Said: store.ReplyCode,
				Judge: forged.Judge(false), Rules: storetest.Contact})
			return err
		}))
		expect(b, "compared", forged.N.Load(), 5)
		expect(b, "undecided", b.Look(id).Status, hold.Held)
		expect(b, "one text to a thousand", len(b.TextsWaiting()), 2) // and the one with the code
		res := b.Code(c, &seen, false)
		expect(b, "tries left in the app", res.TriesLeft, 2)
		expect(b, "the app's own code", b.Code(c, &seen, true).Outcome, hold.AnswerAccepted)
		verify(b)
	})
}

func reply(b *storetest.Bundle, sid int, said store.ReplySaid, seen *storetest.Compared, right bool) hold.Taken {
	b.T.Helper()
	out, err := b.Reply(ctx, store.Reply{SID: fmt.Sprintf("SM%032d", sid), Forms: []string{b.Customer.Phones[0].Number}, Said: said,
		Judge: seen.Judge(right), Rules: storetest.Contact})
	b.Must(err)
	return out
}

func TestReplies(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		var seen storetest.Compared
		id, c := b.Texted(storetest.SMSLadder())
		expect(b, "a code", reply(b, 1, store.ReplyCode, &seen, true), hold.TakenUp)
		_, err := b.Conclude(ctx, id)
		b.Must(err)
		expect(b, "released", b.Look(id).Decision.Outcome, hold.Release)
		expect(b, "the same text again", reply(b, 1, store.ReplyCode, &seen, true), hold.TakenBefore)

		one, _ := b.Texted(storetest.SMSLadder())
		two, _ := b.Texted(storetest.SMSLadder())
		expect(b, "no", reply(b, 2, store.ReplyNo, &seen, false), hold.TakenUp)
		for _, id := range []hold.ID{one, two} {
			_, err := b.Conclude(ctx, id)
			b.Must(err)
			expect(b, "refused", b.Look(id).Decision.Reason, hold.ReasonRefused)
		}
		known, err := b.Store.Customer(ctx, b.Customer.ID)
		b.Must(err)
		expect(b, "a reply never freezes", known.FrozenAt, 0)

		b.Clock.Forward(11 * time.Minute)
		b.TextsWaiting()
		id, c = b.Texted(storetest.SMSLadder())
		b.TextsWaiting()
		for i := range 20 {
			expect(b, "unclear", reply(b, 100+i, store.ReplyUnclear, &seen, false), hold.TakenUp)
		}
		expect(b, "one answer to twenty", len(b.TextsWaiting()), 1)
		unclear := 0
		for _, k := range kinds(b, string(id)) {
			if k == "reply.unclear" {
				unclear++
			}
		}
		expect(b, "entries for twenty", unclear, 1)
		expect(b, "still open", b.Look(id).Status, hold.Held)

		expect(b, "stop", reply(b, 200, store.ReplyStop, &seen, false), hold.TakenUp)
		cs, err := b.Challenges(ctx, id)
		b.Must(err)
		expect(b, "undeliverable", cs[0].Status, hold.Undeliverable)
		expect(b, "because", cs[0].Cause, "opted_out")
		_, c = b.Texted(storetest.SMSLadder())
		expect(b, "and from now on", c.Cause, "opted_out")
		var why hold.Refusal
		b.Customer, why, err = b.PutCustomer(ctx, store.PutCustomer{ID: b.Customer.ID, Name: "M", Locale: "en", TimeZone: "Europe/Rome",
			Phrase: "x", Actor: "test", MayBackdate: true,
			Phones: []hold.Phone{storetest.Mobile(b.Customer.Phones[0].Number, b.Customer.Phones[0].Since)}})
		b.Granted(why, err)
		_, c = b.Texted(storetest.SMSLadder())
		expect(b, "an opt-out outlives the bank's update", c.Cause, "opted_out")
		expect(b, "start", reply(b, 201, store.ReplyStart, &seen, false), hold.TakenUp)
		_, c = b.Texted(storetest.SMSLadder())
		expect(b, "asked again", c.Status, hold.Open)

		out, err := b.Reply(ctx, store.Reply{SID: "SM9", Forms: []string{"+393339999999"}, Said: store.ReplyNo, Judge: seen.Judge(true),
			Rules: storetest.Contact})
		b.Must(err)
		expect(b, "a stranger", out, hold.TakenUnknown)
		verify(b)
	})
}

// The trust gate: each thing that is wrong with a number is its own cause, on
// record, and nothing is sent.
func TestTrustGate(t *testing.T) {
	t.Parallel()
	b := storetest.New(t, storetest.SQLiteURL(t))
	year := storetest.Start.Add(-365 * 24 * time.Hour)
	n := 0
	for _, c := range []struct {
		want   string
		change func(p *hold.Phone)
	}{
		{"", func(*hold.Phone) {}},
		{"number_too_young", func(p *hold.Phone) { p.Since = storetest.Start.Add(-71 * time.Hour) }},
		{"country_refused", func(p *hold.Phone) { p.Country = "TG" }},
		{"line_type", func(p *hold.Phone) { p.Line = "voip" }},
		{"line_type", func(p *hold.Phone) { p.Line = "fixed" }},
		{"line_type", func(p *hold.Phone) { p.Line = "other" }},
		{"trust_unknown", func(p *hold.Phone) { p.Line = "unknown" }},
		{"no_number", nil},
	} {
		n++
		phones := []hold.Phone{}
		if c.change != nil {
			p := storetest.Mobile(fmt.Sprintf("+39334%07d", n), year)
			c.change(&p)
			phones = append(phones, p)
		}
		them, why, err := b.PutCustomer(ctx, store.PutCustomer{ID: hold.CustomerID(fmt.Sprintf("c%d", n)), Name: "M", Locale: "en",
			TimeZone: "Europe/Rome", Phrase: "x",
			Actor: "test", MayBackdate: true, Phones: phones})
		b.Granted(why, err)
		b.Customer = them
		b.TextsWaiting()
		id, asked := b.Texted(storetest.SMSLadder())
		expect(b, "cause", asked.Cause, c.want)
		texts := 0
		if c.want == "" {
			texts = 1
		} else if ks := kinds(b, string(id)); ks[len(ks)-1] != "challenge.undeliverable" {
			t.Errorf("%s is not on record: %v", c.want, ks)
		}
		expect(b, "texts", len(b.TextsWaiting()), texts)
	}
	// Of two numbers the one that may be asked is.
	old, young := storetest.Mobile("+393350000001", year), storetest.Mobile("+393350000002", year.Add(time.Hour))
	old.Country = "TG"
	c, why, err := b.PutCustomer(ctx, store.PutCustomer{ID: "two", Name: "M", Locale: "en", TimeZone: "Europe/Rome", Phrase: "x",
		Actor: "test", MayBackdate: true,
		Phones: []hold.Phone{old, young}})
	b.Granted(why, err)
	b.Customer = c
	_, asked := b.Texted(storetest.SMSLadder())
	expect(b, "the second number", asked.NumberID, b.Customer.Phones[1].ID)
	// Above the ceiling, or in a currency without one, nobody is.
	for _, money := range []hold.Money{{Minor: 500001, Currency: "EUR"}, {Minor: 1, Currency: "USD"}} {
		a := b.Accepting(storetest.SMSLadder())
		a.Request.Amount = money
		res, err := b.AcceptHold(ctx, a)
		b.Must(err)
		expect(b, "cause", b.Open(res.HoldID).Cause, "amount_ceiling")
	}
	// What was fine as the rung opened is looked at again before it is sent.
	b.Clock.Forward(11 * time.Minute)
	b.TextsWaiting()
	id, _ := b.Texted(storetest.SMSLadder())
	text := b.TextsWaiting()[0]
	_, why, err = b.PutCustomer(ctx, store.PutCustomer{ID: "two", Name: "M", Locale: "en", TimeZone: "Europe/Rome", Phrase: "x",
		Actor: "test", Phones: []hold.Phone{old}})
	b.Granted(why, err)
	out, err := b.BeginText(ctx, text, storetest.TextRules)
	b.Must(err)
	if out != nil {
		t.Error("a text goes to a number that was taken off the record")
	}
	cs, err := b.Challenges(ctx, id)
	b.Must(err)
	expect(b, "number gone", cs[0].Cause, "number_gone")
	verify(b)
}

// At most three texts a hold and three a number in ten minutes, a minute apart.
func TestResend(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		_, c := b.Texted(storetest.SMSLadder())
		resend := func() store.ResendOutcome {
			var n atomic.Int64
			var last atomic.Value
			b.Must(many(20, func(int) error {
				res, err := b.Resend(ctx, c.CustomerID, c.ID)
				if res.Outcome == store.Resent {
					n.Add(1)
				}
				if err == nil {
					last.Store(res.Outcome)
				}
				return err
			}))
			if n.Load() == 1 {
				return store.Resent
			}
			expect(b, "resent", n.Load(), 0)
			return last.Load().(store.ResendOutcome)
		}
		expect(b, "at once", resend(), store.ResendEarly)
		b.Clock.Forward(time.Minute)
		expect(b, "after a minute", resend(), store.Resent)
		b.Clock.Forward(time.Minute)
		expect(b, "after two", resend(), store.Resent)
		b.Clock.Forward(time.Minute)
		expect(b, "a fourth text", resend(), store.ResendSpent)
		expect(b, "texts", len(b.TextsWaiting()), 3)
		_, other := b.Texted(storetest.SMSLadder())
		expect(b, "the next hold within ten minutes", other.Cause, "number_limit")
		b.Clock.Forward(2 * time.Minute)
		expect(b, "after the code's life", resend(), store.ResendLate)
	})
}

// The app asks for a code once a text has gone out, and not while the network is still
// being asked whether the SIM is new.
func TestCodeIsAskedForOnceSent(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		_, c := b.Texted(storetest.SMSLadder())
		sent := func(want bool) {
			t.Helper()
			tries, err := b.CodeTries(ctx, c)
			b.Must(err)
			expect(b, "the text has gone out", tries.Sent, want)
		}
		sent(false)
		text := b.TextsWaiting()[0]
		_, err := b.BeginText(ctx, text, storetest.TextRules)
		b.Must(err)
		sent(false)
		b.Must(b.TextSent(ctx, text, "SM1"))
		sent(true)
	})
}

// A decided hold sends nothing more, whichever texts still wait.
func TestDecidedHoldSendsNothing(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		id, c := b.Texted(storetest.SMSLadder())
		first := b.TextsWaiting()[0]
		got, err := b.BeginText(ctx, first, storetest.TextRules)
		b.Must(err)
		if got == nil || got.Repeated || got.Number != b.Customer.Phones[0].Number || got.Challenge.ID != c.ID {
			t.Fatalf("the first text: %+v", got)
		}
		b.Must(b.TextSent(ctx, first, "SM1"))
		b.Clock.Forward(time.Minute)
		_, err = b.Resend(ctx, c.CustomerID, c.ID)
		b.Must(err)
		second := b.TextsWaiting()[0]
		_, _, err = b.Override(ctx, id, 1, "client:bank", "")
		b.Must(err)
		if got, err = b.BeginText(ctx, second, storetest.TextRules); err != nil || got != nil {
			t.Errorf("a text after the decision: %v, %v", got, err)
		}
		b.Must(b.MarkSettled(ctx, id))
		told := b.TextsWaiting()
		expect(b, "one text tells the outcome", len(told), 1)
		if got, err = b.BeginText(ctx, told[0], storetest.TextRules); err != nil || got == nil || got.Kind != hold.TextOutcome {
			t.Errorf("the outcome: %+v, %v", got, err)
		}
		verify(b)
	})
}

// However often a send is begun anew, it may have gone out twice at most.
func TestTwoSendsAtMost(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		b.Texted(storetest.SMSLadder())
		text := b.TextsWaiting()[0]
		begin := func() *hold.Text {
			got, err := b.BeginText(ctx, text, storetest.TextRules)
			b.Must(err)
			return got
		}
		if got := begin(); got.Repeated {
			t.Error("the first try is none")
		}
		b.Must(b.TextUnsent(ctx, text)) // surely nothing was sent
		if got := begin(); got.Repeated {
			t.Error("what was not sent is repeated")
		}
		if got := begin(); !got.Repeated { // the process died
			t.Error("a lost try is not told as one")
		}
		var again atomic.Int64
		b.Must(many(50, func(int) error {
			ok, err := b.RepeatText(ctx, text, storetest.TextRules)
			if ok {
				again.Add(1)
			}
			return err
		}))
		expect(b, "sent again", again.Load(), 1)
		b.Must(b.TextSent(ctx, text, "SM1"))
		if got := begin(); got != nil {
			t.Error("what is sent is sent again")
		}
	})
}

// The provider's news is taken once, never goes back, and may come before the
// answer to the send.
func TestTextStatus(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		tell := func(text, sid string, s hold.TextStatus, want hold.Taken) {
			t.Helper()
			n := hold.TextNews{SID: sid, Status: s, Word: string(s)}
			if s == hold.TextFailed {
				n.Code = "provider_17"
			}
			out, err := b.TextStatus(ctx, text, n)
			b.Must(err)
			expect(b, string(s), out, want)
		}
		status := func(text string) (s string) {
			b.Must(storetest.Raw(t, b.URL).Get(&s, storetest.Raw(t, b.URL).Rebind(`SELECT status FROM texts WHERE id = ?`), text))
			return s
		}
		begin := func() (hold.ID, string) {
			b.Clock.Forward(11 * time.Minute)
			id, _ := b.Texted(storetest.SMSLadder())
			text := b.TextsWaiting()[0]
			_, err := b.BeginText(ctx, text, storetest.TextRules)
			b.Must(err)
			return id, text
		}
		_, text := begin()
		tell(text, "SM1", hold.TextDelivered, hold.TakenUp) // before TextSent
		b.Must(b.TextSent(ctx, text, "SM1"))
		tell(text, "SM1", hold.TextSent, hold.TakenUp) // out of order
		tell(text, "SM1", hold.TextDelivered, hold.TakenBefore)
		tell(text, "SM1", hold.TextFailed, hold.TakenUp)
		expect(b, "the first final state stands", status(text), "delivered")
		tell("txt_01JQ5Z3N8V6Q2W4X7Y9ZABCDEF", "SM1", hold.TextSent, hold.TakenUnknown)

		id, text := begin()
		b.Must(b.TextSent(ctx, text, "SM2"))
		tell(text, "SM2", hold.TextFailed, hold.TakenUp)
		cs, err := b.Challenges(ctx, id)
		b.Must(err)
		expect(b, "the ladder goes on", cs[0].Status, hold.Undeliverable)
		expect(b, "because", cs[0].Cause, "provider_17")

		id, text = begin()
		for _, word := range []string{"queued", "on its way"} { // two words of a provider's for one of ours
			out, err := b.TextStatus(ctx, text, hold.TextNews{SID: "SM3", Status: hold.TextSent, Word: word})
			b.Must(err)
			expect(b, word, out, hold.TakenUp)
		}
		raw := storetest.Raw(t, b.URL) // of an older binary, which wrote the provider's words
		_, err = raw.Exec(raw.Rebind(`INSERT INTO sids (sid, text_id, rank, state) VALUES ('SM4', ?, 5, 'lost')`), text)
		b.Must(err)
		tell(text, "SM3", hold.TextFailed, hold.TakenUp)
		if cs, err = b.Challenges(ctx, id); err != nil || cs[0].Status != hold.Undeliverable {
			t.Errorf("both messages of one text failed: %+v, %v", cs, err)
		}

		id, text = begin()
		b.Must(b.TextFailed(ctx, text, string(hold.FailOptedOut)))
		if cs, err = b.Challenges(ctx, id); err != nil || cs[0].Cause != "opted_out" {
			t.Errorf("opted out at the provider: %+v, %v", cs, err)
		}
		b.Clock.Forward(11 * time.Minute)
		_, c := b.Texted(storetest.SMSLadder())
		expect(b, "and from then on here", c.Cause, "opted_out")
		verify(b)
	})
}

// A script that pumps a thousand numbers of one prefix is cut off: by the hour's
// bound, exactly, at whatever speed; and by the breaker when nobody answers.
func TestPumping(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		rules := storetest.TextRules
		rules.SMS.PrefixHourly = 100
		pump := func(n, from int, rules hold.Rules) (sent int64) {
			var open atomic.Int64
			accepts := make([]store.Accept, n)
			for i := range n {
				c := b.NewCustomer(hold.CustomerID(fmt.Sprintf("pumped-%d", from+i)))
				accepts[i] = b.Accepting(storetest.SMSLadder())
				accepts[i].Request.CustomerID = c.ID
			}
			slots := make(chan struct{}, 12)
			b.Must(many(n, func(i int) error {
				slots <- struct{}{}
				defer func() { <-slots }()
				res, err := b.AcceptHold(ctx, accepts[i])
				if err != nil {
					return err
				}
				if _, err = b.OpenRung(ctx, res.HoldID, 0, hold.NoRung, rules); err != nil {
					return err
				}
				cs, err := b.Challenges(ctx, res.HoldID)
				if err == nil && cs[0].Status == hold.Open {
					open.Add(1)
				}
				return err
			}))
			return open.Load()
		}
		expect(b, "texts of 1,000 at once", pump(b.Crowd(1000), 0, rules), 100)
		for _, id := range b.TextsWaiting() {
			_, err := b.BeginText(ctx, id, rules)
			b.Must(err)
		}
		b.Clock.Forward(3 * time.Minute) // nobody has answered
		rules.SMS.PrefixHourly = 0
		expect(b, "texts after the breaker", pump(20, 2000, rules), 0)
		b.Clock.Forward(time.Hour)
		expect(b, "an hour later", pump(20, 3000, rules), 20)
	})
}
