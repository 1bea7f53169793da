package push

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
)

const (
	maxJWK     = 8 << 10 // bytes: a key may bring its certificates (x5c)
	coordinate = 32      // bytes of a P-256 coordinate (RFC 7518 §6.2.1.2)
)

// errKey says that a text is no public key that a device may have. It never
// quotes the text.
var errKey = errors.New("not a public EC P-256 key (RFC 7517)")

var base64url = base64.RawURLEncoding.Strict()

// ParseJWK reads a device's public key: EC on P-256 (RFC 7518 §6.2), at most
// 8 KiB, the point on the curve, no private part. A use other than sig or an
// alg other than ES256 is refused. Members it does not know are ignored as RFC
// 7517 §4 asks; what is kept is PublicJWK of the result, which has none.
func ParseJWK(b []byte) (*ecdsa.PublicKey, error) {
	if len(b) > maxJWK {
		return nil, errKey
	}
	members, err := readMembers(b)
	if err != nil {
		return nil, errKey
	}
	if _, private := members["d"]; private {
		return nil, errKey
	}
	for name, want := range map[string]string{"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256"} {
		value, given := members[name]
		if !given && (name == "use" || name == "alg") {
			continue
		}
		var is string
		if json.Unmarshal(value, &is) != nil || is != want {
			return nil, errKey
		}
	}
	point := []byte{4} // uncompressed (SEC 1 §2.3.3)
	for _, name := range []string{"x", "y"} {
		var text string
		if json.Unmarshal(members[name], &text) != nil || !onlyBase64URL(text) {
			return nil, errKey
		}
		c, err := base64url.DecodeString(text)
		if err != nil || len(c) != coordinate {
			return nil, errKey
		}
		point = append(point, c...)
	}
	pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return nil, errKey
	}
	return pub, nil
}

// PublicJWK writes a P-256 public key as a JWK with its required members in
// the order of RFC 7638, so that equal keys have equal bytes. It panics on a
// key that is not on P-256, which ParseJWK never returns.
func PublicJWK(pub *ecdsa.PublicKey) []byte {
	point, err := pub.Bytes()
	if err != nil || pub.Curve != elliptic.P256() {
		panic("push: not a P-256 key")
	}
	x, y := base64url.EncodeToString(point[1:1+coordinate]), base64url.EncodeToString(point[1+coordinate:])
	return fmt.Appendf(nil, `{"crv":"P-256","kty":"EC","x":"%s","y":"%s"}`, x, y)
}

// Thumbprint is the key's JWK thumbprint (RFC 7638) by SHA-256, base64url, 43
// characters.
func Thumbprint(pub *ecdsa.PublicKey) string {
	sum := sha256.Sum256(PublicJWK(pub))
	return base64url.EncodeToString(sum[:])
}
