package store

import (
	"context"

	"holdfast/hold"
)

// TextSent records that the provider took a text under an id of its own.
func (s *Store) TextSent(ctx context.Context, id, sid string) error {
	return s.update(ctx, func(t *tx) error {
		x, err := t.fetchText(id)
		if err != nil {
			return err
		}
		if _, err := t.exec(`INSERT INTO sids (sid, text_id, rank, state) VALUES (?, ?, 0, 'sent') ON CONFLICT (sid) DO NOTHING`,
			sid, id); err != nil {
			return err
		}
		return t.textSent(&x)
	})
}

// textSent marks a text as sent, once.
func (t *tx) textSent(x *texted) error {
	if x.Status != hold.TextSending && x.Status != hold.TextWaiting {
		return nil
	}
	x.Status = hold.TextSent
	if _, err := t.exec(`UPDATE texts SET status = 'sent' WHERE id = ?`, x.ID); err != nil {
		return err
	}
	t.count("text_sent_" + string(x.Kind))
	return t.textEntry(x, "text.sent", nil)
}

// textEntry tells of a text on the chain of what it is about.
func (t *tx) textEntry(x *texted, kind string, more map[string]any) error {
	subject, body := "customer:"+string(x.CustomerID), map[string]any{"text_id": x.ID, "kind": x.Kind, "number_id": x.NumberID,
		"sends": x.Sends}
	if x.HoldID != "" {
		subject = string(x.HoldID)
	}
	if x.ChallengeID != "" {
		body["challenge_id"] = x.ChallengeID
	}
	for k, v := range more {
		body[k] = v
	}
	return t.entry(subject, kind, ActorSystem, x.looked.Now, body)
}

// TextFailed records that a text cannot be sent. What it asked is
// undeliverable, unless another text has asked the same.
func (s *Store) TextFailed(ctx context.Context, id, code string) error {
	return s.update(ctx, func(t *tx) error {
		x, err := t.fetchText(id)
		if err != nil || x.Status == hold.TextFailed || x.Status == hold.TextCancelled {
			return err
		}
		return t.failText(&x, code)
	})
}

func (t *tx) failText(x *texted, code string) error {
	if _, err := t.exec(`UPDATE texts SET status = 'failed', code = ? WHERE id = ?`, code, x.ID); err != nil {
		return err
	}
	if code == causeOptedOut {
		if _, err := t.exec(`UPDATE numbers SET opted_out_at = ? WHERE id = ? AND opted_out_at = 0`, x.looked.Now, x.NumberID); err != nil {
			return err
		}
	}
	t.count("text_failed_" + code)
	if err := t.textEntry(x, "text.failed", map[string]any{"cause": code}); err != nil {
		return err
	}
	if !x.Kind.Asks() || x.challenge == nil || x.challenge.Status != hold.Open {
		return nil
	}
	var others int
	if err := t.get(&others, `SELECT COUNT(*) FROM texts WHERE challenge_id = ? AND status IN ('sending', 'sent', 'delivered')
		AND id <> ?`, x.ChallengeID, x.ID); err != nil || others > 0 {
		return err
	}
	return t.giveUp([]hold.Challenge{*x.challenge}, code, x.looked.Now)
}
