package e2e

import (
	"testing"

	"holdfast/api/client"
	"holdfast/devstack/stack"
	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store/storetest"
)

// The money went, and then its owner says that it was not them: an agent confirms that
// it is asked for, the payee's bank sends it back, and everybody reads how far it is.
func TestRecalled(t *testing.T) {
	t.Parallel()
	p := newPage(t, screens(t))
	phones, ids := map[string]*tab{}, map[string]hold.ID{}
	released := func(b *tab, tx string) hold.ID {
		id := p.hold(tx, speakers[b.look.locale], func(r *hold.Request) {
			r.Payment = &hold.Payment{EndToEndID: "E2E-1", LocalInstrument: "INST"}
		})
		b.see(test("question"))
		b.click(test("approve"))
		b.enter(test("pin"), "1234\r")
		b.see(test("ended-answered"))
		p.decided(id, hold.Release, hold.ReasonApproved)
		b.click(test("done"))
		return id
	}
	var complained hold.ID
	for _, locale := range locales {
		b := p.app(look{narrow.width, narrow.theme, locale})
		if complained == "" {
			complained = released(b, "complained")
		}
		ids[locale] = released(b, "recalled-"+locale)
		b.click(test("log"))
		b.click(`[data-event="hold.decided"] ` + test("log-not-me"))
		b.click(test("sure-do"))
		b.see(test("helped"))
		phones[locale] = b
	}

	bo := p.console("bo", wide)
	bo.click(test("nav-recalls"))
	bo.see(test("recall") + `[data-status="proposed"]`)
	bo.state("console-recalls")
	for i := range locales {
		bo.click(test("recall-confirm"))
		bo.enter(test("recall-reason"), "She never paid this.")
		if i == 0 {
			bo.state("console-recall-confirm")
		}
		bo.click(test("recall-do"))
		bo.gone([]string{"li ~ li " + test("recall"), test("recall")}[i])
	}

	sam := p.console("sam", wide)
	raw := storetest.Raw(t, p.Database)
	until(t, "the money", func() (back bool) {
		return raw.Get(&back, raw.Rebind(`SELECT COUNT(*) = 2 FROM recall_requests WHERE status = 'returned' AND hold_id IN (?, ?)`),
			ids["en"], ids["zh-Hans"]) == nil && back
	})
	sam.open(p.URL + "/console/holds/" + string(ids["en"]))
	sam.see(test("recall") + `[data-status="returned"]`)
	sam.says("€1,250.00 of €1,250.00 is back")
	sam.state("console-recall-returned")

	for locale, b := range phones {
		b.click(test("helped-act"))
		b.see(test("home"))
		b.click(test("log"))
		b.see(test("recall") + `[data-status="returned"]`)
		b.says(map[string]string{"en": "All of this money is back in your account.", "zh-Hans": "这笔款项已全部返还您的账户。"}[locale])
		b.state("app-recalled")
	}

	res, err := p.bank.Complain(t.Context(), client.ComplaintRequest{Reference: "C-9", About: queue.ByPayer, HoldId: complained,
		Reason: "I was told to pay there, and nobody asked."})
	if err := stack.Reply(res, err, nil); err != nil {
		t.Fatal(err)
	}
	sam.click(test("nav-complaints"))
	sam.click(test("complaint-answer"))
	sam.click(test("complaint-upheld"))
	sam.click(test("complaint-recall"))
	sam.enter(test("complaint-reason"), "You are right. We ask for it back.")
	sam.state("console-complaint-recall")
	sam.click(test("complaint-do"))
	sam.see(test("complaint-done"))
	sam.click(test("nav-recalls"))
	sam.see(test("recall") + `[data-status="proposed"]`)
}
