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
			if (e) { %s; ok(true); } else if (n++ > 1200) no(new Error("not in the frame: " + %s + "\n" + document.querySelector(%s)?.contentDocument?.body?.innerText)); else setTimeout(look, 50);
		};
		look();
	})`, f, s, js, s, f), nil)
}

// pressIn presses what can be pressed: a press on a button that is still disabled is lost.
func (b *tab) pressIn(frame, name string) {
	b.Helper()
	b.inFrame(frame, test(name)+":not(:disabled)", "e.click()")
}

// typeIn types into a field of React's in a frame.
func (b *tab) typeIn(frame, name, text string) {
	b.Helper()
	b.inFrame(frame, test(name)+":not(:disabled)", fmt.Sprintf(`Object.getOwnPropertyDescriptor(e.ownerDocument.defaultView.HTMLInputElement.prototype, "value").set.call(e, %q); e.dispatchEvent(new e.ownerDocument.defaultView.Event("input", {bubbles: true}))`, text))
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

// The front door's slow stories: nobody answers, and the money stays; somebody poses
// as the bank, and an agent calls before anything is sent. There is one desk, so each
// language has a stack of its own.
func TestDoorTellsSlowStories(t *testing.T) {
	t.Parallel()
	for _, locale := range locales {
		t.Run(locale, func(t *testing.T) {
			t.Parallel()
			p := newDoor(t)
			who := string(speakers[locale])
			b := newTab(t, look{1440, "light", locale})
			b.open(p.URL + "/")
			b.see(test("frame-app"))
			b.play("silence", func() { b.state("door-silence") }, hold.Reversed)
			b.state("door-silence-over")

			b.play("scam", func() {
				b.inFrame("frame-app", test("warning"), "")
				b.state("door-scam")
				b.see(test("challenge-callback"))
				b.state("door-scam-call")
				b.pressIn("frame-console", "next")
				b.pressIn("frame-console", "place-call")
				b.inFrame("frame-phone", test("notify-ana")+" button", "e.click()")
				b.pressIn("frame-phone", "call-answer")
				b.inFrame("frame-phone", test("notify-"+who)+" button", "e.click()")
				b.pressIn("frame-phone", "call-answer")
				var digits string
				b.inFrame("frame-app", test("digits"), "window.digits = e.textContent")
				b.eval(`window.digits`, &digits)
				b.typeIn("frame-console", "digits", digits)
				b.pressIn("frame-console", "identify")
				b.inFrame("frame-console", `progress[value="30"]`, "") // as long as a confirmation takes
				b.pressIn("frame-phone", "call-hangup")
				b.pressIn("frame-console", "disposition-confirmed")
				b.pressIn("frame-console", "dispose-do")
			}, hold.Released)
		})
	}
}
