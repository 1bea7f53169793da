package e2e

import (
	"testing"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/store/storetest"
)

// listed puts the payees of a bank's list in force.
func (p *page) listed(lines ...counterparties.Line) {
	p.Helper()
	s, err := store.Open(p.Context(), p.Database, store.Options{Conns: 2})
	if err != nil {
		p.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // it only lists
	keys, err := counterparties.ReadKeys([]string{"dev:" + p.SMSKey})
	if err != nil {
		p.Fatal(err)
	}
	var kept []store.ListedPayee
	for _, l := range lines {
		kept = append(kept, store.ListedPayee{Hit: l.Hit("partners"), Digest: keys.Current(counterparties.Normal(l.Account, l.Country))})
	}
	edition, why, err := s.BeginPayeeList(p.Context(), "partners")
	if err == nil && why == "" {
		why, err = s.FillPayeeList(p.Context(), "partners", edition, kept)
	}
	if err == nil && why == "" {
		why, err = s.EndPayeeList(p.Context(), "partners", edition, len(kept), "test")
	}
	if err != nil || why != "" {
		p.Fatal(why, err)
	}
}

// Without a pointer: an agent sees what is known of a payee and proposes it; a
// supervisor finds it beside the approvals, reads, asks, withdraws it and asks anew;
// another reads what the first has seen, and agrees; then it can be cleared, and near its
// end renewed.
func TestVerdictByKeyboard(t *testing.T) {
	t.Parallel()
	p := newPage(t, screens(t))
	p.listed(counterparties.Line{Account: "DE02120300000000202051", Ref: "r-1", Category: "scam_police_impersonation",
		Strength: counterparties.Reported, Reporters: 3, From: hold.At(time.Now().Add(-12 * 24 * time.Hour))})
	p.scamOf("payee-before", "omar")
	p.scamOf("payee-case", "maria")
	ana, sam, sue := newTab(t, wide), newTab(t, wide), newTab(t, wide)
	ana.signIn(p, "ana", "/console")
	ana.see(test("queue-row"))
	ana.keys("n")
	ana.keeps(test("payee-known"))
	ana.see(test("payee-hit"))
	ana.state("console-payee-known")
	ana.press(test("propose"))
	ana.keeps(test("propose-payee"))
	ana.write(test("propose-payee-reason"), "The third customer this week who was told to pay there.")
	ana.press(test("propose-payee-do"))
	ana.gone("dialog")
	ana.keeps(test("proposed"))

	sam.signIn(p, "sam", "/console/approvals")
	sam.see(test("proposed-payee"))
	sam.press(test("open-payee"))
	sam.keeps(test("payee-facts"))
	says := func(b *tab, reason string) {
		b.press(test("ask-mule"))
		b.keeps(test("ask-verdict"))
		b.write(test("ask-verdict-reason"), reason)
		b.press(test("ask-verdict-do"))
		b.gone("dialog")
		b.keeps(`[data-test="verdict"][data-status="asked"]`)
		b.gone(test("agree")) // it was their own word
	}
	says(sam, "The wrong one of two.")
	sam.press(test("withdraw"))
	sam.keeps(test("decide-verdict"))
	sam.state("console-verdict-withdraw")
	sam.write(test("decide-verdict-reason"), "I meant another account.")
	sam.press(test("decide-verdict-do"))
	sam.gone("dialog")
	sam.keeps(`[data-test="verdict"][data-status="void"]`)
	says(sam, "All were told to pay there by somebody who posed as the police.")

	sue.signIn(p, "sue", "/console/approvals")
	sue.see(`[data-test="verdict"][data-status="asked"]`)
	sue.state("console-verdicts")
	sue.press(test("judge"))
	sue.keeps(test("payee-facts"))
	sue.see(test("proposal"))
	sue.state("console-payee")
	sue.press(test("agree"))
	sue.keeps(test("decide-verdict"))
	sue.write(test("decide-verdict-reason"), "Two of them say the same.")
	sue.press(test("decide-verdict-do"))
	sue.gone("dialog")
	sue.keeps(`[data-test="verdict"][data-kind="mule"][data-status="in_force"]`)
	sue.tabTo(test("ask-" + string(queue.VerdictReverse)))
	sue.tabTo(test("ask-" + string(queue.VerdictCleared)))

	raw := storetest.Raw(t, p.Database)
	soon := time.Now().Add(queue.VerdictRenews - time.Hour)
	raw.MustExec(raw.Rebind(`UPDATE payee_verdicts SET until_at = ? WHERE status = 'in_force'`), hold.At(soon))
	sue.press(test("payee-again"))
	sue.press(test("ask-mule"))
	sue.keeps(test("ask-verdict"))
	sue.state("console-verdict-renew")
	sue.write(test("ask-verdict-reason"), "They are still paid by people who are deceived.")
	sue.press(test("ask-verdict-do"))
	sue.gone("dialog")
	sam.press(test("payee-again"))
	sam.press(test("agree"))
	sam.keeps(test("decide-verdict"))
	sam.write(test("decide-verdict-reason"), "Yes, since yesterday as well.")
	sam.press(test("decide-verdict-do"))
	sam.gone("dialog")
	sam.see(`[data-test="verdict"][data-kind="mule"][data-status="ended"]`)
	sam.keeps(`[data-test="verdict"][data-kind="mule"][data-status="in_force"]`)

	sue.press(test("nav-search"))
	sue.keeps(test("payee-account"))
	sue.write(test("payee-account"), "DE02 1203 0000 0000 2020 51")
	sue.write(test("payee-country"), "de")
	sue.press(test("payee-find"))
	sue.keeps(test("payee-facts"))
	sue.see(`[data-test="verdict"][data-status="in_force"]`)
}
