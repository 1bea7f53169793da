package push

import (
	"encoding/json"

	"holdfast/channels"
	"holdfast/hold"
)

// What a device signs of an interview: its owner's answers, and what they did with the
// warning that followed. Neither approves anything.

// signals reads what a device says of itself: the names that there are, each once, with
// the values that there are.
type signals struct{ of *hold.Signals }

func (s signals) said() *hold.Signals { return s.of }

// UnmarshalJSON reads an object without a member that nobody knows.
func (s *signals) UnmarshalJSON(b []byte) error {
	var of hold.Signals
	if err := readObject(b, nil, fields{"on_call": &of.OnCall, "screen_shared": &of.ScreenShared, "remote_tool": &of.RemoteTool,
		"overlay": &of.Overlay, "integrity": &of.Integrity}); err != nil || !of.Valid() {
		return errMalformed
	}
	s.of = &of
	return nil
}

const maxSaid = 16 // answers of one interview

// VerifyInterview checks that a customer's device signed answers to what comes before a
// challenge: a JWS of type holdfast/interview with the claims aud, challenge_id, nonce
// (the challenge's), answers, iat and exp, and perhaps signals. Every device in use
// may: answers can only make a hold stricter. A refusal is a *channels.RefusedError.
func VerifyInterview(device hold.Device, c hold.Challenge, aud, jws string, now hold.Instant) ([]hold.Said, hold.Signals, error) {
	var raw []json.RawMessage
	var s signals
	if err := verifyOf(device, c, aud, jws, typeSaid, now, fields{"answers": &raw}, fields{"signals": &s}); err != nil {
		return nil, hold.Signals{}, err
	}
	if len(raw) > maxSaid {
		return nil, hold.Signals{}, refused(hold.SignatureInvalid)
	}
	said := make([]hold.Said, len(raw))
	for i, one := range raw {
		if readObject(one, fields{"question": &said[i].Question, "answer": &said[i].Answer}, nil) != nil {
			return nil, hold.Signals{}, refused(hold.SignatureInvalid)
		}
	}
	if s.of == nil {
		s.of = &hold.Signals{}
	}
	return said, *s.of, nil
}

// VerifyWarning checks that a customer's device signed what became of a warning: a JWS
// of type holdfast/warning with the claims aud, challenge_id, nonce (the challenge's),
// digest, locale, seconds, choice, iat and exp. A refusal is a *channels.RefusedError.
func VerifyWarning(device hold.Device, c hold.Challenge, aud, jws string, now hold.Instant) (w channels.Warned, err error) {
	err = verifyOf(device, c, aud, jws, typeWarned, now, fields{"digest": &w.Digest, "locale": &w.Locale, "seconds": &w.Seconds,
		"choice": &w.Choice}, nil)
	if err == nil && (w.Seconds < 0 || len(w.Locale) > 35) {
		err = refused(hold.SignatureInvalid)
	}
	return w, err
}

// verifyOf verifies what a device says of one challenge.
func verifyOf(device hold.Device, c hold.Challenge, aud, jws, typ string, now hold.Instant, more, optional fields) error {
	p, key, err := proofOf(device, jws, typ)
	if err != nil {
		return err
	}
	var gotAud, id, nonce string
	var s span
	all := fields{"aud": &gotAud, "challenge_id": &id, "nonce": &nonce, "iat": &s.issued, "exp": &s.expires}
	for name, to := range more {
		all[name] = to
	}
	switch err := p.claims(key, all, optional); {
	case err != nil:
		return refused(hold.SignatureInvalid)
	case gotAud != aud:
		return refused(hold.AudienceWrong)
	case !s.holds(now):
		return refused(hold.ProofExpired)
	case id != string(c.ID), nonce != c.Nonce || nonce == "":
		return refused(hold.NonceMismatch)
	}
	return nil
}
