package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/protection"
	"holdfast/store"
	"holdfast/store/storetest"
)

var lockRules = store.LockRules{Terms: protection.DefaultTerms, Texts: &storetest.Contact}

// dayLimit is a lock that lets so many euros go a day.
func dayLimit(euros int64) *protection.Lock {
	return &protection.Lock{Kind: protection.Limit, Action: protection.Refuse, Currency: "EUR", Caps: []protection.Cap{{Per: protection.PerDay,
		Minor: euros * 100}}}
}

// puts has somebody set the customer's limit, or take it off.
func puts(b *storetest.Bundle, by protection.Route, to *protection.Lock, proven bool) (store.Locks, hold.Refusal) {
	b.T.Helper()
	p := store.PutLock{CustomerID: b.Customer.ID, Kind: protection.Limit, To: to, Route: by, Actor: "customer", Rules: lockRules}
	if by == protection.ByBank {
		p.Actor = "client:bank"
	}
	if proven {
		word := proof(b)
		p.Proof, p.Actor = &word, "device:"+string(word.Device)
	}
	l, why, err := b.PutLock(ctx, p)
	b.Must(err)
	return l, why
}

// limits are what the customer's limit is, what it is to be, and from when on; 0: none.
func limits(b *storetest.Bundle) (now, coming int64, from hold.Instant) {
	b.T.Helper()
	l, err := b.Locks(ctx, b.Customer.ID)
	b.Must(err)
	euros := func(r *protection.Record) int64 {
		if r == nil || r.Lock == nil {
			return 0
		}
		return r.Lock.Caps[0].Minor / 100
	}
	next := protection.Coming(l.Records, protection.Limit, l.Now)
	if next != nil {
		from = next.FromAt
	}
	return euros(protection.Current(l.Records, protection.Limit, l.Now)), euros(next), from
}

func limitIs(b *storetest.Bundle, now, coming int64) {
	b.T.Helper()
	if n, c, _ := limits(b); n != now || c != coming {
		b.T.Errorf("%d now, %d coming; want %d and %d", n, c, now, coming)
	}
}

// loosening is a customer whose limit of 100 is to be 500.
func loosening(b *storetest.Bundle) {
	b.T.Helper()
	_, why := puts(b, protection.ByApp, dayLimit(100), false)
	expect(b, "set", why, "")
	_, why = puts(b, protection.ByApp, dayLimit(500), true)
	expect(b, "loosened", why, "")
	limitIs(b, 100, 500)
}

// lockLog is what the customer's log says of locks, the oldest first.
func lockLog(b *storetest.Bundle) string {
	b.T.Helper()
	lines, err := b.CustomerLog(ctx, b.Customer.ID, 100)
	b.Must(err)
	var kinds []string
	for _, l := range slices.Backward(lines) {
		if kind, is := strings.CutPrefix(l.Kind, "lock."); is {
			kinds = append(kinds, kind)
		}
	}
	return strings.Join(kinds, " ")
}

func stopped(b *storetest.Bundle) hold.Refusal {
	b.T.Helper()
	_, why, err := b.StopLock(ctx, b.Customer.ID, protection.Limit, "customer")
	b.Must(err)
	return why
}

