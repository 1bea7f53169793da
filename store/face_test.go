package store_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

var linkOf = storetest.LinkOf

func faced(b *storetest.Bundle, bySMS bool) (hold.ID, hold.Challenge) {
	b.T.Helper()
	return b.Faced(bySMS)
}

// alive tells whether the n-th link of a question opens something.
func alive(b *storetest.Bundle, id hold.ChallengeID, n int) bool {
	b.T.Helper()
	_, why, err := b.FaceLink(ctx, linkOf(id, n))
	b.Must(err)
	return why == ""
}

// A link by text: the text has it, a reply with a code is none, NO refuses; a
// dead one is replaced by text, to the number on record, within the three tries.
func TestLinkByText(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		id, c := faced(b, true)
		texts := b.TextsWaiting()
		expect(b, "texts", len(texts), 1)
		x, err := b.BeginText(ctx, texts[0], storetest.TextRules)
		b.Must(err)
		expect(b, "its link", x.Link, 1)
		b.Must(b.TextSent(ctx, x.ID, "SM1"))
		expect(b, "alive", alive(b, c.ID, 1), true)
		b.Must(b.RenewLink(ctx, linkOf(c.ID, 1), linkOf))
		expect(b, "while it is alive nothing is sent", len(b.TextsWaiting()), 0)
		_, why, err := b.StartLink(ctx, linkOf(c.ID, 1), linkOf(c.ID, 7), "smile")
		b.Granted(why, err)
		b.Must(b.RenewLink(ctx, linkOf(c.ID, 1), linkOf))
		expect(b, "once it is used one is", len(b.TextsWaiting()), 1)
		_, why, err = b.FaceCheck(ctx, linkOf(c.ID, 7))
		if why != hold.LinkDead {
			t.Errorf("the check of the old link: %v", err)
		}
		b.Must(b.RenewLink(ctx, "no link of ours", linkOf))
		said := func(s store.ReplySaid) {
			_, err := b.Reply(ctx, store.Reply{SID: "SM" + store.NewNonce(), Forms: []string{b.Customer.Phones[0].Number}, Said: s,
				Rules: storetest.Contact,
				Judge: func(hold.Hold, hold.Challenge, hold.Instant) (hold.Verdict, error) {
					t.Error("a code was compared with a link")
					return hold.Verdict{Answer: hold.Approve}, nil
				}})
			b.Must(err)
		}
		said(store.ReplyCode)
		expect(b, "held", b.Look(id).Status, hold.Held)
		said(store.ReplyNo)
		_, err = b.Conclude(ctx, id)
		b.Must(err)
		expect(b, "refused", b.Look(id).Decision.Reason, hold.ReasonRefused)
		verify(b)
	})
}

// Fifty starts of one link at once: one of them consumes it.
func TestOneStart(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		_, c := faced(b, false)
		_, _, why, err := b.OpenLink(ctx, b.Customer.ID, c.ID, linkOf)
		b.Granted(why, err)
		var started atomic.Int64
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				_, why, err := b.StartLink(t.Context(), linkOf(c.ID, 1), linkOf(c.ID, 100+i), "smile")
				if err == nil && why == "" {
					started.Add(1)
				} else if why != hold.LinkDead {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		expect(b, "started", started.Load(), 1)
		if why, err := b.CannotFace(ctx, linkOf(c.ID, 1), storetest.CallRules); why != hold.LinkDead {
			t.Errorf("the used link ends the check that it began: %v", err)
		}
		_, _, _, err = b.OpenLink(ctx, "somebody", c.ID, linkOf)
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("another customer's: %v", err)
		}
		verify(b)
	})
}

// A link dies with its time, with the question, and with a freeze.
func TestLinksDie(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		for name, kill := range map[string]func(id hold.ID){
			"its time": func(hold.ID) { b.Clock.Forward(10 * time.Minute) },
			"decided":  func(id hold.ID) { _, _, err := b.Override(ctx, id, 1, "client:bank", ""); b.Must(err) },
			"a freeze": func(hold.ID) { b.Must(b.AskForHelp(ctx, b.Customer.ID)) },
			"a new one": func(id hold.ID) {
				cs, _ := b.Challenges(ctx, id)
				_, _, why, err := b.OpenLink(ctx, b.Customer.ID, cs[0].ID, linkOf)
				b.Granted(why, err)
			},
		} {
			b.Subtest(name, func() {
				id, c := faced(b, false)
				_, _, why, err := b.OpenLink(ctx, b.Customer.ID, c.ID, linkOf)
				b.Granted(why, err)
				kill(id)
				expect(b, "alive", alive(b, c.ID, 1), false)
				if _, why, err := b.StartLink(ctx, linkOf(c.ID, 1), linkOf(c.ID, 9), "smile"); why != hold.LinkDead {
					b.T.Errorf("started: %q, %v", why, err)
				}
			})
		}
		verify(b)
	})
}

