package judge_test

import (
	"fmt"
	"time"

	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// owned is a device as the bank has it on record.
type owned struct {
	since   hold.Instant // at the earliest
	revoked hold.Instant // since when that was acknowledged
}

// device is one of a customer's: the old one more often, though it may be revoked.
func (w *world) device(p *person) hold.DeviceID {
	w.mu.Lock()
	latest := p.latest
	w.mu.Unlock()
	return pick(w.dice, "device", []hold.DeviceID{p.old, p.old, p.young, latest})
}

// putDevice enrols another device of a customer's, or revokes one.
func (w *world) putDevice(p *person) {
	name := pick(w.dice, "which device", []string{"young", "old", "new", "new"})
	put := w.ofRecord(p)
	if name == "new" {
		name = fmt.Sprintf("%s-d%d", w.name, w.keys.Add(1))
		put.Devices = []store.PutDevice{{Name: name, PublicKey: []byte(name)}}
	} else {
		put.Devices = []store.PutDevice{{Name: name, PublicKey: []byte(string(p.CustomerID) + " " + name), Revoked: true}}
	}
	from := w.clock.Now()
	c, why, err := w.s.PutCustomer(ctx, put)
	w.must(storetest.ErrorOf(why, err))
	w.tell("%s: device %s", p.CustomerID, name)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, d := range c.Devices {
		switch {
		case d.Name != name:
		case put.Devices[0].Revoked && p.devices[d.ID].revoked == 0:
			p.devices[d.ID].revoked = w.clock.Now()
		case !put.Devices[0].Revoked:
			p.devices[d.ID], p.latest = &owned{since: from}, d.ID
		}
	}
}

// mayHave fails where an approval counts of a device that may not approve.
func (w *world) mayHave(y *payment, dev hold.DeviceID, from hold.Instant) {
	w.mu.Lock()
	d := *w.owner(y).devices[dev]
	w.mu.Unlock()
	switch {
	case d.revoked != 0 && d.revoked < from:
		w.fail("%s was approved by a device that is revoked", y.id)
	case d.since.Add(12*time.Hour) > y.accepted:
		w.fail("%s was approved by a device that is too young", y.id)
	}
}
