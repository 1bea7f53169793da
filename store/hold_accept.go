package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"holdfast/audit"
	"holdfast/hold"
)

// holdRow is a hold as the table keeps it.
type holdRow struct {
	ID              hold.ID         `db:"id"`
	ClientID        string          `db:"client_id"`
	CustomerID      hold.CustomerID `db:"customer_id"`
	TransactionID   string          `db:"transaction_id"`
	Request         []byte          `db:"request"`
	Terms           []byte          `db:"terms"`
	TxDigest        hold.Digest     `db:"tx_digest"`
	Status          hold.Status     `db:"status"`
	Revision        int             `db:"revision"`
	Deadline        hold.Instant    `db:"deadline"`
	AcceptedAt      hold.Instant    `db:"accepted_at"`
	Rung            int             `db:"rung"`
	RungOpenedAt    hold.Instant    `db:"rung_opened_at"`
	RungEndsAt      hold.Instant    `db:"rung_ends_at"`
	RungFirstEndsAt hold.Instant    `db:"rung_first_ends_at"`
	DecidedAt       hold.Instant    `db:"decided_at"`
	ParkedAt        hold.Instant    `db:"parked_at"`
	LookAt          hold.Instant    `db:"look_at"`
	SuspectedAt     hold.Instant    `db:"suspected_at"`
}

func (r holdRow) hold() (hold.Hold, error) {
	h := hold.Hold{
		ID: r.ID, ClientID: r.ClientID, Status: r.Status, Revision: r.Revision, TxDigest: r.TxDigest,
		Deadline: r.Deadline, AcceptedAt: r.AcceptedAt, Rung: r.Rung, RungOpenedAt: r.RungOpenedAt,
		RungEndsAt: r.RungEndsAt, RungFirstEndsAt: r.RungFirstEndsAt, ParkedAt: r.ParkedAt, SuspectedAt: r.SuspectedAt,
	}
	if err := json.Unmarshal(r.Request, &h.Request); err != nil {
		return h, fmt.Errorf("%s: its request cannot be read: %w", r.ID, err)
	}
	if err := json.Unmarshal(r.Terms, &h.Terms); err != nil {
		return h, fmt.Errorf("%s: its terms cannot be read: %w", r.ID, err)
	}
	return h, nil
}

// Accept is a hold to be accepted. Terms is asked inside the transaction, with
// the store's clock and the customer as on record; Reply writes the
// acknowledgement that is stored and repeated. Both are pure.
type Accept struct {
	ClientID   string
	Key        string      // Idempotency-Key
	BodyDigest hold.Digest // of the request as received
	Request    hold.Request
	Terms      func(c hold.Customer, now hold.Instant) (hold.Terms, hold.Instant, error)
	Reply      func(hold.Hold) []byte
}

// AcceptOutcome says what became of an Accept.
type AcceptOutcome string

const (
	Accepted        AcceptOutcome = "accepted"
	Replayed        AcceptOutcome = "replayed"         // same key, same body: the stored reply
	KeyReused       AcceptOutcome = "key_reused"       // same key, other body
	InFlight        AcceptOutcome = "in_flight"        // same key, not committed after 2 s
	AlreadyHeld     AcceptOutcome = "already_held"     // the client's transaction has a hold
	CustomerUnknown AcceptOutcome = "customer_unknown" // nothing was stored
)

// AcceptResult carries the reply for Accepted and Replayed, and the hold's id
// for AlreadyHeld too.
type AcceptResult struct {
	Outcome AcceptOutcome
	HoldID  hold.ID
	Reply   []byte
}

// errCustomerBusy is why somebody else's work on a customer is no twin of ours.
var errCustomerBusy = errors.New("the customer is locked")

// AcceptHold stores a hold with its idempotency record, the first rung's questions
// where the app alone shows them, entries and start, in one commit. Two of one
// client with one key or one transaction id meet at a unique index. A customer
// whose row is not to be had is ErrBusy.
func (s *Store) AcceptHold(ctx context.Context, a Accept) (res AcceptResult, err error) {
	for try := 0; ; try++ {
		err = s.update(ctx, func(t *tx) error { res, err = t.acceptHold(a); return err })
		if isUnique(err) && try < 2 {
			continue // somebody else won: the next look finds what they stored
		}
		if errors.Is(err, ErrBusy) && !errors.Is(err, errCustomerBusy) {
			return AcceptResult{Outcome: InFlight}, nil
		}
		return res, err
	}
}

