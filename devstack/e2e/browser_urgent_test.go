package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"holdfast/devstack/stack"
	"holdfast/hold"
	"holdfast/store/storetest"
)

// post tells the fake provider something.
func (p *page) post(path, body string) {
	p.Helper()
	r, err := http.NewRequestWithContext(p.Context(), http.MethodPost, p.Provider+path, strings.NewReader(body))
	if err != nil {
		p.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		p.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		p.Fatalf("%s: %s", path, res.Status)
	}
}

// asksForHelp is a customer who presses the button in their app.
func (p *page) asksForHelp(who hold.CustomerID) {
	p.Helper()
	token, err := p.bank.Session(p.Context(), who)
	if err != nil {
		p.Fatal(err)
	}
	if err := (customer{token: token}).call(p.T, p.Stack, "POST", "/v1/app/help", nil, nil); err != nil {
		p.Fatal(err)
	}
}

const offered = `[...document.querySelectorAll('[data-test^="disposition-"]')].map(e => e.dataset.test.slice(12) + (e.disabled ? "-" : "")).join(" ")`

// offers waits until exactly these results are shown; "-" behind one that cannot
// be chosen.
func (b *tab) offers(want string) {
	b.Helper()
	b.run(named("offers "+want, chromedp.Poll(offered+` === "`+want+`"`, nil, chromedp.WithPollingInterval(50*time.Millisecond),
		chromedp.WithPollingTimeout(patience))))
}

// Who asked for help is called with a script and results of its own, none of
// which releases anything: nobody was not reached without a call, nobody is safe
// who was not spoken to, a machine is nobody, and the last attempt says so.
func TestConsoleUrgent(t *testing.T) {
	t.Parallel()
	p := newPage(t, screens(t))
	maria, _ := stack.Named("maria")
	desk, customer := p.handset(stack.AgentNumbers["ana"]), p.handset(maria.Number)
	p.asksForHelp("maria")
	ana := p.console("ana", wide)
	ana.see(test("queue-row"))
	ana.click(test("next"))
	ana.see(test("urgent"))
	ana.counts(test("script")+" input", 5)
	ana.offers("safe_now- scam not_me not_reached-")
	ana.see(test("not-yet"))
	ana.keys("14") // not on offer
	ana.counts("dialog", 0)
	ana.state("console-urgent")

	ana.click(test("place-call"))
	p.pickUp(desk, 0)
	until(t, "the ring", func() bool { got, err := customer.Calls(t.Context(), 0); return err == nil && len(got) > 0 })
	rings, err := customer.Calls(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := customer.Decline(t.Context(), rings[0].SID); err != nil {
		t.Fatal(err)
	}
	ana.offers("safe_now- scam not_me not_reached")
	ana.callIs("ended")
	ana.click(test("disposition-not_reached"))
	ana.see(test("dispose"))
	ana.says("The next attempt is planned.")
	ana.click(test("dispose-do"))
	ana.see(test("recorded"))
	ana.says("The next attempt is at")

	raw := storetest.Raw(t, p.Database)
	raw.MustExec(raw.Rebind(`UPDATE tasks SET attempt = 2, ready_at = 1, ready_until = 0 WHERE kind = ? AND status = 'open'`), "help")
	raw.MustExec(`UPDATE cases SET until = 1 WHERE status = 'later'`)
	ana.click(test("next"))
	ana.offers("safe_now- scam not_me not_reached-") // that call was of another lease
	ana.click(test("place-call"))
	p.pickUp(desk, 1)
	until(t, "the ring", func() bool { rings, err = customer.Calls(t.Context(), 1); return err == nil && len(rings) > 0 })
	p.post("/phones/"+maria.Number+"/calls/"+rings[0].SID+"/machine", "")
	ana.says("A machine answered")
	ana.state("console-machine")
	if err := customer.HangUp(t.Context(), rings[0].SID, 31*time.Second); err != nil {
		t.Fatal(err)
	}
	ana.callIs("ended")
	ana.offers("safe_now- scam not_me not_reached")
	ana.click(test("disposition-not_reached"))
	ana.says("This was the last attempt")
	ana.state("console-last-attempt")
	ana.click(test("dispose-do"))
	ana.see(test("recorded"))
	ana.says("That was the last attempt")
	ana.state("console-plan-spent")

	p.asksForHelp("maria")
	ana.see(test("queue-row"))
	ana.click(test("next"))
	ana.see(test("urgent"))
	ana.click(test("place-call"))
	p.pickUp(desk, 2)
	ring := p.pickUp(customer, 2)
	if err := customer.HangUp(t.Context(), ring.SID, 31*time.Second); err != nil {
		t.Fatal(err)
	}
	ana.offers("safe_now scam not_me not_reached")
	ana.counts(test("not-yet"), 0)
	ana.click(test("disposition-safe_now"))
	ana.see(test("dispose"))
	ana.state("console-safe-now")
	ana.click(test("dispose-do"))
	ana.see(test("recorded"))
	ana.see(test("no-case"))
}

// What is shown as long enough is what is taken: by the API's word. Where nothing
// but the agent's word says who it is, a second person calls as well; and a
// provider that does not say whether the call goes on is told as such.
func TestConsoleSecondCall(t *testing.T) {
	t.Parallel()
	p := newPage(t, screens(t))
	maria, _ := stack.Named("maria")
	customer := p.handset(maria.Number)
	id := p.scamOf("second-call", "maria")
	ana := p.console("ana", wide)
	ana.took()
	ana.offers("confirmed- refused not_me suspected_scam no_answer- voicemail- wrong_number- call_later language third_party- vulnerable")
	ana.see(test("not-yet"))
	ana.state("console-not-yet")
	ana.click(test("place-call"))
	p.pickUp(p.handset(stack.AgentNumbers["ana"]), 0)
	ring := p.pickUp(customer, 0)
	ana.callIs("connected")
	ana.see(test("disposition-confirmed") + "[disabled]")
	raw := storetest.Raw(t, p.Database)
	raw.MustExec(raw.Rebind(`UPDATE calls SET connected_at = connected_at - ?`), (39 * time.Second).Microseconds()) // as if so long had passed
	ana.says("Long enough.")
	p.post("/faults", `{"kind": "down", "on": "call_lists"}`)
	ana.click(test("disposition-confirmed") + ":not([disabled])")
	ana.says("A second person calls the customer as well")
	ana.state("console-second-call")
	ana.click(test("dispose-do"))
	ana.see(`[data-code="provider_silent"]`)
	ana.state("console-provider-silent")
	if err := customer.HangUp(t.Context(), ring.SID, 41*time.Second); err != nil {
		t.Fatal(err)
	}
	ana.callIs("ended")
	ana.click(test("dispose-do"))
	ana.see(test("recorded"))
	ana.says("who calls the customer, too")
	ana.state("console-second-call-waits")

	sam := p.console("sam", wide)
	sam.open(p.URL + "/console/approvals")
	sam.see(test("approval"))
	sam.says("in a call of their own")
	sam.state("console-second-call-approval")
	sam.open(p.URL + "/console")
	sam.took()
	sam.click(test("place-call"))
	p.pickUp(p.handset(stack.AgentNumbers["sam"]), 0)
	ring = p.pickUp(customer, 1)
	if err := customer.HangUp(t.Context(), ring.SID, 31*time.Second); err != nil {
		t.Fatal(err)
	}
	sam.click(test("disposition-confirmed") + ":not([disabled])")
	sam.click(test("dispose-do"))
	p.decided(id, hold.Release, hold.ReasonApproved)
}
