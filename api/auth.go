package api

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strings"

	"holdfast/hold"
	"holdfast/store"
)

// Scopes are what an API key may be allowed.
var Scopes = []string{"holds:write", "holds:read", "holds:override", "audit:read", "customers:write", "customers:import", "sessions:write"}

// caller is who a request comes from: a client with scopes, or a customer.
type caller struct {
	client   string
	scopes   []string
	customer hold.CustomerID
}

type callerKey struct{}

func callerOf(ctx context.Context) caller { c, _ := ctx.Value(callerKey{}).(caller); return c }

func (c caller) may(scope string) bool { return slices.Contains(c.scopes, scope) }

func (c caller) actor() string { return "client:" + c.client }

// NewKey makes an API key with 256 random bits. The key is shown once; the row
// holds its digest.
func NewKey(client string, scopes []string) (key string, row store.Key, err error) {
	for _, s := range scopes {
		if !slices.Contains(Scopes, s) {
			return "", row, errors.New("unknown scope " + s + "; there are " + strings.Join(Scopes, ", "))
		}
	}
	id := store.NewID("key")
	key = "hf_" + strings.TrimPrefix(id, "key_") + "_" + secret()
	return key, store.Key{ID: id, ClientID: client, Digest: Digest(key), Scopes: strings.Join(scopes, " ")}, nil
}

// Digest is what the record keeps of a key or token: SHA-256. Both have 256
// random bits, so that a slow hash would protect nothing more.
func Digest(token string) string { return string(hold.DigestOf([]byte(token))) }

func secret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// authenticate finds the caller by one look-up of the credential's digest. No
// credential, an unknown one, a wrong secret and a revoked key take the same
// statements and get the same reply.
func (s *Server) authenticate(r *http.Request, op *operation) (caller, error) {
	if op.security == "" {
		return caller{}, nil
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || len(token) > 256 {
		token = ""
	}
	digest := Digest(token)
	if op.security == "customerToken" {
		ses, err := s.Customers.SessionByDigest(r.Context(), digest)
		if errors.Is(err, store.ErrNotFound) {
			return caller{}, refuse("unauthenticated")
		}
		return caller{customer: ses.CustomerID}, err
	}
	key, err := s.Holds.KeyByDigest(r.Context(), digest)
	if errors.Is(err, store.ErrNotFound) || err == nil && key.RevokedAt != 0 {
		return caller{}, refuse("unauthenticated")
	} else if err != nil {
		return caller{}, err
	}
	c := caller{client: key.ClientID, scopes: strings.Fields(key.Scopes)}
	if op.scope != "" && !c.may(op.scope) {
		return caller{}, refuse("scope_missing").because("this needs the scope " + op.scope)
	}
	return c, nil
}
