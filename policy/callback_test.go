package policy_test

import (
	"strings"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/policy"
)

// What is wrong with a callback section is named, and nothing else is.
func TestCallbackFaults(t *testing.T) {
	t.Parallel()
	source := string(policy.Default().Source())
	for change, want := range map[string]string{
		`{EUR: 500000, GBP: 500000|{EUR: -1, GBP: 500000`:        "callback.four_eyes.EUR",
		`{EUR: 500000, GBP: 500000|{EURO: 1, GBP: 500000`:        "is no currency",
		`plan: [0s, 15m, 2h]|plan: [0s, 80h]`:                    "callback.plan",
		`hours: {from: "08:00", to: "20:00"}|hours: {from: "8"}`: "callback.hours",
		`target: 15m  |target: 1s  `:                             "callback.target",
		`after_freeze: call|after_freeze: never`:                 "callback.after_freeze",
		`  #   one_talk: {EUR: 5000}|  one_talk: {EUR: 500001}`:  "above four_eyes.EUR",
		`  #   one_talk: {EUR: 5000}|  one_talk: {JPY: 1}`:       "above four_eyes.JPY",
		`  #   one_talk: {EUR: 5000}|  one_talk: {EURO: 1}`:      "is no currency",
	} {
		from, to, _ := strings.Cut(change, "|")
		broken := source
		if i := strings.Index(source, "callback:\n"); i >= 0 {
			broken = source[:i] + strings.Replace(source[i:], from, to, 1)
		}
		if broken == source {
			t.Fatalf("%s is not in the default policy", from)
		}
		if _, err := policy.Load([]byte(broken)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", to, err, want)
		}
	}
}

// A hold is pinned to what the policy says of calls.
func TestCallbackTerms(t *testing.T) {
	t.Parallel()
	terms, _, _, err := policy.Default().Terms(hold.Request{Kind: hold.KindTransfer, Amount: hold.Money{Minor: 1, Currency: "EUR"},
		Risk: hold.Risk{Reasons: []string{"other"}}}, policy.Customer{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	c := terms.Callback
	if c.NeedsTwo(hold.Money{Minor: 500000, Currency: "EUR"}) || !c.NeedsTwo(hold.Money{Minor: 500001, Currency: "EUR"}) ||
		len(c.Plan) != 3 || time.Duration(c.Target) != 15*time.Minute {
		t.Errorf("%+v", c)
	}
}

// One agent's talk suffices for nothing by default, and who is frozen is called:
// only a policy that says so changes either.
func TestOneTalkAndAfterFreeze(t *testing.T) {
	t.Parallel()
	source := string(policy.Default().Source())
	said := strings.NewReplacer("  #   one_talk: {EUR: 5000}", "  one_talk: {EUR: 5000}", "after_freeze: call",
		"after_freeze: wait").Replace(source)
	for name, c := range map[string]struct {
		source  string
		talk    bool
		noCalls bool
	}{"default": {source, false, false}, "as said": {said, true, true}} {
		p, err := policy.Load([]byte(c.source))
		if err != nil {
			t.Fatal(err)
		}
		terms, _, _, err := p.Terms(hold.Request{Kind: hold.KindTransfer, Amount: hold.Money{Minor: 1, Currency: "EUR"},
			Risk: hold.Risk{Reasons: []string{"other"}}}, policy.Customer{}, 1)
		if err != nil {
			t.Fatal(err)
		}
		k := terms.Callback
		if k.TalkSuffices(hold.Money{Minor: 5000, Currency: "EUR"}) != c.talk || k.TalkSuffices(hold.Money{Minor: 5001, Currency: "EUR"}) ||
			k.TalkSuffices(hold.Money{Minor: 1, Currency: "GBP"}) || k.NoUrgent != c.noCalls {
			t.Errorf("%s: %+v", name, k)
		}
	}
}
