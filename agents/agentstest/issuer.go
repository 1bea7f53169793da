// Package agentstest is a bank's identity provider for tests: what it signs can
// be right or wrong in any way.
package agentstest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
)

// Issuer is a provider with one key at a time.
type Issuer struct {
	*httptest.Server
	Key   *ecdsa.PrivateKey
	Kid   string                        // of the key
	Life  time.Duration                 // of tokens; 0: five minutes
	More  []any                         // keys besides it
	Down  atomic.Bool                   // nothing is told of the keys
	Slow  atomic.Pointer[chan struct{}] // the keys wait for it
	Asked atomic.Int64                  // how often for the keys
}

// NewKey makes a key.
func NewKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// NewIssuer starts a provider.
func NewIssuer(t testing.TB) *Issuer {
	t.Helper()
	i := &Issuer{Key: NewKey(t), Kid: "one"}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		if i.Down.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"issuer": i.URL, "jwks_uri": i.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"ES256"}})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		i.Asked.Add(1)
		if slow := i.Slow.Load(); slow != nil {
			<-*slow
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": append(i.More, jose.JSONWebKey{Key: i.Key.Public(), KeyID: i.Kid,
			Algorithm: "ES256", Use: "sig"})})
	})
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

// Token is one of ana, an agent, for five minutes, unless change says otherwise.
func (i *Issuer) Token(t testing.TB, change func(c jwt.MapClaims)) string {
	t.Helper()
	now, life := time.Now(), 5*time.Minute
	if i.Life != 0 {
		life = i.Life
	}
	c := jwt.MapClaims{"iss": i.URL, "aud": "holdfast", "sub": "ana", "role": "agent", "name": "Ana Example", "given_name": "Ana",
		"iat": now.Unix(), "exp": now.Add(life).Unix()}
	if change != nil {
		change(c)
	}
	tok := jwt.NewWithClaims(jwt.SigningMethodES256, c)
	tok.Header["kid"] = i.Kid
	s, err := tok.SignedString(i.Key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
