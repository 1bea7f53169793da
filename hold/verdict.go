package hold

// Verdict is what an attempt at an answer is worth. Refusal is empty when it
// counts.
type Verdict struct {
	Answer  Answer
	UV      UserVerification
	Refusal Refusal
	Signals *Signals // what the device says of itself, in the proof; nil: nothing
}

// Refusal is a stable code for why something that was attempted does not count.
// It is a value: what was counted and written down for it commits.
type Refusal string

// Of a proof.
const (
	SignatureInvalid Refusal = "signature_invalid"
	AudienceWrong    Refusal = "audience_wrong"
	ProofExpired     Refusal = "proof_expired"     // exp passed, or more than 60 s ahead
	ProofReplayed    Refusal = "proof_replayed"    // this very proof was judged before
	DigestMismatch   Refusal = "digest_mismatch"   // signed for another document
	NonceMismatch    Refusal = "nonce_mismatch"    // signed for another challenge
	ChannelMismatch  Refusal = "channel_mismatch"  // the challenge is not answered this way
	InterviewMissing Refusal = "interview_missing" // the questions that come before paying are not answered
	WarningUnread    Refusal = "warning_unread"    // the warning has not been read and passed
	TooEarly         Refusal = "too_early"         // the wait is not over
	UVTooWeak        Refusal = "uv_too_weak"       // policy asks for a stronger user verification
	DeviceUnknown    Refusal = "device_unknown"    // not enrolled for this customer
	DeviceRevoked    Refusal = "device_revoked"    // may not answer at all
	DeviceTooYoung   Refusal = "device_too_young"  // may refuse, never approve: younger than min_device_age as the hold arrived
	DeviceOfOrigin   Refusal = "device_of_origin"  // may refuse, never approve: the payment came from it
)

// Of answers to what comes before paying.
const (
	InterviewInvalid  Refusal = "interview_invalid"  // not those of its questions, in their order
	InterviewAnswered Refusal = "interview_answered" // something else was said before, and stands
	HoldDecided       Refusal = "hold_decided"       // after the decision
)

// Of a code.
const (
	CodeIncorrect  Refusal = "code_incorrect"      // never which part of it
	CodesExhausted Refusal = "challenge_exhausted" // too many were tried; nothing is compared any more
)

// Of a disposition.
const (
	NotAnAnswer         Refusal = "no_answer"            // the disposition is no answer of the customer's
	CallMissing         Refusal = "call_missing"         // no call of the lease, or none with a person for long enough
	ProviderSilent      Refusal = "provider_silent"      // whether the call goes on, or how long it was, is not known yet
	IdentityMissing     Refusal = "identity_missing"     // nobody knows who answered
	NothingToConfirm    Refusal = "nothing_to_confirm"   // no callback asks about the hold
	TimeInvalid         Refusal = "call_later_invalid"   // past the deadline, or not ahead
	LanguageMissing     Refusal = "language_missing"     // none was named
	DocumentMissing     Refusal = "document_missing"     // which kind of document was looked at, was not said
	DispositionMismatch Refusal = "disposition_mismatch" // not of such a task: face checks and urgent calls have their own
	FaceUnseen          Refusal = "face_unseen"          // who judges has not looked at all of it
	PortraitMissing     Refusal = "portrait_missing"     // there is nothing to compare the pictures with
	PortraitTooYoung    Refusal = "portrait_too_young"   // it may be the thief's own: see MayCompare
)

// Of what a customer, or their bank for them, wants of devices, numbers, a portrait
// or a link.
const (
	CustomerFrozen    Refusal = "frozen"              // a frozen customer may not
	DeviceKnown       Refusal = "device_exists"       // the key is enrolled, or was and is revoked
	DeviceLimit       Refusal = "device_limit"        // as many devices, or open enrolments, as are allowed
	DeviceNotEligible Refusal = "device_not_eligible" // it may not do this to another
	Backdated         Refusal = "since_backdated"     // since lies before what is on record, or before now for what is new
	SinceFuture       Refusal = "since_future"
	LinkDead          Refusal = "challenge_expired" // the link is unknown, used, expired, taken back, or of a closed question
	LinksSpent        Refusal = "link_limit"        // the question has had its three links
)

// Of somebody whom a customer trusts.
const (
	ContactsOff       Refusal = "contacts_off"         // the policy has none, or not this
	ContactLimit      Refusal = "contact_limit"        // the customer has three
	ContactKnown      Refusal = "contact_exists"       // the number is one of them already
	ContactNumberBad  Refusal = "contact_number"       // of a country or kind of line that gets nothing
	ContactRefused    Refusal = "contact_refused"      // a payee, or who shares a number or device: never which
	ContactsSpent     Refusal = "contacts_spent"       // too many namings, questions, texts or vetoes
	ContactNotInForce Refusal = "contact_not_in_force" // not yet, or not any more
	ContactBlocked    Refusal = "contact_blocked"      // by the customer; for staff alone
	ContactIsPayee    Refusal = "contact_is_payee"     // of this very hold
	NotDoubted        Refusal = "not_doubted"          // nothing speaks against the hold
	ContactUnknown    Refusal = "not_found"            // none of theirs
	ContactActed      Refusal = "contact_acted"        // it was done about this hold before
)

// Of what the bank says became of a payment.
const (
	OutcomeTimeInvalid Refusal = "outcome_time_invalid" // learnt in the future, or before the payment was held
	OutcomeLimit       Refusal = "outcome_limit"        // as many words as a hold may have
)

