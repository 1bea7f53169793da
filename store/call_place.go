package store

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"holdfast/hold"
	"holdfast/queue"

	"github.com/jmoiron/sqlx"
)

const (
	maxCallsHour  = 6  // to one customer
	maxTriesCase  = 3  // of the customer's two digits, in one lease
	maxMissesHour = 10 // of them, by one agent
	callLife      = 3 * time.Minute
)

// PlaceCall queues a call of the agent's case: their own phone first, then the
// customer's, by the bank's record. loose are the rules for a case without a
// hold.
func (s *Store) PlaceCall(ctx context.Context, by By, caseID, contact string, loose hold.ContactRules) (id, cause string, why hold.Refusal,
	err error) {
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		w, why, err := t.fetchCase(by, caseID)
		if err != nil || why != "" {
			return why, err
		}
		switch {
		case w.agent.NumberID == "":
			return hold.AgentNumberMissing, nil
		case !queue.MayRing(w.cs, w.tasks, w.holds, w.customer, w.now):
			return hold.QuietHours, nil
		}
		rules, at := queue.CallRules(w.holds, loose, w.now)
		if cause = uncallable(w.customer.Phone(contact), rules, at); cause != "" {
			return hold.ContactNotEligible, nil
		}
		var n int
		if err := t.get(&n, `SELECT COUNT(*) FROM calls WHERE customer_id = ? AND created_at > ?`, w.customer.ID,
			w.now.Add(-time.Hour)); err != nil {
			return "", err
		}
		switch {
		case n >= maxCallsHour:
			return hold.CallLimit, nil
		case w.cs.Tries >= maxTriesCase:
			return hold.IdentityFailed, nil
		}
		if err := t.lapseCalls(w.now); err != nil {
			return "", err
		}
		id = NewID("call")
		added, err := t.exec(`INSERT INTO calls (id, case_id, lease, agent, customer_id, number_id, rules, status, created_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', ?) ON CONFLICT DO NOTHING`,
			id, w.cs.ID, w.cs.Lease, by.Sub, w.customer.ID, contact, rulesJSON(rules), w.now)
		if err != nil {
			return "", err
		}
		if added == 0 {
			return hold.CallUnderWay, nil
		}
		if err := t.newDigits(w.cs); err != nil {
			return "", err
		}
		t.publish(string(w.customer.ID))
		if err := t.entry(w.cs.ID, "call.asked", by.actor(), w.now, map[string]any{"call_id": id, "lease": w.cs.Lease,
			"number_id": contact}); err != nil {
			return "", err
		}
		t.message(id, OutboxCall, w.now, w.now)
		return "", nil
	})
	return id, cause, why, err
}

// lapseCalls ends calls that nobody told us the end of, so that a lost webhook
// does not keep an agent from calling.
func (t *tx) lapseCalls(now hold.Instant) error {
	_, err := t.exec(`UPDATE calls SET status = 'failed', code = 'lost', ended_at = ? WHERE status NOT IN ('ended', 'failed') AND (
		(connected_at = 0 AND created_at < ?) OR created_at < ?)`, now, now.Add(-callLife), now.Add(-queue.CallLimit))
	return err
}

// newDigits makes the number that the customer's app shows.
func (t *tx) newDigits(cs queue.Case) error {
	n, err := rand.Int(rand.Reader, big.NewInt(100))
	if err != nil {
		return err
	}
	_, err = t.exec(`UPDATE cases SET digits = ? WHERE id = ?`, fmt.Sprintf("%02d", n), cs.ID)
	return err
}

// caseWork is an agent's case with its customer and holds, locked.
type caseWork struct {
	agent    queue.Agent
	customer hold.Customer
	cs       queue.Case
	tasks    []queue.Task
	holds    []hold.Hold
	now      hold.Instant
}

// fetchCase locks the customer and the case of an agent of the queue, and reads.
func (t *tx) fetchCase(by By, id string) (w *caseWork, why hold.Refusal, err error) {
	w = &caseWork{}
	if w.agent, err = t.acting(by); err != nil {
		return nil, "", err
	}
	if !by.Role.Queues() {
		return nil, hold.RoleMissing, nil
	}
	var of hold.CustomerID
	if err = t.get(&of, `SELECT customer_id FROM cases WHERE id = ?`, id); err != nil {
		return nil, "", err
	}
	l, cs, err := t.lockWork("", of, id)
	if err != nil {
		return nil, "", err
	}
	w.customer, w.cs, w.now = l.Customer, cs, l.Now
	if why, err = t.mayWork(w.agent, w.cs, w.now); err != nil || why != "" {
		return nil, why, err
	}
	return w, "", t.readWork(w)
}

func (t *tx) readWork(w *caseWork) error {
	if err := t.all(&w.tasks, `SELECT * FROM tasks WHERE case_id = ? ORDER BY priority DESC, deadline, id`, w.cs.ID); err != nil {
		return err
	}
	var rows []holdRow
	if err := t.all(&rows, holdRows+`WHERE h.id IN (SELECT hold_id FROM tasks WHERE case_id = ? AND status <> 'closed')`,
		w.cs.ID); err != nil {
		return err
	}
	var err error
	w.holds, err = holdsOf(rows)
	return err
}

