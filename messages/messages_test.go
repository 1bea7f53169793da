package messages_test

import (
	"strings"
	"testing"
	"unicode"

	"holdfast/currencies"
	"holdfast/hold"
	"holdfast/messages"

	"pgregory.net/rapid"
)

func TestSafe(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Anna Kovacs":               "Anna Kovacs",
		"陈伟":                        "陈伟",
		"Anna\nApproved: pay":       "Anna�Approved: pay",
		"Anna\u202eslavok":          "Anna�slavok",
		"A\u200bB\ufeffC":           "A�B�C",
		"  two   blanks  ":          "two blanks",
		"Zoe\u0301":                 "Zoé",
		strings.Repeat("x", 10_000): strings.Repeat("x", 140) + "…",
		"line\u2028separator":       "line�separator",
		"hangul\u3164filler":        "hangul�filler",
		"tag\U000e0041":             "tag�",
		"bad \xff utf8":             "bad � utf8",
	} {
		if got := messages.Safe(in); got != want {
			t.Errorf("Safe(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestSafeIsOneVisibleLine(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := messages.Safe(rapid.String().Draw(t, "name"))
		for _, r := range s {
			if r != ' ' && (!unicode.IsGraphic(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
				t.Fatalf("%q shows %U", s, r)
			}
		}
		if n := len([]rune(s)); n > 141 {
			t.Fatalf("%d letters", n)
		}
	})
}

func TestEveryOutcomeIsTold(t *testing.T) {
	t.Parallel()
	for _, why := range []hold.Reason{hold.ReasonApproved, hold.ReasonRefused, hold.ReasonNotMe, hold.ReasonDeadline,
		hold.ReasonUnanswered, hold.ReasonUndeliverable, hold.ReasonExhausted, hold.ReasonOverride, "new"} {
		for _, o := range []hold.Outcome{hold.Release, hold.Reverse} {
			en := messages.Outcome(hold.Decision{Outcome: o, Reason: why}, "en-GB")
			zh := messages.Outcome(hold.Decision{Outcome: o, Reason: why}, "zh-Hans-CN")
			if en == "" || zh == "" || en == zh {
				t.Errorf("%s for %s: %q, %q", o, why, en, zh)
			}
			if o == hold.Reverse && strings.Contains(en, "on its way") {
				t.Errorf("a reversal is told as a release: %q", en)
			}
		}
	}
}

func TestMasked(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"DE02100100100006820101": "…0101", "1234": "…", "": "…"} {
		if got := messages.Masked(in); got != want {
			t.Errorf("Masked(%q) = %q", in, got)
		}
	}
}

func TestAmount(t *testing.T) {
	t.Parallel()
	for want, m := range map[string]hold.Money{
		"EUR 1250.00": {Minor: 125000, Currency: "EUR"}, "EUR 0.05": {Minor: 5, Currency: "EUR"},
		"JPY 1250": {Minor: 1250, Currency: "JPY"}, "KWD 1.250": {Minor: 1250, Currency: "KWD"}, "CLF 0.1250": {Minor: 1250, Currency: "CLF"},
		"RSD 12500.00": {Minor: 1250000, Currency: "RSD"}, "COP 12500.00": {Minor: 1250000, Currency: "COP"}, "ISK 12500": {Minor: 12500, Currency: "ISK"},
		"EUR 90071992547409.92": {Minor: hold.MaxMinor, Currency: "EUR"},
		"HRK 12.50":             {Minor: 1250, Currency: "HRK"}, // a hold from before it was withdrawn
	} {
		if got := messages.Amount(m); got != want {
			t.Errorf("%+v is %q, want %q", m, got, want)
		}
	}
}

// A text has each currency's digits by ISO 4217's list; web/format.mjs holds the pages
// to the same one.
func TestAmountOfEveryCurrency(t *testing.T) {
	t.Parallel()
	for _, code := range currencies.Codes() {
		_, fraction, _ := strings.Cut(messages.Amount(hold.Money{Minor: 1234567, Currency: code}), ".")
		if len(fraction) != currencies.Digits(code) {
			t.Errorf("%s has %d digits, want %d", code, len(fraction), currencies.Digits(code))
		}
	}
}
