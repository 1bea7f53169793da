// Package agents tells which agent a bearer token is: tokens of the bank's own
// OpenID provider (OpenID Connect Core 1.0), that live no longer than the bank
// allows, with a role. It knows nothing of the queue.
package agents

import (
	"context"
	"errors"
	"net/http"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"
)

// Agent is who a token is of.
type Agent struct {
	Sub       string
	Name      string
	GivenName string
	Role      Role
	IssuedAt  time.Time
	ExpiresAt time.Time
}

// What holds unless the settings say otherwise.
const (
	DefaultLife = 5 * time.Minute // of a token, from issue to expiry
	DefaultSkew = 30 * time.Second
	maxSub      = 255 // characters (OpenID Connect Core 1.0, section 2)
)

// Config says whose tokens count.
type Config struct {
	Issuer    string // its URL, exactly as in its discovery document
	Audience  string
	RoleClaim string           // a name, or a path with dots: what is there has the role
	Roles     Mapping          // of the bank's values to ours
	MaxLife   time.Duration    // of a token, from issue to expiry; 0: DefaultLife
	Skew      time.Duration    // between our clock and the provider's; 0: DefaultSkew
	Client    *http.Client     // nil: http.DefaultClient
	Now       func() time.Time // nil: the machine's
}

// Verifier checks tokens. It is safe for concurrent use.
type Verifier struct {
	Config
	Provider *Provider
}

// New checks the settings.
func New(c Config) (*Verifier, error) {
	if c.Issuer == "" || c.Audience == "" || c.RoleClaim == "" {
		return nil, errors.New("oidc_issuer, oidc_audience and oidc_role_claim: all three are needed")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Client == nil {
		c.Client = http.DefaultClient
	}
	if c.MaxLife == 0 {
		c.MaxLife = DefaultLife
	}
	if c.Skew == 0 {
		c.Skew = DefaultSkew
	}
	return &Verifier{Config: c, Provider: newProvider(c.Issuer, c.Client, c.Now)}, nil
}

// Verify tells whose a token is: ErrInvalid, ErrUnavailable or ErrMisconfigured
// when it cannot.
func (v *Verifier) Verify(ctx context.Context, token string) (Agent, error) {
	claims, err := v.Provider.Claims(ctx, token, v.Audience, v.Skew)
	if err != nil {
		return Agent{}, err
	}
	a := Agent{Sub: text(claims["sub"], maxSub+1), Name: text(claims["name"], 64), GivenName: text(claims["given_name"], 64),
		Role: v.Roles.role(at(map[string]any(claims), v.RoleClaim)), IssuedAt: when(claims.GetIssuedAt()),
		ExpiresAt: when(claims.GetExpirationTime())}
	switch {
	case !Subject(a.Sub):
		return Agent{}, Nobodys{"sub: none, too long, or with characters that nobody can see"}
	case a.IssuedAt.IsZero():
		return Agent{}, Nobodys{"iat: missing"}
	case a.ExpiresAt.Sub(a.IssuedAt) > v.MaxLife:
		return Agent{}, Nobodys{"exp: lives longer than oidc_max_life"}
	case a.Role == "":
		return Agent{}, Nobodys{"role: nothing that oidc_role_claim leads to is one"}
	}
	return a, nil
}

// Subject tells whether a string can be an agent's: 1 to 255 characters, each
// of which shows in a list or a log as what it is.
func Subject(s string) bool {
	if s == "" || !utf8.ValidString(s) || utf8.RuneCountInString(s) > maxSub {
		return false
	}
	for _, r := range s {
		if r != ' ' && !unicode.IsGraphic(r) || unicode.Is(unicode.Zs, r) && r != ' ' || r == utf8.RuneError {
			return false
		}
	}
	return true
}

func when(d *jwt.NumericDate, err error) time.Time {
	if err != nil || d == nil {
		return time.Time{}
	}
	return d.Time
}

func text(v any, longest int) string {
	s, _ := v.(string)
	if r := []rune(s); len(r) > longest {
		s = string(r[:longest])
	}
	return s
}
