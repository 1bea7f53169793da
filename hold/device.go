package hold

import (
	"slices"
	"time"
)

// MaxDevices is how many devices a customer may have in use.
const MaxDevices = 10

// MayEnrol says why the customer may not enrol one more device; "" means that
// they may.
func (c Customer) MayEnrol() Refusal {
	inUse := slices.DeleteFunc(slices.Clone(c.Devices), func(d Device) bool { return d.RevokedAt != 0 })
	switch {
	case c.FrozenAt != 0:
		return CustomerFrozen
	case len(inUse) >= MaxDevices:
		return DeviceLimit
	}
	return ""
}

// MayRevoke says why a device of the customer's may not end another, or itself;
// "" means that it may. It may always end itself; to end another it must be old
// enough to approve, or an intruder's fresh device would throw out the owner's.
func (c Customer) MayRevoke(by, other DeviceID, minAge time.Duration, now Instant) Refusal {
	d := c.Device(by)
	switch {
	case d == nil || d.RevokedAt != 0:
		return DeviceNotEligible
	case by != other && (c.FrozenAt != 0 || d.Since.Add(minAge) > now):
		return DeviceNotEligible
	}
	return ""
}

// SettledSince is since when something is the customer's: as the bank says
// (want), or as it is on record (known), or from now on; 0 is unsaid and unknown.
// Only who may backdate moves it back.
func SettledSince(want, known, now Instant, mayBackdate bool) (Instant, Refusal) {
	switch {
	case want > now:
		return 0, SinceFuture
	case want == 0 && known == 0:
		return now, ""
	case want == 0:
		return known, ""
	case !mayBackdate && (known == 0 && want < now || known != 0 && want < known):
		return 0, Backdated
	}
	return want, ""
}
