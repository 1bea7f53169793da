package hold

import (
	"fmt"
	"slices"
	"testing"
)

// A recall goes forward along the diagram alone; the bank reports three of its steps.
func TestRecallTransitions(t *testing.T) {
	t.Parallel()
	legal := []string{"proposed declined", "proposed requested", "declined proposed", "requested accepted", "requested returned",
		"requested refused", "accepted returned", "accepted refused", "returned returned"}
	for _, from := range RecallStatuses {
		for _, to := range RecallStatuses {
			step := fmt.Sprintf("%s %s", from, to)
			if from.CanBecome(to) != slices.Contains(legal, step) {
				t.Errorf("%s: %v", step, from.CanBecome(to))
			}
		}
	}
}

// What a report makes of a recall: forward only, parts that add up to no more than the
// payment, and each word once.
func TestRecallReport(t *testing.T) {
	t.Parallel()
	eur := func(s RecallStatus, returned int64) Recall {
		return Recall{Status: s, Minor: 1000, Currency: "EUR", Returned: returned, ParkedAt: 7, ParkedCode: "http_422"}
	}
	part := func(ref string, minor int64) RecallReport {
		return RecallReport{Status: RecallReturned, Minor: minor, Currency: "EUR", Reference: ref, ReasonCode: "FOCR"}
	}
	had := func(ps ...RecallReport) []RecallReport { return ps }
	say := func(ref string, s RecallStatus) RecallReport { return RecallReport{Status: s, Reference: ref} }
	for name, c := range map[string]struct {
		of    Recall
		said  []RecallReport
		p     RecallReport
		to    RecallStatus
		sum   int64
		again bool
		why   Refusal
	}{
		"accepted":                {of: eur(RecallRequested, 0), p: say("a", RecallAccepted), to: RecallAccepted},
		"refused at once":         {of: eur(RecallRequested, 0), p: say("a", RecallRefused), to: RecallRefused},
		"refused after it agreed": {of: eur(RecallAccepted, 0), p: say("b", RecallRefused), to: RecallRefused},
		"all of it":               {of: eur(RecallAccepted, 0), p: part("a", 1000), to: RecallReturned, sum: 1000},
		"a part":                  {of: eur(RecallRequested, 0), p: part("a", 400), to: RecallReturned, sum: 400},
		"a further part":          {of: eur(RecallReturned, 400), said: had(part("a", 400)), p: part("b", 600), to: RecallReturned, sum: 1000},
		"one cent too much":       {of: eur(RecallReturned, 400), p: part("b", 601), to: RecallReturned, sum: 400, why: RecallTooMuch},
		"more than the payment":   {of: eur(RecallAccepted, 0), p: part("a", 1001), to: RecallAccepted, why: RecallTooMuch},
		"the same part again": {of: eur(RecallReturned, 400), said: had(part("a", 400)), p: part("a", 400), to: RecallReturned, sum: 400,
			again: true},
		"another of the same name": {of: eur(RecallReturned, 400), said: had(part("a", 400)), p: part("a", 5), to: RecallReturned,
			sum: 400, why: RecallStands},
		"accepted again": {of: eur(RecallAccepted, 0), said: had(say("a", RecallAccepted)), p: say("a", RecallAccepted), to: RecallAccepted,
			again: true},
		"accepted, said after the money came": {of: eur(RecallReturned, 400), said: had(say("a", RecallAccepted)), p: say("a", RecallAccepted),
			to: RecallReturned, sum: 400, again: true},
		"accepted by another name": {of: eur(RecallAccepted, 0), p: say("b", RecallAccepted), to: RecallAccepted, why: RecallStands},
		"one name for two steps": {of: eur(RecallAccepted, 0), said: had(say("a", RecallAccepted)), p: part("a", 5), to: RecallReturned,
			sum: 5},
		"a step back":              {of: eur(RecallReturned, 400), p: say("c", RecallAccepted), to: RecallReturned, sum: 400, why: RecallStands},
		"refused after a part":     {of: eur(RecallReturned, 400), p: say("c", RecallRefused), to: RecallReturned, sum: 400, why: RecallStands},
		"returned after refused":   {of: eur(RecallRefused, 0), p: part("c", 1), to: RecallRefused, why: RecallStands},
		"of what nobody confirmed": {of: eur(RecallProposed, 0), p: say("a", RecallAccepted), to: RecallProposed, why: RecallStands},
		"of what was declined":     {of: eur(RecallDeclined, 0), p: part("a", 1), to: RecallDeclined, why: RecallStands},
		"no report at all":         {of: eur(RecallProposed, 0), p: say("a", RecallDeclined), to: RecallProposed, why: RecallStands},
		"another currency": {of: eur(RecallAccepted, 0), p: RecallReport{Status: RecallReturned, Minor: 1, Currency: "JPY", Reference: "a"},
			to: RecallAccepted, why: RecallCurrency},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			next, again, why := c.of.Report(c.said, c.p)
			if next.Status != c.to || next.Returned != c.sum || again != c.again || why != c.why {
				t.Errorf("%s %d, again %v, %q; want %s %d, %v, %q", next.Status, next.Returned, again, why, c.to, c.sum, c.again, c.why)
			}
			if changed := !c.again && c.why == ""; changed == (next.ParkedAt != 0) {
				t.Errorf("parked at %d", next.ParkedAt)
			}
		})
	}
}

// What is asked of the other bank names the payment as that knows it.
func TestRecallRequest(t *testing.T) {
	t.Parallel()
	h := Hold{ID: "hold_1", ClientID: "risk", Request: Request{TransactionID: "tx-1", CustomerID: "maria",
		Payee: Payee{Name: "Anna", Account: "DE02", Bank: "MUSTDEFF"},
		Payment: &Payment{UETR: "u", EndToEndID: "e", TransactionID: "t", InstructionID: "i", SettlementDate: "2026-03-01",
			LocalInstrument: "INST"}}}
	got := Recall{ID: "rcl_1", Minor: 7, Currency: "EUR", DecidedAt: 9}.Request(h)
	want := RecallRequest{RecallID: "rcl_1", HoldID: "hold_1", ClientID: "risk", TransactionID: "tx-1", CustomerID: "maria",
		Amount: Money{Minor: 7, Currency: "EUR"}, PayeeAccount: "DE02", PayeeName: "Anna", PayeeBank: "MUSTDEFF", ReasonCode: "FRAD",
		PaymentIDs:  PaymentIDs{UETR: "u", TxID: "t", EndToEndID: "e", InstructionID: "i", SettlementDate: "2026-03-01", LocalInstrument: "INST"},
		RequestedAt: 9}
	if got != want {
		t.Errorf("asked %+v\nwant  %+v", got, want)
	}
	h.Request.Payment = nil
	if got := (Recall{}).Request(h); got.PaymentIDs != (PaymentIDs{}) {
		t.Errorf("of nothing: %+v", got.PaymentIDs)
	}
	with := h.Request
	with.Payment = &Payment{UETR: "u"}
	if with.Document().Digest() != h.Request.Document().Digest() {
		t.Error("how banks know a payment is part of what the customer is asked about")
	}
}
