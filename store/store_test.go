package store_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"holdfast/audit"
	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

var ctx = context.Background()

// many runs fn n times at once and gives the errors it returned.
func many(n int, fn func(i int) error) error {
	var wg sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		wg.Add(1)
		go func() { defer wg.Done(); errs[i] = fn(i) }()
	}
	wg.Wait()
	return errors.Join(errs...)
}

// verify walks every chain of the store.
func verify(b *storetest.Bundle) {
	b.T.Helper()
	subjects, err := b.Subjects(ctx, "", 100000)
	b.Must(err)
	if len(subjects) == 0 {
		b.T.Fatal("nothing to verify")
	}
	for _, s := range subjects {
		chain, head, err := b.Chain(ctx, s)
		b.Must(err)
		for _, f := range audit.Verify(s, chain, head) {
			b.T.Errorf("audit: %s", f)
		}
	}
}

func kinds(b *storetest.Bundle, subject string) (ks []string) {
	b.T.Helper()
	chain, _, err := b.Chain(ctx, subject)
	b.Must(err)
	for _, s := range chain {
		e, err := audit.Parse(s.Bytes)
		b.Must(err)
		ks = append(ks, e.Kind)
	}
	return ks
}

func expect[T comparable](b *storetest.Bundle, what string, got, want T) {
	b.T.Helper()
	if got != want {
		b.T.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestHundredPostsOfOneHold(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		a := b.Accepting(storetest.PushLadder())
		var mu sync.Mutex
		replies, outcomes := map[string]int{}, map[store.AcceptOutcome]int{}
		b.Must(many(100, func(int) error {
			res, err := b.AcceptHold(ctx, a)
			mu.Lock()
			defer mu.Unlock()
			replies[string(res.Reply)]++
			outcomes[res.Outcome]++
			return err
		}))
		if len(replies) != 1 || outcomes[store.Accepted] != 1 || outcomes[store.Replayed] != 99 {
			t.Fatalf("replies %v, outcomes %v", replies, outcomes)
		}
		holds, err := b.ListHolds(ctx, store.HoldFilter{Limit: 10})
		b.Must(err)
		expect(b, "holds", len(holds), 1)
		n, err := b.OutboxDepth(ctx)
		b.Must(err)
		expect(b, "starts", n, 1)
		verify(b)
	})
}

func TestAcceptRefusals(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		a := b.Accepting(storetest.PushLadder())
		first, err := b.AcceptHold(ctx, a)
		b.Must(err)

		other := a
		other.BodyDigest = hold.DigestOf([]byte("other"))
		res, err := b.AcceptHold(ctx, other)
		b.Must(err)
		expect(b, "same key, other body", res.Outcome, store.KeyReused)

		again := a
		again.Key = "another key"
		res, err = b.AcceptHold(ctx, again)
		b.Must(err)
		expect(b, "same transaction, other key", res.Outcome, store.AlreadyHeld)
		expect(b, "the hold it names", res.HoldID, first.HoldID)

		stranger := b.Accepting(storetest.PushLadder())
		stranger.Request.CustomerID = "nobody"
		res, err = b.AcceptHold(ctx, stranger)
		b.Must(err)
		expect(b, "unknown customer", res.Outcome, store.CustomerUnknown)
		holds, err := b.ListHolds(ctx, store.HoldFilter{Limit: 10})
		b.Must(err)
		expect(b, "holds", len(holds), 1)
	})
}

