package store

import (
	"context"
	"encoding/json"
	"errors"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/protection"
)

// Amend changes what is held. Change and Terms are pure and are called under
// the lock.
type Amend struct {
	ID       hold.ID
	Revision int    // the caller's If-Match
	Client   string // whose hold it is; empty: the caller may amend anybody's
	Actor    string
	Change   func(hold.Request) hold.Request
	// Terms picks the ladder again from the policy version that the hold is
	// pinned to. deadline is the one to keep or shorten.
	Terms func(h hold.Hold, c hold.Customer, p counterparties.Known, now hold.Instant) (t hold.Terms, deadline hold.Instant, err error)
	// Payee gives the digests of the payee as it is then; nil: payees are not looked up.
	Payee func(hold.Request) []counterparties.Digest
	Home  string // the bank's country; empty: nobody said
}

// ChangeOutcome says what became of an amendment or an override.
type ChangeOutcome string

const (
	Changed       ChangeOutcome = "changed"
	RevisionStale ChangeOutcome = "revision_stale" // amended meanwhile
	HoldDecided   ChangeOutcome = "hold_decided"   // a decision stands
	HoldOver      ChangeOutcome = "hold_over"      // its deadline has passed: what stands releases it, and nobody has told the ledger
)

// change locks a hold, concludes what speaks against it and checks the
// revision: a refusal that was acknowledged is never overruled.
func (t *tx) change(id hold.ID, revision int) (hold.Standing, ChangeOutcome, error) {
	l, err := t.fetch(id)
	if err != nil {
		return l, "", err
	}
	if err := t.concludeRefusal(&l); err != nil {
		return l, "", err
	}
	switch {
	case l.Status.Decided():
		return l, HoldDecided, nil
	case revision != l.Revision:
		return l, RevisionStale, nil
	}
	return l, Changed, nil
}

// AmendHold raises the revision, voids the open challenges and begins the new
// ladder. Deadline and counters stay. Another client's hold is ErrNotFound, like
// one that does not exist.
func (s *Store) AmendHold(ctx context.Context, a Amend) (h hold.Hold, out ChangeOutcome, err error) {
	err = s.update(ctx, func(t *tx) error {
		if err := t.ownedBy(a.ID, a.Client); err != nil {
			return err
		}
		l, o, err := t.change(a.ID, a.Revision)
		h, out = l.Hold, o
		if err != nil || o != Changed {
			return err
		}
		if l.Now >= l.Deadline { // too late to ask anew, and a release is not concluded here
			out = HoldOver
			t.wake(l.ID, l.Now)
			return nil
		}
		h, err = t.amend(l, a)
		return err
	})
	return h, out, err
}

// ownedBy finds nothing where a hold is another client's. Whose it is never
// changes, so that this needs no lock.
func (t *tx) ownedBy(id hold.ID, client string) error {
	var owner string
	if err := t.get(&owner, `SELECT client_id FROM holds WHERE id = ?`, id); err != nil {
		return err
	}
	if client != "" && client != owner {
		return ErrNotFound
	}
	return nil
}

func (t *tx) amend(l hold.Standing, a Amend) (hold.Hold, error) {
	h, from := l.Hold, l.TxDigest
	h.Request = a.Change(h.Request)
	payee, to, verdict, err := t.payeeNow(a, h, l.Now)
	if err != nil {
		return h, err
	}
	terms, deadline, err := a.Terms(h, l.Customer, payee, l.Now)
	if err != nil {
		return h, err
	}
	terms.Scam = terms.Scam || h.Terms.Scam // what was once said to be a scam stays one
	h.Terms, h.TxDigest, h.Deadline = terms, h.Request.Document().Digest(), min(h.Deadline, deadline)
	if h.TxDigest != from { // another document is asked about anew; what was reached stays reached
		if err := t.talkedOf(&h); err != nil {
			return h, err
		}
	}
	request, err1 := json.Marshal(h.Request)
	kept, err2 := json.Marshal(h.Terms)
	if err := errors.Join(err1, err2); err != nil {
		return h, err
	}
	if h.Met, err = t.meetsNow(h, l, a.Home); err != nil {
		return h, err
	}
	if terms.Scam {
		if err := t.endLoosenings(l.Customer.ID, protection.Scam, ActorSystem, l.Now); err != nil {
			return h, err
		}
	}
	t.keepTalk(h)
	if _, err := t.exec(`UPDATE holds SET request = ?, terms = ?, tx_digest = ?, deadline = ?,
		payee_id = CASE WHEN ? = '' THEN payee_id ELSE ? END WHERE id = ?`, request, kept, h.TxDigest, h.Deadline, to, to, h.ID); err != nil {
		return h, err
	}
	if to != "" && to != l.PayeeID {
		var ds []deployment
		if err := t.together(deployed(&ds)); err != nil {
			return h, err
		}
		t.askSource(h.ID, t.rulesOf(ds), l.Now)
	}
	l.Hold = h
	if to != "" { // it was looked up, and may be another
		l.PayeeID, l.MuleVerdict = to, verdict
	}
	err = t.askAnew(&l, "hold.amended", a.Actor, "amended", withLocks(h.Met, map[string]any{
		"from_tx_digest": from, "tx_digest": h.TxDigest, "request_digest": hold.DigestOf(request),
		"deadline": h.Deadline, "risk_score": h.Request.Risk.Score, "reasons": h.Request.Risk.Reasons,
		"rule": terms.Rule, "ladder": terms.Ladder.Name, "scam": terms.Scam}))
	if err == nil && to != "" && l.VerdictID != verdict {
		err = t.setVerdict(&l)
	}
	return l.Hold, err
}

