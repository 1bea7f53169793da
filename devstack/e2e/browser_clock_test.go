package e2e

import (
	"testing"
	"time"

	"holdfast/devstack/stack"
	"holdfast/hold"
)

// The front door counts down by the stack's clock while that is put forward, and sees
// the day's wait end.
func TestDoorFollowsTheClock(t *testing.T) {
	t.Parallel()
	p := newDoor(t)
	b := newTab(t, look{1440, "light", "en"})
	b.open(p.URL + "/")
	b.see(test("frame-app"))
	b.play("ordinary", func() {
		const left = `document.querySelector('[data-test="life"] .row.apart .numbers')?.textContent ?? ""`
		var text string
		b.eval(left, &text)
		if text != "24 h 00 min left" && text != "23 h 59 min left" {
			t.Errorf("at the start: %q", text)
		}
		if _, err := stack.PutForward(t.Context(), p.URL, 23*time.Hour+30*time.Minute); err != nil {
			t.Fatal(err)
		}
		until(t, "half an hour", func() bool {
			b.eval(left, &text)
			return len(text) > 3 && (text[:3] == "29:" || text[:3] == "30:")
		})
		if _, err := stack.PutForward(t.Context(), p.URL, 30*time.Minute); err != nil {
			t.Fatal(err)
		}
	}, hold.Reversed)
}
