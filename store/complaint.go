package store

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/queue"
)

// Complain is a complaint as a client of the bank's brings it: of a hold, or of an
// account, by the digests that it may be kept under.
type Complain struct {
	Client     string
	Reference  string
	About      queue.Complainant
	HoldID     hold.ID
	Payee      []counterparties.Digest
	CustomerID hold.CustomerID
	Reason     string
	ReceivedAt hold.Instant // zero: now
	Within     hold.Days    // it has to be answered
}

// digest is of all that a repeat has to have in common. An account is compared by its
// payee: a digest without a key would tell it.
func (c Complain) digest() hold.Digest {
	b, _ := json.Marshal([]any{c.About, c.HoldID, c.CustomerID, c.Reason, int64(c.ReceivedAt)}) // strings and a number
	return hold.DigestOf(b)
}

// Complain takes a complaint in. The client's row is locked, so that one reference has
// one complaint and what a client brings in a day is counted. A repeat gives what stands.
func (s *Store) Complain(ctx context.Context, c Complain) (stands queue.Complaint, why hold.Refusal, err error) {
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		var now hold.Instant
		var known int
		if err := t.together(one(&known, `SELECT 1 FROM clients WHERE id = ?`+t.lock("NO KEY UPDATE"), c.Client)); err != nil {
			return "", err
		}
		payees, err := t.payeesOf(c.Payee)
		if err != nil {
			return "", err
		}
		err = t.get(&stands, `SELECT * FROM complaints WHERE client_id = ? AND reference = ?`, c.Client, c.Reference)
		if err == nil {
			if stands.BodyDigest != c.digest() || len(payees) > 0 && !slices.Contains(payees, stands.PayeeID) {
				return hold.ReferenceReused, nil
			}
			return "", nil
		} else if !errors.Is(err, ErrNotFound) {
			return "", err
		}
		var today int
		if err := t.together(clock(&now)); err != nil {
			return "", err
		}
		if err := t.get(&today, `SELECT COUNT(*) FROM complaints WHERE client_id = ? AND taken_at > ?`, c.Client,
			now.Add(-24*time.Hour)); err != nil {
			return "", err
		}
		if today >= queue.ComplaintsADay {
			t.count("complaint_limit")
			return hold.ComplaintLimit, nil
		}
		if stands, err = t.complaint(c, payees, now); err != nil {
			return "", err
		}
		return "", t.addComplaint(stands)
	})
	return stands, why, err
}

// payeesOf are the ids under which an account is known, the surest first: as it is on
// record, or else as it would be.
func (t *tx) payeesOf(digests []counterparties.Digest) (ids []string, err error) {
	if len(digests) == 0 {
		return nil, nil
	}
	theirs := some(&ids, `SELECT DISTINCT id FROM payees WHERE digest IN `).in(valuesOf(digests)).then(` ORDER BY id`)
	if err := t.together(theirs); err != nil {
		return nil, err
	}
	for _, d := range digests {
		ids = append(ids, payeeID(d))
	}
	return ids, nil
}

// complaint is a new one. Its hold is kept from leaving meanwhile, and is the client's.
func (t *tx) complaint(c Complain, payees []string, now hold.Instant) (queue.Complaint, error) {
	n := queue.Complaint{ID: NewID("cmp"), ClientID: c.Client, Reference: c.Reference, BodyDigest: c.digest(), About: c.About,
		HoldID: c.HoldID, CustomerID: c.CustomerID, Reason: c.Reason, ReceivedAt: c.ReceivedAt, TakenAt: now, Status: queue.ComplaintOpen}
	if n.ReceivedAt == 0 {
		n.ReceivedAt = now
	}
	n.DueAt = queue.DueAt(n.ReceivedAt, now, c.Within)
	if len(payees) > 0 {
		n.PayeeID = payees[0]
	}
	if c.HoldID == "" {
		return n, nil
	}
	if err := t.ownedBy(c.HoldID, c.Client); err != nil {
		return n, err
	}
	var of struct {
		Customer hold.CustomerID `db:"customer_id"`
		PayeeID  string          `db:"payee_id"`
	}
	err := t.get(&of, `SELECT customer_id, payee_id FROM holds WHERE id = ?`+t.lock("KEY SHARE"), c.HoldID)
	if n.PayeeID = of.PayeeID; c.About == queue.ByPayer {
		n.CustomerID = of.Customer
	}
	return n, err
}

func (t *tx) addComplaint(c queue.Complaint) error {
	t.later(`INSERT INTO complaints (id, client_id, reference, body_digest, about, hold_id, payee_id, customer_id, reason, received_at,
		taken_at, due_at, status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, c.ID, c.ClientID, c.Reference, c.BodyDigest, c.About, c.HoldID,
		c.PayeeID, c.CustomerID, c.Reason, c.ReceivedAt, c.TakenAt, c.DueAt, c.Status)
	t.publish(TopicQueue)
	t.count("complaint_" + string(c.About))
	return t.entry(c.Subject(), "complaint.received", "client:"+c.ClientID, c.TakenAt, map[string]any{"complaint_id": c.ID, "about": c.About,
		"received_at": c.ReceivedAt, "due_at": c.DueAt, "reason_digest": hold.DigestOf([]byte(c.Reason))})
}
