package policy

import (
	"os"
	"testing"

	"holdfast/hold"
)

// The default and the example are what banks start from: no fault, enough
// reasons, and every sentence in both locales.
func TestBuiltInPoliciesLoad(t *testing.T) {
	t.Parallel()
	demo, err := os.ReadFile("../examples/demo-policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, source := range map[string][]byte{"default": defaultSource, "demo": demo} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := Load(source)
			if err != nil {
				t.Fatal(err)
			}
			scams := 0
			for code, r := range p.reasons {
				if r.Customer.En == "" || r.Customer.ZhHans == "" || r.Agent.En == "" || r.Agent.ZhHans == "" || len(r.Script.En) == 0 ||
					len(r.Script.ZhHans) != len(r.Script.En) {
					t.Errorf("%s lacks a text or a script", code)
				}
				if r.Scam {
					scams++
					if r.Warning.En == "" || r.Warning.ZhHans == "" {
						t.Errorf("%s lacks a warning", code)
					}
				}
			}
			if len(p.reasons) < 8 || scams < 3 {
				t.Errorf("%d reasons, %d of them scams; want at least 8 and 3", len(p.reasons), scams)
			}
		})
	}
}

func TestDefaultChoosesLadders(t *testing.T) {
	t.Parallel()
	request := func(change func(*hold.Request)) hold.Request {
		r := hold.Request{
			Kind: hold.KindTransfer, Amount: hold.Money{Minor: 5000, Currency: "EUR"},
			Risk: hold.Risk{Score: 500, Reasons: []string{"new_payee"}},
		}
		change(&r)
		return r
	}
	oneDevice := Customer{Devices: 1, Phones: 1}
	tests := map[string]struct {
		req      hold.Request
		customer Customer
		rule     string
		ladder   string
	}{
		"transfer":  {request(func(*hold.Request) {}), oneDevice, "standard", "standard"},
		"card":      {request(func(r *hold.Request) { r.Kind = hold.KindCard }), oneDevice, "card", "card"},
		"scam":      {request(func(r *hold.Request) { r.Risk.Reasons = []string{"romance"} }), oneDevice, "scam", "scam"},
		"frozen":    {request(func(*hold.Request) {}), Customer{Devices: 1, Frozen: true}, "frozen", "call"},
		"no device": {request(func(*hold.Request) {}), Customer{Phones: 1}, "no-device", "text"},
		"large":     {request(func(r *hold.Request) { r.Amount.Minor = 1000000 }), oneDevice, "large-or-risky", "large"},
		"mismatch":  {request(func(r *hold.Request) { r.Payee.NameCheck = hold.NameNoMatch }), oneDevice, "large-or-risky", "large"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			terms, _, x, err := Default().Terms(tt.req, tt.customer, 1)
			if err != nil || terms.Rule != tt.rule || terms.Ladder.Name != tt.ladder {
				t.Errorf("rule %s, ladder %s, err %v; want %s, %s\n%s", terms.Rule, terms.Ladder.Name, err, tt.rule, tt.ladder, x)
			}
		})
	}
}
