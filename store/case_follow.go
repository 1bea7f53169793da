package store

import (
	"holdfast/hold"
	"holdfast/queue"
)

// ensue does what was ruled.
func (t *tx) ensue(w *work, d Dispose, f queue.Facts, r queue.Ruling) (res DisposeResult, err error) {
	res.Outcome = Disposed
	if r.Suspect {
		if err := t.suspect(w, d.Disposition, d.By.actor()); err != nil {
			return res, err
		}
	}
	if d.Disposition == hold.Scammed {
		if err := t.proposeScammed(w.Customer.ID, w.Now, d.By.actor()); err != nil {
			return res, err
		}
	}
	switch r.Next {
	case queue.NextSecond, queue.NextTalk:
		res.Outcome, res.Talk = Reviewing, r.Next == queue.NextTalk
		res.ApprovalID, err = t.askSecond(w, f, d, res.Talk)
	case queue.NextSeconded:
		if err = t.closeApproval(*w.waits, queue.ApprovalApproved, d.By, d.Note, w.Now); err == nil {
			err = t.stands(&w.Standing, w.challenge, Attempt{Via: string(d.By.via()), Actor: d.By.actor(),
				more: map[string]any{"case_id": w.cs.ID, "task_id": w.task.ID, "approval_id": w.waits.ID, "first": w.waits.First}}, f.Verdict)
		}
	case queue.NextStands:
		err = t.stands(&w.Standing, w.challenge, Attempt{Via: string(d.By.via()), Actor: d.By.actor(),
			more: map[string]any{"case_id": w.cs.ID, "task_id": w.task.ID}}, f.Verdict)
	case queue.NextReverse:
		err = t.refuse(w, d)
	case queue.NextClose:
		if r.Freeze {
			err = t.freeze(w.Customer, w.Now, d.By.actor(), "not_me", "")
		}
		if err == nil {
			err = t.closeTasks(w.Customer.ID, "id", w.task.ID, "dealt_with", w.Now)
		}
	case queue.NextFace:
		err = t.faceJudged(w, d.Disposition)
	case queue.NextAttempt:
		res.NextAt, err = t.unreached(w, d.Disposition == hold.WrongNumber, r.Leg.Call)
		res.Spent = res.NextAt == 0
	case queue.NextHandOn:
		res.NextAt, err = d.At, t.handOn(w, f, d.word())
	}
	return res, err
}

// refuse reverses a hold about which nothing was asked on the phone.
func (t *tx) refuse(w *work, d Dispose) error {
	why := hold.ReasonRefused
	if d.Disposition.Answer() == hold.NotMe {
		why = hold.ReasonNotMe
	}
	if err := t.decide(&w.Standing, hold.Reverse, why, d.By.actor()); err != nil {
		return err
	}
	t.wake(w.ID, w.Now)
	if why != hold.ReasonNotMe {
		return nil
	}
	return t.freeze(w.Customer, w.Now, d.By.actor(), "not_me", w.ID)
}

// unreached plans the next attempt, or leaves the rung.
func (t *tx) unreached(w *work, wrong bool, call string) (next hold.Instant, err error) {
	if wrong {
		if err := t.spoil(w, call); err != nil {
			return 0, err
		}
		if err := t.othersUncallable(w); err != nil {
			return 0, err
		}
		if w.challenge != nil && noneCallable(w.Standing) != "" {
			return 0, t.giveUp([]hold.Challenge{*w.challenge}, causeUnusable, w.Now)
		}
	}
	again := false
	if w.task, again = queue.Unreached(w.task, w.Terms.Callback, w.Customer, w.Now); !again {
		return 0, t.notReached(w)
	}
	if err := t.planned(w.task); err != nil {
		return 0, err
	}
	return w.task.ReadyAt, t.awaitTask(&w.Hold, w.task, w.task.ReadyAt.Add(queue.Promised))
}