// Of a list of payees.
const (
	ImportRunning Refusal = "import_running" // somebody else imports this list
	ImportLost    Refusal = "import_lost"    // it stood still for five minutes, and was given up
	RefTwice      Refusal = "ref_twice"      // one reference on two lines
)

// Of what people of the bank say of a payee.
const (
	PayeeShared    Refusal = "payee_shared"    // many use the account: a utility's, a pooled one
	VerdictStands  Refusal = "verdict_stands"  // it is in force already
	VerdictMissing Refusal = "verdict_missing" // no mule verdict is in force
)

// Of a recall.
const (
	RecallStands  Refusal = "recall_status" // it has come further, or does not go that way
	RecallTooMuch Refusal = "recall_amount" // more would come back than was paid
	// RecallCurrency is a part in another currency than the payment's: no sum means
	// anything then.
	RecallCurrency Refusal = "recall_currency"
	RecallEarly    Refusal = "recall_early"  // the ledger has not confirmed that the money went
	VerdictEnded   Refusal = "verdict_ended" // it was proposed for a verdict that is not in force any more
	// RecallMisplaced is a recall wished for with an answer to a complaint that is
	// no upheld one of a payer's about what was released.
	RecallMisplaced Refusal = "recall_misplaced"
)

// Of referrals and complaints.
const (
	ReferralLimit   Refusal = "referral_limit"   // as many, or as many looks at one, as are allowed
	TrailBroken     Refusal = "trail_broken"     // it does not verify: nothing is handed to anybody
	ComplaintClosed Refusal = "complaint_closed" // it has its answer
	ComplaintLimit  Refusal = "complaint_limit"  // a client's in a day
	ReferenceReused Refusal = "reference_reused" // another complaint has it
	OwnVerdict      Refusal = "own_verdict"      // it is about what they judged themselves
)

// Of the locks that customers set on their own payments.
const (
	EverythingStopped Refusal = "everything_stopped" // the customer stopped everything
	NotStopped        Refusal = "not_stopped"        // they did not
	ScamOpen          Refusal = "scam_open"          // a payment that looks like a scam waits, or did not long ago
	SecondMissing     Refusal = "second_missing"     // an agent loosens with a second person alone
	ProofMissing      Refusal = "proof_missing"      // a device that may approve loosens
	LooseningsSpent   Refusal = "loosenings_spent"   // asked for too often in a day
	LockDevice        Refusal = "lock_device"        // a lock on devices names one that is not the customer's
	LockCounts        Refusal = "lock_counts"        // it cannot be stopped any more
	LoosenedElsewhere Refusal = "loosened_elsewhere" // by the customer's own device, or with two people: never by a key
)

// Of checks, which the bank makes before it books a payment.
const (
	CheckCancelled Refusal = "check_cancelled" // it was given back, and reserves nothing
	CheckLapsed    Refusal = "check_lapsed"    // it was not booked in time, and does not fit any more
	KeyReused      Refusal = "idempotency_key_reused"
)

// CheckLimit is why a customer is told nothing of an account: they have asked as often as
// they may in a day.
const CheckLimit Refusal = "check_limit"

// Of a wish to call.
const (
	AgentNumberMissing Refusal = "agent_number_missing"  // a supervisor sets it
	ContactNotEligible Refusal = "contact_not_eligible"  // the cause says why
	CallUnderWay       Refusal = "call_under_way"        // to this customer, or of this agent
	CallLimit          Refusal = "call_limit"            // an hour's
	QuietHours         Refusal = "quiet_hours"           // outside the customer's hours
	IdentityFailed     Refusal = "identity_check_failed" // too many wrong numbers in this lease
)

// Of who may act.
const (
	AgentLinked     Refusal = "agent_linked"     // they are this very customer
	SamePerson      Refusal = "same_person"      // the second person is the first
	RoleMissing     Refusal = "role_missing"     // it takes a supervisor
	SkillMissing    Refusal = "skill_missing"    // it takes who knows such cases
	ApprovalClosed  Refusal = "approval_closed"  // it does not wait any more
	ApprovalPending Refusal = "approval_pending" // the same waits for a second person already
	PayeeMule       Refusal = "payee_mule"       // two people say so of the payee: the bank's own word releases nothing
	NotWaiting      Refusal = "not_waiting"      // there is no wait to end
	NotFrozen       Refusal = "not_frozen"       // there is no freeze to end
	LeaseLost       Refusal = "lease_lost"       // they had the case, and have it no longer
	CaseLeased      Refusal = "case_leased"      // another agent has the customer's case
	CaseOpen        Refusal = "case_open"        // the agent has another case
	LooksSpent      Refusal = "looks_limit"      // too often in this hour
)

// AnswerOutcome says what became of an attempt at an answer.
type AnswerOutcome string

const (
	AnswerAccepted AnswerOutcome = "accepted"  // it stands, durably
	AnswerRefused  AnswerOutcome = "refused"   // the proof does not count; no effect
	AnswerReplayed AnswerOutcome = "replayed"  // this very proof was judged before
	LateAnswered   AnswerOutcome = "answered"  // after another answer; recorded as late
	LateDecided    AnswerOutcome = "decided"   // after the decision; recorded as late
	LateCancelled  AnswerOutcome = "cancelled" // the question was taken back; recorded as late
	LateExpired    AnswerOutcome = "expired"   // after expiry or deadline; recorded as late
)
