package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"holdfast/hold"
	"holdfast/interview"
	"holdfast/queue"
)

// pending are the approvals that wait, with what a face among them was asked to
// do.
const pending = `SELECT a.*, COALESCE((SELECT l.gesture FROM links l WHERE l.challenge_id = k.challenge_id AND l.submitted_at <> 0
	ORDER BY l.n DESC LIMIT 1), '') AS gesture,
	CASE WHEN k.id IS NOT NULL THEN 1 ELSE 0 END AS portrait
	FROM approvals a LEFT JOIN tasks k ON k.id = a.task_id AND k.kind = 'face' WHERE a.status = 'pending' `

// addApproval asks for a second person. subject is the chain it belongs to.
func (t *tx) addApproval(subject string, a queue.Approval, now hold.Instant) (string, hold.Refusal, error) {
	a.ID = NewID("appr")
	n, err := t.exec(`INSERT INTO approvals (id, kind, customer_id, hold_id, task_id, revision, tx_digest, first, reason, talk, document,
		lock_kind, lock_value, lock_id, call_id, status, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?) ON CONFLICT DO NOTHING`,
		a.ID, a.Kind, a.CustomerID, a.HoldID, a.TaskID, a.Revision, a.TxDigest, a.First, a.Reason, flag(a.Talk), a.Document,
		a.LockKind, a.LockValue, a.LockID, a.CallID, now)
	if err != nil {
		return "", "", err
	}
	if n == 0 {
		return "", hold.ApprovalPending, nil
	}
	t.gaveWork = true
	t.publish(TopicQueue)
	t.count("approval_asked_" + string(a.Kind))
	body := map[string]any{"approval_id": a.ID, "kind": a.Kind, "revision": a.Revision, "tx_digest": a.TxDigest,
		"reason_digest": hold.DigestOf([]byte(a.Reason)), "talk": a.Talk}
	if a.LockKind != "" {
		body["lock_kind"] = a.LockKind
	}
	if a.Document != "" {
		body["document"], body["via"] = a.Document, interview.ViaCounter
	}
	if a.CallID != "" {
		body["call_id"] = a.CallID
	}
	return a.ID, "", t.entry(subject, "approval.asked", a.First, now, body)
}

// askSecond lets a confirmed task wait for a second person: in review, or, when
// they are to speak with the customer, in the queue.
func (t *tx) askSecond(w *work, f queue.Facts, d Dispose, talk bool) (string, error) {
	if err := t.voidPending(`task_id = ?`, w.task.ID, "confirmed_anew", w.Now); err != nil {
		return "", err
	}
	if talk {
		k, until := queue.HandToSecond(f)
		if err := t.planned(k); err != nil {
			return "", err
		}
		if err := t.awaitTask(&w.Hold, k, until); err != nil {
			return "", err
		}
	} else if _, err := t.exec(`UPDATE tasks SET status = 'review' WHERE id = ?`, w.task.ID); err != nil {
		return "", err
	}
	id, why, err := t.addApproval(string(w.ID), queue.Approval{Kind: queue.ApproveConfirmed, CustomerID: w.Customer.ID, HoldID: w.ID,
		TaskID: w.task.ID, Revision: w.Revision, TxDigest: w.TxDigest, First: d.By.actor(), Reason: d.Note, Talk: talk,
		Document: d.Document}, w.Now)
	if err == nil && why != "" { // the ruling looked for one: queue.Facts.Reviewed
		err = fmt.Errorf("asking for a second person: %s", why)
	}
	return id, err
}

// AskOverride asks for a release on the bank's own word. It always takes two.
func (s *Store) AskOverride(ctx context.Context, by By, id hold.ID, revision int, reason string) (approval string, h hold.Hold,
	out ChangeOutcome, why hold.Refusal, err error) {
	return s.askOfHold(ctx, by, id, revision, queue.ApproveOverride, reason)
}