// A lock is tightened at once by whoever reaches it, and loosened by nothing less than a
// grown device's word.
func TestLocks(t *testing.T) {
	t.Parallel()
	stories(t, map[string]func(b *storetest.Bundle){
		"set and tightened by a session": func(b *storetest.Bundle) {
			_, why := puts(b, protection.ByApp, dayLimit(100), false)
			expect(b, "set", why, "")
			_, why = puts(b, protection.ByApp, dayLimit(50), false)
			expect(b, "tightened", why, "")
			limitIs(b, 50, 0)
			_, why = puts(b, protection.ByApp, dayLimit(50), false)
			expect(b, "the same", why, "")
			expect(b, "the log", lockLog(b), "tightened tightened")
			verify(b)
		},
		"a session alone loosens nothing": func(b *storetest.Bundle) {
			puts(b, protection.ByApp, dayLimit(100), false)
			for _, to := range []*protection.Lock{dayLimit(101), nil} {
				_, why := puts(b, protection.ByApp, to, false)
				expect(b, "loosened", why, hold.ProofMissing)
			}
			_, why := puts(b, protection.ByBank, dayLimit(101), false)
			expect(b, "by a key", why, hold.LoosenedElsewhere)
			limitIs(b, 100, 0)
		},
		"a device too young to approve loosens nothing": func(b *storetest.Bundle) {
			puts(b, protection.ByApp, dayLimit(100), false)
			word := proof(b)
			word.Device = b.Young()
			_, why, err := b.PutLock(ctx, store.PutLock{CustomerID: b.Customer.ID, Kind: protection.Limit, To: dayLimit(500),
				Route: protection.ByApp,
				Actor: "device:x", Proof: &word, Rules: lockRules})
			b.Must(err)
			expect(b, "loosened", why, hold.DeviceTooYoung)
			limitIs(b, 100, 0)
		},
		"a word counts once": func(b *storetest.Bundle) {
			puts(b, protection.ByApp, dayLimit(100), false)
			word := proof(b)
			put := func(to *protection.Lock) hold.Refusal {
				_, why, err := b.PutLock(ctx, store.PutLock{CustomerID: b.Customer.ID, Kind: protection.Limit, To: to, Route: protection.ByApp,
					Actor: "device:x", Proof: &word, Rules: lockRules})
				b.Must(err)
				return why
			}
			expect(b, "once", put(dayLimit(500)), "")
			expect(b, "twice", put(dayLimit(600)), hold.NonceMismatch)
		},
	})
}

// What was loosened counts after the wait; whatever is stricter meanwhile, and whoever
// stops it, takes the loosening with it.
func TestLooseningWaits(t *testing.T) {
	t.Parallel()
	stories(t, map[string]func(b *storetest.Bundle){
		"after the wait": func(b *storetest.Bundle) {
			loosening(b)
			_, _, from := limits(b)
			expect(b, "the wait", from, b.Clock.Now().Add(12*time.Hour))
			b.Clock.Forward(12*time.Hour - time.Microsecond)
			limitIs(b, 100, 500)
			b.Clock.Forward(time.Microsecond)
			limitIs(b, 500, 0)
			expect(b, "stopped too late", stopped(b), hold.LockCounts)
			_, why := puts(b, protection.ByApp, dayLimit(100), false)
			expect(b, "tightened", why, "")
			limitIs(b, 100, 0)
		},
		"taken off after the wait": func(b *storetest.Bundle) {
			puts(b, protection.ByApp, dayLimit(100), false)
			_, why := puts(b, protection.ByApp, nil, true)
			expect(b, "taken off", why, "")
			limitIs(b, 100, 0)
			b.Clock.Forward(12 * time.Hour)
			limitIs(b, 0, 0)
		},
		"stopped by whoever reaches it": func(b *storetest.Bundle) {
			loosening(b)
			expect(b, "stopped", stopped(b), "")
			expect(b, "stopped again", stopped(b), "")
			limitIs(b, 100, 0)
			b.Clock.Forward(24 * time.Hour)
			limitIs(b, 100, 0)
			expect(b, "the log", lockLog(b), "tightened loosened stopped")
			verify(b)
		},
		"tightened meanwhile": func(b *storetest.Bundle) {
			loosening(b)
			puts(b, protection.ByBank, dayLimit(90), false)
			limitIs(b, 90, 0)
			b.Clock.Forward(24 * time.Hour)
			limitIs(b, 90, 0)
		},
		"another wish instead waits anew": func(b *storetest.Bundle) {
			loosening(b)
			b.Clock.Forward(11 * time.Hour)
			puts(b, protection.ByApp, dayLimit(200), true)
			b.Clock.Forward(2 * time.Hour)
			limitIs(b, 100, 200)
		},
		"ten a day": func(b *storetest.Bundle) {
			puts(b, protection.ByApp, dayLimit(100), false)
			for range protection.MaxLoosenings {
				puts(b, protection.ByApp, dayLimit(500), true)
			}
			_, why := puts(b, protection.ByApp, dayLimit(600), true)
			expect(b, "the eleventh", why, hold.LooseningsSpent)
			limitIs(b, 100, 500)
		},
		"forgotten long after they ended": func(b *storetest.Bundle) {
			loosening(b)
			stopped(b)
			b.Clock.Forward(protection.Kept)
			n, err := b.ForgetLocks(ctx, 10)
			b.Must(err)
			expect(b, "too early", n, 0)
			b.Clock.Forward(time.Microsecond)
			n, err = b.ForgetLocks(ctx, 10)
			b.Must(err)
			expect(b, "forgotten", n, 1)
			limitIs(b, 100, 0)
		},
	})
}

