// Package agents tells which agent a bearer token is: tokens of the bank's own
// OpenID provider (OpenID Connect Core 1.0), for at most five minutes, with a
// role. It knows nothing of the queue.
package agents

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// Role is what an agent may do.
type Role string

const (
	RoleAgent      Role = "agent"
	RoleSupervisor Role = "supervisor" // an agent, and more
	RoleAuditor    Role = "auditor"    // reads trails
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

// ErrInvalid means that a token is nobody's. It quotes nothing of it.
var ErrInvalid = errors.New("the token is nobody's")

// ErrUnavailable means that the provider cannot be asked now.
var ErrUnavailable = errors.New("the OpenID provider does not answer")

const (
	// MaxLife is how long a token may live, from issue to expiry.
	MaxLife  = 5 * time.Minute
	maxToken = 8 << 10
	askFor   = 5 * time.Second
	skew     = 30 * time.Second // between our clock and the provider's
	askAgain = 5 * time.Second  // after it could not be asked
)

// Config says whose tokens count.
type Config struct {
	Issuer    string // its URL, exactly as in the tokens
	Audience  string
	RoleClaim string           // its value is a role or a list of them
	Client    *http.Client     // nil: http.DefaultClient
	Now       func() time.Time // nil: the machine's
}

// Verifier checks tokens. It is safe for concurrent use. The provider is asked
// for its keys when they are first needed, so that it may start later than we
// do.
type Verifier struct {
	Config
	mu       sync.Mutex
	verifier *oidc.IDTokenVerifier
	asked    time.Time // when it could not be reached
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
	return &Verifier{Config: c}, nil
}

// ready finds the provider's keys. One at a time asks.
func (v *Verifier) ready() (*oidc.IDTokenVerifier, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.verifier != nil {
		return v.verifier, nil
	}
	if v.Now().Sub(v.asked) < askAgain && !v.asked.IsZero() {
		return nil, ErrUnavailable
	}
	// The library keeps this context for as long as it fetches keys: no caller's.
	ctx := oidc.ClientContext(context.Background(), &http.Client{Transport: v.Client.Transport, CheckRedirect: v.Client.CheckRedirect, Timeout: askFor})
	p, err := oidc.NewProvider(ctx, v.Issuer)
	if err != nil {
		v.asked = v.Now()
		return nil, errors.Join(ErrUnavailable, err)
	}
	v.verifier = p.VerifierContext(ctx, &oidc.Config{ClientID: v.Audience, Now: func() time.Time { return v.Now() },
		SupportedSigningAlgs: []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA}})
	return v.verifier, nil
}

var subject = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:@|-]{0,127}$`)

// Verify tells whose a token is: ErrInvalid or ErrUnavailable when it cannot.
func (v *Verifier) Verify(ctx context.Context, token string) (Agent, error) {
	if token == "" || len(token) > maxToken {
		return Agent{}, ErrInvalid
	}
	keys, err := v.ready()
	if err != nil {
		return Agent{}, err
	}
	t, err := keys.Verify(ctx, token)
	if err != nil {
		var away interface{ Timeout() bool }
		if errors.As(err, &away) || ctx.Err() != nil {
			return Agent{}, ErrUnavailable
		}
		return Agent{}, ErrInvalid
	}
	claims := map[string]any{}
	if err := t.Claims(&claims); err != nil {
		return Agent{}, ErrInvalid
	}
	a := Agent{Sub: t.Subject, Name: text(claims["name"]), GivenName: text(claims["given_name"]), Role: role(claims[v.RoleClaim]), IssuedAt: t.IssuedAt, ExpiresAt: t.Expiry}
	now := v.Now()
	switch {
	case !subject.MatchString(a.Sub), a.Role == "", claims["iat"] == nil,
		a.ExpiresAt.Sub(a.IssuedAt) > MaxLife, a.IssuedAt.After(now.Add(skew)):
		return Agent{}, ErrInvalid
	}
	return a, nil
}

func text(v any) string {
	s, _ := v.(string)
	if r := []rune(s); len(r) > 64 {
		s = string(r[:64])
	}
	return s
}

// role is the strongest of what the claim says.
func role(v any) Role {
	var said []string
	switch v := v.(type) {
	case string:
		said = []string{v}
	case []any:
		for _, one := range v {
			s, _ := one.(string)
			said = append(said, s)
		}
	}
	for _, r := range []Role{RoleSupervisor, RoleAgent, RoleAuditor} {
		if slices.Contains(said, string(r)) {
			return r
		}
	}
	return ""
}
