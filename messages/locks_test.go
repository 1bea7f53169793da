package messages_test

import (
	"strings"
	"testing"

	"holdfast/hold"
	"holdfast/messages"
)

var kindsOfLocks = []string{"places", "hours", "limit", "new_payees", "ways", "devices"}

// Every kind of lock has its name, in every sentence and language.
func TestLocksHaveNames(t *testing.T) {
	t.Parallel()
	for _, locale := range []string{"en", "zh-Hans", "de"} {
		for _, k := range kindsOfLocks {
			kinds := []string{k}
			name := messages.LockNames(kinds, locale)
			for _, said := range []string{messages.Locked(kinds, locale), messages.MeetsLock(kinds, locale)} {
				if name == "" || !strings.Contains(said, name) || strings.Contains(said, "{") {
					t.Errorf("%s in %s: %q", k, locale, said)
				}
			}
		}
	}
	if got := messages.LockNames([]string{"places", "hours", "limit"}, "en"); got != "places, hours and limits" {
		t.Error(got)
	}
}

// Who has no app hears by a text which lock stopped the payment.
func TestLockedText(t *testing.T) {
	t.Parallel()
	for _, locale := range []string{"en", "zh-Hans", "de"} {
		for _, k := range kindsOfLocks {
			h := hold.Hold{Request: hold.Request{Amount: hold.Money{Minor: 12345678, Currency: "EUR"},
				Payee: hold.Payee{Name: "Anna Kovacs", Account: "DE02120300000000202051"}},
				Decision: &hold.Decision{Outcome: hold.Reverse, Reason: hold.ReasonLocked}, Met: hold.Met{Locked: k}}
			said, err := messages.SMS(messages.Sender{Bank: "Example Bank"}, hold.Text{Kind: hold.TextOutcome, Locale: locale, Hold: h}, "")
			if err != nil || !strings.Contains(said, messages.LockNames([]string{k}, locale)) || strings.Contains(said, "0202051") {
				t.Errorf("%s in %s: %q, %v", k, locale, said, err)
			}
		}
	}
}
