package store_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/interview"
	"holdfast/store"
	"holdfast/store/storetest"
)

// talking is a ladder that asks by push after an interview, and then by a call.
func talking() hold.Ladder {
	l := hold.Ladder{Name: "talk", Exhausted: hold.ExhaustedWait, Rungs: []hold.Rung{storetest.Rung("app", 10*time.Minute, hold.Push),
		storetest.Rung("call", 20*time.Hour, hold.Callback)}}
	for i := range l.Rungs {
		l.Rungs[i].Asks[0].Interview = "safe_account"
	}
	return l
}

// said answers a question's interview, with what it comes to.
func said(b *storetest.Bundle, c hold.ChallengeID, level interview.Level, wait time.Duration, answer string) store.InterviewResult {
	b.T.Helper()
	res, err := b.TakeInterview(context.Background(), store.Interview{CustomerID: b.Customer.ID, ChallengeID: c, Via: interview.ViaCustomer,
		Author: "device:" + string(b.Old()), DeviceID: b.Old(),
		Judge: func(hold.Hold, hold.Challenge, *hold.Device, hold.Instant) (store.Interviewed, hold.Refusal, error) {
			out := store.Interviewed{Scenario: "safe_account", Version: "v1", Wait: wait, Said: []hold.Said{{Question: "on_call", Answer: answer}}}
			if out.Level = level; level.AtLeast(interview.Warn) {
				out.Warning = "never_move"
			}
			return out, "", nil
		}})
	b.Must(err)
	return res
}

// chose says what became of the warning.
func chose(b *storetest.Bundle, c hold.ChallengeID, choice interview.Choice) store.InterviewResult {
	b.T.Helper()
	res, err := b.TakeWarning(context.Background(), store.Warning{CustomerID: b.Customer.ID, ChallengeID: c, DeviceID: b.Old(),
		Judge: func(hold.Hold, hold.Challenge, *hold.Device, store.KeptInterview, hold.Instant) (store.Warned, hold.Refusal, error) {
			return store.Warned{Choice: choice, Locale: "en", Digest: "d", Seconds: 9, Least: 8 * time.Second, Wait: 12 * time.Hour}, "", nil
		}})
	b.Must(err)
	return res
}

func finish(b *storetest.Bundle, id hold.ID) hold.Progress {
	b.T.Helper()
	_, p, err := b.Finish(context.Background(), id, storetest.CallRules)
	b.Must(err)
	return p
}

// asked is the latest question of a hold on a channel.
func asked(b *storetest.Bundle, id hold.ID, ch hold.Channel) hold.Challenge {
	b.T.Helper()
	cs, err := b.Challenges(context.Background(), id)
	b.Must(err)
	for i := len(cs) - 1; i >= 0; i-- {
		if cs[i].Channel == ch {
			return cs[i]
		}
	}
	b.T.Fatalf("%s was not asked by %s", id, ch)
	return hold.Challenge{}
}

