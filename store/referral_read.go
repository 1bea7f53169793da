package store

import (
	"context"

	"holdfast/audit"
	"holdfast/hold"
	"holdfast/queue"
)

// ReferralPage narrows a list of referrals; empty fields do not.
type ReferralPage struct {
	HoldID hold.ID
	Asked  bool // only what waits for a second person
	Limit  int
}

// Referrals lists referrals as they stand now, the oldest first. Who is linked to a
// customer does not see those about them.
func (s *Store) Referrals(ctx context.Context, by By, p ReferralPage) (rs []queue.Referral, err error) {
	now, err := s.Now(ctx)
	if err != nil {
		return nil, err
	}
	where, args := `r.customer_id <> `+linkedTo, []any{by.Sub}
	if p.HoldID != "" {
		where, args = where+` AND r.hold_id = ?`, append(args, p.HoldID)
	}
	if p.Asked {
		where, args = where+` AND r.status = 'asked' AND r.until_at > ?`, append(args, now)
	}
	if err := s.all(ctx, &rs, `SELECT r.* FROM referrals r WHERE `+where+` ORDER BY r.asked_at, r.id LIMIT ?`, append(args,
		p.Limit)...); err != nil {
		return nil, err
	}
	for i := range rs {
		rs[i] = rs[i].At(now)
	}
	return rs, nil
}

// ReadReferral is who reads a referral, and what the policy of today would tell whole:
// what it has come to mask since is masked.
type ReadReferral struct {
	By      By
	ID      string
	Today   func(hold.Recipient) hold.Shown
	Printed bool // it goes to a printer, having been read
}

// ReferralCase is a referral with what it hands over. Without a chain there is nothing
// to be read: it waits, was rejected, or has expired.
type ReferralCase struct {
	queue.Referral
	Story
	Customer hold.Customer
	Asked    []hold.Challenge
}

// ReadReferral reads a referral and says so on the hold's chain, in the same
// transaction: nothing is told without its entry. A trail that does not verify is
// handed to nobody.
func (s *Store) ReadReferral(ctx context.Context, q ReadReferral) (c ReferralCase, why hold.Refusal, err error) {
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		c = ReferralCase{} // of a try that was undone
		agent, err := t.acting(q.By)
		if err != nil {
			return "", err
		}
		if err := t.get(&c.Referral, `SELECT * FROM referrals WHERE id = ?`, q.ID); err != nil {
			return "", err
		}
		if c.Now, err = t.lockReferral(&c.Referral); err != nil {
			return "", err
		}
		why := queue.ReadReferral(c.Referral, agent, q.By.Role)
		if why == hold.ApprovalClosed && !q.Printed { // how it stands may be seen
			return "", nil
		}
		if why != "" {
			return why, nil
		}
		if c.Shows = c.Shows.And(q.Today(c.To)); !q.Printed {
			if why, err := t.readCase(&c); why != "" || err != nil {
				return why, err
			}
		}
		return "", t.tellReferral(&c, q)
	})
	return c, why, err
}

// readCase reads what a referral hands over.
func (t *tx) readCase(c *ReferralCase) (hold.Refusal, error) {
	if err := t.story(&c.Story, c.HoldID); err != nil {
		return "", err
	}
	if len(c.Chain) == 0 || len(audit.Verify(string(c.HoldID), c.Chain, c.Head)) > 0 {
		t.count("trail_broken")
		return hold.TrailBroken, nil
	}
	err := t.together(append(customerOf(&c.Customer, c.CustomerID, ""),
		some(&c.Asked, `SELECT * FROM challenges WHERE hold_id = ? ORDER BY opened_at, id`, c.HoldID))...)
	return "", err
}

// tellReferral counts that a referral is told, and says so.
func (t *tx) tellReferral(c *ReferralCase, q ReadReferral) error {
	c.Reads++
	t.later(`UPDATE referrals SET reads = ? WHERE id = ?`, c.Reads, c.ID)
	kind, body := "referral.printed", map[string]any{"referral_id": c.ID, "to": c.To}
	if !q.Printed {
		kind = "referral.read"
		body["shows"], body["entries"], body["hash"] = c.Shows.Parts(), c.Head.Seq, c.Head.Hash
	}
	t.count("referral_told")
	return t.entry(string(c.HoldID), kind, q.By.actor(), c.Now, body)
}
