package e2e

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"holdfast/devstack/provider"
	"holdfast/devstack/stack"
	"holdfast/hold"
)

// The customer's app without a pointer: enrolling, and every way to answer.
func TestAppByKeyboard(t *testing.T) {
	t.Parallel()
	p := newPage(t, screens(t))
	b := newTab(t, narrow)

	// Given a new phone, it is enrolled with a name and a PIN.
	b.open(p.URL + "/app")
	b.press(test("new-omar"))
	b.keeps(test("enrol"))
	b.press(test("enrol-do"))
	b.keeps(".error")
	b.write(test("device-name"), "Laptop")
	b.write(test("new-pin"), "4711"+kb.Enter)
	b.keeps(test("enrolled"))
	b.press(test("go-on"))
	b.keeps(test("home"))

	// Given a phone that the bank knows, a push is approved in two steps.
	b = newTab(t, narrow)
	b.open(p.URL + "/app")
	b.press(test("known-maria"))
	b.see(test("link-socket"))
	id := p.hold("keys-approve", "maria", nil)
	b.keeps(test("question"))
	b.press(test("approve"))
	b.keeps(test("sure"))
	b.write(test("pin"), "9999"+kb.Enter)
	b.see(".error")
	b.has(test("pin"))
	b.keys("1234" + kb.Enter)
	b.keeps(test("ended-answered"))
	p.decided(id, hold.Release, hold.ReasonApproved)
	b.press(test("done"))
	b.keeps(test("home"))

	// One is refused with a reason.
	id = p.hold("keys-refuse", "maria", nil)
	b.keeps(test("question"))
	b.press(test("refuse"))
	b.keeps(test("refuse-why"))
	b.press(test("back"))
	b.keeps(test("question"))
	b.press(test("refuse"))
	b.press(test("deny-changed"))
	b.keeps(test("ended-answered"))
	p.decided(id, hold.Reverse, hold.ReasonRefused)
	b.press(test("done"))
	b.keeps(test("home"))

	// The lists open and close; a dialog gives the focus back to what opened it.
	b.press(test("log"))
	b.keeps(test("log-view"))
	b.press(test("log-not-me"))
	b.keeps("dialog")
	b.keys(kb.Escape)
	b.gone("dialog")
	b.has(test("log-not-me"))
	b.press(test("back"))
	b.keeps(test("home"))
	b.press(test("devices"))
	b.keeps(test("devices-view"))
	b.press(test("remove"))
	b.keeps("dialog")
	b.press(test("sure-do"))
	b.gone("dialog")
	b.keeps(`[role="alert"]`)
	b.press(test("back"))
	b.keeps(test("home"))
	b.press(test("is-it"))
	b.see(test("is-it-no"))
	b.has(test("is-it"))
	b.press(test("help"))
	b.keeps(test("help-view"))
	b.press(test("back"))
	b.keeps(test("home"))

	// Somebody else's payment is reported, and everything stopped.
	id = p.hold("keys-not-me", "maria", nil)
	b.keeps(test("question"))
	b.press(test("not-me"))
	b.keeps(test("not-me-sure"))
	b.press(test("not-me-do"))
	b.keeps(test("ended-answered"))
	p.decided(id, hold.Reverse, hold.ReasonNotMe)
}

// on checks that the focus is on the view's heading, and that this says so much: it is
// what a screen reader reads out as the view comes.
func (b *tab) on(words string) {
	b.Helper()
	js := fmt.Sprintf(`document.activeElement?.tagName === "H1" && document.activeElement.textContent.includes(%q)`, words)
	if err := b.try(chromedp.Poll(js, nil, chromedp.WithPollingInterval(20*time.Millisecond),
		chromedp.WithPollingTimeout(20*time.Second))); err != nil {
		b.Errorf("the heading %q has not the focus; it is on %s", words, b.where("h1").What)
	}
}

