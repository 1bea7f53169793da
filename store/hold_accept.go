package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"holdfast/audit"
	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/protection"
)

// holdRow is a hold as it is kept, with the decision on it.
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
	PayeeID         string          `db:"payee_id"`
	VerdictID       string          `db:"verdict_id"`
	hold.Talk
	hold.Met
	Outcome  hold.Outcome `db:"outcome"` // of the decision; empty: there is none
	Reason   hold.Reason  `db:"reason"`
	Author   string       `db:"author"`
	RecallAt hold.Instant `db:"recall_at"`
}

// holdRows reads holds h with their decisions d.
const holdRows = `SELECT h.*, COALESCE(d.outcome, '') AS outcome, COALESCE(d.reason, '') AS reason, COALESCE(d.author, '') AS author,
	COALESCE(r.at, 0) AS recall_at
	FROM holds h LEFT JOIN decisions d ON d.hold_id = h.id LEFT JOIN recalls r ON r.hold_id = h.id `

func (r holdRow) hold() (hold.Hold, error) {
	h := hold.Hold{
		ID: r.ID, ClientID: r.ClientID, Status: r.Status, Revision: r.Revision, TxDigest: r.TxDigest,
		Deadline: r.Deadline, AcceptedAt: r.AcceptedAt, Rung: r.Rung, RungOpenedAt: r.RungOpenedAt,
		RungEndsAt: r.RungEndsAt, RungFirstEndsAt: r.RungFirstEndsAt, ParkedAt: r.ParkedAt, SuspectedAt: r.SuspectedAt,
		PayeeID: r.PayeeID, VerdictID: r.VerdictID, Talk: r.Talk, Met: r.Met,
	}
	if err := json.Unmarshal(r.Request, &h.Request); err != nil {
		return h, fmt.Errorf("%s: its request cannot be read: %w", r.ID, err)
	}
	if err := json.Unmarshal(r.Terms, &h.Terms); err != nil {
		return h, fmt.Errorf("%s: its terms cannot be read: %w", r.ID, err)
	}
	if h.Status.Decided() {
		if r.Outcome == "" {
			return h, fmt.Errorf("%s: it is %s, and its decision is not on record", h.ID, h.Status)
		}
		h.Decision = &hold.Decision{HoldID: r.ID, Outcome: r.Outcome, Reason: r.Reason, Author: r.Author, DecidedAt: r.DecidedAt,
			RecallAt: r.RecallAt}
	}
	return h, nil
}

func holdsOf(rows []holdRow) ([]hold.Hold, error) {
	hs := make([]hold.Hold, 0, len(rows))
	for _, r := range rows {
		h, err := r.hold()
		if err != nil {
			return nil, err
		}
		hs = append(hs, h)
	}
	return hs, nil
}