func TestApprovedPushReleases(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		id, c := b.Asked(storetest.PushLadder())
		res := b.Say(c.ID, b.Old(), hold.Approve)
		expect(b, "answer", res.Outcome, hold.AnswerAccepted)

		p, err := b.Conclude(ctx, id)
		b.Must(err)
		expect(b, "state", p.State, hold.Decided)
		p, err = b.Conclude(ctx, id) // a task may run twice
		b.Must(err)
		expect(b, "state again", p.State, hold.Decided)
		b.Must(b.MarkSettled(ctx, id))
		b.Must(b.MarkSettled(ctx, id))

		h := b.Look(id)
		expect(b, "status", h.Status, hold.Released)
		expect(b, "reason", h.Decision.Reason, hold.ReasonApproved)
		want := []string{"hold.accepted", "challenge.opened", "answer.accepted", "hold.decided", "hold.settled"}
		if got := kinds(b, string(id)); !equal(got, want) {
			t.Errorf("entries %v, want %v", got, want)
		}
		verify(b)
	})
}

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestAnswersThatDoNotCount(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		id, c := b.Asked(storetest.PushLadder())
		expect(b, "young device", b.Say(c.ID, b.Young(), hold.Approve).Refusal, hold.DeviceTooYoung)
		expect(b, "foreign device", b.Say(c.ID, "dev_other", hold.Approve).Refusal, "device_unknown")
		cs, err := b.Challenges(ctx, id)
		b.Must(err)
		expect(b, "attempts", cs[0].Attempts, 2)
		expect(b, "status", cs[0].Status, hold.Open)

		other := b.Attempt(c.ID, b.Old(), hold.Approve)
		other.CustomerID = "omar"
		if _, err := b.Answer(ctx, other); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("another customer's challenge: %v", err)
		}

		good := b.Attempt(c.ID, b.Old(), hold.Approve)
		res, err := b.Answer(ctx, good)
		b.Must(err)
		expect(b, "good", res.Outcome, hold.AnswerAccepted)
		res, err = b.Answer(ctx, good)
		b.Must(err)
		expect(b, "replayed", res.Outcome, hold.AnswerReplayed)
		res = b.Say(c.ID, b.Old(), hold.Approve)
		expect(b, "a second approval", res.Outcome, hold.LateAnswered)
		expect(b, "what stands", res.Standing, hold.Approve)

		_, err = b.Conclude(ctx, id)
		b.Must(err)
		res = b.Say(c.ID, b.Old(), hold.Deny)
		expect(b, "after the decision", res.Outcome, hold.LateDecided)
		expect(b, "the decision", res.Decision.Outcome, hold.Release)
		verify(b)
	})
}

func TestAnswerAndDeadline(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		in, c1 := b.Asked(storetest.PushLadder())
		out, c2 := b.Asked(storetest.PushLadder())
		b.Clock.Forward(24*time.Hour - time.Second)
		expect(b, "a second before", b.Say(c1.ID, b.Old(), hold.Approve).Outcome, hold.AnswerAccepted)
		b.Clock.Forward(time.Second)
		expect(b, "at the deadline", b.Say(c2.ID, b.Old(), hold.Approve).Outcome, hold.LateExpired)
		for id, want := range map[hold.ID]hold.Outcome{in: hold.Release, out: hold.Reverse} {
			_, err := b.Conclude(ctx, id)
			b.Must(err)
			expect(b, "decision", b.Look(id).Decision.Outcome, want)
		}
		verify(b)
	})
}

func TestHundredAnswersAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		for name, device := range map[string]func(i int) (hold.DeviceID, hold.Answer){
			"identical": func(int) (hold.DeviceID, hold.Answer) { return b.Old(), hold.Approve },
			"conflicting": func(i int) (hold.DeviceID, hold.Answer) {
				if i%2 == 0 {
					return b.Young(), hold.Deny
				}
				return b.Old(), hold.Approve
			},
		} {
			id, c := b.Asked(storetest.PushLadder())
			var mu sync.Mutex
			stood := []hold.Answer{}
			b.Must(many(100, func(i int) error {
				d, w := device(i)
				a := b.Attempt(c.ID, d, w)
				if name == "identical" {
					a.ProofDigest = hold.DigestOf([]byte("one proof"))
				}
				res, err := b.Answer(ctx, a)
				if res.Outcome == hold.AnswerAccepted {
					mu.Lock()
					stood = append(stood, res.Answer)
					mu.Unlock()
				}
				return err
			}))
			want := hold.Release
			if name == "conflicting" { // a refusal overrules an approval, never the other way round
				want = hold.Reverse
				if len(stood) > 2 || !slices.Contains(stood, hold.Deny) {
					t.Fatalf("%s: %v stand", name, stood)
				}
			} else if len(stood) != 1 {
				t.Fatalf("%s: %d answers stand", name, len(stood))
			}
			b.Must(many(20, func(int) error { _, err := b.Conclude(ctx, id); return err }))
			expect(b, name, b.Look(id).Decision.Outcome, want)
			cs, err := b.Challenges(ctx, id)
			b.Must(err)
			expect(b, name+" attempts", cs[0].Attempts, 100)
		}
		verify(b)
	})
}

