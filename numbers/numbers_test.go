package numbers_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"holdfast/numbers"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]numbers.Info{
		"+4915112345678": {Number: "+4915112345678", Country: "DE", Prefix: "49151", Line: numbers.Mobile},
		"+390612345678":  {Number: "+390612345678", Country: "IT", Prefix: "39061", Line: numbers.Fixed},
		"+393331234567":  {Number: "+393331234567", Country: "IT", Prefix: "39333", Line: numbers.Mobile},
		"+12025550123":   {Number: "+12025550123", Country: "US", Prefix: "1202", Line: numbers.Mobile},    // the plan does not say
		"+447700900123":  {Number: "+447700900123", Country: "GB", Prefix: "44770", Line: numbers.Unknown}, // of the range for films
		"+8613812345678": {Number: "+8613812345678", Country: "CN", Prefix: "86138", Line: numbers.Mobile},
		"+449098790000":  {Number: "+449098790000", Country: "GB", Prefix: "44909", Line: numbers.Other}, // premium rate
	} {
		if got, err := numbers.Parse(in); err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", in, got, err, want)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"", "+", "0151 12345678", "4915112345678", "+49 151 12345678", "+49(151)12345678", "+4915112345678 ", "+49151",
		"+999123456789", "+49151123456789012", "tel:+4915112345678", "+４９15112345678", "+4915112345678;ext=1", strings.Repeat("+4915112345678",
			1000)} {
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
		s = info.Number
		if strings.Trim(s[1:], "0123456789") != "" || len(s) > 16 || !strings.HasPrefix(s[1:], info.Prefix) || info.Country == "" {
			t.Fatalf("%q: %+v", s, info)
		}
	})
}

// A line that is written in two ways has the same forms either way, and one of
// them is kept.
func TestForms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ one, other, kept string }{
		{"+525512345678", "+5215512345678", "+525512345678"},
		{"+5511987654321", "+551187654321", "+5511987654321"},
		{"+2290197123456", "+22997123456", "+2290197123456"},
		{"+5491123456789", "+541123456789", ""}, // both are kept as they were given
	} {
		t.Run(c.one, func(t *testing.T) {
			t.Parallel()
			for in, other := range map[string]string{c.one: c.other, c.other: c.one} {
				forms := numbers.Forms(in)
				if len(forms) != 2 || !slices.Contains(forms, in) || !slices.Contains(forms, other) {
					t.Errorf("%s: %v", in, forms)
				}
				want := c.kept
				if want == "" {
					want = in
				}
				if got, err := numbers.Parse(in); err != nil || got.Number != want {
					t.Errorf("%s is kept as %s, %v; want %s", in, got.Number, err, want)
				}
			}
		})
	}
	for _, in := range []string{"+393331234567", "+551133334444", "+5215512345", "+54", "+55", "+52", "+229", "", "+"} {
		if forms := numbers.Forms(in); len(forms) != 1 || forms[0] != in {
			t.Errorf("%s: %v", in, forms)
		}
	}
}
