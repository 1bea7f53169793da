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
	Document    Document     // for document_checked
}

// Facts is what is on record as an agent says it. Hold is the zero value, but for
// customer and time, when the task is about the customer.
type Facts struct {
	Hold      hold.Standing
	Challenge *hold.Challenge // what the task asks; nil: nothing
	Case      Case
	Task      Task
	Agent     Agent
	Role      Role
	Calls     []Call       // of the case
	Live      Live         // of those that have not ended
	Waits     *Approval    // what somebody confirmed without a proof, and a second person is to hear; nil: nothing
	Reviewed  bool         // something else of the hold waits for a second person
	Verdict   hold.Verdict // the channel's, on what Proof gives, when the word answers the challenge
	Unseen    hold.Refusal // why nobody may take the pictures of a face for the customer's
}

// about tells whether the task is about a hold.
func (f Facts) about() bool { return f.Task.HoldID != "" }

// Proof is what the calls of the lease prove, and who vouches for it. What the customer
// does in the app is no part of it: who deceives them has them approve there, and then
// one agent's word would be all that there is of a talk.
func (f Facts) Proof() hold.Leg {
	leg := Proof(f.Case, f.Calls, f.Hold.Customer, f.Live, f.Hold.Now)
	leg.Vouched = f.about() && (f.oneTalk() || f.second())
	return leg
}

// oneTalk tells whether the policy lets one agent's talk suffice: for small
// amounts, without the app, and where nobody doubts anything.
func (f Facts) oneTalk() bool {
	return !f.Hold.Customer.HasApp() && f.Hold.Terms.Callback.TalkSuffices(f.Hold.Request.Amount) &&
		!f.Task.Scam && !f.Hold.Doubted()
}

// second tells whether this is the second person, on the line themselves.
func (f Facts) second() bool {
	return f.Waits != nil && !f.first() && SecondOf(*f.Waits, f.Task, f.Hold, f.Agent, f.Role) == "" &&
		Heard(*f.Waits, f.Agent.Sub, f.Calls, f.Hold.Customer, f.Live, f.Hold.Now)
}

// first tells whether this is who confirmed it before.
func (f Facts) first() bool { return f.Waits != nil && f.Waits.First == f.Agent.Actor() }

// Next is what follows from a disposition.
type Next string

