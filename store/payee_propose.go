package store

import (
	"context"

	"holdfast/hold"
	"holdfast/queue"
)

// ProposePayee is an agent's word that somebody should look at a payee. An agent says it
// from the case that they have, of a payment in it; a supervisor of any.
type ProposePayee struct {
	By      By
	PayeeID string
	HoldID  hold.ID // empty: of none, which is a supervisor's alone
	Reason  string
}

// ProposePayee keeps a proposal: one of an agent's about one payee from one hold.
// Nothing follows from it but that it is shown.
func (s *Store) ProposePayee(ctx context.Context, p ProposePayee) (why hold.Refusal, err error) {
	return s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		if _, err := t.acting(p.By); err != nil {
			return "", err
		}
		if !p.By.Role.Queues() {
			return hold.RoleMissing, nil
		}
		if err := t.mayPropose(p); err != nil {
			return "", err
		}
		now, err := t.lockPayee(p.PayeeID)
		if err != nil {
			return "", err
		}
		if linked, err := t.linkedToPayee(p.By.Sub, p.PayeeID); err != nil || linked {
			return hold.AgentLinked, err
		}
		_, err = t.propose(queue.Proposal{PayeeID: p.PayeeID, Source: queue.ByAgent, Author: p.By.Sub, HoldID: p.HoldID, Reason: p.Reason,
			At: now}, p.By.actor())
		return "", err
	})
}

// mayPropose finds nothing where the payment is not to the payee, or not in the agent's
// case: who never had it learns nothing.
func (t *tx) mayPropose(p ProposePayee) error {
	var one int
	if p.By.Role == queue.RoleSupervisor {
		if p.HoldID == "" {
			return nil
		}
		return t.get(&one, `SELECT 1 FROM holds WHERE id = ? AND payee_id = ?`, p.HoldID, p.PayeeID)
	}
	now, err := t.now()
	if err != nil {
		return err
	}
	return t.get(&one, `SELECT 1 FROM cases c JOIN tasks k ON k.case_id = c.id JOIN holds h ON h.id = k.hold_id
		WHERE c.agent = ? AND c.until > ? AND h.id = ? AND h.payee_id = ? LIMIT 1`, p.By.Sub, now, p.HoldID, p.PayeeID)
}

// propose keeps a proposal, unless it is on record already. The payee is locked.
func (t *tx) propose(p queue.Proposal, actor string) (fresh bool, err error) {
	p.ID = NewID("prop")
	n, err := t.exec(`INSERT INTO payee_proposals (id, payee_id, source, author, hold_id, reason, at) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING`, p.ID, p.PayeeID, p.Source, p.Author, p.HoldID, p.Reason, p.At)
	if err != nil || n == 0 {
		return false, err
	}
	t.publish(TopicQueue)
	t.count("payee_proposed_" + string(p.Source))
	body := map[string]any{"proposal_id": p.ID, "source": p.Source}
	if p.HoldID != "" {
		body["hold_id"] = p.HoldID
	}
	return true, t.entry(queue.PayeeSubject(p.PayeeID), "payee.proposed", actor, p.At, body)
}

// reported proposes a hold's payee, because the hold's customer says that they were
// robbed by it or deceived: what they said is the reason. The second customer who says
// so of one payee makes it a proposal of several. The hold and the customer are locked.
func (t *tx) reported(id hold.ID, payee string, who hold.CustomerID, said string) error {
	if payee == "" || id == "" {
		return nil
	}
	now, err := t.lockPayee(payee)
	if err != nil {
		return err
	}
	fresh, err := t.propose(queue.Proposal{PayeeID: payee, Source: queue.ByCustomer, Author: string(who), HoldID: id, Reason: said, At: now},
		ActorCustomer)
	if err != nil || !fresh {
		return err
	}
	var payers int
	if err := t.get(&payers, `SELECT COUNT(DISTINCT author) FROM payee_proposals WHERE payee_id = ? AND source = 'customer'`,
		payee); err != nil ||
		payers < queue.Several {
		return err
	}
	_, err = t.propose(queue.Proposal{PayeeID: payee, Source: queue.ByPayers, Author: "payers", Reason: said, At: now}, ActorSystem)
	return err
}

// reportedOf is reported of a hold that is known by its id.
func (t *tx) reportedOf(id hold.ID, who hold.CustomerID, said string) error {
	if id == "" {
		return nil
	}
	var payee string
	if err := t.get(&payee, `SELECT payee_id FROM holds WHERE id = ?`, id); err != nil {
		return err
	}
	return t.reported(id, payee, who, said)
}

// Proposed is a payee that somebody proposes to look at, and has not been judged since.
type Proposed struct {
	PayeeID   string       `db:"payee_id"`
	Reporters int          `db:"reporters"` // customers who paid there
	Agents    int          `db:"agents"`
	First     hold.Instant `db:"first_at"`
	Last      hold.Instant `db:"last_at"`
}

// Proposals lists payees that were proposed in 90 days and about which no verdict was
// asked since, those first that most customers have reported. Who is linked to one does
// not see it.
func (s *Store) Proposals(ctx context.Context, by By, limit int) (ps []Proposed, err error) {
	now, err := s.Now(ctx)
	if err != nil {
		return nil, err
	}
	return ps, s.all(ctx, &ps, `SELECT p.payee_id, COUNT(DISTINCT CASE WHEN p.source = 'customer' THEN p.author END) AS reporters,
		COUNT(DISTINCT CASE WHEN p.source = 'agent' THEN p.author END) AS agents, MIN(p.at) AS first_at, MAX(p.at) AS last_at
		FROM payee_proposals p WHERE p.at > ? AND NOT `+linkedPayee(`p.payee_id`)+`
			AND NOT EXISTS (SELECT 1 FROM payee_verdicts v WHERE v.payee_id = p.payee_id AND v.status <> 'void' AND v.asked_at >= p.at)
		GROUP BY p.payee_id ORDER BY reporters DESC, last_at DESC, p.payee_id LIMIT ?`, now.Add(-earlierSince), by.Sub, limit)
}
