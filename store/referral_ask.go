package store

import (
	"context"
	"time"

	"holdfast/hold"
	"holdfast/queue"
)

// AskReferral is what one supervisor wants handed to somebody outside, and what would
// be told whole.
type AskReferral struct {
	By     By
	HoldID hold.ID
	To     hold.Recipient
	Shows  hold.Shown
	Reason string
}

// AskReferral asks a second person for a referral. The asker's row is locked, so that
// they are counted, and the hold's, so that it has one of each kind at a time.
func (s *Store) AskReferral(ctx context.Context, a AskReferral) (r queue.Referral, why hold.Refusal, err error) {
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		agent, err := t.lockAgent(a.By, "NO KEY UPDATE")
		if err != nil {
			return "", err
		}
		var now hold.Instant
		h, err := t.lockHold(a.HoldID, clock(&now))
		if err != nil {
			return "", err
		}
		f, err := t.askFacts(a, agent, h, now)
		if err != nil {
			return "", err
		}
		if why := queue.AskReferral(f); why != "" {
			return why, nil
		}
		r = queue.Referral{ID: NewID("ref"), HoldID: h.ID, CustomerID: h.Request.CustomerID, To: a.To, Shows: a.Shows,
			Status: queue.ReferralAsked, First: a.By.actor(), Reason: a.Reason, AskedAt: now, UntilAt: now.Add(queue.ReferralLife)}
		return "", t.addReferral(r)
	})
	return r, why, err
}

// askFacts reads what bears on who asks. What waited for too long makes room first.
func (t *tx) askFacts(a AskReferral, agent queue.Agent, h hold.Hold, now hold.Instant) (f queue.AskFacts, err error) {
	f.Role, f.Linked = a.By.Role, agent.Linked(h.Request.CustomerID)
	if err := t.endReferrals(h.ID, now); err != nil {
		return f, err
	}
	const count = `SELECT COUNT(*) FROM referrals WHERE `
	return f, t.together(
		one(&f.Asked, `SELECT COUNT(*) > 0 FROM referrals WHERE hold_id = ? AND recipient = ? AND status = 'asked'`, h.ID, a.To),
		one(&f.OfHold, count+`hold_id = ?`, h.ID),
		one(&f.OfDay, count+`first = ? AND asked_at > ?`, a.By.actor(), now.Add(-24*time.Hour)))
}

// endReferrals ends those of a locked hold that have waited for a second person for too
// long.
func (t *tx) endReferrals(id hold.ID, now hold.Instant) error {
	var ended []string
	if err := t.all(&ended, `SELECT id FROM referrals WHERE hold_id = ? AND status = 'asked' AND until_at <= ? ORDER BY id`, id,
		now); err != nil {
		return err
	}
	for _, r := range ended {
		t.later(`UPDATE referrals SET status = 'expired', closed_at = ? WHERE id = ?`, now, r)
		if err := t.entry(string(id), "referral.expired", ActorSystem, now, map[string]any{"referral_id": r}); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) addReferral(r queue.Referral) error {
	t.later(`INSERT INTO referrals (id, hold_id, customer_id, recipient, shows, status, first, reason, asked_at, until_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, r.ID, r.HoldID, r.CustomerID, r.To, r.Shows, r.Status, r.First, r.Reason, r.AskedAt, r.UntilAt)
	t.publish(TopicQueue)
	t.count("referral_asked")
	return t.entry(string(r.HoldID), "referral.asked", r.First, r.AskedAt, map[string]any{"referral_id": r.ID, "to": r.To,
		"shows": r.Shows.Parts(), "until": r.UntilAt, "reason_digest": hold.DigestOf([]byte(r.Reason))})
}

// SecondReferral takes a second person's word on a referral. It is void where the first
// person has lost their access since, or turned out to be the customer.
func (s *Store) SecondReferral(ctx context.Context, d Second) (r queue.Referral, why hold.Refusal, err error) {
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		agent, err := t.acting(d.By)
		if err != nil {
			return "", err
		}
		if err := t.get(&r, `SELECT * FROM referrals WHERE id = ?`, d.ID); err != nil {
			return "", err
		}
		gone, err := t.firstGone(queue.Approval{First: r.First, CreatedAt: r.AskedAt, CustomerID: r.CustomerID})
		if err != nil {
			return "", err
		}
		now, err := t.lockReferral(&r)
		if err != nil {
			return "", err
		}
		if why := queue.SecondOfReferral(r, agent, d.By.Role); why != "" {
			return why, nil
		}
		return "", t.closeReferral(&r, d, gone, now)
	})
	return r, why, err
}

// voidReferralsOf voids what somebody has asked for who has lost their access.
func (s *Store) voidReferralsOf(ctx context.Context, sub string) error {
	var asked []queue.Referral
	if err := s.all(ctx, &asked, `SELECT * FROM referrals WHERE first = ? AND status = 'asked'`, "agent:"+sub); err != nil {
		return err
	}
	for _, r := range asked {
		if err := s.update(ctx, func(t *tx) error {
			now, err := t.lockReferral(&r)
			if err != nil || r.Status != queue.ReferralAsked {
				return err
			}
			return t.closeReferral(&r, Second{}, "agent_revoked", now)
		}); err != nil {
			return err
		}
	}
	return nil
}

// lockReferral locks a referral, with its hold, and reads it as it stands now.
func (t *tx) lockReferral(r *queue.Referral) (now hold.Instant, err error) {
	if _, err := t.lockHold(r.HoldID, clock(&now)); err != nil {
		return 0, err
	}
	err = t.get(r, `SELECT * FROM referrals WHERE id = ?`, r.ID)
	*r = r.At(now)
	return now, err
}

// closeReferral puts a second person's word on record, or why nobody's counts any more.
func (t *tx) closeReferral(r *queue.Referral, d Second, gone string, now hold.Instant) error {
	by := d.By.actor()
	r.Status, r.Second, r.Answer, r.ClosedAt = queue.ReferralRejected, by, d.Reason, now
	switch {
	case gone != "":
		r.Status, r.Second, r.Answer, r.Cause, by = queue.ReferralVoid, "", "", gone, ActorSystem
	case d.Approve:
		r.Status, r.UntilAt = queue.ReferralApproved, now.Add(queue.ReferralLife)
	}
	t.later(`UPDATE referrals SET status = ?, second = ?, answer = ?, cause = ?, closed_at = ?, until_at = ? WHERE id = ?`, r.Status, r.Second,
		r.Answer, r.Cause, r.ClosedAt, r.UntilAt, r.ID)
	t.publish(TopicQueue)
	t.count("referral_" + string(r.Status))
	body := map[string]any{"referral_id": r.ID, "to": r.To, "first": r.First, "until": r.UntilAt}
	if gone != "" {
		body["cause"] = gone
	} else {
		body["reason_digest"] = hold.DigestOf([]byte(d.Reason))
	}
	return t.entry(string(r.HoldID), "referral."+string(r.Status), by, now, body)
}