func TestNotMeFreezes(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		first, c1 := b.Asked(storetest.PushLadder())
		second, c2 := b.Asked(storetest.PushLadder())
		_, err := b.CreateSession(ctx, b.Customer.ID, "digest", 15*time.Minute, "test")
		b.Must(err)
		expect(b, "not me", b.Say(c1.ID, b.Young(), hold.NotMe).Outcome, hold.AnswerAccepted)

		if _, err := b.SessionByDigest(ctx, "digest"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the session did not end: %v", err)
		}
		_, err = b.CreateSession(ctx, b.Customer.ID, "opened since", 15*time.Minute, "test")
		b.Must(err)
		expect(b, "the same again", b.Say(c1.ID, b.Young(), hold.NotMe).Outcome, hold.LateAnswered)
		if _, err := b.SessionByDigest(ctx, "opened since"); err != nil {
			t.Errorf("an answer that an app sends again ends what it reads the outcome with: %v", err)
		}
		expect(b, "the other challenge", b.Say(c2.ID, b.Old(), hold.Approve).Outcome, hold.LateCancelled)
		if _, why, err := b.EnrolmentNonce(ctx, b.Customer.ID); why != hold.CustomerFrozen {
			t.Errorf("enrolment while frozen: %v", err)
		}
		p, err := b.Conclude(ctx, first)
		b.Must(err)
		expect(b, "first", p.State, hold.Decided)
		expect(b, "its reason", b.Look(first).Decision.Reason, hold.ReasonNotMe)
		p, err = b.Conclude(ctx, second)
		b.Must(err)
		expect(b, "second waits for its deadline", p.State, hold.Waiting)

		third := b.Held(storetest.PushLadder())
		p, err = b.OpenRung(ctx, third, 0, hold.NoRung, storetest.Rules)
		b.Must(err)
		expect(b, "a new hold waits too", p.State, hold.Waiting)
		cs, err := b.Challenges(ctx, third)
		b.Must(err)
		expect(b, "and asks nobody", len(cs), 0)

		b.Thaw(b.Customer.ID)
		_, err = b.OpenRung(ctx, third, 0, hold.NoRung, storetest.Rules)
		b.Must(err)
		cs, err = b.Challenges(ctx, third)
		b.Must(err)
		expect(b, "asks after the thaw", len(cs), 1)

		b.Say(c1.ID, b.Young(), hold.NotMe)
		if _, err := b.SessionByDigest(ctx, "opened since"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("said again after the thaw, it freezes nobody: %v", err)
		}
		verify(b)
	})
}

