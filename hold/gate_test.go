package hold_test

import (
	"testing"

	"holdfast/hold"
)

// What leads out of a gate that nobody approved.
func TestPassesGate(t *testing.T) {
	t.Parallel()
	rung := func(name string, approved hold.Edge, asks ...hold.Channel) hold.Rung {
		r := hold.Rung{Name: name, Approved: approved}
		for _, c := range asks {
			r.Asks = append(r.Asks, hold.Ask{Channel: c})
		}
		return r
	}
	l := hold.Ladder{Rungs: []hold.Rung{
		rung("app", hold.EdgeNext, hold.Push), rung("text", hold.EdgeRelease, hold.SMS),
		rung("face", hold.EdgeNext, hold.FaceLink), rung("call", hold.EdgeNext, hold.Callback, hold.Push), rung("last", hold.EdgeNext, hold.Push),
	}}
	for name, c := range map[string]struct {
		rung int
		edge hold.Edge
		want bool
	}{
		"back to the payer":             {0, hold.EdgeReverse, true},
		"on to a text":                  {0, hold.EdgeNext, false},
		"to a text by its name":         {0, "text", false},
		"over everything to a callback": {0, "call", true},
		"on to a callback":              {2, hold.EdgeNext, true},
		"back to an earlier rung":       {3, "text", false},
		"to itself":                     {3, "call", false},
		"from a callback to a push":     {3, hold.EdgeNext, false},
		"past the last rung":            {4, hold.EdgeNext, true},
		"nowhere":                       {0, "", false},
		"a release":                     {0, hold.EdgeRelease, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := l.PassesGate(c.rung, c.edge); got != c.want {
				t.Errorf("%q out of rung %d: %v", c.edge, c.rung, got)
			}
		})
	}
	for i, want := range []bool{true, false, true, true, true} {
		if l.Gate(i) != want {
			t.Errorf("rung %d is a gate: %v", i, !want)
		}
	}
}
