package store_test

import (
	"errors"
	"testing"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// atOnce are the rules of workers that have every channel that the app shows.
func atOnce() hold.Rules {
	r := storetest.Rules
	r.Channels, r.FaceVendor, r.Link = []hold.Channel{hold.Push, hold.FaceLink}, true, storetest.LinkOf
	return r
}

func ladderOf(rungs ...hold.Rung) hold.Ladder {
	return hold.Ladder{Name: "l", Exhausted: hold.ExhaustedWait, Rungs: rungs}
}

func faceRung(bySMS bool) hold.Rung {
	r := storetest.Rung("face", 30*time.Minute, hold.FaceLink)
	r.Asks[0].Lifetime, r.Asks[0].BySMS = hold.Duration(10*time.Minute), bySMS
	return r
}

// The first rung is out with the reply where the app alone asks, and never a
// second one. What else there is to do first is the workflow's, at once.
func TestFirstRungIsOutWithTheReply(t *testing.T) {
	t.Parallel()
	app, call := storetest.Rung("app", 5*time.Minute, hold.Push), storetest.Rung("call", time.Hour, hold.Callback)
	both := storetest.Rung("both", 5*time.Minute, hold.Push, hold.SMS)
	both.Asks[1].Lifetime = hold.Duration(5 * time.Minute)
	connect := func(b *storetest.Bundle, ds ...hold.DeviceID) {
		var here []store.Presence
		for _, d := range ds {
			here = append(here, store.Presence{DeviceID: d, CustomerID: b.Customer.ID})
		}
		b.Must(b.Heartbeat(ctx, "gw", here, nil))
	}
	waking := waking()
	oneDevice := func(b *storetest.Bundle) { connect(b, b.Old()) }
	nobody := func(*storetest.Bundle) {}
	for name, c := range map[string]struct {
		ladder hold.Ladder
		rules  hold.Rules
		set    func(b *storetest.Bundle)
		asked  int           // challenges that are on record with the reply
		delay  time.Duration // of the start
	}{
		"push, connected":        {ladderOf(app, call), atOnce(), oneDevice, 1, 5 * time.Minute},
		"push, nobody connected": {ladderOf(app, call), atOnce(), nobody, 1, 20 * time.Second},
		"a device to be woken":   {ladderOf(app, call), waking, oneDevice, 1, 5 * time.Minute},
		"all devices sleep":      {ladderOf(app, call), waking, nobody, 1, 20 * time.Second},
		"face in the app":        {ladderOf(faceRung(false), call), atOnce(), oneDevice, 1, 30 * time.Minute},
		"face by text":           {ladderOf(faceRung(true), call), atOnce(), nobody, 0, 0},
		"push or text":           {ladderOf(both, call), atOnce(), nobody, 0, 0},
		"call":                   {ladderOf(call, app), atOnce(), nobody, 0, 0},
		"face, not set up":       {ladderOf(faceRung(false), app), storetest.Rules, nobody, 1, 0},
		"nothing set up yet":     {ladderOf(app, call), hold.Rules{}, nobody, 0, 0},
		"no device":              {ladderOf(app, app), atOnce(), revoke, 1, 0},
		"frozen": {ladderOf(app, call), atOnce(), func(b *storetest.Bundle) {
			b.Must(b.AskForHelp(ctx, b.Customer.ID))
		}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
				if len(c.rules.Channels) > 0 {
					b.Must(b.Deploy(ctx, c.rules))
				}
				c.set(b)
				b.Must(b.OutboxDone(ctx, claim(b)))
				a := b.Accepting(c.ladder)
				a.Reply = func(h hold.Hold) []byte {
					expect(b, "the rung that the reply tells", h.Rung, hold.NoRung)
					return []byte(h.ID)
				}
				res, err := b.AcceptHold(ctx, a)
				b.Must(err)
				cs, err := b.Challenges(ctx, res.HoldID)
				b.Must(err)
				expect(b, "asked", len(cs), c.asked)
				rows := claim(b)
				if len(rows) != 1 || rows[0].Kind != store.OutboxStart || rows[0].Delay != c.delay {
					t.Errorf("the start: %+v, want a delay of %s", rows, c.delay)
				}
				_, p, err := b.Finish(ctx, res.HoldID, c.rules)
				b.Must(err)
				if c.delay > 0 {
					expect(b, "it waits as long", p.Remaining, c.delay)
				}
				verify(b)
			})
		})
	}
}

// revoke takes the customer's devices away.
func revoke(b *storetest.Bundle) {
	b.T.Helper()
	p := store.PutCustomer{ID: b.Customer.ID, Name: "M", Locale: "en", TimeZone: "UTC", Phrase: "x", Actor: "test"}
	for _, d := range b.Customer.Devices {
		p.Devices = append(p.Devices, store.PutDevice{Name: d.Name, PublicKey: d.PublicKey, Revoked: true})
	}
	_, why, err := b.PutCustomer(ctx, p)
	b.Granted(why, err)
}