func (t *tx) acceptHold(a Accept) (AcceptResult, error) {
	if res, err := t.acceptedBefore(a); err != nil || res.Outcome != "" {
		return res, err
	}
	// Locked before anything is chosen by it: a freeze beside this is seen here, or
	// sees the hold.
	c, err := t.lockCustomer(a.Request.CustomerID)
	if errors.Is(err, ErrNotFound) {
		return AcceptResult{Outcome: CustomerUnknown}, nil
	} else if pgCode(err) == lockTimeout {
		return AcceptResult{}, fmt.Errorf("%w: %w", errCustomerBusy, err)
	} else if err != nil {
		return AcceptResult{}, err
	}
	now, err := t.now()
	if err != nil {
		return AcceptResult{}, err
	}
	terms, deadline, err := a.Terms(c, now)
	if err != nil {
		return AcceptResult{}, err
	}
	h := hold.Hold{
		ID: hold.ID(NewID("hold")), ClientID: a.ClientID, Request: a.Request, Status: hold.Held, Revision: 1,
		Terms: terms, TxDigest: a.Request.Document().Digest(), Deadline: deadline, AcceptedAt: now, Rung: hold.NoRung,
	}
	request, err1 := json.Marshal(h.Request)
	kept, err2 := json.Marshal(h.Terms)
	if err := errors.Join(err1, err2); err != nil {
		return AcceptResult{}, err
	}
	if _, err := t.exec(`INSERT INTO holds (id, client_id, customer_id, transaction_id, request, terms, tx_digest,
		status, revision, deadline, accepted_at, look_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		h.ID, h.ClientID, h.Request.CustomerID, h.Request.TransactionID, request, kept, h.TxDigest,
		h.Status, h.Revision, h.Deadline, h.AcceptedAt, now); err != nil {
		return AcceptResult{}, err
	}
	reply := a.Reply(h)
	if _, err := t.exec(`INSERT INTO idempotency (client_id, key, body_digest, hold_id, reply) VALUES (?, ?, ?, ?, ?)`,
		a.ClientID, a.Key, a.BodyDigest, h.ID, reply); err != nil {
		return AcceptResult{}, err
	}
	t.heads[string(h.ID)] = audit.Head{} // its chain begins here
	if err := t.entry(string(h.ID), "hold.accepted", "client:"+a.ClientID, now, map[string]any{
		"transaction_id": h.Request.TransactionID, "customer_id": h.Request.CustomerID, "tx_digest": h.TxDigest,
		"request_digest": hold.DigestOf(request), "deadline": h.Deadline, "risk_score": h.Request.Risk.Score,
		"reasons": h.Request.Risk.Reasons, "policy_version": terms.PolicyVersion, "rule": terms.Rule,
		"ladder": terms.Ladder.Name, "scam": terms.Scam,
	}); err != nil {
		return AcceptResult{}, err
	}
	t.publish(string(h.Request.CustomerID))
	wanted, err := t.openAtOnce(&hold.Standing{Hold: h, Customer: c, Now: now, LookAt: now})
	if err != nil {
		return AcceptResult{}, err
	}
	return AcceptResult{Outcome: Accepted, HoldID: h.ID, Reply: reply}, t.message(h.ID, OutboxStart, wanted, now)
}

// acceptedBefore looks for the transaction and then for the key, in this order:
// both are committed at once, so who sees the hold of this very key also sees
// the key.
func (t *tx) acceptedBefore(a Accept) (AcceptResult, error) {
	var held hold.ID
	err := t.get(&held, `SELECT id FROM holds WHERE transaction_id = ? AND client_id = ?`, a.Request.TransactionID, a.ClientID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return AcceptResult{}, err
	}
	var rec struct {
		BodyDigest hold.Digest `db:"body_digest"`
		HoldID     hold.ID     `db:"hold_id"`
		Reply      []byte      `db:"reply"`
	}
	err = t.get(&rec, `SELECT body_digest, hold_id, reply FROM idempotency WHERE client_id = ? AND key = ?`, a.ClientID, a.Key)
	switch {
	case err == nil && rec.BodyDigest == a.BodyDigest:
		return AcceptResult{Outcome: Replayed, HoldID: rec.HoldID, Reply: rec.Reply}, nil
	case err == nil:
		return AcceptResult{Outcome: KeyReused}, nil
	case !errors.Is(err, ErrNotFound):
		return AcceptResult{}, err
	case held != "":
		return AcceptResult{Outcome: AlreadyHeld, HoldID: held}, nil
	}
	return AcceptResult{}, nil
}

// lockHold locks the hold's row and then reads it: two statements, so that the
// read sees what was committed before the lock was granted.
func (t *tx) lockHold(id hold.ID) (hold.Hold, error) {
	var one int
	if err := t.get(&one, `SELECT 1 FROM holds WHERE id = ?`+t.lock("UPDATE"), id); err != nil {
		return hold.Hold{}, err
	}
	var row holdRow
	if err := t.get(&row, `SELECT * FROM holds WHERE id = ?`, id); err != nil {
		return hold.Hold{}, err
	}
	h, err := row.hold()
	if err == nil && h.Status.Decided() {
		h.Decision = &hold.Decision{}
		err = t.get(h.Decision, decisionOf+`WHERE d.hold_id = ?`, id)
	}
	return h, err
}

// Hold reads one hold with its decision.
func (s *Store) Hold(ctx context.Context, id hold.ID) (hold.Hold, error) {
	hs, err := s.holds(ctx, `SELECT * FROM holds WHERE id = ?`, id)
	if err != nil {
		return hold.Hold{}, err
	}
	if len(hs) == 0 {
		return hold.Hold{}, ErrNotFound
	}
	return hs[0], nil
}

// HoldFilter narrows a list; empty fields do not.
type HoldFilter struct {
	TransactionID string
	Status        hold.Status
	CustomerID    hold.CustomerID
	Parked        bool    // only whose settlement waits for a human
	After         hold.ID // cursor: the last id of the page before
	Limit         int     // 1–200
}

// ListHolds lists holds by id, oldest first.
func (s *Store) ListHolds(ctx context.Context, f HoldFilter) ([]hold.Hold, error) {
	q, args := `SELECT * FROM holds WHERE id > ?`, []any{f.After}
	for _, c := range []struct{ column, value string }{
		{"transaction_id", f.TransactionID}, {"status", string(f.Status)}, {"customer_id", string(f.CustomerID)},
	} {
		if c.value != "" {
			q, args = q+` AND `+c.column+` = ?`, append(args, c.value)
		}
	}
	if f.Parked {
		q += ` AND parked_at <> 0`
	}
	return s.holds(ctx, q+` ORDER BY id LIMIT ?`, append(args, f.Limit)...)
}

// DecidedSince lists a customer's holds that were decided since, newest first.
func (s *Store) DecidedSince(ctx context.Context, customer hold.CustomerID, since hold.Instant, limit int) ([]hold.Hold, error) {
	return s.holds(ctx, `SELECT * FROM holds WHERE customer_id = ? AND decided_at > ?
		ORDER BY decided_at DESC LIMIT ?`, customer, since, limit)
}

func (s *Store) holds(ctx context.Context, q string, args ...any) ([]hold.Hold, error) {
	var rows []holdRow
	if err := s.all(ctx, &rows, q, args...); err != nil {
		return nil, err
	}
	hs := make([]hold.Hold, 0, len(rows))
	for _, r := range rows {
		h, err := r.hold()
		if err != nil {
			return nil, err
		}
		if h.Status.Decided() {
			h.Decision = &hold.Decision{}
			if err := s.get(ctx, h.Decision, decisionOf+`WHERE d.hold_id = ?`, h.ID); err != nil {
				return nil, err
			}
		}
		hs = append(hs, h)
	}
	return hs, nil
}
