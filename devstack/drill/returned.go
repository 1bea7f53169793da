package drill

import (
	"fmt"
	"io"
	"slices"

	"holdfast/hold"
	"holdfast/messages"
)

// What came of payments to payees on which there was a verdict, and of recalls.
const (
	byVerdict     = "stopped after the verdict on the payee"
	beforeVerdict = "released to the payee before it"
	wronglyHeld   = "genuine, held for the verdict, and released"
	wronglyLost   = "genuine, held for the verdict, and reversed"
	askedBack     = "asked back"
	cameBack      = "  came back"
	backRefused   = "  refused by the payee's bank"
	backOpen      = "  not answered"
)

var ofPayees = []string{byVerdict, beforeVerdict, wronglyHeld, wronglyLost, askedBack, cameBack, backRefused, backOpen}

// payees counts what verdicts stopped, what recalls brought back, and who was held
// wrongly. Whoever was held is counted, whatever became of the payment.
func (d *Drill) payees(e evidence) (all []Money) {
	sums := map[Money]*Money{}
	note := func(what string, m hold.Money) {
		label := Money{What: what, Sum: hold.Money{Currency: m.Currency}}
		if sums[label] == nil {
			sums[label] = &Money{What: what, Sum: label.Sum}
		}
		sums[label].Count++
		sums[label].Sum.Minor += m.Minor
	}
	for _, p := range d.plans {
		h := e.holds[p.hold]
		if h.Decision == nil {
			continue
		}
		if what := e.verdictOn(h, p.Payment.Fraud); what != "" {
			note(what, h.Request.Amount)
		}
	}
	for _, r := range e.recalls {
		h := e.holds[r.hold]
		if h.Decision == nil || r.decidedBy == "" {
			continue
		}
		currency := h.Request.Amount.Currency
		note(askedBack, hold.Money{Minor: r.amount, Currency: currency})
		switch r.status {
		case "returned":
			note(cameBack, hold.Money{Minor: r.returned, Currency: currency})
		case "refused":
			note(backRefused, hold.Money{Minor: r.amount, Currency: currency})
		default:
			note(backOpen, hold.Money{Minor: r.amount, Currency: currency})
		}
	}
	for _, m := range sums {
		all = append(all, *m)
	}
	slices.SortFunc(all, func(a, b Money) int {
		if a.What != b.What {
			return slices.Index(ofPayees, a.What) - slices.Index(ofPayees, b.What)
		}
		if a.Sum.Currency < b.Sum.Currency {
			return -1
		}
		return 1
	})
	return all
}

// verdictOn is what a verdict on its payee made of a payment; empty: there was none.
func (e evidence) verdictOn(h hold.Hold, fraud bool) string {
	_, marked := e.trails[h.ID].verdictCame()
	released := h.Decision.Outcome == hold.Release
	switch {
	case marked && !fraud && released:
		return wronglyHeld
	case marked && !fraud:
		return wronglyLost
	case marked && !released:
		return byVerdict
	case !marked && fraud && released && slices.ContainsFunc(e.verdicts, func(v verdictRow) bool {
		return v.agreedTo("mule") && v.payee == h.PayeeID && h.Decision.DecidedAt <= v.agreed
	}):
		return beforeVerdict
	}
	return ""
}

// back is what recalls brought back of what fraud was let through.
func back(plans []*plan, e evidence) (sums []hold.Money) {
	fraud := map[hold.ID]bool{}
	for _, p := range plans {
		fraud[p.hold] = p.Payment.Fraud
	}
	for _, r := range e.recalls {
		if fraud[r.hold] && r.returned > 0 {
			sums = add(sums, hold.Money{Minor: r.returned, Currency: e.holds[r.hold].Request.Amount.Currency})
		}
	}
	return sums
}

// net is what fraud took for good.
func (t Totals) net() []hold.Money {
	left := slices.Clone(t.ThroughSums)
	for _, m := range t.ReturnedSums {
		left = add(left, hold.Money{Minor: -m.Minor, Currency: m.Currency})
	}
	return left
}

func writePayees(out io.Writer, all []Money) {
	if len(all) == 0 {
		return
	}
	w := table(out)
	fmt.Fprintln(w, "\none caught, all stopped (simulated)\tpayments\tsum")
	for _, m := range all {
		fmt.Fprintf(w, "%s\t%d\t%s\n", m.What, m.Count, messages.Amount(m.Sum))
	}
	_ = w.Flush()
}
