package gateway_test

import (
	"context"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/interview"
	"holdfast/store"
	"holdfast/store/storetest"
)

// talked accepts a payment that is asked about first.
func (b *bench) talked(id hold.CustomerID) hold.ID {
	b.T.Helper()
	l := storetest.PushLadder()
	l.Rungs[0].Asks[0].Interview = "general"
	l.Rungs = append(l.Rungs, storetest.Rung("call", time.Hour, hold.Callback))
	a := b.Accepting(l)
	a.Request.CustomerID = id
	res, err := b.AcceptHold(context.Background(), a)
	b.Must(err)
	b.finish(res.HoldID)
	return res.HoldID
}

func (b *bench) finish(id hold.ID) {
	b.T.Helper()
	_, _, err := b.Finish(context.Background(), id, storetest.CallRules)
	b.Must(err)
}

// told has a question's answers come to a level.
func (b *bench) told(who hold.CustomerID, c hold.ChallengeID, level interview.Level) {
	b.T.Helper()
	_, err := b.TakeInterview(context.Background(), store.Interview{CustomerID: who, ChallengeID: c, Via: interview.ViaCustomer,
		Judge: func(hold.Hold, hold.Challenge, *hold.Device, hold.Instant) (store.Interviewed, hold.Refusal, error) {
			return store.Interviewed{Ruling: interview.Ruling{Level: level, Warning: "on_call"}, Scenario: "general", Version: "v1",
				Said: []hold.Said{{Question: "company", Answer: "call"}}, Wait: 12 * time.Hour}, "", nil
		}})
	b.Must(err)
}

// A payment that begins to wait is not asked about any more, and nothing has ended: no
// outcome is told. After the wait it is asked about anew, with what was answered; where
// a call is the only way left it is not; and what is decided meanwhile is told.
func TestSocketOfAWait(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		level interview.Level
		after func(b *bench, id hold.ID)
		next  string // message about the payment
	}{
		{"asked anew", interview.Wait, func(b *bench, id hold.ID) { b.Clock.Forward(12 * time.Hour); b.finish(id) }, "challenge"},
		{"decided meanwhile", interview.Wait, func(b *bench, id hold.ID) {
			_, _, err := b.Override(context.Background(), id, 1, "client:bank", "")
			b.Must(err)
		}, "outcome"},
		{"a call alone, to the deadline", interview.Talk, func(b *bench, id hold.ID) {
			b.Clock.Forward(12 * time.Hour)
			b.finish(id)
			b.Clock.Forward(12 * time.Hour)
			b.finish(id)
		}, "outcome"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			_, url := b.gateway(t)
			signer, _ := b.customer("lin")
			phone := b.connect(url, signer, b.token("lin"))
			waits := b.talked("lin")
			first := phone.next("challenge").Challenge
			if first.HoldID != waits || first.Interview == nil || first.Interview.State != interview.StateOpen {
				t.Fatalf("shown %+v", first)
			}
			b.told("lin", first.ID, c.level)
			if got := phone.next("closed"); got.ChallengeID != first.ID || got.Cause != "wait" || got.Answer != "" {
				t.Errorf("closed %+v", got)
			}
			if other := b.talked("lin"); phone.about("").of() != other {
				t.Error("something is said of what waits")
			}
			c.after(b, waits)
			phone = b.connect(url, signer, b.token("lin")) // sessions end within the wait
			got := phone.about(waits)
			switch {
			case got.Type != c.next:
				t.Errorf("told %+v, want %s", got, c.next)
			case got.Type == "challenge" && (got.Challenge.ID == first.ID || got.Challenge.Interview == nil ||
				len(got.Challenge.Interview.Said) != 1):
				t.Errorf("asked %+v", got.Challenge)
			case got.Type == "outcome" && got.Outcome.Outcome != hold.Reverse:
				t.Errorf("told %+v", got.Outcome)
			}
		})
	}
}

// about reads up to a question or an outcome of a hold; empty: of any.
func (c *client) about(id hold.ID) message {
	c.t.Helper()
	for {
		if m := c.next("challenge", "outcome"); id == "" || m.of() == id {
			return m
		}
	}
}

// of is the hold that a question or an outcome is about.
func (m message) of() hold.ID {
	if m.Challenge != nil {
		return m.Challenge.HoldID
	}
	return m.Outcome.HoldID
}