// While a customer is frozen, a payment that looks like a scam waits, or one was suspected
// lately, nothing is loosened, and what was to be is ended as that comes about.
func TestNothingLoosensInDanger(t *testing.T) {
	t.Parallel()
	refused := func(b *storetest.Bundle, want hold.Refusal) {
		b.T.Helper()
		limitIs(b, 100, 0)
		word := store.DeviceProof{Device: b.Old()}
		_, why, err := b.PutLock(ctx, store.PutLock{CustomerID: b.Customer.ID, Kind: protection.Limit, To: dayLimit(500), Route: protection.ByApp,
			Actor: "device:x", Proof: &word, Rules: lockRules})
		b.Must(err)
		expect(b, "loosened", why, want)
		_, why = puts(b, protection.ByApp, dayLimit(99), false)
		expect(b, "tightened", why, "")
		limitIs(b, 99, 0)
		verify(b)
	}
	scam := func(a store.Accept) store.Accept {
		terms := a.Terms
		a.Terms = func(c hold.Customer, p counterparties.Known, now hold.Instant) (hold.Terms, hold.Instant, error) {
			t, deadline, err := terms(c, p, now)
			t.Scam = true
			return t, deadline, err
		}
		return a
	}
	stories(t, map[string]func(b *storetest.Bundle){
		"a freeze": func(b *storetest.Bundle) {
			loosening(b)
			b.Must(b.AskForHelp(ctx, b.Customer.ID))
			refused(b, hold.CustomerFrozen)
		},
		"a scam that is taken in": func(b *storetest.Bundle) {
			loosening(b)
			_, err := b.AcceptHold(ctx, scam(b.Accepting(storetest.PushLadder())))
			b.Must(err)
			refused(b, hold.ScamOpen)
		},
		"a payment that an amendment says is a scam": func(b *storetest.Bundle) {
			id := b.Held(storetest.PushLadder())
			loosening(b)
			_, out, err := b.AmendHold(ctx, store.Amend{ID: id, Client: storetest.Client, Revision: 1, Actor: "client:bank",
				Change: func(r hold.Request) hold.Request { r.Amount.Minor++; return r },
				Terms: func(h hold.Hold, _ hold.Customer, _ counterparties.Known, _ hold.Instant) (hold.Terms, hold.Instant, error) {
					h.Terms.Scam = true
					return h.Terms, h.Deadline, nil
				}})
			b.Must(err)
			expect(b, "amended", out, store.Changed)
			refused(b, hold.ScamOpen)
		},
		"a suspicion": func(b *storetest.Bundle) {
			loosening(b)
			by, v, _ := caseTaken(b, "ana")
			b.Disposed(by, v, hold.SuspectedScam)
			refused(b, hold.ScamOpen)
		},
		"no scam, and one that is over": func(b *storetest.Bundle) {
			loosening(b)
			b.Held(storetest.PushLadder())
			limitIs(b, 100, 500)
		},
	})
}

