package policy

import "holdfast/hold"

// recalls reads what confirms that money which went is asked for again.
func (r *reader) recalls(p place) (own hold.OwnNotMe) {
	if v, ok := r.fields(p, "own_not_me")["own_not_me"]; ok {
		own, _ = oneOf(r, v, hold.OwnNotMeAsk, hold.OwnNotMeRequest)
	}
	if own == hold.OwnNotMeAsk { // as where nothing is said
		own = ""
	}
	return own
}
