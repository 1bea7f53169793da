package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"holdfast/api/client"
	"holdfast/devstack/provider"
	"holdfast/devstack/stack"
	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"
)

// scamOf is a payment that only a call can release.
func (p *page) scamOf(tx string, who hold.CustomerID) hold.ID {
	p.Helper()
	return p.hold(tx, who, func(r *hold.Request) { r.Risk.Reasons = []string{"impersonation"} })
}

// took has an agent's console take the next case.
func (b *tab) took() {
	b.Helper()
	b.see(test("queue-row"))
	b.click(test("next"))
	b.see(test("payment"))
}

// Nobody at the desk: a warning in the last minute, and then the end.
func TestConsoleIdle(t *testing.T) {
	t.Parallel()
	p := newPage(t, screens(t))
	ana := p.console("ana", wide)
	ana.see(test("no-case"))
	raw := storetest.Raw(t, p.Database)
	defer raw.Close()
	raw.MustExec(raw.Rebind(`UPDATE console_sessions SET seen_at = ?`), int64(hold.At(time.Now().Add(55*time.Second-store.ConsoleIdle))))
	ana.run(chromedp.Reload())
	ana.see(test("idle-warning"))
	ana.state("console-idle-warning")
	ana.see(test("session-ended"))
	ana.state("console-idle-ended")
}

// What happens to a payment while somebody works on it: it is changed, and the
// old and the new are shown; it is decided elsewhere, and by whom and when.
func TestConsoleOvertaken(t *testing.T) {
	t.Parallel()
	p := newPage(t, screens(t))
	other, id := p.scamOf("beside", "maria"), p.scamOf("overtaken", "maria")
	ana := p.console("ana", wide)
	ana.took()
	ana.counts(test("task"), 2)
	ana.click(test("task") + `[aria-pressed="false"]`)
	ana.enter(test("note"), "She hesitates")
	res, err := p.bank.AmendHold(t.Context(), id, &client.AmendHoldParams{IfMatch: `"1"`}, client.Amendment{Amount: &hold.Money{Minor: 99000,
		Currency: "EUR"}})
	if err := stack.Reply(res, err, nil); err != nil {
		t.Fatal(err)
	}
	ana.see(test("changed"))
	ana.says("€990.00")
	ana.state("console-amended")
	ana.click(test("changed") + " button")
	ana.gone(test("changed"))
	res, err = p.bank.DecideHold(t.Context(), id, &client.DecideHoldParams{IfMatch: `"2"`}, client.DecisionRequest{Outcome: hold.Reverse,
		Reason: "The customer came to the branch."})
	if err := stack.Reply(res, err, nil); err != nil {
		t.Fatal(err)
	}
	ana.see(test("decided-elsewhere"))
	ana.see(test("decided-elsewhere") + " " + test("decision"))
	var who string
	ana.eval(`document.querySelector('[data-test="decided-elsewhere"] [data-test="decision"]').innerText`, &who)
	if today := time.Now().Format("2006"); !contains(who, "the bank’s system", today) {
		t.Errorf("who and when: %q", who)
	}
	var note string
	ana.eval(`document.querySelector('[data-test="kept-note"]').innerText`, &note)
	if !contains(note, "She hesitates") {
		t.Errorf("what was typed is lost: %q", note)
	}
	ana.state("console-decided-elsewhere")
	ana.counts(test("dispositions"), 0) // the work has stopped
	ana.click(test("go-on"))
	ana.see(test("dispositions"))
	ana.says("€1,250.00")
	if h := p.lookAt(other); h.Status != hold.Held {
		t.Errorf("the other payment is %s", h.Status)
	}
	// The last one: nothing is left of the case.
	ana.enter(test("note"), "She is sure")
	p.overridden(other)
	ana.see(test("decided-elsewhere") + ".middle")
	ana.says("agent sue")
	ana.eval(`document.querySelector('[data-test="kept-note"]').value`, &note)
	if !contains(note, "She is sure") {
		t.Errorf("what was typed is lost: %q", note)
	}
	ana.state("console-all-decided-elsewhere")
	ana.click(test("late-not_me"))
	ana.see(test("recall-wanted"))
	ana.state("console-recall-wanted")
	if h := p.lookAt(other); h.Decision == nil || h.Decision.Outcome != hold.Release || h.Decision.RecallAt == 0 {
		t.Errorf("what the customer said is not on record: %+v", h.Decision)
	}
}

