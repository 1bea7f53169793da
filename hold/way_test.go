package hold_test

import (
	"testing"

	"holdfast/hold"
)

// How each channel's question comes to the customer. One that hold does not know
// brings its own.
func TestWays(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ask  hold.Ask
		on   hold.Challenge
		want hold.Way
	}{
		"push":                  {hold.Ask{Channel: hold.Push}, hold.Challenge{Channel: hold.Push}, hold.WayApp},
		"a text":                {hold.Ask{Channel: hold.SMS}, hold.Challenge{Channel: hold.SMS, NumberID: "num_1"}, hold.WayText},
		"a face check, the app": {hold.Ask{Channel: hold.FaceLink}, hold.Challenge{Channel: hold.FaceLink}, hold.WayApp},
		"a face check, by text": {hold.Ask{Channel: hold.FaceLink, BySMS: true}, hold.Challenge{Channel: hold.FaceLink, NumberID: "num_1"},
			hold.WayText},
		"a call":    {hold.Ask{Channel: hold.Callback}, hold.Challenge{Channel: hold.Callback}, hold.WayAgent},
		"any other": {hold.Ask{Channel: "post"}, hold.Challenge{Channel: "post"}, hold.WayOwn},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := c.ask.Way(); got != c.want {
				t.Errorf("the ask: %s, want %s", got, c.want)
			}
			if got := c.on.Way(); got != c.want {
				t.Errorf("the challenge: %s, want %s", got, c.want)
			}
		})
	}
}
