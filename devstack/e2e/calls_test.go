package e2e

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"holdfast/channels"
	"holdfast/devstack/provider"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// console is an agent at work in a world.
type console struct {
	*world
	by     store.By
	number string // their own phone
	v      store.CaseView
}

func (w *world) console(sub, role string) *console {
	w.T.Helper()
	c := &console{world: w, by: w.Agent(sub, role)}
	var err error
	c.number, err = w.AgentNumber(context.Background(), sub)
	w.Must(err)
	return c
}

// take waits for the next case and leases it.
func (c *console) take() {
	c.T.Helper()
	ctx := context.Background()
	c.by.IssuedAt = c.Clock.Now() // a new token
	until(c.T, "a case", func() bool {
		id, err := c.NextCase(ctx, c.by)
		c.Must(err)
		if id == "" {
			return false
		}
		c.v, err = c.ViewCase(ctx, c.by, id)
		c.Must(err)
		return true
	})
}

func (c *console) say(d hold.Disposition) store.DisposeResult {
	c.T.Helper()
	return c.sayAt(d, 0)
}

func (c *console) sayAt(d hold.Disposition, at hold.Instant) store.DisposeResult {
	c.T.Helper()
	res, err := c.Dispose(context.Background(), store.Dispose{By: c.by, CaseID: c.v.ID, TaskID: c.v.Tasks[0].ID, Disposition: d, Revision: c.v.Tasks[0].Revision, At: at,
		Judge: func(h hold.Hold, ch hold.Challenge, leg hold.Leg, now hold.Instant) (store.Judgement, error) {
			v, err := c.calls.Judge(ch, channels.Answer{Hold: h, Proof: string(d), Leg: leg, Now: now})
			return store.Judgement{Answer: v.Answer, UV: v.UV, Refusal: string(v.Refusal)}, err
		}})
	c.Must(err)
	return res
}

// ring asks for a call and gives its id.
func (c *console) ring() string {
	c.T.Helper()
	id, out, cause, err := c.PlaceCall(context.Background(), c.by, c.v.ID, c.v.Customer.Phones[0].ID, storetest.Contact)
	c.Must(err)
	if out != store.CallQueued {
		c.T.Fatalf("call: %s %s", out, cause)
	}
	return id
}

// talk lets both phones pick up; the customer reads the number out, and the call
// lasts 31 s by the provider's word.
func (c *console) talk() string {
	c.T.Helper()
	ctx := context.Background()
	customer := c.v.Customer.Phones[0].Number
	mine, theirs := len(c.texts.Rings(c.number)), len(c.texts.Rings(customer))
	id := c.ring()
	rings, err := c.texts.AwaitRing(ctx, c.number, mine)
	c.Must(err)
	c.Must(c.texts.Answer(rings[0].SID))
	rings, err = c.texts.AwaitRing(ctx, customer, theirs)
	c.Must(err)
	c.Must(c.texts.Answer(rings[0].SID))
	status := func() string {
		v, err := c.ViewCase(ctx, c.by, c.v.ID)
		c.Must(err)
		return v.Calls[len(v.Calls)-1].Status
	}
	until(c.T, "the connection", func() bool { return status() == "connected" })
	shown, err := c.AppCall(ctx, c.v.CustomerID)
	c.Must(err)
	ok, _, err := c.Identify(ctx, c.by, c.v.ID, shown.Digits)
	c.Must(err)
	if !ok {
		c.T.Fatal("the number was not right")
	}
	c.Must(c.texts.EndCall(rings[0].SID, "completed", 31*time.Second))
	until(c.T, "the end of the call", func() bool { return status() == "ended" })
	return id
}

