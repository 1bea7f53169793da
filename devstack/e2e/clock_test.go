package e2e

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast/api/client"
	"holdfast/channels/push"
	"holdfast/devstack/phone"
	"holdfast/devstack/provider"
	"holdfast/devstack/stack"
	"holdfast/hold"
)

// timed is a stack under its own policy, whose clock is put forward.
type timed struct {
	*testing.T
	*stack.Stack
	bank *stack.Bank
	o    stack.Options
}

func newTimed(t *testing.T) *timed {
	t.Helper()
	o := childOptions(t.TempDir())
	o.LedgerLoses, o.PolicyFile, o.OfflineWait = 0, "", time.Hour
	w := &timed{T: t, o: o}
	w.start()
	t.Cleanup(func() { _ = w.Stop() })
	w.must(stack.SeedAgents(t.Context(), w.Coordinates))
	return w
}

func (w *timed) start() {
	w.Helper()
	again(&w.o)
	var err error
	w.Stack, err = stack.Start(context.WithoutCancel(w.Context()), w.o)
	w.must(err)
	w.bank, err = stack.NewBank(w.URL, w.Key)
	w.must(err)
}

func (w *timed) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// forward puts the clock forward as the command does.
func (w *timed) forward(by time.Duration) {
	w.Helper()
	_, err := stack.PutForward(w.Context(), w.URL, by)
	w.must(err)
}

// person is a customer with a device and a number that the bank has known since then;
// where either is not wanted, without it.
func (w *timed) person(id hold.CustomerID, since time.Time, app bool, number string) (c customer) {
	w.Helper()
	p := stack.Person{ID: id, Name: "Customer", Phrase: "steady lamp", Since: since, Number: number}
	if app {
		p.Devices = []stack.Device{stack.NewDevice("phone")}
	}
	w.must(w.bank.PutPerson(w.Context(), p))
	c = customer{id: id, token: w.session(id)}
	if app {
		c.signer = push.Signer{Device: p.Devices[0].ID, Key: p.Devices[0].Key, Audience: w.URL}
	}
	return c
}

func (w *timed) session(id hold.CustomerID) string {
	w.Helper()
	token, err := w.bank.Session(w.Context(), id)
	w.must(err)
	return token
}

func (w *timed) look(id hold.ID) (h client.Hold) {
	w.Helper()
	res, err := w.bank.GetHold(w.Context(), id, &client.GetHoldParams{})
	w.must(stack.Reply(res, err, &h))
	return h
}

func (w *timed) settled(id hold.ID) (h client.Hold) {
	w.Helper()
	until(w.T, "the hold to settle", func() bool { h = w.look(id); return h.Status.Settled() })
	return h
}

// asked waits for the hold's question on a channel.
func (w *timed) asked(id hold.ID, on hold.Channel) (c client.Challenge) {
	w.Helper()
	until(w.T, "a question by "+string(on), func() bool {
		for _, c = range w.look(id).Challenges {
			if c.Channel == on {
				return true
			}
		}
		return false
	})
	return c
}

// ended waits until an app's socket is ended from the other side.
func (w *timed) ended(app *phone.Phone) {
	w.Helper()
	over := make(chan struct{})
	go func() {
		defer close(over)
		for err := error(nil); err == nil; {
			_, err = app.Next()
		}
	}()
	select {
	case <-over:
	case <-time.After(30 * time.Second):
		w.Fatal("the socket goes on")
	}
}

func old() time.Time { return time.Now().AddDate(-1, 0, 0) }

// soon is less than the old timers and the sweeper take for a rung that has ended: what
// was done within it, the workflow did because it was woken.
const soon = 20 * time.Second

