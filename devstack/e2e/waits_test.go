package e2e

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"holdfast/activities"
	"holdfast/audit"
	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/interview"
	"holdfast/relay"
	"holdfast/store"
	"holdfast/store/storetest"
	"holdfast/workflows"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// talking asks by push after an interview, and then by a call.
func talking() hold.Ladder {
	l := hold.Ladder{Name: "l", Exhausted: hold.ExhaustedWait, Rungs: []hold.Rung{storetest.Rung("app", time.Minute, hold.Push),
		storetest.Rung("call", time.Hour, hold.Callback)}}
	for i := range l.Rungs {
		l.Rungs[i].Asks[0].Interview = "safe_account"
	}
	return l
}

// room is a deadline that leaves a wait of less than an hour what calls need.
const room = 5 * time.Hour

// said has the answers to a question's interview come to a level.
func said(b *storetest.Bundle, c hold.ChallengeID, level interview.Level, wait time.Duration) {
	b.T.Helper()
	res, err := b.TakeInterview(context.Background(), store.Interview{CustomerID: b.Customer.ID, ChallengeID: c, Via: interview.ViaCustomer,
		Author: "device:" + string(b.Old()), Judge: judged(level, wait)})
	if b.Must(err); res.Outcome != store.InterviewKept {
		b.T.Fatalf("the answers are not taken: %s %s", res.Outcome, res.Refusal)
	}
}

func judged(level interview.Level, wait time.Duration) func(hold.Hold, hold.Challenge, *hold.Device, hold.Instant) (store.Interviewed,
	hold.Refusal, error) {
	return func(hold.Hold, hold.Challenge, *hold.Device, hold.Instant) (store.Interviewed, hold.Refusal, error) {
		return store.Interviewed{Ruling: interview.Ruling{Level: level, Warning: "never_move"}, Scenario: "safe_account", Version: "v1",
			Wait: wait}, "", nil
	}
}

// chose says what became of the warning, which was long enough on the screen.
func chose(b *storetest.Bundle, c hold.ChallengeID, choice interview.Choice, wait time.Duration) {
	b.T.Helper()
	res, err := b.TakeWarning(context.Background(), store.Warning{CustomerID: b.Customer.ID, ChallengeID: c, DeviceID: b.Old(),
		Judge: func(hold.Hold, hold.Challenge, *hold.Device, store.KeptInterview, hold.Instant) (store.Warned, hold.Refusal, error) {
			return store.Warned{Choice: choice, Locale: "en", Digest: "d", Seconds: 9, Wait: wait}, "", nil
		}})
	if b.Must(err); res.Outcome != store.InterviewKept {
		b.T.Fatalf("the warning is not read: %s %s", res.Outcome, res.Refusal)
	}
}

// entries counts the entries of a kind on a hold's chain.
func entries(b *storetest.Bundle, id hold.ID, kind string) (n int) {
	b.T.Helper()
	chain, _, err := b.Chain(context.Background(), string(id))
	b.Must(err)
	for _, kept := range chain {
		e, err := audit.Parse(kept.Bytes)
		if b.Must(err); e.Kind == kind {
			n++
		}
	}
	return n
}

// aloud asks the case's customer what the app asked, who says nothing to worry about.
func (c *console) aloud() {
	c.T.Helper()
	res, err := c.TakeAloud(context.Background(), store.AgentInterview{By: c.by, CaseID: c.v.ID, TaskID: c.v.Tasks[0].ID,
		Judge: judged(interview.None, 0)})
	if c.Must(err); res.Outcome != store.InterviewKept {
		c.T.Fatalf("asked aloud: %s %s", res.Outcome, res.Refusal)
	}
}

// says is say of what has to be taken.
func (c *console) says(d hold.Disposition) {
	c.T.Helper()
	if res := c.say(d); res.Outcome != store.Disposed {
		c.T.Fatalf("%s of %s: %s %s", d, c.v.Tasks[0].HoldID, res.Outcome, res.Refusal)
	}
}

