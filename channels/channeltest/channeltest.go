// Package channeltest is the conformance suite that every channel runs. It
// knows channels only by their contract.
package channeltest

import (
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"holdfast/channels"
	"holdfast/hold"
)

// Bundle is a channel with what the suite needs to try it. Every function
// returns fresh values.
type Bundle struct {
	Channel   channels.Channel
	Challenge hold.Challenge
	// Answer is an attempt at a that the channel accepts for Challenge. Nil
	// for a channel whose answers do not come through Judge.
	Answer func(a hold.Answer) channels.Answer
	// Answers are the answers that a proof of this channel can carry.
	Answers []hold.Answer
	// Wrong are attempts that are valid but for one thing.
	Wrong []Wrong
	// Ineligible is an attempt from a device that may refuse and never
	// approve. Nil when the channel has no devices.
	Ineligible func(a hold.Answer) channels.Answer
	// Mutate changes a valid proof. Nil: Mutate of this package.
	Mutate func(rng *rand.Rand, proof string) string
	// Same tells whether a mutation says by design the same as the proof
	// (white space around a code). Nil: none does.
	Same func(proof, mutated string) bool
	// Failing are deliveries that the outside refuses, at least one of each
	// class but ambiguous, which not every outside has.
	Failing []Failing
	// Canaries must never show in an error: phone and account numbers, codes,
	// and what the provider wrote.
	Canaries []string
}

// Wrong is an attempt with one thing wrong and the refusal it must get.
type Wrong struct {
	Name      string
	Challenge hold.Challenge
	Answer    channels.Answer
	Refusal   hold.Refusal
}

// Failing is a delivery that fails, by a channel wired to an outside that
// refuses it.
type Failing struct {
	Name     string
	Channel  channels.Channel
	Delivery channels.Delivery
	// Try is what else the channel asks of the outside. Nil: Deliver.
	Try   func(ctx context.Context) (channels.Receipt, error)
	Class channels.DeliveryClass
}

const mutations = 1000

// Run runs the suite.
func Run(t *testing.T, setup func(*testing.T) Bundle) {
	t.Parallel()
	run := func(name string, test func(*testing.T, Bundle)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, setup(t))
		})
	}
	run("its kind is one of the domain's", kindIsKnown)
	run("a failed delivery says its class and no canary", failures)
	if setup(t).Answer == nil {
		return
	}
	run("a valid proof is accepted for every answer it can carry", accepts)
	run("judging is pure", judgesPurely)
	run("one wrong thing is refused by its code", refusesWrong)
	run("garbage is refused and no error", refusesGarbage)
	run("no mutation of a valid proof is accepted", refusesMutations)
	run("an ineligible device may refuse and never approve", ineligible)
}

func kindIsKnown(t *testing.T, b Bundle) {
	if !slices.Contains(hold.Channels, b.Channel.Kind()) {
		t.Fatalf("unknown kind %q", b.Channel.Kind())
	}
	if b.Challenge.Channel != b.Channel.Kind() {
		t.Fatalf("the bundle's challenge is of channel %q", b.Challenge.Channel)
	}
}

var errorText = regexp.MustCompile(`^delivery (retryable|permanent|throttled|ambiguous): [a-z0-9_]{1,64}$`)

func failures(t *testing.T, b Bundle) {
	if len(b.Canaries) == 0 {
		t.Fatal("the bundle names no canary")
	}
	for _, class := range []channels.DeliveryClass{channels.Retryable, channels.Permanent, channels.Throttled} {
		if !slices.ContainsFunc(b.Failing, func(f Failing) bool { return f.Class == class }) {
			t.Errorf("no delivery is %s", class)
		}
	}
	for _, f := range b.Failing {
		try := f.Try
		if try == nil {
			try = func(ctx context.Context) (channels.Receipt, error) { return f.Channel.Deliver(ctx, f.Delivery) }
		}
		receipt, err := try(context.Background())
		var fault *channels.DeliveryError
		if !errors.As(err, &fault) {
			t.Errorf("%s: error %v is no DeliveryError", f.Name, err)
			continue
		}
		if fault.Class != f.Class {
			t.Errorf("%s: class %s, want %s", f.Name, fault.Class, f.Class)
		}
		if receipt != (channels.Receipt{}) {
			t.Errorf("%s: a receipt for a failed delivery", f.Name)
		}
		if !errorText.MatchString(err.Error()) || errors.Unwrap(fault) != nil {
			t.Errorf("%s: the error is more than class and code", f.Name)
		}
		for _, canary := range b.Canaries {
			if strings.Contains(err.Error(), canary) {
				t.Errorf("%s: the error quotes a canary", f.Name)
			}
		}
	}
}

