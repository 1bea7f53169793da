package api

import (
	"testing"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/policy"
)

// A policy sees what a device in use said of itself in the last quarter of an hour, and
// nothing of one that is revoked.
func TestPolicySeesSignals(t *testing.T) {
	t.Parallel()
	const now = hold.Instant(1_700_000_000_000_000)
	says := func(tool hold.Sign, at, revoked hold.Instant) hold.Device {
		return hold.Device{Signals: hold.Signals{RemoteTool: tool}, SignalsAt: at, RevokedAt: revoked}
	}
	old := now.Add(-hold.SignalsLast - time.Second)
	for name, tt := range map[string]struct {
		devices []hold.Device
		want    hold.Sign
		ladder  string
	}{
		"now":     {[]hold.Device{says(hold.Yes, now, 0)}, hold.Yes, "large"},
		"a while": {[]hold.Device{says(hold.Yes, now.Add(-hold.SignalsLast), 0)}, hold.Yes, "large"},
		"too old": {[]hold.Device{says(hold.Yes, old, 0)}, "", "standard"},
		"revoked": {[]hold.Device{says("", 0, 0), says(hold.Yes, now, now)}, "", "standard"},
		"the worse of two": {[]hold.Device{says(hold.Yes, now.Add(-2*time.Second), 0),
			says(hold.No, now.Add(-time.Second), 0)}, hold.Yes, "large"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := asked(hold.Customer{Devices: tt.devices}, counterparties.Known{}, now)
			terms, _, _, err := policy.Default().Terms(hold.Request{Kind: hold.KindTransfer, Amount: hold.Money{Minor: 1, Currency: "EUR"},
				Risk: hold.Risk{Reasons: []string{"new_payee"}}}, c, now)
			if err != nil || c.Signals.RemoteTool != tt.want || terms.Ladder.Name != tt.ladder {
				t.Errorf("signals %+v, ladder %s, %v", c.Signals, terms.Ladder.Name, err)
			}
		})
	}
}
