package push

import (
	"crypto/ecdsa"
	"encoding/json"
	"fmt"

	"holdfast/hold"
)

// ProofDevice is the device that a proof of an answer, a hello, a revocation or a word on
// contacts or locks says it is by, unverified: only good for looking the device up. Empty when it names
// none.
func ProofDevice(jws string) hold.DeviceID {
	for _, typ := range []string{typeAnswer, typeHello, typeRevoke, typeSaid, typeWarned, typeTrusts, typeLock} {
		if p, err := readProof(jws, typ); err == nil {
			return hold.DeviceID(p.kid)
		}
	}
	return ""
}

// EnrolNonce is the nonce that a proof of an enrolment says it is over,
// unverified: only good for spending it. Empty when it names none.
func EnrolNonce(jws string) string { return nonceOf(jws, typeEnrol) }

// ContactNonce is the same of a proof about a contact.
func ContactNonce(jws string) string { return nonceOf(jws, typeTrusts) }

// LockNonce is the same of a proof about a lock.
func LockNonce(jws string) string { return nonceOf(jws, typeLock) }

func nonceOf(jws, typ string) string {
	p, err := readProof(jws, typ)
	if err != nil {
		return ""
	}
	members, err := readMembers(p.payload)
	if err != nil {
		return ""
	}
	var nonce string
	_ = json.Unmarshal(members["nonce"], &nonce) // empty is unknown to everybody
	return nonce
}

// VerifyHello checks that whoever opened a socket holds the device's key: a
// JWS of type holdfast/hello with the claims aud, nonce (the server's, for this
// connection), device_id, iat and exp, and perhaps signals: what the device says of
// itself; nil: nothing. A refusal is a *channels.RefusedError.
func VerifyHello(device hold.Device, nonce, aud, jws string, now hold.Instant) (*hold.Signals, error) {
	p, key, err := proofOf(device, jws, typeHello)
	if err != nil {
		return nil, err
	}
	var subject string
	var s signals
	if err := p.possession(key, "device_id", &subject, nonce, aud, now, fields{"signals": &s}); err != nil {
		return nil, err
	}
	if subject != string(device.ID) {
		return nil, refused(hold.DeviceUnknown)
	}
	return s.said(), nil
}

// proofOf reads a proof that must name the device and be of the type, and the
// device's key to verify it with.
func proofOf(device hold.Device, jws, typ string) (proof, *ecdsa.PublicKey, error) {
	p, err := readProof(jws, typ)
	switch {
	case err == nil && p.kid != string(device.ID):
		return p, nil, refused(hold.DeviceUnknown)
	case device.RevokedAt != 0:
		return p, nil, refused(hold.DeviceRevoked)
	case err != nil:
		return p, nil, refused(hold.SignatureInvalid)
	}
	key, err := ParseJWK(device.PublicKey)
	if err != nil {
		return p, nil, fmt.Errorf("stored key of %s: %w", device.ID, err)
	}
	return p, key, nil
}

// VerifyEnrol checks that whoever enrols a device holds the key it brings: a
// JWS of type holdfast/enrol, signed by that key, with the claims aud, nonce
// (the server's, spent by the caller), customer_id, iat and exp. The header's
// kid is absent or the key's thumbprint. A key that cannot be used and every
// other refusal is a *channels.RefusedError.
func VerifyEnrol(publicJWK []byte, nonce, aud string, customer hold.CustomerID, jws string, now hold.Instant) error {
	key, err := ParseJWK(publicJWK)
	if err != nil {
		return refused(hold.SignatureInvalid)
	}
	p, err := readProof(jws, typeEnrol)
	if err != nil || p.kid != "" && p.kid != Thumbprint(key) {
		return refused(hold.SignatureInvalid)
	}
	var subject string
	if err := p.possession(key, "customer_id", &subject, nonce, aud, now, nil); err != nil {
		return err
	}
	if subject != string(customer) {
		return refused(hold.NonceMismatch) // a nonce belongs to one customer
	}
	return nil
}

