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
var Scopes = []string{"holds:write", "holds:read", "holds:amend", "holds:override", "audit:read",
	"customers:write", "customers:import", "sessions:write", "outcomes:write", "payees:check", "payees:write", "recalls:write",
	"complaints:write", "checks:write"}

// caller is who a request comes from: a client with scopes, a customer, or an
// agent.
type caller struct {
	client   string
	scopes   []string
	customer hold.CustomerID
	agent    store.By
	locale   string // that an agent or a system of the bank reads, by Accept-Language
}

type callerKey struct{}

func callerOf(ctx context.Context) caller { c, _ := ctx.Value(callerKey{}).(caller); return c }

func (c caller) may(scope string) bool { return slices.Contains(c.scopes, scope) }

// name is the caller's among all.
func (c caller) name() string {
	return "client " + c.client + " customer " + string(c.customer) + " agent " + c.agent.Sub
}

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

// preferred is the language that comes first in Accept-Language.
func preferred(r *http.Request) string {
	locale, _, _ := strings.Cut(r.Header.Get("Accept-Language"), ",")
	return locale
}

// authenticate finds the caller by one look-up of the credential's digest. No
// credential, an unknown one, a wrong secret and a revoked key take the same
// statements and get the same reply.
func (s *Server) authenticate(r *http.Request, op *operation) (caller, error) {
	if op.security == "" {
		return caller{}, nil
	}
	token := Bearer(r)
	if op.security == "agentToken" {
		who, err := s.authenticateAgent(r.Context(), op, token)
		who.locale = preferred(r)
		return who, err
	}
	if len(token) > 256 {
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
	key, err := s.Bank.KeyByDigest(r.Context(), digest)
	if errors.Is(err, store.ErrNotFound) || err == nil && key.RevokedAt != 0 {
		return caller{}, refuse("unauthenticated")
	} else if err != nil {
		return caller{}, err
	}
	c := caller{client: key.ClientID, scopes: strings.Fields(key.Scopes), locale: preferred(r)}
	if op.scope != "" && !c.may(op.scope) {
		return caller{}, refuse("scope_missing").because("this needs the scope " + op.scope)
	}
	return c, nil
}

// Bearer is the token of the Authorization header (RFC 6750), or none. A scheme
// is written in any case (RFC 9110 §11.1).
func Bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimLeft(token, " ")
}

// ErrNobody means that a token is nobody's.
var ErrNobody = errors.New("the token is nobody's")

// ErrIssuerAway means that nobody can tell now whose a token is.
var ErrIssuerAway = errors.New("the identity provider does not answer")

// authenticateAgent asks whose a token is, and whether their access has been
// revoked since it was issued.
func (s *Server) authenticateAgent(ctx context.Context, op *operation, token string) (caller, error) {
	if s.Agents.Verify == nil || token == "" {
		return caller{}, refuse("unauthenticated")
	}
	by, err := s.Agents.Verify(ctx, token)
	if err == nil {
		err = s.Staff.SeeAgent(ctx, by)
	}
	switch {
	case errors.Is(err, ErrNobody), errors.Is(err, store.ErrRevoked):
		return caller{}, refuse("unauthenticated")
	case errors.Is(err, ErrIssuerAway):
		s.Log.ErrorContext(ctx, "agents cannot sign in: the identity provider does not answer", "error", err)
		return caller{}, refuse("busy")
	case err != nil:
		return caller{}, err
	case !slices.Contains(op.roles, string(by.Role)):
		return caller{}, refuse("role_missing").because("this takes the role " + strings.Join(op.roles, " or "))
	}
	return caller{agent: by}, nil
}