// LiveCall is the call of an agent's case that is connected as far as we know,
// with the provider's id; empty: there is none.
func (s *Store) LiveCall(ctx context.Context, by By, caseID string) (id, sid string, err error) {
	var found struct {
		ID  string `db:"id"`
		SID string `db:"sid"`
	}
	err = s.get(ctx, &found, `SELECT x.id, x.sid FROM calls x JOIN cases c ON c.id = x.case_id AND c.lease = x.lease
		WHERE c.id = ? AND c.agent = ? AND x.status = 'connected' ORDER BY x.created_at DESC LIMIT 1`, caseID, by.Sub)
	if errors.Is(err, ErrNotFound) {
		return "", "", nil
	}
	return found.ID, found.SID, err
}

// LiveCalls are an agent's calls that have not ended, by the provider's ids.
func (s *Store) LiveCalls(ctx context.Context, sub string) (sids []string, err error) {
	return sids, s.all(ctx, &sids, `SELECT sid FROM calls WHERE agent = ? AND sid <> '' AND ended_at = 0 ORDER BY created_at`, sub)
}

// Identify compares the two digits that the customer read out. Counted before
// it is compared; three a lease, and ten misses of an agent in an hour: there
// are no more than a hundred numbers.
func (s *Store) Identify(ctx context.Context, by By, caseID, digits string) (ok bool, left int, why hold.Refusal, err error) {
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		ok, left = false, 0                                         // of a try that was undone
		if _, err := t.lockAgent(by, "NO KEY UPDATE"); err != nil { // it counts
			return "", err
		}
		if !by.Role.Queues() {
			return hold.RoleMissing, nil
		}
		cs, now, why, err := t.lease(caseID, by)
		if err != nil || why != "" {
			return why, err
		}
		if cs.Tries >= maxTriesCase || cs.Digits == "" {
			return "", nil // nothing is compared
		}
		var missed int
		if err := t.get(&missed, `SELECT COUNT(*) FROM looks WHERE agent = ? AND kind = 'misidentified' AND at > ?`, by.Sub,
			now.Add(-time.Hour)); err != nil {
			return "", err
		}
		if missed >= maxMissesHour { // nor here
			return hold.LooksSpent, t.raise(by, "misidentified", now)
		}
		if _, err := t.exec(`UPDATE cases SET tries = tries + 1 WHERE id = ?`, cs.ID); err != nil {
			return "", err
		}
		left = maxTriesCase - cs.Tries - 1
		ok = subtle.ConstantTimeCompare([]byte(digits), []byte(cs.Digits)) == 1
		kind := "case.misidentified"
		if ok {
			kind = "case.identified"
			if _, err = t.exec(`UPDATE cases SET identified_lease = lease WHERE id = ?`, cs.ID); err == nil {
				_, err = t.exec(`UPDATE leases SET hidden = 0 WHERE case_id = ? AND lease = ?`, cs.ID, cs.Lease)
			}
		} else {
			_, err = t.exec(`INSERT INTO looks (agent, kind, at) VALUES (?, 'misidentified', ?)`, by.Sub, now)
		}
		if err != nil {
			return "", err
		}
		t.count(strings.ReplaceAll(kind, ".", "_"))
		return "", t.entry(cs.ID, kind, by.actor(), now, map[string]any{"lease": cs.Lease, "try": cs.Tries + 1})
	})
	return ok, left, why, err
}

// AppCall is what a signed-in customer sees while the bank calls.
type AppCall struct {
	CustomerID hold.CustomerID `db:"customer_id"`
	GivenName  string          `db:"given_name"`
	Digits     string          `db:"digits"`
	Inbound    bool            `db:"inbound"`    // the customer rang in
	Identified bool            `db:"identified"` // they have read the digits out
}

// AppCalls tells which of up to 1,000 customers an agent is calling now, or has
// on the line.
func (s *Store) AppCalls(ctx context.Context, ids []hold.CustomerID) (cs []AppCall, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	now, err := s.Now(ctx)
	if err != nil {
		return nil, err
	}
	q, args, err := sqlx.In(`AND c.customer_id IN (?)`, ids)
	if err != nil {
		return nil, err
	}
	return s.appCalls(ctx, now, q, args...)
}

func (s *Store) appCalls(ctx context.Context, now hold.Instant, whose string, ids ...any) (cs []AppCall, err error) {
	return cs, s.all(ctx, &cs, `SELECT c.customer_id, a.given_name, c.digits, CASE WHEN c.inbound_lease = c.lease THEN 1 ELSE 0 END AS inbound,
			CASE WHEN c.identified_lease = c.lease THEN 1 ELSE 0 END AS identified
		FROM cases c JOIN agents a ON a.sub = c.agent
		WHERE c.status = 'leased' AND c.until > ? AND c.digits <> '' AND (c.inbound_lease = c.lease OR EXISTS (
			SELECT 1 FROM calls x WHERE x.case_id = c.id AND x.lease = c.lease AND x.status NOT IN ('ended', 'failed')
				AND x.created_at > ?)) `+whose, append([]any{now, now.Add(-queue.CallLimit)}, ids...)...)
}

// AppCall is the same for one customer; nil: nobody calls.
func (s *Store) AppCall(ctx context.Context, id hold.CustomerID) (*AppCall, error) {
	cs, err := s.AppCalls(ctx, []hold.CustomerID{id})
	if err != nil || len(cs) == 0 {
		return nil, err
	}
	return &cs[0], nil
}