// Nothing approves before the interview is answered and its warning is read; what
// refuses is heard at any time.
func TestInterviewComesFirst(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		b.Subtest("unanswered", func() {
			_, c := b.Asked(talking())
			if res := b.Say(c.ID, b.Old(), hold.Approve); res.Refusal != hold.InterviewMissing {
				b.T.Errorf("approved without it: %+v", res)
			}
			if res := b.Say(c.ID, b.Old(), hold.Deny); res.Outcome != hold.AnswerAccepted {
				b.T.Errorf("refusing waits for it: %+v", res)
			}
		})
		b.Subtest("nothing found", func() {
			id, c := b.Asked(talking())
			said(b, c.ID, interview.None, 12*time.Hour, "no")
			if res := b.Say(c.ID, b.Old(), hold.Approve); res.Outcome != hold.AnswerAccepted {
				b.T.Errorf("%+v", res)
			}
			if p := finish(b, id); p.State != hold.Decided || b.Look(id).Decision.Outcome != hold.Release {
				b.T.Errorf("%+v", p)
			}
		})
		b.Subtest("a warning", func() {
			_, c := b.Asked(talking())
			said(b, c.ID, interview.Warn, 0, "no")
			if res := b.Say(c.ID, b.Old(), hold.Approve); res.Refusal != hold.WarningUnread {
				b.T.Errorf("approved without reading: %+v", res)
			}
			if res := chose(b, c.ID, interview.WentOn); res.Refusal != hold.WarningUnread {
				b.T.Errorf("read at once: %+v", res)
			}
			b.Clock.Forward(8 * time.Second)
			if res := chose(b, c.ID, interview.WentOn); res.Outcome != store.InterviewKept {
				b.T.Errorf("%+v", res)
			}
			if res := b.Say(c.ID, b.Old(), hold.Approve); res.Outcome != hold.AnswerAccepted {
				b.T.Errorf("%+v", res)
			}
		})
		b.Subtest("answered twice", func() {
			_, c := b.Asked(talking())
			said(b, c.ID, interview.Warn, 0, "yes")
			if res := said(b, c.ID, interview.Warn, 0, "yes"); res.Outcome != store.InterviewAgain {
				b.T.Errorf("the same again: %+v", res)
			}
			if res := said(b, c.ID, interview.None, 0, "no"); res.Outcome != store.InterviewStands || res.Kept.Level != interview.Warn {
				b.T.Errorf("something else: %+v", res)
			}
		})
		b.Subtest("after the decision", func() {
			id, c := b.Asked(talking())
			b.Say(c.ID, b.Old(), hold.Deny)
			finish(b, id)
			if res := said(b, c.ID, interview.None, 0, "no"); res.Outcome != store.InterviewLate {
				b.T.Errorf("%+v", res)
			}
		})
	})
}

// While a payment waits no approval counts, refusing does, and afterwards the customer
// is asked anew, and not interviewed again.
func TestWait(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		b.Subtest("too early", func() {
			id, c := waits(b)
			if res := b.Say(c.ID, b.Old(), hold.Approve); res.Refusal != hold.TooEarly || res.NotBefore != b.Look(id).NotBefore {
				b.T.Errorf("%+v", res)
			}
			if got := asked(b, id, hold.Push); got.Status != hold.Cancelled {
				b.T.Errorf("it is still asked: %s", got.Status)
			}
			if p := finish(b, id); p.State != hold.Waiting {
				b.T.Errorf("%+v", p)
			}
		})
		b.Subtest("refused meanwhile", func() {
			id, c := waits(b)
			if res := b.Say(c.ID, b.Old(), hold.Deny); res.Outcome != hold.AnswerAccepted {
				b.T.Errorf("%+v", res)
			}
			if finish(b, id); b.Look(id).Decision == nil || b.Look(id).Decision.Outcome != hold.Reverse {
				b.T.Errorf("%+v", b.Look(id).Decision)
			}
		})
		b.Subtest("asked anew", func() {
			id, c := waits(b)
			b.Clock.Forward(12 * time.Hour)
			finish(b, id)
			again := asked(b, id, hold.Push)
			if again.ID == c.ID || again.Status != hold.Open || b.Look(id).Revision != 2 {
				b.T.Fatalf("%+v", again)
			}
			if res := b.Say(again.ID, b.Old(), hold.Approve); res.Outcome != hold.AnswerAccepted {
				b.T.Errorf("%+v", res)
			}
			if finish(b, id); b.Look(id).Decision == nil || b.Look(id).Decision.Outcome != hold.Release {
				b.T.Errorf("%+v", b.Look(id).Decision)
			}
		})
		b.Subtest("an approval before it is void", func() {
			id, c := b.Asked(talking())
			said(b, c.ID, interview.None, 0, "no")
			b.Say(c.ID, b.Old(), hold.Approve)
			_, err := b.TakeInterview(context.Background(), store.Interview{CustomerID: b.Customer.ID, ChallengeID: c.ID, Via: interview.ViaAgent,
				Author: "agent:ana", Judge: func(hold.Hold, hold.Challenge, *hold.Device, hold.Instant) (store.Interviewed, hold.Refusal, error) {
					return store.Interviewed{Ruling: interview.Ruling{Level: interview.Wait}, Scenario: "x", Version: "v1", Wait: 10 * time.Hour}, "", nil
				}})
			b.Must(err)
			if got := asked(b, id, hold.Push); got.VoidAt == 0 {
				b.T.Errorf("the approval stands: %+v", got)
			}
			if finish(b, id); b.Look(id).Status != hold.Held {
				b.T.Errorf("%+v", b.Look(id).Decision)
			}
		})
	})
}

