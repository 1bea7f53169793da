package store

import (
	"context"
	"encoding/json"

	"holdfast/hold"
	"holdfast/protection"
)

// LockRules are the policy's, as a lock is changed.
type LockRules struct {
	Terms protection.Terms
	Texts *hold.ContactRules // of a text that tells of a loosening; nil: none are sent
}

// PutLock is a wish to change one of a customer's locks.
type PutLock struct {
	CustomerID hold.CustomerID
	Kind       protection.Kind
	To         *protection.Lock // nil: from then on there is none
	Route      protection.Route
	Actor      string
	Proof      *DeviceProof // in the app; nil: none was sent
	Rules      LockRules
}

// PutLock changes a lock: what tightens it at once, what loosens it after its wait. The
// locks are told whatever becomes of it.
func (s *Store) PutLock(ctx context.Context, p PutLock) (l Locks, why hold.Refusal, err error) {
	why, err = s.rule(ctx, func(t *tx) (why hold.Refusal, err error) {
		if l.Customer, err = t.lockCustomer(p.CustomerID); err != nil {
			return "", err
		}
		if l.Now, err = t.now(); err != nil {
			return "", err
		}
		ch, err := t.lockChange(l.Customer, p.Kind, p.To, p.Route, l.Now)
		if err != nil {
			return "", err
		}
		if why, err = t.mayChange(&ch, p); err == nil && why == "" {
			err = t.changeLock(ch, p, "", "")
		}
		if err == nil {
			l.Records, err = t.locksOf(p.CustomerID)
		}
		return why, err
	})
	return l, why, err
}

// lockChange is a change with all that bears on it but who asks for it. The customer is
// locked.
func (t *tx) lockChange(c hold.Customer, k protection.Kind, to *protection.Lock, by protection.Route,
	now hold.Instant) (lockChange, error) {
	rs, err := t.locksOf(c.ID)
	if err != nil {
		return lockChange{}, err
	}
	ch := lockChange{Change: protection.Change{Customer: c, Route: by, Now: now}, kind: k, records: rs}
	if ch.current = protection.Current(rs, k, now); ch.current != nil {
		ch.From = ch.current.Lock
	}
	if to != nil {
		begun := to.Plain().Beginning(ch.From, now)
		ch.To = &begun
	}
	if !ch.Loosens() {
		return ch, nil
	}
	var stands struct {
		Emergency bool `db:"emergency"`
		Asked     int  `db:"asked"`
	}
	var held []holdRow
	if err := t.together(one(&stands, `SELECT EXISTS (SELECT 1 FROM emergencies WHERE customer_id = ? AND ended_at = 0) AS emergency,
			(SELECT COUNT(*) FROM locks WHERE customer_id = ? AND loosens = 1 AND asked_at > ?) AS asked`,
		c.ID, c.ID, now.Add(-protection.LooseningSpan)),
		some(&held, holdRows+`WHERE h.customer_id = ? AND h.status = 'held'`, c.ID)); err != nil {
		return ch, err
	}
	ch.Emergency, ch.Asked = stands.Emergency, stands.Asked
	hs, err := holdsOf(held)
	for _, h := range hs {
		ch.ScamOpen = ch.ScamOpen || h.Terms.Scam || h.SuspectedAt != 0
	}
	return ch, err
}

// lockChange is a change of one kind of lock, and what is on record.
type lockChange struct {
	protection.Change
	kind    protection.Kind
	records []protection.Record
	current *protection.Record // nil: there never was one
}

// mayChange says why somebody may not change a lock. A device's proof is used up only
// where nothing else speaks against it.
func (t *tx) mayChange(ch *lockChange, p PutLock) (why hold.Refusal, err error) {
	ch.Wait = p.Rules.Terms.Wait
	if ch.Route == protection.ByApp && p.Proof != nil && ch.Loosens() {
		as := ch.Change
		as.DeviceMay, as.Verified = true, true
		if why := as.Refusal(); why != "" {
			return why, nil
		}
		if why, err := t.proven(ch.Customer, *p.Proof, ch.Now); err != nil || why != "" {
			t.count("loosening_unproven")
			return why, err
		}
		ch.DeviceMay, ch.Verified = true, true
	}
	return ch.Refusal(), nil
}

// changeLock puts a change on record. What comes of its kind ends, and so does what is in
// force where the change counts at once.
func (t *tx) changeLock(ch lockChange, p PutLock, second, approval string) error {
	loosens := ch.Loosens()
	if !loosens && protection.Same(ch.From, ch.To) && protection.Coming(ch.records, ch.kind, ch.Now) == nil {
		return nil // it is so already
	}
	for _, r := range ch.records {
		if r.Kind != ch.kind || loosens && ch.current != nil && r.ID == ch.current.ID {
			continue
		}
		if err := t.endLock(r, protection.Replaced, p.Actor, ch.Now); err != nil {
			return err
		}
	}
	value := ""
	if ch.To != nil {
		kept, err := json.Marshal(ch.To)
		if err != nil {
			return err
		}
		value = string(kept)
	}
	r := protection.Record{ID: NewID("lck"), Kind: ch.kind, Lock: ch.To, Loosens: loosens, AskedAt: ch.Now, FromAt: ch.At()}
	if _, err := t.exec(`INSERT INTO locks (id, customer_id, kind, value, loosens, asked_at, asked_by, second, from_at, route)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, r.ID, ch.Customer.ID, r.Kind, value, flag(loosens), r.AskedAt, p.Actor, second, r.FromAt,
		ch.Route); err != nil {
		return err
	}
	kind, body := "lock.tightened", map[string]any{"lock_id": r.ID, "kind": r.Kind, "from_at": r.FromAt, "route": ch.Route}
	if ch.To != nil {
		body["lock"] = ch.To
	}
	if approval != "" {
		body["approval_id"], body["second"] = approval, second
	}
	if loosens {
		kind = "lock.loosened"
		if err := t.textOfLoosening(ch.Customer, r, p.Rules.Texts); err != nil {
			return err
		}
	}
	t.count(kind[len("lock."):] + "_" + string(ch.Route))
	t.publish(string(ch.Customer.ID))
	return t.entry("customer:"+string(ch.Customer.ID), kind, p.Actor, ch.Now, body)
}

func (t *tx) endLock(r protection.Record, why protection.Cause, by string, now hold.Instant) error {
	_, err := t.exec(`UPDATE locks SET ended_at = ?, ended_by = ?, cause = ? WHERE id = ? AND ended_at = 0`, now, by, why, r.ID)
	return err
}

// textOfLoosening tells of a loosening on each number of the customer's that may get a
// text, for as long as it can be stopped.
func (t *tx) textOfLoosening(c hold.Customer, r protection.Record, rules *hold.ContactRules) error {
	for i, p := range c.Phones {
		if rules == nil || untrusted(c, &c.Phones[i], *rules, r.AskedAt, true) != "" {
			continue
		}
		if err := t.queueText(textRow{Kind: hold.TextLockLoosened, CustomerID: c.ID, NumberID: p.ID, Prefix: p.Prefix, Rules: rulesJSON(*rules),
			CreatedAt: r.AskedAt, Until: r.FromAt, LockID: r.ID}); err != nil {
			return err
		}
	}
	return nil
}
