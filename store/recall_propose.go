package store

import (
	"cmp"
	"errors"
	"slices"

	"holdfast/hold"
	"holdfast/queue"
)

// proposeRecall proposes to ask for a released payment's money back. There is one recall
// a hold: while it stands, another word changes nothing; one that was declined is
// proposed again when the word comes from elsewhere, or by another verdict. What waits
// for a verdict's sake goes over to another word, which does not end with that verdict.
// What is not released has none. Either the hold is locked, or its customer: both have
// a recall locked before its chain, or nobody beside them.
func (t *tx) proposeRecall(l *hold.Standing, source hold.RecallSource, verdictID, actor string) error {
	if l.Decision == nil || l.Decision.Outcome != hold.Release {
		return nil
	}
	id, m := hold.RecallID(NewID("rcl")), l.Request.Amount
	n, err := t.exec(`INSERT INTO recall_requests (id, hold_id, customer_id, source, verdict_id, status, amount_minor, currency, proposed_at,
		proposed_by, updated_at) VALUES (?, ?, ?, ?, ?, 'proposed', ?, ?, ?, ?, ?)
		ON CONFLICT (hold_id) DO UPDATE SET source = excluded.source, verdict_id = excluded.verdict_id, status = 'proposed',
			proposed_at = excluded.proposed_at, proposed_by = excluded.proposed_by, decided_at = 0, decided_by = '', reason = '',
			updated_at = excluded.updated_at
			WHERE (recall_requests.source <> excluded.source OR recall_requests.verdict_id <> excluded.verdict_id)
				AND (recall_requests.status = 'declined' OR recall_requests.status = 'proposed' AND recall_requests.source = 'verdict')`,
		id, l.ID, l.Request.CustomerID, source, verdictID, m.Minor, m.Currency, l.Now, actor, l.Now)
	if err != nil || n == 0 {
		return err
	}
	t.count("recall_proposed_" + string(source))
	t.publish(string(l.ID), string(l.Request.CustomerID))
	body := map[string]any{"source": source}
	if verdictID != "" {
		body["verdict_id"] = verdictID
	}
	return t.entry(string(l.ID), "recall.proposed", actor, l.Now, body)
}

// proposeRecallOf is proposeRecall of a hold that is known by its id, and locked here.
func (t *tx) proposeRecallOf(id hold.ID, source hold.RecallSource, actor string, now hold.Instant) error {
	h, err := t.lockHold(id)
	if err != nil {
		return err
	}
	return t.proposeRecall(&hold.Standing{Hold: h, Now: now}, source, "", actor)
}

// proposeOwn proposes the recall of what a customer says that they did not pay, and
// confirms it where the policy lets their own word do: said with their device or in
// their app's session, or on a call in which an agent knew who it was. What the ledger
// has not confirmed yet waits for an agent.
func (t *tx) proposeOwn(l *hold.Standing, actor string, own bool) error {
	if err := t.proposeRecall(l, hold.RecallNotMe, "", actor); err != nil || !own || l.Terms.OwnNotMe != hold.OwnNotMeRequest ||
		l.Status != hold.Released {
		return err
	}
	r, err := t.lockRecallOf(l.ID)
	if errors.Is(err, ErrNotFound) { // of what is not released
		return nil
	} else if err != nil || r.Status != hold.RecallProposed {
		return err
	}
	return t.requestRecall(&r, ActorPolicy, "own_not_me", l.Now)
}

// knownBy tells whether an agent knew who spoke: by the number that the signed-in app
// shows, in a call of their lease.
func (w *work) knownBy(live queue.Live) bool {
	leg := queue.Proof(w.cs, w.calls, w.Customer, live, w.Now)
	return leg.Identified && leg.Connected >= hold.MinConnected
}

const proposedAtOnce = 20 // of one customer, for one word

// proposeScammed proposes to recall what was released to whoever deceives a customer:
// of what was held, since that is what somebody thought a fraud before. Which of them it
// was nobody has said, so that no payee is reported.
func (t *tx) proposeScammed(id hold.CustomerID, now hold.Instant, actor string) error {
	var rows []holdRow
	if err := t.all(&rows, holdRows+`WHERE h.customer_id = ? AND d.outcome = 'release' AND d.decided_at > ?
		ORDER BY h.id DESC LIMIT ?`, id, now.Add(-hold.ScammedReach), proposedAtOnce); err != nil {
		return err
	}
	hs, err := holdsOf(rows)
	slices.SortFunc(hs, func(a, b hold.Hold) int { return cmp.Compare(a.ID, b.ID) })
	for i := 0; err == nil && i < len(hs); i++ {
		err = t.proposeRecall(&hold.Standing{Hold: hs[i], Now: now}, hold.RecallScammed, "", actor)
	}
	return err
}
