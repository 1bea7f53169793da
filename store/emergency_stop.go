package store

import (
	"context"
	"encoding/json"
	"errors"

	"holdfast/hold"
	"holdfast/protection"
)

// Emergency is "Stop everything", from one instant to the other.
type Emergency struct {
	ID         string           `db:"id"` // emg_…
	CustomerID hold.CustomerID  `db:"customer_id"`
	Route      protection.Route `db:"route"`
	By         string           `db:"by_whom"`
	At         hold.Instant     `db:"at"`
	DidJSON    []byte           `db:"did"`
	EndedAt    hold.Instant     `db:"ended_at"`
	EndedBy    string           `db:"ended_by"`
	Second     string           `db:"second"`
}

// Stands tells whether it stands.
func (e Emergency) Stands() bool { return e.ID != "" && e.EndedAt == 0 }

// Did is what it did.
func (e Emergency) Did() (did protection.Did, err error) {
	return did, json.Unmarshal(e.DidJSON, &did)
}

// Stop is somebody's word that everything of a customer's is to stop.
type Stop struct {
	CustomerID hold.CustomerID
	Route      protection.Route
	Actor      string
	Texts      *hold.ContactRules // for the numbers that are told; nil: there are no texts
}

// StopEverything freezes a customer, and keeps frozen whom nobody opens again with an
// identity check on record. Anybody who reaches it may: it takes nothing. A second time
// it does again what has come up since, and gives what stands.
func (s *Store) StopEverything(ctx context.Context, w Stop) (e Emergency, err error) {
	err = s.update(ctx, func(t *tx) error {
		c, err := t.lockCustomer(w.CustomerID)
		if err != nil {
			return err
		}
		now, err := t.now()
		if err != nil {
			return err
		}
		e, err = t.stopEverything(c, w, now)
		return err
	})
	return e, err
}

// StopInCase is the same by who works the customer's case, whoever rings or stands there:
// nobody has to prove who they are to be protected.
func (s *Store) StopInCase(ctx context.Context, by By, caseID string, texts *hold.ContactRules) (v EmergencyOfCase, why hold.Refusal,
	err error) {
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		w, why, err := t.fetchCaseWork(by, caseID)
		if err != nil || why != "" {
			return why, err
		}
		e, err := t.stopEverything(w.Customer, Stop{CustomerID: w.Customer.ID, Route: by.reaches(), Actor: by.actor(), Texts: texts}, w.Now)
		v = EmergencyOfCase{e, w.hidden()}
		return "", err
	})
	return v, why, err
}

// stopEverything does it in the caller's transaction. The customer's row is locked, and
// with it whoever decides one of their holds.
func (t *tx) stopEverything(c hold.Customer, w Stop, now hold.Instant) (e Emergency, err error) {
	e, err = t.emergency(c.ID)
	if err == nil {
		return e, t.freeze(c, now, w.Actor, causeStopped, "")
	} else if !errors.Is(err, ErrNotFound) {
		return e, err
	}
	did, err := t.stops(c.ID, now)
	if err != nil {
		return e, err
	}
	if err := t.freeze(c, now, w.Actor, causeStopped, ""); err != nil {
		return e, err
	}
	e = Emergency{ID: NewID("emg"), CustomerID: c.ID, Route: w.Route, By: w.Actor, At: now}
	if e.DidJSON, err = json.Marshal(did); err != nil {
		return e, err
	}
	t.later(`INSERT INTO emergencies (id, customer_id, route, by_whom, at, did) VALUES (?, ?, ?, ?, ?, ?)`, e.ID, e.CustomerID, e.Route, e.By,
		e.At, string(e.DidJSON))
	t.count("emergency_" + string(w.Route))
	if err := t.tellStopped(c, w.Texts, now); err != nil {
		return e, err
	}
	return e, t.entry("customer:"+string(c.ID), "customer.stopped", w.Actor, now, map[string]any{"emergency_id": e.ID, "route": w.Route,
		"did": did})
}

// causeStopped is the cause of a freeze that an emergency made.
const causeStopped = "stopped"

// emergency is the one that stands. The customer's row is locked.
func (t *tx) emergency(id hold.CustomerID) (e Emergency, err error) {
	return e, t.get(&e, `SELECT * FROM emergencies WHERE customer_id = ? AND ended_at = 0`, id)
}

// stops counts what is about to be ended.
func (t *tx) stops(id hold.CustomerID, now hold.Instant) (did protection.Did, err error) {
	return did, t.get(&did, `SELECT (SELECT COUNT(*) FROM holds WHERE customer_id = ? AND status = 'held') AS held,
		(SELECT COUNT(*) FROM challenges c JOIN holds h ON h.id = c.hold_id WHERE c.customer_id = ? AND h.status = 'held'
			AND c.answer = 'approve' AND c.void_at = 0) AS approvals,
		(SELECT COUNT(*) FROM challenges WHERE customer_id = ? AND status = 'open' AND channel <> 'callback') AS questions,
		(SELECT COUNT(*) FROM sessions WHERE customer_id = ? AND ended_at = 0 AND expires_at > ?) AS sessions,
		(SELECT COUNT(*) FROM devices WHERE customer_id = ? AND revoked_at = 0) AS devices,
		(SELECT COUNT(*) FROM locks WHERE customer_id = ? AND ended_at = 0 AND loosens = 1 AND from_at > ?) AS loosenings`,
		id, id, id, id, now, id, id, now)
}

// tellStopped queues a text to each of the customer's numbers that may get one. That they
// are frozen keeps none of these back.
func (t *tx) tellStopped(c hold.Customer, rules *hold.ContactRules, now hold.Instant) error {
	if rules == nil {
		return nil
	}
	c.FrozenAt = 0
	for i, p := range c.Phones {
		if untrusted(c, &c.Phones[i], *rules, now, true) != "" {
			continue
		}
		if err := t.addText(hold.TextStopped, c.ID, p, "", "", *rules, now, now.Add(noticeLife)); err != nil {
			return err
		}
	}
	return nil
}