// Every branch of a hold that agents ask about, and of a call, on a real
// Temporal server.
func TestCallHistories(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	ana, bo := w.console("ana", "agent"), w.console("bo", "agent")
	ladder := func(d time.Duration) hold.Ladder {
		return hold.Ladder{Name: "l", Exhausted: hold.ExhaustedWait, Rungs: []hold.Rung{storetest.Rung("call", d, hold.Callback)}}
	}
	thenPush := ladder(time.Minute)
	thenPush.Rungs = append(thenPush.Rungs, storetest.Rung("app", time.Minute, hold.Push))
	spoken := func(hold.ID) { ana.take(); ana.talk(); ana.say(hold.Confirmed) }
	for _, c := range []struct {
		name     string
		ladder   hold.Ladder
		minor    int64
		deadline time.Duration
		fault    provider.Fault
		do       func(id hold.ID)
		reason   hold.Reason
		rings    int // of the agent's phone
	}{
		{"callback_confirmed", ladder(time.Hour), 0, time.Hour, provider.Fault{}, spoken, hold.ReasonApproved, 1},
		{"callback_refused", ladder(time.Hour), 0, time.Hour, provider.Fault{}, func(hold.ID) { ana.take(); ana.say(hold.Refused) }, hold.ReasonRefused, 0},
		{"callback_not_me", ladder(time.Hour), 0, time.Hour, provider.Fault{}, func(hold.ID) { ana.take(); ana.say(hold.NotTheirs) }, hold.ReasonNotMe, 0},
		{"callback_leased_past_the_rung", ladder(2 * time.Second), 0, time.Hour, provider.Fault{}, func(id hold.ID) {
			ana.take()
			until(t, "the rung's end", func() bool { return w.Clock.Now() > w.Look(id).RungEndsAt.Add(500*time.Millisecond) })
			ana.talk()
			ana.say(hold.Confirmed)
		}, hold.ReasonApproved, 1},
		{"callback_not_reached_then_push", thenPush, 0, time.Hour, provider.Fault{}, func(id hold.ID) {
			for range 3 {
				ana.take()
				ana.say(hold.NoAnswer)
			}
			w.Say(w.asked(id, 1).ID, w.Old(), hold.Approve)
		}, hold.ReasonApproved, 0},
		{"callback_not_reached_to_the_deadline", ladder(time.Minute), 0, 8 * time.Second, provider.Fault{}, func(hold.ID) {
			for range 3 {
				ana.take()
				ana.say(hold.Voicemail)
			}
		}, hold.ReasonDeadline, 0},
		{"callback_later", ladder(2 * time.Second), 0, time.Hour, provider.Fault{}, func(hold.ID) {
			ana.take()
			ana.sayAt(hold.CallLater, w.Clock.Now().Add(4*time.Second))
			spoken("")
		}, hold.ReasonApproved, 1},
		{"callback_four_eyes", ladder(2 * time.Second), 200000, time.Hour, provider.Fault{}, func(id hold.ID) {
			ana.take()
			ana.talk()
			res := ana.say(hold.Confirmed)
			until(t, "the rung's end", func() bool { return w.Clock.Now() > w.Look(id).RungEndsAt.Add(500*time.Millisecond) })
			bo.by.IssuedAt = w.Clock.Now()
			_, err := w.Decide(ctx, store.Second{By: bo.by, ID: res.ApprovalID, Approve: true, Reason: "heard it"})
			w.Must(err)
		}, hold.ReasonApproved, 1},
		{"callback_amended_in_review", ladder(time.Hour), 200000, time.Hour, provider.Fault{}, func(id hold.ID) {
			ana.take()
			ana.talk()
			ana.say(hold.Confirmed)
			_, _, err := w.AmendHold(ctx, store.Amend{ID: id, Revision: 1, Actor: "client:bank",
				Change: func(r hold.Request) hold.Request { r.Amount.Minor = 100; return r },
				Terms: func(h hold.Hold, _ store.Customer, _ hold.Instant) (hold.Terms, hold.Instant, error) {
					return h.Terms, h.Deadline, nil
				}})
			w.Must(err)
			w.asked(id, 1)
			spoken("")
		}, hold.ReasonApproved, 2},
		{"call_unavailable", ladder(time.Hour), 0, time.Hour, provider.Fault{Kind: provider.Down, Times: 1}, spoken, hold.ReasonApproved, 1},
		{"call_throttled", ladder(time.Hour), 0, time.Hour, provider.Fault{Kind: provider.Throttle, Times: 1, Delay: time.Second}, spoken, hold.ReasonApproved, 1},
		{"call_cut_then_found", ladder(time.Hour), 0, time.Hour, provider.Fault{Kind: provider.Cut, Times: 1}, spoken, hold.ReasonApproved, 1},
		{"call_broken_then_again", ladder(time.Hour), 0, time.Hour, provider.Fault{Kind: provider.Broken, Times: 1}, spoken, hold.ReasonApproved, 1},
		{"call_refused", ladder(time.Hour), 0, time.Hour, provider.Fault{Kind: provider.NoNumber, Times: 1}, func(hold.ID) {
			ana.take()
			ana.ring()
			until(t, "the refusal", func() bool {
				v, err := w.ViewCase(ctx, ana.by, ana.v.ID)
				w.Must(err)
				return v.Calls[0].Status == "failed"
			})
			ana.say(hold.Refused)
		}, hold.ReasonRefused, 0},
	} {
		w.Customer = w.NewCustomer(hold.CustomerID(c.name))
		w.Must(w.Heartbeat(ctx, "gw", []store.Presence{{DeviceID: w.Old(), CustomerID: w.Customer.ID}}, nil))
		if c.fault.Kind != "" {
			c.fault.On, c.fault.Number = provider.Calls, ana.number
			w.texts.Set(c.fault)
		}
		before := len(w.texts.Rings(ana.number))
		w.minor = c.minor
		id := w.accept(c.ladder, c.deadline)
		c.do(id)
		h, history := w.settled(id)
		if h.Decision.Reason != c.reason {
			t.Errorf("%s: decided for %s, want %s", c.name, h.Decision.Reason, c.reason)
		}
		if got := len(w.texts.Rings(ana.number)) - before; got != c.rings {
			t.Errorf("%s: the agent's phone rang %d times, want %d", c.name, got, c.rings)
		}
		called := history
		if calls := w.callsOf(ana); len(calls) > 0 {
			called = w.history(calls[len(calls)-1])
		}
		if strings.HasPrefix(c.name, "call_") {
			keep(t, c.name, called)
		} else {
			keep(t, c.name, history)
		}
		if c.name == "callback_confirmed" {
			keep(t, "call_placed", called)
			t.Logf("%d events of the hold, %d of its call", len(history.Events), len(called.Events))
		}
		private := regexp.MustCompile(`\+?393[0-9]{7,}`)
		for _, e := range append(history.Events, called.Events...) {
			if private.MatchString(e.String()) {
				t.Errorf("%s: the history has a number: %s", c.name, e.EventType)
			}
		}
		w.texts.Clear()
	}
	if broken := w.texts.Broken(); len(broken) > 0 {
		t.Errorf("calls that are not Twilio's: %v", broken)
	}
}

// callsOf are the calls of an agent's latest case.
func (w *world) callsOf(c *console) (ids []string) {
	w.T.Helper()
	raw := storetest.Raw(w.T, w.URL)
	defer raw.Close()
	w.Must(raw.Select(&ids, `SELECT id FROM calls WHERE case_id = ? ORDER BY created_at`, c.v.ID))
	return ids
}