// askOfHold asks a second person for something about a hold, as it is at a revision.
func (s *Store) askOfHold(ctx context.Context, by By, id hold.ID, revision int, kind queue.ApprovalKind,
	reason string) (approval string, h hold.Hold, out ChangeOutcome, why hold.Refusal, err error) {
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		a, err := t.acting(by)
		if err != nil {
			return "", err
		}
		if !by.Role.Queues() {
			return hold.RoleMissing, nil
		}
		var of hold.CustomerID
		if err := t.get(&of, `SELECT customer_id FROM holds WHERE id = ?`, id); err != nil {
			return "", err
		}
		if a.Linked(of) {
			return hold.AgentLinked, nil
		}
		l, o, err := t.change(id, revision)
		h, out = l.Hold, o
		if err != nil || o != Changed {
			return "", err
		}
		switch {
		case kind == queue.ApproveWait && !l.Waits(l.Now):
			return hold.NotWaiting, nil
		case kind == queue.ApproveOverride && l.Mule(): // it would release nothing
			return hold.PayeeMule, nil
		}
		approval, why, err = t.addApproval(string(id), queue.Approval{Kind: kind, CustomerID: l.Customer.ID, HoldID: id,
			Revision: l.Revision, TxDigest: l.TxDigest, First: by.actor(), Reason: reason}, l.Now)
		return why, err
	})
	return approval, h, out, why, err
}

// AskUnfreeze asks for the end of a freeze.
func (s *Store) AskUnfreeze(ctx context.Context, by By, id hold.CustomerID, reason string) (approval string, why hold.Refusal, err error) {
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		a, err := t.acting(by)
		if err != nil {
			return "", err
		}
		switch {
		case !by.Role.Queues():
			return hold.RoleMissing, nil
		case a.Linked(id):
			return hold.AgentLinked, nil
		}
		approval, why, err = t.askUnfreeze(by.actor(), id, reason)
		return why, err
	})
	return approval, why, err
}

// BankAsksUnfreeze is the same by a client of the bank's.
func (s *Store) BankAsksUnfreeze(ctx context.Context, client string, id hold.CustomerID,
	reason string) (approval string, why hold.Refusal, err error) {
	why, err = s.rule(ctx, func(t *tx) (hold.Refusal, error) {
		approval, why, err = t.askUnfreeze(client, id, reason)
		return why, err
	})
	return approval, why, err
}

func (t *tx) askUnfreeze(first string, id hold.CustomerID, reason string) (string, hold.Refusal, error) {
	c, err := t.lockCustomer(id)
	if err != nil {
		return "", "", err
	}
	if c.FrozenAt == 0 {
		return "", hold.NotFrozen, nil
	}
	now, err := t.now()
	if err != nil {
		return "", "", err
	}
	a := queue.Approval{Kind: queue.ApproveUnfreeze, CustomerID: id, First: first, Reason: reason}
	if why, err := t.staysStopped(a); err != nil || why != "" {
		return "", why, err
	}
	return t.addApproval("customer:"+string(id), a, now)
}

// Approvals lists what waits, the oldest first. Who is linked to a customer does
// not see what waits for that one.
func (s *Store) Approvals(ctx context.Context, by By, limit int) (as []queue.Approval, err error) {
	err = s.view(ctx, func(t *tx) error {
		if err := t.all(&as, pending+`AND a.customer_id <> `+linkedTo+` ORDER BY a.created_at, a.id LIMIT ?`, by.Sub, limit); err != nil {
			return err
		}
		for i, a := range as {
			if !a.Portrait { // no face check
				continue
			}
			if as[i].Portrait, err = t.comparableIn(a.HoldID); err != nil {
				return err
			}
		}
		return nil
	})
	return as, err
}

// Approval reads one.
func (s *Store) Approval(ctx context.Context, id string) (a queue.Approval, err error) {
	return a, s.get(ctx, &a, `SELECT * FROM approvals WHERE id = ?`, id)
}

// Second is a second person's word.
type Second struct {
	By      By
	ID      string
	Approve bool
	Reason  string
	Locks   LockRules
}

// SecondResult is the approval as it then is, with the hold it is about.
type SecondResult struct {
	Approval queue.Approval
	Hold     hold.Hold
	Outcome  ChangeOutcome // Changed, or why it was void
	Refusal  hold.Refusal  // why they may not say it; the outcome is empty then
}