// Every branch of a hold that waits, on a real Temporal server: it wakes at half of
// the wait and at its end, and whoever speaks before that is heard.
func TestWaitHistories(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	ana, sam, sue := w.console("ana", "agent"), w.console("sam", "supervisor"), w.console("sue", "supervisor")
	const wait, long = 3 * time.Second, 30 * time.Minute
	for _, c := range []struct {
		name    string
		do      func(id hold.ID, q hold.ChallengeID)
		reason  hold.Reason
		waits   bool
		notices int
		anew    int
	}{
		{"waits_then_asked_anew", func(id hold.ID, q hold.ChallengeID) {
			said(w.Bundle, q, interview.Wait, wait)
			chose(w.Bundle, q, interview.WentOn, 0)
			w.Say(w.asked(id, 1).ID, w.Old(), hold.Approve)
		}, hold.ReasonApproved, true, 2, 1},
		{"waits_and_is_refused", func(_ hold.ID, q hold.ChallengeID) {
			said(w.Bundle, q, interview.Wait, long)
			w.Say(q, w.Old(), hold.Deny)
		}, hold.ReasonRefused, true, 0, 0},
		{"wait_ended_by_two", func(id hold.ID, q hold.ChallengeID) {
			said(w.Bundle, q, interview.Wait, long)
			chose(w.Bundle, q, interview.WentOn, 0)
			sam.by.IssuedAt, sue.by.IssuedAt = w.Clock.Now(), w.Clock.Now()
			approval, _, _, why, err := w.AskWaitEnd(ctx, sam.by, id, 1, "spoke to her")
			w.Granted(why, err)
			res, err := w.TakeSecond(ctx, store.Second{By: sue.by, ID: approval, Approve: true, Reason: "so did I"})
			w.Granted(res.Refusal, err)
			w.Say(w.asked(id, 1).ID, w.Old(), hold.Approve)
		}, hold.ReasonApproved, true, 0, 1},
		{"waits_then_called", func(_ hold.ID, q hold.ChallengeID) {
			said(w.Bundle, q, interview.Talk, wait)
			ana.take()
			ana.aloud()
			ana.talk()
			ana.says(hold.Confirmed)
		}, hold.ReasonApproved, true, 1, 1},
		{"called_at_once", func(_ hold.ID, q hold.ChallengeID) {
			said(w.Bundle, q, interview.Talk, 0)
			ana.take()
			ana.aloud()
			ana.talk()
			ana.says(hold.Confirmed)
		}, hold.ReasonApproved, false, 0, 0},
		{"stopped_then_called_in_the_wait", func(_ hold.ID, q hold.ChallengeID) {
			said(w.Bundle, q, interview.Warn, 0)
			chose(w.Bundle, q, interview.Told, long)
			sam.take()
			sam.says(hold.Refused)
		}, hold.ReasonRefused, true, 0, 0},
	} {
		w.Subtest(c.name, func() {
			w.Must(w.Heartbeat(ctx, "gw", []store.Presence{{DeviceID: w.Old(), CustomerID: w.Customer.ID}}, nil))
			id := w.accept(talking(), room)
			c.do(id, w.asked(id, 0).ID)
			h, history := w.settled(id)
			if h.Decision.Reason != c.reason || (entries(w.Bundle, id, "hold.waits") == 1) != c.waits {
				w.T.Errorf("decided for %s, want %s; %+v", h.Decision.Reason, c.reason, h.Talk)
			}
			if n, anew := entries(w.Bundle, id, "wait.noticed"), entries(w.Bundle, id, "hold.asked_anew"); n != c.notices || anew != c.anew {
				w.T.Errorf("%d notices, asked anew %d times, want %d and %d", n, anew, c.notices, c.anew)
			}
			keep(w.T, c.name, history)
		})
	}
}

// plant is Holdfast around one record: Temporal, the relay and the worker come and go.
type plant struct {
	*storetest.Bundle
	ledger *told
	sweep  *relay.Sweeper
	client client.Client
	kill   func()
}

func newPlant(t *testing.T) *plant {
	t.Helper()
	b := storetest.New(t, storetest.SQLiteURL(t))
	b.Clock.Follow(time.Now)
	rules := storetest.CallRules
	rules.Channels = []hold.Channel{hold.Push, hold.Callback}
	b.Must(b.Deploy(context.Background(), rules))
	p := &plant{Bundle: b, ledger: &told{}, sweep: &relay.Sweeper{Store: b.Store, Log: slog.New(slog.DiscardHandler),
		Found: func(hold.State) {}}}
	t.Cleanup(func() { p.stop() })
	return p
}

// start starts Temporal, on what it kept in a directory, and whoever works with it.
func (p *plant) start(t *testing.T, dir string) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	srv, c := startTemporal(t, dir)
	p.client = c
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	r := &relay.Relay{Store: p.Store, Temporal: c, Log: log, Ahead: time.Hour, Sent: func(store.OutboxKind, bool) {}}
	go func() { defer close(done); r.Run(ctx) }()
	wk := worker.New(c, workflows.Queue, worker.Options{})
	wk.RegisterWorkflowWithOptions(workflows.DelayedHold, workflow.RegisterOptions{Name: workflows.TypeDelayed})
	rules := storetest.CallRules
	rules.Channels = []hold.Channel{hold.Push, hold.Callback}
	(&activities.Activities{Store: p.Store, Ledger: p.ledger, Log: log, Told: func(string) {}, Rules: rules}).RegisterHold(wk)
	p.Must(wk.Start())
	p.kill = func() {
		srv.Stop() // before those who would say good-bye
		cancel()
		<-done
		wk.Stop()
		c.Close()
	}
}

