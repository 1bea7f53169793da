package queue

import "holdfast/hold"

// Identified tells whether the customer is who they are: their app showed the
// number that they read out, or they rang in and were rung back on the record's
// number.
func (cs Case) Identified(leg hold.Leg) bool {
	return cs.Lease > 0 && (cs.IdentifiedLease == cs.Lease || cs.InboundLease == cs.Lease && leg.Connected >= hold.MinConnected)
}

// RangInUnknown tells whether the customer rang in and their number was not
// right so far.
func (cs Case) RangInUnknown() bool {
	return cs.RangIn() && cs.IdentifiedLease != cs.Lease
}
