package store

import (
	"time"

	"holdfast/hold"
)

// DeviceProof is a device's word, over a nonce that it spends.
type DeviceProof struct {
	Device hold.DeviceID
	Nonce  string
	MinAge time.Duration // of the device
	Verify func(d hold.Device, now hold.Instant) (hold.Refusal, error)
}

// proven spends the nonce and says why the device's word does not count.
func (t *tx) proven(c hold.Customer, p DeviceProof, now hold.Instant) (hold.Refusal, error) {
	if good, err := t.spendNonce(c.ID, p.Nonce, now); err != nil || !good {
		return hold.NonceMismatch, err
	}
	d := c.Device(p.Device)
	if d == nil {
		return hold.DeviceUnknown, nil
	}
	if why, err := p.Verify(*d, now); err != nil || why != "" {
		return why, err
	}
	if d.Since.Add(p.MinAge) > now {
		return hold.DeviceTooYoung, nil
	}
	return "", nil
}

// said locks a customer who says something by a device of theirs, which a freeze hears
// none of, and uses its proof up.
func (t *tx) said(id hold.CustomerID, p DeviceProof) (c hold.Customer, now hold.Instant, why hold.Refusal, err error) {
	if c, err = t.lockCustomer(id); err != nil {
		return c, now, "", err
	}
	if now, err = t.now(); err != nil {
		return c, now, "", err
	}
	if c.FrozenAt != 0 {
		return c, now, hold.CustomerFrozen, nil
	}
	why, err = t.proven(c, p, now)
	return c, now, why, err
}