// What comes before paying, without a pointer and without sight: each question's heading
// has the focus as it comes, going back works, and that a warning has been on the screen
// for long enough is said once, and not the seconds before.
func TestTalkByKeyboard(t *testing.T) {
	t.Parallel()
	const first, second, warned = "on a telephone call", "tell you what to say", "Read this first"
	p := newPage(t, talkPolicy(t))
	b := p.app(narrow)

	id := p.talked("keys-talk", "maria")
	b.on(first)
	b.press(test("say-no"))
	b.on(second)
	b.press(test("back"))
	b.on(first)
	b.press(test("say-no"))
	b.on(second)
	b.eval(heardIn("talk-warning"), nil)
	b.press(test("say-yes"))
	b.on(warned)
	b.see(test("onward") + ":not(:disabled)")
	b.run(named("that one may go on is heard", chromedp.Poll(`window.heard.includes("You can go on now.")`, nil,
		chromedp.WithPollingTimeout(patience))))
	var all []string
	b.eval(`window.heard`, &all)
	if len(all) != 2 || !contains(all[0], "keep a payment secret") || all[1] != "You can go on now." {
		t.Errorf("a screen reader says %q", all)
	}
	b.press(test("onward"))
	b.on("Are you sure")
	b.press(test("back"))
	b.on(warned)
	b.press(test("onward"))
	b.press(test("go-on"))
	b.on("Is this payment right")
	b.press(test("approve"))
	b.write(test("pin"), "1234"+kb.Enter)
	b.keeps(test("ended-answered"))
	p.decided(id, hold.Release, hold.ReasonApproved)
	b.press(test("done"))

	// A payment that waits: its warning is read there, it is asked about anew, and stopped.
	id = p.talked("keys-wait", "maria")
	b.on(first)
	b.press(test("say-yes"))
	b.on(second)
	b.press(test("say-no"))
	b.on("Your payment waits")
	b.press(test("stop-ask"))
	b.keeps(test("stop-wait"))
	b.press(test("back"))
	b.keeps(test("stop-ask"))
	b.see(test("onward") + ":not(:disabled)")
	b.press(test("onward"))
	b.keeps(test("go-on"))
	b.press(test("go-on"))
	b.see(test("waiting") + " " + test("you-said"))
	b.keeps(test("waiting"))
	p.passes(12 * time.Hour)
	b.on("Is this payment right")
	b.see(test("you-said"))
	b.press(test("refuse"))
	b.press(test("deny"))
	b.keeps(test("ended-answered"))
	p.decided(id, hold.Reverse, hold.ReasonRefused)
	b.press(test("done"))

	id = p.talked("keys-stop", "maria")
	b.on(first)
	b.press(test("say-yes"))
	b.press(test("say-no"))
	b.on("Your payment waits")
	b.press(test("stop-ask"))
	b.press(test("stop-wait"))
	b.gone(test("waiting"))
	b.keeps("main")
	p.decided(id, hold.Reverse, hold.ReasonRefused)
}

// A text's code is typed, wrong until none is left, and right.
func TestCodeByKeyboard(t *testing.T) {
	t.Parallel()
	p := newPage(t, string(bytes.ReplaceAll([]byte(screens(t)), []byte("timeout: 6s"), []byte("timeout: 1s"))))
	maria, _ := stack.Named("maria")
	b := p.stillApp(narrow)
	code := func(tx string) (hold.ID, string) {
		was, err := p.handset(maria.Number).Messages(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		id := p.hold(tx, "maria", nil)
		got, err := p.handset(maria.Number).Messages(t.Context(), len(was))
		if err != nil || len(got) == 0 {
			t.Fatal("no text", err)
		}
		b.see(test("have-code"))
		b.press(test("have-code"))
		b.keeps(test("code"))
		return id, provider.Code(got[0].Body)
	}
	id, right := code("keys-code")
	b.write(test("code-input"), "12"+kb.Enter)
	b.see(".error")
	b.has(test("code-input"))
	b.keys(kb.Backspace + kb.Backspace + right + kb.Enter)
	b.keeps(test("ended-answered"))
	p.decided(id, hold.Release, hold.ReasonApproved)
	b.press(test("done"))
	b.keeps(test("home"))

	_, right = code("keys-spent")
	wrong := "000000"
	if right == wrong {
		wrong = "000001"
	}
	b.write(test("code-input"), wrong+kb.Enter)
	b.says("2 tries")
	b.keys(wrong + kb.Enter)
	b.says("One try")
	b.eval(`window.still = true`, nil) // the next list has the question no more
	b.keys(wrong + kb.Enter)
	b.keeps(test("code-spent"))
	b.press(test("by-push"))
	b.keeps(test("question"))
}
