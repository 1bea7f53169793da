package e2e

import (
	"testing"

	"github.com/chromedp/chromedp/kb"

	"holdfast/hold"
)

// What supervisors and auditors do, without a pointer: the wallboard as a table, an
// agent's number and the end of their access, a search, a whole story, and a release
// that is asked of a second person.
func TestSupervisionByKeyboard(t *testing.T) {
	t.Parallel()
	p := newPage(t, screens(t))
	id := p.scamOf("keys-story", "maria")
	sam := newTab(t, wide)
	sam.signIn(p, "sam", "/console")
	sam.press(test("nav-wall"))
	sam.keeps(test("figures"))
	sam.press(test("as-table"))
	sam.keeps(test("outcomes-table"))
	sam.tabTo(`.scroll`) // it scrolls by keys

	sam.press(test("nav-agents"))
	sam.keeps(test("agents-table"))
	sam.press(`[data-sub="bo"] ` + test("edit-agent"))
	sam.keeps(test("edit"))
	sam.write(test("agent-number"), "+49 151 11000199")
	sam.press(test("agent-save"))
	sam.gone("dialog")
	sam.has(`[data-sub="bo"] ` + test("edit-agent"))
	sam.press(`[data-sub="bo"] ` + test("revoke-agent"))
	sam.keeps(test("revoke-do"))
	sam.press(test("revoke-do"))
	sam.gone("dialog")
	sam.see(`[data-sub="bo"] .status.warn`)
	sam.has(`[data-sub="bo"] ` + test("revoke-agent"))

	sam.press(test("nav-search"))
	sam.keeps(test("search-q"))
	sam.write(test("search-q"), string(id)+kb.Enter)
	sam.keeps(test("found"))
	sam.press(test("open-story"))
	sam.keeps(test("proof"))
	sam.press(test("reassign"))
	sam.keeps(test("reassign-to"))
	sam.keys(kb.Escape)
	sam.gone("dialog")
	sam.has(test("reassign"))
	sam.press(test("entry") + " summary")
	sam.has(test("entry") + " summary")
	sam.press(test("override"))
	sam.keeps(test("ask"))
	sam.write(test("ask-reason"), "The branch vouches for her.")
	sam.press(test("ask-do"))
	sam.keeps(`[data-test="approval"][data-kind="override"]`)

	olga := newTab(t, wide)
	olga.signIn(p, "olga", "/console")
	olga.write(test("search-q"), "maria"+kb.Enter)
	olga.keeps(test("found"))
	olga.press(test("open-story"))
	olga.keeps(test("proof"))
	olga.tabTo(test("export"))
}

// A face is judged without a pointer: the pictures one by one, nearer, and the word;
// and a customer who rings in is taken on.
func TestJudgingByKeyboard(t *testing.T) {
	t.Parallel()
	p := newPage(t, facePolicy)
	id := p.pictured("keys-judged", nil)
	ana := newTab(t, wide)
	ana.signIn(p, "ana", "/console")
	ana.see(test("queue-row"))
	ana.keys("n")
	ana.keeps(test("face"))
	ana.tabTo(test("frame-1"))
	ana.keys(kb.ArrowRight)
	ana.see(test("frame-2") + ":checked")
	ana.has(test("frame-2"))
	ana.tabTo(test("zoom"))
	ana.keys(kb.ArrowRight + kb.ArrowRight)
	ana.says("1.5 ×")
	ana.keys("1")
	ana.keeps(test("dispose"))
	ana.press(test("dispose-do"))
	ana.gone("dialog")
	ana.keeps(test("recorded"))
	p.decided(id, hold.Release, hold.ReasonApproved)

	ana.press(test("inbound"))
	ana.keeps(test("inbound-id"))
	ana.write(test("inbound-id"), "omar")
	ana.write(test("inbound-reason"), "Asks what was stopped")
	ana.press(test("inbound-open"))
	ana.gone("dialog")
	ana.keeps(test("hidden-case"))
	ana.press(test("return"))
	ana.keeps(test("no-case"))
}

// The front door without a pointer: a story begins, the payment is approved on the
// phone beside it, and released.
func TestDoorByKeyboard(t *testing.T) {
	t.Parallel()
	p := newDoor(t)
	b := newTab(t, wide)
	b.open(p.URL + "/")
	b.see(test("frame-app"))
	b.press(test("scenario-ordinary"))
	b.see(`[data-test="next"][data-state="held"]`)
	b.has(test("scenario-ordinary"))
	b.inFrame("frame-app", test("approve"), "")
	b.tabOn(test("approve"))
	b.keys(kb.Enter)
	b.inFrame("frame-app", test("pin"), "")
	b.tabOn(test("pin"))
	b.keys("1234" + kb.Enter)
	b.see(`[data-test="next"][data-state="released"]`)
}
