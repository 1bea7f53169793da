package policy

import (
	"time"

	"holdfast/protection"
)

// protection reads how long a loosened lock waits, and what goes on while a customer has
// stopped everything.
func (r *reader) protection(p place) protection.Terms {
	t := protection.DefaultTerms
	fs := r.fields(p, "wait", "emergency")
	if v, ok := fs["wait"]; ok {
		t.Wait, _ = r.duration(v, time.Second, protection.MaxLooseningWait)
	}
	v, ok := fs["emergency"]
	if !ok {
		return t
	}
	fs = r.fields(v, "cards", "standing_orders")
	if v, ok := fs["cards"]; ok {
		t.Cards, _ = oneOf(r, v, protection.Stop, protection.GoOn)
	}
	if v, ok := fs["standing_orders"]; ok {
		t.StandingOrders, _ = oneOf(r, v, protection.Stop, protection.GoOn)
	}
	return t
}

// Protection is what the policy says of the locks that customers set.
func (p *Policy) Protection() protection.Terms { return p.protection }
