package policy

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/interview"
)

// Every kind of scam that the built-in policy knows is come to from some facts, and
// the ladder asks about it on every channel that it asks on.
func TestDefaultReachesEveryScenario(t *testing.T) {
	t.Parallel()
	says := func(sig hold.Signals) func(*hold.Request, *Customer) {
		return func(_ *hold.Request, c *Customer) { c.Signals = sig }
	}
	reasons := func(codes ...string) func(*hold.Request, *Customer) {
		return func(r *hold.Request, _ *Customer) { r.Risk.Reasons = codes }
	}
	tests := map[string]struct {
		change       func(*hold.Request, *Customer)
		want, ladder string
		kind         hold.Kind
		minor        int64
		check        hold.NameCheck
	}{
		"remote access":       {change: reasons("remote_access"), want: "remote_access", ladder: "scam"},
		"a remote tool":       {change: says(hold.Signals{RemoteTool: hold.Yes}), want: "remote_access", ladder: "large"},
		"a shared screen":     {change: says(hold.Signals{ScreenShared: hold.Yes}), want: "remote_access", ladder: "large"},
		"an authority":        {change: reasons("authority"), want: "police", ladder: "scam"},
		"cash":                {change: reasons("impersonation"), want: "police", ladder: "scam", kind: hold.KindCashOut},
		"the bank":            {change: reasons("impersonation"), want: "safe_account", ladder: "scam"},
		"on a call":           {change: says(hold.Signals{OnCall: hold.Yes}), want: "safe_account", ladder: "large", minor: 1000000},
		"investment":          {change: reasons("new_payee", "investment"), want: "investment", ladder: "scam"},
		"romance":             {change: reasons("romance"), want: "romance", ladder: "scam"},
		"fee":                 {change: reasons("advance_fee"), want: "advance_fee", ladder: "scam"},
		"job":                 {change: reasons("job"), want: "job", ladder: "scam"},
		"family":              {change: reasons("family"), want: "family", ladder: "scam"},
		"passing on":          {change: reasons("passing_on"), want: "mule", ladder: "large"},
		"mule's account":      {change: reasons("mule_account", "many_payments"), want: "mule", ladder: "large", minor: 1000000},
		"purchase":            {change: reasons("purchase"), want: "purchase", ladder: "large"},
		"rental":              {change: reasons("rental"), want: "rental", ladder: "large"},
		"changed account":     {change: reasons("changed_account"), want: "invoice", ladder: "large"},
		"another's name":      {want: "invoice", ladder: "large", check: hold.NameNoMatch},
		"large alone":         {want: General, ladder: "large", minor: 1000000},
		"small":               {want: "", ladder: "standard"},
		"by card":             {change: reasons("purchase"), want: "", ladder: "card", kind: hold.KindCard},
		"an overlay, unasked": {change: says(hold.Signals{Overlay: hold.Yes}), want: "", ladder: "standard"},
	}
	reached := map[string]bool{}
	for name, tt := range tests {
		reached[tt.want] = true
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req, customer := transfer("new_payee"), Customer{Devices: 1, Phones: 1}
			req.Amount.Minor = max(tt.minor, 5000)
			req.Payee.NameCheck = tt.check
			if tt.kind != "" {
				req.Kind = tt.kind
			}
			if tt.change != nil {
				tt.change(&req, &customer)
			}
			terms, _, x, err := Default().Terms(req, customer, now)
			if err != nil || terms.Ladder.Name != tt.ladder || x.Scenario != tt.want {
				t.Errorf("ladder %s, scenario %q, %v\n%s", terms.Ladder.Name, x.Scenario, err, x)
			}
			for _, r := range terms.Ladder.Rungs {
				for _, a := range r.Asks {
					if a.Interview != tt.want {
						t.Errorf("%s asks about %q", r.Name, a.Interview)
					}
				}
			}
		})
	}
	for _, s := range Default().scenarios {
		if !reached[s.Code] {
			t.Errorf("nothing here comes to %s", s.Code)
		}
	}
	if len(Default().scenarios) != 13 {
		t.Errorf("%d scenarios, want twelve and general", len(Default().scenarios))
	}
}

// What names what a question is after teaches whoever coaches the customer.
var naming = regexp.MustCompile(`(?i)scam|fraud|swindl|诈|骗|欺`)

