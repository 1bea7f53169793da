package store

import (
	"cmp"
	"context"
	"errors"
	"time"

	"holdfast/hold"
	"holdfast/queue"
)

// Dispose is what an agent says of one task.
type Dispose struct {
	By          By
	CaseID      string
	TaskID      string
	Disposition hold.Disposition
	Revision    int // of the hold, as the agent saw it; 0 without a hold
	Note        string
	Live        string       // the call that the provider says goes on; "": it has not been asked, or none does
	At          hold.Instant // for call_later
	Language    string       // for language
	// Judge holds an answer against what the call proves. It is pure and is
	// called under the locks.
	Judge func(h hold.Hold, c hold.Challenge, leg hold.Leg, now hold.Instant) (hold.Verdict, error)
}

// DisposeOutcome says what became of a Dispose.
type DisposeOutcome string

const (
	Disposed        DisposeOutcome = "disposed"
	Reviewing       DisposeOutcome = "review"           // waits for a second person
	DisposedAlready DisposeOutcome = "already_disposed" // Stands says by what
	DisposeDecided  DisposeOutcome = "hold_decided"
	DisposeStale    DisposeOutcome = "revision_stale"
	DisposeRefused  DisposeOutcome = "refused" // Refusal says why
)

// DisposeResult is the outcome with what stands.
type DisposeResult struct {
	Outcome    DisposeOutcome
	Refusal    hold.Refusal
	Stands     *queue.Said
	HoldID     hold.ID
	Decision   *hold.Decision
	Revision   int // the hold's current one
	ApprovalID string
	NextAt     hold.Instant // of the next attempt, when there is one
}

// work is a task with everything around it, locked.
type work struct {
	hold.Standing
	held      bool // the task is about a hold
	linked    bool // the agent is that customer
	task      queue.Task
	cs        queue.Case
	challenge *hold.Challenge
}

// Dispose takes a disposition in one transaction.
func (s *Store) Dispose(ctx context.Context, d Dispose) (res DisposeResult, err error) {
	err = s.update(ctx, func(t *tx) error {
		w, err := t.lookTask(d.By, d.CaseID, d.TaskID)
		if err != nil {
			return err
		}
		res, err = t.dispose(w, d)
		res.HoldID, res.Decision, res.Revision = w.ID, w.Decision, w.Revision
		return err
	})
	return res, err
}

// lookTask locks in order and reads. Who never had the case learns nothing.
func (t *tx) lookTask(by By, caseID, taskID string) (w *work, err error) {
	a, err := t.acting(by)
	if err != nil {
		return nil, err
	}
	w = &work{}
	if err := t.get(&w.task, `SELECT * FROM tasks WHERE id = ? AND case_id = ?`, taskID, caseID); err != nil {
		return nil, err
	}
	w.linked = a.Linked(w.task.CustomerID)
	if w.held = w.task.HoldID != ""; w.held {
		if w.Standing, err = t.look(w.task.HoldID); err != nil {
			return nil, err
		}
	} else {
		if w.Customer, err = t.lockCustomer(w.task.CustomerID); err != nil {
			return nil, err
		}
		if w.Now, err = t.now(); err != nil {
			return nil, err
		}
	}
	if w.cs, err = t.lockCase(caseID); err != nil {
		return nil, err
	}
	if err := t.get(&w.task, `SELECT * FROM tasks WHERE id = ?`, taskID); err != nil {
		return nil, err
	}
	for i := range w.Challenges {
		if w.Challenges[i].ID == w.task.ChallengeID {
			w.challenge = &w.Challenges[i]
		}
	}
	return w, nil
}

