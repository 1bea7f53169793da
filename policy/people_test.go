package policy_test

import (
	"strings"
	"testing"

	"holdfast/hold"
	"holdfast/policy"
)

// with is the default policy with more at its end, and without what it says of the same.
func with(section string) []byte {
	source := string(policy.Default().Source())
	key, _, _ := strings.Cut(section, ":")
	if at := strings.Index(source, "\n"+key+":"); at >= 0 {
		end := at + 1
		for _, line := range strings.SplitAfter(source[at+1:], "\n")[1:] {
			if line != "\n" && !strings.HasPrefix(line, " ") {
				break
			}
			end += len(line)
		}
		first, _, _ := strings.Cut(source[at+1:], "\n")
		source = source[:at+1] + source[end+len(first)+1:]
	}
	return []byte(source + "\n" + section + "\n")
}

func TestReferralsTell(t *testing.T) {
	t.Parallel()
	all := hold.ShownOf(hold.ReferralParts...)
	for name, c := range map[string]struct {
		section      string
		police, bank hold.Shown
	}{
		"all and nothing":  {"referrals: {police: full, payee_bank: masked}", all, ""},
		"some":             {"referrals: {police: full, payee_bank: [payee_account, payee_name]}", all, "payee_name payee_account"},
		"nobody else":      {"referrals: {payee_bank: [trail]}", "", "trail"},
		"none is the same": {"referrals: {police: []}", "", ""},
	} {
		p, err := policy.Load(with(c.section))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if p.Shown(hold.Police) != c.police || p.Shown(hold.PayeeBank) != c.bank {
			t.Errorf("%s: the police %q, the bank %q", name, p.Shown(hold.Police), p.Shown(hold.PayeeBank))
		}
	}
}

func TestComplaintsAreAnsweredWithin(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]hold.Days{"15 business days": {N: 15, Business: true}, "30 calendar days": {N: 30},
		"1 business day": {N: 1, Business: true}} {
		p, err := policy.Load(with("complaints: {answer_within: " + text + "}"))
		if err != nil || p.AnswerWithin() != want {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// What cannot be meant is refused, with its place.
func TestPeopleFaults(t *testing.T) {
	t.Parallel()
	for section, want := range map[string]string{
		"referrals: {police: all}":                      "must be one of full, masked",
		"referrals: {payee_bank: [account]}":            "must be one of customer_name",
		"referrals: {press: full}":                      "unknown key",
		"complaints: {}":                                "answer_within is missing",
		"complaints: {answer_within: 15d}":              "must be a number of days",
		"complaints: {answer_within: 0 calendar days}":  "must be a number of days",
		"complaints: {answer_within: 99 business days}": "at most 60 days",
		"complaints: {answer_within: 15}":               "must be text",
	} {
		if _, err := policy.Load(with(section)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", section, err, want)
		}
	}
}
