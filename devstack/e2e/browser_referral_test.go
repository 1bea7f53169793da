package e2e

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"holdfast/api/client"
	"holdfast/devstack/stack"
	"holdfast/hold"
	"holdfast/queue"
)

// sheets are the sizes of paper, in inches, with what 20 mm of margin leave of their
// width in pixels.
var sheets = map[string]struct {
	wide, high float64
	left       int64
}{"A4": {8.27, 11.69, 642}, "Letter": {8.5, 11, 664}}

// handedOver is what a printer gets of a referral, on either paper and in either
// language: all of it, on two sheets at most, and no way to anywhere.
func (b *tab) handedOver(words ...string) {
	b.Helper()
	was := b.look
	for _, locale := range locales {
		b.speak(locale)
		for size, s := range sheets {
			b.as(look{s.left, "light", locale})
			b.run(emulation.SetEmulatedMedia().WithMedia("print"))
			b.see(test("referral-hash"))
			var shown string
			b.eval(`document.querySelector("main").innerText`, &shown)
			for _, w := range words {
				if !strings.Contains(shown, w) {
					b.Errorf("%s, %s: the paper does not say %q: %s", size, locale, w, shown)
				}
			}
			var ways, over int
			b.eval(`[...document.querySelectorAll("a, button, nav, header")].filter((e) => e.checkVisibility()).length`, &ways)
			b.eval(`[document.documentElement, ...document.querySelectorAll("main *")].filter((e) => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0).length`,
				&over)
			if ways != 0 || over != 0 {
				b.Errorf("%s, %s: %d ways to anywhere and %d cut off on the paper", size, locale, ways, over)
			}
			b.picture("paper_referral_" + size + "_" + locale)
			var pdf []byte
			b.run(chromedp.ActionFunc(func(ctx context.Context) (err error) {
				pdf, _, err = cdppage.PrintToPDF().WithPaperWidth(s.wide).WithPaperHeight(s.high).Do(ctx)
				return err
			}))
			if pages := strings.Count(string(pdf), "/Type /Page\n"); pages < 1 || pages > 2 {
				b.Errorf("%s, %s: it takes %d sheets", size, locale, pages)
			}
			b.run(emulation.SetEmulatedMedia().WithMedia("screen"))
		}
	}
	b.speak(was.locale)
	b.as(was)
}

// Two supervisors hand a case to the police: asked for on the payment's page, agreed to
// from the approvals, read and printed, each on record. A complaint that is overdue is
// marked, counted on the wallboard and answered, which changes nothing.
func TestCaseIsHandedOver(t *testing.T) {
	t.Parallel()
	p := newPage(t, screens(t)+"\nreferrals: {police: full}\n")
	id := p.scamOf("handed", "maria")
	sam := p.console("sam", wide)
	sam.open(p.URL + "/console/holds/" + string(id))
	sam.click(test("refer"))
	sam.enter(test("refer-reason"), "She was told to say that it was for a car. A report was filed.")
	sam.state("console-refer")
	sam.click(test("refer-do"))
	sam.gone("dialog")
	sam.see(test("referral-line"))

	sue := p.console("sue", wide)
	sue.open(p.URL + "/console/approvals")
	sue.see(test("waiting-referrals"))
	sue.state("console-referrals-waiting")
	sue.click(test("referral-open"))
	sue.see(test("referral-status"))
	sue.click(test("referral-agree"))
	sue.enter(test("referral-reason"), "I have seen the report.")
	sue.state("console-referral-agree")
	sue.click(test("referral-do"))
	sue.see(test("referral-hash"))
	sue.state("console-referral")
	sue.handedOver("Maria Keller", "Anna Kovacs", "DE02120300000000202051", string(id))
	sue.click(test("referral-back"))
	sue.see(test("referral-line"))
	sue.says("referral.read")
	sue.says("referral.printed")

	res, err := p.bank.Complain(t.Context(), client.ComplaintRequest{Reference: "C-118", About: queue.ByPayer, HoldId: id,
		Reason: "My rent was held for two days.", ReceivedAt: hold.At(time.Now().AddDate(0, 0, -40))})
	if err := stack.Reply(res, err, nil); err != nil {
		t.Fatal(err)
	}
	sam.open(p.URL + "/console/wall")
	sam.see(test("figure-complaints-overdue") + " .status.bad")
	sam.click(test("nav-complaints"))
	sam.see(test("complaint") + " .status.bad")
	sam.state("console-complaints")
	sam.click(test("complaint-answer"))
	sam.click(test("complaint-upheld"))
	sam.enter(test("complaint-reason"), "It took too long. We are sorry.")
	sam.state("console-complaint-answer")
	sam.click(test("complaint-recall"))
	sam.click(test("complaint-do"))
	sam.see(test("recall-misplaced")) // the money never went
	sam.state("console-complaint-misplaced")
	sam.click(test("complaint-recall"))
	sam.click(test("complaint-do"))
	sam.see(test("complaint-done"))
	sam.see(test("complaint-next"))
	sam.state("console-complaint-upheld")
	if h := p.lookAt(id); h.Status != hold.Held {
		t.Errorf("the answer has changed the payment: %s", h.Status)
	}
}
