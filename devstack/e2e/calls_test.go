package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"holdfast/api/client"
	"holdfast/channels"
	"holdfast/counterparties"
	"holdfast/devstack/provider"
	"holdfast/devstack/stack"
	"holdfast/hold"
	"holdfast/queue"
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

func (w *world) console(sub string, role queue.Role) *console {
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
		c.v, _, err = c.ViewCase(ctx, c.by, id)
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
	res, err := c.Dispose(context.Background(), store.Dispose{By: c.by, CaseID: c.v.ID, TaskID: c.v.Tasks[0].ID, Disposition: d,
		Revision: c.v.Tasks[0].Revision, At: at,
		Judge: func(h hold.Hold, ch hold.Challenge, leg hold.Leg, now hold.Instant) (hold.Verdict, error) {
			return c.calls.Judge(ch, channels.Answer{Hold: h, Proof: string(d), Leg: leg, Now: now})
		}})
	c.Must(err)
	return res
}

// ring asks for a call and gives its id.
func (c *console) ring() string {
	c.T.Helper()
	id, cause, out, err := c.PlaceCall(context.Background(), c.by, c.v.ID, c.v.Customer.Phones[0].ID, storetest.Contact)
	c.Must(err)
	if out != "" {
		c.T.Fatalf("call: %s %s", out, cause)
	}
	return id
}

// rung is a call that the agent picked up, as it rings at the customer's.
func (c *console) rung() (id string, ring provider.Ring) {
	c.T.Helper()
	ctx := context.Background()
	customer := c.v.Customer.Phones[0].Number
	mine, theirs := len(c.texts.Rings(c.number)), len(c.texts.Rings(customer))
	id = c.ring()
	rings, err := c.texts.AwaitRing(ctx, c.number, mine)
	c.Must(err)
	c.Must(c.texts.Answer(rings[0].SID))
	rings, err = c.texts.AwaitRing(ctx, customer, theirs)
	c.Must(err)
	return id, rings[0]
}

// status is that of the case's latest call.
func (c *console) status() queue.CallStatus {
	c.T.Helper()
	v, why, err := c.ViewCase(context.Background(), c.by, c.v.ID)
	c.Granted(why, err)
	return v.Calls[len(v.Calls)-1].Status
}

// missed rings the customer in vain, and says so.
func (c *console) missed(d hold.Disposition) {
	c.T.Helper()
	_, ring := c.rung()
	c.Must(c.texts.EndCall(ring.SID, provider.NoAnswer, 0))
	until(c.T, "the end of the call", func() bool { return c.status() == queue.CallEnded })
	c.say(d)
}

// talk lets both phones pick up; the customer reads the number out, and the call
// lasts 31 s by the provider's word.
func (c *console) talk() string {
	c.T.Helper()
	ctx := context.Background()
	id, ring := c.rung()
	c.Must(c.texts.Answer(ring.SID))
	until(c.T, "the connection", func() bool { return c.status() == queue.CallConnected })
	shown, err := c.AppCall(ctx, c.v.CustomerID)
	c.Must(err)
	ok, _, why, err := c.Identify(ctx, c.by, c.v.ID, shown.Digits)
	c.Granted(why, err)
	if !ok {
		c.T.Fatal("the number was not right")
	}
	c.Must(c.texts.EndCall(ring.SID, provider.Completed, 31*time.Second))
	until(c.T, "the end of the call", func() bool { return c.status() == queue.CallEnded })
	return id
}