func TestOfflineRung(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		id, c := b.Asked(storetest.PushLadder())
		h := b.Look(id)
		expect(b, "first timer", h.RungFirstEndsAt, h.RungOpenedAt.Add(20*time.Second))
		p, err := b.Conclude(ctx, id)
		b.Must(err)
		expect(b, "waits", p.Remaining, 20*time.Second)
		b.Must(b.Heartbeat(ctx, "gw", nil, []store.Received{{ChallengeID: c.ID, DeviceID: b.Old()}}))
		p, err = b.Conclude(ctx, id)
		b.Must(err)
		expect(b, "with a receipt", p.Remaining, 5*time.Minute)

		b.Must(b.Heartbeat(ctx, "gw", []store.Presence{{DeviceID: b.Old(), CustomerID: b.Customer.ID}}, nil))
		online, _ := b.Asked(storetest.PushLadder())
		expect(b, "connected: no first timer", b.Look(online).RungFirstEndsAt, 0)
		b.Must(b.Heartbeat(ctx, "another", nil, nil))
		b.Clock.Forward(14 * time.Second)
		b.Must(b.Heartbeat(ctx, "gw", nil, nil)) // for all its devices
		b.Clock.Forward(14 * time.Second)
		still, _ := b.Asked(storetest.PushLadder())
		expect(b, "as long as its gateway lives", b.Look(still).RungFirstEndsAt, 0)
		b.Clock.Forward(2 * time.Second)
		silent, _ := b.Asked(storetest.PushLadder())
		expect(b, "not by a gateway that is silent", b.Look(silent).RungFirstEndsAt != 0, true)
		b.Clock.Forward(time.Hour)
		n, err := b.ForgetGateways(ctx)
		b.Must(err)
		expect(b, "both are forgotten", n, 2)
		b.Clock.Forward(-time.Hour - 30*time.Second)

		// Unanswered to the end: exhausted, waits, and can still be answered.
		b.Clock.Forward(6 * time.Minute)
		p, err = b.Conclude(ctx, id)
		b.Must(err)
		expect(b, "exhausted", p.State, hold.Waiting)
		expect(b, "until the deadline", p.Remaining, 24*time.Hour-6*time.Minute)
		expect(b, "answerable", b.Say(c.ID, b.Old(), hold.Approve).Outcome, hold.AnswerAccepted)
		p, err = b.Conclude(ctx, id)
		b.Must(err)
		expect(b, "counts", p.State, hold.Decided)
	})
}

func TestUndeliverableRungsAreLeftAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		ladder := hold.Ladder{Name: "two", Exhausted: hold.ExhaustedReverse, Rungs: []hold.Rung{
			storetest.Rung("text", time.Minute, hold.SMS), storetest.Rung("app", time.Minute, hold.Push)}}
		id := b.Held(ladder)
		p, err := b.OpenRung(ctx, id, 0, hold.NoRung, storetest.Rules)
		b.Must(err)
		expect(b, "rung", p.Rung, 1)
		cs, err := b.Challenges(ctx, id)
		b.Must(err)
		expect(b, "why", cs[0].Cause, "channel_not_configured")
		again, err := b.OpenRung(ctx, id, 1, 0, storetest.Rules)
		b.Must(err)
		expect(b, "opened once", again.State, hold.Waiting)
		cs, err = b.Challenges(ctx, id)
		b.Must(err)
		expect(b, "challenges", len(cs), 2)

		for range 4 { // the customer's limit: five in an hour without an answer
			b.Asked(storetest.PushLadder())
		}
		_, c := b.Asked(storetest.PushLadder())
		expect(b, "sixth push", c.Cause, "push_limit")
		b.Clock.Forward(61 * time.Minute)
		_, c = b.Asked(storetest.PushLadder())
		expect(b, "an hour later", c.Status, hold.Open)
		verify(b)
	})
}

