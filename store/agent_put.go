package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"holdfast/hold"
	"holdfast/interview"
	"holdfast/queue"
)

// By is who acts: an agent by a token of the identity provider.
type By struct {
	Sub       string
	Name      string
	GivenName string
	Role      queue.Role
	IssuedAt  hold.Instant // of the token, in whole seconds
}

func (b By) actor() string { return "agent:" + b.Sub }

// via is where the agent hears what they say: on the phone or at the counter.
func (b By) via() interview.Via {
	if b.Role == queue.RoleBranch {
		return interview.ViaCounter
	}
	return interview.ViaAgent
}

// ErrRevoked means that the agent's token was issued before their access was
// revoked: whoever acts is nobody any more. It is no refusal: nothing was
// attempted by anybody.
var ErrRevoked = errors.New("the agent's access is revoked")

// linkedTo is the customer, or none, that an agent is.
const linkedTo = `COALESCE((SELECT NULLIF(a.customer_id, '') FROM agents a WHERE a.sub = ?), '-')`

const seenEvery = time.Minute

// SeeAgent tells whether a token is still good, and keeps what it says of the
// agent.
func (s *Store) SeeAgent(ctx context.Context, by By) error {
	now, err := s.Now(ctx)
	if err != nil {
		return err
	}
	var a queue.Agent
	err = s.get(ctx, &a, `SELECT * FROM agents WHERE sub = ?`, by.Sub)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if err == nil {
		if a.RevokedAt >= by.IssuedAt {
			return ErrRevoked
		}
		if a.Name == by.Name && a.GivenName == by.GivenName && a.Role == by.Role && a.SeenAt.Add(seenEvery) > now {
			return nil
		}
	}
	return s.update(ctx, func(t *tx) error {
		_, err := t.exec(`INSERT INTO agents (sub, name, given_name, role, seen_at) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (sub) DO UPDATE SET name = excluded.name, given_name = excluded.given_name, role = excluded.role,
				seen_at = excluded.seen_at`,
			by.Sub, by.Name, by.GivenName, by.Role, now)
		return err
	})
}

// acting locks the agent's row against a revocation, and refuses who is
// revoked. It comes before every other lock.
func (t *tx) acting(by By) (a queue.Agent, err error) { return t.lockAgent(by, "SHARE") }

func (t *tx) lockAgent(by By, strength string) (a queue.Agent, err error) {
	var one int
	if err := t.get(&one, `SELECT 1 FROM agents WHERE sub = ?`+t.lock(strength), by.Sub); err != nil {
		return a, err
	}
	if err := t.get(&a, `SELECT * FROM agents WHERE sub = ?`, by.Sub); err != nil {
		return a, err
	}
	if a.RevokedAt >= by.IssuedAt {
		return a, ErrRevoked
	}
	return a, nil
}

// PutAgent is what a supervisor says of an agent. What is nil stays as it was.
type PutAgent struct {
	Sub        string
	Number     *hold.Phone      // without a number: none
	Languages  []string         // empty: every one
	Skills     []string         // empty: none
	CustomerID *hold.CustomerID // empty: nobody
}

