// Package issuer is the devstack's OpenID provider: the bank's own, as far as
// agents need one. It knows five people, and gives each of them tokens of five
// minutes: to the console by authorization codes with PKCE, and by the client
// credentials grant (RFC 6749 §4.4) to the terminal and the drill, which stand
// for a person who has signed in.
package issuer

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// Person is somebody who may sign in.
type Person struct{ Sub, Name, GivenName, Role string }

// People are the devstack's agents.
var People = []Person{
	{"ana", "Ana Silva", "Ana", "agent"}, {"bo", "Bo Lindqvist", "Bo", "agent"},
	{"sam", "Sam Okafor", "Sam", "supervisor"}, {"sue", "Sue Brandt", "Sue", "supervisor"}, {"olga", "Olga Novak", "Olga", "auditor"},
	{"cleo", "Cleo Marin", "Cleo", "branch"},
}

// What tokens are for, and the claim that has the role.
const (
	Audience  = "holdfast"
	RoleClaim = "role"
	life      = 5 * time.Minute
)

// Issuer is a running provider.
type Issuer struct {
	URL     string
	Secret  string // of every person and of the console; for development only
	server  *http.Server
	storage *storage
}

// Start starts a provider with a signing key of its own.
func Start(listen, secret string, people []Person) (*Issuer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, fmt.Errorf("the identity provider: %w", err)
	}
	i := &Issuer{URL: "http://" + l.Addr().String(), Secret: secret,
		storage: &storage{secret: secret, people: people, key: signing{key: key, id: fmt.Sprintf("dev-%d", time.Now().UnixNano())}}}
	var crypto [32]byte
	_, _ = rand.Read(crypto[:]) // never fails
	provider, err := op.NewOpenIDProvider(i.URL, &op.Config{CryptoKey: crypto, CodeMethodS256: true, GrantTypeRefreshToken: true}, i.storage,
		op.WithAllowInsecure(), op.WithLogger(slog.New(slog.NewTextHandler(io.Discard, nil))))
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login", i.login)
	mux.HandleFunc("POST /login", i.login)
	mux.Handle("/", provider)
	i.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = i.server.Serve(l) }()
	return i, nil
}

// AllowRedirect lets the console be returned to an address after a sign-in.
func (i *Issuer) AllowRedirect(uri string) {
	i.storage.mu.Lock()
	defer i.storage.mu.Unlock()
	i.storage.redirects = append(i.storage.redirects, uri)
}

// KeepAhead lets the provider's clock be ahead of the machine's by so much.
func (i *Issuer) KeepAhead(by func() time.Duration) {
	i.storage.mu.Lock()
	defer i.storage.mu.Unlock()
	i.storage.ahead = by
}

// Stop ends it.
func (i *Issuer) Stop() error { return i.server.Close() }

// signing is the provider's key.
type signing struct {
	key *ecdsa.PrivateKey
	id  string
}

func (s signing) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.ES256 }
func (s signing) Algorithm() jose.SignatureAlgorithm          { return jose.ES256 }
func (s signing) Use() string                                 { return "sig" }
func (s signing) ID() string                                  { return s.id }
func (s signing) Key() any                                    { return s.key }

// public is the half that everybody may have.
type public struct{ signing }

func (p public) Key() any { return p.key.Public() }

// Desk is somebody at the provider at URL, with the secret that everybody in the
// devstack has.
type Desk struct{ URL, Secret string }

var desk = &http.Client{Timeout: 10 * time.Second}

// Token signs a person in.
func (d Desk) Token(ctx context.Context, sub string) (string, error) {
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {"openid"}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL+"/oauth/token", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(sub, d.Secret)
	res, err := desk.Do(r)
	if err != nil {
		return "", err
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	var out struct {
		Token string `json:"access_token"`
		Error string `json:"error"`
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, 64<<10)).Decode(&out); err != nil {
		return "", err
	}
	if out.Token == "" {
		return "", errors.New("the identity provider knows no " + sub + ": " + out.Error)
	}
	return out.Token, nil
}