func TestAmendAndOverride(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		id, c := b.Asked(storetest.PushLadder())
		amend := store.Amend{ID: id, Revision: 1, Actor: "client:bank",
			Change: func(r hold.Request) hold.Request { r.Amount.Minor = 5; return r },
			Terms: func(h hold.Hold, _ hold.Customer, _ counterparties.Known, _ hold.Instant) (hold.Terms, hold.Instant, error) {
				return h.Terms, h.Deadline, nil
			}}
		h, out, err := b.AmendHold(ctx, amend)
		b.Must(err)
		expect(b, "amended", out, store.Changed)
		expect(b, "revision", h.Revision, 2)
		_, out, err = b.AmendHold(ctx, amend)
		b.Must(err)
		expect(b, "stale", out, store.RevisionStale)
		expect(b, "the old question", b.Say(c.ID, b.Old(), hold.Approve).Outcome, hold.LateCancelled)
		p, err := b.OpenRung(ctx, id, 1, 0, storetest.Rules)
		b.Must(err)
		expect(b, "the old rung", p.State, hold.Stale)
		_, err = b.OpenRung(ctx, id, 0, hold.NoRung, storetest.Rules)
		b.Must(err)
		cs, err := b.Challenges(ctx, id)
		b.Must(err)
		expect(b, "asked anew", cs[1].TxDigest, h.TxDigest)

		// Until the ledger is about to be told, the bank's reversal beats an approval
		// that was acknowledged; after that it comes too late.
		expect(b, "approve", b.Say(cs[1].ID, b.Old(), hold.Approve).Outcome, hold.AnswerAccepted)
		h, out, err = b.Override(ctx, id, 2, "client:bank", "called the branch")
		b.Must(err)
		expect(b, "override", out, store.Changed)
		expect(b, "stands", h.Decision.Outcome, hold.Reverse)
		id, c = b.Asked(storetest.PushLadder())
		b.Say(c.ID, b.Old(), hold.Approve)
		_, err = b.Conclude(ctx, id)
		b.Must(err)
		h, out, err = b.Override(ctx, id, 1, "client:bank", "called the branch")
		b.Must(err)
		expect(b, "override after it", out, store.HoldDecided)
		expect(b, "stands", h.Decision.Outcome, hold.Release)

		free := b.Held(storetest.PushLadder())
		h, out, err = b.Override(ctx, free, 1, "client:bank", "")
		b.Must(err)
		expect(b, "override", out, store.Changed)
		expect(b, "reversed", h.Status, hold.Reversing)
		verify(b)
	})
}

func TestParkedSettlement(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		id := b.Held(storetest.PushLadder())
		out, err := b.Unpark(ctx, id, "client:bank")
		b.Must(err)
		expect(b, "undecided", out, store.NotDecided)
		if err := b.MarkSettled(ctx, id); err == nil {
			t.Error("an undecided hold was settled")
		}
		_, _, err = b.Override(ctx, id, 1, "client:bank", "")
		b.Must(err)
		b.Must(b.MarkParked(ctx, id, "http_422"))
		p, err := b.Conclude(ctx, id)
		b.Must(err)
		expect(b, "parked", p.State, hold.Parked)
		out, err = b.Unpark(ctx, id, "client:bank")
		b.Must(err)
		expect(b, "unparked", out, store.Unparked)
		b.Must(b.MarkSettled(ctx, id))
		out, err = b.Unpark(ctx, id, "client:bank")
		b.Must(err)
		expect(b, "settled", out, store.AlreadySettled)
		verify(b)
	})
}

func TestOutboxIsClaimedOnce(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		for range 60 {
			b.Held(storetest.PushLadder())
		}
		var mu sync.Mutex
		seen := map[int64]int{}
		b.Must(many(12, func(int) error {
			rows, err := b.ClaimOutbox(ctx, 10, time.Minute, time.Hour)
			mu.Lock()
			defer mu.Unlock()
			for _, r := range rows {
				seen[r.ID]++
			}
			return err
		}))
		for id, n := range seen {
			if n != 1 {
				t.Errorf("row %d was claimed %d times", id, n)
			}
		}
		b.Clock.Forward(2 * time.Minute) // a relay died: its rows are due again
		rows, err := b.ClaimOutbox(ctx, 100, time.Minute, time.Hour)
		b.Must(err)
		expect(b, "after the lease", len(rows), 60)
		b.Must(b.OutboxLater(ctx, rows[:1], time.Hour))
		b.Must(b.OutboxDone(ctx, rows[1:]))
		n, err := b.OutboxDepth(ctx)
		b.Must(err)
		expect(b, "left", n, 1)
	})
}

func TestFeedHasNoGaps(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		ids := []hold.ID{}
		for range 30 {
			ids = append(ids, b.Held(storetest.PushLadder()))
		}
		var mu sync.Mutex
		seen := map[hold.ID]int{}
		done := make(chan struct{})
		read := make(chan error, 1)
		go func() {
			var after int64
			for last := false; ; {
				items, err := b.Feed(ctx, after, 7)
				if err != nil {
					read <- err
					return
				}
				for _, i := range items {
					if i.Feed != after+1 {
						read <- errors.New("a gap in the feed")
						return
					}
					after = i.Feed
					mu.Lock()
					seen[i.HoldID]++
					mu.Unlock()
				}
				if last && len(items) == 0 {
					read <- nil
					return
				}
				select {
				case <-done:
					last = true
				default:
				}
			}
		}()
		b.Must(many(len(ids), func(i int) error {
			_, _, err := b.Override(ctx, ids[i], 1, "client:bank", "")
			return err
		}))
		close(done)
		b.Must(<-read)
		expect(b, "decisions seen", len(seen), len(ids))
	})
}

