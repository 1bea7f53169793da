package push

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"

	"holdfast/channels"
	"holdfast/hold"
)

// The types of proof, carried in the JWS header (RFC 8725 §3.11: explicit
// typing). A proof of one type is never accepted as another.
const (
	typeAnswer = "holdfast/answer"
	typeHello  = "holdfast/hello"
	typeEnrol  = "holdfast/enrol"
	typeRevoke = "holdfast/revoke"
	typeSaid   = "holdfast/interview"
	typeWarned = "holdfast/warning"
	typeTrusts = "holdfast/contact"
	typeLock   = "holdfast/lock"
)

const (
	maxProof = 4096             // bytes of a compact JWS
	maxLife  = 60 * time.Second // exp lies at most this far ahead, iat at most this far back
	maxSkew  = 10 * time.Second // iat may lie this far ahead: phones' clocks run fast
)

// errMalformed says that a text is no proof of the type asked for. It never
// quotes the text.
var errMalformed = errors.New("malformed proof")

// parser checks algorithm, encoding and signature. Claims are judged by hand:
// each has a refusal code of its own, and time is the store's.
var parser = jwt.NewParser(
	jwt.WithValidMethods([]string{jwt.SigningMethodES256.Alg()}),
	jwt.WithStrictDecoding(),
	jwt.WithoutClaimsValidation(),
)

// proof is a compact JWS (RFC 7515 §3.1) whose header is in order and whose
// signature has not been looked at.
type proof struct {
	raw     string
	kid     string // empty when the header has none
	payload []byte
}

// readProof takes a JWS apart. The header holds alg, typ and possibly kid, and
// nothing else: that leaves out crit (RFC 7515 §4.1.11) and every way to bring
// a key along (jwk, jku, x5u, x5c).
func readProof(jws, typ string) (proof, error) {
	if len(jws) > maxProof || !onlyBase64URL(jws) {
		return proof{}, errMalformed
	}
	parts := strings.Split(jws, ".")
	if len(parts) != 3 {
		return proof{}, errMalformed
	}
	header, err := parser.DecodeSegment(parts[0])
	if err != nil {
		return proof{}, errMalformed
	}
	payload, err := parser.DecodeSegment(parts[1])
	if err != nil {
		return proof{}, errMalformed
	}
	p := proof{raw: jws, payload: payload}
	var alg, is string
	if err := readObject(header, fields{"alg": &alg, "typ": &is}, fields{"kid": &p.kid}); err != nil {
		return proof{}, err
	}
	if alg != jwt.SigningMethodES256.Alg() || is != typ {
		return proof{}, errMalformed
	}
	return p, nil
}

// claims verifies the signature and then reads the claims: those that must be there,
// those that may, each once, and no other.
func (p proof) claims(key *ecdsa.PublicKey, into, optional fields) error {
	keyOf := func(*jwt.Token) (any, error) { return key, nil }
	if _, err := parser.ParseWithClaims(p.raw, jwt.MapClaims{}, keyOf); err != nil {
		return errMalformed
	}
	return readObject(p.payload, into, optional)
}

// onlyBase64URL tells whether s has only the letters of a compact JWS. The
// decoder by itself, strict as it is, skips line breaks.
func onlyBase64URL(s string) bool {
	for _, c := range []byte(s) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.':
		default:
			return false
		}
	}
	return true
}

// fields maps a member's name to where its value goes.
type fields map[string]any

// readObject reads a JSON object that has every required member, may have the
// optional ones and has no other; names compare exactly and none repeats.
func readObject(b []byte, required, optional fields) error {
	members, err := readMembers(b)
	if err != nil {
		return err
	}
	for name := range required {
		if _, ok := members[name]; !ok {
			return errMalformed
		}
	}
	for name, value := range members {
		to, ok := required[name]
		if !ok {
			to, ok = optional[name]
		}
		if !ok || string(value) == "null" || json.Unmarshal(value, to) != nil {
			return errMalformed
		}
	}
	return nil
}

// readMembers splits a JSON object into its members and refuses duplicate
// names and whatever follows the object.
func readMembers(b []byte) (map[string]json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') || !utf8.Valid(b) {
		return nil, errMalformed
	}
	members := map[string]json.RawMessage{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, errMalformed
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, errMalformed
		}
		key, ok := name.(string)
		if _, twice := members[key]; !ok || twice {
			return nil, errMalformed
		}
		members[key] = value
	}
	if _, err := dec.Token(); err != nil { // the closing brace
		return nil, errMalformed
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errMalformed
	}
	return members, nil
}

// span is a proof's iat and exp in whole Unix seconds (RFC 7519 §4.1).
type span struct{ issued, expires int64 }

// holds tells whether the proof is in force: issued at most 60 s ago and at
// most 10 s ahead, expiring after now and at most 60 s ahead.
func (s span) holds(now hold.Instant) bool {
	// Far beyond what a proof may say; keeps the conversion from overflowing.
	const limit = int64(1) << 40
	if s.issued <= 0 || s.expires <= s.issued || s.expires > limit {
		return false
	}
	issued, expires := hold.At(time.Unix(s.issued, 0)), hold.At(time.Unix(s.expires, 0))
	return issued >= now.Add(-maxLife) && issued <= now.Add(maxSkew) &&
		expires > now && expires <= now.Add(maxLife)
}

func refused(r hold.Refusal) error { return &channels.RefusedError{Refusal: r} }
