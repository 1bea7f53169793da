// Package facelink is the channel of the face-check link: a page, opened by a
// one-time link, that shows the payment and takes three pictures with a gesture
// that nobody could know before. A provider judges them, people of the bank's or
// an outside vendor; what the browser says never counts. It knows nothing of SQL
// or the queue.
package facelink

import (
	"context"
	"crypto/rand"
	"math/big"

	"holdfast/channels"
	"holdfast/hold"
)

// Channel is the face-check link.
type Channel struct{}

var _ channels.Channel = (*Channel)(nil)

// Kind is facelink.
func (*Channel) Kind() hold.Channel { return hold.FaceLink }

// Deliver sends nothing by itself: the app asks for the link, and where the
// policy says so a text has it.
func (*Channel) Deliver(context.Context, channels.Delivery) (channels.Receipt, error) {
	return channels.Receipt{}, &channels.DeliveryError{Class: channels.Permanent, Code: "sent_by_the_app"}
}

// Judge takes the provider's word: "same" approves. Nothing else is an answer.
func (*Channel) Judge(c hold.Challenge, a channels.Answer) (hold.Verdict, error) {
	switch {
	case hold.Disposition(a.Proof) != hold.SameFace:
		return hold.Verdict{Refusal: hold.NotAnAnswer}, nil
	case c.HoldID != a.Hold.ID || c.TxDigest != a.Hold.TxDigest:
		return hold.Verdict{Refusal: hold.DigestMismatch}, nil
	}
	return hold.Verdict{Answer: hold.Approve, UV: hold.UVBiometric}, nil
}

// Gestures are what people are asked to do, by chance. Those of the second list
// need neither head nor hands.
var (
	Gestures      = []string{"turn_left", "turn_right", "look_up", "hand_on_chin", "two_fingers", "palm"}
	StillGestures = []string{"close_eyes", "open_mouth", "smile"}
)

// Gesture picks one.
func Gesture(still bool) string {
	list := Gestures
	if still {
		list = StillGestures
	}
	n, err := rand.Int(rand.Reader, big.NewInt(int64(len(list))))
	if err != nil {
		panic(err) // no randomness
	}
	return list[n.Int64()]
}
