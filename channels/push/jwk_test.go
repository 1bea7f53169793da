package push

import (
	"bytes"
	"strings"
	"testing"
)

func TestJWKRoundTrip(t *testing.T) {
	t.Parallel()
	for range 50 { // some coordinates have leading zeros
		key := newKey(t)
		b := PublicJWK(&key.PublicKey)
		pub, err := ParseJWK(b)
		if err != nil || !pub.Equal(&key.PublicKey) || !bytes.Equal(PublicJWK(pub), b) {
			t.Fatalf("%s: %v", b, err)
		}
	}
}

// RFC 7515 appendix A.3 has the key; the thumbprint follows RFC 7638 §3.
func TestThumbprint(t *testing.T) {
	t.Parallel()
	pub, err := ParseJWK([]byte(`{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := Thumbprint(pub); got != "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U" {
		t.Error(got)
	}
}

func TestParseJWK(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	good := string(PublicJWK(&key.PublicKey))
	change := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	add := func(member string) string { return change(`{`, `{`+member+`,`) }
	for name, jwk := range map[string]string{
		"as it is":        good,
		"for signing":     add(`"use":"sig","alg":"ES256","kid":"a"`),
		"from WebCrypto":  add(`"ext":true,"key_ops":["verify"]`),
		"unknown members": add(`"colour":"red"`),
		"a certificate":   add(`"x5c":["` + strings.Repeat("A", 2000) + `"],"x5t":"AA","iat":1700000000,"revoked":{"reason":null}`),
	} {
		if pub, err := ParseJWK([]byte(jwk)); err != nil || !pub.Equal(&key.PublicKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	x := good[strings.Index(good, `"x":"`)+5:][:43]
	off := "A" + x[1:] // another x for the same y
	if off == x {
		off = "B" + x[1:]
	}
	for name, jwk := range map[string]string{
		"empty":                  "",
		"not an object":          `[]`,
		"no members":             `{}`,
		"a private key":          add(`"d":"AAAA"`),
		"for encryption":         add(`"use":"enc"`),
		"another algorithm":      add(`"alg":"ES384"`),
		"algorithm not text":     add(`"alg":1`),
		"another curve":          change("P-256", "P-384"),
		"another type":           change(`"EC"`, `"oct"`),
		"a member twice":         add(`"kty":"EC"`),
		"too long":               add(`"kid":"` + strings.Repeat("a", 8<<10) + `"`),
		"off the curve":          change(x, off),
		"point at infinity":      `{"kty":"EC","crv":"P-256","x":"` + strings.Repeat("A", 43) + `","y":"` + strings.Repeat("A", 43) + `"}`,
		"short coordinate":       change(x, x[:42]),
		"long coordinate":        change(x, x+"AA"),
		"padded coordinate":      change(x, x+"="),
		"line break":             change(x, x[:20]+`\n`+x[20:]),
		"coordinate not text":    change(`"`+x+`"`, "5"),
		"something after it":     good + good,
		"member by another case": change(`"x"`, `"X"`),
	} {
		if _, err := ParseJWK([]byte(jwk)); err == nil {
			t.Errorf("%s: accepted", name)
		} else if jwk != "" && strings.Contains(err.Error(), x) {
			t.Errorf("%s: the error quotes the key", name)
		}
	}
}
