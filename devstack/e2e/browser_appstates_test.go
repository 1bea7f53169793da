package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"holdfast/api/client"
	"holdfast/devstack/stack"
	"holdfast/hold"
)

// before runs a script ahead of every page's own.
func (b *tab) before(js string) {
	b.Helper()
	b.run(chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := cdppage.AddScriptToEvaluateOnNewDocument(js).Do(ctx)
		return err
	}))
}

// says waits until the page has these words somewhere.
func (b *tab) says(words string) {
	b.Helper()
	js := fmt.Sprintf(`document.body.innerText.includes(%q)`, words)
	b.run(named("says "+words, chromedp.Poll(js, nil, chromedp.WithPollingInterval(50*time.Millisecond),
		chromedp.WithPollingTimeout(patience))))
}

// A bank that can only open an address hands the token over in its fragment.
// The device is found again by its key: nobody says which customer it is.
func TestAppTakesTokenFromAddress(t *testing.T) {
	t.Parallel()
	p := newPage(t, screens(t))
	b := newTab(t, look{390, "light", "zh-Hans"})
	b.run(network.SetBlockedURLs().WithURLPatterns([]*network.BlockPattern{{URLPattern: "*://*:*/dev/bank.js", Block: true}}))
	b.open(p.URL + "/app")
	b.see(test("signed-out"))
	b.state("app-open-from-bank")
	b.as(narrow)
	b.run(chromedp.Reload())
	b.see(test("signed-out"))
	b.state("app-open-from-bank")
	enter := func() {
		token, err := p.bank.Session(t.Context(), "maria")
		if err != nil {
			t.Fatal(err)
		}
		b.open("about:blank")
		b.open(p.URL + "/app#token=" + token)
	}
	enter()
	b.see(test("lost-key"))
	b.enter(test("device-name"), "Laptop")
	b.enter(test("new-pin"), "4711\r")
	b.click(test("go-on"))
	b.see(test("home"))
	var address string
	b.eval(`location.href + document.referrer`, &address)
	if strings.Contains(address, "hfc_") {
		t.Error("the token stays in the address")
	}
	b.run(chromedp.Reload())
	b.see(test("signed-out"))
	enter()
	b.see(test("home"))
	b.see(test("link-socket"))
}

const noSocket = `window.WebSocket = class { static OPEN = 1; readyState = 3; constructor() { setTimeout(() => this.onclose?.()); } send() {} close() {} }`

// Without a socket the app looks every few seconds, and everything works.
func TestAppWithoutSocket(t *testing.T) {
	t.Parallel()
	p := newPage(t, screens(t))
	inLooks(t, func(t *testing.T, l look) {
		b := newTab(t, l)
		b.before(noSocket)
		b.open(p.URL + "/app")
		b.click(test("known-" + string(speakers[l.locale])))
		b.see(test("link-polling"))
		b.state("app-polling")
	})
	b := newTab(t, narrow)
	b.before(noSocket)
	b.open(p.URL + "/app")
	b.click(test("known-maria"))
	b.see(test("link-polling"))
	id := p.hold("poll", "maria", nil)
	b.see(test("question"))
	b.click(test("approve"))
	b.enter(test("pin"), "1234\r")
	b.see(test("ended-answered"))
	p.decided(id, hold.Release, hold.ReasonApproved)
	b.see(`[data-outcome="release"]`)
	b.click(test("done"))
	p.hold("poll-reversed", "maria", nil)
	b.see(test("question"))
	held := p.hold("poll-other", "maria", func(r *hold.Request) { r.Payee.Name = "Second" })
	b.says("1 more wait")
	res, err := p.bank.DecideHold(t.Context(), held, &client.DecideHoldParams{IfMatch: `"1"`}, client.DecisionRequest{Outcome: hold.Reverse,
		Reason: "The customer came to the branch."})
	if err := stack.Reply(res, err, nil); err != nil {
		t.Fatal(err)
	}
	b.see(`[data-test="ended-decided"] [data-outcome="reverse"]`)
	b.click(test("done"))
	b.see(test("question"))
}

