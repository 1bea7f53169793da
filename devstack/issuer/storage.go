package issuer

import (
	"context"
	"crypto/subtle"
	"errors"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// storage is what the provider works with: people, one key, and the console's
// sign-ins. Access tokens are not kept: they prove themselves.
type storage struct {
	codes
	secret string
	people []Person
	key    signing
}

var (
	_ op.Storage                  = (*storage)(nil)
	_ op.ClientCredentialsStorage = (*storage)(nil)
)

var (
	errNobody = errors.New("nobody of that name and secret")
	errNoFlow = oidc.ErrUnauthorizedClient().WithDescription("only codes and client credentials are given here")
)

func (s *storage) person(sub string) (Person, bool) {
	i := slices.IndexFunc(s.people, func(p Person) bool { return p.Sub == sub })
	if i < 0 {
		return Person{}, false
	}
	return s.people[i], true
}

// ClientCredentials signs a person in.
func (s *storage) ClientCredentials(ctx context.Context, id, secret string) (op.Client, error) {
	if err := s.AuthorizeClientIDSecret(ctx, id, secret); err != nil {
		return nil, err
	}
	return s.GetClientByClientID(ctx, id)
}

func (s *storage) AuthorizeClientIDSecret(_ context.Context, id, secret string) error {
	_, known := s.person(id)
	if subtle.ConstantTimeCompare([]byte(secret), []byte(s.secret)) != 1 || !known && id != Console {
		return errNobody
	}
	return nil
}

func (s *storage) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	if id == Console {
		return consoleClient{client{id, s.by()}, s.allowed()}, nil
	}
	if _, known := s.person(id); !known {
		return nil, errNobody
	}
	return client{id, s.by()}, nil
}

func (s *storage) ClientCredentialsTokenRequest(_ context.Context, id string, scopes []string) (op.TokenRequest, error) {
	return request{id, scopes}, nil
}

type request struct {
	sub    string
	scopes []string
}

func (r request) GetSubject() string    { return r.sub }
func (r request) GetAudience() []string { return []string{Audience} }
func (r request) GetScopes() []string   { return r.scopes }

func (s *storage) CreateAccessToken(context.Context, op.TokenRequest) (string, time.Time, error) {
	return "", time.Now().Add(s.by() + life), nil
}

// GetPrivateClaimsFromScopes says who the person is and what they may do.
func (s *storage) GetPrivateClaimsFromScopes(_ context.Context, sub, _ string, _ []string) (map[string]any, error) {
	p, known := s.person(sub)
	if !known {
		return nil, errNobody
	}
	return map[string]any{RoleClaim: p.Role, "name": p.Name, "given_name": p.GivenName}, nil
}

// SetUserinfoFromScopes says in the ID token who signed in.
func (s *storage) SetUserinfoFromScopes(_ context.Context, u *oidc.UserInfo, sub, _ string, _ []string) error {
	p, known := s.person(sub)
	if !known {
		return errNobody
	}
	u.Subject, u.Name, u.GivenName = p.Sub, p.Name, p.GivenName
	return nil
}

func (s *storage) SigningKey(context.Context) (op.SigningKey, error) { return s.key, nil }
func (s *storage) KeySet(context.Context) ([]op.Key, error)          { return []op.Key{public{s.key}}, nil }
func (s *storage) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.ES256}, nil
}
func (s *storage) Health(context.Context) error { return nil }

// The flows below are not given here, and say so.

func (s *storage) TerminateSession(context.Context, string, string) error { return errNoFlow }
func (s *storage) SetUserinfoFromToken(context.Context, *oidc.UserInfo, string, string, string) error {
	return errNoFlow
}
func (s *storage) SetIntrospectionFromToken(context.Context, *oidc.IntrospectionResponse, string, string, string) error {
	return errNoFlow
}
func (s *storage) GetKeyByIDAndClientID(context.Context, string, string) (*jose.JSONWebKey, error) {
	return nil, errNoFlow
}
func (s *storage) ValidateJWTProfileScopes(context.Context, string, []string) ([]string, error) {
	return nil, errNoFlow
}

// client is a person as an OAuth client of their own. The library takes from all
// times what it believes the client's clock to be behind: a clock ahead is less than
// nothing. To the end of an ID token it adds that, and so it is given twice.
type client struct {
	id    string
	ahead time.Duration
}

func (c client) GetID() string                                                 { return c.id }
func (client) RedirectURIs() []string                                          { return nil }
func (client) PostLogoutRedirectURIs() []string                                { return nil }
func (client) ApplicationType() op.ApplicationType                             { return op.ApplicationTypeWeb }
func (client) AuthMethod() oidc.AuthMethod                                     { return oidc.AuthMethodBasic }
func (client) ResponseTypes() []oidc.ResponseType                              { return nil }
func (client) GrantTypes() []oidc.GrantType                                    { return []oidc.GrantType{oidc.GrantTypeClientCredentials} }
func (client) LoginURL(string) string                                          { return "" }
func (client) AccessTokenType() op.AccessTokenType                             { return op.AccessTokenTypeJWT }
func (c client) IDTokenLifetime() time.Duration                                { return life + 2*c.ahead }
func (client) DevMode() bool                                                   { return true }
func (client) RestrictAdditionalIdTokenScopes() func(scopes []string) []string { return same }
func (client) RestrictAdditionalAccessTokenScopes() func(scopes []string) []string {
	return same
}
func (client) IsScopeAllowed(string) bool           { return false }
func (client) IDTokenUserinfoClaimsAssertion() bool { return false }
func (c client) ClockSkew() time.Duration           { return -c.ahead }

func same(scopes []string) []string { return scopes }

// consoleClient is the console as an OAuth client, with a secret.
type consoleClient struct {
	client
	redirects []string
}

func (c consoleClient) RedirectURIs() []string { return c.redirects }
func (consoleClient) ResponseTypes() []oidc.ResponseType {
	return []oidc.ResponseType{oidc.ResponseTypeCode}
}
func (consoleClient) GrantTypes() []oidc.GrantType {
	return []oidc.GrantType{oidc.GrantTypeCode, oidc.GrantTypeRefreshToken}
}
func (consoleClient) LoginURL(id string) string { return "/login?request=" + id }
