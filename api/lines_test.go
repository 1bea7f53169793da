package api_test

import (
	"testing"

	"holdfast/hold"
	"holdfast/numbers"
)

// What the numbering plan says of a line is what the record takes.
func TestLinesOfThePlan(t *testing.T) {
	t.Parallel()
	for of, want := range map[numbers.Line]hold.Line{numbers.Mobile: hold.LineMobile, numbers.Fixed: hold.LineFixed,
		numbers.VoIP: hold.LineVoIP, numbers.Other: hold.LineOther, numbers.Unknown: hold.LineUnknown} {
		if got := hold.Line(of); got != want {
			t.Errorf("%s is taken for %s, want %s", of, got, want)
		}
	}
}