const (
	NextStands   Next = "stands"   // the customer's answer stands, as the answer to the question
	NextReverse  Next = "reverse"  // they refuse what nobody asks: the hold is reversed
	NextClose    Next = "close"    // the task, which is about no hold, is dealt with
	NextSecond   Next = "second"   // a second person looks at it first
	NextTalk     Next = "talk"     // a second person speaks with the customer first, in a call of their own
	NextSeconded Next = "seconded" // this was the second person: the answer stands
	NextFace     Next = "face"     // the pictures are judged, and not for the customer's
	NextAttempt  Next = "attempt"  // the plan's next, or none is left
	NextHandOn   Next = "hand_on"  // to a supervisor, a speaker, or a later time
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
//
// The guards run in this order: is it of such a task, does the agent have the
// authority, is what it rests on there. Whoever has the case may hear a refusal
// or a suspicion: those are never refused for who heard them.
func Rule(f Facts, w Word) Ruling {
	d, answer := w.Disposition, w.Disposition.Answer()
	switch {
	case !f.Role.Says(d), f.Task.Kind.Urgent() && !f.Role.Queues(): // who asked for help is called, whoever is at a counter
		return Ruling{Refusal: hold.RoleMissing}
	case !f.Task.Kind.takes(d):
		return Ruling{Refusal: hold.DispositionMismatch}
	case d == hold.DocumentChecked:
		return f.document(w)
	}
	if against := answer == hold.Deny || answer == hold.NotMe || d.Escalates(); !against {
		if why := f.Agent.Takes(f.Task, f.Role); why != "" {
			return Ruling{Refusal: why}
		}
	}
	switch {
	case answer != "":
		return f.answer(d, answer)
	case d.OfFaces():
		return Ruling{Next: NextFace, Final: d == hold.OtherFace}
	case d == hold.SafeNow:
		return f.safe()
	case d.Unreached():
		return f.unreached()
	case d == hold.CallLater && (w.At <= f.Hold.Now || w.At >= f.Task.Deadline):
		return Ruling{Refusal: hold.TimeInvalid}
	case d == hold.OtherLanguage && w.Language == "":
		return Ruling{Refusal: hold.LanguageMissing}
	case d == hold.Scammed && f.Role == RoleSupervisor:
		return Ruling{Next: NextClose, Final: true, Suspect: true}
	}
	return Ruling{Next: NextHandOn, Suspect: d.Escalates()}
}

// takes tells whether a disposition is one of such a task.
func (k TaskKind) takes(d hold.Disposition) bool {
	switch {
	case k.Urgent():
		return d.OfUrgent() || d == hold.NotTheirs
	case k == TaskFace:
		return d.OfFaces()
	}
	return !d.OfUrgent() && !d.OfFaces()
}

// answer rules on a customer's answer. An approval is worth what the channel
// says of the calls; refusing is always allowed.
func (f Facts) answer(d hold.Disposition, answer hold.Answer) Ruling {
	r := Ruling{Next: NextStands, Final: true, Freeze: answer == hold.NotMe}
	switch {
	case f.Challenge != nil && f.Hold.Takes(*f.Challenge, answer) != hold.AnswerAccepted:
		return Ruling{Late: true}
	case f.Challenge != nil && answer == hold.Approve:
		r.Leg = f.Proof()
		return f.approve(r, d)
	case f.Challenge != nil:
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
	return r
}

// approve rules on an approval of what the task asks: it stands, or a second
// person looks, or speaks with the customer as well.
func (f Facts) approve(r Ruling, d hold.Disposition) Ruling {
	switch why := f.Verdict.Refusal; {
	case why != hold.CallMissing && f.Hold.MayPay(*f.Challenge, f.Hold.Now) != "":
		return Ruling{Refusal: f.Hold.MayPay(*f.Challenge, f.Hold.Now)}
	case why == hold.IdentityMissing && f.first():
		return Ruling{Refusal: hold.SamePerson}
	case why == hold.IdentityMissing && f.Reviewed:
		return Ruling{Refusal: hold.ApprovalPending}
	case why == hold.IdentityMissing:
		r.Next, r.Final = NextTalk, false
		return r
	case why == hold.CallMissing && f.unsettled():
		return Ruling{Refusal: hold.ProviderSilent}
	case why != "":
		return Ruling{Refusal: why}
	case d == hold.SameFace && f.Unseen != "":
		return Ruling{Refusal: f.Unseen}
	case f.second():
		r.Next = NextSeconded
	case NeedsTwo(f.Task, f.Hold) && f.Reviewed:
		return Ruling{Refusal: hold.ApprovalPending}
	case NeedsTwo(f.Task, f.Hold):
		r.Next = NextSecond
	}
	return r
}

// unsettled tells whether a call would do if it goes on, as it does as far as we
// know, and the provider has not said so.
func (f Facts) unsettled() bool {
	told := f.Proof().Connected
	f.Live = AsFarAsKnown
	return told < hold.MinConnected && f.Proof().Connected >= hold.MinConnected
}

// safe rules on a customer who was spoken to and is safe.
func (f Facts) safe() Ruling {
	f.Live = AsFarAsKnown
	leg := f.Proof()
	if leg.Connected < hold.MinConnected && !leg.Identified {
		return Ruling{Refusal: hold.CallMissing}
	}
	return Ruling{Next: NextClose, Final: true, Leg: leg}
}

// unreached rules on a customer who was not spoken to: it takes a call that rang.
func (f Facts) unreached() Ruling {
	rang := Rang(f.Calls, f.Case.Lease)
	if rang == nil {
		return Ruling{Refusal: hold.CallMissing}
	}
	return Ruling{Next: NextAttempt, Leg: hold.Leg{Call: rang.ID}}
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
	if f.Case.RangIn() || f.Role == RoleBranch { // with us, or a moment ago
		at = TheyAreThere(terms, c, now)
	}
	switch {
	case w.Disposition.Escalates():
		k.Skill, k.Priority = SkillSupervisor, max(k.Priority, min(hold.PriorityInbound-1, k.Priority+escalatedBy))
		k.Scam = k.Scam || w.Disposition != hold.Vulnerable
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

// HandToSecond plans a task for a second person's call, and tells until when the
// open rung waits for it.
func HandToSecond(f Facts) (Task, hold.Instant) {
	k, terms := f.Task, f.Hold.Terms.Callback.Complete()
	k.Plan(TheyAreThere(terms, f.Hold.Customer, f.Hold.Now), terms)
	if f.Hold.Mule() || f.Role == RoleBranch && takesSupervisor(k, f.Hold) {
		k.Skill = SkillSupervisor
	}
	return k, f.Hold.Deadline
}
