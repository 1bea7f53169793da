package stack

import (
	"time"

	"holdfast/hold"
)

// scenario is a payment of the front door, and how the world is when it comes.
type scenario struct {
	request  hold.Request  // without ids and times
	deadline time.Duration // from now; 0: the policy's
	swapped  bool          // the customer's SIM, an hour ago
	caught   bool          // others pay the same account
}

func payment(kind hold.Kind, minor int64, to hold.Payee, channel string, score int, reasons ...string) hold.Request {
	return hold.Request{Kind: kind, Amount: hold.Money{Minor: minor, Currency: "EUR"}, Payee: to, Origin: hold.Origin{Channel: channel,
		SessionID: "s-1"},
		Risk: hold.Risk{Score: score, Reasons: reasons, Model: "sandbox"}}
}

// scenarios by the names that the front door has for them. Every one is small
// enough for one agent to decide.
var scenarios = map[string]scenario{
	"ordinary": {request: payment(hold.KindTransfer, 42000, hold.Payee{Name: "Anna Kovacs", Account: "DE02120300000000202051", Country: "DE",
		NameCheck: hold.NameMatch}, "web", 620, "new_payee")},
	"stolen": {request: payment(hold.KindTransfer, 189000, hold.Payee{Name: "QuickPay Trading", Account: "LT601010012345678901",
		Country: "LT", NameCheck: hold.NameUnknown}, "web", 860, "new_device", "unusual_amount")},
	"scam": {request: payment(hold.KindTransfer, 320000, hold.Payee{Name: "Safety Account Services", Account: "GB33BUKB20201555555555",
		Country: "GB", NameCheck: hold.NameClose}, "app", 830, "impersonation", "new_payee")},
	"sim": {request: payment(hold.KindCashOut, 38000, hold.Payee{Name: "Cash machine, Central Station", Account: "ATM-0417",
		Country: "DE", NameCheck: hold.NameUnknown}, "atm", 700, "unusual_place"), swapped: true},
	"silence": {request: payment(hold.KindTransfer, 95000, hold.Payee{Name: "Peter Brandt", Account: "DE75512108001245126199", Country: "DE",
		NameCheck: hold.NameMatch}, "web", 640, "unusual_amount"), deadline: 40 * time.Second},
	"caught": {request: payment(hold.KindTransfer, 148000, hold.Payee{Name: "Nadia Petrov", Country: "DE", NameCheck: hold.NameMatch}, "web",
		700, "new_payee"), caught: true},
}