// A freeze beside the acceptance is never missed: it is seen as the terms are
// chosen, or it finds the question and takes it back.
func TestFreezeBesideIntake(t *testing.T) {
	t.Parallel()
	t.Run("first", func(t *testing.T) {
		t.Parallel()
		b := storetest.New(t, storetest.PostgresURL(t))
		b.Must(b.Deploy(ctx, atOnce()))
		raw := storetest.Raw(t, b.URL)
		freezing := raw.MustBegin()
		freezing.MustExec(`UPDATE customers SET frozen_at = 1 WHERE id = $1`, b.Customer.ID)
		a := b.Accepting(storetest.PushLadder())
		terms, frozen := a.Terms, hold.Instant(0)
		a.Terms = func(c hold.Customer, p counterparties.Known, now hold.Instant) (hold.Terms, hold.Instant, error) {
			frozen = c.FrozenAt
			return terms(c, p, now)
		}
		done := make(chan error, 1)
		go func() { _, err := b.AcceptHold(ctx, a); done <- err }()
		for waiting := 0; waiting == 0; {
			b.Must(raw.Get(&waiting, `SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`))
			select {
			case err := <-done:
				t.Fatalf("accepted beside the freeze: %v", err)
			default:
			}
		}
		b.Must(freezing.Commit())
		b.Must(<-done)
		expect(b, "frozen since", frozen, 1)
	})
	t.Run("second", func(t *testing.T) {
		t.Parallel()
		b := storetest.New(t, storetest.PostgresURL(t))
		b.Must(b.Deploy(ctx, atOnce()))
		a := b.Accepting(storetest.PushLadder())
		terms, done := a.Terms, make(chan error, 1)
		a.Terms = func(c hold.Customer, p counterparties.Known, now hold.Instant) (hold.Terms, hold.Instant, error) {
			go func() { done <- b.AskForHelp(ctx, b.Customer.ID) }()
			return terms(c, p, now)
		}
		res, err := b.AcceptHold(ctx, a)
		b.Must(err)
		b.Must(<-done)
		cs, err := b.Challenges(ctx, res.HoldID)
		b.Must(err)
		expect(b, "the question", cs[0].Status, hold.Cancelled)
		verify(b)
	})
}

// A customer whose row somebody keeps is busy: that is no twin of the request.
func TestBusyCustomer(t *testing.T) {
	t.Parallel()
	b := storetest.New(t, storetest.PostgresURL(t))
	raw := storetest.Raw(t, b.URL).MustBegin()
	raw.MustExec(`SELECT 1 FROM customers WHERE id = $1 FOR UPDATE`, b.Customer.ID)
	a := b.Accepting(storetest.PushLadder())
	if _, err := b.AcceptHold(ctx, a); !errors.Is(err, store.ErrBusy) {
		t.Errorf("%v", err)
	}
	b.Must(raw.Rollback())
	res, err := b.AcceptHold(ctx, a)
	b.Must(err)
	expect(b, "afterwards", res.Outcome, store.Accepted)
}

// Finish opens, waits and decides in one go; what is decided it leaves as it is.
func TestFinish(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		app := storetest.Rung("app", 5*time.Minute, hold.Push)
		gone := storetest.Rung("text", 5*time.Minute, hold.SMS) // not set up
		id := b.Held(ladderOf(gone, app))
		h, p, err := b.Finish(ctx, id, storetest.Rules)
		b.Must(err)
		expect(b, "it waits on the second", p.Rung, 1)
		expect(b, "as long as nobody is connected", p.Remaining, 20*time.Second)
		expect(b, "held", h.Status, hold.Held)
		b.Clock.Forward(30 * time.Second)
		_, p, err = b.Finish(ctx, id, storetest.Rules)
		b.Must(err)
		expect(b, "exhausted", p.State, hold.Waiting)
		cs, err := b.Challenges(ctx, id)
		b.Must(err)
		b.Say(cs[1].ID, b.Old(), hold.Approve)
		for range 2 { // the worker died after the first
			h, p, err = b.Finish(ctx, id, storetest.Rules)
			b.Must(err)
			expect(b, "decided", p.State, hold.Decided)
			expect(b, "for", h.Decision.Outcome, hold.Release)
		}
		b.Must(b.MarkSettled(ctx, id))
		_, p, err = b.Finish(ctx, id, storetest.Rules)
		b.Must(err)
		expect(b, "settled", p.State, hold.Settled)
		verify(b)
	})
}

// An approval that was acknowledged is not a release until Finish: a freeze after
// it is heard.
func TestFreezeBeforeFinish(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		b.Must(b.Deploy(ctx, atOnce()))
		id := b.Held(storetest.PushLadder())
		cs, err := b.Challenges(ctx, id)
		b.Must(err)
		b.Say(cs[0].ID, b.Old(), hold.Approve)
		b.Must(b.AskForHelp(ctx, b.Customer.ID))
		_, p, err := b.Finish(ctx, id, atOnce())
		b.Must(err)
		expect(b, "held", p.State, hold.Waiting)
		verify(b)
	})
}