// A wait is told of on its way, and ends by the deadline.
func TestWaitGoesBy(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		b.Subtest("notices", func() {
			id, _ := waits(b)
			for i, at := range []time.Duration{6 * time.Hour, 6 * time.Hour} {
				b.Clock.Forward(at)
				finish(b, id)
				if got := count(kinds(b, string(id)), "wait.noticed"); got != i+1 {
					b.T.Errorf("%d notices after %d halves", got, i+1)
				}
			}
			b.Clock.Forward(time.Hour)
			if finish(b, id); count(kinds(b, string(id)), "wait.noticed") != 2 {
				b.T.Errorf("%d notices", count(kinds(b, string(id)), "wait.noticed"))
			}
		})
		b.Subtest("the deadline", func() {
			id, _ := waits(b)
			b.Clock.Forward(25 * time.Hour)
			if finish(b, id); b.Look(id).Decision == nil || b.Look(id).Decision.Reason != hold.ReasonDeadline {
				b.T.Errorf("%+v", b.Look(id).Decision)
			}
		})
	})
}

// waits is a hold that is to wait for twelve hours.
func waits(b *storetest.Bundle) (hold.ID, hold.Challenge) {
	b.T.Helper()
	id, c := b.Asked(talking())
	said(b, c.ID, interview.Wait, 12*time.Hour, "yes")
	b.Clock.Forward(time.Minute)
	chose(b, c.ID, interview.WentOn)
	finish(b, id)
	return id, c
}

// Talk and stop leave a call as the only way; stop has a supervisor decide.
func TestTalkAndStop(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		b.Subtest("too little time calls now", func() {
			a, ctx := b.Accepting(talking()), context.Background()
			terms := a.Terms
			a.Terms = func(c hold.Customer, p counterparties.Known, now hold.Instant) (hold.Terms, hold.Instant, error) {
				t, _, err := terms(c, p, now)
				return t, now.Add(4*time.Hour + 30*time.Minute), err
			}
			res, err := b.AcceptHold(ctx, a)
			b.Must(err)
			_, _, err = b.Finish(ctx, res.HoldID, storetest.CallRules)
			b.Must(err)
			said(b, asked(b, res.HoldID, hold.Push).ID, interview.Wait, 12*time.Hour, "yes")
			finish(b, res.HoldID)
			if got := asked(b, res.HoldID, hold.Callback); got.Status != hold.Open || b.Look(res.HoldID).NotBefore != 0 {
				b.T.Errorf("%+v", got)
			}
		})
		b.Subtest("talk waits and then calls", func() {
			id, c := b.Asked(talking())
			said(b, c.ID, interview.Talk, 12*time.Hour, "yes")
			b.Clock.Forward(time.Hour)
			finish(b, id)
			if cs, err := b.Challenges(context.Background(), id); err != nil || len(cs) != 1 {
				b.T.Errorf("somebody is asked during the wait: %+v, %v", cs, err)
			}
			b.Clock.Forward(11 * time.Hour)
			finish(b, id)
			if got := asked(b, id, hold.Callback); got.Status != hold.Open {
				b.T.Errorf("%+v", got)
			}
			if got := asked(b, id, hold.Push); got.Revision != 1 {
				b.T.Errorf("asked by push again: %+v", got)
			}
		})
		b.Subtest("stop is a suspicion", func() {
			id, c := b.Asked(talking())
			said(b, c.ID, interview.Warn, 0, "yes")
			if res := chose(b, c.ID, interview.Told); res.Outcome != store.InterviewKept {
				b.T.Fatalf("%+v", res)
			}
			finish(b, id)
			h := b.Look(id)
			if h.SuspectedAt == 0 || h.TalkAt == 0 || h.NotBefore == 0 {
				b.T.Errorf("%+v", h.Talk)
			}
			if got := asked(b, id, hold.Callback); got.Status != hold.Open {
				b.T.Errorf("nobody calls: %+v", got)
			}
			b.Clock.Forward(time.Hour)
			if res := chose(b, c.ID, interview.WentOn); res.Outcome != store.InterviewStands {
				b.T.Errorf("it is taken back: %+v", res)
			}
		})
		b.Subtest("an amendment keeps it", func() {
			id, c := b.Asked(talking())
			said(b, c.ID, interview.Talk, 12*time.Hour, "yes")
			before := b.Look(id)
			h, _, err := b.AmendHold(context.Background(), store.Amend{ID: id, Client: storetest.Client, Revision: 1, Actor: "client:bank",
				Change: func(r hold.Request) hold.Request { r.Amount.Minor++; return r },
				Terms: func(h hold.Hold, _ hold.Customer, _ counterparties.Known, _ hold.Instant) (hold.Terms, hold.Instant, error) {
					return h.Terms, h.Deadline, nil
				}})
			b.Must(err)
			if h.TalkAt != before.TalkAt || h.NotBefore != before.NotBefore || h.InterviewedAt != 0 {
				b.T.Errorf("%+v, before %+v", h.Talk, before.Talk)
			}
		})
	})
}