func (t *tx) dispose(w *work, d Dispose) (DisposeResult, error) {
	lease := t.held(w.cs, d.By, w.Now)
	if errors.Is(lease, ErrNotFound) {
		return DisposeResult{}, lease
	}
	if w.linked { // meanwhile
		return DisposeResult{}, ErrLinked
	}
	if d.Disposition.Answer() != "" || d.Disposition.OfFaces() {
		if hidden, err := t.hidden(w.cs, w.Now); err != nil || hidden {
			return DisposeResult{}, cmp.Or(err, ErrIdentityMissing)
		}
	}
	var said []queue.Said
	if err := t.all(&said, `SELECT task_id, lease, agent, disposition, final, note, at FROM dispositions WHERE task_id = ? ORDER BY at DESC, id DESC`, w.task.ID); err != nil {
		return DisposeResult{}, err
	}
	for i := range said {
		if said[i].Final || lease == nil && said[i].Lease == w.cs.Lease {
			return DisposeResult{Outcome: DisposedAlready, Stands: &said[i]}, nil
		}
	}
	if w.held {
		if err := t.concludeRefusal(&w.Standing); err != nil { // what speaks against it comes first
			return DisposeResult{}, err
		}
		if w.Status.Decided() {
			return DisposeResult{Outcome: DisposeDecided}, t.refusedLate(w, d, lease)
		}
		if d.Revision != w.Revision || w.task.Revision != w.Revision {
			return DisposeResult{Outcome: DisposeStale}, nil
		}
	}
	if lease != nil {
		return DisposeResult{}, lease
	}
	if w.task.Status != queue.TaskOpen {
		return DisposeResult{}, ErrLeaseLost
	}
	return t.take(w, d)
}

// refusedLate hears a customer who refuses on the phone what was decided a
// moment before: a release is offered for recall.
func (t *tx) refusedLate(w *work, d Dispose, lease error) error {
	answer := d.Disposition.Answer()
	if lease != nil || answer == "" || answer == hold.Approve {
		return nil
	}
	if err := t.recall(&w.Standing, answer, d.By.actor()); err != nil || answer != hold.NotMe {
		return err
	}
	return t.freeze(w.Customer, w.Now, d.By.actor(), "not_me", w.ID)
}

