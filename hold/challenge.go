package hold

import "slices"

// ChallengeStatus is where a challenge stands. Only open ones can be approved; a refusal
// is heard on every one, as long as the hold is not decided.
//
//	(asked) open -------------> answered <--+ (a refusal overrules what was said)
//	         |                   ^  |       |
//	         +--> expired -------+  +-------+
//	         +--> cancelled -----+ (a refusal alone)
//	         +--> undeliverable -+
//	         ^         |
//	         +---------+ (they rang in, after an hour at which nobody is called)
type ChallengeStatus string

const (
	Open          ChallengeStatus = "open"
	Answered      ChallengeStatus = "answered"
	Expired       ChallengeStatus = "expired"
	Undeliverable ChallengeStatus = "undeliverable"
	Cancelled     ChallengeStatus = "cancelled"
)

// ChallengeStatuses lists every ChallengeStatus.
var ChallengeStatuses = []ChallengeStatus{Open, Answered, Expired, Undeliverable, Cancelled}

// CanBecome tells whether the step from s to next is legal.
func (s ChallengeStatus) CanBecome(next ChallengeStatus) bool {
	switch s {
	case Open:
		return slices.Contains(ChallengeStatuses, next) && next != Open
	case Undeliverable:
		return next == Answered || next == Open
	case Answered, Expired, Cancelled:
		return next == Answered
	}
	return false
}

// Answer is the customer's word.
type Answer string

const (
	Approve Answer = "approve"
	Deny    Answer = "deny"   // wrong, or changed my mind
	NotMe   Answer = "not_me" // somebody else made this payment
)

// Valid tells whether a is one of the three answers.
func (a Answer) Valid() bool { return a == Approve || a == Deny || a == NotMe }

// Overrules tells whether a refusal comes before what was said of the same
// question: not_me before deny, and either before an approval or nothing. An
// approval overrules nothing.
func (a Answer) Overrules(before Answer) bool {
	switch a {
	case NotMe:
		return before != NotMe
	case Deny:
		return before != Deny && before != NotMe
	}
	return false
}

// Challenge is one question on one channel. It is unique by hold, revision,
// rung and channel.
type Challenge struct {
	ID         ChallengeID      `db:"id"`
	HoldID     ID               `db:"hold_id"`
	CustomerID CustomerID       `db:"customer_id"`
	Revision   int              `db:"revision"`
	Rung       int              `db:"rung"`
	Channel    Channel          `db:"channel"`
	Status     ChallengeStatus  `db:"status"`
	Cause      string           `db:"cause"`     // why it is undeliverable or cancelled; a code
	Nonce      string           `db:"nonce"`     // 128 random bits, base64url; never reused
	TxDigest   Digest           `db:"tx_digest"` // of the document it asks about
	MinUV      UserVerification `db:"min_uv"`
	Attempts   int              `db:"attempts"` // counted before they are judged
	OpenedAt   Instant          `db:"opened_at"`
	ExpiresAt  Instant          `db:"expires_at"` // zero: until the hold is decided
	ClosedAt   Instant          `db:"closed_at"`
	Answer     Answer           `db:"answer"`  // the standing answer, once answered
	VoidAt     Instant          `db:"void_at"` // since when an approval counts no more: refused, frozen or suspected after it
	// For SMS: which number was asked, which key its code is derived from, how
	// many digits it has, and how many wrong ones were tried, in the app and by
	// reply.
	NumberID   string `db:"number_id"`
	KeyID      string `db:"key_id"`
	Digits     int    `db:"digits"`
	Tries      int    `db:"tries"`
	ReplyTries int    `db:"reply_tries"`
}

// Device is something a customer owns and holds a private key on (PSD2 RTS
// Art. 7: possession).
type Device struct {
	ID         DeviceID   `db:"id"`
	CustomerID CustomerID `db:"customer_id"`
	Name       string     `db:"name"`
	PublicKey  []byte     `db:"public_key"` // JWK (RFC 7517), EC P-256
	Since      Instant    `db:"since"`      // enrolled at, by the bank's record or ours
	EnrolledAt Instant    `db:"enrolled_at"`
	RevokedAt  Instant    `db:"revoked_at"` // zero: in use
	Signals    Signals    `db:"signals"`    // what it last said of itself
	SignalsAt  Instant    `db:"signals_at"` // and when
}

// MayApprove applies the rules on who may approve: a device that the payment
// came from, or that was enrolled less than min_device_age before the hold
// arrived, or after it, may refuse and never approve.
func MayApprove(h Hold, d Device) Refusal {
	switch {
	case d.CustomerID != h.Request.CustomerID:
		return DeviceUnknown
	case d.RevokedAt != 0:
		return DeviceRevoked
	case h.Request.Origin.DeviceID == d.ID:
		return DeviceOfOrigin
	case d.Since.Add(durationOf(h.Terms.MinDeviceAge)) > h.AcceptedAt:
		return DeviceTooYoung
	}
	return ""
}