// TakeSecond takes a second person's word in one transaction. What the first saw
// must still be so.
func (s *Store) TakeSecond(ctx context.Context, d Second) (res SecondResult, err error) {
	err = s.update(ctx, func(t *tx) error {
		res = SecondResult{} // of a try that was undone
		agent, err := t.acting(d.By)
		if err != nil {
			return err
		}
		if err := t.get(&res.Approval, `SELECT * FROM approvals WHERE id = ?`, d.ID); err != nil {
			return err
		}
		w, err := t.fetchApproval(res.Approval)
		if err != nil {
			return err
		}
		res.Approval = w.Approval
		if res.Refusal = queue.SecondMay(w.Approval, agent, d.By.actor(), d.By.Role); res.Refusal != "" {
			return nil
		}
		res.Outcome, res.Refusal, err = t.second(w, agent, d)
		res.Hold = w.l.Hold
		if err != nil || res.Refusal != "" {
			return err
		}
		return t.get(&res.Approval, `SELECT * FROM approvals WHERE id = ?`, d.ID)
	})
	return res, err
}

// waiting is an approval with the hold or customer it is about, locked.
type waiting struct {
	queue.Approval
	l         hold.Standing
	theirs    locked // of an unfreeze: the customer and what waits
	loosens   lockChange
	firstGone string // why the first person's word is void: revoked since, or linked to the customer
}

func (t *tx) fetchApproval(a queue.Approval) (w *waiting, err error) {
	w = &waiting{}
	// The first person's row comes before the hold's: a revocation of theirs
	// either came before this, or waits for it.
	if w.firstGone, err = t.firstGone(a); err != nil {
		return nil, err
	}
	if a.HoldID != "" {
		w.l, err = t.fetch(a.HoldID)
	} else if w.theirs, err = t.lockHeld(a.CustomerID); err == nil {
		w.l.Customer, w.l.Now = w.theirs.customers[a.CustomerID], w.theirs.now
	}
	if err != nil {
		return nil, err
	}
	return w, t.get(&w.Approval, `SELECT * FROM approvals WHERE id = ?`, a.ID)
}

// firstGone locks the first person's row, and says why their word is void.
func (t *tx) firstGone(a queue.Approval) (string, error) {
	sub, ok := strings.CutPrefix(a.First, "agent:")
	if !ok {
		return "", nil
	}
	var first queue.Agent
	if err := t.get(&first, `SELECT * FROM agents WHERE sub = ?`+t.lock("SHARE"), sub); err != nil {
		return "", err
	}
	switch {
	case first.RevokedAt >= a.CreatedAt:
		return "agent_revoked", nil
	case first.Linked(a.CustomerID):
		return "agent_linked", nil
	}
	return "", nil
}

// second does what the second person says, unless what the first saw is no
// longer so.
func (t *tx) second(w *waiting, second queue.Agent, d Second) (ChangeOutcome, hold.Refusal, error) {
	if w.firstGone != "" {
		return ApprovalVoid, "", t.void(w, w.firstGone)
	}
	if w.HoldID != "" {
		if err := t.concludeRefusal(&w.l); err != nil { // what speaks against it comes first
			return "", "", err
		}
		switch {
		case w.l.Status.Decided():
			return HoldDecided, "", nil
		case w.Revision != w.l.Revision, w.TxDigest != w.l.TxDigest:
			return RevisionStale, "", t.void(w, "amended")
		}
		task, asked, err := t.confirmed(w)
		if err != nil {
			return "", "", err
		}
		if w.Kind == queue.ApproveConfirmed && asked == nil {
			return ApprovalVoid, "", t.void(w, "not_asked_any_more")
		}
		if d.Approve {
			if why, err := t.lacks(w, task, second, d.By); err != nil || why != "" {
				return "", why, err
			}
			if asked != nil && w.l.MayPay(*asked, w.l.Now) != "" {
				return "", w.l.MayPay(*asked, w.l.Now), nil
			}
		}
	}
	if w.Kind == queue.ApproveLoosen && d.Approve {
		ch, void, why, err := t.loosening(w, d.Locks)
		switch {
		case err != nil || why != "":
			return "", why, err
		case void:
			return ApprovalVoid, "", t.void(w, "lock_changed")
		}
		w.loosens = ch
	}
	if w.Kind == queue.ApproveUnfreeze && d.Approve {
		if why, err := t.staysStopped(w.Approval); err != nil || why != "" {
			return "", why, err
		}
	}
	status := queue.ApprovalRejected
	if d.Approve {
		status = queue.ApprovalApproved
	}
	if err := t.closeApproval(w.Approval, status, d.By, d.Reason, w.l.Now); err != nil {
		return "", "", err
	}
	if !d.Approve {
		return Changed, "", t.reopen(w)
	}
	return Changed, "", t.carryOut(w, d)
}

