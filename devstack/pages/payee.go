package pages

import (
	"net/http"

	"holdfast/hold"
	"holdfast/queue"
)

// Payee is what is said of a payee, and what became of the payments to it.
type Payee struct {
	Verdict queue.VerdictStatus `json:"verdict"` // asked or in_force; empty: none is
	Recalls []PayeesRecall      `json:"recalls"`
}

// PayeesRecall is how far asking for one payment's money has come.
type PayeesRecall struct {
	Hold     hold.ID           `json:"hold"`
	Status   hold.RecallStatus `json:"status"`
	Returned *hold.Money       `json:"returned,omitempty"`
}

// Acts of the bank's people about a payee, in the order in which they come.
const (
	ActAsk     = "ask"     // sam asks for a verdict: it passes on money from fraud
	ActAgree   = "agree"   // sue agrees
	ActRecall  = "recall"  // ana confirms what is proposed to be asked back
	ActReverse = "reverse" // sam and sue reverse all that waits for it
)

// payees are the steps of a story about a payee.
func (c Config) payees(mux *http.ServeMux) {
	mux.HandleFunc("GET /dev/holds/{id}/payee", answer(func(r *http.Request) (any, error) {
		return c.Stack.Payee(r.Context(), hold.ID(r.PathValue("id")))
	}))
	mux.HandleFunc("POST /dev/holds/{id}/payee", answer(func(r *http.Request) (any, error) {
		var in struct {
			Act string `json:"act"`
		}
		if err := read(r, &in); err != nil {
			return nil, err
		}
		id := hold.ID(r.PathValue("id"))
		if err := c.Stack.OfPayee(r.Context(), id, in.Act); err != nil {
			return nil, err
		}
		return c.Stack.Payee(r.Context(), id)
	}))
}