// What waits for a time has waited for it once the clock was put forward, and
// whoever was told the time is told anew. The cases share one clock, and take turns.
func TestClockPutForward(t *testing.T) {
	t.Parallel()
	all := newTimed(t)
	for _, c := range []struct {
		name string
		do   func(w *timed)
	}{
		{"a deadline of a day", func(w *timed) {
			id := submit(w.T, w.bank, "tx-day", w.person("day", old(), true, "").id).Id
			w.forward(24 * time.Hour)
			if h := w.settled(id); h.Status != hold.Reversed || h.Decision.Reason != hold.ReasonDeadline ||
				h.Decision.DecidedAt.Sub(h.Deadline) >= soon {
				w.Errorf("%s for %s, %s after its deadline", h.Status, h.Decision.Reason, h.Decision.DecidedAt.Sub(h.Deadline))
			}
		}},
		{"a rung's end", func(w *timed) {
			id := submit(w.T, w.bank, "tx-rung", w.person("rung", old(), true, "").id).Id
			ends := w.look(id).Rung.EndsAt
			w.forward(ends.Time().Sub(w.Now()) + time.Millisecond)
			if late := w.asked(id, hold.Callback).OpenedAt.Sub(ends); late < 0 || late >= soon {
				w.Errorf("the next rung opened %s after the first had ended", late)
			}
		}},
		{"half of a rung", func(w *timed) { // a timer that was set before goes by the new time
			id := submit(w.T, w.bank, "tx-half", w.person("half", old(), true, "").id).Id
			ends := w.look(id).Rung.EndsAt
			w.forward(ends.Time().Sub(w.Now()) - 3*time.Second)
			if late := w.asked(id, hold.Callback).OpenedAt.Sub(ends); late < 0 || late >= soon {
				w.Errorf("the next rung opened %s after the first had ended", late)
			}
		}},
		{"a session, and the socket that stood on it", func(w *timed) {
			c := w.person("session", old(), true, "")
			w.must(c.call(w.T, w.Stack, "GET", "/v1/app/challenges", nil, nil))
			app, err := phone.Connect(w.Context(), w.URL, c.token, c.signer)
			w.must(err)
			defer app.Close() //nolint:errcheck // it is ended
			w.forward(15 * time.Minute)
			w.ended(app)
			var refused *stack.Refused
			if err := c.call(w.T, w.Stack, "GET", "/v1/app/challenges", nil, nil); !errors.As(err, &refused) || refused.Status != 401 {
				w.Errorf("the session goes on: %v", err)
			}
		}},
		{"an app that goes by the server's time", func(w *timed) {
			c := w.person("app", old(), true, "")
			app, err := phone.Connect(w.Context(), w.URL, c.token, c.signer)
			w.must(err)
			defer app.Close() //nolint:errcheck // it is ended
			w.forward(5 * time.Minute)
			w.ended(app)
			app, err = phone.Connect(w.Context(), w.URL, c.token, c.signer)
			w.must(err)
			defer app.Close() //nolint:errcheck // the end
			if behind := w.Now().Sub(app.Now()).Abs(); behind > time.Minute {
				w.Errorf("the app is %s off", behind)
			}
			id := submit(w.T, w.bank, "tx-app", c.id).Id
			for {
				m, err := app.Next()
				w.must(err)
				if m.Type == "challenge" {
					w.must(app.Answer(*m.Challenge, hold.Approve, "1"))
				} else if m.Type == "result" {
					break
				}
			}
			if h := w.settled(id); h.Status != hold.Released {
				w.Errorf("%s for %s", h.Status, h.Decision.Reason)
			}
		}},
		{"a text's code", func(w *timed) {
			w.forward(time.Hour)
			c := w.person("code", old(), false, "+4915166600001")
			handset := provider.Handset{URL: w.Provider, Number: "+4915166600001"}
			before := submit(w.T, w.bank, "tx-code", c.id).Id
			got, err := handset.Messages(w.Context(), 0)
			w.must(err)
			if behind := w.Now().Sub(got[0].At).Abs(); behind > time.Minute {
				w.Errorf("the provider's clock is %s off", behind)
			}
			dead := provider.Code(got[0].Body)
			w.forward(11 * time.Minute)
			c.token = w.session(c.id)
			var refused *stack.Refused
			if err := c.call(w.T, w.Stack, "POST", "/v1/app/challenges/"+string(w.look(before).Challenges[0].Id)+"/answer",
				client.AnswerRequest{Code: dead}, nil); !errors.As(err, &refused) || refused.Code != "challenge_expired" {
				w.Errorf("a dead code: %v", err)
			}
			after := submit(w.T, w.bank, "tx-code-2", c.id).Id
			got, err = handset.Messages(w.Context(), len(got))
			w.must(err)
			_, err = phone.EnterCode(w.Context(), w.URL, c.token, "", provider.Code(got[0].Body))
			w.must(err)
			if h := w.settled(after); h.Status != hold.Released {
				w.Errorf("%s for %s", h.Status, h.Decision.Reason)
			}
		}},
		{"a swapped SIM", func(w *timed) {
			c := w.person("sim", old(), false, "+4915166600003")
			handset := provider.Handset{URL: w.Provider, Number: "+4915166600003"}
			w.must(handset.SetLine(w.Context(), provider.Line{Swapped: w.Now().Add(-time.Hour)}))
			before := submit(w.T, w.bank, "tx-sim", c.id).Id
			until(w.T, "the refusal of the text", func() bool { return w.asked(before, hold.SMS).Cause == "sim_swapped" })
			w.forward(8 * 24 * time.Hour)
			after := submit(w.T, w.bank, "tx-sim-2", c.id).Id
			until(w.T, "the text, or its refusal", func() bool {
				got, err := handset.Messages(w.Context(), 0)
				w.must(err)
				return len(got) > 0 || w.asked(after, hold.SMS).Cause != ""
			})
			if c := w.asked(after, hold.SMS); c.Status != hold.Open {
				w.Errorf("after eight days: %s %s", c.Status, c.Cause)
			}
		}},
		{"the age of a device", func(w *timed) {
			c := w.person("young", w.Now(), true, "")
			if h := w.look(submit(w.T, w.bank, "tx-young", c.id).Id); h.Challenges[0].Status != hold.Undeliverable {
				w.Errorf("a new device is asked: %s", h.Challenges[0].Status)
			}
			w.forward(12 * time.Hour)
			if h := w.look(submit(w.T, w.bank, "tx-older", c.id).Id); h.Challenges[0].Status != hold.Open {
				w.Errorf("after min_device_age: %s %s", h.Challenges[0].Status, h.Challenges[0].Cause)
			}
			w.forward(25 * time.Hour) // neither is left in the queue
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := *all
			w.T = t
			c.do(&w)
		})
	}
}