// Answers, approvals and refusals at once come to one of the ends that one after
// the other they may come to, and never to a release before the wait's end.
func TestTalkRaces(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		for range 20 {
			id, c := b.Asked(talking())
			var wg sync.WaitGroup
			for i := range 12 {
				wg.Go(func() {
					switch i % 4 {
					case 0:
						said(b, c.ID, interview.Wait, 12*time.Hour, "yes")
					case 1:
						said(b, c.ID, interview.None, 12*time.Hour, "no")
					case 2:
						b.Say(c.ID, b.Old(), hold.Approve)
					case 3:
						finish(b, id)
					}
				})
			}
			wg.Wait()
			finish(b, id)
			h := b.Look(id)
			ks, err := b.Interviews(context.Background(), id)
			b.Must(err)
			if len(ks) != 1 {
				t.Fatalf("%d interviews", len(ks))
			}
			if waits := ks[0].Level == interview.Wait; waits && h.Decision != nil || !waits && h.NotBefore != 0 {
				t.Errorf("%s: %+v, %+v", ks[0].Level, h.Decision, h.Talk)
			}
		}
	})
}

// An attacker's list: each was a way past the interview once, or into silence.
func TestTalkLeavesNoWayRound(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		amend := func(id hold.ID, revision int, by int64) {
			_, out, err := b.AmendHold(context.Background(), store.Amend{ID: id, Client: storetest.Client, Revision: revision, Actor: "client:bank",
				Change: func(r hold.Request) hold.Request { r.Amount.Minor += by; return r },
				Terms: func(h hold.Hold, _ hold.Customer, _ counterparties.Known, _ hold.Instant) (hold.Terms, hold.Instant, error) {
					return h.Terms, h.Deadline, nil
				}})
			b.Must(err)
			if out != store.Changed {
				b.T.Fatal(out)
			}
		}
		b.Subtest("a document that comes back keeps its answers", func() {
			id, c := b.Asked(talking())
			said(b, c.ID, interview.Warn, 0, "yes")
			amend(id, 1, 1)
			if h := b.Look(id); h.InterviewedAt != 0 {
				b.T.Errorf("another document is not asked about: %+v", h.Talk)
			}
			amend(id, 2, -1)
			if h := b.Look(id); h.InterviewedAt == 0 || h.WarningAt == 0 || h.WarningPassedAt != 0 {
				b.T.Errorf("%+v", h.Talk)
			}
		})
		b.Subtest("what was confirmed and waits goes back to the queue", func() {
			id, c := b.Asked(talking())
			said(b, c.ID, interview.Warn, 0, "yes")
			b.Clock.Forward(time.Hour)
			finish(b, id)
			b.Clock.Forward(8 * time.Second)
			chose(b, c.ID, interview.Told)
			boss := b.Agent("boss-talk", "supervisor")
			if next, err := b.NextCase(context.Background(), boss); err != nil || next == "" {
				b.T.Errorf("nobody calls: %q, %v", next, err)
			}
		})
		b.Subtest("a link that goes by text stops nothing", func() {
			l := talking()
			link := storetest.Rung("face", 10*time.Minute, hold.FaceLink, hold.Callback)
			link.Asks[0].BySMS, link.Asks[0].Lifetime = true, hold.Duration(5*time.Minute)
			l.Rungs[1] = link
			id, c := b.Asked(l)
			said(b, c.ID, interview.Warn, 0, "yes") // and it is not read
			b.Clock.Forward(time.Hour)
			rules := storetest.CallRules
			rules.Channels, rules.Link, rules.FaceVendor = append(rules.Channels, hold.FaceLink), storetest.LinkOf, true
			_, _, err := b.Finish(context.Background(), id, rules)
			b.Must(err)
			if got := asked(b, id, hold.Callback); got.Status != hold.Open {
				b.T.Errorf("nobody is asked: %+v", got)
			}
		})
		b.Subtest("an interview that says nothing takes nothing back", func() {
			_, c := b.Asked(talking())
			b.Must(b.KeepSignals(context.Background(), b.Old(), hold.Signals{RemoteTool: hold.Yes}))
			said(b, c.ID, interview.None, 0, "no")
			got, err := b.Store.Customer(context.Background(), b.Customer.ID)
			b.Must(err)
			if got.Signals(b.Clock.Now()).RemoteTool != hold.Yes {
				b.T.Errorf("%+v", got.Signals(b.Clock.Now()))
			}
		})
	})
}

