package facelink

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"

	"holdfast/hold"
)

// Links makes the tokens of one-time links: 128 bits, derived from a key, the
// challenge and the link's number, so that a text that is sent again has the
// same one and the record keeps only its digest.
type Links struct {
	Key []byte // at least 256 bits
	URL string // before the token: https://…/f/
}

// ReadLinks reads the key: base64 of at least 32 bytes.
func ReadLinks(key, url string) (Links, error) {
	k, err := base64.StdEncoding.DecodeString(key)
	if err != nil || len(k) < 32 {
		return Links{}, errors.New("face_link_key: want base64 of at least 32 random bytes")
	}
	return Links{k, url}, nil
}

func (l Links) token(id hold.ChallengeID, n int) string {
	mac := hmac.New(sha256.New, l.Key)
	fmt.Fprintf(mac, "link %s %d", id, n)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}

// Link is the address of a challenge's n-th link.
func (l Links) Link(id hold.ChallengeID, n int) string { return l.URL + l.token(id, n) }

// Digest is what the record keeps of it.
func (l Links) Digest(id hold.ChallengeID, n int) hold.Digest {
	return hold.DigestOf([]byte(l.token(id, n)))
}

var token = regexp.MustCompile(`^[A-Za-z0-9_-]{22}$`)

// DigestOfToken is the digest by which a link is found; what is no token has one
// that nothing has. Looking up a digest needs no constant time: it cannot be
// steered towards another.
func DigestOfToken(t string) hold.Digest {
	if !token.MatchString(t) {
		return ""
	}
	return hold.DigestOf([]byte(t))
}