// closeApproval puts a second person's word on record.
func (t *tx) closeApproval(a queue.Approval, to queue.ApprovalStatus, by By, reason string, now hold.Instant) error {
	if _, err := t.exec(`UPDATE approvals SET status = ?, second = ?, answer = ?, closed_at = ? WHERE id = ? AND status = 'pending'`,
		to, by.actor(), reason, now, a.ID); err != nil {
		return err
	}
	t.publish(TopicQueue)
	t.count("approval_" + string(to) + "_" + string(a.Kind))
	return t.entry(a.Subject(), "approval."+string(to), by.actor(), now, map[string]any{"approval_id": a.ID, "kind": a.Kind, "first": a.First,
		"reason_digest": hold.DigestOf([]byte(reason))})
}

// lacks says what the second person has still to do before their yes counts.
func (t *tx) lacks(w *waiting, task queue.Task, second queue.Agent, by By) (why hold.Refusal, err error) {
	if why := queue.SecondOf(w.Approval, task, w.l, second, by.Role); why != "" {
		return why, nil
	}
	var own queue.Own
	if w.Talk {
		calls, err := t.callsOf(queue.Case{ID: task.CaseID})
		if err != nil {
			return "", err
		}
		own.Heard = queue.Heard(w.Approval, by.Sub, calls, w.l.Customer, queue.Live{}, w.l.Now)
	}
	if task.Kind == queue.TaskFace {
		if own.Unseen, err = t.unseen(w.l.Hold, w.ID, by); err != nil {
			return "", err
		}
	}
	return queue.SecondLacks(w.Approval, own), nil
}

// ApprovalVoid means that what the first person asked for is void.
const ApprovalVoid ChangeOutcome = "approval_void"

// voidPending voids what waits for a second person and has lost its reason. What
// it is about is locked, and its tasks are closed by the caller.
func (t *tx) voidPending(where, arg, cause string, now hold.Instant) error {
	return t.voidThose(`status = 'pending' AND `+where, arg, cause, now)
}

func (t *tx) voidThose(where, arg, cause string, now hold.Instant) error {
	var as []queue.Approval
	if err := t.all(&as, `SELECT * FROM approvals WHERE `+where+` ORDER BY id`, arg); err != nil {
		return err
	}
	for _, a := range as {
		n, err := t.exec(`UPDATE approvals SET status = 'void', second = '', cause = ?, closed_at = ? WHERE id = ? AND status = ?`, cause, now,
			a.ID, a.Status)
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		t.publish(TopicQueue)
		if err := t.entry(a.Subject(), "approval.void", ActorSystem, now, map[string]any{"approval_id": a.ID, "cause": cause}); err != nil {
			return err
		}
	}
	return nil
}

