package api_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/api/client"
	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/interview"
	"holdfast/messages"
	"holdfast/store"
	"holdfast/store/storetest"
)

// waits submits a payment that waits for four hours after what its owner said.
func (x *bench) waits(tx string) hold.Challenge {
	x.t.Helper()
	return x.waitsFor(tx, "offer", "social")
}

// waitsFor submits a payment that waits after certain answers.
func (x *bench) waitsFor(tx string, other ...string) hold.Challenge {
	x.t.Helper()
	q := x.bought(tx)
	x.read(x.says(x.old, q, answers(other...)), 200, nil)
	return q
}

// listed is what the app of a customer polls.
func (x *bench) listed(who string) (l client.AppChallengeList) {
	x.t.Helper()
	x.read(x.do("GET", "/v1/app/challenges", nil, by(x.token(who))...), 200, &l)
	return l
}

func (x *bench) finish(id hold.ID) {
	x.t.Helper()
	_, _, err := x.store.Finish(x.t.Context(), id, storetest.Rules)
	x.store.Must(err)
}

// What waits is listed with its times and the question by which it is stopped, until
// it is asked anew, stopped, or decided.
func TestWaitsAreListed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		x := asking(t, b)
		n := 0
		tx := func() string { n++; return fmt.Sprint("tx-", n) }
		run := func(name string, tell func(t *testing.T)) {
			t.Run(name, func(t *testing.T) {
				x.t = t
				x.store.Clock.Forward(time.Hour) // pushes are counted by the hour
				tell(t)
				left, err := x.store.ListHolds(t.Context(), store.HoldFilter{CustomerID: "lin", Status: hold.Held, Limit: 50})
				x.store.Must(err)
				for _, h := range left {
					x.reverse(h.ID)
				}
			})
		}
		none := func(t *testing.T) {
			t.Helper()
			if l := x.listed("lin"); len(l.Waits) != 0 {
				t.Errorf("waits: %+v", l.Waits)
			}
		}
		run("for a time", func(t *testing.T) {
			q := x.waits(tx())
			l, h := x.listed("lin"), x.store.Look(q.HoldID)
			if len(l.Challenges) != 0 || len(l.Waits) != 1 {
				t.Fatalf("listed %+v", l)
			}
			w := l.Waits[0]
			if w.HoldID != h.ID || w.NotBefore != h.NotBefore || h.NotBefore != x.store.Clock.Now().Add(4*time.Hour) || w.Deadline != h.Deadline ||
				w.Text != messages.Waits("en") || w.Challenge == nil || w.Challenge.ID != q.ID || len(w.Challenge.Interview.Said) != 5 {
				t.Errorf("%+v of %+v", w, h.Talk)
			}
			if other := x.putNobody(); len(x.listed(other).Waits) != 0 {
				t.Error("another is shown it")
			}
		})
		run("stopped by its question", func(t *testing.T) {
			q := x.waits(tx())
			x.read(x.answer(x.token("lin"), q.ID, x.sign(x.old, q, hold.Deny)), 200, nil)
			none(t)
		})
		run("over, and asked anew", func(t *testing.T) {
			q := x.waits(tx())
			x.store.Clock.Forward(4 * time.Hour)
			none(t)
			x.finish(q.HoldID)
			if l := x.listed("lin"); len(l.Waits) != 0 || len(l.Challenges) != 1 || l.Challenges[0].ID == q.ID ||
				len(l.Challenges[0].Interview.Said) != 5 {
				t.Errorf("listed %+v", l)
			}
		})
		run("then for a call", func(t *testing.T) {
			q := x.waitsFor(tx(), "told", "yes")
			x.store.Clock.Forward(4 * time.Hour)
			x.finish(q.HoldID)
			w := x.listed("lin").Waits
			if len(w) != 1 || w[0].NotBefore != 0 || w[0].Text != messages.CallbackOnly("en") || w[0].Challenge.ID != q.ID ||
				w[0].Challenge.CallbackOnly == "" {
				t.Errorf("listed %+v", w)
			}
		})
		run("for a call from the first", func(t *testing.T) { // too little time is left to wait
			q := x.bought(tx())
			x.store.Clock.Forward(19*time.Hour + 30*time.Minute)
			x.read(x.says(x.old, q, answers("offer", "social")), 200, nil)
			if w := x.listed("lin").Waits; len(w) != 1 || w[0].NotBefore != 0 || w[0].Text != messages.CallbackOnly("en") {
				t.Errorf("listed %+v", w)
			}
			x.read(x.answer(x.token("lin"), q.ID, x.sign(x.old, q, hold.Deny)), 200, nil)
			none(t)
		})
		run("several", func(t *testing.T) {
			first, open, second := x.waits(tx()), x.bought(tx()), x.waitsFor(tx(), "told", "yes")
			l := x.listed("lin")
			if len(l.Challenges) != 1 || l.Challenges[0].ID != open.ID || len(l.Waits) != 2 || l.Waits[0].HoldID != first.HoldID ||
				l.Waits[1].HoldID != second.HoldID || l.Waits[1].Challenge.ID != second.ID {
				t.Errorf("listed %+v", l)
			}
		})
		run("decided meanwhile", func(t *testing.T) {
			gone, stays := x.waits(tx()), x.waits(tx())
			x.reverse(gone.HoldID)
			if w := x.listed("lin").Waits; len(w) != 1 || w[0].HoldID != stays.HoldID {
				t.Errorf("listed %+v", w)
			}
		})
		run("a policy that loads no more hides no other", func(t *testing.T) {
			x.brokenWait()
			good := x.waits(tx())
			if w := x.listed("lin").Waits; len(w) != 1 || w[0].HoldID != good.HoldID {
				t.Errorf("listed %+v", w)
			}
		})
	})
}

