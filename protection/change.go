package protection

import (
	"slices"
	"time"

	"holdfast/hold"
)

// Loosens tells whether a payment might pass from now on that did not before. from and to
// are the lock of before and of after; nil: none. A doubt counts as loosening.
func Loosens(from, to *Lock, now hold.Instant) bool {
	switch {
	case from == nil:
		return false
	case to == nil, from.Kind != to.Kind, from.Action == Refuse && to.Action != Refuse:
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
		return from.knows(to, now)
	case Ways:
		return !within(to.Ways, from.Ways)
	case Devices:
		return !within(to.Devices, from.Devices)
	}
	return true
}

// knows tells whether, of locks on new payees, to pays somebody whom l does not.
func (l Lock) knows(to *Lock, now hold.Instant) bool {
	switch {
	case to.Wait != 0:
		return l.Wait == 0 || to.Wait < l.Wait
	case l.Wait != 0: // whom it pays now, and from now on nobody new
		return to.Since > now.Add(-time.Duration(l.Wait))
	}
	return to.Since > l.Since
}

// Beginning is a lock that is wished for as it would begin now, in the place of from; nil:
// there is none. One on all new payees knows whom that one lets be paid now.
func (l Lock) Beginning(from *Lock, now hold.Instant) Lock {
	l.Since = 0
	if l.Kind != NewPayees || l.Wait != 0 {
		return l
	}
	switch l.Since = now; {
	case from == nil:
	case from.Wait != 0:
		l.Since = now.Add(-time.Duration(from.Wait))
	default:
		l.Since = from.Since
	}
	return l
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
	ScamOpen  bool  // a payment of theirs that looks like a scam, or is suspected, waits
	Asked     int   // how often a loosening was asked for in LooseningSpan
	// Of the app: the device may approve, and its user proved who they are on it.
	DeviceMay, Verified bool
	// Of an agent or clerk: the customer proved who they are, and a second person agreed.
	Identified, Second bool
	Wait               time.Duration // of the policy, for this customer
	Now                hold.Instant
}

// MaxLoosenings is how many a customer's may be asked for in LooseningSpan: each tells
// them on every way to them.
const (
	MaxLoosenings = 10
	LooseningSpan = 24 * time.Hour
)

// Loosens tells whether the change loosens.
func (c Change) Loosens() bool { return Loosens(c.From, c.To, c.Now) }

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
	case c.Asked >= MaxLoosenings:
		return hold.LooseningsSpent
	}
	switch c.Route {
	case ByApp:
		if !c.DeviceMay {
			return hold.ProofMissing
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
