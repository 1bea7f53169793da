package e2e

import "testing"

// A customer sets a lock, which counts at once; loosens it, which this device vouches for
// and which waits; and stops that. Who asks for help loosens nothing any more.
func TestAppLocks(t *testing.T) {
	t.Parallel()
	p := newPage(t, screens(t))
	inLooks(t, func(t *testing.T, l look) {
		p := p.as(t)
		b := p.app(l)
		b.click(test("locks"))
		b.counts(`[data-on="false"]`, 6)
		b.click(test("lock-limit"))
		b.click(test("lock-do")) // without an amount
		b.see(test("lock-wrong"))
		b.enter(test("lock-payment"), "500")
		b.enter(test("lock-day"), "1500")
		b.state("app-lock-limit")
		b.click(test("lock-do"))
		b.see(`[data-lock="limit"][data-on="true"]`)
		for _, kind := range []string{"places", "hours", "new_payees", "ways", "devices"} {
			b.click(test("lock-" + kind))
			b.see(test("lock-form"))
			if kind == "places" {
				b.click(test("lock-of-home"))
				b.eval(`(e => { e.value = "DE"; e.dispatchEvent(new Event("change", {bubbles: true})); })(document.querySelector('`+
					test("lock-country")+`'))`, nil)
				b.see(test("lock-of-DE"))
			}
			b.state("app-lock-" + kind)
			b.click(test("lock-do"))
			b.see(`[data-lock="` + kind + `"][data-on="true"]`)
		}
		b.click(test("lock-new_payees"))
		b.click(test("lock-wait-0"))
		b.click(test("lock-do")) // stricter: no question
		b.see(test("lock-said"))
		b.counts(test("lock-stop"), 0)

		b.click(test("lock-limit"))
		b.enter(test("lock-payment"), "0") // 5000
		b.click(test("lock-do"))
		b.enter(test("lock-pin"), "9999\r")
		b.see(".error")
		b.enter(test("lock-pin"), "1234")
		b.state("app-lock-loosen")
		b.click(test("lock-loosen-do"))
		b.see(test("lock-stop"))
		b.state("app-locks")
		b.click(test("back"))
		b.see(test("locks-coming"))
		b.state("app-home-locks")
		b.click(test("locks"))
		b.click(test("lock-stop"))
		b.counts(test("lock-stop"), 0)
		b.says(map[string]string{"en": "At most €500.00 in one payment", "zh-Hans": "每笔最多 €500.00"}[l.locale])

		b.click(test("lock-places"))
		b.click(test("lock-off"))
		b.enter(test("lock-pin"), "1234")
		b.click(test("lock-loosen-do")) // with lists in what is signed, and without a lock
		b.see(`[data-lock="places"] ` + test("lock-stop"))
		b.click(test("lock-ways"))
		b.click(test("lock-of-card_online"))
		b.click(test("lock-do"))
		b.enter(test("lock-pin"), "1234")
		b.click(test("lock-loosen-do"))
		b.see(`[data-lock="ways"] ` + test("lock-stop"))

		b.click(test("back"))
		b.click(test("help"))
		b.click(test("help-do"))
		b.click(test("helped-act"))
		b.click(test("locks"))
		b.counts(test("lock-stop"), 0) // nothing comes any more
		b.click(test("lock-hours"))
		b.click(test("lock-off"))
		b.enter(test("lock-pin"), "1234")
		b.click(test("lock-loosen-do"))
		b.see(test("lock-wrong"))
		b.state("app-lock-refused")
	})
}

// A customer stops everything while a payment is asked about: the page says beforehand
// what that does and what goes on, fails without doing it, and says afterwards what it
// did. The app says it first from then on.
func TestAppStopsEverything(t *testing.T) {
	t.Parallel()
	p := newPage(t, screens(t))
	inLooks(t, func(t *testing.T, l look) {
		p, who := p.as(t), speakers[l.locale]
		b := p.app(l)
		b.see(test("stop-all"))
		p.hold("stop-"+l.locale, who, nil)
		b.see(test("question"))
		b.click(test("stop-all"))
		b.see(test("goes-on"))
		b.state("app-stop-sure")
		b.cutOff("/v1/app/emergency")
		b.click(test("stop-all-do"))
		b.see(`[role="alert"]`)
		b.state("app-stop-failed")
		b.counts(test("protected"), 0)
		b.cutOff()
		b.click(test("stop-all-do"))
		b.see(test("stop-did"))
		b.counts(test("protected"), 1)
		b.state("app-stopped")
		b.click(test("stopped-act"))
		b.see(test("what-is-stopped"))
		b.counts(test("stop-all"), 0)
		b.state("app-home-stopped")
		b.click(test("what-is-stopped"))
		b.see(test("stop-did"))
	})
}
