package policy

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"holdfast/hold"

	"pgregory.net/rapid"
)

const now = hold.Instant(1_700_000_000_000_000)

func transfer(reasons ...string) hold.Request {
	return hold.Request{Kind: hold.KindTransfer, Amount: hold.Money{Minor: 1, Currency: "EUR"}, Risk: hold.Risk{Reasons: reasons}}
}

// A request may shorten the deadline and never lengthen it; a scam reason goes
// before the kind.
func TestDeadline(t *testing.T) {
	t.Parallel()
	p := mustLoad(t, head, "deadlines: {card: 5m, scam: 48h}\n", reasonsPart, laddersPart, rulesPart)
	card := transfer("other")
	card.Kind = hold.KindCard
	tests := map[string]struct {
		req       hold.Request
		requested time.Duration // from now; 0: none
		want      time.Duration
	}{
		"by kind":              {card, 0, 5 * time.Minute},
		"default of the kind":  {transfer("other"), 0, 24 * time.Hour},
		"scam":                 {transfer("other", "fraud"), 0, 48 * time.Hour},
		"shortened":            {transfer("other"), time.Hour, time.Hour},
		"shortened scam":       {transfer("fraud"), time.Hour, time.Hour},
		"later is ignored":     {card, time.Hour, 5 * time.Minute},
		"past is left to tell": {card, -time.Hour, -time.Hour},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tt.requested != 0 {
				tt.req.Deadline = now.Add(tt.requested)
			}
			_, deadline, x, err := p.Terms(tt.req, Customer{}, now)
			if err != nil || deadline.Sub(now) != tt.want || x.Deadline != deadline {
				t.Errorf("deadline after %s, err %v; want %s", deadline.Sub(now), err, tt.want)
			}
		})
	}
}

func TestUnknownKindIsAnError(t *testing.T) {
	t.Parallel()
	_, _, _, err := Default().Terms(hold.Request{Kind: "cheque"}, Customer{}, now)
	if !errors.Is(err, ErrUnknownKind) {
		t.Errorf("error %v", err)
	}
}

// Codes that the catalogue does not have count as "other", for conditions too.
func TestUnknownReasonsCountAsOther(t *testing.T) {
	t.Parallel()
	p := mustLoad(t, head, reasonsPart, laddersPart, `rules:
  - {name: others, when: '"other" in hold.risk.reasons && hold.risk.reasons.size() == 1', ladder: main}
  - {name: all, ladder: main}
`)
	terms, _, x, err := p.Terms(transfer("zzz", "yyy"), Customer{}, now)
	if err != nil || terms.Rule != "others" || terms.Scam {
		t.Errorf("terms %+v, err %v", terms, err)
	}
	if !reflect.DeepEqual(x.UnknownReasons, []string{"zzz", "yyy"}) {
		t.Errorf("unknown reasons %q", x.UnknownReasons)
	}
}

// A condition that fails when it runs is no match, and says so.
func TestFailingConditionFallsThrough(t *testing.T) {
	t.Parallel()
	p := mustLoad(t, head, reasonsPart, laddersPart, `rules:
  - {name: divides, when: 1000 / hold.amount > 5, ladder: main}
  - name: costs
    when: hold.risk.model.matches("(a|b)*c") || hold.risk.model.contains("d")
    ladder: main
  - {name: all, ladder: main}
`)
	req := transfer("other")
	req.Amount.Minor = 0
	req.Risk.Model = strings.Repeat("a", 1<<20) // far beyond what the API lets in
	terms, _, x, err := p.Terms(req, Customer{}, now)
	if err != nil || terms.Rule != "all" {
		t.Fatalf("rule %s, err %v", terms.Rule, err)
	}
	for i, says := range []string{"division by zero", "cost limit"} {
		if x.Tried[i].Outcome != Failed || !strings.Contains(x.Tried[i].Why, says) {
			t.Errorf("tried %+v, want an error that says %q", x.Tried[i], says)
		}
	}
}

