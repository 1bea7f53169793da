package store

import (
	"crypto/rand"
	"encoding/base64"

	"github.com/oklog/ulid/v2"
)

// NewID is a prefix and a ULID: "hold_01J…". It sorts by time.
func NewID(prefix string) string {
	return prefix + "_" + ulid.MustNew(ulid.Now(), rand.Reader).String()
}

// NewNonce is 128 random bits in base64url without padding.
func NewNonce() string {
	var b [16]byte
	rand.Read(b[:]) //nolint:errcheck // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}
