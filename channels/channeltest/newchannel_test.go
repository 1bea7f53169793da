package channeltest_test

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/activities"
	"holdfast/audit"
	"holdfast/channels"
	"holdfast/channels/channeltest"
	"holdfast/hold"
	"holdfast/policy"
	"holdfast/store"
	"holdfast/store/storetest"
	"holdfast/workflows"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// What CONTRIBUTING.md says that a new channel takes: its package is post_test.go;
// its value in hold.Channels is here; its migration is migrate; its rows in serve
// are rules and its worker. Its rule in layout a package of tests has none of.
// Nothing of the store, the workflow, the API or the policy is changed for it.
func TestMain(m *testing.M) {
	hold.Channels = append(hold.Channels, byPost)
	os.Exit(storetest.Main(m))
}

var rules = hold.Rules{Channels: []hold.Channel{byPost}}

func worker(b *storetest.Bundle, p post) *activities.Deliveries {
	return &activities.Deliveries{Store: b.Store, Channel: p, Log: slog.New(slog.DiscardHandler)}
}

// migrate lets the database take the channel: the CHECK of challenges.channel with
// one more value.
func migrate(b *storetest.Bundle) {
	b.T.Helper()
	ctx := context.Background()
	db := storetest.Raw(b.T, b.URL)
	if !strings.HasPrefix(b.URL, "sqlite:") {
		_, err := db.ExecContext(ctx, `ALTER TABLE challenges DROP CONSTRAINT challenges_channel_check,
			ADD CONSTRAINT challenges_channel_check CHECK (channel IN ('push', 'sms', 'facelink', 'callback', 'post'))`)
		b.Must(err)
		return
	}
	c, err := db.Conn(ctx) // pragmas are a connection's own
	b.Must(err)
	defer c.Close() //nolint:errcheck // a test's own handle
	for _, q := range []string{`PRAGMA writable_schema = ON`,
		`UPDATE sqlite_schema SET sql = replace(sql, '''callback''', '''callback'', ''post''') WHERE name = 'challenges'`,
		`PRAGMA schema_version = 1000`, `PRAGMA writable_schema = OFF`} {
		_, err := c.ExecContext(ctx, q)
		b.Must(err)
	}
}

// ladder is read from a policy: by post, and then by nothing.
func ladder(t *testing.T) hold.Ladder {
	t.Helper()
	p, err := policy.Load([]byte(`policy: ours
reasons:
  other:
    customer: {en: We want to be sure., zh-Hans: 我们需要确认。}
    agent: {en: Flagged., zh-Hans: 已标记。}
ladders:
  letter:
    rungs:
      - name: letter
        ask: [{channel: post, lifetime: 10m}]
        timeout: 10m
    exhausted: reverse
rules:
  - name: all
    ladder: letter
`))
	if err != nil {
		t.Fatal(err)
	}
	payment := hold.Request{Kind: hold.KindTransfer, Amount: hold.Money{Minor: 1, Currency: "EUR"}}
	terms, _, _, err := p.Terms(payment, policy.Customer{}, storetest.Start)
	if err != nil {
		t.Fatal(err)
	}
	return terms.Ladder
}

func TestPostConforms(t *testing.T) {
	channeltest.Run(t, func(*testing.T) channeltest.Bundle {
		p := newPost()
		h := hold.Hold{ID: "hold_1", TxDigest: "d", Request: hold.Request{Payee: hold.Payee{Account: "DE02120300000000202051"}}}
		who := hold.Customer{Name: "Maria Rossi"}
		c := hold.Challenge{ID: "chal_1", HoldID: h.ID, TxDigest: h.TxDigest, Channel: byPost, Status: hold.Open}
		answer := func(a hold.Answer) channels.Answer { return channels.Answer{Hold: h, Proof: p.code(c, a)} }
		other, document, moved := c, answer(hold.Approve), c
		other.ID, document.Hold.TxDigest, moved.HoldID = "chal_2", "e", "hold_2"
		d := channels.Delivery{ID: "dlv_1", Challenge: c, Hold: &h, Customer: &who}
		failing := []channeltest.Failing{{Name: "nothing to write", Channel: newPost(), Class: channels.Permanent}}
		for status, class := range map[int]channels.DeliveryClass{http.StatusTooManyRequests: channels.Throttled,
			http.StatusServiceUnavailable: channels.Retryable, http.StatusNotFound: channels.Permanent} {
			failing = append(failing, channeltest.Failing{Name: http.StatusText(status), Channel: newPost(status), Delivery: d, Class: class})
		}
		return channeltest.Bundle{Channel: p, Challenge: c, Answer: answer, Answers: answers,
			Wrong: []channeltest.Wrong{
				{Name: "of another letter", Challenge: other, Answer: answer(hold.Approve), Refusal: hold.CodeIncorrect},
				{Name: "of another document", Challenge: c, Answer: document, Refusal: hold.CodeIncorrect},
				{Name: "of another hold", Challenge: moved, Answer: answer(hold.Approve), Refusal: hold.CodeIncorrect},
			},
			Failing: failing, Canaries: []string{"Maria", "DE02120300000000202051", p.code(c, hold.Approve)}}
	})
}

