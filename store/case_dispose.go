package store

import (
	"context"
	"errors"
	"maps"

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
	Live        queue.Live     // the provider's word about the call that has not ended
	At          hold.Instant   // for call_later
	Language    string         // for language
	Document    queue.Document // for document_checked
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
	Talk       bool         // the second person speaks with the customer, too
	NextAt     hold.Instant // of the next attempt, when there is one
	Spent      bool         // nobody is sent after the customer any more
}

func refusing(why hold.Refusal) DisposeResult {
	return DisposeResult{Outcome: DisposeRefused, Refusal: why}
}

// work is a task with everything around it, locked.
type work struct {
	hold.Standing
	ofHold    bool // the task is about one
	agent     queue.Agent
	waits     *queue.Approval // what a second person is to hear
	task      queue.Task
	cs        queue.Case
	calls     []queue.Call
	challenge *hold.Challenge
}

// Dispose takes a disposition in one transaction.
func (s *Store) Dispose(ctx context.Context, d Dispose) (res DisposeResult, err error) {
	err = s.update(ctx, func(t *tx) error {
		w, err := t.fetchTask(d.By, d.CaseID, d.TaskID)
		if err != nil {
			return err
		}
		res, err = t.dispose(w, d)
		res.HoldID, res.Decision, res.Revision = w.ID, w.Decision, w.Revision
		return err
	})
	return res, err
}

