package numbers_test

import (
	"errors"
	"strings"
	"testing"

	"holdfast/numbers"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]numbers.Info{
		"+4915112345678": {Country: "DE", Prefix: "49151", Line: numbers.Mobile},
		"+390612345678":  {Country: "IT", Prefix: "39061", Line: numbers.Fixed},
		"+393331234567":  {Country: "IT", Prefix: "39333", Line: numbers.Mobile},
		"+12025550123":   {Country: "US", Prefix: "1202", Line: numbers.Mobile},   // the plan does not say
		"+447700900123":  {Country: "GB", Prefix: "44770", Line: numbers.Unknown}, // of the range for films
		"+8613812345678": {Country: "CN", Prefix: "86138", Line: numbers.Mobile},
		"+449098790000":  {Country: "GB", Prefix: "44909", Line: numbers.Other}, // premium rate
	} {
		if got, err := numbers.Parse(in); err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", in, got, err, want)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"", "+", "0151 12345678", "4915112345678", "+49 151 12345678", "+49(151)12345678", "+4915112345678 ", "+49151",
		"+999123456789", "+49151123456789012", "tel:+4915112345678", "+４９15112345678", "+4915112345678;ext=1", strings.Repeat("+4915112345678", 1000)} {
		if got, err := numbers.Parse(in); !errors.Is(err, numbers.ErrNotE164) || got != (numbers.Info{}) {
			t.Errorf("%.40q: %+v, %v", in, got, err)
		}
	}
}

// What is accepted is plain digits that fit, whatever comes in.
func TestParseAnything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringMatching(`\+[0-9]{1,16}`)).Draw(t, "number")
		info, err := numbers.Parse(s)
		if err != nil {
			return
		}
		if strings.Trim(s[1:], "0123456789") != "" || len(s) > 16 || !strings.HasPrefix(s[1:], info.Prefix) || info.Country == "" {
			t.Fatalf("%q: %+v", s, info)
		}
	})
}
