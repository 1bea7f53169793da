// Package push is the channel to the bank's own app: a challenge is answered
// by a signature of a key that never leaves the device (PSD2 RTS Art. 5 and
// 7). Sockets belong to the gateway; this package wakes devices that have none
// and judges the proofs. It knows nothing of SQL, Temporal or other channels.
//
// A proof is a compact JWS (RFC 7515) by ES256 with the header
//
//	{"alg":"ES256","typ":"holdfast/answer","kid":"dev_…"}
//
// and the claims aud, challenge_id, nonce, tx_digest, answer, uv, iat and exp,
// all of them; signals, what the device says of itself, may be there; no other.
//
// ECDSA signatures come in pairs: whoever sees (r, s) can write (r, n−s)
// without the key. Secure elements of phones produce either, so both are
// accepted; the twin says the same, for the same challenge, by the same device,
// and a challenge has one answer. Nothing may therefore take a proof's bytes
// for its identity: what makes a repeat is the challenge and its nonce.
package push

import (
	"errors"
	"fmt"

	"holdfast/channels"
	"holdfast/hold"
)

// Channel is push. The zero value judges and wakes nobody.
type Channel struct{ wake *waker }

var _ channels.Channel = (*Channel)(nil)

// New makes the channel. The error names the setting that is wrong and never
// quotes a secret.
func New(cfg Config) (*Channel, error) {
	w, err := newWaker(cfg)
	if err != nil {
		return nil, err
	}
	return &Channel{wake: w}, nil
}

// Kind is push.
func (*Channel) Kind() hold.Channel { return hold.Push }

// answerClaims are what a device signs.
type answerClaims struct {
	audience, challenge, nonce, digest string
	answer                             hold.Answer
	uv                                 hold.UserVerification
	span                               span
	signals                            signals
}

func (c *answerClaims) fields() fields {
	return fields{
		"aud": &c.audience, "challenge_id": &c.challenge, "nonce": &c.nonce, "tx_digest": &c.digest,
		"answer": &c.answer, "uv": &c.uv, "iat": &c.span.issued, "exp": &c.span.expires,
	}
}

// Judge decides what a proof is worth. The guards run in this order, and the
// first that fails gives the refusal:
//
//  1. device_unknown: no device of the customer, or the proof names another
//  2. device_revoked
//  3. signature_invalid: malformed, of another type, or not signed by the device
//  4. audience_wrong
//  5. proof_expired: by Answer.Now, see the limits of exp and iat
//  6. nonce_mismatch: signed for another challenge
//  7. digest_mismatch: signed for another document
//  8. for approve only: device_of_origin, device_too_young, uv_too_weak
//
// The limits: exp later than now and at most 60 s ahead; iat at most 60 s back
// and, for clocks that run fast, at most 10 s ahead.
func (*Channel) Judge(c hold.Challenge, a channels.Answer) (hold.Verdict, error) {
	if err := consistent(c, a); err != nil {
		return hold.Verdict{}, err
	}
	p, malformed := readProof(a.Proof, typeAnswer)
	switch {
	case a.Device == nil, a.Device.CustomerID != c.CustomerID,
		malformed == nil && p.kid != string(a.Device.ID):
		return refuse(hold.DeviceUnknown)
	case a.Device.RevokedAt != 0:
		return refuse(hold.DeviceRevoked)
	case malformed != nil:
		return refuse(hold.SignatureInvalid)
	}
	key, err := ParseJWK(a.Device.PublicKey)
	if err != nil {
		return hold.Verdict{}, fmt.Errorf("stored key of %s: %w", a.Device.ID, err)
	}
	var said answerClaims
	if p.claims(key, said.fields(), fields{"signals": &said.signals}) != nil || !said.answer.Valid() || !known(said.uv) {
		return refuse(hold.SignatureInvalid)
	}
	if r := said.refusal(c, a); r != "" {
		return refuse(r)
	}
	return hold.Verdict{Answer: said.answer, UV: said.uv, Signals: said.signals.said()}, nil
}

// refusal holds the claims against the challenge, guards 4 to 8.
func (s answerClaims) refusal(c hold.Challenge, a channels.Answer) hold.Refusal {
	switch {
	case s.audience != a.Audience:
		return hold.AudienceWrong
	case !s.span.holds(a.Now):
		return hold.ProofExpired
	case s.challenge != string(c.ID), s.nonce != c.Nonce:
		return hold.NonceMismatch
	case s.digest != string(c.TxDigest) && (s.answer == hold.Approve || s.digest != string(a.Hold.TxDigest)):
		return hold.DigestMismatch // a refusal of the document as it is now counts on a question of before
	case s.answer != hold.Approve:
		return "" // whoever holds the device may refuse
	}
	switch hold.MayApprove(a.Hold, *a.Device) {
	case "":
	case hold.DeviceOfOrigin:
		return hold.DeviceOfOrigin
	case hold.DeviceTooYoung:
		return hold.DeviceTooYoung
	case hold.DeviceRevoked:
		return hold.DeviceRevoked
	default:
		return hold.DeviceUnknown
	}
	if !s.uv.AtLeast(c.MinUV) {
		return hold.UVTooWeak
	}
	return ""
}

// consistent guards against a caller's mistake that would let an empty claim
// match an empty field or one hold's rules judge another's challenge.
func consistent(c hold.Challenge, a channels.Answer) error {
	switch {
	case c.Channel != hold.Push:
		return errors.New("judge push: challenge of another channel")
	case c.HoldID != a.Hold.ID, c.CustomerID != a.Hold.Request.CustomerID:
		return errors.New("judge push: challenge of another hold")
	case c.ID == "", c.Nonce == "", c.TxDigest == "", a.Audience == "", a.Now <= 0:
		return errors.New("judge push: challenge, audience or time missing")
	case c.MinUV != "" && !known(c.MinUV): // every proof would be strong enough
		return errors.New("judge push: the challenge asks for an unknown user verification")
	}
	return nil
}

func known(u hold.UserVerification) bool {
	return u == hold.UVNone || u == hold.UVPIN || u == hold.UVBiometric
}

func refuse(r hold.Refusal) (hold.Verdict, error) {
	return hold.Verdict{Refusal: r}, nil
}