// A question that is taken back says so, and the new one follows; a device that
// another one removes is told, and begins anew.
func TestAppTakenBackAndRemoved(t *testing.T) {
	t.Parallel()
	p := newPage(t, screens(t))
	inLooks(t, func(t *testing.T, l look) {
		p, who := p.as(t), speakers[l.locale]
		one, other := p.app(l), p.app(l)
		id := p.hold("amend-"+l.locale, who, nil)
		one.see(test("question"))
		res, err := p.bank.AmendHold(t.Context(), id, &client.AmendHoldParams{IfMatch: `"1"`}, client.Amendment{Amount: &hold.Money{Minor: 99000,
			Currency: "EUR"}})
		if err := stack.Reply(res, err, nil); err != nil {
			t.Fatal(err)
		}
		one.see(test("ended-cancelled"))
		one.state("app-taken-back")
		one.click(test("done"))
		one.see(test("question"))
		one.says("990")
		one.click(test("refuse"))
		one.click(test("deny-changed"))
		one.see(test("ended-answered"))
		one.click(test("done"))
		p.decided(id, hold.Reverse, hold.ReasonRefused)
		other.see(test("ended-cancelled") + "," + test("ended-elsewhere"))
		for i := 0; i < 3; i++ {
			var left bool
			if other.eval(`!!document.querySelector('[data-test="done"]')`, &left); left {
				other.click(test("done"))
			}
		}
		other.see(test("home"))
		var id1 string
		one.eval(`new Promise(r => { const o = indexedDB.open("holdfast"); o.onsuccess = () => { const q = o.result.transaction("devices").objectStore("devices").getAll(); q.onsuccess = () => { o.result.close(); r(q.result[0].id); }; }; })`, &id1)
		other.click(test("devices"))
		other.click(`[data-device="` + id1 + `"] ` + test("remove"))
		other.click(test("sure-do"))
		one.see(test("revoked"))
		one.state("app-revoked")
		one.click(test("revoked-act"))
		one.see(test("enrol"))
	})
}

// A scam's warning comes before the payment, help before the way on; who wants
// the payment asks for a call, and the call shows over everything.
func TestAppWarnsAndIsCalled(t *testing.T) {
	t.Parallel()
	const asked = "  scam:\n    rungs:\n"
	p := newPage(t, strings.Replace(screens(t), asked,
		asked+"      - name: push\n        ask: [{channel: push, min_uv: pin}]\n        timeout: 2m\n        approved: next\n", 1))
	inLooks(t, func(t *testing.T, l look) {
		p, who := p.as(t), speakers[l.locale]
		b := p.app(l)
		p.hold("scam-"+l.locale, who, func(r *hold.Request) { r.Risk.Reasons = []string{"impersonation"} })
		b.see(test("warning"))
		b.state("app-warning")
		b.click(test("onward"))
		b.see(test("callback-only"))
		b.state("app-callback-only")
		b.click(test("approve"))
		b.enter(test("pin"), "1234")
		b.state("app-ask-for-call")
		b.click(test("send"))
		b.see(test("ended-answered"))
		b.state("app-call-follows")
		b.click(test("done"))
		person, _ := stack.Named(who)
		p.rings(map[string]string{"en": "ana", "zh-Hans": "bo"}[l.locale], person.Number)
		p.pickUp(p.handset(person.Number), 0)
		b.see(test("digits"))
		b.state("app-calling")
		b.click(test("calling-read"))
		b.state("app-calling-read")
		b.click(test("is-it"))
		b.see(test("is-it-yes"))
		b.state("app-is-calling")
		b.click(test("help"))
		others := map[string]string{"en": "End any other call", "zh-Hans": "请结束其他通话"}[l.locale] // the bank's goes on, nobody else's
		b.says(others)
		b.click(test("help-do"))
		b.see(test("helped"))
		b.says(others)
		b.state("app-helped")
	})
}

// Where nothing can be kept there is no key, and that is said.
func TestAppCannotKeepKey(t *testing.T) {
	t.Parallel()
	p := newPage(t, screens(t))
	inLooks(t, func(t *testing.T, l look) {
		b := newTab(t, l)
		b.before(`Object.defineProperty(window, "indexedDB", {value: undefined})`)
		b.open(p.URL + "/app?customer=maria")
		b.see(test("no-storage"))
		b.state("app-no-storage")
	})
}
