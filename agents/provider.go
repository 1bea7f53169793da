package agents

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"holdfast/outbound"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/sync/singleflight"
)

// ErrUnavailable means that the provider cannot be asked now.
var ErrUnavailable = errors.New("the OpenID provider does not answer")

// ErrMisconfigured means that our settings and the provider's do not fit:
// waiting mends nothing.
var ErrMisconfigured = errors.New("the settings of the OpenID provider are wrong")

const (
	askFor     = 5 * time.Second // each of its two documents
	askAgain   = 5 * time.Second // after it could not be asked
	unknownKey = time.Minute     // between two looks for a key that is not known
	keysLife   = time.Hour       // then they are looked at anew, while nobody waits
	maxWaiting = 64              // who wait for its documents
	maxAnswer  = 1 << 20
)

// Document is what we read of the provider's discovery document (OpenID Connect
// Discovery 1.0, section 3).
type Document struct {
	Issuer        string   `json:"issuer"`
	Authorization string   `json:"authorization_endpoint"`
	Token         string   `json:"token_endpoint"`
	Keys          string   `json:"jwks_uri"`
	Revocation    string   `json:"revocation_endpoint"`
	Scopes        []string `json:"scopes_supported"`
	AuthMethods   []string `json:"token_endpoint_auth_methods_supported"`
	AccessIssuer  string   `json:"access_token_issuer"` // of ADFS, whose access tokens have another
}

// Provider is the bank's identity provider: its document and its keys. It is
// asked when it is first needed, so that it may start later than we do, and
// once for all who wait. It is safe for concurrent use.
type Provider struct {
	issuer  string
	client  *http.Client
	now     func() time.Time
	flight  singleflight.Group
	waiting chan struct{}

	mu     sync.Mutex
	known  *known // nil: nothing is
	loaded time.Time
	asked  time.Time // the last time, but the first that told anything
	failed error     // of the last time it was asked
}

type known struct {
	doc  Document
	keys []jose.JSONWebKey
}

func newProvider(issuer string, client *http.Client, now func() time.Time) *Provider {
	return &Provider{issuer: issuer, now: now, waiting: make(chan struct{}, maxWaiting),
		client: &http.Client{Transport: client.Transport, CheckRedirect: client.CheckRedirect, Timeout: askFor}}
}

// Document gives the discovery document: ErrUnavailable or ErrMisconfigured
// when it is not to be had.
func (p *Provider) Document(ctx context.Context) (Document, error) {
	k, err := p.look(ctx, func(*known) bool { return true })
	if err != nil {
		return Document{}, err
	}
	return k.doc, nil
}

// look gives what is known, and asks the provider first if that is not enough.
func (p *Provider) look(ctx context.Context, enough func(*known) bool) (*known, error) {
	k, err, mayAsk := p.state()
	if k != nil && enough(k) {
		if mayAsk && p.stale() {
			p.flight.DoChan("", p.ask) // nobody waits for it
		}
		return k, nil
	}
	if !mayAsk {
		if err == nil && k != nil { // it may know more by now: nobody can say until it is asked again
			err = ErrUnavailable
		}
		return k, err
	}
	select {
	case p.waiting <- struct{}{}:
		defer func() { <-p.waiting }()
	default:
		return nil, ErrUnavailable
	}
	select {
	case r := <-p.flight.DoChan("", p.ask):
		k, _ := r.Val.(*known)
		return k, r.Err
	case <-ctx.Done():
		return nil, ErrUnavailable
	}
}

// state is what is known, why the last look failed, and whether it is time for
// another.
func (p *Provider) state() (*known, error, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	pause := unknownKey
	if p.known == nil {
		pause = askAgain
	}
	return p.known, p.failed, p.asked.IsZero() || p.now().Sub(p.asked) >= pause
}

func (p *Provider) stale() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now().Sub(p.loaded) >= keysLife
}

// ask asks the provider, on nobody's context: others wait, too.
func (p *Provider) ask() (any, error) {
	if k, err, mayAsk := p.state(); !mayAsk { // somebody asked since this one looked
		return k, err
	}
	k, err := p.fetch(context.Background())
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed = err; err != nil {
		p.asked = p.now()
		return k, err
	}
	if p.known != nil {
		p.asked = p.now()
	}
	p.known, p.loaded = k, p.now()
	return k, nil
}

func (p *Provider) fetch(ctx context.Context) (*known, error) {
	var k known
	if err := p.get(ctx, strings.TrimSuffix(p.issuer, "/")+"/.well-known/openid-configuration", &k.doc); err != nil {
		return nil, err
	}
	switch {
	case k.doc.Issuer != p.issuer: // section 4.3; neither is a secret
		return nil, fmt.Errorf("%w: oidc_issuer is %s, and the provider calls itself %.200s", ErrMisconfigured, p.issuer, k.doc.Issuer)
	case k.doc.Keys != "" && !outbound.Safe(k.doc.Keys):
		return nil, fmt.Errorf("%w: its jwks_uri is no https", ErrMisconfigured)
	case k.doc.Keys == "":
		return nil, fmt.Errorf("%w: its discovery document has no jwks_uri", ErrMisconfigured)
	}
	var set struct{ Keys []json.RawMessage }
	if err := p.get(ctx, k.doc.Keys, &set); err != nil {
		return nil, err
	}
	for _, raw := range set.Keys {
		var key jose.JSONWebKey // one of a kind that we do not know harms no other (RFC 7517 §5)
		if json.Unmarshal(raw, &key) == nil && key.Use != "enc" && key.IsPublic() && key.Valid() && !short(key.Key) {
			k.keys = append(k.keys, key)
		}
	}
	return &k, nil
}

// short tells whether a key is too small to be believed (RFC 7518 §3.3).
func short(key any) bool {
	k, is := key.(*rsa.PublicKey)
	return is && k.N.BitLen() < 2048
}

// get reads one of the provider's documents.
func (p *Provider) get(ctx context.Context, at string, v any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return fmt.Errorf("%w: %s is no address", ErrMisconfigured, at)
	}
	res, err := p.client.Do(r)
	if err != nil {
		return errors.Join(ErrUnavailable, err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end, or given up
	if Away(res.StatusCode) {
		return fmt.Errorf("%w: %s: status %d", ErrUnavailable, at, res.StatusCode)
	}
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	switch {
	case res.StatusCode != http.StatusOK:
		return fmt.Errorf("%w: %s: status %d", ErrMisconfigured, at, res.StatusCode)
	case err != nil:
		return errors.Join(ErrUnavailable, err)
	case json.Unmarshal(b, v) != nil:
		return fmt.Errorf("%w: %s is no JSON document", ErrMisconfigured, at)
	}
	return nil
}

// Away tells whether a status says that a provider is to be asked later.
func Away(status int) bool {
	return status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout
}