// askAnew raises the revision: what was asked and approved so far is void, and
// the ladder begins again. Deadline and counters stay.
func (t *tx) askAnew(l *hold.Standing, kind, actor, cause string, body map[string]any) error {
	l.Revision++
	l.Rung, l.RungOpenedAt, l.RungEndsAt, l.RungFirstEndsAt = hold.NoRung, 0, 0, 0
	if l.Now >= l.NotBefore { // this is the asking anew after a wait, too
		l.AskAnewAt = 0
	}
	if _, err := t.exec(`UPDATE holds SET revision = ?, rung = ?, rung_opened_at = 0, rung_ends_at = 0, rung_first_ends_at = 0, look_at = ?,
		ask_anew_at = ? WHERE id = ?`,
		l.Revision, l.Rung, l.Now, l.AskAnewAt, l.ID); err != nil {
		return err
	}
	if err := t.cancelOpen(l.Challenges, cause, l.Now); err != nil {
		return err
	}
	if err := t.closeWork(*l, cause); err != nil {
		return err
	}
	body["revision"] = l.Revision
	if err := t.entry(string(l.ID), kind, actor, l.Now, body); err != nil {
		return err
	}
	t.publish(string(l.ID), string(l.Request.CustomerID))
	t.wake(l.ID, l.Now)
	return nil
}

// Override is the bank's own reversal. A release takes four eyes and is not
// made here.
func (s *Store) Override(ctx context.Context, id hold.ID, revision int, actor, note string) (h hold.Hold, out ChangeOutcome, err error) {
	err = s.update(ctx, func(t *tx) error {
		l, o, err := t.change(id, revision)
		h, out = l.Hold, o
		if err != nil || o != Changed {
			return err
		}
		if err := t.entry(string(id), "hold.overridden", actor, l.Now, map[string]any{"outcome": hold.Reverse, "note": note}); err != nil {
			return err
		}
		if err := t.decide(&l, hold.Reverse, hold.ReasonOverride, actor); err != nil {
			return err
		}
		h = l.Hold
		t.wake(id, l.Now)
		return nil
	})
	return h, out, err
}

// meetsNow holds an amended payment against its customer's locks anew.
func (t *tx) meetsNow(h hold.Hold, l hold.Standing, home string) (m hold.Met, err error) {
	var rows []guardRow
	if err := t.together(t.guardsOf(&rows, []string{string(l.Customer.ID)}, []string{h.Request.TransactionID})); err != nil {
		return m, err
	}
	all, err := guards(rows)
	if err != nil {
		return m, err
	}
	h.Met = all[l.Customer.ID].meets(h.Request, l.Customer, home, l.Now, true)
	t.later(`UPDATE holds SET locked = ?, lock_action = ?, count_day = ?, count_kind = ?, count_minor = ?, count_currency = ? WHERE id = ?`,
		h.Locked, h.LockAction, h.CountDay, h.CountKind, h.CountMinor, h.CountCurrency, h.ID)
	t.takeOver(all[l.Customer.ID], h)
	return h.Met, nil
}

// payeeNow looks up the payee of an amended payment, which does not count itself, and
// puts it on record. It gives the verdict that is in force on it, too.
func (t *tx) payeeNow(a Amend, h hold.Hold, now hold.Instant) (k counterparties.Known, id, verdict string, err error) {
	var digests []counterparties.Digest
	if a.Payee != nil {
		digests = a.Payee(h.Request)
	}
	if len(digests) == 0 {
		return counterparties.Known{Level: counterparties.Unknown}, "", "", nil
	}
	var hits []listedHit
	var seen []seenPayee
	if err := t.together(payeeHits(&hits, digests, now), payeesSeen(&seen, digests, now, h.ID)); err != nil {
		return k, "", "", err
	}
	if unreadable(hits) {
		t.count(listUnreadable)
	}
	k, id = knownOf(digests, hits, seen)
	fresh := newPayees{}
	id = fresh.see(digests, seen, k, id, now)
	if k.FirstSeen >= h.AcceptedAt { // by this payment, or by one that came after it
		k.FirstSeen = 0
	}
	return k, id, verdictOn(digests, seen), t.keepPayees(fresh)
}