// PutAgent sets an agent's own number, languages and skills, and who they are as
// a customer. Nobody changes the last of their own record: hold.SamePerson.
func (s *Store) PutAgent(ctx context.Context, by By, p PutAgent) (a queue.Agent, why hold.Refusal, err error) {
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		strength := "SHARE"
		if p.Sub == by.Sub {
			strength = "NO KEY UPDATE"
		}
		own, err := t.lockAgent(by, strength)
		if err != nil {
			return "", err
		}
		if p.Sub == by.Sub && p.CustomerID != nil && *p.CustomerID != own.CustomerID {
			return hold.SamePerson, nil
		}
		now, err := t.now()
		if err != nil {
			return "", err
		}
		if _, err := t.exec(`INSERT INTO agents (sub) VALUES (?) ON CONFLICT (sub) DO NOTHING`, p.Sub); err != nil {
			return "", err
		}
		var one int
		if err := t.get(&one, `SELECT 1 FROM agents WHERE sub = ?`+t.lock("NO KEY UPDATE"), p.Sub); err != nil {
			return "", err
		}
		if err := t.get(&a, `SELECT * FROM agents WHERE sub = ?`, p.Sub); err != nil {
			return "", err
		}
		if err := t.apply(&a, p); err != nil {
			return "", err
		}
		if _, err := t.exec(`UPDATE agents SET number_id = ?, languages = ?, skills = ?, customer_id = ? WHERE sub = ?`, a.NumberID,
			a.Languages, a.Skills, a.CustomerID, a.Sub); err != nil {
			return "", err
		}
		return "", t.entry("agent:"+p.Sub, "agent.put", by.actor(), now, map[string]any{"number_id": a.NumberID,
			"languages": strings.Fields(a.Languages),
			"skills":    strings.Fields(a.Skills), "customer_id": a.CustomerID})
	})
	return a, why, err
}

func (t *tx) apply(a *queue.Agent, p PutAgent) (err error) {
	if p.Number != nil && p.Number.Number == "" {
		a.NumberID = ""
	} else if p.Number != nil {
		if a.NumberID, err = t.putNumber(*p.Number); err != nil {
			return err
		}
	}
	if p.Languages != nil {
		a.Languages = strings.Join(p.Languages, " ")
	}
	if p.Skills != nil {
		a.Skills = strings.Join(p.Skills, " ")
	}
	if p.CustomerID != nil {
		a.CustomerID = *p.CustomerID
	}
	return nil
}

// Agents lists every agent with the case they are on.
func (s *Store) Agents(ctx context.Context) (as []queue.Agent, err error) {
	return as, s.all(ctx, &as, `SELECT a.*, COALESCE(c.id, '') AS case_id FROM agents a LEFT JOIN cases c ON c.agent = a.sub
		ORDER BY a.sub LIMIT 1000`)
}

// RevokeAgent ends an agent's tokens so far and their sessions in the console,
// in this very commit, and then their leases, and the approvals and verdicts that they
// asked for.
func (s *Store) RevokeAgent(ctx context.Context, by By, sub string) error {
	err := s.update(ctx, func(t *tx) error {
		if sub != by.Sub {
			if _, err := t.acting(by); err != nil {
				return err
			}
		}
		now, err := t.now()
		if err != nil {
			return err
		}
		n, err := t.exec(`UPDATE agents SET revoked_at = ? WHERE sub = ?`, now, sub)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrNotFound
		}
		ended, err := t.endSessionsOf(sub, now)
		if err != nil {
			return err
		}
		return t.entry("agent:"+sub, "agent.revoked", by.actor(), now, map[string]any{"sessions": ended})
	})
	if err != nil {
		return err
	}
	var ids []string
	if err := s.all(ctx, &ids, `SELECT id FROM cases WHERE agent = ?`, sub); err != nil {
		return err
	}
	for _, id := range ids {
		if err := s.update(ctx, func(t *tx) error { return t.endLease(id, sub, "agent_revoked", by.actor()) }); err != nil {
			return err
		}
	}
	if err := s.voidReferralsOf(ctx, sub); err != nil {
		return err
	}
	if err := s.all(ctx, &ids, `SELECT id FROM approvals WHERE first = ? AND status = 'pending'`, "agent:"+sub); err != nil {
		return err
	}
	for _, id := range ids {
		if err := s.update(ctx, func(t *tx) error { return t.voidApproval(id, "agent_revoked") }); err != nil {
			return err
		}
	}
	return s.voidVerdictsOf(ctx, sub)
}

// AgentNumber is an agent's own number in E.164, empty when none is set.
func (s *Store) AgentNumber(ctx context.Context, sub string) (number string, err error) {
	err = s.get(ctx, &number, `SELECT n.number FROM agents a JOIN numbers n ON n.id = a.number_id WHERE a.sub = ?`, sub)
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	return number, err
}
