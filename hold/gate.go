package hold

// Gate tells whether a rung is one: its approval leads on instead of releasing,
// so that what comes after it never has to stand alone.
func (l Ladder) Gate(rung int) bool { return l.Rungs[rung].Approved != EdgeRelease }

// PassesGate tells whether an edge may lead out of a gate that was not approved:
// to reverse, or to a later rung with a callback. Whoever could wait a gate out,
// or make it undeliverable, and be asked by something weaker than a talk, would
// never have to pass it. Past the last rung nobody is asked, and nothing is
// released.
func (l Ladder) PassesGate(rung int, e Edge) bool {
	to := rung + 1
	switch e {
	case EdgeReverse:
		return true
	case EdgeNext:
	default:
		if to = l.index(string(e)); to <= rung {
			return false
		}
	}
	return to >= len(l.Rungs) || l.Rungs[to].Has(Callback)
}