// Every branch of a hold that agents ask about, and of a call, on a real
// Temporal server.
func TestCallHistories(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	ana, bo, sam := w.console("ana", "agent"), w.console("bo", "agent"), w.console("sam", "supervisor")
	ladder := func(d time.Duration) hold.Ladder {
		return hold.Ladder{Name: "l", Exhausted: hold.ExhaustedWait, Rungs: []hold.Rung{storetest.Rung("call", d, hold.Callback)}}
	}
	thenPush := ladder(time.Minute)
	thenPush.Rungs = append(thenPush.Rungs, storetest.Rung("app", time.Minute, hold.Push))
	thenCall := hold.Ladder{Name: "l", Exhausted: hold.ExhaustedWait, Rungs: []hold.Rung{storetest.Rung("app", time.Minute, hold.Push),
		storetest.Rung("call", time.Hour, hold.Callback)}}
	spoken := func(hold.ID) { ana.take(); ana.talk(); ana.say(hold.Confirmed) }
	second := func(c *console, approval string) {
		t.Helper()
		c.by.IssuedAt = w.Clock.Now() // a new token
		res, err := w.TakeSecond(ctx, store.Second{By: c.by, ID: approval, Approve: true, Reason: "so did I"})
		w.Granted(res.Refusal, err)
	}
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
		{"callback_refused", ladder(time.Hour), 0, time.Hour, provider.Fault{}, func(hold.ID) { ana.take(); ana.say(hold.Refused) },
			hold.ReasonRefused, 0},
		{"callback_not_me", ladder(time.Hour), 0, time.Hour, provider.Fault{}, func(hold.ID) { ana.take(); ana.say(hold.NotTheirs) },
			hold.ReasonNotMe, 0},
		{"callback_leased_past_the_rung", ladder(2 * time.Second), 0, time.Hour, provider.Fault{}, func(id hold.ID) {
			ana.take()
			until(t, "the rung's end", func() bool { return w.Clock.Now() > w.Look(id).RungEndsAt.Add(500*time.Millisecond) })
			ana.talk()
			ana.say(hold.Confirmed)
		}, hold.ReasonApproved, 1},
		{"callback_not_reached_then_push", thenPush, 0, time.Hour, provider.Fault{}, func(id hold.ID) {
			for range 3 {
				ana.take()
				ana.missed(hold.NoAnswer)
			}
			w.Say(w.asked(id, 1).ID, w.Old(), hold.Approve)
		}, hold.ReasonApproved, 3},
		{"callback_not_reached_to_the_deadline", ladder(time.Minute), 0, 20 * time.Second, provider.Fault{}, func(hold.ID) {
			for range 3 {
				ana.take()
				ana.missed(hold.Voicemail)
			}
		}, hold.ReasonDeadline, 3},
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
			second(bo, res.ApprovalID)
		}, hold.ReasonApproved, 1},
		{"callback_rang_in", thenCall, 0, time.Hour, provider.Fault{}, func(id hold.ID) {
			w.asked(id, 0)
			ana.by.IssuedAt = w.Clock.Now()
			in, why, err := w.OpenInbound(ctx, store.Inbound{By: ana.by, HoldID: id, Reason: "rang in", Rules: w.rules})
			w.Granted(why, err)
			ana.v, why, err = w.ViewCase(ctx, ana.by, in)
			w.Granted(why, err)
			ana.talk()
			ana.say(hold.Confirmed)
		}, hold.ReasonApproved, 1},
		{"callback_scam_then_four_eyes", ladder(time.Hour), 0, time.Hour, provider.Fault{}, func(hold.ID) {
			ana.take()
			ana.say(hold.SuspectedScam)
			sam.take()
			sam.talk()
			second(bo, sam.say(hold.Confirmed).ApprovalID)
		}, hold.ReasonApproved, 0},
		{"callback_wrong_number_then_push", thenPush, 0, time.Hour, provider.Fault{}, func(id hold.ID) {
			ana.take()
			ana.talk()
			ana.say(hold.WrongNumber)
			w.Say(w.asked(id, 1).ID, w.Old(), hold.Approve)
		}, hold.ReasonApproved, 1},
		{"call_given_up", ladder(time.Hour), 0, time.Hour, provider.Fault{Kind: provider.Down, Times: 1000}, func(hold.ID) {
			ana.take()
			ana.ring()
			until(t, "a try", func() bool { return w.texts.Counts()["calls"] > 0 })
			w.Clock.Forward(3 * time.Minute)
			until(t, "the end", func() bool {
				v, why, err := w.ViewCase(ctx, ana.by, ana.v.ID)
				w.Granted(why, err)
				return v.Calls[0].Status == queue.CallFailed
			})
			ana.say(hold.Refused)
		}, hold.ReasonRefused, 0},
		{"overridden_by_two", ladder(time.Hour), 0, time.Hour, provider.Fault{}, func(id hold.ID) {
			w.asked(id, 0)
			sam.by.IssuedAt = w.Clock.Now()
			approval, _, _, why, err := w.AskOverride(ctx, sam.by, id, 1, "seen at the branch")
			w.Granted(why, err)
			second(w.console("sue", "supervisor"), approval)
		}, hold.ReasonOverride, 0},
		{"frozen_then_unfrozen", thenCall, 0, time.Hour, provider.Fault{}, func(id hold.ID) {
			w.asked(id, 0)
			w.Must(w.AskForHelp(ctx, w.Customer.ID))
			w.asked(id, 1)
			sam.by.IssuedAt = w.Clock.Now()
			approval, why, err := w.AskUnfreeze(ctx, sam.by, w.Customer.ID, "spoke to her")
			w.Granted(why, err)
			second(w.console("sue", "supervisor"), approval)
			ana.take() // the call for help stands
			ana.talk()
			ana.say(hold.SafeNow)
			w.Say(w.asked(id, 2).ID, w.Old(), hold.Approve) // the payment is asked anew
		}, hold.ReasonApproved, 1},
		{"callback_amended_in_review", ladder(time.Hour), 200000, time.Hour, provider.Fault{}, func(id hold.ID) {
			ana.take()
			ana.talk()
			ana.say(hold.Confirmed)
			_, _, err := w.AmendHold(ctx, store.Amend{ID: id, Revision: 1, Actor: "client:bank",
				Change: func(r hold.Request) hold.Request { r.Amount.Minor = 100; return r },
				Terms: func(h hold.Hold, _ hold.Customer, _ counterparties.Known, _ hold.Instant) (hold.Terms, hold.Instant, error) {
					return h.Terms, h.Deadline, nil
				}})
			w.Must(err)
			w.asked(id, 1)
			spoken("")
		}, hold.ReasonApproved, 2},
		{"call_unavailable", ladder(time.Hour), 0, time.Hour, provider.Fault{Kind: provider.Down, Times: 1}, spoken, hold.ReasonApproved, 1},
		{"call_throttled", ladder(time.Hour), 0, time.Hour, provider.Fault{Kind: provider.Throttle, Times: 1, Delay: time.Second}, spoken,
			hold.ReasonApproved, 1},
		{"call_cut_then_found", ladder(time.Hour), 0, time.Hour, provider.Fault{Kind: provider.Cut, Times: 1}, spoken, hold.ReasonApproved, 1},
		{"call_broken_then_again", ladder(time.Hour), 0, time.Hour, provider.Fault{Kind: provider.Broken, Times: 1}, spoken, hold.ReasonApproved,
			1},
		{"call_refused", ladder(time.Hour), 0, time.Hour, provider.Fault{Kind: provider.NoNumber, Times: 1}, func(hold.ID) {
			ana.take()
			ana.ring()
			until(t, "the refusal", func() bool {
				v, why, err := w.ViewCase(ctx, ana.by, ana.v.ID)
				w.Granted(why, err)
				return v.Calls[0].Status == queue.CallFailed
			})
			ana.say(hold.Refused)
		}, hold.ReasonRefused, 0},
	} {
		w.Subtest(c.name, func() {
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
				w.T.Errorf("%s: decided for %s, want %s", c.name, h.Decision.Reason, c.reason)
			}
			if got := len(w.texts.Rings(ana.number)) - before; got != c.rings {
				w.T.Errorf("%s: the agent's phone rang %d times, want %d", c.name, got, c.rings)
			}
			called := history
			if calls := w.callsOf(ana); len(calls) > 0 {
				called = w.history(calls[len(calls)-1])
			}
			if strings.HasPrefix(c.name, "call_") {
				keep(w.T, c.name, called)
			} else {
				keep(w.T, c.name, history)
			}
			if c.name == "callback_confirmed" {
				keep(w.T, "call_placed", called)
				w.T.Logf("%d events of the hold, %d of its call", len(history.Events), len(called.Events))
			}
			private := regexp.MustCompile(`\+?393[0-9]{7,}`)
			for _, e := range append(history.Events, called.Events...) {
				if private.MatchString(e.String()) {
					w.T.Errorf("%s: the history has a number: %s", c.name, e.EventType)
				}
			}
			w.texts.Clear()
		})
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

