package e2e

import (
	"testing"

	"holdfast/hold"
	"holdfast/store/storetest"
)

// The money went, and then its owner says that it was not them: an agent confirms that
// it is asked for, the payee's bank sends it back, and everybody reads how far it is.
func TestRecalled(t *testing.T) {
	t.Parallel()
	p := newPage(t, screens(t))
	b := p.app(narrow)
	id := p.hold("recalled", "maria", func(r *hold.Request) { r.Payment = &hold.Payment{EndToEndID: "E2E-1", LocalInstrument: "INST"} })
	b.see(test("question"))
	b.click(test("approve"))
	b.enter(test("pin"), "1234\r")
	b.see(test("ended-answered"))
	p.decided(id, hold.Release, hold.ReasonApproved)
	b.click(test("done"))
	b.click(test("log"))
	b.click(`[data-event="hold.decided"] ` + test("log-not-me"))
	b.click(test("sure-do"))
	b.see(test("helped"))

	bo := p.console("bo", wide)
	bo.click(test("nav-recalls"))
	bo.see(test("recall") + `[data-status="proposed"]`)
	bo.state("console-recalls")
	bo.click(test("recall-confirm"))
	bo.enter(test("recall-reason"), "She never paid this.")
	bo.state("console-recall-confirm")
	bo.click(test("recall-do"))
	bo.gone(test("recall"))

	sam := p.console("sam", wide)
	raw := storetest.Raw(t, p.Database)
	until(t, "the money", func() (back bool) {
		return raw.Get(&back, raw.Rebind(`SELECT COUNT(*) FROM recall_requests WHERE hold_id = ? AND status = 'returned'`), id) == nil && back
	})
	sam.open(p.URL + "/console/holds/" + string(id))
	sam.see(test("recall") + `[data-status="returned"]`)
	sam.says("€1,250.00 of €1,250.00 is back")
	sam.state("console-recall-returned")

	b.click(test("helped-act"))
	b.see(test("home"))
	b.click(test("log"))
	b.see(test("recall") + `[data-status="returned"]`)
	b.says("All of this money is back in your account.")
	b.state("app-recalled")
}