// overridden has two supervisors release a payment on the bank's word.
func (p *page) overridden(id hold.ID) {
	p.Helper()
	var ticket client.ApprovalTicket
	sam, err := stack.NewAgent(p.Coordinates, "sam")
	if err == nil {
		var res *http.Response
		res, err = sam.AskApproval(p.Context(), client.ApprovalRequest{Kind: queue.ApproveOverride, HoldId: id, Revision: 1,
			Reason: "She came to the branch."})
		err = stack.Reply(res, err, &ticket)
	}
	if err != nil {
		p.Fatal(err)
	}
	sue, err := stack.NewAgent(p.Coordinates, "sue")
	if err == nil {
		var res *http.Response
		res, err = sue.DecideApproval(p.Context(), ticket.ApprovalId, client.ApprovalDecision{Decision: "approve", Reason: "I saw her papers."})
		err = stack.Reply(res, err, nil)
	}
	if err != nil {
		p.Fatal(err)
	}
}

// lookAt is a hold as it is.
func (p *page) lookAt(id hold.ID) (h client.Hold) {
	p.Helper()
	res, err := p.bank.GetHold(p.Context(), id, &client.GetHoldParams{})
	if err := stack.Reply(res, err, &h); err != nil {
		p.Fatal(err)
	}
	return h
}

// What a supervisor does with a second person, and alone: a freeze ends, and an
// agent's access.
func TestConsoleSupervises(t *testing.T) {
	t.Parallel()
	p := newPage(t, screens(t))
	id := p.scamOf("supervised", "maria")
	bo := p.console("bo", wide)
	bo.took()
	bo.click(test("disposition-not_me"))
	bo.click(test("dispose-do"))
	p.decided(id, hold.Reverse, hold.ReasonNotMe)

	sam := p.console("sam", wide)
	sam.open(p.URL + "/console/holds/" + string(id))
	sam.click(test("unfreeze"))
	sam.enter(test("ask-reason"), "Her identity was checked at the branch.")
	sam.state("console-unfreeze")
	sam.click(test("ask-do"))
	sam.gone("dialog")
	sue := p.console("sue", wide)
	sue.open(p.URL + "/console/approvals")
	sue.see(`[data-test="approval"][data-kind="unfreeze"]`)
	sue.state("console-unfreeze-approval")
	sue.click(test("approve"))
	sue.enter(test("decide-reason"), "I was there.")
	sue.click(test("decide-do"))
	sue.see(test("approval-done"))
	sam.click(test("story-again"))
	sam.gone(test("unfreeze"))

	sam.open(p.URL + "/console/agents")
	sam.click(`[data-sub="bo"] ` + test("revoke-agent"))
	sam.see(test("revoke-do"))
	sam.state("console-revoke")
	sam.click(test("revoke-do"))
	sam.gone("dialog")
	sam.see(`[data-sub="bo"] .status.warn`)
	sam.state("console-revoked")
	bo.see(test("session-ended"))
}

// What happened after the first person's word is shown to the second: here the
// customer said yes in the app, to the question that was asked before the call.
func TestConsoleChangedSince(t *testing.T) {
	t.Parallel()
	const asked = "  scam:\n    rungs:\n"
	p := newPage(t, strings.Replace(screens(t), asked,
		asked+"      - name: push\n        ask: [{channel: push, min_uv: pin}]\n        timeout: 1s\n        approved: next\n", 1))
	app := p.app(narrow)
	p.scamOf("since", "maria")
	app.see(test("warning"))
	p.confirms("ana", "maria")
	sam := p.console("sam", wide)
	sam.open(p.URL + "/console/approvals")
	sam.says("Nothing.")
	app.click(test("onward"))
	app.click(test("approve"))
	app.enter(test("pin"), "1234\r")
	sam.says("Push: approved")
	sam.state("console-changed-since")
}

