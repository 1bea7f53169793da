package e2e

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"holdfast/devstack/stack"
	"holdfast/hold"
)

// holdable lets a phone page stand still: what passes can be looked at.
const holdable = `const real = fetch; window.fetch = (r, ...more) => real(r, ...more).then(x => window.still && String(r).includes("/phones?") ? new Promise(() => {}) : x)`

// A phone shows texts and calls; a text is replied to, its link opens, a call is
// answered and its keypad used; and the network can be made slow.
func TestPhonesPage(t *testing.T) {
	t.Parallel()
	policy := screens(t)
	linked := strings.Replace(policy, "channel: facelink, ", "channel: facelink, by_sms: true, ", 1)
	if linked == policy {
		t.Fatal("the policy is another one")
	}
	p := newPage(t, linked)
	for locale, who := range speakers {
		person, _ := stack.Named(who)
		agent := map[string]string{"en": "ana", "zh-Hans": "bo"}[locale]
		l := look{390, "light", locale}
		p.hold("phone-"+locale, who, nil)
		b := newTab(t, l)
		b.open(p.URL + "/phone?customer=" + string(who))
		b.see(test("text"))
		b.state("phone-texts")
		b.enter(test("reply-box"), "What is this?\r")
		b.see(test("reply") + " .good")
		b.state("phone-replied")

		p.known(who)
		p.hold("phone-link-"+locale, who, func(r *hold.Request) { r.Risk.Reasons = []string{"new_device"} })
		b.see(test("text-link"))
		b.state("phone-link")
		b.opens(test("text-link"), `[data-test="face-ask"]`)

		still := newTab(t, l)
		still.before(holdable)
		still.open(p.URL + "/phone?customer=" + string(who))
		still.see(test("text"))
		p.rings(agent, person.Number)
		still.see(test("call-answer"))
		still.eval(`window.still = true`, nil)
		b.click(test("call-answer"))
		b.click(test("keypad"))
		b.click(".keys button:nth-child(4)")
		b.click(".keys button:nth-child(2)")
		b.says("42")
		b.state("phone-keypad")
		still.state("phone-ringing")
		b.click(test("call-hangup"))
		b.see(test("past-call"))

		b.click(test("network") + " summary")
		b.click(test("fault-slow"))
		b.see(test("network") + " .status.warn")
		b.state("phone-network")
		b.click(test("fault-fine"))
		b.gone(test("network") + " .choice .status.warn")

		b.open(p.URL + "/phone")
		b.see(test("phones"))
		b.see(test("phone-ana"))
		b.state("phone-all")
	}
}

// opens presses a link, and waits for what the new tab shows.
func (b *tab) opens(link, what string) {
	b.Helper()
	opened := chromedp.WaitNewTarget(b.ctx, func(i *target.Info) bool { return i.Type == "page" })
	b.click(link)
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithTargetID(<-opened))
	defer cancel()
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	if err := chromedp.Run(ctx, named("the new tab shows "+what, chromedp.WaitVisible(what, chromedp.ByQuery))); err != nil {
		b.give(err.Error())
	}
}
