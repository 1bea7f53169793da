package policy

import (
	"strings"
	"testing"
	"time"

	"holdfast/hold"
)

func TestSMSTerms(t *testing.T) {
	t.Parallel()
	section := "sms:\n  ceilings: {EUR: 50000, JPY: 8000}\n  countries: [IT, DE, IT]\n  sim_swap_age: 240h\n  unknown: allow\n"
	p := mustLoad(t, head, section, reasonsPart, laddersPart, strings.Split(rulesPart, "sms:")[0])
	terms, _, _, err := p.Terms(hold.Request{Kind: hold.KindCard}, Customer{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	s := terms.SMS
	if s.Ceilings["EUR"] != 50000 || s.Ceilings["JPY"] != 8000 || strings.Join(s.Countries, " ") != "DE IT" ||
		time.Duration(s.SIMSwapAge) != 240*time.Hour || !s.AllowUnknown {
		t.Errorf("%+v", s)
	}
	p = mustLoad(t, head, reasonsPart, laddersPart, rulesPart)
	if s := p.ContactRules().SMS; s.AllowUnknown || time.Duration(s.SIMSwapAge) != 7*24*time.Hour {
		t.Errorf("the defaults are not the careful ones: %+v", s)
	}
}

func TestSMSFaults(t *testing.T) {
	t.Parallel()
	rest := reasonsPart + laddersPart + strings.Split(rulesPart, "sms:")[0]
	for section, want := range map[string]string{
		"sms: {}\n": "ceilings is missing",
		"sms: {ceilings: {EUR: 0}, countries: [DE]}\n":                      "sms.ceilings.EUR: must be a whole number from 1",
		"sms: {ceilings: {EUR: 1.5}, countries: [DE]}\n":                    "sms.ceilings.EUR: must be a whole number",
		"sms: {ceilings: {EUR: 9999999999999}, countries: [DE]}\n":          "sms.ceilings.EUR: must be a whole number",
		"sms: {ceilings: {EURO: 1}, countries: [DE]}\n":                     "sms.ceilings.EURO: is no currency",
		"sms: {ceilings: {eur: 1}, countries: [DE]}\n":                      "sms.ceilings.eur: is no currency",
		"sms: {ceilings: {EUR: 1}, countries: [Germany]}\n":                 "sms.countries[0]: must be a country",
		"sms: {ceilings: {EUR: 1}, countries: [DE], unknown: maybe}\n":      "sms.unknown: must be one of refuse, allow",
		"sms: {ceilings: {EUR: 1}, countries: [DE], sim_swap_age: 9000h}\n": "sms.sim_swap_age: must be at most",
		"sms: {ceilings: {EUR: 1}, countries: [DE], allow_unknown: true}\n": "unknown key",
	} {
		if _, err := Load([]byte(head + section + rest)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", section, err)
		}
	}
	ladders := strings.ReplaceAll(laddersPart, "push}", "sms}")
	if _, err := Load([]byte(head + reasonsPart + ladders + strings.Split(rulesPart, "sms:")[0])); err == nil ||
		!strings.Contains(err.Error(), "sms is missing: a ladder asks by SMS") {
		t.Errorf("a ladder by SMS without rules for it: %v", err)
	}
}
