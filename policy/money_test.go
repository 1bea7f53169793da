package policy

import (
	"os"
	"strings"
	"testing"

	"holdfast/hold"
)

// rule writes a policy whose first rule has the condition.
func moneyRule(when string) string {
	return head + "rules:\n  - name: large\n    when: |\n      " + when + "\n    ladder: main\n  - {name: all, ladder: main}\n" +
		laddersPart + reasonsPart
}

// Money is compared with money: in each currency's own units, with its own digits.
// An amount in a currency that the threshold lacks counts as above it.
func TestMoney(t *testing.T) {
	t.Parallel()
	const table = `money({"EUR": 10000, "HUF": 4000000, "JPY": 1500000, "KWD": 3000})`
	for name, c := range map[string]struct {
		when  string
		money hold.Money
		want  bool
	}{
		"at it":                {`amount >= money("EUR", 10000)`, hold.Money{Minor: 1_000_000, Currency: "EUR"}, true},
		"a cent below":         {`amount >= money("EUR", 10000)`, hold.Money{Minor: 999_999, Currency: "EUR"}, false},
		"not above it":         {`amount > money("EUR", 10000)`, hold.Money{Minor: 1_000_000, Currency: "EUR"}, false},
		"the other way round":  {`money("EUR", 10000) <= amount`, hold.Money{Minor: 1_000_000, Currency: "EUR"}, true},
		"HUF 10,000 is little": {`amount >= ` + table, hold.Money{Minor: 1_000_000, Currency: "HUF"}, false},
		"HUF 4,000,000":        {`amount >= ` + table, hold.Money{Minor: 400_000_000, Currency: "HUF"}, true},
		"no digits":            {`amount >= ` + table, hold.Money{Minor: 1_500_000, Currency: "JPY"}, true},
		"no digits, below":     {`amount >= ` + table, hold.Money{Minor: 1_499_999, Currency: "JPY"}, false},
		"three digits":         {`amount >= ` + table, hold.Money{Minor: 3_000_000, Currency: "KWD"}, true},
		"three digits, below":  {`amount >= ` + table, hold.Money{Minor: 2_999_999, Currency: "KWD"}, false},
		"not named":            {`amount >= ` + table, hold.Money{Minor: 1, Currency: "SEK"}, true},
		"not named, small":     {`amount < ` + table, hold.Money{Minor: 1, Currency: "SEK"}, false},
		"not named, above":     {`amount > ` + table, hold.Money{Minor: 1, Currency: "SEK"}, true},
		"not named, at most":   {`amount <= ` + table, hold.Money{Minor: 1, Currency: "SEK"}, false},
		"not named, turned":    {`money("EUR", 1) > amount`, hold.Money{Minor: 1, Currency: "SEK"}, false},
		"minor units, as ever": {`hold.amount >= 1000000`, hold.Money{Minor: 1_000_000, Currency: "EUR"}, true},
		"more than can be":     {`amount >= money("EUR", 9007199254740993)`, hold.Money{Minor: hold.MaxMinor - 1, Currency: "EUR"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := mustLoad(t, moneyRule(c.when))
			terms, _, x, err := p.Terms(hold.Request{Kind: hold.KindTransfer, Amount: c.money, Risk: hold.Risk{Reasons: []string{"other"}}},
				Customer{}, now)
			if err != nil || (terms.Rule == "large") != c.want || x.Tried[0].Outcome == Failed {
				t.Errorf("%s: rule %s, %v\n%s", c.when, terms.Rule, err, x)
			}
			if strings.HasPrefix(name, "not named") != strings.Contains(x.String(), `a threshold lacks "SEK"`) {
				t.Errorf("the explanation is\n%s", x)
			}
		})
	}
}

// What is wrong with a threshold stands where it is written.
func TestMoneyFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		source string
		want   []at
	}{
		"no currency":    {moneyRule(`amount > money("EURO", 1)`), []at{{5, 22, "rules[0].when", "is no currency"}}},
		"not written":    {moneyRule(`amount > money(hold.currency, 1)`), []at{{5, 26, "rules[0].when", "both written out"}}},
		"no table":       {moneyRule(`amount > money({"EUR": hold.amount})`), []at{{5, 23, "rules[0].when", "both written out"}}},
		"below zero":     {moneyRule(`amount > money("EUR", -1)`), []at{{5, 22, "rules[0].when", "both written out"}}},
		"a fraction":     {moneyRule(`amount > money("EUR", 1.5)`), []at{{5, 21, "rules[0].when", "no matching overload"}}},
		"a bare number":  {moneyRule(`amount > 10000`), []at{{5, 14, "rules[0].when", "no matching overload"}}},
		"equality":       {moneyRule(`amount == money("EUR", 1)`), []at{{5, 14, "rules[0].when", "no matching overload"}}},
		"against itself": {moneyRule(`amount > amount`), []at{{5, 14, "rules[0].when", "no matching overload"}}},
		"lacks a ceiling's": {moneyRule(`amount > money("EUR", 1)`) + "sms: {ceilings: {EUR: 1, HUF: 1, SEK: 1}, countries: [DE]}\n",
			[]at{{4, 11, "rules[0].when", "a threshold lacks HUF, SEK, which the policy names elsewhere"}}},
		"lacks another's": {moneyRule(`amount > money("EUR", 1) || amount > money("HUF", 400)`),
			[]at{{4, 11, "rules[0].when", "lacks HUF"}, {4, 11, "rules[0].when", "lacks EUR"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkFaults(t, c.source, c.want)
		})
	}
	mustLoad(t, moneyRule(`hold.currency == "EUR" && amount > money("EUR", 1)`), "sms: {ceilings: {EUR: 1, HUF: 1}, countries: [DE]}\n")
}

// A policy from before loads, and is told what to mend. What Holdfast ships needs no
// mending.
func TestWarnings(t *testing.T) {
	t.Parallel()
	p := mustLoad(t, moneyRule(`hold.amount >= 1000000`),
		"sms: {ceilings: {EUR: 1, HRK: 1}, countries: [DE]}\ncallback: {four_eyes: {EUR: 1, CNH: 1}}\n")
	var got []string
	for _, w := range p.Warnings() {
		got = append(got, w.String())
	}
	all := strings.Join(got, "\n")
	for _, want := range []string{"rules[0].when: compares minor units", "sms.ceilings.HRK: HRK is not on ISO 4217's list",
		"callback.four_eyes.CNH: CNH is not on"} {
		if !strings.Contains(all, want) || len(got) != 3 {
			t.Errorf("%q lacks %q", all, want)
		}
	}
	demo, err := os.ReadFile("../examples/demo-policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range []string{string(defaultSource), string(demo), moneyRule(`hold.currency == "EUR" && hold.amount > 5`)} {
		if w := mustLoad(t, source).Warnings(); len(w) > 0 {
			t.Error(w)
		}
	}
}
