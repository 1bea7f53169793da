package store

import (
	"context"
	"slices"

	"holdfast/hold"
	"holdfast/protection"
)

// StopLock ends a loosening that is yet to count, by whoever reaches it. One that counts
// is not stopped: a new change tightens. The locks are told whatever becomes of it.
func (s *Store) StopLock(ctx context.Context, id hold.CustomerID, k protection.Kind, actor string) (l Locks, why hold.Refusal, err error) {
	why, err = s.rule(ctx, func(t *tx) (why hold.Refusal, err error) {
		if l.Customer, err = t.lockCustomer(id); err != nil {
			return "", err
		}
		if l.Now, err = t.now(); err != nil {
			return "", err
		}
		if why, err = t.stopLock(id, k, actor, l.Now); err == nil {
			l.Records, err = t.locksOf(id)
		}
		return why, err
	})
	return l, why, err
}

// stopLock ends what comes of a kind. The customer is locked.
func (t *tx) stopLock(id hold.CustomerID, k protection.Kind, actor string, now hold.Instant) (hold.Refusal, error) {
	rs, err := t.locksOf(id)
	if err != nil {
		return "", err
	}
	if r := protection.Coming(rs, k, now); r != nil {
		return "", t.stopComing(id, *r, protection.Stopped, actor, now)
	}
	if r := protection.Current(rs, k, now); r != nil && r.Loosens {
		return hold.LockCounts, nil
	}
	return "", nil // it was stopped before
}

// stopComing ends a loosening before it counts, with an entry.
func (t *tx) stopComing(id hold.CustomerID, r protection.Record, why protection.Cause, actor string, now hold.Instant) error {
	if err := t.endLock(r, why, actor, now); err != nil {
		return err
	}
	t.count("loosening_ended_" + string(why))
	t.publish(string(id))
	return t.entry("customer:"+string(id), "lock.stopped", actor, now, map[string]any{"lock_id": r.ID, "kind": r.Kind, "from_at": r.FromAt,
		"cause": why})
}

// endLoosenings ends every loosening of a customer's that is yet to count, and voids what
// waits for a second person. The customer is locked.
func (t *tx) endLoosenings(id hold.CustomerID, why protection.Cause, actor string, now hold.Instant) error {
	rs, err := t.locksOf(id)
	if err != nil {
		return err
	}
	for _, r := range rs {
		if r.FromAt > now {
			if err := t.stopComing(id, r, why, actor, now); err != nil {
				return err
			}
		}
	}
	return t.voidPending(`kind = 'loosen' AND customer_id = ?`, string(id), string(why), now)
}

// stopByText ends those loosenings of a line's owners that a text to the line told of. The
// owners are locked. It tells whether there was one.
func (t *tx) stopByText(ids []string, owners []hold.Customer, now hold.Instant) (stopped bool, err error) {
	for _, c := range owners {
		rs, err := t.locksOf(c.ID)
		if err != nil {
			return stopped, err
		}
		rs = slices.DeleteFunc(rs, func(r protection.Record) bool { return r.FromAt <= now })
		if len(rs) == 0 {
			continue
		}
		var told []string
		if err := t.in(&told, `SELECT lock_id FROM texts WHERE number_id IN (?) AND customer_id = ? AND kind = 'lock_loosened' AND sends > 0
			AND lock_id <> '' AND until > ?`, ids, c.ID, now); err != nil {
			return stopped, err
		}
		for _, r := range rs {
			if !slices.Contains(told, r.ID) {
				continue
			}
			stopped = true
			if err := t.stopComing(c.ID, r, protection.Stopped, ActorCustomer, now); err != nil {
				return stopped, err
			}
		}
	}
	return stopped, nil
}

// ForgetLocks deletes those that ended long ago: what became of them is in the trail.
func (s *Store) ForgetLocks(ctx context.Context, most int) (n int, err error) {
	err = s.update(ctx, func(t *tx) error {
		now, err := t.now()
		if err != nil {
			return err
		}
		gone, err := t.exec(`DELETE FROM locks WHERE id IN (SELECT id FROM locks WHERE ended_at <> 0 AND ended_at < ? ORDER BY ended_at LIMIT ?)`,
			now.Add(-protection.Kept), most)
		n = int(gone)
		return err
	})
	return n, err
}
