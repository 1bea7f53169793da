package hold

import "testing"

func TestMayOpenLink(t *testing.T) {
	t.Parallel()
	open := Challenge{ID: "chal_1", Revision: 1, Channel: FaceLink, Status: Open}
	shut := open
	shut.Status = Expired
	frozen := Customer{FrozenAt: 1}
	for name, c := range map[string]struct {
		asked    Challenge
		customer Customer
		had      int
		judged   bool
		want     Refusal
	}{
		"the first":            {open, Customer{}, 0, false, ""},
		"the last":             {open, Customer{}, MaxLinks - 1, false, ""},
		"one too many":         {open, Customer{}, MaxLinks, false, LinksSpent},
		"of a closed question": {shut, Customer{}, 0, false, LinkDead},
		"of a frozen customer": {open, frozen, 0, false, LinkDead},
		"while one is judged":  {open, Customer{}, 1, true, LinkDead},
		"while the last is":    {open, Customer{}, MaxLinks, true, LinkDead},
	} {
		s := Standing{Hold: Hold{Status: Held, Revision: 1, Deadline: 100}, Now: 1, Customer: c.customer}
		if got := s.MayOpenLink(c.asked, c.had, c.judged); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	asks := Terms{Ladder: Ladder{Rungs: []Rung{{Asks: []Ask{{Channel: FaceLink, Interview: "general"}}}}}}
	for name, c := range map[string]struct {
		talk Talk
		want Refusal
	}{
		"before the questions, which its page asks": {Talk{}, ""},
		"before the warning is read":                {Talk{InterviewedAt: 1, WarningAt: 1}, ""},
		"during the wait":                           {Talk{InterviewedAt: 1, NotBefore: 50}, TooEarly},
	} {
		s := Standing{Hold: Hold{Status: Held, Revision: 1, Deadline: 100, Terms: asks, Talk: c.talk}, Now: 2}
		if got := s.MayOpenLink(open, 0, false); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