const callPolicy = `policy: calls
min_contact_age: 5s
sms: {ceilings: {EUR: 500000}, countries: [DE]}
callback: {four_eyes: {EUR: 500000}, hours: {from: "00:00", to: "24:00"}}
deadlines: {transfer: 10m}
reasons:
  other: {customer: {en: x, zh-Hans: x}, agent: {en: x}}
ladders:
  call:
    rungs:
      - name: call
        ask: [{channel: callback}]
        timeout: 10m
rules:
  - {name: all, ladder: call}
`

// The process is killed at each step of placing a call, five times three: while
// the number is looked up, as the connection is cut after the provider took the
// call, and while its answer is under way. Half of the calls show neither in the
// list nor by a webhook. An
// agent's phone rings at most twice, and the agent still has the case.
func TestKilledCalls(t *testing.T) {
	t.Parallel()
	const rounds = 5
	p, env := outlivingProvider(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "policy.yaml"), []byte(callPolicy), 0o600); err != nil {
		t.Fatal(err)
	}
	child := startChild(t, dir, env...)
	defer func() { _ = child.Process.Kill(); _ = child.Wait() }()
	coords, err := stack.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	bank, err := stack.NewBank(coords.URL, coords.Key)
	if err != nil {
		t.Fatal(err)
	}
	if err := stack.SeedAgents(t.Context(), coords); err != nil {
		t.Fatal(err)
	}
	raw := storetest.Raw(t, coords.Database)
	steps := []provider.Fault{
		{On: provider.Lookups, Kind: provider.Slow, Delay: time.Minute, Times: 1},
		{On: provider.Calls, Kind: provider.Cut, Times: 1},
		{On: provider.Calls, Kind: provider.Stall, Delay: time.Minute, Times: 1},
	}
	names := []string{"ana", "bo", "sam"}
	agents := map[string]*stack.Agent{}
	for _, sub := range names {
		if agents[sub], err = stack.NewAgent(coords, sub); err != nil {
			t.Fatal(err)
		}
	}
	dice := rand.New(rand.NewPCG(21, 22))
	twice := 0
	for round := range rounds {
		lookups := p.Counts()["lookups"]
		before := map[string]int{}
		cases := map[string]client.Case{}
		for i, f := range steps {
			sub := names[i]
			number := fmt.Sprintf("+4915113%02d%04d", i, round)
			who := hold.CustomerID(fmt.Sprintf("k-%d-%d", round, i))
			if err := bank.PutPerson(t.Context(), stack.Person{ID: who, Name: "Customer", Phrase: "x", Number: number, Since: time.Now().AddDate(-1,
				0, 0)}); err != nil {
				t.Fatal(err)
			}
			submit(t, bank, fmt.Sprintf("tx-%d-%d", round, i), who)
			var v client.Case
			until(t, "a case", func() bool {
				res, err := agents[sub].NextCase(t.Context())
				if err == nil && res.StatusCode == http.StatusNoContent {
					_ = res.Body.Close()
					return false
				}
				return stack.Reply(res, err, &v) == nil
			})
			cases[sub] = v
			desk := stack.AgentNumbers[sub]
			before[sub] = len(p.Rings(desk))
			f.Number = desk
			if f.On == provider.Lookups {
				f.Number = number
			}
			if (round+i)%2 == 0 { // neither its webhooks nor the list tell of the first
				f.Wire = provider.Lost
			}
			p.Set(f)
			if (round+i)%2 == 0 {
				p.Set(provider.Fault{On: provider.CallLists, Kind: provider.Hidden, Number: desk})
			}
			res, err := agents[sub].PlaceCall(t.Context(), v.Id, client.CallRequest{ContactId: v.Customer.Contacts[0].Id})
			if err := stack.Reply(res, err, nil); err != nil {
				t.Fatal(err)
			}
			until(t, "the step", func() bool {
				return i == 0 && p.Counts()["lookups"] > lookups || i > 0 && len(p.Rings(desk)) > before[sub]
			})
		}
		moment := time.NewTimer(time.Duration(dice.IntN(150)) * time.Millisecond)
		<-moment.C // of the kill
		_ = child.Process.Kill()
		_ = child.Wait()
		child = startChild(t, dir, env...)
		for _, sub := range names {
			agents[sub].SignOut() // the identity provider was killed, too
			desk := stack.AgentNumbers[sub]
			var status string
			until(t, "the call of "+sub, func() bool {
				return raw.Get(&status, `SELECT status FROM calls WHERE case_id = ?
					ORDER BY created_at DESC LIMIT 1`, cases[sub].Id) == nil && status != "waiting" && status != "placing"
			})
			if n := len(p.Rings(desk)) - before[sub]; n < 1 || n > 2 {
				var code string
				_ = raw.Get(&code, `SELECT code FROM calls WHERE case_id = ? ORDER BY created_at DESC LIMIT 1`, cases[sub].Id)
				t.Fatalf("round %d: %s's phone rang %d times; the call is %s %s", round, sub, n, status, code)
			} else if n == 2 {
				twice++
			}
			var v client.Case
			res, err := agents[sub].NextCase(t.Context())
			if err := stack.Reply(res, err, &v); err != nil || v.Id != cases[sub].Id {
				t.Fatalf("%s has lost the case: %s, %v", sub, v.Id, err)
			}
			res, err = agents[sub].DisposeTask(t.Context(), v.Id, client.DispositionRequest{TaskId: v.Tasks[0].Id, Disposition: hold.Refused,
				Revision: 1})
			if err := stack.Reply(res, err, nil); err != nil {
				t.Fatal(err)
			}
			for _, r := range p.Rings(desk) {
				_ = p.EndCall(r.SID, "completed", 0)
			}
		}
		p.Clear()
	}
	if twice == 0 {
		t.Error("no round rang twice: the hidden lists were not met")
	}
	t.Logf("%d calls killed, %d of them rang twice", rounds*len(steps), twice)
	if broken := p.Broken(); len(broken) > 0 {
		t.Errorf("calls that are not Twilio's: %v", broken)
	}
}
