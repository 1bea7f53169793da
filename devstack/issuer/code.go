package issuer

import (
	"context"
	"crypto/rand"
	"slices"
	"sync"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// Console is the console as a client, whose secret is everybody's. Where it may
// be returned to is said by AllowRedirect.
const Console = "holdfast-console"

// codes is the authorization code flow: who is signing in, and the refresh
// tokens that were given, each good once.
type codes struct {
	mu        sync.Mutex
	redirects []string
	ahead     func() time.Duration // of the machine's clock; nil: not at all
	requests  shelf[signingIn]     // by id
	given     shelf[string]        // codes: the request's id
	grants    shelf[grant]         // by refresh token
}

// shelf keeps the latest of what is put on it.
type shelf[T any] struct {
	kept  map[string]T
	order []string
}

const room = 1000

func (s *shelf[T]) put(key string, v T) {
	if s.kept == nil {
		s.kept = map[string]T{}
	}
	s.kept[key] = v
	if s.order = append(s.order, key); len(s.order) > room {
		delete(s.kept, s.order[0])
		s.order = s.order[1:]
	}
}

func (s *shelf[T]) take(key string) (v T, ok bool) {
	v, ok = s.kept[key]
	delete(s.kept, key)
	return v, ok
}

// signingIn is an authorization request, and who answered it.
type signingIn struct {
	*oidc.AuthRequest
	id, sub string
	at      time.Time
}

func (r signingIn) GetID() string          { return r.id }
func (r signingIn) GetACR() string         { return "" }
func (r signingIn) GetAMR() []string       { return nil }
func (r signingIn) GetAudience() []string  { return []string{Audience} }
func (r signingIn) GetAuthTime() time.Time { return r.at }
func (r signingIn) GetClientID() string    { return r.ClientID }
func (r signingIn) GetNonce() string       { return r.Nonce }
func (r signingIn) GetScopes() []string    { return r.Scopes }
func (r signingIn) GetSubject() string     { return r.sub }
func (r signingIn) Done() bool             { return r.sub != "" }
func (r signingIn) GetCodeChallenge() *oidc.CodeChallenge {
	return &oidc.CodeChallenge{Challenge: r.CodeChallenge, Method: r.CodeChallengeMethod}
}

// grant is what a refresh token stands for.
type grant struct {
	sub    string
	scopes []string
	at     time.Time
}

func (g *grant) GetAMR() []string          { return nil }
func (g *grant) GetAudience() []string     { return []string{Audience} }
func (g *grant) GetAuthTime() time.Time    { return g.at }
func (g *grant) GetClientID() string       { return Console }
func (g *grant) GetScopes() []string       { return g.scopes }
func (g *grant) GetSubject() string        { return g.sub }
func (g *grant) SetCurrentScopes([]string) {} // they are all the same here

// by is how far the provider's clock is ahead of the machine's.
func (c *codes) by() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.aheadBy()
}

func (c *codes) aheadBy() time.Duration {
	if c.ahead == nil {
		return 0
	}
	return c.ahead()
}

// allowed are the addresses that the console may be returned to.
func (c *codes) allowed() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.redirects)
}

// CreateAuthRequest begins a sign-in; PKCE is asked for (RFC 9700 §2.1.1).
func (c *codes) CreateAuthRequest(_ context.Context, r *oidc.AuthRequest, _ string) (op.AuthRequest, error) {
	if r.CodeChallenge == "" || r.CodeChallengeMethod != oidc.CodeChallengeMethodS256 {
		return nil, oidc.ErrInvalidRequest().WithDescription("PKCE with S256 is missing")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s := signingIn{AuthRequest: r, id: rand.Text()}
	c.requests.put(s.id, s)
	return s, nil
}

// signIn says who answers a request.
func (c *codes) signIn(id, sub string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.requests.kept[id]
	if ok {
		s.sub, s.at = sub, time.Now() // by the machine's clock: the library adds to it
		c.requests.kept[id] = s
	}
	return ok
}

func (c *codes) request(id string) (signingIn, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.requests.kept[id]
	return s, ok
}

// AuthRequestByID finds a sign-in.
func (c *codes) AuthRequestByID(_ context.Context, id string) (op.AuthRequest, error) {
	s, ok := c.request(id)
	if !ok {
		return nil, oidc.ErrInvalidRequest().WithDescription("there is no such sign-in")
	}
	return s, nil
}

// SaveAuthCode keeps a code.
func (c *codes) SaveAuthCode(_ context.Context, id, code string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.given.put(code, id)
	return nil
}

// AuthRequestByCode takes a code, which is good once.
func (c *codes) AuthRequestByCode(ctx context.Context, code string) (op.AuthRequest, error) {
	c.mu.Lock()
	id, _ := c.given.take(code)
	c.mu.Unlock()
	return c.AuthRequestByID(ctx, id)
}

// DeleteAuthRequest ends a sign-in.
func (c *codes) DeleteAuthRequest(_ context.Context, id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests.take(id)
	return nil
}

// CreateAccessAndRefreshTokens gives a refresh token for a sign-in, or in
// exchange for another.
func (c *codes) CreateAccessAndRefreshTokens(_ context.Context, r op.TokenRequest, used string) (string, string, time.Time, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.grants.take(used); used != "" && !ok { // another request was faster
		return "", "", time.Time{}, oidc.ErrInvalidGrant()
	}
	token := rand.Text() + rand.Text()
	g := grant{sub: r.GetSubject(), scopes: r.GetScopes()}
	if timed, ok := r.(interface{ GetAuthTime() time.Time }); ok {
		g.at = timed.GetAuthTime()
	}
	c.grants.put(token, g)
	return rand.Text(), token, time.Now().Add(c.aheadBy() + life), nil
}

// TokenRequestByRefreshToken finds what a refresh token stands for.
func (c *codes) TokenRequestByRefreshToken(_ context.Context, token string) (op.RefreshTokenRequest, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	g, ok := c.grants.kept[token]
	if !ok {
		return nil, op.ErrInvalidRefreshToken
	}
	return &g, nil
}

// GetRefreshTokenInfo tells whose a refresh token is.
func (c *codes) GetRefreshTokenInfo(_ context.Context, _, token string) (string, string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	g, ok := c.grants.kept[token]
	if !ok {
		return "", "", op.ErrInvalidRefreshToken
	}
	return g.sub, token, nil
}

// RevokeToken forgets a refresh token (RFC 7009); an unknown one is forgotten
// already.
func (c *codes) RevokeToken(_ context.Context, token, _, _ string) *oidc.Error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.grants.take(token)
	return nil
}
