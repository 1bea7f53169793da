package e2e

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"holdfast/hold"
)

// stands opens the case of a customer who stands before a clerk, by keys alone.
func (b *tab) stands(who hold.CustomerID) {
	b.Helper()
	b.see(test("counter-open"))
	b.enter(test("counter-customer"), string(who))
	b.enter(test("counter-reason"), "asks why it waits")
	b.keys("\r")
	b.see(test("payment"))
}

// onPaper is what a printer gets of the page: no way to anywhere, and something to read.
func (b *tab) onPaper(words ...string) {
	b.Helper()
	b.run(emulation.SetEmulatedMedia().WithMedia("print"))
	var shown string
	b.eval(`document.querySelector("main").innerText`, &shown)
	for _, w := range words {
		if !strings.Contains(shown, w) {
			b.Errorf("the paper does not say %q: %s", w, shown)
		}
	}
	var ways int
	b.eval(`[...document.querySelectorAll("a, button, nav, header")].filter((e) => e.checkVisibility()).length`, &ways)
	if ways != 0 {
		b.Errorf("%d ways to anywhere are on the paper", ways)
	}
	var pdf []byte
	b.run(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		pdf, _, err = cdppage.PrintToPDF().Do(ctx)
		return err
	}))
	if pages := strings.Count(string(pdf), "/Type /Page\n"); pages != 1 {
		b.Errorf("it takes %d sheets", pages)
	}
	b.run(emulation.SetEmulatedMedia().WithMedia("screen"))
}

// A clerk at the counter: the case by the customer's id, the questions aloud, the
// warning on paper in the customer's language, a document that releases nothing, and
// a refusal that counts.
func TestClerkAtCounter(t *testing.T) {
	t.Parallel()
	source := screens(t)
	source = strings.Replace(source, "\nladders:\n", talks+"\nladders:\n  talk:\n    rungs:\n      - name: push\n"+
		"        ask: [{channel: push, min_uv: pin, interview: auto}]\n        timeout: 10m\n"+
		"      - name: call\n        ask: [{channel: callback, interview: auto}]\n        timeout: 8h\n", 1)
	source = strings.Replace(source, "\nrules:\n",
		"\nrules:\n  - name: talk\n    when: '\"mule_account\" in hold.risk.reasons'\n    ladder: talk\n", 1)
	for _, name := range []string{"card", "transfer", "cash_out"} {
		source = deadline(source, name, "24h")
	}
	source = deadline(source, "scam", "72h")
	p := newPage(t, source)
	id := p.hold("counter", "maria", func(r *hold.Request) { r.Risk.Reasons = []string{"mule_account"} })
	cleo := p.console("cleo", wide)
	cleo.see(test("counter-open"))
	cleo.gone(test("queue-rows"))
	cleo.state("console-counter")
	cleo.stands("maria")
	cleo.gone(test("call"))
	cleo.see(test("not-yet")) // the questions come first
	cleo.state("console-counter-case")

	cleo.click(test("ask-on_call") + " label:nth-of-type(1) input")
	cleo.click(test("ask-told") + " label:nth-of-type(2) input")
	cleo.click(test("interview-send"))
	cleo.see(test("said-counter"))
	cleo.see(test("sheet-link"))
	cleo.state("console-counter-asked")
	cleo.keys("p")
	cleo.see(test("sheet"))
	cleo.onPaper("Whoever asks you to keep a payment secret is deceiving you.", "Before you pay", "refuse it in the app")
	cleo.state("console-sheet")
	cleo.click(test("sheet-back"))

	cleo.see(test("payment"))
	cleo.keys("4")
	cleo.see(test("dispose"))
	cleo.click(test("document-passport"))
	cleo.state("console-counter-document")
	cleo.click(test("dispose-do"))
	cleo.see(test("recorded"))
	cleo.state("console-counter-recorded")
	if h := p.lookAt(id); h.Decision != nil || h.Status != hold.Held {
		t.Fatalf("a document has decided: %+v", h.Decision)
	}
	cleo.stands("maria")
	cleo.keys("2")
	cleo.click(test("dispose-do"))
	cleo.see(test("recorded"))
	p.decided(id, hold.Reverse, hold.ReasonRefused)

	p.scamOf("counter-scam", "lin")
	cleo.stands("lin")
	cleo.keys("p")
	cleo.see(test("sheet"))
	cleo.onPaper("付款前请阅读", "银行")
}
