package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"holdfast/hold"
	"holdfast/interview"
	"holdfast/queue"
)

// causeWait is why a question was taken back and an approval is void: the payment
// waits.
const causeWait = "wait"

// tighten makes a hold as strict as a level says; what it was before is never made
// less. The hold and its customer are locked.
func (t *tx) tighten(l *hold.Standing, to interview.Level, wait time.Duration, actor, ground string) error {
	if to.AtLeast(interview.Wait) {
		until := interview.Until(wait, l.Now, l.Deadline)
		if until == 0 { // too little time is left: call now
			to = to.Max(interview.Talk)
			if err := t.entry(string(l.ID), "hold.call_only", actor, l.Now, map[string]any{"level": to, "ground": ground}); err != nil {
				return err
			}
		}
		if err := t.beginWait(l, until, to, actor, ground); err != nil {
			return err
		}
	}
	if to.AtLeast(interview.Talk) && l.TalkAt == 0 {
		l.TalkAt = l.Now
		t.later(`UPDATE holds SET talk_at = ? WHERE id = ?`, l.Now, l.ID)
	}
	if to.AtLeast(interview.Wait) {
		if err := t.withdraw(l, causeWait); err != nil {
			return err
		}
	}
	if to.AtLeast(interview.Stop) {
		w := &work{Standing: *l, ofHold: true}
		if err := t.suspect(w, hold.SuspectedScam, actor); err != nil {
			return err
		}
		*l = w.Standing
	}
	if err := t.settleTheirCase(l.Customer.ID, l.Now); err != nil {
		return err
	}
	t.later(`UPDATE holds SET look_at = ? WHERE id = ?`, l.Now, l.ID)
	t.publish(string(l.ID), string(l.Request.CustomerID))
	t.wake(l.ID, l.Now)
	return nil
}

// settleTheirCase plans a customer's case anew, if there is one: what its tasks wait for
// has changed.
func (t *tx) settleTheirCase(id hold.CustomerID, now hold.Instant) error {
	cs, err := t.caseOf(id)
	if errors.Is(err, ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	return t.settleCase(cs, now)
}

// beginWait sets the end of the wait, which only ever moves away.
func (t *tx) beginWait(l *hold.Standing, until hold.Instant, level interview.Level, actor, ground string) error {
	if until <= l.NotBefore {
		return nil
	}
	l.NotBefore, l.AskAnewAt, l.NoticeAt = until, until, l.Now+(until-l.Now)/2
	if level.AtLeast(interview.Stop) { // somebody calls them now
		l.NoticeAt = 0
	}
	t.later(`UPDATE holds SET not_before = ?, ask_anew_at = ?, notice_at = ? WHERE id = ?`, l.NotBefore, l.AskAnewAt, l.NoticeAt, l.ID)
	t.count("wait_begun")
	return t.entry(string(l.ID), "hold.waits", actor, l.Now, map[string]any{"until": until, "level": level, "ground": ground})
}

// withdraw cancels what is asked without a call, and voids what was approved, also what
// an agent confirmed and a second person has not looked at.
func (t *tx) withdraw(l *hold.Standing, cause string) error {
	for i := range l.Challenges {
		c := &l.Challenges[i]
		if c.Status != hold.Open || c.Channel == hold.Callback {
			continue
		}
		if err := t.closeChallenge(*c, hold.Cancelled, cause, l.Now); err != nil {
			return err
		}
		c.Status = hold.Cancelled
	}
	if err := t.overrule(l.Challenges, cause, l.Now); err != nil {
		return err
	}
	if !l.Work && !t.gaveWork && l.Overridden == "" { // nobody has been asked for anything
		return nil
	}
	if err := t.voidPending(`kind IN ('confirm', 'wait') AND hold_id = ?`, string(l.ID), cause, l.Now); err != nil {
		return err
	}
	if _, err := t.openAgain(`hold_id = ? AND status = 'review'`, string(l.ID)); err != nil {
		return err
	}
	return t.overruleBank(`hold_id = ?`, string(l.ID), cause, l.Now)
}

// walk says what follows, once a verdict on the payee that is in force has been brought
// to the hold, and once the customer has heard of the wait, and was asked anew after it,
// if either is due.
func (t *tx) walk(l *hold.Standing) (hold.Step, error) {
	if err := t.heedVerdict(l); err != nil {
		return hold.Step{}, err
	}
	for {
		step := l.Walk()
		var err error
		switch step.Do {
		case hold.DoNotice:
			err = t.noticeWait(l)
		case hold.DoAnew:
			cause, why := causeWait, map[string]any{"waited_until": l.NotBefore}
			if l.NotBefore == 0 { // somebody was at it as a verdict was lifted
				cause, why = causeCleared, map[string]any{}
			}
			err = t.askAnew(l, "hold.asked_anew", ActorSystem, cause, why)
		default:
			return step, nil
		}
		if err != nil {
			return step, err
		}
	}
}

// noticeWait tells the customer, by text and so in another way than most payments
// are made, that a payment waits, at half of the wait and at its end. Whoever has
// no number that may get a text reads it in the app.
func (t *tx) noticeWait(l *hold.Standing) error {
	kind, at := hold.TextWaits, "half"
	next := l.NotBefore
	if l.Now >= l.NotBefore {
		kind, at, next = hold.TextWaitOver, "end", 0
	} else if l.TalkAt != 0 { // then somebody calls
		next = 0
	}
	l.NoticeAt = next
	t.later(`UPDATE holds SET notice_at = ? WHERE id = ?`, next, l.ID)
	texted, err := t.textFirst(*l, kind)
	if err != nil {
		return err
	}
	by := "app"
	if texted {
		by = "text"
	}
	t.publish(string(l.Customer.ID))
	return t.entry(string(l.ID), "wait.noticed", ActorSystem, l.Now, map[string]any{"at": at, "by": by})
}

// textFirst tells the customer of a payment by a text to the first of their numbers that
// may get one, if there is any.
func (t *tx) textFirst(l hold.Standing, kind hold.TextKind) (told bool, err error) {
	var asks []deployment
	if err := t.together(deployed(&asks)); err != nil {
		return false, err
	}
	rules, texts := l.Terms.ContactRules(), slices.Contains(t.rulesOf(asks).Channels, hold.SMS)
	for i, p := range l.Customer.Phones {
		if texts && untrusted(l.Customer, &l.Customer.Phones[i], rules, l.AcceptedAt, true) == "" {
			return true, t.addText(kind, l.Customer.ID, p, l.ID, "", rules, l.Now, l.Now.Add(noticeLife))
		}
	}
	return false, nil
}

// AskWaitEnd asks a second person to end a hold's wait before its time.
func (s *Store) AskWaitEnd(ctx context.Context, by By, id hold.ID, revision int, reason string) (approval string, h hold.Hold,
	out ChangeOutcome, why hold.Refusal, err error) {
	return s.askOfHold(ctx, by, id, revision, queue.ApproveWait, reason)
}

// endWait ends a wait, as two people want: the customer is asked anew now.
func (t *tx) endWait(l *hold.Standing, by By, approval string) error {
	if !l.Waits(l.Now) {
		return nil
	}
	l.NotBefore, l.NoticeAt = l.Now, 0
	t.later(`UPDATE holds SET not_before = ?, notice_at = 0, look_at = ? WHERE id = ?`, l.NotBefore, l.Now, l.ID)
	t.publish(string(l.ID), string(l.Request.CustomerID))
	if err := t.entry(string(l.ID), "wait.ended", by.actor(), l.Now, map[string]any{"approval_id": approval}); err != nil {
		return err
	}
	t.wake(l.ID, l.Now)
	return nil
}
