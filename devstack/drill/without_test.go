package drill

import (
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"holdfast/hold"
	"holdfast/interview"
	"holdfast/policy"
)

func demo(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile("../../examples/demo-policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What the people answer comes to what they are for, by the demo's policy.
func TestWhatTheySayComesTo(t *testing.T) {
	t.Parallel()
	p, err := policy.Load(demo(t))
	if err != nil {
		t.Fatal(err)
	}
	onCall := hold.Signals{OnCall: hold.Yes}
	tests := map[string]struct {
		who  Behaviour
		sig  hold.Signals
		want interview.Level
	}{
		"prompt":                    {Prompt, hold.Signals{}, interview.None},
		"liar":                      {Liar, hold.Signals{}, interview.None},
		"liar whose phone tells":    {Liar, onCall, interview.Talk},
		"coached whose phone tells": {Coached, onCall, interview.Talk},
		"believer":                  {Believer, hold.Signals{}, interview.Warn},
		"warned":                    {Warned, hold.Signals{}, interview.Warn},
		"cooler":                    {Cooler, hold.Signals{}, interview.Wait},
		"waiter":                    {Waiter, hold.Signals{}, interview.Wait},
		"teller":                    {Teller, hold.Signals{}, interview.Talk},
	}
	for name, x := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(20) {
				reasons := reasonsOf(x.who, []string{"new_payee"}, rand.New(rand.NewPCG(seed, 0)))
				s, ok := p.Scenario(scenarioOf(reasons))
				if !ok {
					t.Fatalf("no scenario of %v", reasons)
				}
				r, err := s.Rule(inApp(x.who, shown(s)), x.sig)
				if err != nil || r.Level != x.want {
					t.Errorf("%v: %s, want %s (%v)", reasons, r.Level, x.want, err)
				}
			}
		})
	}
}

// scenarioOf is whose signs the demo's policy sees in reasons.
func scenarioOf(reasons []string) string {
	switch {
	case slices.Contains(reasons, "purchase"):
		return "purchase"
	case slices.Contains(reasons, "name_mismatch"):
		return "invoice"
	}
	return policy.General
}

func shown(s interview.Scenario) (qs []interview.Asked) {
	for _, q := range s.Questions {
		out := interview.Asked{Code: q.Code}
		for _, o := range q.Options {
			out.Answers = append(out.Answers, interview.Offered{Code: o.Code})
		}
		qs = append(qs, out)
	}
	return qs
}

func TestWithout(t *testing.T) {
	t.Parallel()
	request := hold.Request{Kind: hold.KindTransfer, Amount: hold.Money{Minor: 100, Currency: "EUR"},
		Risk: hold.Risk{Reasons: []string{"purchase"}}}
	for _, part := range Removable {
		t.Run(string(part), func(t *testing.T) {
			t.Parallel()
			source, err := Without(demo(t), part)
			if err != nil {
				t.Fatal(err)
			}
			p, err := policy.Load(source)
			if err != nil {
				t.Fatal(err)
			}
			if p.Contacts().On == (part == Contact) {
				t.Errorf("contacts: %+v", p.Contacts())
			}
			terms, _, _, err := p.Terms(request, policy.Customer{Devices: 1}, 0)
			if err != nil {
				t.Fatal(err)
			}
			asked := terms.Ladder.Rungs[0].Asks[0].Interview
			s, _ := p.Scenario(asked)
			if part == Questions && asked != "" {
				t.Errorf("it asks about %s", asked)
			}
			if (part == Counterparty || part == Contact) && (asked != "purchase" || s.Wait == 0) {
				t.Errorf("it asks about %q and waits %s", asked, s.Wait)
			}
			if part == Waiting && (asked != "purchase" || s.Wait != 0) {
				t.Errorf("it asks about %q and waits %s", asked, s.Wait)
			}
			for _, q := range s.Questions {
				for _, o := range q.Options {
					if part != Counterparty && part != Contact && o.Then == interview.Wait {
						t.Errorf("%s %s leads to a wait", q.Code, o.Code)
					}
				}
			}
		})
	}
}

func TestParseParts(t *testing.T) {
	t.Parallel()
	if got, err := ParseParts("wait,interview,wait,counterparty"); err != nil || !slices.Equal(got, []Part{Waiting, Questions, Counterparty}) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := ParseParts("talk"); err == nil {
		t.Error("talk was taken")
	}
}
