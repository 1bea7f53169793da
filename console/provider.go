package console

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"holdfast/agents"
	"holdfast/hold"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// errAway means that the identity provider cannot be asked now.
var errAway = errors.New("the identity provider does not answer")

// errRefused means that it does not renew these tokens any more.
var errRefused = errors.New("the identity provider refuses")

// errInvalid means that what it sent proves nothing.
var errInvalid = errors.New("the identity provider's answer proves nothing")

const (
	askAgain  = 5 * time.Second // after it could not be asked
	forgetIn  = 3 * time.Second // to revoke a token
	scopes    = "openid profile offline_access"
	grantGone = "invalid_grant" // RFC 6749 §5.2: expired, revoked, used
)

// provider is the bank's identity provider, as a client of it.
type provider struct {
	Config
	redirect string
	mu       sync.Mutex
	found    *found
	asked    time.Time // when it could not be reached
}

// found is what its discovery document says.
type found struct {
	oauth2.Config
	idTokens   *oidc.IDTokenVerifier
	revocation string
}

// ready finds the provider. One at a time asks.
func (p *provider) ready() (*found, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	if time.Since(p.asked) < askAgain {
		return nil, errAway
	}
	// The library keeps this context for as long as it fetches keys: no caller's.
	ctx := oidc.ClientContext(context.Background(), p.Client)
	op, err := oidc.NewProvider(ctx, p.Issuer)
	if err != nil {
		p.asked = time.Now()
		return nil, errors.Join(errAway, err)
	}
	var more struct {
		Methods    []string `json:"token_endpoint_auth_methods_supported"`
		Revocation string   `json:"revocation_endpoint"`
	}
	if err := op.Claims(&more); err != nil {
		return nil, errors.Join(errAway, err)
	}
	f := &found{revocation: more.Revocation, Config: oauth2.Config{ClientID: p.ClientID, ClientSecret: p.ClientSecret, RedirectURL: p.redirect,
		Endpoint: op.Endpoint(), Scopes: strings.Fields(scopes)}}
	// Said, not found out: a code that is tried twice is void (RFC 6749 §4.1.2).
	f.Endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if len(more.Methods) > 0 && !slices.Contains(more.Methods, "client_secret_basic") {
		f.Endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	f.idTokens = op.VerifierContext(ctx, &oidc.Config{ClientID: p.ClientID, Now: p.Now})
	p.found = f
	return f, nil
}

// exchange gives the tokens for a code, once the ID token is known to be about
// this sign-in (OpenID Connect Core 1.0, 3.1.3.7).
func (p *provider) exchange(ctx context.Context, code, verifier, nonce string, now hold.Instant) (t tokens, sub string, err error) {
	f, err := p.ready()
	if err != nil {
		return t, "", err
	}
	ctx = oidc.ClientContext(ctx, p.Client)
	got, err := f.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return t, "", answered(err)
	}
	raw, _ := got.Extra("id_token").(string)
	id, err := f.idTokens.Verify(ctx, raw)
	if err != nil {
		return t, "", fmt.Errorf("%w: the ID token: %w", errInvalid, err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(nonce)) != 1 {
		return t, "", fmt.Errorf("%w: the ID token is of another sign-in", errInvalid)
	}
	if id.AccessTokenHash != "" && id.VerifyAccessToken(got.AccessToken) != nil {
		return t, "", fmt.Errorf("%w: the ID token is about another access token", errInvalid)
	}
	return tokensOf(got, now), id.Subject, nil
}

// renew gives new tokens for old ones.
func (p *provider) renew(ctx context.Context, t tokens, now hold.Instant) (tokens, error) {
	if t.Refresh == "" { // none was given: the session is as short as its token
		return tokens{}, errRefused
	}
	f, err := p.ready()
	if err != nil {
		return tokens{}, err
	}
	got, err := f.TokenSource(oidc.ClientContext(ctx, p.Client), &oauth2.Token{RefreshToken: t.Refresh}).Token()
	if err != nil {
		return tokens{}, answered(err)
	}
	return tokensOf(got, now), nil
}

func tokensOf(got *oauth2.Token, now hold.Instant) tokens {
	life := agents.MaxLife // when it is not said; more than that is no agent's
	if got.ExpiresIn > 0 {
		life = min(life, time.Duration(got.ExpiresIn)*time.Second)
	}
	return tokens{Access: got.AccessToken, Refresh: got.RefreshToken, Expires: now.Add(life)}
}

// answered tells a refusal from an outage. The error quotes nothing of tokens.
func answered(err error) error {
	var r *oauth2.RetrieveError
	switch {
	case !errors.As(err, &r):
		return errors.Join(errAway, err)
	case r.ErrorCode == grantGone:
		return errRefused
	}
	return fmt.Errorf("%w: status %d, %s", errAway, r.Response.StatusCode, r.ErrorCode)
}

// revoke lets the provider forget a refresh token (RFC 7009), if it can. A
// token that it keeps is of no use without the client's secret.
func (p *provider) revoke(ctx context.Context, refresh string) {
	f, err := p.ready()
	if err != nil || f.revocation == "" || refresh == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), forgetIn)
	defer cancel()
	form := url.Values{"token": {refresh}, "token_type_hint": {"refresh_token"}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, f.revocation, strings.NewReader(form.Encode()))
	if err != nil {
		return
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(url.QueryEscape(p.ClientID), url.QueryEscape(p.ClientSecret))
	res, err := p.Client.Do(r)
	if err != nil {
		p.Log.WarnContext(ctx, "the identity provider could not be told of a sign-out")
		return
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
	_ = res.Body.Close()
}
