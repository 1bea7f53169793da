package e2e

import (
	"encoding/json"
	"fmt"
	"testing"

	"holdfast/devstack/stack"
	"holdfast/hold"
)

// newDoor is a stack as make run has it: under its own policy.
func newDoor(t *testing.T) *page {
	t.Helper()
	o := childOptions(t.TempDir())
	o.LedgerLoses, o.PolicyFile = 0, ""
	p := &page{T: t, options: o}
	p.start()
	t.Cleanup(func() { _ = p.Stop() })
	if err := stack.Seed(t.Context(), o.Dir, p.Coordinates); err != nil {
		t.Fatal(err)
	}
	return p
}

// inFrame does something to what a frame shows, once it shows it.
func (b *tab) inFrame(frame, selector, js string) {
	b.Helper()
	f, _ := json.Marshal(test(frame))
	s, _ := json.Marshal(selector)
	b.eval(fmt.Sprintf(`new Promise((ok, no) => {
		let n = 0;
		const look = () => {
			const e = document.querySelector(%s)?.contentDocument?.querySelector(%s);
			if (e) { %s; ok(true); } else if (n++ > 400) no(new Error("not in the frame: " + %s + "\n" + document.querySelector(%s)?.contentDocument?.body?.innerText)); else setTimeout(look, 50);
		};
		look();
	})`, f, s, js, s, f), nil)
}

func (b *tab) pressIn(frame, name string) { b.Helper(); b.inFrame(frame, test(name), "e.click()") }

// typeIn types into a field of React's in a frame.
func (b *tab) typeIn(frame, name, text string) {
	b.Helper()
	b.inFrame(frame, test(name), fmt.Sprintf(`Object.getOwnPropertyDescriptor(e.ownerDocument.defaultView.HTMLInputElement.prototype, "value").set.call(e, %q); e.dispatchEvent(new e.ownerDocument.defaultView.Event("input", {bubbles: true}))`, text))
}

// play begins a story, and ends when the picture of the hold's life shows its
// end.
func (b *tab) play(story string, act func(), end hold.Status) {
	b.Helper()
	b.click(test("scenario-" + story))
	b.see(`[data-test="next"][data-state="held"]`)
	act()
	b.see(fmt.Sprintf(`[data-test="next"][data-state=%q]`, end))
}

// The front door's stories end as they say, by pressing what they say.
func TestDoor(t *testing.T) {
	t.Parallel()
	p := newDoor(t)
	for _, locale := range []string{"en", "zh-Hans"} {
		b := newTab(t, look{1440, "light", locale})
		b.open(p.URL + "/")
		b.see(test("frame-app"))
		b.state("door-start")
		b.play("ordinary", func() {
			b.pressIn("frame-app", "approve")
			b.typeIn("frame-app", "pin", "1234")
			b.pressIn("frame-app", "send")
		}, hold.Released)
		b.state("door-released")
		b.pressIn("frame-app", "done")
		b.play("stolen", func() {
			b.pressIn("frame-app", "not-me")
			b.pressIn("frame-app", "not-me-do")
		}, hold.Reversed)
		b.state("door-reversed")
		if locale == "en" {
			continue
		}
		b.open(p.URL + "/")
		b.see(test("frame-app"))
		b.play("sim", func() {
			b.see(test("challenge-sms"))
			b.pressIn("frame-app", "approve")
			b.typeIn("frame-app", "pin", "1234")
			b.pressIn("frame-app", "send")
		}, hold.Released)
	}
}

// The phones show what came, and can be made to fail.
func TestPhonesPage(t *testing.T) {
	t.Parallel()
	p := newPage(t, screens(t))
	p.hold("phones", "maria", nil)
	for _, locale := range []string{"en", "zh-Hans"} {
		b := newTab(t, look{390, "light", locale})
		b.open(p.URL + "/phone?customer=maria")
		b.see(test("text"))
		b.state("phone-texts")
		b.open(p.URL + "/phone")
		b.see(test("phones"))
		b.state("phone-all")
	}
}