// asked is a hold that asks by post, with the letter's question.
func asked(b *storetest.Bundle) (hold.ID, hold.Challenge, hold.Progress) {
	b.T.Helper()
	migrate(b)
	id := b.Held(ladder(b.T.(*testing.T)))
	p, err := b.OpenRung(context.Background(), id, 0, hold.NoRung, rules)
	b.Must(err)
	cs, err := b.Challenges(context.Background(), id)
	b.Must(err)
	if len(cs) != 1 || cs[0].Channel != byPost || cs[0].Status != hold.Open {
		b.T.Fatalf("asked %+v", cs)
	}
	return id, cs[0], p
}

// bring runs the channel's activity as its worker would.
func bring(b *storetest.Bundle, p post, c hold.ChallengeID) error {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(slog.New(slog.DiscardHandler))
	env := suite.NewTestActivityEnvironment()
	worker(b, p).Register(env)
	_, err := env.ExecuteActivity(activities.Deliver, activities.DeliverInput{Challenge: c})
	return err
}

// say answers with a code of the letter, judged by the channel within the store's
// transaction.
func say(b *storetest.Bundle, p post, c hold.Challenge, code string) store.AnswerResult {
	b.T.Helper()
	res, err := b.Answer(context.Background(), store.Attempt{CustomerID: c.CustomerID, ChallengeID: c.ID, Via: "post",
		ProofDigest: hold.DigestOf([]byte(code)),
		Judge: func(h hold.Hold, c hold.Challenge, _ *hold.Device, now hold.Instant) (hold.Verdict, error) {
			return p.Judge(c, channels.Answer{Hold: h, Proof: code, Now: now})
		}})
	b.Must(err)
	return res
}

// A channel that the store has never heard of is asked in a rung, delivered,
// answered with a proof, and its payment is released or reversed.
func TestNewChannelTakesNoChangeOfTheStore(t *testing.T) {
	t.Parallel()
	for said, want := range map[hold.Answer]hold.Status{hold.Approve: hold.Released, hold.Deny: hold.Reversed, hold.NotMe: hold.Reversed} {
		t.Run(string(said), func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
				ctx, p := context.Background(), newPost()
				id, c, looked := asked(b)
				if len(looked.Errands) != 1 || looked.Errands[0] != (hold.Errand{Challenge: c.ID, Channel: byPost}) || len(looked.Deliver) != 0 {
					t.Fatalf("to be brought: %+v", looked)
				}
				b.Must(bring(b, p, c.ID))
				b.Must(bring(b, p, c.ID)) // once is enough
				letters := p.press.printed()
				if len(letters) != 1 || letters[0].repeated || letters[0].to != b.Customer.Name ||
					letters[0].about != b.Look(id).Request.Payee.Account {
					t.Fatalf("letters %+v", letters)
				}
				if after, err := b.Conclude(ctx, id); err != nil || after.State != hold.Waiting || len(after.Errands) != 0 {
					t.Fatalf("after it was brought: %+v, %v", after, err)
				}
				if res := say(b, p, c, "0000000000000000"); res.Outcome != hold.AnswerRefused || res.Refusal != hold.CodeIncorrect {
					t.Errorf("a wrong code: %s %s", res.Outcome, res.Refusal)
				}
				if res := say(b, p, c, letters[0].codes[said]); res.Outcome != hold.AnswerAccepted || res.Answer != said {
					t.Fatalf("the letter's code: %s %s", res.Outcome, res.Refusal)
				}
				if decided, err := b.Conclude(ctx, id); err != nil || decided.State != hold.Decided {
					t.Fatalf("concluded %+v, %v", decided, err)
				}
				b.Must(b.MarkSettled(ctx, id))
				if got := b.Look(id).Status; got != want {
					t.Errorf("the hold is %s, want %s", got, want)
				}
				chain, head, err := b.Chain(ctx, string(id))
				b.Must(err)
				for _, f := range audit.Verify(string(id), chain, head) {
					t.Errorf("audit: %s", f)
				}
			})
		})
	}
}