func TestSweepBringsHoldsHome(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		id, c := b.Asked(storetest.PushLadder())
		overdue, err := b.Overdue(ctx, 10)
		b.Must(err)
		expect(b, "nothing yet", len(overdue), 0)
		b.Say(c.ID, b.Old(), hold.Approve)
		b.Clock.Forward(61 * time.Second)
		overdue, err = b.Overdue(ctx, 10)
		b.Must(err)
		expect(b, "a decisive answer", len(overdue), 1)
		found, p, err := b.Sweep(ctx, id)
		b.Must(err)
		expect(b, "found", found, true)
		expect(b, "a release is the workflow's to conclude", p.State, hold.Deciding)
		expect(b, "so it is held", b.Look(id).Status, hold.Held)
		found, _, err = b.Sweep(ctx, id)
		b.Must(err)
		expect(b, "not again at once", found, false)
		b.Clock.Forward(6 * time.Minute)
		found, _, err = b.Sweep(ctx, id)
		b.Must(err)
		expect(b, "still unsettled", found, true)
		refused, c := b.Asked(storetest.PushLadder())
		b.Say(c.ID, b.Old(), hold.Deny)
		b.Clock.Forward(61 * time.Second)
		_, p, err = b.Sweep(ctx, refused)
		b.Must(err)
		expect(b, "a reversal is concluded without Temporal", p.State, hold.Decided)

		late := b.Held(storetest.PushLadder())
		b.Clock.Forward(24*time.Hour + 21*time.Second)
		_, p, err = b.Sweep(ctx, late)
		b.Must(err)
		expect(b, "past the deadline", p.State, hold.Decided)
		expect(b, "reversed", b.Look(late).Decision.Reason, hold.ReasonDeadline)
		_, p, err = b.Sweep(ctx, id)
		b.Must(err)
		expect(b, "past the deadline a release is concluded as well", p.State, hold.Decided)
		expect(b, "released", b.Look(id).Decision.Outcome, hold.Release)
		verify(b)
	})
}

func TestTheTrailRefusesChange(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		id, c := b.Asked(storetest.PushLadder())
		b.Say(c.ID, b.Old(), hold.Approve)
		_, err := b.Conclude(ctx, id)
		b.Must(err)
		db := storetest.Raw(b.T, b.URL)
		for _, q := range []string{`UPDATE audit_entries SET hash = 'x'`, `DELETE FROM audit_entries`,
			`UPDATE decisions SET outcome = 'reverse'`, `DELETE FROM decisions`} {
			if _, err := db.Exec(q); err == nil {
				t.Errorf("%s was allowed", q)
			}
		}
	})
}

func TestSinceIsNotMovedBack(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		put := store.PutCustomer{ID: "lin", Name: "Lin", Locale: "zh-Hans", TimeZone: "Asia/Shanghai", Phrase: "p", Actor: "client:bank",
			Devices: []store.PutDevice{{Name: "phone", PublicKey: []byte("lin phone"), Since: b.Clock.Now().Add(-time.Hour)}}}
		if _, why, err := b.PutCustomer(ctx, put); why != hold.Backdated {
			t.Fatalf("backdated: %v", err)
		}
		put.MayBackdate = true
		lin, why, err := b.PutCustomer(ctx, put)
		b.Granted(why, err)
		put.MayBackdate, put.Devices[0].Since = false, 0
		lin, why, err = b.PutCustomer(ctx, put)
		b.Granted(why, err)
		expect(b, "kept", lin.Devices[0].Since, b.Clock.Now().Add(-time.Hour))
		put.Devices[0].Since = b.Clock.Now().Add(time.Hour)
		if _, why, err := b.PutCustomer(ctx, put); why != hold.SinceFuture {
			t.Errorf("future: %v", err)
		}
		put.Devices[0] = store.PutDevice{PublicKey: []byte("lin phone"), Revoked: true}
		lin, why, err = b.PutCustomer(ctx, put)
		b.Granted(why, err)
		expect(b, "revoked", lin.Devices[0].RevokedAt, b.Clock.Now())
	})
}

