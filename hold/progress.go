package hold

import "time"

// State is what a hold's workflow has to know after it has looked at the hold.
type State string

const (
	Waiting State = "waiting" // look again after Remaining, or when woken
	Opening State = "opening" // the rung named by Rung is to be opened
	Stale   State = "stale"   // amended meanwhile: Revision is the current one
	Decided State = "decided" // settle it
	// Deciding is the sweeper's alone: a release stands, and the workflow, which
	// tells the ledger next, is woken to conclude it.
	Deciding State = "deciding"
	Parked   State = "parked"  // decided; the ledger's refusal waits for a human
	Settled  State = "settled" // nothing is left to do
)

// Progress is what a look at a hold found or did. It enters the workflow's
// history and carries ids, enums and durations only.
type Progress struct {
	State     State         `json:"state"`
	Revision  int           `json:"revision,omitempty"`
	Rung      int           `json:"rung,omitempty"`
	Remaining time.Duration `json:"remaining,omitempty"` // for Waiting, in nanoseconds; never negative
	Deliver   []ChallengeID `json:"deliver,omitempty"`   // of OpenRung, in histories of before: a device wants to be woken for it
	Errands   []Errand      `json:"errands,omitempty"`   // what channels have yet to bring; told again until it is done
}

// Rules are what the deployment, not the policy, says of opening rungs. What the
// app's questions take is kept on record for whoever accepts holds.
type Rules struct {
	Channels    []Channel `json:"channels"`     // those that are configured
	WakeDevices bool      `json:"wake_devices"` // a wake-up URL is configured
	SMS         SMSRules  `json:"-"`
	// Link is the digest of a challenge's n-th link, for facelink; nil: none.
	Link func(id ChallengeID, n int) Digest `json:"-"`
	// FaceVendor: somebody outside judges faces, by what they have on record
	// themselves. Our portrait is not needed.
	FaceVendor bool `json:"face_vendor"`
	// OfflineWait is how long a push rung waits for a receipt when no device
	// of the customer is connected as it opens.
	OfflineWait time.Duration `json:"offline_wait"`
	// AskSource: the bank's source is asked about payees, once a payment was taken in.
	AskSource bool `json:"ask_source,omitempty"`
}

// SMSRules are how codes are made, and what the deployment bears.
type SMSRules struct {
	KeyID  string // of the key that new codes are derived from
	Digits int    // of a code, 6–8
	// Lookups are asked before each text, and know more than the numbering
	// plan does.
	Lookups bool
	// PrefixHourly is how many texts with a code go to one prefix (calling code
	// and three digits) in an hour, whatever the policy says. 0: no bound.
	PrefixHourly int
}

// DeliveryStatus is where a delivery to a customer's devices stands.
//
//	(begun) sending --> sent
//	           ^  |
//	           |  v
//	          failed
type DeliveryStatus string

const (
	DeliverySending DeliveryStatus = "sending" // it may have arrived
	DeliverySent    DeliveryStatus = "sent"
	DeliveryFailed  DeliveryStatus = "failed" // and may be tried again
)

// CanBecome tells whether the step from s to next is legal.
func (s DeliveryStatus) CanBecome(next DeliveryStatus) bool {
	switch s {
	case DeliverySending:
		return next == DeliverySent || next == DeliveryFailed
	case DeliveryFailed:
		return next == DeliverySending
	}
	return false
}

// WakeupStatus is where the wake-up of a device for a question stands. One that nobody
// needs any more is deleted.
//
//	waiting --> sent
//	    |
//	    +-----> failed
type WakeupStatus string

const (
	WakeupWaiting WakeupStatus = "waiting" // for its next try; once tried, it may have arrived
	WakeupSent    WakeupStatus = "sent"
	WakeupFailed  WakeupStatus = "failed" // the push service refuses it for good
)

// CanBecome tells whether the step from s to next is legal.
func (s WakeupStatus) CanBecome(next WakeupStatus) bool {
	return s == WakeupWaiting && next != WakeupWaiting
}

// Delivery is one attempt to bring a challenge to the customer: to a device
// without a socket, as a text, by a call, or as its channel will.
type Delivery struct {
	ID        string
	Challenge Challenge
	Device    DeviceID
	Text      *Text
	Call      *Call
	Hold      *Hold     // for a channel that brings its own: what it asks about
	Customer  *Customer // and whom
	Repeated  bool      // a try before this one did not report back: it may have arrived
}
