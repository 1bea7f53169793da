package hold

import (
	"math/bits"
	"slices"
	"time"
)

// Disposition is the result of an agent's work on one task.
type Disposition string

const (
	Confirmed     Disposition = "confirmed"      // the customer approves, on a call that Holdfast placed
	Refused       Disposition = "refused"        // wrong, or changed their mind
	NotTheirs     Disposition = "not_me"         // somebody else made the payment
	SuspectedScam Disposition = "suspected_scam" // goes to a supervisor
	NoAnswer      Disposition = "no_answer"
	Voicemail     Disposition = "voicemail"
	WrongNumber   Disposition = "wrong_number" // the contact is of no use any more
	OtherLanguage Disposition = "language"     // goes to somebody who speaks it
	ThirdParty    Disposition = "third_party"  // somebody else answered
	Vulnerable    Disposition = "vulnerable"   // goes to a supervisor
	CallLater     Disposition = "call_later"   // the customer named a time
	// DocumentChecked is said at a branch's counter: the clerk looked at an identity
	// document. It is a claim, and no answer of the customer's.
	DocumentChecked Disposition = "document_checked"

	// Of a face check.
	SameFace  Disposition = "same"     // the person of the portrait, and the gesture
	OtherFace Disposition = "not_same" // somebody else
	NoFace    Disposition = "unusable" // cannot be told from these pictures
)

// Of a call to a customer who is frozen or asks for help. None releases anything.
const (
	SafeNow    Disposition = "safe_now"    // they were spoken to, and nobody harms them now
	Scammed    Disposition = "scam"        // somebody deceives them; goes to a supervisor
	NotReached Disposition = "not_reached" // the next attempt is due
)

// Dispositions lists every Disposition.
var Dispositions = []Disposition{Confirmed, Refused, NotTheirs, SuspectedScam, NoAnswer, Voicemail, WrongNumber, OtherLanguage, ThirdParty,
	Vulnerable, CallLater, DocumentChecked, SameFace, OtherFace, NoFace, SafeNow, Scammed, NotReached}

// Answer is the customer's answer that a disposition brings, empty when it
// brings none.
func (d Disposition) Answer() Answer {
	switch d {
	case Confirmed, SameFace:
		return Approve
	case Refused:
		return Deny
	case NotTheirs:
		return NotMe
	}
	return ""
}

// Unreached tells whether the customer was not spoken to, so that the next
// attempt of the plan is due.
func (d Disposition) Unreached() bool {
	return slices.Contains([]Disposition{NoAnswer, Voicemail, WrongNumber, ThirdParty, NotReached}, d)
}

// OfFaces tells whether the disposition judges a face check, and nothing else.
func (d Disposition) OfFaces() bool { return d == SameFace || d == OtherFace || d == NoFace }

// OfUrgent tells whether the disposition is of a call to a customer who is frozen
// or asks for help. NotTheirs is of every call.
func (d Disposition) OfUrgent() bool { return d == SafeNow || d == Scammed || d == NotReached }

// Escalates tells whether the task goes on to a supervisor.
func (d Disposition) Escalates() bool { return d == SuspectedScam || d == Vulnerable || d == Scammed }

// CallbackTerms are what the policy says of calls. They are pinned with the
// hold; the zero value stands for the defaults and asks for a second person at
// every amount.
type CallbackTerms struct {
	// FourEyes are the amounts, in minor units by currency, above which a
	// second person confirms. A currency that is not named always needs one.
	FourEyes map[string]int64 `json:"four_eyes,omitempty"`
	// OneTalk are the amounts, in minor units by currency, up to which one agent's
	// talk with a customer who has no app is enough, though nobody else vouches
	// for who it was. None by default: it is what one dishonest agent can take.
	OneTalk map[string]int64 `json:"one_talk,omitempty"`
	// NoUrgent leaves a customer who is frozen after a not_me to call us.
	NoUrgent bool `json:"no_urgent,omitempty"`
	// Plan is when to try: each after the one before. Its first is counted from
	// the rung's opening.
	Plan []Duration `json:"plan,omitempty"`
	// Hours are those of the customer's day in which we call.
	Hours *Span `json:"hours,omitempty"`
	// Target is within how long a task that is due should be answered.
	Target Duration `json:"target,omitempty"`
}

// The defaults of CallbackTerms.
var (
	DefaultPlan   = []Duration{0, Duration(15 * time.Minute), Duration(2 * time.Hour)}
	DefaultHours  = Span{From: 8 * 60, To: 20 * 60}
	DefaultTarget = Duration(15 * time.Minute)
)

// Complete fills in the defaults.
func (t CallbackTerms) Complete() CallbackTerms {
	if len(t.Plan) == 0 {
		t.Plan = DefaultPlan
	}
	if t.Hours == nil {
		h := DefaultHours
		t.Hours = &h
	}
	if t.Target == 0 {
		t.Target = DefaultTarget
	}
	return t
}

