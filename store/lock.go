package store

import (
	"slices"

	"holdfast/hold"
	"holdfast/queue"
)

// locked is what a transaction has locked, in the order of all locks: holds,
// then customers. The clock was read after the last lock.
type locked struct {
	holds     []hold.Standing // in the order of their ids; what happened to them is not read yet
	customers map[hold.CustomerID]hold.Customer
	now       hold.Instant
}

// find is one of the holds, or nil.
func (a locked) find(id hold.ID) *hold.Standing {
	for i := range a.holds {
		if a.holds[i].ID == id {
			return &a.holds[i]
		}
	}
	return nil
}

// lockAll locks holds and their customers, and more customers, each kind in the
// order of its ids. Who looks at a hold comes by here.
func (t *tx) lockAll(ids []hold.ID, more []hold.CustomerID) (all locked, err error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	who := slices.Clone(more)
	for _, id := range ids {
		h, err := t.lockHold(id)
		if err != nil {
			return all, err
		}
		all.holds, who = append(all.holds, hold.Standing{Hold: h}), append(who, h.Request.CustomerID)
	}
	slices.Sort(who)
	all.customers = map[hold.CustomerID]hold.Customer{}
	for _, id := range slices.Compact(who) {
		if all.customers[id], err = t.lockCustomer(id); err != nil {
			return all, err
		}
	}
	if all.now, err = t.now(); err != nil {
		return all, err
	}
	for i := range all.holds {
		l := &all.holds[i]
		l.Customer, l.Now = all.customers[l.Request.CustomerID], all.now
	}
	return all, nil
}

// lockWork locks what people work on, in the order of all locks: the hold that it is about
// with its customer, or the customer where it is about none, and then the case.
func (t *tx) lockWork(id hold.ID, of hold.CustomerID, caseID string) (l hold.Standing, cs queue.Case, err error) {
	if id != "" {
		l, err = t.fetch(id)
	} else {
		l.Customer, err = t.lockCustomer(of)
	}
	if err == nil {
		cs, err = t.lockCase(caseID)
	}
	if err == nil && id == "" {
		l.Now, err = t.now()
	}
	return l, cs, err
}

// lockHeld locks a customer with every hold of theirs that waits, and reads what
// happened to each. One that is accepted meanwhile is not among them: nobody has
// said anything about it yet.
func (t *tx) lockHeld(id hold.CustomerID) (all locked, err error) {
	var ids []hold.ID
	if err := t.all(&ids, `SELECT id FROM holds WHERE customer_id = ? AND status = 'held' ORDER BY id`, id); err != nil {
		return all, err
	}
	if all, err = t.lockAll(ids, []hold.CustomerID{id}); err != nil {
		return all, err
	}
	for i := range all.holds {
		if err := t.read(&all.holds[i]); err != nil {
			return all, err
		}
	}
	return all, nil
}