// What the outside refuses for good is undeliverable, and the ladder goes on; what
// it refuses for now is tried again, and the channel knows that it may have been.
func TestNewChannelThatCannotDeliver(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, b *storetest.Bundle) {
		ctx, p := context.Background(), newPost(http.StatusServiceUnavailable, http.StatusNotFound)
		id, c, _ := asked(b)
		if err := bring(b, p, c.ID); err == nil {
			t.Error("the press was away, and nobody tries again")
		}
		again, err := b.Conclude(ctx, id)
		if err != nil || len(again.Errands) != 1 {
			t.Errorf("a question that nobody has: %+v, %v", again, err)
		}
		d, err := b.BeginDelivery(ctx, c.ID)
		if b.Must(err); d == nil || !d.Repeated {
			t.Errorf("a repeated delivery: %+v", d)
		}
		b.Must(bring(b, p, c.ID))
		cs, err := b.Challenges(ctx, id)
		if b.Must(err); cs[0].Status != hold.Undeliverable || cs[0].Cause != "no_such_address" {
			t.Errorf("the question is %s for %s", cs[0].Status, cs[0].Cause)
		}
		if p, err := b.Conclude(ctx, id); err != nil || p.State != hold.Decided || b.Look(id).Decision.Reason != hold.ReasonExhausted {
			t.Errorf("after the last rung: %+v, %v", p, err)
		}
		b.Must(bring(b, p, c.ID)) // too late, and nothing
		if n := p.press.asked; n != 2 {
			t.Errorf("the press was asked %d times", n)
		}
	})
}

// The workflow has the question brought on the channel's own queue, by one activity,
// however often it looks while the channel tries.
func TestWorkflowRunsNewChannel(t *testing.T) {
	t.Parallel()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(slog.New(slog.DiscardHandler))
	b, env := storetest.New(t, storetest.SQLiteURL(t)), suite.NewTestWorkflowEnvironment()
	p := newPost(http.StatusServiceUnavailable, http.StatusServiceUnavailable)
	env.SetStartTime(storetest.Start.Time())
	env.SetWorkerOptions(sdkworker.Options{DeadlockDetectionTimeout: time.Minute}) // a busy machine is no deadlock
	b.Clock.Follow(env.Now)
	migrate(b)
	id := b.Held(ladder(t))
	holds := &activities.Activities{Store: b.Store, Ledger: ledger{}, Rules: rules, Log: slog.New(slog.DiscardHandler), Told: func(string) {}}
	holds.RegisterHold(env)
	worker(b, p).Register(env)
	env.RegisterWorkflowWithOptions(workflows.Hold, workflow.RegisterOptions{Name: workflows.TypeHold})
	brought := map[string]string{}
	env.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
		brought[info.ActivityID] = info.TaskQueue
	})
	wake := func() { env.SignalWorkflow(workflows.SignalWake, nil) }
	env.RegisterDelayedCallback(wake, 500*time.Millisecond) // before it is tried again
	env.RegisterDelayedCallback(func() {
		cs, err := b.Challenges(context.Background(), id)
		b.Must(err)
		if l := p.press.printed(); len(l) == 1 {
			say(b, p, cs[0], l[0].codes[hold.Approve])
		}
		wake()
	}, 2*time.Minute)
	env.ExecuteWorkflow(workflows.TypeHold, id)
	b.Must(env.GetWorkflowError())
	if got := b.Look(id); got.Status != hold.Released || got.Decision.DecidedAt.Sub(storetest.Start).Round(time.Second) != 2*time.Minute {
		t.Errorf("ended %s at %s", got.Status, got.Decision.DecidedAt)
	}
	if queues := slices.Collect(maps.Values(brought)); len(queues) != 1 || queues[0] != "channel-post" {
		t.Errorf("brought on %v", queues)
	}
}

type ledger struct{}

func (ledger) Post(context.Context, hold.Settlement) error { return nil }
