package hold

import "time"

// TextKind says what a text message is for.
type TextKind string

const (
	TextChallenge TextKind = "challenge" // asks, with a code
	TextReminder  TextKind = "reminder"  // the same again, with the same code
	TextOutcome   TextKind = "outcome"   // what was decided, and what to do next
	TextEnrolled  TextKind = "enrolled"  // a device was added
	TextCallUs    TextKind = "call_us"   // answers a reply that nobody can read
	TextWaits     TextKind = "waits"     // half of a wait is over
	TextWaitOver  TextKind = "wait_over" // all of it: they are asked anew

	TextContactAsked   TextKind = "contact_asked"   // to whom a customer trusts: do they agree? with a code
	TextContactTold    TextKind = "contact_told"    // to them: call the customer now
	TextContactNamed   TextKind = "contact_named"   // to the customer: somebody was named
	TextContactRemoved TextKind = "contact_removed" // to the customer: somebody was taken off

	TextLockLoosened TextKind = "lock_loosened" // a lock is to be loosened, and how to stop it
	TextStopped      TextKind = "stopped"       // everything was stopped
	TextFreeze       TextKind = "freeze_heard"  // answers FREEZE: what a text does, and what it does not
)

// TextKinds lists every TextKind.
var TextKinds = []TextKind{TextChallenge, TextReminder, TextOutcome, TextEnrolled, TextCallUs, TextWaits, TextWaitOver,
	TextContactAsked, TextContactTold, TextContactNamed, TextContactRemoved, TextLockLoosened, TextStopped, TextFreeze}

// TextStatus is where a text stands.
//
//	(asked for) waiting <-> sending --> sent --> delivered
//	               |  \       |  \       |         ^
//	               |   +------|---+------+--> failed
//	               +----------+--> cancelled
//
// The provider's news may leave sending out, and one that failed by its word may
// be delivered after all: a second message of the same text was. A send that
// surely did not happen waits again.
type TextStatus string

const (
	TextWaiting   TextStatus = "waiting"   // for its workflow
	TextSending   TextStatus = "sending"   // it may have been sent
	TextSent      TextStatus = "sent"      // the provider has it
	TextDelivered TextStatus = "delivered" // by the provider's word
	TextFailed    TextStatus = "failed"    // a code says why
	TextCancelled TextStatus = "cancelled" // what it asks is decided or closed
)

// TextStatuses lists every TextStatus.
var TextStatuses = []TextStatus{TextWaiting, TextSending, TextSent, TextDelivered, TextFailed, TextCancelled}

// CanBecome tells whether the step from s to next is legal.
func (s TextStatus) CanBecome(next TextStatus) bool {
	switch s {
	case TextWaiting:
		return next == TextSending || next == TextSent || next == TextFailed || next == TextCancelled
	case TextSending:
		return next == TextWaiting || next == TextSent || next == TextFailed || next == TextCancelled
	case TextSent:
		return next == TextDelivered || next == TextFailed
	case TextFailed:
		return next == TextDelivered
	}
	return false
}

// Asks tells whether the text carries a code. Only those are limited by hold
// and number; the others follow at most once from what they tell of.
func (k TextKind) Asks() bool { return k == TextChallenge || k == TextReminder }

// ToContact tells whether the text goes to somebody whom the customer trusts.
func (k TextKind) ToContact() bool { return k == TextContactAsked || k == TextContactTold }

// ContactQuestion is what the code of a contact's question is derived from.
type ContactQuestion struct {
	ID       string // of the contact
	NumberID string
	KeyID    string
	Digits   int
}

// SMSTerms are what the policy says of texts. They are pinned with the hold.
type SMSTerms struct {
	// Ceilings are the largest amounts asked about by SMS, in minor units by
	// currency. A currency that is not named is not asked about by SMS.
	Ceilings map[string]int64 `json:"ceilings,omitempty"`
	// Countries are those whose numbers get texts, ISO 3166-1 alpha-2.
	Countries []string `json:"countries,omitempty"`
	// SIMSwapAge is how long ago the last SIM swap must be, where Lookups are
	// configured.
	SIMSwapAge Duration `json:"sim_swap_age,omitempty"`
	// AllowUnknown sends a text although it is unknown whether the number can
	// be trusted. The default refuses.
	AllowUnknown bool `json:"allow_unknown,omitempty"`
}

// ContactRules are what a number must meet before anything is sent to it:
// the trust gate.
type ContactRules struct {
	MinAge Duration `json:"min_age"` // on the bank's record, as the hold arrived
	SMS    SMSTerms `json:"sms"`
}

// ContactRules are the hold's, as pinned.
func (t Terms) ContactRules() ContactRules { return ContactRules{MinAge: t.MinContactAge, SMS: t.SMS} }

// Text is one text message on its way, with what is needed to write it.
type Text struct {
	ID        string // txt_…
	Kind      TextKind
	Hold      Hold      // for challenge, reminder and outcome
	Challenge Challenge // for challenge and reminder
	Locale    string    // the customer's
	Number    string    // E.164; never in a log, an error or a history
	Rules     ContactRules
	CreatedAt Instant
	Until     Instant // after it nothing is sent any more
	// Repeated: a try before this one did not report back, so it may have
	// arrived. Known are the provider's ids that are accounted for.
	Repeated bool
	Known    []string
	Link     int           // which link it has, for a face check
	Left     time.Duration // until the rung is left or the code dies
	// To a contact: who named them, and what the code is of.
	Who   string
	Asked ContactQuestion
	// Zone is the customer's. A lock that is to be loosened is so from Until on.
	Zone *time.Location
}

// TextFault says why a text could not be sent: a code, never a provider's
// words.
type TextFault string

const (
	FailSIMSwapped   TextFault = "sim_swapped"   // within the policy's time
	FailLineType     TextFault = "line_type"     // not a mobile line: VoIP, fixed, premium
	FailTrustUnknown TextFault = "trust_unknown" // nobody knows, and the policy refuses that
	FailThrottled    TextFault = "throttled"     // for longer than there is time
	FailOptedOut     TextFault = "opted_out"     // its owner wants nothing from us, here or at the provider
)
