package policy_test

import (
	"strings"
	"testing"
	"time"

	"holdfast/policy"
	"holdfast/protection"
)

// Without a word a loosening waits twelve hours, cards stop with all else and standing
// orders go on; the bank says otherwise within bounds.
func TestProtection(t *testing.T) {
	t.Parallel()
	plain := string(policy.Default().Source())
	for text, want := range map[string]protection.Terms{
		"":                        {Wait: 12 * time.Hour, Cards: protection.Stop, StandingOrders: protection.GoOn},
		"protection: {wait: 24h}": {Wait: 24 * time.Hour, Cards: protection.Stop, StandingOrders: protection.GoOn},
		"protection: {emergency: {cards: go_on, standing_orders: stop}}": {Wait: 12 * time.Hour, Cards: protection.GoOn,
			StandingOrders: protection.Stop},
	} {
		p, err := policy.Load([]byte(plain + "\n" + text + "\n"))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if got := p.Protection(); got != want {
			t.Errorf("%s: %+v", text, got)
		}
	}
	for text, want := range map[string]string{
		"protection: {wait: 0s}":                  "must be at least 1s",
		"protection: {wait: 721h}":                "must be at most",
		"protection: {emergency: {cards: maybe}}": "must be one of stop, go_on",
		"protection: {waits: 12h}":                "unknown key",
		"protection: 12h":                         "must be a mapping",
	} {
		if _, err := policy.Load([]byte(plain + "\n" + text + "\n")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
