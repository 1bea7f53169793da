package gateway

import (
	"context"
	"log/slog"
	"testing"

	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// What the record says of who is connected follows who came and went, in whatever
// order, and also when it could not be said for a while.
func TestPresenceFollows(t *testing.T) {
	t.Parallel()
	const come, leave, tell, fail = "comes", "goes", "is told", "is not told"
	for _, c := range []struct {
		story []string
		here  int
	}{
		{[]string{come, tell}, 1},
		{[]string{come, leave, tell}, 0},
		{[]string{come, tell, leave, tell}, 0},
		{[]string{come, tell, leave, come, tell}, 1},
		{[]string{come, fail, tell}, 1},
		{[]string{come, fail, leave, tell}, 0},
		{[]string{come, tell, leave, fail, tell}, 0},
		{[]string{come, tell, leave, fail, come, tell}, 1},
		{[]string{come, fail, leave, fail, come, tell}, 1},
		{[]string{come, tell, leave, fail, come, fail, leave, tell}, 0},
	} {
		name := ""
		for _, s := range c.story {
			name += s + ", "
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := storetest.New(t, storetest.SQLiteURL(t))
			h := New(Config{Store: b.Store, Bus: store.NewBus(), Log: slog.New(slog.DiscardHandler)})
			var at *conn
			for _, step := range c.story {
				ctx, cancel := context.WithCancel(t.Context())
				switch step {
				case come:
					at = &conn{hub: h, customer: b.Customer.ID, device: b.Old()}
					if !h.add(at) {
						t.Fatal("refused")
					}
				case leave:
					h.remove(at)
				case tell:
					b.Must(h.flush(ctx, true))
				case fail:
					cancel()
					if h.flush(ctx, true) == nil {
						t.Fatal("it was told all the same")
					}
				}
				cancel()
			}
			var here []hold.DeviceID
			b.Must(storetest.Raw(t, b.URL).Select(&here, `SELECT device_id FROM presence`))
			if len(here) != c.here {
				t.Errorf("connected: %v, want %d", here, c.here)
			}
		})
	}
}
