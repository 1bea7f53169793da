package hold_test

import (
	"testing"
	"time"

	"holdfast/hold"
)

func TestCallTime(t *testing.T) {
	t.Parallel()
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	apia, err := time.LoadLocation("Pacific/Apia") // left out 30 December 2011
	if err != nil {
		t.Fatal(err)
	}
	at := func(zone *time.Location, s string) hold.Instant {
		v, err := time.ParseInLocation("2006-01-02 15:04", s, zone)
		if err != nil {
			t.Fatal(err)
		}
		return hold.At(v)
	}
	night := hold.CallbackTerms{Hours: &hold.Span{From: 22 * 60, To: 2 * 60}}
	for _, c := range []struct {
		terms      hold.CallbackTerms
		zone       *time.Location
		from, want string
	}{
		{hold.CallbackTerms{}, rome, "2026-03-04 12:00", "2026-03-04 12:00"},
		{hold.CallbackTerms{}, rome, "2026-03-04 08:00", "2026-03-04 08:00"},
		{hold.CallbackTerms{}, rome, "2026-03-04 07:59", "2026-03-04 08:00"},
		{hold.CallbackTerms{}, rome, "2026-03-04 20:00", "2026-03-05 08:00"},
		{hold.CallbackTerms{}, rome, "2026-03-28 23:30", "2026-03-29 08:00"}, // the clocks change in between
		{hold.CallbackTerms{}, apia, "2011-12-29 21:00", "2011-12-31 08:00"},
		{night, rome, "2026-03-04 12:00", "2026-03-04 22:00"},
		{night, rome, "2026-03-04 01:30", "2026-03-04 01:30"},
	} {
		if got, want := c.terms.CallTime(at(c.zone, c.from), c.zone), at(c.zone, c.want); got != want {
			t.Errorf("from %s: %s, want %s", c.from, got.Time().In(c.zone), c.want)
		}
	}
}

func TestCallEnd(t *testing.T) {
	t.Parallel()
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	at := func(s string) hold.Instant {
		v, err := time.ParseInLocation("2006-01-02 15:04", s, rome)
		if err != nil {
			t.Fatal(err)
		}
		return hold.At(v)
	}
	night := hold.CallbackTerms{Hours: &hold.Span{From: 22 * 60, To: 2 * 60}}
	always := hold.CallbackTerms{Hours: &hold.Span{From: 0, To: 24 * 60}}
	for _, c := range []struct {
		terms      hold.CallbackTerms
		from, want string
	}{
		{hold.CallbackTerms{}, "2026-03-04 12:00", "2026-03-04 20:00"},
		{hold.CallbackTerms{}, "2026-03-04 08:00", "2026-03-04 20:00"},
		{hold.CallbackTerms{}, "2026-03-04 20:00", "2026-03-04 20:00"}, // over already
		{hold.CallbackTerms{}, "2026-03-04 07:59", "2026-03-04 07:59"},
		{night, "2026-03-28 23:00", "2026-03-29 02:00"}, // a time that this night leaves out
		{night, "2026-03-04 01:30", "2026-03-04 02:00"},
	} {
		if got, want := c.terms.CallEnd(at(c.from), rome), at(c.want); got != want {
			t.Errorf("from %s: %s, want %s", c.from, got.Time().In(rome), c.want)
		}
	}
	if got := always.CallEnd(at("2026-03-04 12:00"), rome); got != 0 {
		t.Errorf("a whole day ends at %s", got.Time())
	}
}

func TestPriority(t *testing.T) {
	t.Parallel()
	now := hold.At(time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC))
	terms := hold.Terms{Callback: hold.CallbackTerms{FourEyes: map[string]int64{"EUR": 5000_00, "HUF": 2_000_000_00}}}
	rank := func(p, score int, m hold.Money, left time.Duration) int {
		return hold.Priority(hold.Hold{Terms: terms, Request: hold.Request{Amount: m, Risk: hold.Risk{Score: score}},
			Deadline: now.Add(left)}, hold.Ask{Priority: p}, now)
	}
	of := func(p, score int, minor int64, left time.Duration) int {
		return rank(p, score, hold.Money{Minor: minor, Currency: "EUR"}, left)
	}
	usual := of(0, 500, 100_00, 10*time.Hour)
	for name, more := range map[string]int{
		"the policy's word": of(6, 500, 100_00, 10*time.Hour), "risk": of(0, 900, 100_00, 10*time.Hour),
		"amount": of(0, 500, 10_000_00, 10*time.Hour), "little time": of(0, 500, 100_00, 5*time.Minute),
	} {
		if more <= usual {
			t.Errorf("%s makes %d of %d", name, more, usual)
		}
	}
	if of(6, 0, 1, 100*time.Hour) <= of(5, 1000, hold.MaxMinor, 0) {
		t.Error("the policy's word does not come first")
	}
	if top := of(9, 1000, hold.MaxMinor, 0); top >= hold.PriorityHelp {
		t.Errorf("a task comes before help: %d", top)
	}
	in := func(currency string, minor int64) int {
		return rank(0, 500, hold.Money{Minor: minor, Currency: currency}, 10*time.Hour)
	}
	if in("HUF", 10_000_00) >= in("EUR", 10_000_00) { // 25 euros
		t.Error("10,000 forints come before 10,000 euros, or beside them")
	}
	if in("HUF", 2_000_000_00) != in("EUR", 5000_00) || in("XAF", 1) != in("EUR", 5000_00) {
		t.Error("what the bank calls much, or says nothing of, ranks differently by currency")
	}
}

func TestNeedsTwo(t *testing.T) {
	t.Parallel()
	terms := hold.CallbackTerms{FourEyes: map[string]int64{"EUR": 500000}}
	for _, c := range []struct {
		m    hold.Money
		want bool
	}{{hold.Money{Minor: 500000, Currency: "EUR"}, false}, {hold.Money{Minor: 500001, Currency: "EUR"}, true},
		{hold.Money{Minor: 1, Currency: "KWD"}, true}} {
		if terms.NeedsTwo(c.m) != c.want {
			t.Errorf("%v: %v", c.m, !c.want)
		}
	}
	if !(hold.CallbackTerms{}).NeedsTwo(hold.Money{Minor: 1, Currency: "EUR"}) {
		t.Error("without terms one person is enough")
	}
}
