package store

import (
	"context"
	"time"

	"holdfast/hold"
	"holdfast/interview"
)

// Warning is what a customer did with a warning. Judge verifies it and is pure.
type Warning struct {
	CustomerID  hold.CustomerID
	ChallengeID hold.ChallengeID
	DeviceID    hold.DeviceID
	Link        hold.Digest // see Interview
	Judge       func(h hold.Hold, c hold.Challenge, d *hold.Device, k KeptInterview, now hold.Instant) (Warned, hold.Refusal, error)
}

// Warned is what was on the screen, and what was chosen, as judged.
type Warned struct {
	Choice  interview.Choice
	Locale  string
	Digest  hold.Digest   // of the text that was shown
	Seconds int           // on the screen, by the device's own word: evidence, and no proof
	Least   time.Duration // that it has to be there before anybody goes on
	Wait    time.Duration // that follows when they were told what to say
}

// TakeWarning keeps what was shown and chosen: evidence of what the customer was
// warned of. Going on is refused before the warning can have been read, by the
// record's clock. Whoever was told what to say is talked to, and stays suspected.
func (s *Store) TakeWarning(ctx context.Context, w Warning) (res InterviewResult, err error) {
	err = s.update(ctx, func(t *tx) error {
		l, c, why, err := t.fetchTalk(w.CustomerID, w.ChallengeID, w.Link)
		if err != nil || why != "" {
			res = InterviewResult{Outcome: InterviewRefused, Refusal: why}
			return err
		}
		res, err = t.takeWarning(&l, c, w)
		res.Hold, res.Now = l.Hold, l.Now
		return err
	})
	return res, err
}

func (t *tx) takeWarning(l *hold.Standing, c *hold.Challenge, w Warning) (res InterviewResult, err error) {
	t.later(`UPDATE challenges SET attempts = attempts + 1 WHERE id = ?`, c.ID)
	via, at, passed := interview.ViaCustomer, l.WarningAt, &l.WarningPassedAt
	if w.Link != "" {
		via, at, passed = interview.ViaLink, l.LinkWarningAt, &l.LinkWarningPassedAt
	}
	k, err := t.interviewOf(l.ID, l.TxDigest, via)
	switch {
	case err != nil:
		return res, err
	case k == nil || at == 0:
		return InterviewResult{Outcome: InterviewRefused, Refusal: hold.InterviewMissing}, nil
	}
	said, why, err := w.Judge(l.Hold, *c, l.Customer.Device(w.DeviceID), *k, l.Now)
	res.Kept = *k
	switch {
	case err != nil || why != "":
		res.Outcome, res.Refusal = InterviewRefused, why
		return res, err
	case l.Status.Decided():
		res.Outcome = InterviewLate
		return res, nil
	case k.Choice == said.Choice:
		res.Outcome = InterviewAgain
		return res, nil
	case said.Choice == interview.WentOn && l.Now < at.Add(said.Least):
		res.Outcome, res.Refusal = InterviewRefused, hold.WarningUnread
		return res, nil
	case k.Choice == interview.Told, // nothing takes that back
		said.Choice == interview.Stopped && *passed != 0: // a refusal stops it now
		res.Outcome = InterviewStands
		return res, nil
	}
	return t.warned(l, *k, said, w, passed)
}

// warned puts it on record.
func (t *tx) warned(l *hold.Standing, k KeptInterview, said Warned, w Warning, passed *hold.Instant) (InterviewResult, error) {
	k.Choice, k.Locale, k.WarningDigest, k.ShownSeconds, k.ChosenAt = said.Choice, said.Locale, said.Digest, said.Seconds, l.Now
	t.later(`UPDATE interviews SET choice = ?, locale = ?, warning_digest = ?, shown_seconds = ?, chosen_at = ?
		WHERE hold_id = ? AND tx_digest = ? AND via = ?`, k.Choice, k.Locale, k.WarningDigest, k.ShownSeconds, k.ChosenAt, k.HoldID,
		k.TxDigest, k.Via)
	if said.Choice == interview.WentOn {
		*passed = l.Now
		t.keepTalk(l.Hold)
	}
	t.count("warning_" + string(said.Choice))
	res := InterviewResult{Outcome: InterviewKept, Kept: k}
	body := map[string]any{"scenario": k.Scenario, "policy_version": k.PolicyVersion, "warning": k.Warning, "digest": k.WarningDigest,
		"locale": k.Locale, "seconds": k.ShownSeconds, "choice": k.Choice, "tx_digest": k.TxDigest}
	if w.Link != "" {
		body["by"] = AuthorLink
	} else {
		body["device_id"] = w.DeviceID
	}
	if err := t.entry(string(l.ID), "warning.shown", ActorCustomer, l.Now, body); err != nil {
		return res, err
	}
	if said.Choice != interview.Told {
		t.publish(string(l.Request.CustomerID))
		return res, nil
	}
	return res, t.tighten(l, interview.Stop, said.Wait, ActorCustomer, "told")
}