// take does what the disposition says.
func (t *tx) take(w *work, d Dispose) (res DisposeResult, err error) {
	res.Outcome = Disposed
	refuse := func(code hold.Refusal) (DisposeResult, error) {
		t.count("disposition_refused_" + string(code))
		return DisposeResult{Outcome: DisposeRefused, Refusal: code}, nil
	}
	var j hold.Verdict
	var leg hold.Leg
	var call string
	answer := d.Disposition.Answer()
	switch {
	case (w.task.Kind == queue.TaskFace) != d.Disposition.OfFaces():
		return refuse(hold.DispositionMismatch)
	case answer == "":
	case w.held && w.challenge == nil && answer == hold.Approve:
		return refuse(hold.NothingToConfirm)
	case w.challenge != nil:
		if late := w.Late(*w.challenge); late != hold.AnswerAccepted {
			return DisposeResult{Outcome: DisposeStale}, nil
		}
		if leg, call, err = t.proof(w, d.Live); err != nil {
			return res, err
		}
		if j, err = d.Judge(w.Hold, *w.challenge, leg, w.Now); err != nil {
			return res, err
		}
		if j.Refusal != "" {
			return refuse(j.Refusal)
		}
	}
	switch d.Disposition {
	case hold.SameFace:
		if why, err := t.unseen(w.Hold, lookOf(w.task, w.cs.Lease), d.By); err != nil || why != "" {
			return DisposeResult{Outcome: DisposeRefused, Refusal: why}, err
		}
	case hold.CallLater:
		if d.At <= w.Now || d.At >= w.task.Deadline {
			return refuse(hold.TimeInvalid)
		}
	case hold.OtherLanguage:
		if d.Language == "" {
			return refuse(hold.LanguageMissing)
		}
	case hold.WrongNumber:
		if call, err = t.lastCall(w.cs); err != nil {
			return res, err
		}
		if call == "" {
			return refuse(hold.CallMissing)
		}
	}
	two := answer == hold.Approve && w.held && (w.task.Scam || w.Terms.Callback.NeedsTwo(w.Request.Amount))
	final := answer != "" || d.Disposition == hold.OtherFace
	if _, err := t.exec(`INSERT INTO dispositions (id, task_id, lease, agent, disposition, final, note, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		NewID("disp"), w.task.ID, w.cs.Lease, d.By.Sub, d.Disposition, flag(final), d.Note, w.Now); err != nil {
		return res, err
	}
	if _, err := t.exec(`UPDATE tasks SET lease = ? WHERE id = ?`, w.cs.Lease, w.task.ID); err != nil {
		return res, err
	}
	body := map[string]any{"task_id": w.task.ID, "case_id": w.cs.ID, "lease": w.cs.Lease, "disposition": d.Disposition, "attempt": w.task.Attempt + 1}
	if d.Note != "" {
		body["note_digest"] = hold.DigestOf([]byte(d.Note))
	}
	if call != "" {
		body["call_id"], body["connected"], body["identified"] = call, int(leg.Connected/time.Second), leg.Identified
	}
	if err := t.entry(w.subject(), "task.disposed", d.By.actor(), w.Now, body); err != nil {
		return res, err
	}
	t.count("disposition_" + string(d.Disposition))
	switch {
	case two:
		res.Outcome = Reviewing
		res.ApprovalID, err = t.askSecond(w, d.By.actor(), d.Note)
	case answer != "":
		err = t.answered(w, d.By, j, answer)
	case d.Disposition.OfFaces():
		err = t.faceJudged(w, d.Disposition)
	case d.Disposition.Unreached():
		res.NextAt, err = t.unreached(w, d.Disposition == hold.WrongNumber, call)
	default:
		if d.Disposition.Escalates() {
			err = t.suspect(w, d.Disposition, d.By.actor())
		}
		if err == nil {
			err = t.handOn(w, d)
		}
		res.NextAt = d.At
	}
	if err != nil {
		return res, err
	}
	cs, err := t.lockCase(w.cs.ID)
	if err != nil || cs.Status == queue.CaseClosed {
		return res, err
	}
	return res, t.settleCase(cs, w.Now)
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// subject is the chain that a task's entries are on: its hold's, or its case's.
func (w *work) subject() string {
	if w.held {
		return string(w.ID)
	}
	return w.cs.ID
}

// answered makes the customer's word stand.
func (t *tx) answered(w *work, by By, j hold.Verdict, answer hold.Answer) error {
	switch {
	case w.challenge != nil:
		return t.stands(&w.Standing, w.challenge, Attempt{Via: "agent", Actor: by.actor(), more: map[string]any{"case_id": w.cs.ID, "task_id": w.task.ID}}, j)
	case !w.held:
		if answer == hold.NotMe {
			if err := t.freeze(w.Customer, w.Now, by.actor(), "not_me", ""); err != nil {
				return err
			}
		}
		return t.closeTasks(w.Customer.ID, "id", w.task.ID, "dealt_with", w.Now)
	}
	why := hold.ReasonRefused
	if answer == hold.NotMe {
		why = hold.ReasonNotMe
	}
	if err := t.decide(&w.Standing, hold.Reverse, why, by.actor()); err != nil {
		return err
	}
	if err := t.outbox(w.ID, OutboxWake, w.Now); err != nil || answer != hold.NotMe {
		return err
	}
	return t.freeze(w.Customer, w.Now, by.actor(), "not_me", w.ID)
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
	terms := w.Terms.Callback.Complete()
	w.task.Attempt++
	if w.task.Attempt >= len(terms.Plan) {
		return 0, t.notReached(w)
	}
	at := queue.Callable(terms, w.Customer, w.Now.Add(time.Duration(terms.Plan[w.task.Attempt])))
	if at.Ready >= w.task.Deadline {
		return 0, t.notReached(w)
	}
	w.task.Plan(at, terms)
	if err := t.planned(w.task); err != nil {
		return 0, err
	}
	return at.Ready, t.awaitTask(w.Hold, w.task, at.Ready.Add(queue.Promised))
}

// othersUncallable gives up what is asked by callback about the customer's other
// holds, where no number is left. What somebody confirmed already stays. The
// customer is locked.
func (t *tx) othersUncallable(w *work) error {
	var open []hold.Challenge
	if err := t.all(&open, `SELECT c.* FROM challenges c WHERE c.customer_id = ? AND c.channel = 'callback' AND c.status = 'open' AND c.hold_id <> ?
		AND NOT EXISTS (SELECT 1 FROM tasks k WHERE k.challenge_id = c.id AND k.status = 'review') ORDER BY c.hold_id, c.id`, w.Customer.ID, w.task.HoldID); err != nil {
		return err
	}
	for _, c := range open {
		var r holdRow
		if err := t.get(&r, `SELECT * FROM holds WHERE id = ?`, c.HoldID); err != nil {
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
	_, err := t.exec(`UPDATE tasks SET skill = ?, priority = ?, scam = ?, language = ?, attempt = ?, ready_at = ?, ready_until = ?, due_at = ? WHERE id = ?`,
		k.Skill, k.Priority, flag(k.Scam), k.Language, k.Attempt, k.ReadyAt, k.ReadyUntil, k.DueAt, k.ID)
	return err
}

// notReached leaves the rung as unanswered. The task stays, so that a customer
// who rings back is still asked; nobody is sent after them any more.
func (t *tx) notReached(w *work) error {
	if err := t.entry(w.subject(), "task.not_reached", ActorSystem, w.Now, map[string]any{"task_id": w.task.ID, "attempts": w.task.Attempt}); err != nil {
		return err
	}
	if !w.held || w.challenge == nil {
		return t.closeTasks(w.Customer.ID, "id", w.task.ID, "not_reached", w.Now)
	}
	w.task.Plan(queue.Window{Ready: w.task.Deadline}, hold.CallbackTerms{})
	if err := t.planned(w.task); err != nil {
		return err
	}
	rung := w.Terms.Ladder.Rungs[w.challenge.Rung]
	if w.challenge.Rung != w.Rung {
		return nil
	}
	ends := w.Now
	if len(rung.Asks) > 1 && rung.Quorum != hold.All { // the other channels have the rung's own time
		ends = max(ends, w.RungOpenedAt.Add(time.Duration(rung.Timeout)))
	}
	if _, err := t.exec(`UPDATE holds SET rung_ends_at = ?, look_at = ? WHERE id = ? AND rung_ends_at > ?`, ends, ends, w.ID, ends); err != nil {
		return err
	}
	return t.outbox(w.ID, OutboxWake, w.Now)
}

// spoil marks the number that was called as of no use for this customer.
func (t *tx) spoil(w *work, call string) error {
	var number string
	if err := t.get(&number, `SELECT number_id FROM calls WHERE id = ?`, call); err != nil {
		return err
	}
	if _, err := t.exec(`UPDATE phones SET unusable_at = ? WHERE customer_id = ? AND number_id = ? AND unusable_at = 0`, w.Now, w.Customer.ID, number); err != nil {
		return err
	}
	if p := w.Customer.Phone(number); p != nil {
		p.UnusableAt = w.Now
	}
	if err := t.entry("customer:"+string(w.Customer.ID), "number.unusable", ActorSystem, w.Now, map[string]any{"number_id": number, "call_id": call}); err != nil {
		return err
	}
	return t.dropNumber(w.Customer.ID, number, w.Now)
}

// handOn passes the task to a supervisor, a speaker, or a later time.
func (t *tx) handOn(w *work, d Dispose) error {
	k, terms := w.task, w.Terms.Callback.Complete()
	at := queue.Callable(terms, w.Customer, w.Now)
	if w.cs.InboundLease == w.cs.Lease { // on the line, or a moment ago
		at = queue.TheyAreThere(terms, w.Customer, w.Now)
	}
	switch {
	case d.Disposition.Escalates():
		k.Skill, k.Priority = queue.SkillSupervisor, min(hold.PriorityInbound-1, k.Priority+escalatedBy)
		k.Scam = k.Scam || d.Disposition == hold.SuspectedScam
	case d.Disposition == hold.OtherLanguage:
		k.Language = d.Language
	default:
		at = queue.TheyAreThere(terms, w.Customer, d.At)
	}
	k.Plan(at, terms)
	if err := t.planned(k); err != nil || !w.held {
		return err
	}
	until := at.Ready.Add(queue.Promised)
	if d.Disposition.Escalates() { // only a supervisor's word ends it now, or the deadline
		until = w.Deadline
	}
	return t.awaitTask(w.Hold, k, until)
}