// NeedsTwo tells whether an amount takes a second person.
func (t CallbackTerms) NeedsTwo(m Money) bool {
	limit, ok := t.FourEyes[m.Currency]
	return !ok || m.Minor > limit
}

// TalkSuffices tells whether one agent's talk is enough for an amount, without
// the app.
func (t CallbackTerms) TalkSuffices(m Money) bool {
	limit, ok := t.OneTalk[m.Currency]
	return ok && m.Minor <= limit
}

// CallTime is the first moment from at on that lies within the hours, in the
// customer's zone.
func (t CallbackTerms) CallTime(at Instant, zone *time.Location) Instant {
	hours, local := *t.Complete().Hours, at.Time().In(zone)
	if hours.Contains(local.Hour()*60 + local.Minute()) {
		return at
	}
	// The hours begin today or tomorrow, or a day later where a zone left a day
	// out.
	for day := 0; ; day++ {
		begin := time.Date(local.Year(), local.Month(), local.Day()+day, hours.From/60, hours.From%60, 0, 0, zone)
		if begin.After(local) {
			return At(begin)
		}
	}
}

// CallEnd is when the hours end that an instant lies in, in the customer's
// zone: the instant itself outside them, 0 when they never end.
func (t CallbackTerms) CallEnd(at Instant, zone *time.Location) Instant {
	hours, local := *t.Complete().Hours, at.Time().In(zone)
	switch {
	case hours.From == 0 && hours.To == 24*60:
		return 0
	case !hours.Contains(local.Hour()*60 + local.Minute()):
		return at
	}
	for day := 0; ; day++ {
		if end := time.Date(local.Year(), local.Month(), local.Day()+day, hours.To/60, hours.To%60, 0, 0, zone); end.After(local) {
			return At(end)
		}
	}
}

// Priorities of tasks: the higher comes first.
const (
	PriorityHelp    = 1000 // the customer asks for help now
	PriorityFreeze  = 950  // they are frozen, and were promised a call
	PriorityInbound = 900
	defaultAsk      = 5 // of an ask without its own
)

// Priority ranks a task, 1 to 999: the policy's word first (hundreds), then
// risk (to 50), the amount's size (to 40), and little time left (to 9). The
// deadline itself breaks ties.
//
// How large an amount is, the bank says, by the one above which a second person
// confirms in that currency: that ranks 20, twice it 21, half of it 19. 500,000
// minor units are much in EUR and little in HUF.
func Priority(h Hold, ask Ask, now Instant) int {
	p := ask.Priority
	if p == 0 {
		p = defaultAsk
	}
	left := h.Deadline.Sub(now)
	hurry := max(0, 9-int(left/(10*time.Minute)))
	return p*100 + h.Request.Risk.Score/20 + h.Terms.Callback.size(h.Request.Amount) + min(9, hurry)
}

// Priority ranks a task about the hold. One because of its payee never comes before
// customers who turn to us, however many there are.
func (s Standing) Priority(ask Ask) int {
	p := Priority(s.Hold, ask, s.Now)
	if s.Mule() {
		p = min(p, PriorityInbound-1)
	}
	return p
}

// size is 20 for the amount above which two confirm, one more or less for each
// doubling or halving, and 20 for a currency that the bank has named none in.
func (t CallbackTerms) size(m Money) int {
	const usual, most = 20, 40
	limit, ok := t.FourEyes[m.Currency]
	if !ok {
		return usual
	}
	log := func(minor int64) int { return bits.Len64(uint64(max(0, minor))) } //nolint:gosec // above zero
	return max(0, min(most, usual+log(m.Minor)-log(limit)))
}

// Leg is what a call proves of the customer.
type Leg struct {
	Call       string        // the longest that proves anything; empty: none
	Connected  time.Duration // as the provider reports it; a machine is no talk
	Identified bool          // they read out, within the same lease, the number that their signed-in app showed
	// Vouched: without it, a second person with a call of their own says who it was,
	// or the policy lets a talk suffice, for small amounts.
	Vouched bool
}

// MinConnected is how long a call must have been connected for a customer's
// approval on it to count.
const MinConnected = 30 * time.Second

// Call is one call on its way: the agent first, then the customer.
type Call struct {
	ID         string // call_…
	CustomerID CustomerID
	Agent      string // E.164; never in a log, an error or a history
	Customer   string // E.164; the same
	Locale     string // the agent's language is English; the customer's is this
	Rules      ContactRules
	CreatedAt  Instant
	Known      []string // the provider's ids of other calls to this agent
	Repeated   bool     // a try before this one did not report back: it may ring
}
