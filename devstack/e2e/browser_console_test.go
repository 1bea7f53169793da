package e2e

import (
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"

	"holdfast/api/client"
	"holdfast/devstack/provider"
	"holdfast/devstack/stack"
	"holdfast/hold"
)

// console signs somebody in.
func (p *page) console(sub string, l look) *tab {
	p.Helper()
	b := newTab(p.T, l)
	b.open(p.URL + "/console?hint=" + sub)
	b.see(test("menu"))
	return b
}

// handset is a phone behind the fake provider.
func (p *page) handset(number string) provider.Handset {
	return provider.Handset{URL: p.Provider, Number: number}
}

// rings waits for the latest call to a phone and picks it up.
func (p *page) pickUp(h provider.Handset, before int) provider.Ring {
	p.Helper()
	var got []provider.Ring
	until(p, "a call to "+h.Number, func() bool {
		var err error
		got, err = h.Calls(p.Context(), before)
		return err == nil && len(got) > 0
	})
	if err := h.Answer(p.Context(), got[0].SID); err != nil {
		p.Fatal(err)
	}
	return got[0]
}

// wasFraud is what the bank learns later.
func (p *page) wasFraud(id hold.ID) {
	p.Helper()
	res, err := p.bank.RecordOutcome(p.Context(), id, client.OutcomeRequest{Outcome: hold.AftermathFraud, Kind: "romance",
		Source: hold.SourcePolice, At: hold.At(time.Now().Truncate(time.Millisecond))})
	if err != nil {
		p.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		p.Fatal(res.Status)
	}
}

// freeze stops what the page learns of its case, so that a state which passes can
// be looked at.
func (b *tab) freeze() {
	b.Helper()
	b.run(network.SetBlockedURLs().WithURLPatterns([]*network.BlockPattern{{URLPattern: "*://*:*/console/v1/callbacks/case_*", Block: true}}))
}

// callIs waits for a call's state.
func (b *tab) callIs(state string) {
	b.Helper()
	b.see(`[data-test="call-state"][data-state="` + state + `"]`)
}

// A payment that looks like a scam: the next case by a key, the call, the two
// digits that the customer's app shows, the word, and a second person.
func TestConsoleCalls(t *testing.T) {
	t.Parallel()
	p := newPage(t, screens(t))
	maria, _ := stack.Named("maria")
	app, ana := p.app(narrow), p.console("ana", wide)
	ana.see(test("no-case"))
	ana.state("console-no-case")
	id := p.hold("call", "maria", func(r *hold.Request) { r.Risk.Reasons, r.Payee.Name = []string{"impersonation"}, hostile })
	ana.see(test("queue-row"))
	ana.click(test("no-case") + " h2") // anywhere but a field
	ana.keys("n")
	ana.see(test("payment"))
	// The reason, the script and what a confirmation takes, in the language that she switches to.
	for _, l := range []struct{ locale, reason, script, two string }{
		{"zh-Hans", "疑似诈骗：有人冒充银行", "询问是否有人要求把钱转到“安全账户”。", "确认后须由第二人复核。"},
		{"en", "Likely scam: somebody poses as the bank", "Ask whether anyone asked them to move money",
			"A confirmation will need a second person."},
	} {
		ana.speak(l.locale)
		for _, words := range []string{l.reason, l.script, l.two} {
			ana.says(words)
		}
	}
	ana.state("console-case")

	first, second := p.console("ana", wide), p.console("ana", wide) // her other windows
	first.see(test("payment"))
	second.see(test("payment"))
	ana.keys("c")
	first.callIs("placed")
	first.freeze()
	p.pickUp(p.handset(stack.AgentNumbers["ana"]), 0)
	second.callIs("ringing")
	second.freeze()
	customer := p.handset(maria.Number)
	ring := p.pickUp(customer, 0)
	ana.callIs("connected")
	first.state("console-ringing-agent")
	second.state("console-ringing-customer")
	ana.state("console-connected")

	app.see(test("digits"))
	var digits string
	app.eval(`document.querySelector('[data-test="digits"]').textContent`, &digits)
	ana.enter(test("digits"), digits)
	ana.click(test("identify"))
	ana.gone(test("digits"))
	ana.state("console-identified")
	if err := customer.HangUp(t.Context(), ring.SID, 31*time.Second); err != nil {
		t.Fatal(err)
	}
	ana.callIs("ended")
	ana.state("console-call-ended")
	ana.click(test("rail") + " h2")
	ana.keys("1")
	ana.see(test("dispose"))
	var note string
	ana.eval(`document.querySelector('dialog textarea').value`, &note)
	if note != "" {
		t.Errorf("the key was typed into the note: %q", note)
	}
	ana.state("console-confirm")
	ana.enter(test("dispose")+" textarea", "She knows the payee from school.")
	ana.click(test("dispose-do"))
	ana.see(test("recorded"))
	ana.state("console-recorded")

	sam := p.console("sam", wide)
	sam.open(p.URL + "/console/approvals")
	sam.see(test("approval"))
	sam.state("console-approval")
	sam.click(test("approve"))
	sam.enter(test("decide-reason"), "Heard her out.")
	sam.state("console-approve")
	sam.click(test("decide-do"))
	p.decided(id, hold.Release, hold.ReasonApproved)
	p.wasFraud(id)
	sam.open(p.URL + "/console/holds/" + string(id))
	sam.see(test("proof"))
	sam.says("Fraud (romance), known from the police since")
	sam.state("console-story")
	sam.open(p.URL + "/console/wall")
	sam.see(test("figures"))
	sam.see(test("no-warnings"))
	sam.state("console-wall")
	sam.open(p.URL + "/console/agents")
	sam.see(test("agents-table"))
	sam.state("console-agents")
	sam.open(p.URL + "/console/search")
	sam.enter(test("search-q"), "maria")
	sam.click(test("search-do"))
	sam.see(test("found"))
	sam.state("console-search")
}

