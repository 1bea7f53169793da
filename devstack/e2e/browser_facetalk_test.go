package e2e

import (
	"strings"
	"testing"
	"time"

	"holdfast/api/client"
	"holdfast/devstack/phone"
	"holdfast/devstack/stack"
	"holdfast/hold"

	"github.com/chromedp/chromedp/kb"
)

// faceTalkPolicy asks before every face check, and calls behind it.
var faceTalkPolicy = strings.NewReplacer(
	"deadlines: {transfer: 10m}", "deadlines: {card: 24h, transfer: 24h, cash_out: 24h, scam: 72h}",
	"ladders:\n", talks[1:]+"ladders:\n",
	"ask: [{channel: facelink}]\n        timeout: 10m\n", "ask: [{channel: facelink, interview: auto}]\n        timeout: 10m\n"+
		"      - name: call\n        ask: [{channel: callback, interview: auto}]\n        timeout: 8h\n",
).Replace(facePolicy)

// The link's page asks one question at a time, warns, and only then tries the camera: of
// the payment it says nothing before that. Stopping is the easy way, and what waits or
// takes a call says so.
func TestFacePagesTalkFirst(t *testing.T) {
	t.Parallel()
	for _, locale := range locales {
		t.Run(locale, func(t *testing.T) {
			t.Parallel()
			p, who := newPage(t, faceTalkPolicy), speakers[locale]
			p.known(who)
			b := newTab(t, look{390, "light", locale})
			open := func(id hold.ID) {
				t.Helper()
				token, err := p.bank.Session(t.Context(), who)
				if err != nil {
					t.Fatal(err)
				}
				link, err := phone.FaceLink(t.Context(), p.URL, token, p.question(token, id).ID)
				if err != nil {
					t.Fatal(err)
				}
				b.open(link)
			}
			say := func(answer string) { b.click(`section:not([hidden]) button[value="` + answer + `"]`) }
			const back = `section:not([hidden]) [data-test="back"]`

			id := p.hold("facetalk-"+locale, who, func(r *hold.Request) { r.Payee.Name = hostile })
			open(id)
			b.see(`[data-test="face-interview"]`)
			b.gone("#try")
			b.hides("1,250", "1250", "Kovacs", "DE02")
			b.state("face-interview")
			say("no")
			b.has("section:nth-of-type(2) h1")
			b.click(back)
			b.has("section:nth-of-type(1) h1")
			b.press(`section:not([hidden]) button[value="no"]`) // by keyboard
			b.press(`section:not([hidden]) button[value="yes"]`)
			b.see(`[data-test="face-warning"]`)
			b.state("face-talk-warning")
			b.click("#onward") // once it can be
			b.has("#sure h2")
			b.state("face-talk-sure")
			b.click("#back")
			b.click("#onward")
			b.tabTo(test("go-on"))
			b.keys(kb.Enter)
			b.see(`[data-test="face-ask"]`)
			b.pictures()
			p.judge("ana", "same")
			p.decided(id, hold.Release, hold.ReasonApproved)

			id = p.hold("facecall-"+locale, who, func(r *hold.Request) { r.Deadline = hold.At(time.Now().Add(4*time.Hour + 30*time.Minute)) })
			open(id)
			say("yes") // somebody is on the line, and there is no time to wait
			say("no")
			b.see(`[data-test="face-call"]`)
			b.state("face-call")
			p.reverse(id)

			id = p.hold("faceover-"+locale, who, nil)
			open(id)
			say("no")
			p.reverse(id)
			say("no")
			b.see(`[data-test="face-over"]`)
			b.state("face-over")

			id = p.hold("facewaits-"+locale, who, nil)
			open(id)
			say("yes")
			say("no")
			b.see(`[data-test="face-waits"]`)
			b.hides("1,250", "1250", "Kovacs", "DE02")
			b.state("face-waits")
			if _, err := stack.PutForward(t.Context(), p.URL, 12*time.Hour); err != nil {
				t.Fatal(err)
			}
			open(id) // asked anew: the questions are not, and the warning is still to be read
			b.see(`[data-test="face-warning"]`)
			b.click(test("stop"))
			b.see(`[data-test="face-stopped"]`)
			b.state("face-stopped")
			b.click("main form button")
			b.see(`[data-test="face-calling"]`)
		})
	}
}

// pictures takes the three of a face check whose link has asked all that it asks, and
// sends them.
func (b *tab) pictures() {
	b.Helper()
	b.click(`input[name="consent"]`)
	b.click("#try")
	b.click("#begin")
	b.see(`[data-test="face-check"]`)
	b.see(test("said"))
	for _, n := range []string{"1", "2", "3"} {
		b.click("#take")
		b.see(".shots li.taken:nth-child(" + n + ")")
	}
	b.click("#send")
	b.see(`[data-test="face-thanks"]`)
}

// reverse has the bank stop a hold.
func (p *page) reverse(id hold.ID) {
	p.Helper()
	res, err := p.bank.DecideHold(p.Context(), id, &client.DecideHoldParams{IfMatch: `"1"`}, client.DecisionRequest{Outcome: hold.Reverse,
		Reason: "x"})
	if err := stack.Reply(res, err, nil); err != nil {
		p.Fatal(err)
	}
}
