package store

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"holdfast/counterparties"
	"holdfast/hold"
)

// newPayees are payees that are to be put on record, by their digests of today.
type newPayees map[string]newPayee

type newPayee struct {
	Digest    counterparties.Digest
	ID        string
	FirstSeen hold.Instant
}

// payeeID is a payee's as it is seen first.
func payeeID(d counterparties.Digest) string { return "cpty_" + d.Value[:32] }

// see gives a payee's id, and notes it where it is not on record under the digest of
// today.
func (ps newPayees) see(digests []counterparties.Digest, seen []seenPayee, k counterparties.Known, id string, now hold.Instant) string {
	current := digests[0]
	if slices.ContainsFunc(seen, func(p seenPayee) bool { return p.Digest == current.Value }) {
		return id
	}
	if id == "" {
		id, k.FirstSeen = payeeID(current), now
	}
	ps[current.Value] = newPayee{current, id, k.FirstSeen}
	return id
}

// keepPayees puts payees on record that were not: all in one statement and in the order
// of their digests, so that two who pay the same ones wait for each other, and never
// each for the other. One that is not to be had in time is like a customer who is not.
func (t *tx) keepPayees(ps newPayees) error {
	if len(ps) == 0 {
		return nil
	}
	n := 1
	for n < len(ps) { // as statement.in
		n *= 2
	}
	st := statement{text: `INSERT INTO payees (digest, key_id, id, first_seen) VALUES (?, ?, ?, ?)` +
		strings.Repeat(`, (?, ?, ?, ?)`, n-1) + ` ON CONFLICT (digest) DO NOTHING`}
	digests := slices.Sorted(maps.Keys(ps))
	for i := range n {
		p := ps[digests[min(i, len(digests)-1)]]
		st.args = append(st.args, p.Digest.Value, p.Digest.KeyID, p.ID, p.FirstSeen)
	}
	var reached int // by then all that was put off has been done
	err := t.together(one(&reached, `SELECT 1`), st)
	if pgCode(err) == lockTimeout && reached == 1 {
		return fmt.Errorf("%w: %w", errCustomerBusy, err)
	}
	return err
}

// countPayment counts a payment that was just taken in for those that come after it in
// the same commit. Who else paid before is known by number alone: a payer counts who is
// the first on record, or another than the commit's first.
func (k *intake) countPayment(digests []counterparties.Digest, id string, who hold.CustomerID) {
	first, again := len(k.payers[id]) == 0, slices.Contains(k.payers[id], who)
	if !again {
		k.payers[id] = append(k.payers[id], who)
	}
	found := false
	for i := range k.paid {
		p := &k.paid[i]
		if p.ID != id {
			continue
		}
		found = true
		p.Held = min(p.Held+1, counterparties.MaxCount)
		if !again && (p.Payers == 0 || !first) {
			p.Payers = min(p.Payers+1, p.Held)
		}
	}
	if !found {
		k.paid = append(k.paid, seenPayee{Digest: digests[0].Value, ID: id, FirstSeen: k.now, Payers: 1, Held: 1})
	}
}
