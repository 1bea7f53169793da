package e2e

import (
	"bytes"
	"testing"

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
