package push

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"holdfast/channels/channeltest"
)

// forge signs any header and claims, given as JSON, as a device would.
func forge(t *testing.T, key *ecdsa.PrivateKey, header, claims string) string {
	t.Helper()
	text := base64url.EncodeToString([]byte(header)) + "." + base64url.EncodeToString([]byte(claims))
	sig, err := jwt.SigningMethodES256.Sign(text, key)
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + base64url.EncodeToString(sig)
}

// parts is the header and the claims of a proof as JSON.
func parts(t *testing.T, jws string) (header, claims string) {
	t.Helper()
	p := strings.Split(jws, ".")
	h, err1 := base64url.DecodeString(p[0])
	c, err2 := base64url.DecodeString(p[1])
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	return string(h), string(c)
}

// with sets members of a JSON object; a nil value takes the member away.
func with(t *testing.T, object string, changes map[string]any) string {
	t.Helper()
	m := map[string]any{}
	dec := json.NewDecoder(strings.NewReader(object))
	dec.UseNumber()
	if err := dec.Decode(&m); err != nil {
		t.Fatal(err)
	}
	for k, v := range changes {
		m[k] = v
		if v == nil {
			delete(m, k)
		}
	}
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// twin is the other signature of the same proof, (r, n−s), which anybody can
// compute.
func twin(t *testing.T, jws string) string {
	t.Helper()
	cut := strings.LastIndexByte(jws, '.')
	sig, err := base64url.DecodeString(jws[cut+1:])
	if err != nil {
		t.Fatal(err)
	}
	s := new(big.Int).SetBytes(sig[coordinate:])
	s.Sub(elliptic.P256().Params().N, s).FillBytes(sig[coordinate:])
	return jws[:cut+1] + base64url.EncodeToString(sig)
}

// mutate changes a proof in the ways that attack a JWS, or in those of any text.
func mutate(rng *rand.Rand, jws string, public []byte) string {
	p := strings.Split(jws, ".")
	reheader := func(alg string) string {
		return base64url.EncodeToString([]byte(`{"alg":"` + alg + `","kid":"dev_1","typ":"holdfast/answer"}`))
	}
	switch rng.IntN(16) {
	case 0:
		return reheader("none") + "." + p[1] + "."
	case 1:
		return reheader("none") + "." + p[1] + "." + p[2]
	case 2: // the public key as an HMAC secret
		text := reheader("HS256") + "." + p[1]
		mac := hmac.New(sha256.New, public)
		mac.Write([]byte(text))
		return text + "." + base64url.EncodeToString(mac.Sum(nil))
	case 3:
		return reheader([]string{"ES384", "RS256", "PS256", "EdDSA", "es256", "ES256 "}[rng.IntN(6)]) + "." + p[1] + "." + p[2]
	case 4:
		rng.Shuffle(3, func(i, j int) { p[i], p[j] = p[j], p[i] })
		return strings.Join(p, ".")
	case 5: // the unused bits of the last letter
		const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
		i := rng.IntN(3)
		last := strings.IndexByte(letters, p[i][len(p[i])-1])
		p[i] = p[i][:len(p[i])-1] + letters[last^1:last^1+1]
		return strings.Join(p, ".")
	case 6:
		i := rng.IntN(3)
		p[i] += []string{"=", "==", "\n", "\r\n", " ", "\t"}[rng.IntN(6)]
		return strings.Join(p, ".")
	case 7: // zero, one and n as signatures
		sig := make([]byte, 2*coordinate)
		n := elliptic.P256().Params().N.Bytes()
		switch rng.IntN(3) {
		case 0:
			sig[31], sig[63] = 1, 1
		case 1:
			copy(sig[:32], n)
			copy(sig[32:], n)
		}
		return p[0] + "." + p[1] + "." + base64url.EncodeToString(sig)
	case 8: // r and s swapped
		sig, _ := base64url.DecodeString(p[2])
		return p[0] + "." + p[1] + "." + base64url.EncodeToString(append(sig[32:64:64], sig[:32]...))
	case 9: // one claim changed, signature kept
		claims, _ := base64url.DecodeString(p[1])
		changed := strings.NewReplacer("not_me", "approve", "deny", "approve", "approve", "not_me").Replace(string(claims))
		return p[0] + "." + base64url.EncodeToString([]byte(changed)) + "." + p[2]
	}
	return channeltest.Mutate(rng, jws)
}