// Accept is a hold to be accepted. Terms is asked inside the transaction, with
// the store's clock and the customer as on record; Reply writes the
// acknowledgement that is stored and repeated. Both are pure.
type Accept struct {
	ClientID   string
	Key        string      // Idempotency-Key
	BodyDigest hold.Digest // of the request as received
	Request    hold.Request
	Payee      []counterparties.Digest // that its account may be kept under, the current one first; none: it is not looked up
	Terms      func(c hold.Customer, p counterparties.Known, now hold.Instant) (hold.Terms, hold.Instant, error)
	Reply      func(hold.Hold) []byte
	Home       string // the bank's country; empty: nobody said
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

// errCustomerBusy is why somebody else's work on a customer, or on a payee, is no twin
// of ours.
var errCustomerBusy = errors.New("the customer or the payee is locked")

// AcceptHold stores a hold with its idempotency record, the first rung's questions
// where the app alone shows them, entries and start, in one commit. Two of one
// client with one key or one transaction id meet at a unique index. A customer
// or a payee whose row is not to be had is ErrBusy, unless a twin has been answered meanwhile.
func (s *Store) AcceptHold(ctx context.Context, a Accept) (res AcceptResult, err error) {
	for try := 0; ; try++ {
		err = s.update(ctx, func(t *tx) error { res, err = t.acceptHold(a); return err })
		if isUnique(err) && try < 2 {
			continue // somebody else won: the next look finds what they stored
		}
		switch {
		case errors.Is(err, errCustomerBusy):
			return s.afterAll(ctx, a, err)
		case errors.Is(err, ErrBusy):
			return AcceptResult{Outcome: InFlight}, nil
		}
		return res, err
	}
}

// afterAll looks once more whether a was taken in before, by a twin that had the
// customer while a waited for them in vain. Otherwise they are busy.
func (s *Store) afterAll(ctx context.Context, a Accept, busy error) (AcceptResult, error) {
	k := newIntake()
	if err := s.view(ctx, func(t *tx) error { return t.takenBefore([]Accept{a}, k) }); err != nil {
		return AcceptResult{}, err
	}
	if res := k.before(a); res.Outcome != "" {
		return res, nil
	}
	return AcceptResult{}, busy
}

func (t *tx) acceptHold(a Accept) (AcceptResult, error) {
	k, err := t.intake([]Accept{a})
	if err != nil {
		return AcceptResult{}, err
	}
	res, err := t.accept(a, k)
	if err != nil {
		return AcceptResult{}, err
	}
	return res, t.keepPayees(k.payees)
}

// termsError is an error of Terms: nothing was written.
type termsError struct{ error }

func (e termsError) Unwrap() error { return e.error }

// accept takes in one hold, and adds it to what is known.
func (t *tx) accept(a Accept, k *intake) (AcceptResult, error) {
	if res := k.before(a); res.Outcome != "" {
		return res, nil
	}
	c, now := k.customers[a.Request.CustomerID], k.now
	if c == nil {
		return AcceptResult{Outcome: CustomerUnknown}, nil
	}
	payee, to, verdict := k.payee(a.Payee)
	terms, deadline, err := a.Terms(*c, payee, now)
	if err != nil {
		return AcceptResult{}, termsError{err}
	}
	h := hold.Hold{
		ID: hold.ID(NewID("hold")), ClientID: a.ClientID, Request: a.Request, Status: hold.Held, Revision: 1,
		Terms: terms, TxDigest: a.Request.Document().Digest(), Deadline: deadline, AcceptedAt: now, Rung: hold.NoRung,
		Met: k.guards[c.ID].meets(a.Request, *c, a.Home, now, false),
	}
	said := a.Reply(h)
	l := hold.Standing{Hold: h, Customer: *c, Now: now, LookAt: now, MuleVerdict: verdict}
	l.VerdictID = verdict // from its first moment
	asked, wanted, err := t.openAtOnce(&l, k)
	if err != nil {
		return AcceptResult{}, err
	}
	if len(a.Payee) > 0 {
		to = k.payees.see(a.Payee, k.paid, payee, to, now)
		k.countPayment(a.Payee, to, h.Request.CustomerID)
		t.askSource(h.ID, k.rules, now)
	}
	if err := t.keep(l, a, to, said); err != nil {
		return AcceptResult{}, err
	}
	if verdict != "" {
		if err := t.marked(l); err != nil {
			return AcceptResult{}, err
		}
	}
	if terms.Scam && k.guards[c.ID] != nil { // who has no locks loosens none
		if err := t.endLoosenings(c.ID, protection.Scam, ActorSystem, now); err != nil {
			return AcceptResult{}, err
		}
	}
	for _, c := range asked {
		if err := t.ask(l, c, k.rules); err != nil {
			return AcceptResult{}, err
		}
	}
	if _, offline := connected(l, k.seen); offline > 0 {
		t.rouse(l, k.rules)
	}
	t.publish(string(h.Request.CustomerID))
	t.takeOver(k.guards[c.ID], h)
	k.held[h.Request.TransactionID] = h.ID
	k.kept[a.Key] = reply{Key: a.Key, BodyDigest: a.BodyDigest, HoldID: h.ID, Reply: said}
	t.message(string(h.ID), OutboxStart, wanted, now)
	return AcceptResult{Outcome: Accepted, HoldID: h.ID, Reply: said}, nil
}

// keep puts a hold on record, with its idempotency record and its first entry.
func (t *tx) keep(h hold.Standing, a Accept, payee string, said []byte) error {
	request, err1 := json.Marshal(h.Request)
	kept, err2 := json.Marshal(h.Terms)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	t.later(`INSERT INTO holds (id, client_id, customer_id, transaction_id, request, terms, tx_digest, status, revision, deadline,
		accepted_at, rung, rung_opened_at, rung_first_ends_at, rung_ends_at, look_at, payee_id, verdict_id,
		locked, lock_action, count_day, count_kind, count_minor, count_currency)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		h.ID, h.ClientID, h.Request.CustomerID, h.Request.TransactionID, request, kept, h.TxDigest, h.Status, h.Revision, h.Deadline,
		h.AcceptedAt, h.Rung, h.RungOpenedAt, h.RungFirstEndsAt, h.RungEndsAt, h.LookAt, payee, h.VerdictID,
		h.Locked, h.LockAction, h.CountDay, h.CountKind, h.CountMinor, h.CountCurrency)
	t.later(`INSERT INTO idempotency (client_id, key, body_digest, hold_id, reply) VALUES (?, ?, ?, ?, ?)`,
		a.ClientID, a.Key, a.BodyDigest, h.ID, said)
	t.heads[string(h.ID)] = audit.Head{} // its chain begins here
	return t.entry(string(h.ID), "hold.accepted", "client:"+a.ClientID, h.AcceptedAt, withLocks(h.Met, map[string]any{
		"transaction_id": h.Request.TransactionID, "customer_id": h.Request.CustomerID, "tx_digest": h.TxDigest,
		"request_digest": hold.DigestOf(request), "deadline": h.Deadline, "risk_score": h.Request.Risk.Score,
		"reasons": h.Request.Risk.Reasons, "policy_version": h.Terms.PolicyVersion, "rule": h.Terms.Rule,
		"ladder": h.Terms.Ladder.Name, "scam": h.Terms.Scam,
	}))
}

// withLocks adds to an entry's body which locks stop the payment, if any does.
func withLocks(m hold.Met, body map[string]any) map[string]any {
	if m.Locked != "" {
		body["locks"], body["lock_action"] = m.Locks(), m.LockAction
	}
	return body
}

// lockedHold locks the hold's row and then reads it: statements of their own, so
// that the reads see what was committed before the lock was granted. id is an
// expression.
func (t *tx) lockedHold(r *holdRow, id string, args ...any) []statement {
	return []statement{one(new(int), `SELECT 1 FROM holds WHERE id = `+id+t.lock("UPDATE"), args...),
		one(r, holdRows+`WHERE h.id = `+id, args...)}
}

// lockHold locks a hold and reads it, and what else is asked, in one trip.
func (t *tx) lockHold(id hold.ID, more ...statement) (hold.Hold, error) {
	var r holdRow
	if err := t.together(append(t.lockedHold(&r, `?`, id), more...)...); err != nil {
		return hold.Hold{}, err
	}
	return r.hold()
}

// Hold reads one hold with its decision.
func (s *Store) Hold(ctx context.Context, id hold.ID) (hold.Hold, error) {
	hs, err := s.holds(ctx, holdRows+`WHERE h.id = ?`, id)
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
	q, args := holdRows+`WHERE h.id > ?`, []any{f.After}
	for _, c := range []struct{ column, value string }{
		{"transaction_id", f.TransactionID}, {"status", string(f.Status)}, {"customer_id", string(f.CustomerID)},
	} {
		if c.value != "" {
			q, args = q+` AND h.`+c.column+` = ?`, append(args, c.value)
		}
	}
	if f.Parked {
		q += ` AND h.parked_at <> 0`
	}
	return s.holds(ctx, q+` ORDER BY h.id LIMIT ?`, append(args, f.Limit)...)
}

// DecidedSince lists a customer's holds that were decided since, newest first.
func (s *Store) DecidedSince(ctx context.Context, customer hold.CustomerID, since hold.Instant, limit int) ([]hold.Hold, error) {
	return s.holds(ctx, holdRows+`WHERE h.customer_id = ? AND h.decided_at > ?
		ORDER BY h.decided_at DESC LIMIT ?`, customer, since, limit)
}

func (s *Store) holds(ctx context.Context, q string, args ...any) ([]hold.Hold, error) {
	var rows []holdRow
	if err := s.all(ctx, &rows, q, args...); err != nil {
		return nil, err
	}
	return holdsOf(rows)
}