// fetchTask locks in order and reads. Who never had the case learns nothing.
func (t *tx) fetchTask(by By, caseID, taskID string) (w *work, err error) {
	a, err := t.acting(by)
	if err != nil {
		return nil, err
	}
	w = &work{}
	if err := t.get(&w.task, `SELECT * FROM tasks WHERE id = ? AND case_id = ?`, taskID, caseID); err != nil {
		return nil, err
	}
	w.agent = a
	gone, err := t.firstOf(w)
	if err != nil {
		return nil, err
	}
	w.ofHold = w.task.HoldID != ""
	if w.Standing, w.cs, err = t.lockWork(w.task.HoldID, w.task.CustomerID, caseID); err != nil {
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
	if w.calls, err = t.callsOf(w.cs); err != nil {
		return nil, err
	}
	if w.waits, err = t.talkAwaited(w.task.ID); gone != "" {
		w.waits = nil // whoever revokes or links them voids it
	}
	return w, err
}

// firstOf locks who confirmed a task without a proof, before anything else is
// locked, and says why their word is void.
func (t *tx) firstOf(w *work) (gone string, err error) {
	a, err := t.talkAwaited(w.task.ID)
	if err != nil || a == nil {
		return "", err
	}
	return t.firstGone(*a)
}

// talkAwaited is what a second person is to hear about a task; nil: nothing.
func (t *tx) talkAwaited(task string) (*queue.Approval, error) {
	var a queue.Approval
	err := t.get(&a, `SELECT * FROM approvals WHERE task_id = ? AND status = 'pending' AND talk = 1`, task)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return &a, err
}

// callsOf are a case's calls, the earliest first.
func (t *tx) callsOf(cs queue.Case) (calls []queue.Call, err error) {
	return calls, t.all(&calls, `SELECT * FROM calls WHERE case_id = ? ORDER BY created_at, id`, cs.ID)
}

// hidden tells whether the customer who rang in is nobody yet.
func (w *work) hidden() bool {
	return queue.Hidden(w.cs, queue.Proof(w.cs, w.calls, w.Customer, queue.AsFarAsKnown, w.Now))
}

func (t *tx) dispose(w *work, d Dispose) (DisposeResult, error) {
	why, err := t.mayWork(w.agent, w.cs, w.Now)
	if err != nil || why == hold.AgentLinked {
		return refusing(why), err
	}
	if (d.Disposition.Answer() != "" || d.Disposition.OfFaces() || d.Disposition == hold.SafeNow) && w.hidden() {
		return refusing(hold.IdentityMissing), nil
	}
	var said []queue.Said
	if err := t.all(&said, `SELECT task_id, lease, agent, disposition, final, note, at FROM dispositions
		WHERE task_id = ? ORDER BY at DESC, id DESC`, w.task.ID); err != nil {
		return DisposeResult{}, err
	}
	for i := range said {
		if said[i].Final || why == "" && said[i].Lease == w.cs.Lease {
			return DisposeResult{Outcome: DisposedAlready, Stands: &said[i]}, nil
		}
	}
	if w.ofHold {
		if err := t.concludeRefusal(&w.Standing); err != nil { // what speaks against it comes first
			return DisposeResult{}, err
		}
		if w.Status.Decided() {
			return DisposeResult{Outcome: DisposeDecided}, t.refusedLate(w, d, why)
		}
		if d.Revision != w.Revision || w.task.Revision != w.Revision {
			return DisposeResult{Outcome: DisposeStale}, nil
		}
	}
	if why != "" || w.task.Status != queue.TaskOpen {
		return refusing(hold.LeaseLost), nil
	}
	return t.take(w, d)
}

// refusedLate hears a customer who refuses on the phone what was decided a
// moment before: a release is offered for recall, as is one of which an agent hears
// that it was a scam, and not_me freezes. The
// decision has mostly ended the lease.
func (t *tx) refusedLate(w *work, d Dispose, lost hold.Refusal) error {
	answer := d.Disposition.Answer()
	if d.Disposition != hold.SuspectedScam && (answer == "" || answer == hold.Approve) {
		return nil
	}
	if lost != "" {
		if theirs, err := t.endedByDecision(w, d.By); err != nil || !theirs {
			return err
		}
	}
	if d.Disposition == hold.SuspectedScam {
		if err := t.reported(w.ID, w.PayeeID, w.Customer.ID, string(hold.RecallScammed)); err != nil {
			return err
		}
		return t.proposeRecall(&w.Standing, hold.RecallScammed, "", d.By.actor())
	}
	if err := t.recall(&w.Standing, answer, d.By.actor(), w.knownBy(d.Live)); err != nil || answer != hold.NotMe || w.Customer.FrozenAt != 0 {
		return err
	}
	return t.freeze(w.Customer, w.Now, d.By.actor(), "not_me", w.ID)
}

// endedByDecision tells whether the case's last lease, as the decision closed the
// task not long ago, was the agent's.
func (t *tx) endedByDecision(w *work, by By) (theirs bool, err error) {
	if w.task.Cause != "decided" || w.Now >= w.task.ClosedAt.Add(queue.LeaseLife) {
		return false, nil
	}
	var last string
	err = t.get(&last, `SELECT agent FROM leases WHERE case_id = ? AND began_at <= ? ORDER BY lease DESC LIMIT 1`, w.cs.ID, w.task.ClosedAt)
	return last == by.Sub, err
}

// take puts the disposition on record and does what follows from it.
func (t *tx) take(w *work, d Dispose) (DisposeResult, error) {
	f, err := t.facts(w, d)
	if err != nil {
		return DisposeResult{}, err
	}
	r := queue.Rule(f, d.word())
	switch {
	case r.Late:
		return DisposeResult{Outcome: DisposeStale}, nil
	case r.Refusal != "":
		t.count("disposition_refused_" + string(r.Refusal))
		return refusing(r.Refusal), nil
	}
	if err := t.disposed(w, d, r); err != nil {
		return DisposeResult{}, err
	}
	res, err := t.ensue(w, d, f, r)
	if err != nil {
		return res, err
	}
	cs, err := t.lockCase(w.cs.ID)
	if err != nil || cs.Status == queue.CaseClosed {
		return res, err
	}
	return res, t.settleCase(cs, w.Now)
}

func (d Dispose) word() queue.Word {
	return queue.Word{Disposition: d.Disposition, At: d.At, Language: d.Language, Document: d.Document}
}

// facts is what bears on a disposition.
func (t *tx) facts(w *work, d Dispose) (f queue.Facts, err error) {
	f = queue.Facts{Hold: w.Standing, Challenge: w.challenge, Case: w.cs, Task: w.task, Agent: w.agent, Role: d.By.Role,
		Calls: w.calls, Live: d.Live, Waits: w.waits}
	if d.Disposition.Answer() != "" && w.challenge != nil {
		if f.Verdict, err = d.Judge(w.Hold, *w.challenge, f.Proof(), w.Now); err != nil {
			return f, err
		}
	}
	if f.Reviewed, err = t.reviewed(w); err != nil {
		return f, err
	}
	if d.Disposition == hold.SameFace {
		f.Unseen, err = t.unseen(w.Hold, lookOf(w.task, w.cs.Lease), d.By)
	}
	return f, err
}

// reviewed tells whether another task of the hold waits for a second person.
func (t *tx) reviewed(w *work) (bool, error) {
	var n int
	err := t.get(&n, `SELECT COUNT(*) FROM approvals WHERE kind = 'confirm' AND hold_id = ? AND task_id <> ? AND status = 'pending'`,
		w.task.HoldID, w.task.ID)
	return n > 0, err
}

// disposed puts on record what the agent said.
func (t *tx) disposed(w *work, d Dispose, r queue.Ruling) error {
	if _, err := t.exec(`INSERT INTO dispositions (id, task_id, lease, agent, disposition, final, note, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		NewID("disp"), w.task.ID, w.cs.Lease, d.By.Sub, d.Disposition, flag(r.Final), d.Note, w.Now); err != nil {
		return err
	}
	if _, err := t.exec(`UPDATE tasks SET lease = ? WHERE id = ?`, w.cs.Lease, w.task.ID); err != nil {
		return err
	}
	body := map[string]any{"task_id": w.task.ID, "case_id": w.cs.ID, "lease": w.cs.Lease, "disposition": d.Disposition,
		"attempt": w.task.Attempt + 1, "via": d.By.via()}
	if d.Disposition == hold.DocumentChecked {
		body["document"] = d.Document
	}
	if d.Note != "" {
		body["note_digest"] = hold.DigestOf([]byte(d.Note))
	}
	maps.Copy(body, queue.Told(r.Leg))
	t.count("disposition_" + string(d.Disposition))
	return t.entry(w.subject(), "task.disposed", d.By.actor(), w.Now, body)
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// subject is the chain that a task's entries are on: its hold's, or its case's.
func (w *work) subject() string {
	if w.ofHold {
		return string(w.ID)
	}
	return w.cs.ID
}
