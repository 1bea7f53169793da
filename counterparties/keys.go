package counterparties

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Keys derive the digests by which accounts are found. Whoever has the database alone
// cannot try accounts out: they are few enough to be listed. The zero value: payees are
// not looked up.
type Keys struct {
	keys []key // the current one first
}

type key struct {
	id     string
	secret []byte
}

var keyID = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)

// ReadKeys reads keys as id:base64, the current one first; those behind it still find
// what was kept by them. None at all is no error.
func ReadKeys(settings []string) (k Keys, err error) {
	for i, s := range settings {
		id, secret, _ := strings.Cut(s, ":")
		b, err := base64.StdEncoding.DecodeString(secret)
		if !keyID.MatchString(id) || err != nil || len(b) < 32 {
			return Keys{}, fmt.Errorf("key %d: want id:base64, the id of a-z, 0-9 and -, and at least 32 bytes", i+1)
		}
		for _, had := range k.keys {
			if had.id == id {
				return Keys{}, fmt.Errorf("key %d: its id is taken by one before", i+1)
			}
		}
		k.keys = append(k.keys, key{id, b})
	}
	if len(k.keys) > 4 {
		return Keys{}, errors.New("more than four: take away those that nothing is kept by any more")
	}
	return k, nil
}

// Any tells whether there are keys: whether payees are looked up.
func (k Keys) Any() bool { return len(k.keys) > 0 }

// Digest is an account's under one key.
type Digest struct {
	KeyID string
	Value string // hex of HMAC-SHA-256
}

// Current is the digest by which an account is kept from now on.
func (k Keys) Current(a Account) Digest { return k.keys[0].digest(a) }

// All are the digests by which an account may have been kept, the current one first; at
// the end those of who writes it as in its country, or does not know that.
func (k Keys) All(a Account) (all []Digest) {
	for _, form := range append([]Account{a}, a.wider()...) {
		for _, one := range k.keys {
			if d := one.digest(form); !slices.Contains(all, d) {
				all = append(all, d)
			}
		}
	}
	return all
}

// Paid are the digests by which the payee of a payment may have been kept. One that names
// no country goes to the bank's own, where that is known: so an account is on record once,
// with its country named or not.
func (k Keys) Paid(account, country, own string) []Digest {
	return k.All(Paid(account, cmp.Or(country, own)))
}

// Lookup are those of an account that somebody asks about, who may not know its country:
// those of the country that they name first, then those of the bank's own.
func (k Keys) Lookup(account, country, own string) []Digest {
	all := k.Paid(account, country, own)
	if own == "" {
		return all
	}
	for _, d := range k.Paid(account, own, "") {
		if !slices.Contains(all, d) {
			all = append(all, d)
		}
	}
	return all
}

func (k key) digest(a Account) Digest {
	mac := hmac.New(sha256.New, k.secret)
	mac.Write([]byte(a.Kind))
	mac.Write([]byte{0})
	mac.Write([]byte(a.Form))
	return Digest{k.id, hex.EncodeToString(mac.Sum(nil))}
}
