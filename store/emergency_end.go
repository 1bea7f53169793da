package store

import (
	"context"
	"errors"

	"holdfast/hold"
	"holdfast/protection"
	"holdfast/queue"
)

// Reopen is a wish to end what a customer stopped, by who has their case.
type Reopen struct {
	By       By
	CaseID   string
	Document queue.Document // that a clerk looked at; empty: the asker is no clerk
	Reason   string
	Live     queue.Live
}

// AskReopen asks a supervisor to end an emergency. Who asks has it on record who the
// customer is, since everything was stopped.
func (s *Store) AskReopen(ctx context.Context, r Reopen) (approval string, why hold.Refusal, err error) {
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		w, why, err := t.fetchCaseWork(r.By, r.CaseID)
		if err != nil || why != "" {
			return why, err
		}
		e, err := t.emergency(w.Customer.ID)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return "", err
		}
		call, why := queue.Reopening{Role: r.By.Role, Case: w.cs, Calls: w.calls, Customer: w.Customer, StoppedAt: e.At, Document: r.Document,
			Live: r.Live, Now: w.Now}.Proof()
		if why != "" {
			t.count("reopening_refused_" + string(why))
			return why, nil
		}
		approval, why, err = t.addApproval("customer:"+string(w.Customer.ID), queue.Approval{Kind: queue.ApproveUnfreeze,
			CustomerID: w.Customer.ID, First: r.By.actor(), Reason: r.Reason, Document: r.Document, CallID: call}, w.Now)
		return why, err
	})
	return approval, why, err
}

// reaches is the route by which somebody of the bank's staff protects a customer.
func (by By) reaches() protection.Route {
	if by.Role == queue.RoleBranch {
		return protection.ByClerk
	}
	return protection.ByAgent
}

// staysStopped says why an ordinary end of a freeze is refused: everything is stopped, and who
// asks for it has nothing on record of who the customer is. The customer's row is locked.
func (t *tx) staysStopped(a queue.Approval) (hold.Refusal, error) {
	why := a.Reopens()
	if why == "" {
		return "", nil
	}
	_, err := t.emergency(a.CustomerID)
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	return why, err
}

// endEmergency ends the one that stands, if any does. Two people want it.
func (t *tx) endEmergency(a queue.Approval, second string, now hold.Instant) error {
	e, err := t.emergency(a.CustomerID)
	if errors.Is(err, ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	if _, err := t.exec(`UPDATE emergencies SET ended_at = ?, ended_by = ?, second = ? WHERE id = ?`, now, a.First, second, e.ID); err != nil {
		return err
	}
	t.count("emergency_ended")
	body := map[string]any{"emergency_id": e.ID, "approval_id": a.ID, "first": a.First}
	if a.CallID != "" {
		body["call_id"] = a.CallID
	} else {
		body["document"] = a.Document
	}
	return t.entry("customer:"+string(a.CustomerID), "customer.reopened", second, now, body)
}
