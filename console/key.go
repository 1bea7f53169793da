package console

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"

	"holdfast/hold"
)

const cookieName = "__Host-console"

// key is a session's cookie: 256 random bits, kept nowhere but in the browser.
// The record has its digest. What seals the tokens and what proves that a
// request comes from the page are derived from it, so that who reads the
// database can do nothing.
type key struct {
	secret []byte
	digest hold.Digest
}

// tokens are what the identity provider gave.
type tokens struct {
	Access  string
	Refresh string
	Expires hold.Instant // the access token, by the store's clock
}

func newKey() key {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return key{b, hold.DigestOf(b)}
}

// keyOf reads the request's cookie.
func keyOf(r *http.Request) (key, bool) {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return key{}, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(c.Value)
	if err != nil || len(b) != 32 {
		return key{}, false
	}
	return key{b, hold.DigestOf(b)}, true
}

// setCookie gives the browser the key. Strict: no other site's page makes the
// browser send it, not even by a link.
func (k key) setCookie(w http.ResponseWriter) {
	cookie(w, cookieName, base64.RawURLEncoding.EncodeToString(k.secret), http.SameSiteStrictMode, 0)
}

func clearCookie(w http.ResponseWriter) { cookie(w, cookieName, "", http.SameSiteStrictMode, -1) }

func cookie(w http.ResponseWriter, name, value string, site http.SameSite, age int) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", Secure: true, HttpOnly: true, SameSite: site, MaxAge: age})
}

// csrf is what the page sends with every change: only a page of this origin
// can have read it.
func (k key) csrf() string { return base64.RawURLEncoding.EncodeToString(derive(k.secret, "csrf")) }

func (k key) seal(t tokens) ([]byte, error) {
	return seal(derive(k.secret, "tokens"), t, string(k.digest))
}

func (k key) open(sealed []byte) (t tokens, err error) {
	return t, open(derive(k.secret, "tokens"), sealed, &t, string(k.digest))
}

// derive gives the key for one purpose (HKDF, RFC 5869).
func derive(secret []byte, purpose string) []byte {
	b, err := hkdf.Key(sha256.New, secret, nil, "holdfast console "+purpose, 32)
	if err != nil {
		panic(err) // 32 bytes are never too many
	}
	return b
}

func aead(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // the key has 32 bytes
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // the block has 16
	}
	return gcm
}

// seal seals a value (AES-256-GCM) for what it belongs to.
func seal(key []byte, v any, of string) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return aead(key).Seal(nil, nil, b, []byte(of)), nil
}

var errSealed = errors.New("what is sealed is not for this key")

func open(key, sealed []byte, v any, of string) error {
	b, err := aead(key).Open(nil, nil, sealed, []byte(of))
	if err != nil {
		return errSealed
	}
	return json.Unmarshal(b, v)
}
