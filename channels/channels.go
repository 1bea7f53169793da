// Package channels is the contract between Holdfast and the ways to a
// customer. A channel brings a challenge to the customer and judges the
// answer; it knows nothing of Temporal, SQL or other channels.
package channels

import (
	"context"
	"fmt"
	"time"

	"holdfast/hold"
)

// Channel is one way to the customer.
type Channel interface {
	Kind() hold.Channel
	// Deliver tries once to bring the challenge to the customer. Errors are
	// *DeliveryError.
	Deliver(ctx context.Context, d Delivery) (Receipt, error)
	// Judge decides what an attempt at an answer is worth. It is pure and is
	// called inside the API's transaction, after the attempt was counted. A
	// refusal is a Verdict; an error is an internal fault.
	Judge(c hold.Challenge, a Answer) (hold.Verdict, error)
}

// Delivery is one attempt to bring a challenge to the customer.
type Delivery = hold.Delivery

// Receipt is the provider's word that it took a delivery over.
type Receipt struct{ ProviderID string }

// Answer is an attempt at an answer with all that is needed to judge it.
type Answer struct {
	Hold     hold.Hold
	Device   *hold.Device // of the session's customer, nil when unknown
	Proof    string       // the channel's proof: a compact JWS, a code, an agent's disposition
	Leg      hold.Leg     // for callback: what the call proves
	Audience string
	Now      hold.Instant // the store's clock, read after the lock
}

// DeliveryError says what a failed delivery means for the next step. Its text
// carries a code and nothing that a provider wrote: provider texts quote phone
// numbers.
type DeliveryError struct {
	Class      DeliveryClass
	Code       string
	RetryAfter time.Duration // for throttled
}

// DeliveryClass is the sort of a DeliveryError.
type DeliveryClass string

const (
	Retryable DeliveryClass = "retryable"
	Permanent DeliveryClass = "permanent"
	Throttled DeliveryClass = "throttled"
	Ambiguous DeliveryClass = "ambiguous" // it may have arrived
)

func (e *DeliveryError) Error() string { return fmt.Sprintf("delivery %s: %s", e.Class, e.Code) }
