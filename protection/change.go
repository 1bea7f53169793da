package protection

import (
	"slices"
	"time"

	"holdfast/hold"
)

// Loosens tells whether a payment might pass that did not before. from and to are the lock
// of before and of after; nil: none. A doubt counts as loosening.
func Loosens(from, to *Lock) bool {
	switch {
	case from == nil:
		return false
	case to == nil, from.Kind != to.Kind, from.Action == Refuse && to.Action == Ask:
		return true
	}
	switch from.Kind {
	case Places:
		return !within(to.Countries, from.Countries)
	case Hours:
		for m := range minutes {
			if to.open(m) && !from.open(m) {
				return true
			}
		}
		return false
	case Limit:
		return from.Currency != to.Currency || slices.ContainsFunc(from.Caps, func(c Cap) bool { return !to.caps(c) })
	case NewPayees:
		return to.Wait != 0 && (from.Wait == 0 || to.Wait < from.Wait)
	case Ways:
		return !within(to.Ways, from.Ways)
	case Devices:
		return !within(to.Devices, from.Devices)
	}
	return true
}

// caps tells whether a cap of before is kept, or a stricter one.
func (l Lock) caps(c Cap) bool {
	return slices.ContainsFunc(l.Caps, func(o Cap) bool { return (o.Kind == "" || o.Kind == c.Kind) && o.Per == c.Per && o.Minor <= c.Minor })
}

func within[T comparable](part, whole []T) bool {
	return !slices.ContainsFunc(part, func(x T) bool { return !slices.Contains(whole, x) })
}

// Route is the way by which somebody changes a lock.
type Route string

const (
	ByApp   Route = "app"
	ByAgent Route = "agent" // in a call to the customer
	ByClerk Route = "clerk" // the customer stands before them
	ByBank  Route = "bank"  // the bank's own systems
)

// Change is a wish to change a lock, with all that bears on it.
type Change struct {
	Customer  hold.Customer
	Route     Route
	From, To  *Lock // nil: none
	Emergency bool  // everything is stopped
	ScamOpen  bool  // a payment of theirs that looks like a scam waits
	// Of the app: the device may approve, and its user proved who they are on it.
	DeviceMay, Verified bool
	// Of an agent or clerk: the customer proved who they are, and a second person agreed.
	Identified, Second bool
	Wait               time.Duration // of the policy, for this customer
	Now                hold.Instant
}

// Loosens tells whether the change loosens.
func (c Change) Loosens() bool { return Loosens(c.From, c.To) }

// Refusal says why the change may not be made; "" means that it may. Whoever reaches a
// lock may tighten it.
func (c Change) Refusal() hold.Refusal {
	switch {
	case !c.Loosens():
		return ""
	case c.Emergency:
		return hold.EverythingStopped
	case c.Customer.FrozenAt != 0:
		return hold.CustomerFrozen
	case c.ScamOpen, c.Now < c.Customer.SuspectedUntil:
		return hold.ScamOpen
	}
	switch c.Route {
	case ByApp:
		if !c.DeviceMay {
			return hold.DeviceNotEligible
		}
		if !c.Verified {
			return hold.UVTooWeak
		}
	case ByAgent, ByClerk:
		if !c.Identified {
			return hold.IdentityMissing
		}
		if !c.Second {
			return hold.SecondMissing
		}
	default:
		return hold.LoosenedElsewhere
	}
	return ""
}

// At is when the change counts: a loosening after its wait, all else now.
func (c Change) At() hold.Instant {
	if c.Loosens() {
		return c.Now.Add(c.Wait)
	}
	return c.Now
}