func TestExplanation(t *testing.T) {
	t.Parallel()
	p := mustLoad(t, head, reasonsPart, `ladders:
  main:
    rungs:
      - name: text
        ask: [{channel: sms, not_between: {from: "22:00", to: "07:00"}}, {channel: push, min_uv: pin}]
        timeout: 5m
    exhausted: callback
rules:
  - name: big
    when: |
      hold.amount > 100 &&
      hold.kind == "card"
    ladder: main
  - {name: all, ladder: main}
sms: {ceilings: {EUR: 50000}, countries: [DE]}
`)
	_, _, x, err := p.Terms(transfer("fraud", "no\nvel"), Customer{}, now)
	if err != nil {
		t.Fatal(err)
	}
	want := `policy test, version ` + p.Version() + `
rule big (line 17): not matched: the condition is false
    when hold.amount > 100 && hold.kind == "card"
rule all (line 22): matched: has no condition
reason "no\nvel" is unknown and counts as other
scam (fraud): released only by a callback
deadline 2023-11-17T22:13:20Z (scam: 72h)
ladder main
   1. text: sms, valid 5m, not 22:00–07:00 + push with pin (any) for 5m; approved → release, refused → reverse, unanswered → next, undeliverable → next
   2. exhausted: callback (any) for 72h; approved → release, refused → reverse, unanswered → next, undeliverable → next
      then wait
`
	if got := x.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	b, err := json.Marshal(x)
	if err != nil || !strings.Contains(string(b), `"outcome":"not_matched"`) {
		t.Errorf("JSON %s, err %v", b, err)
	}
}

// Whatever the request, Terms gives a ladder as Load accepted it, a deadline
// within the policy's, and terms that a caller cannot change for others.
func TestTermsAlwaysGiveALoadedLadder(t *testing.T) {
	t.Parallel()
	p := Default()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringN(0, 80, -1)
		req := hold.Request{
			Kind:   rapid.SampledFrom(hold.Kinds).Draw(t, "kind"),
			Amount: hold.Money{Minor: rapid.Int64().Draw(t, "amount"), Currency: text.Draw(t, "currency")},
			Payee:  hold.Payee{Country: text.Draw(t, "country"), NameCheck: hold.NameCheck(text.Draw(t, "check"))},
			Origin: hold.Origin{Channel: text.Draw(t, "origin")},
			Risk: hold.Risk{Score: rapid.Int().Draw(t, "score"),
				Reasons: rapid.SliceOf(rapid.OneOf(text, rapid.SampledFrom([]string{"romance", "new_payee"}))).Draw(t, "reasons"),
				Model:   text.Draw(t, "model")},
			Deadline: hold.Instant(rapid.Int64Range(0, 2*int64(now)).Draw(t, "deadline")),
		}
		customer := Customer{Devices: rapid.IntRange(0, 5).Draw(t, "devices"), Phones: rapid.IntRange(0, 5).Draw(t, "phones"),
			Frozen: rapid.Bool().Draw(t, "frozen"), Signals: hold.Signals{RemoteTool: hold.Sign(text.Draw(t, "remote_tool"))}}

		terms, deadline, x, err := p.Terms(req, customer, now)

		if err != nil {
			t.Fatal(err)
		}
		loaded := cloneLadder(p.ladders[terms.Ladder.Name])
		for i, r := range loaded.Rungs {
			for j, a := range r.Asks {
				if _, ok := p.Scenario(terms.Ladder.Rungs[i].Asks[j].Interview); a.Interview == auto && ok {
					loaded.Rungs[i].Asks[j].Interview = x.Scenario
				}
			}
		}
		if len(loaded.Rungs) == 0 || !reflect.DeepEqual(terms.Ladder, loaded) {
			t.Fatalf("ladder %+v is not as loaded", terms.Ladder)
		}
		if deadline > now.Add(p.deadlines.longest()) || (req.Deadline != 0 && deadline > req.Deadline) {
			t.Fatalf("deadline %s is too late", deadline)
		}
		if terms.Scam != (len(x.ScamReasons) > 0) || terms.PolicyVersion != p.Version() || x.Tried[len(x.Tried)-1].Rule != terms.Rule {
			t.Fatalf("terms %+v do not fit the explanation", terms)
		}
		terms.Ladder.Rungs[0].Asks[0].Channel = "changed"
		if p.ladders[terms.Ladder.Name].Rungs[0].Asks[0].Channel == "changed" {
			t.Fatal("a caller changed the policy")
		}
	})
}