// A link that died of age is replaced while the question can be answered: by
// text where it went by text, and in the app where the app asked for it. Three
// in all.
func TestOldLinkRenewed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		_, c := faced(b, true)
		sent := func(n int) {
			t.Helper()
			texts := b.TextsWaiting()
			x, err := b.BeginText(ctx, texts[len(texts)-1], storetest.TextRules)
			b.Must(err)
			expect(b, "the text's link", x.Link, n)
			b.Must(b.TextSent(ctx, x.ID, fmt.Sprint("SM", n)))
		}
		alive := func(n int) bool { return alive(b, c.ID, n) }
		sent(1)
		b.Clock.Forward(10 * time.Minute)
		expect(b, "after ten minutes", alive(1), false)
		b.Must(b.RenewLink(ctx, linkOf(c.ID, 1), linkOf))
		sent(2)
		expect(b, "a new one", alive(2), true)
		_, why, err := b.StartLink(ctx, linkOf(c.ID, 2), linkOf(c.ID, 72), "smile")
		b.Granted(why, err)
		b.Must(b.RenewLink(ctx, linkOf(c.ID, 72), linkOf))
		expect(b, "a check that goes on is not replaced", len(b.TextsWaiting()), 0)
		b.Clock.Forward(15 * time.Minute) // nobody took a picture
		b.Must(b.RenewLink(ctx, linkOf(c.ID, 72), linkOf))
		sent(3)
		expect(b, "by the page that took too long", alive(3), true)
		b.Clock.Forward(5 * time.Minute)
		expect(b, "half an hour is all", alive(3), false)
		b.Must(b.RenewLink(ctx, linkOf(c.ID, 3), linkOf))
		expect(b, "no fourth", len(b.TextsWaiting()), 0)

		b.Customer = b.NewCustomer("by-app")
		_, c = faced(b, false)
		_, _, why, err = b.OpenLink(ctx, b.Customer.ID, c.ID, linkOf)
		b.Granted(why, err)
		b.Clock.Forward(10 * time.Minute)
		b.Must(b.RenewLink(ctx, linkOf(c.ID, 1), linkOf))
		expect(b, "no text for the app's", len(b.TextsWaiting()), 0)
		_, _, why, err = b.OpenLink(ctx, b.Customer.ID, c.ID, linkOf)
		b.Granted(why, err)
		expect(b, "the app has the next", alive(2), true)
		verify(b)
	})
}

// A vendor's word counts once: told again it is nothing new, told otherwise it
// is refused, and so is one of a check that the customer left, or of no hour of
// its.
func TestVendorsWord(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		begun := func(name string) (hold.ID, hold.Challenge, hold.FaceResult) {
			id, c := faced(b, false)
			_, _, why, err := b.OpenLink(ctx, b.Customer.ID, c.ID, linkOf)
			b.Granted(why, err)
			_, why, err = b.StartLink(ctx, linkOf(c.ID, 1), linkOf(c.ID, 71), "smile")
			b.Granted(why, err)
			b.Granted(b.FaceSession(ctx, linkOf(c.ID, 71), "session-"+name))
			return id, c, hold.FaceResult{Session: "session-" + name, HoldID: id, ChallengeID: c.ID, Pass: true, At: b.Clock.Now()}
		}
		told := func(what string, r hold.FaceResult, want hold.Taken) {
			t.Helper()
			out, err := b.TakeFaceResult(ctx, r)
			b.Must(err)
			expect(b, what, out, want)
		}
		b.Subtest("passes", func() {
			id, _, r := begun("passes")
			other := r
			other.HoldID = "hold_other"
			told("another hold", other, hold.TakenUnknown)
			early := r
			early.At = r.At.Add(-time.Microsecond)
			told("before it began", early, hold.TakenUnknown)
			told("a pass", r, hold.TakenUp)
			told("again", r, hold.TakenBefore)
			r.Pass = false
			told("and a fail", r, hold.TakenAgainst)
			_, err := b.Conclude(ctx, id)
			b.Must(err)
			expect(b, "released", b.Look(id).Decision.Outcome, hold.Release)
		})
		b.Subtest("left", func() {
			id, c, r := begun("left")
			_, _, why, err := b.OpenLink(ctx, b.Customer.ID, c.ID, linkOf)
			b.Granted(why, err)
			told("of a check that was left", r, hold.TakenUnknown)
			expect(b, "held", b.Look(id).Status, hold.Held)
		})
		b.Subtest("sleeps", func() {
			id, _, r := begun("sleeps")
			b.Clock.Forward(2 * time.Hour)
			r.At = b.Clock.Now()
			told("two hours later", r, hold.TakenUnknown)
			expect(b, "held", b.Look(id).Status, hold.Held)
		})
		verify(b)
	})
}

// A check whose vendor's session came to nothing that we know of cannot go on: its
// page gets a new link, and the vendor is not asked twice for the old one.
func TestStuckAtTheVendor(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		_, c := faced(b, true)
		_, why, err := b.StartLink(ctx, linkOf(c.ID, 1), linkOf(c.ID, 7), "smile")
		b.Granted(why, err)
		x, err := b.BeginText(ctx, b.TextsWaiting()[0], storetest.TextRules)
		b.Must(err)
		b.Must(b.TextSent(ctx, x.ID, "SM1"))
		b.Granted(b.AskFaceSession(ctx, linkOf(c.ID, 7)))
		why, err = b.AskFaceSession(ctx, linkOf(c.ID, 7))
		b.Must(err)
		expect(b, "asked once", why, hold.LinkDead)
		b.Must(b.RenewLink(ctx, linkOf(c.ID, 7), linkOf))
		expect(b, "a new link is sent", len(b.TextsWaiting()), 1)
		why, err = b.FaceSession(ctx, linkOf(c.ID, 7), "session-late")
		b.Must(err)
		expect(b, "the old session comes too late", why, hold.LinkDead)
		verify(b)
	})
}