// Each number that may get a text is told of a loosening, and a NO from one that was told
// stops it, whatever else it answers. A NO from elsewhere, or before, stops nothing.
func TestLooseningIsToldAndStoppedByText(t *testing.T) {
	t.Parallel()
	no := func(b *storetest.Bundle, number string) {
		b.T.Helper()
		replied(b, hold.Phone{Number: number}, store.ReplyNo, false)
	}
	stories(t, map[string]func(b *storetest.Bundle){
		"told and stopped": func(b *storetest.Bundle) {
			loosening(b)
			xs := sendTexts(b)[hold.TextLockLoosened]
			if len(xs) != 1 || xs[0].Number != b.Customer.Phones[0].Number || xs[0].Zone.String() != "Europe/Rome" {
				b.T.Fatalf("%d texts", len(xs))
			}
			no(b, xs[0].Number)
			limitIs(b, 100, 0)
			verify(b)
		},
		"a NO that refuses a payment too": func(b *storetest.Bundle) {
			loosening(b)
			id, _ := b.Texted(storetest.SMSLadder())
			sendTexts(b)
			no(b, b.Customer.Phones[0].Number)
			limitIs(b, 100, 0)
			_, err := b.Conclude(ctx, id)
			b.Must(err)
			expect(b, "the payment", b.Look(id).Decision.Reason, hold.ReasonRefused)
		},
		"before it was told": func(b *storetest.Bundle) {
			loosening(b)
			no(b, b.Customer.Phones[0].Number)
			limitIs(b, 100, 500)
		},
		"from a number that is another's": func(b *storetest.Bundle) {
			loosening(b)
			sendTexts(b)
			first := b.Customer
			b.Customer = b.NewCustomer("another")
			loosening(b)
			no(b, b.Customer.Phones[0].Number) // it was not told yet
			b.Customer = first
			limitIs(b, 100, 500)
		},
		"once it counts": func(b *storetest.Bundle) {
			loosening(b)
			sendTexts(b)
			b.Clock.Forward(12 * time.Hour)
			no(b, b.Customer.Phones[0].Number)
			limitIs(b, 500, 0)
		},
		"not told once it was stopped": func(b *storetest.Bundle) {
			loosening(b)
			stopped(b)
			if xs := sendTexts(b); len(xs) != 0 {
				b.T.Errorf("%v", xs)
			}
		},
		"told for as long as it can be stopped": func(b *storetest.Bundle) {
			loosening(b)
			b.Clock.Forward(11 * time.Hour)
			if xs := sendTexts(b); len(xs[hold.TextLockLoosened]) != 1 {
				b.T.Errorf("%v", xs)
			}
		},
		"told to nobody whose number is too new": func(b *storetest.Bundle) {
			b.Customer.Phones[0].Since = b.Clock.Now()
			young := storetest.Mobile("+393330009999", b.Clock.Now())
			c, why, err := b.PutCustomer(ctx, store.PutCustomer{ID: b.Customer.ID, Name: "Maria Rossi", Locale: "en", TimeZone: "Europe/Rome",
				Actor: "client:bank", Phones: []hold.Phone{young}})
			b.Granted(why, err)
			b.Customer.Phones = c.Phones
			loosening(b)
			if xs := sendTexts(b); len(xs) != 0 {
				b.T.Errorf("%v", xs)
			}
		},
	})
}

// What a freeze, a scam and a stop leave is in the trail, each with its cause.
func TestEndedLooseningsHaveACause(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		loosening(b)
		b.Must(b.AskForHelp(ctx, b.Customer.ID))
		var causes []string
		b.Must(storetest.Raw(t, b.URL).Select(&causes, `SELECT cause FROM locks ORDER BY asked_at, id`))
		if !slices.Contains(causes, "frozen") || !slices.Contains(causes, "") {
			t.Errorf("%q", causes)
		}
	})
}