func (p *plant) stop() {
	if p.kill != nil {
		p.kill()
		p.kill = nil
	}
}

// waits is a payment that begins to wait, and its question.
func (p *plant) waits(deadline, wait time.Duration) (hold.ID, hold.ChallengeID) {
	p.T.Helper()
	ctx := context.Background()
	p.Must(p.Heartbeat(ctx, "gw", []store.Presence{{DeviceID: p.Old(), CustomerID: p.Customer.ID}}, nil))
	a := p.Accepting(talking())
	terms := a.Terms
	a.Terms = func(c hold.Customer, p counterparties.Known, now hold.Instant) (hold.Terms, hold.Instant, error) {
		made, _, err := terms(c, p, now)
		return made, now.Add(deadline), err
	}
	res, err := p.AcceptHold(ctx, a)
	p.Must(err)
	cs, err := p.Challenges(ctx, res.HoldID)
	p.Must(err)
	said(p.Bundle, cs[0].ID, interview.Wait, wait)
	chose(p.Bundle, cs[0].ID, interview.WentOn, 0)
	return res.HoldID, cs[0].ID
}

// anew waits until the customer is asked anew, approves, and looks at all that came of it.
func (p *plant) anew(id hold.ID) {
	p.T.Helper()
	var q hold.Challenge
	until(p.T, "the new question", func() bool {
		cs, err := p.Challenges(context.Background(), id)
		p.Must(err)
		i := slices.IndexFunc(cs, func(c hold.Challenge) bool { return c.Revision == 2 })
		if i >= 0 {
			q = cs[i]
		}
		return i >= 0
	})
	if q.Channel != hold.Push || q.Status != hold.Open {
		p.T.Errorf("asked anew: %+v", q)
	}
	if res := p.Say(q.ID, p.Old(), hold.Approve); res.Outcome != hold.AnswerAccepted {
		p.T.Errorf("the answer is not taken: %+v", res)
	}
	until(p.T, "the settlement", func() bool { return p.Look(id).Status.Settled() })
	if h := p.Look(id); h.Status != hold.Released || h.Revision != 2 || p.ledger.calls != 1 {
		p.T.Errorf("%s at revision %d, the ledger was told %d times", h.Status, h.Revision, p.ledger.calls)
	}
	for kind, n := range map[string]int{"hold.waits": 1, "wait.noticed": 2, "hold.asked_anew": 1} {
		if got := entries(p.Bundle, id, kind); got != n {
			p.T.Errorf("%d entries %s, want %d", got, kind, n)
		}
	}
}

// A wait goes on while Temporal and the worker are away, killed in the middle of it. At
// its end the customer is asked anew, once: by the workflow, where Temporal comes back
// with what it kept.
func TestWaitOutlivesARestart(t *testing.T) {
	t.Parallel()
	p, dir := newPlant(t), t.TempDir()
	p.start(t, dir)
	id, _ := p.waits(room, 16*time.Second) // half of it is longer than Temporal takes to come back
	until(t, "the timer of the wait", func() bool {
		it := p.client.GetWorkflowHistory(context.Background(), string(id), "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for it.HasNext() {
			if e, err := it.Next(); err == nil && e.EventType == enumspb.EVENT_TYPE_TIMER_STARTED {
				return true
			}
		}
		return false
	})
	p.stop()
	if entries(p.Bundle, id, "hold.asked_anew") != 0 {
		t.Fatal("asked anew before Temporal was killed")
	}
	p.start(t, dir)
	p.anew(id)
}

// Where Temporal stays away for all of a wait, and comes back without its history, the
// sweeper gives the notices and ends the wait in the record, once; the question is out
// when there is a worker again.
func TestWaitOutlivesTemporal(t *testing.T) {
	t.Parallel()
	p, ctx := newPlant(t), context.Background()
	id, _ := p.waits(24*time.Hour, 12*time.Hour)
	for _, at := range []struct {
		pass          time.Duration
		notices, anew int
	}{{2 * time.Minute, 0, 0}, {6 * time.Hour, 1, 0}, {time.Hour, 1, 0}, {5 * time.Hour, 2, 1}, {time.Hour, 2, 1}} {
		p.Clock.Forward(at.pass)
		for range 2 {
			p.Must(p.sweep.Once(ctx))
		}
		if n, anew := entries(p.Bundle, id, "wait.noticed"), entries(p.Bundle, id, "hold.asked_anew"); n != at.notices || anew != at.anew {
			t.Errorf("%s later: %d notices, asked anew %d times, want %d and %d", at.pass, n, anew, at.notices, at.anew)
		}
		if h := p.Look(id); h.Status != hold.Held {
			t.Fatalf("%s for %+v", h.Status, h.Decision)
		}
	}
	p.start(t, t.TempDir())
	p.anew(id)
}
