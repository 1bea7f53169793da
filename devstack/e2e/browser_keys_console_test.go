package e2e

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"holdfast/channels/push"
	"holdfast/devstack/stack"
	"holdfast/hold"
)

// signIn signs somebody in at the provider's page, by keys.
func (b *tab) signIn(p *page, sub, path string) {
	b.Helper()
	b.open(p.URL + path)
	b.press(test("signin-link"))
	b.press(test("signin-" + sub))
	b.see(test("menu"))
}

// The agents' console without a pointer: the next case, a reveal, the call, the
// digits, the word; and the second person, who approves one and rejects one.
func TestConsoleByKeyboard(t *testing.T) {
	t.Parallel()
	p := newPage(t, screens(t))
	maria, _ := stack.Named("maria")
	desk, customer := p.handset(stack.AgentNumbers["ana"]), p.handset(maria.Number)
	app, ana, sam := p.app(narrow), newTab(t, wide), newTab(t, wide)
	ana.signIn(p, "ana", "/console")
	sam.signIn(p, "sam", "/console/approvals")

	// All keys are shown, and the dialog gives the focus back.
	ana.tabTo(test("inbound"))
	ana.keys("?")
	ana.keeps(test("key-help"))
	ana.keys(kb.Escape)
	ana.gone("dialog")
	ana.has(test("inbound"))

	// The menu opens and closes with the focus where it was.
	ana.press(test("menu"))
	ana.tabTo(test("lang-en"))
	ana.keys(kb.Escape)
	ana.has(test("menu"))

	for n, decision := range []string{"approve", "reject"} {
		id := p.hold("keys-"+decision, "maria", func(r *hold.Request) { r.Risk.Reasons = []string{"impersonation"} })
		ana.see(test("queue-row"))
		ana.keys("n")
		ana.keeps(test("payment"))

		if n == 0 {
			ana.press(test("reveal-account"))
			ana.keeps(test("reveal-reason"))
			ana.keys("She asks which account" + kb.Enter)
			ana.keeps(test("revealed"))
			ana.press(test("revealed") + " button")
			ana.keeps(test("reveal-account"))
		}

		ana.keys("c")
		ana.keeps(test("call-state"))
		p.pickUp(desk, n)
		ring := p.pickUp(customer, n)
		ana.see(`[data-test="call-state"][data-state="connected"]`)
		app.see(test("digits"))
		var digits string
		app.eval(`document.querySelector('[data-test="digits"]').textContent`, &digits)
		ana.write(test("digits"), digits+kb.Enter)
		ana.gone(test("digits"))
		ana.keeps(test("call"))
		if err := customer.HangUp(t.Context(), ring.SID, 31*time.Second); err != nil {
			t.Fatal(err)
		}
		ana.keeps(`[data-test="call-state"][data-state="ended"]`)

		ana.keys("3") // "not me" by mistake
		ana.keeps(test("dispose"))
		ana.press(test("dispose-cancel"))
		ana.gone("dialog")
		ana.keys("1")
		ana.keeps(test("dispose"))
		ana.write(test("dispose")+" textarea", "Heard her out.")
		ana.press(test("dispose-do"))
		ana.keeps(test("recorded"))
		ana.gone("dialog")

		sam.see(test("approval"))
		sam.press(test(decision))
		sam.keeps(test("decide-reason"))
		sam.write(test("decide-reason"), "Looked at it.")
		sam.press(test("decide-do"))
		sam.gone("dialog")
		sam.keeps(test("approval-done"))
		if n == 0 {
			p.decided(id, hold.Release, hold.ReasonApproved)
			app.gone(test("calling"))
		}
	}
	// What was rejected goes to a supervisor, who gives it back and takes it again.
	sam.press(test("nav-work"))
	sam.keeps(test("queue-row"))
	sam.keys("n")
	sam.keeps(test("payment"))
	sam.press(test("return"))
	sam.keeps(test("no-case"))
	sam.press(test("next"))
	sam.keeps(test("payment"))
}

// said answers a customer's interview about a payment as the seeded phone would that
// says this of itself.
func (p *page) said(who hold.CustomerID, id hold.ID, sig hold.Signals, answers ...hold.Said) {
	p.Helper()
	device, err := stack.LoadPhone(p.options.Dir, who)
	if err != nil {
		p.Fatal(err)
	}
	token, err := p.bank.Session(p.Context(), who)
	if err != nil {
		p.Fatal(err)
	}
	asked := p.question(token, id)
	proof, err := push.Signer{Device: device.ID, Key: device.Key, Audience: p.URL}.SignInterview(asked.ID, asked.Nonce, answers, sig,
		hold.At(p.Now()))
	if err == nil {
		err = customer{token: token}.call(p.T, p.Stack, "POST", "/v1/app/challenges/"+string(asked.ID)+"/interview",
			map[string]string{"proof": proof}, nil)
	}
	if err != nil {
		p.Fatal(err)
	}
}

// What comes before paying, asked aloud without a pointer: the agent sees what was
// answered in the app, what of it the device says otherwise, and that it waited; takes
// down the answers; sees until when it waits now; and hears the refusal.
func TestInterviewByKeyboard(t *testing.T) {
	t.Parallel()
	p := newPage(t, talkPolicy(t))
	id := p.talked("keys-aloud", "maria")
	p.said("maria", id, hold.Signals{OnCall: hold.Yes}, hold.Said{Question: "on_call", Answer: "no"},
		hold.Said{Question: "told", Answer: "no"})
	p.passes(12 * time.Hour)
	ana := newTab(t, wide)
	ana.signIn(p, "ana", "/console")
	ana.see(test("queue-row"))
	ana.keys("n")
	ana.keeps(test("payment"))
	ana.see(test("said-customer") + " dd .status.warn")
	for _, words := range []string{"The device says otherwise", "A wait, then a call", "Released by a call only", "It waited until"} {
		ana.says(words)
	}
	ana.state("console-interview")

	ana.tabTo(test("ask-on_call") + " input")
	ana.keys(" " + kb.ArrowDown) // yes
	ana.tabTo(test("ask-told") + " input")
	ana.keys(" ") // no
	ana.press(test("interview-send"))
	ana.see(test("said-agent"))
	ana.keeps(test("interview"))
	ana.gone(test("interview-send"))
	ana.says("No approval counts before")
	ana.state("console-interview-asked")

	ana.keys("2")
	ana.keeps(test("dispose"))
	ana.press(test("dispose-do"))
	ana.keeps(test("recorded"))
	p.decided(id, hold.Reverse, hold.ReasonRefused)
}
