package messages_test

import (
	"strings"
	"testing"
	"unicode"

	"holdfast/currencies"
	"holdfast/hold"
	"holdfast/locales"
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
			if r != ' ' && r != '\u200c' && r != '\u200d' && (!unicode.IsGraphic(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
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

// Who has the bank on the line is not told to hang up on it, nor to read out what was
// right.
func TestWhileTheBankIsOnTheLine(t *testing.T) {
	t.Parallel()
	for _, locale := range locales.Builtin().Tags() {
		for _, o := range []hold.Outcome{hold.Release, hold.Reverse} {
			d := hold.Decision{Outcome: o}
			on, off := messages.Reported(d, messages.BankOnLine, locale)+messages.Protected(messages.BankOnLine, locale)+
				messages.Calling(true, locale), messages.Reported(d, messages.NoCall, locale)
			for _, rings := range []string{messages.Reported(d, messages.BankCalls, locale), messages.Protected(messages.BankCalls, locale)} {
				if strings.Contains(rings, "ang up") || strings.Contains(rings, "挂断") || strings.Contains(rings, "egen Sie auf") {
					t.Errorf("%q: of the bank, too", rings)
				}
				if !strings.Contains(rings, "End any other call") && !strings.Contains(rings, "请结束其他通话") &&
					!strings.Contains(rings, "Beenden Sie jedes andere Gespräch") {
					t.Errorf("%q warns of nobody else", rings)
				}
			}
			for _, word := range []string{"Hang up", "hang up", "挂断", "Read this", "请只向来电者读出", "egen Sie auf", "Lesen Sie"} {
				if strings.Contains(on, word) {
					t.Errorf("%q has %s", on, word)
				}
			}
			if !strings.Contains(off, "Hang up") && !strings.Contains(off, "挂断") && !strings.Contains(off, "Legen Sie auf") {
				t.Errorf("%q tells nobody to hang up", off)
			}
		}
	}
}

// A customer's language is read from any tag of BCP 47.
func TestLocales(t *testing.T) {
	t.Parallel()
	for locale, chinese := range map[string]bool{"zh": true, "ZH-hans-CN": true, "zh-CN": true, "zh_CN": true, "zh-u-nu-hanidec": true,
		"zh-Hans-HK":        true,
		"zh-CN-u-rg-twzzzz": true, "zh-SG-x-tw": true, "zh-Hant": false, "zh-TW": false, "zh-hk-u-ca-roc": false, "en-GB-u-hc-h12": false,
		"": false, "zho": true} {
		if got := messages.Text("messages.replyNo").In(locale); (got == "否") != chinese {
			t.Errorf("%q is %s", locale, got)
		}
	}
}

func TestMasked(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"DE02100100100006820101": "…0101", "DE02 1001 0010 0006 82-01/01.": "…0101", "1234": "…", "": "…", "--- 12/34 ---": "…",
		"123.456.789-09": "…8909", "+5511987654321": "…4321", "+44 7700 900-123": "…0123", // PIX: a tax number, a phone
		"123e4567-e89b-12d3-a456-426614174000": "…4000", // PIX: a random key
		"anna.kovacs@example.com":              "an…@ex…", "anna@okaxis": "a…@ok…", "9876543210@upi": "98…@u…", "a@b": "…",
		"@example.com": "…ecom", "a@b@c.example": "…mple", "\u202eabcde": "…bcde",
	} {
		if got := messages.Masked(in); got != want {
			t.Errorf("Masked(%q) = %q, want %q", in, got, want)
		}
	}
}

// What somebody wrote is kept without the numbers of accounts, cards and phones in it.
func TestWithoutNumbers(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"my account DE02 1001 0010 0006 8201 01 is blocked": "my account …0101 is blocked",
		"de02100100100006820101":                            "…0101",
		"card 4111 1111 1111 1111, please":                  "card …1111, please",
		"sort code 20-00-00, account 55779911":              "sort code 20-00-00, account …9911",
		"call +39 333 123 4567":                             "call +…4567",
		"on 2026-03-01 at 12:00, 1250.00 EUR":               "on 2026-03-01 at 12:00, 1250.00 EUR",
		"付款到６２２２０２１２３４５６７８被暂缓":                              "付款到…被暂缓",
		"付款到 6222021234567890123 被暂缓":                       "付款到 …0123 被暂缓",
	} {
		if got := messages.WithoutNumbers(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

// Joiners stay where a name is spelled with them, and nowhere else.
func TestJoiners(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"نامه\u200cای":          "نامه\u200cای",         // Persian: a ZWNJ between joining letters
		"क्\u200dष राम":         "क्\u200dष राम",        // Hindi: a ZWJ after a virama
		"ශ්\u200dරී ලංකා":       "ශ්\u200dරී ලංකා",      // Sinhala
		"श्री\u200dx":           "श्री�x",               // after a vowel sign
		"Anna\u200cKovacs":      "Anna�Kovacs",          // Latin letters do not join
		"Anna\u200d":            "Anna�",                //
		"\u200cنام":             "�نام",                 // nothing before it
		"👩\u200d💻":              "👩�💻",                  // a picture
		"نامه\u200cای a\u200cb": "نامه\u200cای a�b",     // each word by itself
		"தமிழ்ச்செல்வி O’Neil":  "தமிழ்ச்செல்வி O’Neil", // vowel signs and U+2019
	} {
		if got := messages.Safe(in); got != want {
			t.Errorf("Safe(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestAmount(t *testing.T) {
	t.Parallel()
	for want, m := range map[string]hold.Money{
		"EUR 1250.00": {Minor: 125000, Currency: "EUR"}, "EUR 0.05": {Minor: 5, Currency: "EUR"},
		"JPY 1250": {Minor: 1250, Currency: "JPY"}, "KWD 1.250": {Minor: 1250, Currency: "KWD"}, "CLF 0.1250": {Minor: 1250, Currency: "CLF"},
		"RSD 12500.00": {Minor: 1250000, Currency: "RSD"}, "COP 12500.00": {Minor: 1250000, Currency: "COP"}, "ISK 12500": {Minor: 12500,
			Currency: "ISK"},
		"EUR 90071992547409.92": {Minor: hold.MaxMinor, Currency: "EUR"},
		"HRK 12.50":             {Minor: 1250, Currency: "HRK"}, // a hold from before it was withdrawn
	} {
		if got := messages.Amount(m); got != want {
			t.Errorf("%+v is %q, want %q", m, got, want)
		}
		if got := messages.AmountIn(m, "en-GB"); got != want {
			t.Errorf("%+v is %q in English, want %q", m, got, want)
		}
	}
	for want, m := range map[string]hold.Money{"1250,00 EUR": {Minor: 125000, Currency: "EUR"}, "1250 JPY": {Minor: 1250, Currency: "JPY"}} {
		if got := messages.AmountIn(m, "de-AT"); got != want {
			t.Errorf("%+v is %q in German, want %q", m, got, want)
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
