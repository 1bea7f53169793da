package store

import (
	"holdfast/contacts"
	"holdfast/hold"
)

// The call-backs that FREEZE by text may bring: senders are forged, and people's time is
// what it costs. Its NO is not limited, as a NO is not.
const (
	freezesNumber = 3 // from a number in so many hours
	freezesOver   = 24
	freezesHour   = 200 // from all numbers in an hour of the clock
)

// line is a number that a text came from, with everybody that it is on record of.
type line struct {
	ids    []string
	owners []hold.Customer
	asked  []askedBy
	named  []contacts.Contact
}

// saysFreeze is NO, and a call to whoever has the number. It freezes nobody: anybody may
// have sent it, and who can be stopped by a text from afar is kept from paying.
func (t *tx) saysFreeze(id string, l line, r Reply, now hold.Instant) error {
	if _, err := t.saysNo(l.ids, l.owners, l.asked, l.named, now); err != nil || len(l.owners) == 0 {
		return err
	}
	if more, err := t.countFreeze(l, id, now); err != nil || !more {
		return err
	}
	for _, c := range l.owners {
		if err := t.looseTask(c, "reply", replyPriority, now); err != nil {
			return err
		}
		if err := t.entry("customer:"+string(c.ID), "reply.freeze", ActorCustomer, now, map[string]any{"number_id": id}); err != nil {
			return err
		}
		t.publish(string(c.ID))
	}
	to := l.owners[0]
	return t.addText(hold.TextFreeze, to.ID, *to.Phone(id), "", "", r.Rules, now, now.Add(noticeLife))
}

// countFreeze counts one, and tells whether it may bring a call. The line's rows are
// locked, so that its own are counted one after the other.
func (t *tx) countFreeze(l line, id string, now hold.Instant) (bool, error) {
	var heard []int
	if err := t.in(&heard, `SELECT COALESCE(SUM(heard), 0) FROM freeze_hours WHERE number_id IN (?) AND hour > ?`, l.ids,
		hours(now)-freezesOver); err != nil {
		return false, err
	}
	if heard[0] >= freezesNumber {
		t.count("reply_freeze_limit_number")
		return false, nil
	}
	const counted = `INSERT INTO freeze_hours (number_id, hour, heard) VALUES (?, ?, 1)
		ON CONFLICT (hour, number_id) DO UPDATE SET heard = freeze_hours.heard + 1 WHERE freeze_hours.heard < ?`
	n, err := t.exec(counted, "", hours(now), freezesHour)
	if err == nil && n == 0 {
		t.count("reply_freeze_limit")
	}
	if err != nil || n == 0 {
		return false, err
	}
	_, err = t.exec(counted, id, hours(now), freezesNumber)
	return err == nil, err
}