// VerifyContact checks that the owner of device wants somebody named, or taken off, as
// one whom they trust: a JWS of type holdfast/contact with the claims aud, nonce (the
// server's, spent by the caller), contact, iat and exp, where contact is ContactNamed of
// whom to name, the id of whom to take off, or ContactAnswer to who asks them. A refusal is a *channels.RefusedError.
func VerifyContact(device hold.Device, contact, nonce, aud, jws string, now hold.Instant) error {
	p, key, err := proofOf(device, jws, typeTrusts)
	if err != nil {
		return err
	}
	var subject string
	if err := p.possession(key, "contact", &subject, nonce, aud, now, nil); err != nil {
		return err
	}
	if subject != contact {
		return refused(hold.DigestMismatch)
	}
	return nil
}

// VerifyLock checks that the owner of device, who proved to it who they are, wants a lock
// loosened: a JWS of type holdfast/lock with the claims aud, nonce (the server's, spent by
// the caller), wish, uv, iat and exp, where wish is protection.WishDigest of what is wished
// for. A refusal is a *channels.RefusedError.
func VerifyLock(device hold.Device, wish hold.Digest, nonce, aud, jws string, now hold.Instant) error {
	p, key, err := proofOf(device, jws, typeLock)
	if err != nil {
		return err
	}
	var subject string
	var uv hold.UserVerification
	// What is not optional is read as such: possession knows the others.
	if err := p.possession(key, "wish", &subject, nonce, aud, now, fields{"uv": &uv}); err != nil {
		return err
	}
	switch {
	case subject != string(wish):
		return refused(hold.DigestMismatch)
	case !known(uv) || uv == hold.UVNone:
		return refused(hold.UVTooWeak)
	}
	return nil
}

// ContactNamed is what a device signs to name somebody: the number and the name, as they
// are sent.
func ContactNamed(phone, name string) string { return phone + " " + name }

// ContactAnswer is what a device signs to agree to a question, or not.
func ContactAnswer(id string, agrees bool) string {
	if agrees {
		return "agree " + id
	}
	return "decline " + id
}

// possession verifies the claims that hello and enrolment share and reads the
// one that says whom it is about.
func (p proof) possession(key *ecdsa.PublicKey, name string, subject *string, nonce, aud string, now hold.Instant, optional fields) error {
	if nonce == "" || aud == "" || now <= 0 {
		return fmt.Errorf("verify possession: nonce, audience or time missing")
	}
	var gotAud, gotNonce string
	var s span
	err := p.claims(key, fields{
		"aud": &gotAud, "nonce": &gotNonce, name: subject, "iat": &s.issued, "exp": &s.expires,
	}, optional)
	switch {
	case err != nil:
		return refused(hold.SignatureInvalid)
	case gotAud != aud:
		return refused(hold.AudienceWrong)
	case !s.holds(now):
		return refused(hold.ProofExpired)
	case gotNonce != nonce:
		return refused(hold.NonceMismatch)
	}
	return nil
}

// VerifyRevoke checks that the owner of device wants target revoked: a JWS of
// type holdfast/revoke with the claims aud, device_id (the target's), iat and
// exp. It needs no nonce: a repeat within its minute changes nothing more. A
// refusal is a *channels.RefusedError.
func VerifyRevoke(device hold.Device, target hold.DeviceID, aud, jws string, now hold.Instant) error {
	p, key, err := proofOf(device, jws, typeRevoke)
	if err != nil {
		return err
	}
	var gotAud, subject string
	var s span
	switch err := p.claims(key, fields{"aud": &gotAud, "device_id": &subject, "iat": &s.issued, "exp": &s.expires}, nil); {
	case err != nil, subject != string(target):
		return refused(hold.SignatureInvalid)
	case gotAud != aud:
		return refused(hold.AudienceWrong)
	case !s.holds(now):
		return refused(hold.ProofExpired)
	}
	return nil
}
