package store

import (
	"context"
	"encoding/json"

	"holdfast/hold"
	"holdfast/protection"
	"holdfast/queue"
)

// CaseLock is what an agent or clerk wishes of a lock of the customer whose case they have.
type CaseLock struct {
	By       By
	CaseID   string
	Kind     protection.Kind
	To       *protection.Lock // nil: from then on there is none
	Reason   string           // of a loosening, for the second person; empty: nobody is asked
	Document queue.Document   // that a clerk looked at
	Rules    LockRules
}

// LocksOfCase shows the locks of a case's customer.
func (s *Store) LocksOfCase(ctx context.Context, by By, id string) (l Locks, why hold.Refusal, err error) {
	err = s.view(ctx, func(t *tx) error {
		l = Locks{} // of a try before
		var v CaseView
		if why, err = t.showCase(&v, by, id); err != nil || why != "" {
			return err
		}
		if v.Hidden {
			why = hold.IdentityMissing
			return nil
		}
		if err := t.get(&l.Customer, `SELECT * FROM customers WHERE id = ?`, v.CustomerID); err != nil {
			return err
		}
		l.Now = v.Now
		l.Records, err = t.locksOf(v.CustomerID)
		return err
	})
	return l, why, err
}

// PutLockOfCase tightens a lock at once. What loosens it is asked of a second person:
// approval is what they are to agree to.
func (s *Store) PutLockOfCase(ctx context.Context, p CaseLock) (l Locks, approval string, why hold.Refusal, err error) {
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		l, approval = Locks{}, "" // of a try that was undone
		w, why, err := t.fetchKnownWork(p.By, p.CaseID)
		if err != nil || why != "" {
			return why, err
		}
		ch, err := t.lockChange(w.Customer, p.Kind, p.To, p.By.reaches(), w.Now)
		if err != nil {
			return "", err
		}
		put := PutLock{Actor: p.By.actor(), Rules: p.Rules}
		leg := queue.Proof(w.cs, w.calls, w.Customer, queue.AsFarAsKnown, w.Now)
		ch.Identified = leg.Identified || ch.Route == protection.ByClerk && p.Document != ""
		ch.Second = p.Reason != "" // they are asked
		if why, err = t.mayChange(&ch, put); err != nil || why != "" {
			return why, err
		}
		if ch.Loosens() {
			approval, why, err = t.askLoosen(ch, p)
		} else {
			err = t.changeLock(ch, put, "", "")
		}
		if err != nil || why != "" {
			return why, err
		}
		l.Customer, l.Now = w.Customer, w.Now
		l.Records, err = t.locksOf(w.Customer.ID)
		return "", err
	})
	return l, approval, why, err
}

// StopLockOfCase ends a loosening that is yet to count.
func (s *Store) StopLockOfCase(ctx context.Context, by By, id string, k protection.Kind) (l Locks, why hold.Refusal, err error) {
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		l = Locks{}
		w, why, err := t.fetchKnownWork(by, id)
		if err != nil || why != "" {
			return why, err
		}
		if why, err = t.stopLock(w.Customer.ID, k, by.actor(), w.Now); err != nil {
			return "", err
		}
		l.Customer, l.Now = w.Customer, w.Now
		l.Records, err = t.locksOf(w.Customer.ID)
		return why, err
	})
	return l, why, err
}

// fetchKnownWork is fetchCaseWork of a caller who is known: who has not proved who they are
// learns nothing of the customer's locks.
func (t *tx) fetchKnownWork(by By, id string) (w *work, why hold.Refusal, err error) {
	if w, why, err = t.fetchCaseWork(by, id); err == nil && why == "" && w.hidden() {
		why = hold.IdentityMissing
	}
	return w, why, err
}

// askLoosen asks a second person for a loosening.
func (t *tx) askLoosen(ch lockChange, p CaseLock) (string, hold.Refusal, error) {
	a := queue.Approval{Kind: queue.ApproveLoosen, CustomerID: ch.Customer.ID, First: p.By.actor(), Reason: p.Reason, Document: p.Document,
		LockKind: string(ch.kind), LockID: ch.current.ID}
	if ch.To != nil {
		kept, err := json.Marshal(ch.To)
		if err != nil {
			return "", "", err
		}
		a.LockValue = string(kept)
	}
	return t.addApproval("customer:"+string(ch.Customer.ID), a, ch.Now)
}

// loosening is what two people want of a lock, as it is judged when the second says so. void
// tells that it is not the lock any more that the first one saw.
func (t *tx) loosening(w *waiting, wait LockRules) (ch lockChange, void bool, why hold.Refusal, err error) {
	to, err := LockOf(w.LockValue)
	if err != nil {
		return ch, false, "", err
	}
	route := protection.ByAgent
	if w.Document != "" {
		route = protection.ByClerk
	}
	if ch, err = t.lockChange(w.l.Customer, protection.Kind(w.LockKind), to, route, w.l.Now); err != nil {
		return ch, false, "", err
	}
	if ch.current == nil || ch.current.ID != w.LockID {
		return ch, true, "", nil
	}
	ch.Identified, ch.Second, ch.Wait = true, true, wait.Terms.Wait
	return ch, false, ch.Refusal(), nil
}
