package hold_test

import (
	"testing"
	"time"

	"holdfast/hold"
)

func TestDays(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		days     hold.Days
		from, to string
	}{
		"calendar days":                 {hold.Days{N: 15}, "2026-03-02T09:30:00Z", "2026-03-17T09:30:00Z"},
		"business days from a Monday":   {hold.Days{N: 15, Business: true}, "2026-03-02T09:30:00Z", "2026-03-23T09:30:00Z"},
		"business days from a Friday":   {hold.Days{N: 1, Business: true}, "2026-03-06T23:59:59Z", "2026-03-09T23:59:59Z"},
		"business days from a Saturday": {hold.Days{N: 5, Business: true}, "2026-03-07T10:00:00Z", "2026-03-13T10:00:00Z"},
		"over the end of a year":        {hold.Days{N: 2, Business: true}, "2026-12-31T10:00:00Z", "2027-01-04T10:00:00Z"},
	} {
		from, err := time.Parse(time.RFC3339, c.from)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.days.From(hold.At(from)).String(); got != c.to {
			t.Errorf("%s: %s, want %s", name, got, c.to)
		}
	}
}
