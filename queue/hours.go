package queue

import (
	"slices"
	"time"

	"holdfast/hold"
)

// Promised is how long past a time that the customer named, or at which they
// turned to us, they may be called, whatever the hour.
const Promised = 30 * time.Minute

// Window is when a customer may be called: from Ready until the hours end, or
// at any hour from Ready on when Until is 0.
type Window struct{ Ready, Until hold.Instant }

// Contains tells whether an instant lies in the window.
func (w Window) Contains(at hold.Instant) bool {
	return w.Ready <= at && (w.Until == 0 || at < w.Until)
}

// Callable is the first window from an instant on.
func Callable(terms hold.CallbackTerms, c hold.Customer, from hold.Instant) Window {
	ready := terms.CallTime(from, c.Zone())
	return Window{ready, terms.CallEnd(ready, c.Zone())}
}

// TheyAreThere is the window of a customer who turns to us, or named the time.
func TheyAreThere(terms hold.CallbackTerms, c hold.Customer, at hold.Instant) Window {
	return Window{at, Later(terms.CallEnd(at, c.Zone()), at.Add(Promised))}
}

// Later is the later of two ends, where 0 is none.
func Later(a, b hold.Instant) hold.Instant {
	if a == 0 || b == 0 {
		return 0
	}
	return max(a, b)
}

// FirstCall is when a callback's first attempt is due.
func FirstCall(s hold.Standing) Window {
	terms := s.Terms.Callback.Complete()
	if s.RangIn {
		return TheyAreThere(terms, s.Customer, s.Now)
	}
	return Callable(terms, s.Customer, s.Now.Add(time.Duration(terms.Plan[0])))
}

// MayRing tells whether a case's customer may be called now: within the hours of
// one of its holds, when they named the time, or because they are there.
func MayRing(cs Case, tasks []Task, holds []hold.Hold, c hold.Customer, now hold.Instant) bool {
	return cs.RangIn() ||
		slices.ContainsFunc(tasks, func(k Task) bool {
			return k.Status == TaskOpen && k.Kind != TaskFace && k.Window().Contains(now)
		}) ||
		slices.ContainsFunc(holds, func(h hold.Hold) bool { return h.Terms.Callback.CallTime(now, c.Zone()) == now })
}