// A confirmation on the telephone that nobody has acted upon when the payment begins to
// wait is void: after a refusal nothing is asked anew, and it would release at the end.
func TestWaitVoidsAConfirmation(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		l := talking()
		l.Rungs[0].Refused = "call"
		id, c := b.Called(l, 100_00) // by push first; one person confirms it
		if res := b.Say(c.ID, b.Old(), hold.Deny); res.Outcome != hold.AnswerAccepted {
			t.Fatalf("%+v", res)
		}
		finish(b, id)
		ana := b.Agent("ana-void", "agent")
		v := b.Case(ana)
		b.Proved(ana, v)
		mild := func(hold.Hold, hold.Challenge, *hold.Device, hold.Instant) (store.Interviewed, hold.Refusal, error) {
			return store.Interviewed{Ruling: interview.Ruling{Level: interview.None}, Scenario: "safe_account", Version: "v1"}, "", nil
		}
		asked, err := b.TakeAloud(ctx, store.AgentInterview{By: ana, CaseID: v.ID, TaskID: v.Tasks[0].ID, Judge: mild})
		b.Granted(asked.Refusal, err)
		if res := b.Disposed(ana, v, hold.Confirmed); res.Outcome != store.Disposed {
			t.Fatalf("%+v", res)
		}
		said(b, c.ID, interview.Wait, 12*time.Hour, "yes") // before any worker has looked
		for range 2 {
			if finish(b, id); b.Look(id).Status != hold.Held {
				t.Fatalf("%+v", b.Look(id).Decision)
			}
			b.Clock.Forward(12*time.Hour + time.Minute)
		}
		if finish(b, id); b.Look(id).Decision.Outcome != hold.Reverse {
			t.Errorf("%+v", b.Look(id).Decision)
		}
	})
}

// A code that is sent back by text is worth no more than one that is typed in the
// app: not before the warning is read. No try is spent, and a no is heard.
func TestTextedCodeWaitsForTheWarning(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		both := storetest.Rung("both", time.Hour, hold.Push, hold.SMS)
		both.Asks[0].Interview = "safe_account"
		both.Asks[1].Lifetime = hold.Duration(time.Hour)
		id, _ := b.Texted(hold.Ladder{Name: "both", Exhausted: hold.ExhaustedWait, Rungs: []hold.Rung{both}})
		c, seen := asked(b, id, hold.Push), storetest.Compared{}
		said(b, c.ID, interview.Warn, 0, "no")
		reply(b, 1, store.ReplyCode, &seen, true)
		text := asked(b, id, hold.SMS)
		expect(b, "open", text.Status, hold.Open)
		expect(b, "compared, and tries spent", int(seen.N.Load())+text.ReplyTries, 0)
		b.Clock.Forward(8 * time.Second)
		chose(b, c.ID, interview.WentOn)
		reply(b, 2, store.ReplyCode, &seen, true)
		expect(b, "once it is read", asked(b, id, hold.SMS).Answer, hold.Approve)
		reply(b, 3, store.ReplyNo, &seen, true)
		expect(b, "a no", asked(b, id, hold.SMS).Answer, hold.Deny)
		verify(b)
	})
}