func accepts(t *testing.T, b Bundle) {
	if len(b.Answers) == 0 {
		t.Fatal("the bundle names no answer")
	}
	for _, a := range b.Answers {
		v, err := b.Channel.Judge(b.Challenge, b.Answer(a))
		if err != nil || v.Refusal != "" || v.Answer != a {
			t.Errorf("%s: verdict %+v, error %v", a, v, err)
		}
	}
}

func judgesPurely(t *testing.T, b Bundle) {
	for _, a := range b.Answers {
		challenge, attempt := b.Challenge, b.Answer(a)
		var device *hold.Device
		if attempt.Device != nil {
			d := *attempt.Device
			d.PublicKey = slices.Clone(d.PublicKey)
			device = &d
		}
		first, _ := b.Channel.Judge(challenge, attempt)
		for range 3 {
			if again, err := b.Channel.Judge(challenge, attempt); err != nil || again != first {
				t.Fatalf("%s: judged %+v, then %+v (%v)", a, first, again, err)
			}
		}
		if !reflect.DeepEqual(challenge, b.Challenge) || !reflect.DeepEqual(attempt.Device, device) {
			t.Errorf("%s: judging changed its arguments", a)
		}
	}
}

func refusesWrong(t *testing.T, b Bundle) {
	if len(b.Wrong) == 0 {
		t.Fatal("the bundle has nothing wrong to try")
	}
	for _, w := range b.Wrong {
		v, err := b.Channel.Judge(w.Challenge, w.Answer)
		if err != nil || v.Refusal != w.Refusal {
			t.Errorf("%s: verdict %+v, error %v, want refusal %s", w.Name, v, err, w.Refusal)
		}
		if v.Refusal != "" && v.Answer != "" {
			t.Errorf("%s: a refused attempt carries the answer %s", w.Name, v.Answer)
		}
	}
}

func refusesGarbage(t *testing.T, b Bundle) {
	rng := rand.New(rand.NewPCG(1, 2))
	garbage := []string{"", " ", ".", "..", "...", "null", "{}", "\x00", "\xff\xfe", strings.Repeat("A", 10_000),
		strings.Repeat(".", 10_000), strings.Repeat("[", 10_000), Garbage(rng, 10_000)}
	for range 200 {
		garbage = append(garbage, Garbage(rng, rng.IntN(600)))
	}
	for i, g := range garbage {
		attempt := b.Answer(b.Answers[0])
		attempt.Proof = g
		if v, err := b.Channel.Judge(b.Challenge, attempt); err != nil || v.Refusal == "" {
			t.Errorf("garbage %d: verdict %+v, error %v", i, v, err)
		}
	}
}

func refusesMutations(t *testing.T, b Bundle) {
	rng := rand.New(rand.NewPCG(3, 4))
	mutate, same := b.Mutate, b.Same
	if mutate == nil {
		mutate = Mutate
	}
	if same == nil {
		same = func(string, string) bool { return false }
	}
	tried := 0
	for tries := 0; tried < mutations; tries++ {
		if tries > 20*mutations {
			t.Fatalf("only %d mutations in %d tries differ from the proof", tried, tries)
		}
		attempt := b.Answer(b.Answers[tries%len(b.Answers)])
		mutated := mutate(rng, attempt.Proof)
		if mutated == attempt.Proof || same(attempt.Proof, mutated) {
			continue
		}
		tried++
		attempt.Proof = mutated
		if v, err := b.Channel.Judge(b.Challenge, attempt); err != nil || v.Refusal == "" {
			t.Fatalf("mutation %d: verdict %+v, error %v", tried, v, err)
		}
	}
}

func ineligible(t *testing.T, b Bundle) {
	if b.Ineligible == nil {
		return // a channel without devices has none that is ineligible
	}
	for _, a := range b.Answers {
		v, err := b.Channel.Judge(b.Challenge, b.Ineligible(a))
		if err != nil || (v.Refusal == "") != (a != hold.Approve) {
			t.Errorf("%s: verdict %+v, error %v", a, v, err)
		}
	}
}