// putNobody is a customer with nothing.
func (x *bench) putNobody() string { x.t.Helper(); x.putCustomer("omar"); return "omar" }

// brokenWait is a payment that waits under a policy that cannot be read.
func (x *bench) brokenWait() {
	x.t.Helper()
	ctx := context.Background()
	x.store.Must(x.store.SavePolicy(ctx, "broken", []byte("rules: [")))
	l := storetest.PushLadder()
	l.Rungs[0].Asks[0].Interview = "purchase"
	a := x.store.Accepting(l)
	a.Request.CustomerID = "lin"
	terms := a.Terms
	a.Terms = func(c hold.Customer, p counterparties.Known, now hold.Instant) (hold.Terms, hold.Instant, error) {
		made, deadline, err := terms(c, p, now)
		made.PolicyVersion = "broken"
		return made, deadline, err
	}
	res, err := x.store.AcceptHold(ctx, a)
	x.store.Must(err)
	_, err = x.store.OpenRung(ctx, res.HoldID, 0, hold.NoRung, storetest.Rules)
	x.store.Must(err)
	_, err = x.store.TakeInterview(ctx, store.Interview{CustomerID: "lin", ChallengeID: x.latest(res.HoldID).ID, Via: interview.ViaCustomer,
		Judge: func(hold.Hold, hold.Challenge, *hold.Device, hold.Instant) (store.Interviewed, hold.Refusal, error) {
			return store.Interviewed{Ruling: interview.Ruling{Level: interview.Wait}, Scenario: "purchase", Version: "broken",
				Wait: 4 * time.Hour}, "", nil
		}})
	x.store.Must(err)
}

// A poll of the app's asks the record no more than before there were waits, whoever
// has none; one that waits costs what an open question does, and its answers.
func TestPollsPayForNoWaits(t *testing.T) {
	t.Parallel()
	m := &storetest.Meter{}
	x := asking(t, storetest.New(t, m.Listen(t, storetest.PostgresURL(t))))
	polled := func() []string {
		token, took := x.token("lin"), storetest.Took{}
		for range 2 { // the first prepares the statements
			m.Reset()
			x.read(x.do("GET", "/v1/app/challenges", nil, by(token)...), 200, nil)
			took = m.Took()
		}
		return slices.DeleteFunc(took.Statements, func(q string) bool { return strings.HasPrefix(q, "begin") || q == "COMMIT" })
	}
	for _, c := range []struct {
		name string
		do   func()
		most int
	}{
		{"nothing", func() {}, 5},
		{"a question", func() { x.held("tx-1") }, 6},
		{"two questions", func() { x.held("tx-2") }, 6},
		{"a wait, too", func() { x.waits("tx-3") }, 7},
		{"two waits, too", func() { x.waits("tx-4") }, 8},
	} {
		c.do()
		if got := polled(); len(got) != c.most {
			t.Errorf("%s: %d statements, want %d:\n%s", c.name, len(got), c.most, strings.Join(got, "\n"))
		}
	}
}
