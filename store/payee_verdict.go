package store

import (
	"context"
	"slices"

	"holdfast/counterparties"
	"holdfast/hold"
	"holdfast/queue"
)

// DigestsOf gives the digests that a payment's payee may be kept under; nil: payees are
// not looked up.
type DigestsOf func(hold.Request) []counterparties.Digest

// AskVerdict is what a supervisor wants said of a payee, or done about it.
type AskVerdict struct {
	By      By
	PayeeID string
	Kind    queue.VerdictKind
	Reason  string
	Digests DigestsOf
}

// AskVerdict asks a second person for a verdict. Refused as hold.VerdictStands, it gives
// the one that stands.
func (s *Store) AskVerdict(ctx context.Context, a AskVerdict) (v queue.Verdict, why hold.Refusal, err error) {
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		v = queue.Verdict{} // of a try that was undone
		if _, err := t.acting(a.By); err != nil {
			return "", err
		}
		p, err := t.judgedPayee(a.PayeeID, a.By, a.Digests)
		if err != nil {
			return "", err
		}
		if why := queue.AskVerdict(a.Kind, p.VerdictFacts); why != "" {
			if stands := p.Standing(a.Kind); why == hold.VerdictStands {
				v = *stands
			}
			return why, nil
		}
		v = queue.Verdict{ID: NewID("vrd"), PayeeID: a.PayeeID, Kind: a.Kind, Status: queue.VerdictAsked, First: a.By.actor(),
			Reason: a.Reason, AskedAt: p.Now}
		t.later(`INSERT INTO payee_verdicts (id, payee_id, kind, status, first, reason, asked_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			v.ID, v.PayeeID, v.Kind, v.Status, v.First, v.Reason, v.AskedAt)
		return "", t.verdictIs(v, "payee.verdict_asked", v.First, p.Now, map[string]any{"reason_digest": hold.DigestOf([]byte(v.Reason))})
	})
	return v, why, err
}

// judged is a payee about which somebody wants to say something, locked.
type judged struct{ queue.VerdictFacts }

// lockPayee locks a payee, under whichever digests it is on record, so that one after
// the other says something of it. It comes behind holds and customers, and before the
// chains.
func (t *tx) lockPayee(id string) (now hold.Instant, err error) {
	var rows []int
	err = t.together(some(&rows, `SELECT 1 FROM payees WHERE id = ? ORDER BY digest`+t.lock("NO KEY UPDATE"), id), clock(&now))
	if err == nil && len(rows) == 0 {
		err = ErrNotFound
	}
	return now, err
}

// judgedPayee locks a payee and reads what bears on a verdict by somebody.
func (t *tx) judgedPayee(id string, by By, of DigestsOf) (p judged, err error) {
	if p.Now, err = t.lockPayee(id); err != nil {
		return p, err
	}
	p.Role = by.Role
	if p.Linked, err = t.linkedToPayee(by.Sub, id); err != nil {
		return p, err
	}
	if p.Shared, err = t.sharedPayee(id, of, p.Now); err != nil {
		return p, err
	}
	var stand []queue.Verdict
	if err := t.all(&stand, `SELECT * FROM payee_verdicts WHERE payee_id = ? AND status IN ('asked', 'in_force')`, id); err != nil {
		return p, err
	}
	for i, v := range stand {
		switch {
		case v.Status == queue.VerdictAsked:
			p.Asked = &stand[i]
		case v.Kind == queue.VerdictReverse:
			p.Carried = &stand[i]
		default:
			p.Stands = &stand[i]
		}
	}
	if p.Stands != nil && p.Stands.UntilAt <= p.Now { // the sweeper has not come by yet
		err = t.expire(&p)
	}
	if err == nil && p.Asked != nil && p.Asked.Lapsed(p.Now) {
		err = t.lapse(&p)
	}
	return p, err
}

// linkedPayee tells of an agent whether they have, as a customer, paid or reported the
// payee that an expression names.
func linkedPayee(payee string) string {
	return `EXISTS (SELECT 1 FROM agents g WHERE g.sub = ? AND g.customer_id <> '' AND (
		EXISTS (SELECT 1 FROM holds h WHERE h.payee_id = ` + payee + ` AND h.payee_id <> '' AND h.customer_id = g.customer_id)
		OR EXISTS (SELECT 1 FROM payee_proposals r WHERE r.payee_id = ` + payee + ` AND r.source = 'customer' AND r.author = g.customer_id)))`
}

func (t *tx) linkedToPayee(sub, payee string) (linked bool, err error) {
	return linked, t.get(&linked, `SELECT CASE WHEN `+linkedPayee(`?`)+` THEN 1 ELSE 0 END`, sub, payee, payee)
}

// digestsOf are those that a payee was seen under, and those of its latest payment: a
// list may be kept by a key, or without a country, under which nothing was paid yet.
func (t *tx) digestsOf(id string, of DigestsOf) (ds []counterparties.Digest, latest []hold.Hold, err error) {
	var seen []struct {
		KeyID string `db:"key_id"`
		Value string `db:"digest"`
	}
	var rows []holdRow
	if err := t.together(some(&seen, `SELECT key_id, digest FROM payees WHERE id = ?`, id),
		some(&rows, holdRows+`WHERE h.payee_id = ? AND h.payee_id <> '' ORDER BY h.accepted_at DESC LIMIT 1`, id)); err != nil {
		return nil, nil, err
	}
	for _, s := range seen {
		ds = append(ds, counterparties.Digest{KeyID: s.KeyID, Value: s.Value})
	}
	if latest, err = holdsOf(rows); err != nil {
		return nil, nil, err
	}
	for _, h := range latest {
		if of == nil {
			break
		}
		for _, d := range of(h.Request) {
			if !slices.Contains(ds, d) {
				ds = append(ds, d)
			}
		}
	}
	return ds, latest, nil
}

// sharedPayee tells whether a list in force says that many use the account.
func (t *tx) sharedPayee(id string, of DigestsOf, now hold.Instant) (bool, error) {
	ds, _, err := t.digestsOf(id, of)
	if err != nil {
		return false, err
	}
	var hits []listedHit
	if err := t.together(payeeHits(&hits, ds, now)); err != nil {
		return false, err
	}
	if unreadable(hits) {
		t.count(listUnreadable)
	}
	return slices.ContainsFunc(hits, func(h listedHit) bool { return counterparties.IsShared(h.Category) }), nil
}

// verdictIs puts a step of a verdict on the payee's chain.
func (t *tx) verdictIs(v queue.Verdict, kind, actor string, now hold.Instant, more map[string]any) error {
	more["verdict_id"], more["kind"] = v.ID, v.Kind
	t.publish(TopicQueue)
	t.count("verdict_" + string(v.Status) + "_" + string(v.Kind))
	return t.entry(v.Subject(), kind, actor, now, more)
}
