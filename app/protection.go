package app

import (
	"context"
	"slices"

	"holdfast/hold"
	"holdfast/messages"
	"holdfast/store"
)

// Promise is what a frozen customer is told of a call.
type Promise string

const (
	PromiseNone Promise = "none"     // nobody can be promised
	PromiseCall Promise = "promised" // somebody calls them
	PromiseNow  Promise = "calling"  // somebody does at this moment
)

// Protection is what a frozen customer's app shows on every page.
type Protection struct {
	Since  hold.Instant `json:"since"`
	Held   []Held       `json:"held"` // the earliest deadline first, 20 at most
	Call   Promise      `json:"call"`
	CallAt hold.Instant `json:"call_at,omitempty"` // promised for later: from when on
	Phone  string       `json:"phone,omitempty"`   // of the bank's, to ring; empty: the number on their card
}

// Held is a payment that waits, as it is told where nothing is asked.
type Held struct {
	HoldID hold.ID    `json:"hold_id"`
	Amount hold.Money `json:"amount"`
	Payee  Payee      `json:"payee"` // safe to show, the account's last four
}

// Protections tells which of these customers are frozen, and what stands for
// them. A call is promised only when somebody is to make it, on a number that
// may be called.
func (d *Desk) Protections(ctx context.Context, ids []hold.CustomerID) (map[hold.CustomerID]Protection, error) {
	found, err := d.Store.Protections(ctx, ids, d.Policies.Current().ContactRules())
	if err != nil || len(found) == 0 {
		return nil, err
	}
	frozen := make([]hold.CustomerID, 0, len(found))
	for id := range found {
		frozen = append(frozen, id)
	}
	calls, err := d.Store.AppCalls(ctx, frozen)
	if err != nil {
		return nil, err
	}
	out := map[hold.CustomerID]Protection{}
	for id, p := range found {
		calling := slices.ContainsFunc(calls, func(c store.AppCall) bool { return c.CustomerID == id })
		out[id] = d.protection(p, calling)
	}
	return out, nil
}

func (d *Desk) protection(p store.Protection, calling bool) Protection {
	out := Protection{Since: p.Since, Held: []Held{}, Call: PromiseNone, Phone: d.Phone}
	for _, h := range p.Held {
		to := h.Request.Payee
		out.Held = append(out.Held, Held{HoldID: h.ID, Amount: h.Request.Amount,
			Payee: Payee{Name: messages.Safe(to.Name), Account: messages.Masked(to.Account)}})
	}
	switch {
	case calling:
		out.Call = PromiseNow
	case p.Planned && d.Calls:
		out.Call = PromiseCall
		if p.CallFrom > p.Now {
			out.CallAt = p.CallFrom
		}
	}
	return out
}
