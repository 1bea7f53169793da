package queue

import (
	"time"

	"holdfast/hold"
)

// Word is what an agent says of one task.
type Word struct {
	Disposition hold.Disposition
	At          hold.Instant // for call_later
	Language    string       // for language
}

// Facts is what is on record as an agent says it. Hold is the zero value, but for
// customer and time, when the task is about the customer.
type Facts struct {
	Hold      hold.Standing
	Challenge *hold.Challenge // what the task asks; nil: nothing
	Case      Case
	Task      Task
	Calls     []Call       // of the case
	Live      Live         // of those that have not ended
	Verdict   hold.Verdict // the channel's, on what Proof gives, when the word answers the challenge
	Unseen    hold.Refusal // why nobody may take the pictures of a face for the customer's
}

// about tells whether the task is about a hold.
func (f Facts) about() bool { return f.Task.HoldID != "" }

// Proof is what the calls of the lease prove.
func (f Facts) Proof() hold.Leg {
	return Proof(f.Case, f.Calls, f.Hold.Customer, f.Live, f.Hold.Now)
}

// Next is what follows from a disposition.
type Next string

const (
	NextStands  Next = "stands"  // the customer's answer stands, as the answer to the question
	NextReverse Next = "reverse" // they refuse what nobody asks: the hold is reversed
	NextClose   Next = "close"   // the task, which is about no hold, is dealt with
	NextSecond  Next = "second"  // a second person looks at it first
	NextFace    Next = "face"    // the pictures are judged, and not for the customer's
	NextAttempt Next = "attempt" // the plan's next, or none is left
	NextHandOn  Next = "hand_on" // to a supervisor, a speaker, or a later time
)

// Ruling is what a disposition comes to.
type Ruling struct {
	Refusal hold.Refusal // why it is not taken; the rest is empty then
	Late    bool         // the question cannot be answered any more; the same
	Next    Next
	Final   bool     // nobody says anything else of the task
	Leg     hold.Leg // what the calls of the lease prove; Call is the one that the word is about
	Freeze  bool
	Suspect bool // the agent has a suspicion
}

// Rule says what follows when an agent says something of a task that is theirs.
// It is pure, and the only place that decides what a disposition is worth: what
// a console offers is told by the same.
func Rule(f Facts, w Word) Ruling {
	answer := w.Disposition.Answer()
	switch {
	case (f.Task.Kind == TaskFace) != w.Disposition.OfFaces():
		return Ruling{Refusal: hold.DispositionMismatch}
	case answer != "":
		return f.answer(w.Disposition, answer)
	case w.Disposition.OfFaces():
		return Ruling{Next: NextFace, Final: w.Disposition == hold.OtherFace}
	case w.Disposition.Unreached():
		return f.unreached(w.Disposition)
	case w.Disposition == hold.CallLater && (w.At <= f.Hold.Now || w.At >= f.Task.Deadline):
		return Ruling{Refusal: hold.TimeInvalid}
	case w.Disposition == hold.OtherLanguage && w.Language == "":
		return Ruling{Refusal: hold.LanguageMissing}
	}
	return Ruling{Next: NextHandOn, Suspect: w.Disposition.Escalates()}
}

// answer rules on a customer's answer. An approval is worth what the channel
// says of the calls; refusing is always allowed.
func (f Facts) answer(d hold.Disposition, answer hold.Answer) Ruling {
	r := Ruling{Next: NextStands, Final: true, Freeze: answer == hold.NotMe}
	switch {
	case f.Challenge != nil:
		if f.Hold.Takes(*f.Challenge, answer) != hold.AnswerAccepted {
			return Ruling{Late: true}
		}
		if f.Verdict.Refusal != "" {
			return Ruling{Refusal: f.Verdict.Refusal}
		}
		r.Leg = f.Proof()
	case f.about() && answer == hold.Approve:
		return Ruling{Refusal: hold.NothingToConfirm}
	case f.about():
		r.Next = NextReverse
	default:
		r.Next = NextClose
	}
	switch {
	case d == hold.SameFace && f.Unseen != "":
		return Ruling{Refusal: f.Unseen}
	case answer == hold.Approve && f.about() && NeedsTwo(f.Task, f.Hold.Hold):
		r.Next = NextSecond
	}
	return r
}

// unreached rules on a customer who was not spoken to.
func (f Facts) unreached(d hold.Disposition) Ruling {
	r := Ruling{Next: NextAttempt}
	if d == hold.WrongNumber {
		rang := Rang(f.Calls, f.Case.Lease)
		if rang == nil {
			return Ruling{Refusal: hold.CallMissing}
		}
		r.Leg.Call = rang.ID
	}
	return r
}

// Unreached plans the next attempt at a customer who was not reached. It tells
// whether there is one: the plan may be spent, or the deadline comes first.
func Unreached(k Task, terms hold.CallbackTerms, c hold.Customer, now hold.Instant) (Task, bool) {
	terms = terms.Complete()
	k.Attempt++
	if k.Attempt >= len(terms.Plan) {
		return k, false
	}
	at := Callable(terms, c, now.Add(time.Duration(terms.Plan[k.Attempt])))
	if at.Ready >= k.Deadline {
		return k, false
	}
	k.Plan(at, terms)
	return k, true
}

// escalatedBy is what a supervisor's task gains.
const escalatedBy = 100

// HandOn passes a task on as the word says, and tells until when the open rung
// waits for it: only a supervisor's word ends what was escalated, or the
// deadline.
func HandOn(f Facts, w Word) (Task, hold.Instant) {
	k, c, now, terms := f.Task, f.Hold.Customer, f.Hold.Now, f.Hold.Terms.Callback.Complete()
	at := Callable(terms, c, now)
	if f.Case.RangIn() { // on the line, or a moment ago
		at = TheyAreThere(terms, c, now)
	}
	switch {
	case w.Disposition.Escalates():
		k.Skill, k.Priority = SkillSupervisor, min(hold.PriorityInbound-1, k.Priority+escalatedBy)
		k.Scam = k.Scam || w.Disposition == hold.SuspectedScam
	case w.Disposition == hold.OtherLanguage:
		k.Language = w.Language
	default:
		at = TheyAreThere(terms, c, w.At)
	}
	k.Plan(at, terms)
	if w.Disposition.Escalates() {
		return k, f.Hold.Deadline
	}
	return k, at.Ready.Add(Promised)
}