// othersUncallable gives up what is asked by callback about the customer's other
// holds, where no number is left. What somebody confirmed already stays. The
// customer is locked.
func (t *tx) othersUncallable(w *work) error {
	var open []hold.Challenge
	if err := t.all(&open, `SELECT c.* FROM challenges c WHERE c.customer_id = ? AND c.channel = 'callback' AND c.status = 'open'
		AND c.hold_id <> ?
		AND NOT EXISTS (SELECT 1 FROM tasks k WHERE k.challenge_id = c.id AND k.status = 'review')
			ORDER BY c.hold_id, c.id`, w.Customer.ID, w.task.HoldID); err != nil {
		return err
	}
	for _, c := range open {
		var r holdRow
		if err := t.get(&r, holdRows+`WHERE h.id = ?`, c.HoldID); err != nil {
			return err
		}
		h, err := r.hold()
		if err != nil {
			return err
		}
		if noneCallable(hold.Standing{Hold: h, Customer: w.Customer}) == "" {
			continue
		}
		if err := t.giveUp([]hold.Challenge{c}, causeUnusable, w.Now); err != nil {
			return err
		}
	}
	return nil
}

// planned puts what became of a task on record.
func (t *tx) planned(k queue.Task) error {
	_, err := t.exec(`UPDATE tasks SET skill = ?, priority = ?, scam = ?, language = ?, attempt = ?, ready_at = ?, ready_until = ?,
		due_at = ? WHERE id = ?`,
		k.Skill, k.Priority, flag(k.Scam), k.Language, k.Attempt, k.ReadyAt, k.ReadyUntil, k.DueAt, k.ID)
	return err
}

// notReached leaves the rung as unanswered. The task stays, so that a customer
// who rings back is still asked; nobody is sent after them any more.
func (t *tx) notReached(w *work) error {
	if err := t.entry(w.subject(), "task.not_reached", ActorSystem, w.Now, map[string]any{"task_id": w.task.ID,
		"attempts": w.task.Attempt}); err != nil {
		return err
	}
	if !w.ofHold || w.challenge == nil {
		return t.closeTasks(w.Customer.ID, "id", w.task.ID, "not_reached", w.Now)
	}
	w.task.Plan(queue.Window{Ready: w.task.Deadline}, hold.CallbackTerms{})
	if err := t.planned(w.task); err != nil {
		return err
	}
	if w.challenge.Rung != w.Rung {
		return nil
	}
	if err := t.rungEnds(&w.Hold, w.RungCut(w.Now)); err != nil {
		return err
	}
	if _, err := t.exec(`UPDATE holds SET look_at = ? WHERE id = ? AND look_at > ?`, w.RungEndsAt, w.ID, w.RungEndsAt); err != nil {
		return err
	}
	t.wake(w.ID, w.Now)
	return nil
}

// spoil marks the number that was called as of no use for this customer.
func (t *tx) spoil(w *work, call string) error {
	var number string
	if err := t.get(&number, `SELECT number_id FROM calls WHERE id = ?`, call); err != nil {
		return err
	}
	if _, err := t.exec(`UPDATE phones SET unusable_at = ? WHERE customer_id = ? AND number_id = ? AND unusable_at = 0`, w.Now,
		w.Customer.ID, number); err != nil {
		return err
	}
	if p := w.Customer.Phone(number); p != nil {
		p.UnusableAt = w.Now
	}
	if err := t.entry("customer:"+string(w.Customer.ID), "number.unusable", ActorSystem, w.Now, map[string]any{"number_id": number,
		"call_id": call}); err != nil {
		return err
	}
	return t.dropNumber(w.Customer.ID, number, w.Now)
}

// handOn passes the task to a supervisor, a speaker, or a later time.
func (t *tx) handOn(w *work, f queue.Facts, said queue.Word) error {
	k, until := queue.HandOn(f, said)
	if err := t.planned(k); err != nil || !w.ofHold {
		return err
	}
	return t.awaitTask(&w.Hold, k, until)
}