// What the customer reads before paying is in both languages, short where it warns,
// and no question and no answer says what it is after.
func TestDefaultInterviewIsWorded(t *testing.T) {
	t.Parallel()
	han := regexp.MustCompile(`\p{Han}`)
	both := func(t *testing.T, what string, text Text) {
		t.Helper()
		if text.En == "" || han.MatchString(text.En) || !han.MatchString(text.ZhHans) || strings.ContainsAny(text.En+text.ZhHans, "\n\t") {
			t.Errorf("%s is not in both languages: %+v", what, text)
		}
	}
	for _, s := range Default().scenarios {
		t.Run(s.Code, func(t *testing.T) {
			t.Parallel()
			used := map[string]bool{s.DeviceWarning: true}
			for _, q := range s.Questions {
				both(t, q.Code, q.Text)
				if naming.MatchString(q.Text.En + q.Text.ZhHans) {
					t.Errorf("%s says what it is after", q.Code)
				}
				harmless := false
				for _, o := range q.Options {
					both(t, q.Code+" "+o.Code, o.Text)
					if naming.MatchString(o.Text.En + o.Text.ZhHans) {
						t.Errorf("%s of %s says what it is after", o.Code, q.Code)
					}
					harmless, used[o.Warning] = harmless || o.Then == interview.None, true
				}
				if !harmless {
					t.Errorf("%s has no answer for who has nothing to fear", q.Code)
				}
			}
			for _, w := range s.Warnings {
				both(t, w.Code, w.Text)
				if n := len(strings.Fields(w.Text.En)); n >= 40 || n < 12 {
					t.Errorf("%s has %d words", w.Code, n)
				}
				if n := characters(w.Text.ZhHans); n > 90 || n < 20 {
					t.Errorf("%s has %d Chinese characters", w.Code, n)
				}
				if !strings.Contains(w.Text.En, "never") && !strings.Contains(w.Text.En, "Nor do we") || !strings.Contains(w.Text.ZhHans, "我们") {
					t.Errorf("%s does not say what the bank never does: %s %s", w.Code, w.Text.En, w.Text.ZhHans)
				}
				if !used[w.Code] {
					t.Errorf("no answer leads to %s", w.Code)
				}
			}
		})
	}
}

// The catalogue: the two first questions with their yes coming to a call, then two to
// four; and each wait within the deadline of whoever can come to it.
func TestDefaultScenarios(t *testing.T) {
	t.Parallel()
	waits := map[string]time.Duration{"remote_access": 12 * time.Hour, "police": 48 * time.Hour, "safe_account": 20 * time.Hour,
		"investment": 48 * time.Hour, "romance": 48 * time.Hour, "advance_fee": 24 * time.Hour, "job": 24 * time.Hour,
		"family": 12 * time.Hour, "mule": 0, "invoice": 20 * time.Hour, "purchase": 4 * time.Hour, "rental": 20 * time.Hour,
		General: 12 * time.Hour}
	for _, s := range Default().scenarios {
		if s.Wait != waits[s.Code] {
			t.Errorf("%s waits %s, want %s", s.Code, s.Wait, waits[s.Code])
		}
		if s.Questions[0].Code != "company" || s.Questions[1].Code != "told" || s.Contradiction != interview.Talk {
			t.Errorf("%s begins with %s and %s", s.Code, s.Questions[0].Code, s.Questions[1].Code)
		}
		if s.Code == General {
			continue
		}
		strictest := interview.None
		for _, q := range s.Questions[2:] {
			for _, o := range q.Options {
				strictest = strictest.Max(o.Then)
			}
		}
		if !strictest.AtLeast(interview.Wait) {
			t.Errorf("nothing that is answered to %s comes to a wait", s.Code)
		}
	}
	s, _ := Default().Scenario(General)
	for _, answers := range [][2]string{{"call", "no"}, {"screen", "no"}, {"no", "yes"}, {"no", "unsaid"}} {
		r, err := s.Rule([]interview.Said{{Question: "company", Answer: answers[0]}, {Question: "told", Answer: answers[1]}}, hold.Signals{})
		if err != nil || r.Level != interview.Talk {
			t.Errorf("%v: %+v, %v", answers, r, err)
		}
	}
	denied := []interview.Said{{Question: "company", Answer: "no"}, {Question: "told", Answer: "no"}}
	for _, sig := range []hold.Signals{{OnCall: hold.Yes}, {ScreenShared: hold.Yes}, {RemoteTool: hold.Yes}} {
		r, err := s.Rule(denied, sig)
		if err != nil || r.Level != interview.Talk || !slices.Equal(r.Contradicted, []string{"company"}) {
			t.Errorf("%+v: %+v, %v", sig, r, err)
		}
	}
	if r, err := s.Rule(denied, hold.Signals{}); err != nil || r.Level != interview.None {
		t.Errorf("nothing known, nothing said: %+v, %v", r, err)
	}
}