// take claims the next case; none is nil.
func (w *timed) take(a *stack.Agent) *client.Case {
	w.Helper()
	res, err := a.NextCase(w.Context())
	if err == nil && res.StatusCode == http.StatusNoContent {
		w.must(res.Body.Close())
		return nil
	}
	v := &client.Case{}
	w.must(stack.Reply(res, err, v))
	return v
}

func (w *timed) agent(sub string) *stack.Agent {
	w.Helper()
	a, err := stack.NewAgent(w.Coordinates, sub)
	w.must(err)
	return a
}

// A call-back time comes due, a lease ends, and a suspicion lapses, for agents whose
// tokens end with the time, too.
func TestClockOfTheCallCentre(t *testing.T) {
	t.Parallel()
	w := newTimed(t)
	ana, bo := w.agent("ana"), w.agent("bo")
	c := w.person("called", old(), true, "+4915166600002")
	say := func(v *client.Case, d client.DispositionRequest) {
		w.Helper()
		d.TaskId, d.Revision = v.Tasks[0].Id, 1
		res, err := ana.DisposeTask(t.Context(), v.Id, d)
		w.must(stack.Reply(res, err, nil))
	}
	first := submit(t, w.bank, "tx-1", c.id).Id
	w.forward(time.Minute)
	w.asked(first, hold.SMS)
	w.forward(2 * time.Minute)
	w.asked(first, hold.Callback)
	v := w.take(ana)
	if v == nil {
		t.Fatal("there is no case")
	}
	now, err := ana.Clock(t.Context())
	w.must(err)
	say(v, client.DispositionRequest{Disposition: hold.CallLater, At: hold.At(now.Now.Add(6 * time.Hour))})
	if w.take(ana) != nil {
		t.Error("the case is there before its time")
	}
	w.forward(6 * time.Hour)
	if v = w.take(ana); v == nil {
		t.Fatal("the call-back time does not come")
	}
	if w.take(bo) != nil {
		t.Error("two have one case")
	}
	w.forward(11 * time.Minute)
	if w.take(bo) == nil {
		t.Error("the lease does not end")
	}
	w.forward(11 * time.Minute)
	if v = w.take(ana); v == nil {
		t.Fatal("the second lease does not end")
	}
	say(v, client.DispositionRequest{Disposition: hold.SuspectedScam})
	suspected := submit(t, w.bank, "tx-2", c.id)
	if h := w.look(suspected.Id); len(h.Challenges) > 0 && h.Challenges[0].Channel == hold.Push {
		t.Error("a suspicion is nothing")
	}
	w.forward(73 * time.Hour)
	if h := w.look(submit(t, w.bank, "tx-3", c.id).Id); len(h.Challenges) != 1 || h.Challenges[0].Channel != hold.Push {
		t.Errorf("after 72 hours: %+v", h.Challenges)
	}
}