func TestEnrolmentAndRevocation(t *testing.T) {
	t.Parallel()
	storetest.Everywhere(t, func(t *testing.T, b *storetest.Bundle) {
		nonce, why, err := b.EnrolmentNonce(ctx, b.Customer.ID)
		b.Granted(why, err)
		dev := hold.Device{CustomerID: b.Customer.ID, Name: "tablet", PublicKey: []byte("tablet")}
		fine := func(hold.Instant) (hold.Refusal, error) { return "", nil }
		forged := func(hold.Instant) (hold.Refusal, error) { return hold.SignatureInvalid, nil }
		expect(b, "a bad signature", refusalOf(b.EnrolDevice(ctx, dev, nonce, nil, forged)), hold.SignatureInvalid)
		expect(b, "its nonce is used up", refusalOf(b.EnrolDevice(ctx, dev, nonce, nil, fine)), hold.NonceMismatch)
		nonce, why, err = b.EnrolmentNonce(ctx, b.Customer.ID)
		b.Granted(why, err)
		tablet, why, err := b.EnrolDevice(ctx, dev, nonce, nil, fine)
		b.Granted(why, err)
		expect(b, "a nonce used twice", refusalOf(b.EnrolDevice(ctx, dev, nonce, nil, fine)), hold.NonceMismatch)
		minAge := 12 * time.Hour
		if why, err := b.RevokeDevice(ctx, b.Customer.ID, tablet.ID, b.Old(), minAge); why != hold.DeviceNotEligible {
			t.Errorf("a fresh device revoked the old one: %v", err)
		}
		if _, err := b.RevokeDevice(ctx, "omar", b.Old(), tablet.ID, minAge); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("another customer's device: %v", err)
		}
		b.Granted(b.RevokeDevice(ctx, b.Customer.ID, b.Old(), tablet.ID, minAge))
		nonce, why, err = b.EnrolmentNonce(ctx, b.Customer.ID)
		b.Granted(why, err)
		if _, why, err := b.EnrolDevice(ctx, dev, nonce, nil, fine); why != hold.DeviceKnown {
			t.Errorf("a revoked key came back: %v", err)
		}
		verify(b)
	})
}

// A request whose twin is still in flight after two seconds is told so, and
// stores nothing.
func TestInFlight(t *testing.T) {
	t.Parallel()
	b := storetest.New(t, storetest.PostgresURL(t))
	raw := storetest.Raw(t, b.URL)
	a := b.Accepting(storetest.PushLadder())
	res, err := b.AcceptHold(ctx, a)
	b.Must(err)
	twin, err := raw.Begin()
	b.Must(err)
	// The twin of the next request has stored its hold and not committed.
	next := b.Accepting(storetest.PushLadder())
	_, err = twin.Exec(`INSERT INTO holds (id, client_id, customer_id, transaction_id, request, terms, tx_digest, status, revision, deadline,
		accepted_at, look_at)
		SELECT 'hold_twin', client_id, customer_id, $1, request, terms, tx_digest, status, revision, deadline, accepted_at, look_at FROM holds
			WHERE id = $2`,
		next.Request.TransactionID, res.HoldID)
	b.Must(err)
	began := time.Now()
	res, err = b.AcceptHold(ctx, next)
	b.Must(err)
	expect(b, "outcome", res.Outcome, store.InFlight)
	if took := time.Since(began); took < 1900*time.Millisecond {
		t.Errorf("it gave up after %s", took)
	}
	b.Must(twin.Rollback())
	res, err = b.AcceptHold(ctx, next)
	b.Must(err)
	expect(b, "outcome after the twin is gone", res.Outcome, store.Accepted)
}
