package policy

import (
	"strings"
	"sync"
	"testing"
)

// A fault inside a condition is shown where it stands in the file, whatever
// way the YAML writes the text.
func TestConditionFaults(t *testing.T) {
	t.Parallel()
	const rest = "    ladder: main\n  - {name: all, ladder: main}\n" + laddersPart + reasonsPart
	when := func(text string) string { return head + "rules:\n  - name: a\n    when: " + text + "\n" + rest }
	tests := map[string]struct {
		source string
		want   []at
	}{
		"plain":            {when("hold.risk.scor > 5"), []at{{4, 20, "rules[0].when", "undefined field 'scor'"}}},
		"at the start":     {when("hld.scam"), []at{{4, 11, "rules[0].when", "undeclared reference to 'hld'"}}},
		"single quotes":    {when(`'hold.kind == "card" && hold.scm'`), []at{{4, 39, "rules[0].when", "'scm'"}}},
		"doubled quote":    {when(`'hold.kind == ''card'' && hold.scm'`), []at{{4, 41, "rules[0].when", "'scm'"}}},
		"double quotes":    {when(`"hold.kind == \"card\" && hold.scm"`), []at{{4, 41, "rules[0].when", "'scm'"}}},
		"literal block":    {when("|\n      hold.scam &&\n        hold.scm"), []at{{6, 13, "rules[0].when", "'scm'"}}},
		"folded block":     {when(">-\n      hold.scam &&\n      hold.scm"), []at{{6, 11, "rules[0].when", "'scm'"}}},
		"plain, two lines": {when("hold.scam &&\n      hold.scm"), []at{{5, 11, "rules[0].when", "'scm'"}}},
		"two faults":       {when("hold.scm || hold.amont > 1"), []at{{4, 15, "rules[0].when", "'scm'"}, {4, 27, "rules[0].when", "'amont'"}}},
		"syntax":           {when("hold.scam &&"), []at{{4, 23, "rules[0].when", "mismatched input"}}},
		"not a bool":       {when("hold.amount"), []at{{4, 11, "rules[0].when", "must be true or false, but is int"}}},
		"dyn":              {when("dyn(hold.scam)"), []at{{4, 11, "rules[0].when", "but is dyn"}}},
		"type mismatch":    {when(`hold.amount > "5"`), []at{{4, 23, "rules[0].when", "no matching overload"}}},
		"empty":            {when(`""`), []at{{4, 11, "rules[0].when", "empty"}}},
		"a list":           {when("[a]"), []at{{4, 11, "rules[0].when", "must be text"}}},
		"payee's name":     {when(`hold.payee.name == "x"`), []at{{4, 21, "rules[0].when", "undefined field 'name'"}}},
		"unknown kind":     {when(`hold.kind == "cheque"`), []at{{4, 24, "rules[0].when", "hold.kind never"}}},
		"unknown in list":  {when(`hold.kind in ["card", "cheque"]`), []at{{4, 33, "rules[0].when", "hold.kind never"}}},
		"unknown check":    {when(`(hold.payee.name_check != "nomatch")`), []at{{4, 37, "rules[0].when", "name_check never"}}},
		"unknown reason":   {when(`customer.frozen || "scma" in hold.risk.reasons`), []at{{4, 30, "rules[0].when", "hold.risk.reasons never"}}},
		"bad regex":        {when(`hold.currency.matches("[")`), []at{{4, 33, "rules[0].when", "invalid matches argument"}}},
		"too long": {when(`hold.currency == "` + strings.Repeat("x", maxCondition) + `"`),
			[]at{{4, 11, "rules[0].when", "at most 4096"}}},
		"too many words": {when("true" + strings.Repeat("||true", 600)), []at{{4, 11, "rules[0].when", ""}}},
		"too deep":       {when(strings.Repeat("(", 500) + "true" + strings.Repeat(")", 500)), []at{{4, 11, "rules[0].when", ""}}},
		"cost bomb":      {when("(" + bomb + ")"), []at{{4, 11, "rules[0].when", "may cost too much"}}},
		"regex bomb":     {when(`hold.currency.matches("((a{100}){100}){100}")`), []at{{4, 33, "rules[0].when", ""}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkFaults(t, tt.source, tt.want)
		})
	}
}

// Policies are loaded beside each other: the race detector sees what they share.
func TestConditionsCompileAtOnce(t *testing.T) {
	t.Parallel()
	for range 20 {
		env, err := newEnvironment()
		if err != nil {
			t.Fatal(err)
		}
		var compiles sync.WaitGroup
		for range 4 {
			compiles.Go(func() {
				if _, issues := compile(env, "hold.nothing || unknown"); issues.Err() == nil {
					t.Error("an unknown name compiles")
				}
			})
			compiles.Go(func() {
				if _, issues := compile(env, "[1, 2].all(a, [a].all(b, b > 0))"); issues.Err() != nil {
					t.Error(issues.Err())
				}
			})
		}
		compiles.Wait()
	}
}

// bomb evaluates its innermost part 10^6 times.
const bomb = `[0,1,2,3,4,5,6,7,8,9].all(a, [0,1,2,3,4,5,6,7,8,9].all(b, [0,1,2,3,4,5,6,7,8,9].all(c, ` +
	`[0,1,2,3,4,5,6,7,8,9].all(d, [0,1,2,3,4,5,6,7,8,9].all(e, [0,1,2,3,4,5,6,7,8,9].all(f, a+b+c+d+e+f >= 0))))))`

func TestConditionsThatLoad(t *testing.T) {
	t.Parallel()
	for _, when := range []string{
		`hold.kind == "card" && hold.amount > 10000 && hold.currency == "EUR"`,
		`hold.risk.score >= 800 || "fraud" in hold.risk.reasons || hold.risk.model.startsWith("v2")`,
		`hold.payee.country in ["KP", "IR"] && hold.payee.name_check != "match"`,
		`hold.origin.channel == "web" && customer.devices > 0 && customer.phones >= 1 && !customer.frozen`,
		`hold.risk.reasons.exists(r, r == "fraud") && size(hold.risk.reasons) > 1`,
		`hold.scam`,
	} {
		mustLoad(t, head, "rules:\n  - name: a\n    when: |\n      ", when, "\n    ladder: main\n  - {name: all, ladder: main}\n", laddersPart,
			reasonsPart)
	}
}