// Two consoles on one queue: everybody has a customer of their own, and who
// loses one hears of it with what was typed still there.
func TestTwoConsoles(t *testing.T) {
	t.Parallel()
	p := newPage(t, screens(t))
	ana, bo := p.console("ana", wide), p.console("bo", wide)
	for _, who := range []hold.CustomerID{"maria", "omar"} {
		p.hold("two-"+string(who), who, func(r *hold.Request) { r.Risk.Reasons = []string{"impersonation"} })
	}
	ana.counts(test("queue-row"), 2)
	ana.click(test("next"))
	bo.click(test("next"))
	ana.see(test("case"))
	bo.see(test("case"))
	cases := map[string]string{}
	for _, sub := range []string{"ana", "bo"} {
		a, err := stack.NewAgent(p.Coordinates, sub)
		if err != nil {
			t.Fatal(err)
		}
		var c client.Case
		res, err := a.NextCase(t.Context()) // who has one gets that again
		if err := stack.Reply(res, err, &c); err != nil {
			t.Fatal(err)
		}
		cases[c.Id] = sub
	}
	if len(cases) != 2 {
		t.Fatalf("two agents have %v", cases)
	}
	ana.enter(test("note"), "She hesitates")
	for id, sub := range cases {
		if sub != "ana" {
			continue
		}
		sam, err := stack.NewAgent(p.Coordinates, "sam")
		if err != nil {
			t.Fatal(err)
		}
		res, err := sam.ReassignCase(t.Context(), id, client.ReassignRequest{})
		if err := stack.Reply(res, err, nil); err != nil {
			t.Fatal(err)
		}
	}
	ana.see(test("lease-lost"))
	ana.see(test("kept-note"))
	ana.state("console-lease-lost")
}

// A face check is judged beside the portrait, and a session that was ended
// everywhere says so.
func TestConsoleJudgesFace(t *testing.T) {
	t.Parallel()
	p := newPage(t, facePolicy)
	id := p.pictured("judged", nil)
	ana, again := p.console("ana", wide), p.console("ana", wide)
	ana.click(test("next"))
	ana.see(test("face"))
	ana.see(test("face") + " img")
	ana.eval(`Promise.all([...document.querySelectorAll('[data-test="face"] img')].map(i => i.decode()))`, nil)
	ana.state("console-face")
	ana.click(test("disposition-same"))
	ana.click(test("dispose-do"))
	p.decided(id, hold.Release, hold.ReasonApproved)
	again.click(test("menu"))
	again.click(test("signout-everywhere"))
	again.see(test("signin"))
	again.state("console-signed-out")
	ana.eval(`dispatchEvent(new Event("focus"))`, nil)
	ana.click(test("next"))
	ana.see(test("session-ended"))
	ana.state("console-session-ended")
}