// carryOut does what two people want.
func (t *tx) carryOut(w *waiting, d Second) error {
	by := d.By
	switch w.Kind {
	case queue.ApproveLoosen:
		return t.changeLock(w.loosens, PutLock{Actor: w.First, Rules: d.Locks}, by.actor(), w.ID)
	case queue.ApproveUnfreeze:
		if err := t.endEmergency(w.Approval, by.actor(), w.l.Now); err != nil {
			return err
		}
		return t.unfreeze(w.theirs, by.actor(), w.ID)
	case queue.ApproveOverride:
		if err := t.entry(string(w.HoldID), "hold.overridden", by.actor(), w.l.Now, map[string]any{"outcome": hold.Release, "approval_id": w.ID,
			"first": w.First}); err != nil {
			return err
		}
		if _, err := t.exec(`UPDATE holds SET look_at = ? WHERE id = ?`, w.l.Now, w.HoldID); err != nil {
			return err
		}
		t.wake(w.HoldID, w.l.Now) // and who concludes it finds what two people want
		return nil
	case queue.ApproveWait:
		return t.endWait(&w.l, by, w.ID)
	}
	task, asked, err := t.confirmed(w)
	if err != nil {
		return err
	}
	return t.stands(&w.l, asked, Attempt{Via: "agent", Actor: by.actor(), more: map[string]any{"case_id": task.CaseID, "task_id": task.ID,
		"approval_id": w.ID, "first": w.First}},
		hold.Verdict{Answer: hold.Approve, UV: hold.UVNone})
}

// confirmed is the task that the first person confirmed, and its question while
// it can still be answered.
func (t *tx) confirmed(w *waiting) (task queue.Task, asked *hold.Challenge, err error) {
	if w.TaskID == "" {
		return task, nil, nil
	}
	if err := t.get(&task, `SELECT * FROM tasks WHERE id = ?`, w.TaskID); err != nil {
		return task, nil, err
	}
	i := slices.IndexFunc(w.l.Challenges, func(c hold.Challenge) bool { return c.ID == task.ChallengeID })
	if i < 0 || w.l.Late(w.l.Challenges[i]) != hold.AnswerAccepted {
		return task, nil, nil
	}
	return task, &w.l.Challenges[i], nil
}

// void ends an approval that nobody may give any more.
func (t *tx) void(w *waiting, cause string) error {
	n, err := t.exec(`UPDATE approvals SET status = 'void', cause = ?, closed_at = ? WHERE id = ? AND status = 'pending'`, cause,
		w.l.Now, w.ID)
	if err != nil || n == 0 {
		return err
	}
	t.publish(TopicQueue)
	if err := t.entry(w.Subject(), "approval.void", ActorSystem, w.l.Now, map[string]any{"approval_id": w.ID, "cause": cause}); err != nil {
		return err
	}
	return t.reopen(w)
}

// voidApproval voids one by its id.
func (t *tx) voidApproval(id, cause string) error {
	var a queue.Approval
	if err := t.get(&a, `SELECT * FROM approvals WHERE id = ?`, id); err != nil {
		return err
	}
	w, err := t.fetchApproval(a)
	if err != nil || w.Status != queue.ApprovalPending {
		return err
	}
	return t.void(w, cause)
}

// reopen gives a task back to the queue, to a supervisor: what one person
// confirmed, another did not.
func (t *tx) reopen(w *waiting) error {
	if w.TaskID == "" {
		return nil
	}
	next := queue.Callable(w.l.Terms.Callback, w.l.Customer, w.l.Now)
	if _, err := t.exec(`UPDATE tasks SET ready_at = ?, ready_until = ? WHERE id = ? AND status <> 'closed' AND kind <> 'face'`, next.Ready,
		next.Until, w.TaskID); err != nil {
		return err
	}
	n, err := t.openAgain(`id = ? AND status <> 'closed'`, w.TaskID)
	if err != nil || n == 0 {
		return err
	}
	if _, err := t.exec(`UPDATE tasks SET skill = ? WHERE id = ?`, queue.SkillSupervisor, w.TaskID); err != nil {
		return err
	}
	if w.HoldID != "" { // the rung waits for the next call, and its workflow hears of it
		var task queue.Task
		if err := t.get(&task, `SELECT * FROM tasks WHERE id = ?`, w.TaskID); err != nil {
			return err
		}
		if err := t.awaitTask(&w.l.Hold, task, max(w.l.Now, task.ReadyAt).Add(queue.Promised)); err != nil {
			return err
		}
		t.wake(w.HoldID, w.l.Now)
	}
	cs, err := t.caseOf(w.CustomerID)
	if err != nil {
		return err
	}
	return t.settleCase(cs, w.l.Now)
}
