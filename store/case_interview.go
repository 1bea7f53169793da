package store

import (
	"context"

	"holdfast/hold"
)

// AgentInterview is answers that an agent, or a clerk, took down for one task.
type AgentInterview struct {
	By     By
	CaseID string
	TaskID string
	Judge  func(h hold.Hold, c hold.Challenge, d *hold.Device, now hold.Instant) (Interviewed, hold.Refusal, error)
}

// TakeAloud keeps what a customer answered when it was asked aloud, by whoever has
// the case, and does what follows.
func (s *Store) TakeAloud(ctx context.Context, a AgentInterview) (res InterviewResult, err error) {
	err = s.update(ctx, func(t *tx) error {
		w, err := t.fetchTask(a.By, a.CaseID, a.TaskID)
		if err != nil {
			return err
		}
		res, err = t.takeAloud(w, a)
		res.Hold, res.Now = w.Hold, w.Now
		return err
	})
	return res, err
}

func (t *tx) takeAloud(w *work, a AgentInterview) (res InterviewResult, err error) {
	why, err := t.mayWork(w.agent, w.cs, w.Now)
	switch {
	case err != nil:
		return res, err
	case why == "" && w.hidden():
		why = hold.IdentityMissing
	case why == "" && w.challenge == nil:
		why = hold.NothingToConfirm
	}
	if why != "" {
		return InterviewResult{Outcome: InterviewRefused, Refusal: why}, nil
	}
	res, err = t.takeInterview(&w.Standing, w.challenge, Interview{CustomerID: w.Customer.ID, ChallengeID: w.challenge.ID,
		Via: a.By.via(), Author: a.By.actor(), Judge: a.Judge})
	if res.Refusal == hold.ChannelMismatch { // the question has no interview
		res.Refusal = hold.NothingToConfirm
	}
	return res, err
}
