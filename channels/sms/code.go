package sms

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"holdfast/hold"
)

// The number of digits of a code: six are what customers know, eight the most
// that Holdfast asks them to copy.
const (
	MinDigits = 6
	MaxDigits = 8
)

// Keys derive the codes. The first makes new ones; the others verify until the
// last challenge that names them has expired.
type Keys struct {
	Current string // id
	keys    map[string][]byte
}

var keyID = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)

// ReadKeys reads "id:base64" (32 bytes or more), the current one first. The
// error says which is wrong and quotes nothing.
func ReadKeys(settings []string) (Keys, error) {
	k := Keys{keys: map[string][]byte{}}
	for i, s := range settings {
		id, secret, _ := strings.Cut(s, ":")
		key, err := base64.StdEncoding.DecodeString(secret)
		switch {
		case !keyID.MatchString(id) || err != nil || len(key) < 32:
			return Keys{}, fmt.Errorf("key %d: want id:base64, the id of a-z, 0-9 and -, and at least 32 bytes", i+1)
		case k.keys[id] != nil:
			return Keys{}, fmt.Errorf("key %d: its id is taken by one before", i+1)
		}
		k.keys[id] = key
		if i == 0 {
			k.Current = id
		}
	}
	if len(settings) == 0 {
		return Keys{}, errors.New("there is none")
	}
	return k, nil
}

// Code derives a challenge's code: the dynamic truncation of HOTP (RFC 4226
// §5.3) over HMAC-SHA-256(key, challenge id ‖ tx_digest). It is bound to the
// challenge and to the document (PSD2 RTS Art. 5), and is stored nowhere. An
// error means that the key is gone or that the challenge is no SMS challenge.
func (k Keys) Code(c hold.Challenge) (string, error) {
	if c.ID == "" || c.TxDigest == "" {
		return "", errors.New(string(c.ID) + " has no code")
	}
	return k.derive(c.KeyID, string(c.ID), string(c.TxDigest), c.Digits)
}

// ContactCode derives the code by which a contact agrees, in the same way, over the
// contact's id and their number's. It is no challenge's: the ids have prefixes of their
// own.
func (k Keys) ContactCode(q hold.ContactQuestion) (string, error) {
	if q.ID == "" || q.NumberID == "" {
		return "", errors.New(q.ID + " has no code")
	}
	return k.derive(q.KeyID, q.ID, q.NumberID, q.Digits)
}

func (k Keys) derive(id, of, with string, digits int) (string, error) {
	key := k.keys[id]
	switch {
	case key == nil:
		return "", errors.New("the key of " + of + " is not configured any more")
	case digits < MinDigits || digits > MaxDigits:
		return "", errors.New(of + " has no code")
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(of))
	mac.Write([]byte(with))
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	n := binary.BigEndian.Uint32(sum[at:]) & 0x7fffffff
	modulus := uint32(1)
	for range digits {
		modulus *= 10
	}
	return fmt.Sprintf("%0*d", digits, n%modulus), nil
}