// confirms has an agent call the next customer, be told the digits, and confirm.
func (p *page) confirms(sub string, who hold.CustomerID) {
	p.Helper()
	person, _ := stack.Named(who)
	agent, err := stack.NewAgent(p.Coordinates, sub)
	if err != nil {
		p.Fatal(err)
	}
	c := p.rings(sub, person.Number)
	ring := p.pickUp(p.handset(person.Number), 0)
	token, err := p.bank.Session(p.Context(), who)
	if err != nil {
		p.Fatal(err)
	}
	var call client.AppCall
	until(p, "the digits", func() bool {
		return customer{token: token}.call(p.T, p.Stack, "GET", "/v1/app/call", nil, &call) == nil && call.Number != ""
	})
	until(p, "identified", func() bool {
		res, err := agent.IdentifyCustomer(p.Context(), c.Id, client.IdentifyRequest{Number: call.Number})
		return stack.Reply(res, err, nil) == nil
	})
	if err := p.handset(person.Number).HangUp(p.Context(), ring.SID, 31*time.Second); err != nil {
		p.Fatal(err)
	}
	until(p, "confirmed", func() bool {
		res, err := agent.DisposeTask(p.Context(), c.Id, client.DispositionRequest{TaskId: c.Tasks[0].Id, Disposition: hold.Confirmed,
			Revision: c.Tasks[0].Hold.Revision, Note: "She was sure of it."})
		return stack.Reply(res, err, nil) == nil
	})
}

// The menu with the languages, the keys; a number that may not be called; and what
// is shown while nothing can be read.
func TestConsoleTroubles(t *testing.T) {
	t.Parallel()
	p := newPage(t, screens(t))
	maria, _ := stack.Named("maria")
	p.scamOf("troubles", "maria")
	ana := p.console("ana", wide)
	ana.click(test("menu"))
	ana.see(test("signout"))
	ana.state("console-menu")
	ana.keys("\x1b")
	ana.keys("?")
	ana.see(test("key-help"))
	ana.state("console-keys")
	ana.keys("\x1b")
	ana.gone("dialog")

	if err := p.handset(maria.Number).SetLine(t.Context(), provider.Line{Swapped: time.Now()}); err != nil {
		t.Fatal(err)
	}
	ana.took()
	ana.keys("c")
	ana.see(`[data-test="call-state"][data-state="failed"], [data-code="contact_not_eligible"]`)
	ana.says("SIM was changed")
	ana.state("console-not-callable")

	slow := newTab(t, wide)
	slow.before(`const real = fetch; window.fetch = (r, ...more) => /callbacks\?/.test(r.url ?? r) ? new Promise(() => {}) : real(r, ...more)`)
	slow.open(p.URL + "/console?hint=bo")
	slow.see(test("queue") + ` [role="status"]`)
	slow.state("console-loading")

	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	ana.see(test("cut"))
	ana.said = nil // of connections that were refused
	ana.state("console-away")
	p.start()
	ana.gone(test("cut"))

	ana = p.console("ana", wide) // the sandbox's identity provider has forgotten everybody
	ana.see(test("payment"))
	ana.run(network.SetBlockedURLs().WithURLPatterns([]*network.BlockPattern{{URLPattern: "*://*:*/console/session", Block: true}}))
	ana.run(chromedp.Reload())
	ana.see(test("unreachable"))
	ana.state("console-unreachable")
	ana.run(network.SetBlockedURLs())
	ana.see(test("payment")) // it tries again by itself
}