// The clock keeps what it was given over a restart, also where the stack died before
// anybody was woken; it takes only what leads forward, and each of many at once.
func TestClockIsKept(t *testing.T) {
	t.Parallel()
	w := newTimed(t)
	if c, err := stack.AskClock(t.Context(), w.URL); err != nil || c.Ahead != "0s" {
		t.Errorf("%+v, %v", c, err)
	}
	for by, why := range map[time.Duration]string{-time.Hour: "only goes forward", 0: "only goes forward", 91 * 24 * time.Hour: "90 days"} {
		if _, err := stack.PutForward(t.Context(), w.URL, by); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", by, err)
		}
	}
	done := make(chan error)
	for range 4 {
		go func() { _, err := stack.PutForward(context.Background(), w.URL, time.Hour); done <- err }()
	}
	for range 4 {
		w.must(<-done)
	}
	before, err := stack.AskClock(t.Context(), w.URL)
	if err != nil || before.Ahead != "4h0m0s" {
		t.Errorf("%+v, %v", before, err)
	}
	id := submit(t, w.bank, "tx-1", w.person("maria", old(), true, "").id).Id
	ends := w.look(id).Rung.EndsAt
	w.must(w.Stop())
	w.must(os.WriteFile(filepath.Join(w.o.Dir, "clock"), []byte("4h0m45s\n"), 0o600)) // as long as the rung
	w.start()
	if c, err := stack.AskClock(t.Context(), w.URL); err != nil || c.Ahead != "4h0m45s" || c.Now.Before(before.Now) {
		t.Errorf("%+v, %v", c, err)
	}
	if late := w.asked(id, hold.Callback).OpenedAt.Sub(ends); late < 0 || late >= soon+10*time.Second { // the restart has its time, too
		t.Errorf("the next rung opened %s after the first had ended", late)
	}
	w.must(w.Stop())
	w.must(os.WriteFile(filepath.Join(w.o.Dir, "clock"), []byte("-1h\n"), 0o600))
	if s, err := stack.Start(t.Context(), w.o); err == nil || !strings.Contains(err.Error(), "clock") {
		t.Errorf("a clock that went back: %v, %v", s, err)
	}
	w.must(os.Remove(filepath.Join(w.o.Dir, "clock")))
	w.start()
}
