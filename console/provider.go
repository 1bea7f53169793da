package console

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"holdfast/agents"
	"holdfast/hold"

	"golang.org/x/oauth2"
)

// Four ways in which a sign-in or a renewal comes to nothing at the provider.
var (
	errAway    = errors.New("the identity provider does not answer")
	errRefused = errors.New("the identity provider refuses")
	errInvalid = errors.New("the identity provider's answer proves nothing")
	errMisset  = errors.New("the identity provider does not take what is set here")
)

const forgetIn = 3 * time.Second // to revoke a token

// provider is the bank's identity provider, as a client of it.
type provider struct {
	Config
	redirect string
}

// found is what its discovery document says.
type found struct {
	oauth2.Config
	agents.Document
}

// ready finds the provider.
func (p *provider) ready(ctx context.Context) (*found, error) {
	doc, err := p.Agents.Provider.Document(ctx)
	switch {
	case errors.Is(err, agents.ErrMisconfigured):
		return nil, errors.Join(errMisset, err)
	case err != nil:
		return nil, errors.Join(errAway, err)
	case doc.Authorization == "" || doc.Token == "":
		return nil, fmt.Errorf("%w: its discovery document has no authorization_endpoint or token_endpoint", errMisset)
	}
	f := &found{Document: doc, Config: oauth2.Config{ClientID: p.ClientID, ClientSecret: p.ClientSecret, RedirectURL: p.redirect,
		Scopes:   p.scopes(doc),
		Endpoint: oauth2.Endpoint{AuthURL: doc.Authorization, TokenURL: doc.Token, AuthStyle: oauth2.AuthStyleInHeader}}}
	// Said, not found out: a code that is tried twice is void (RFC 6749 §4.1.2).
	if len(doc.AuthMethods) > 0 && !slices.Contains(doc.AuthMethods, "client_secret_basic") {
		f.Endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	return f, nil
}

// scopes are those to ask for. Providers that do not know offline_access refuse
// the whole sign-in for it.
func (p *provider) scopes(doc agents.Document) []string {
	const offline = "offline_access"
	ask := p.Scopes
	if len(ask) == 0 {
		ask = []string{"openid", "profile", offline}
	}
	return slices.DeleteFunc(slices.Clone(ask), func(s string) bool { return s == offline && !slices.Contains(doc.Scopes, offline) })
}

// exchange gives the tokens for a code, once the ID token is known to be about
// this sign-in (OpenID Connect Core 1.0, 3.1.3.7). sub is whom the token that we
// use has to be of; empty where the ID token's at_hash has tied it already,
// since some providers name people otherwise in access tokens.
func (p *provider) exchange(ctx context.Context, code, verifier, nonce string, now hold.Instant) (t tokens, sub string, err error) {
	f, err := p.ready(ctx)
	if err != nil {
		return t, "", err
	}
	got, err := f.Exchange(context.WithValue(ctx, oauth2.HTTPClient, p.Agents.Client), code, oauth2.VerifierOption(verifier))
	if err != nil {
		return t, "", answered(err)
	}
	raw, _ := got.Extra("id_token").(string)
	id, err := p.Agents.Provider.Claims(ctx, raw, p.ClientID, p.Agents.Skew)
	if errors.Is(err, agents.ErrInvalid) {
		return t, "", fmt.Errorf("%w: the ID token: %s", errInvalid, agents.CheckOf(err))
	} else if err != nil {
		return t, "", err
	}
	if !agents.IsFor(id, p.ClientID) {
		return t, "", fmt.Errorf("%w: the ID token: azp: it was issued to another client", errInvalid)
	}
	said, _ := id["nonce"].(string)
	if subtle.ConstantTimeCompare([]byte(said), []byte(nonce)) != 1 {
		return t, "", fmt.Errorf("%w: the ID token is of another sign-in", errInvalid)
	}
	sub, _ = id["sub"].(string)
	if hash, _ := id["at_hash"].(string); hash != "" {
		if !agents.IsHashOf(hash, raw, got.AccessToken) {
			return t, "", fmt.Errorf("%w: the ID token is about another access token", errInvalid)
		}
		sub = ""
	}
	t, err = p.tokensOf(got, now)
	return t, sub, err
}

// renew gives new tokens for old ones.
func (p *provider) renew(ctx context.Context, t tokens, now hold.Instant) (tokens, error) {
	if t.Refresh == "" { // none was given: the session is as short as its token
		return tokens{}, errRefused
	}
	f, err := p.ready(ctx)
	if err != nil {
		return tokens{}, err
	}
	got, err := f.TokenSource(context.WithValue(ctx, oauth2.HTTPClient, p.Agents.Client), &oauth2.Token{RefreshToken: t.Refresh}).Token()
	if err != nil {
		return tokens{}, answered(err)
	}
	return p.tokensOf(got, now)
}

// tokensOf are those that a session keeps: the access token, or the ID token
// where the settings say that it is the one with the role.
func (p *provider) tokensOf(got *oauth2.Token, now hold.Instant) (tokens, error) {
	t := tokens{Access: got.AccessToken, Refresh: got.RefreshToken, Expires: now.Add(p.Agents.MaxLife)}
	if got.ExpiresIn > 0 {
		t.Expires = now.Add(min(p.Agents.MaxLife, time.Duration(got.ExpiresIn)*time.Second))
	}
	if p.UseIDToken {
		if t.Access, _ = got.Extra("id_token").(string); t.Access == "" {
			return tokens{}, errRefused // the session ends with the one that it had
		}
	}
	return t, nil
}

// answered tells a refusal from an outage, and both from what waiting does not
// mend. The error quotes the provider's code and nothing of tokens.
func answered(err error) error {
	var r *oauth2.RetrieveError
	if !errors.As(err, &r) || agents.Away(r.Response.StatusCode) {
		return errors.Join(errAway, withoutText(r, err))
	}
	switch r.ErrorCode { // RFC 6749 §5.2
	case "invalid_client", "unauthorized_client", "invalid_request", "invalid_scope", "unsupported_grant_type", "":
		return fmt.Errorf("%w: status %d, %s", errMisset, r.Response.StatusCode, codeOf(r.ErrorCode))
	}
	return fmt.Errorf("%w: %s", errRefused, codeOf(r.ErrorCode)) // invalid_grant: expired, revoked, used
}

// withoutText is an outage's error without what the provider wrote.
func withoutText(r *oauth2.RetrieveError, err error) error {
	if r != nil {
		return fmt.Errorf("status %d", r.Response.StatusCode)
	}
	return err
}

// codeOf is a provider's error code for the log, if it looks like one.
func codeOf(code string) string {
	if !plainCode.MatchString(code) {
		return "with no code"
	}
	return code
}

var plainCode = regexp.MustCompile(`^[a-z][a-z0-9_]{1,63}$`)

// revoke lets the provider forget a refresh token (RFC 7009), if it can. A
// token that it keeps is of no use without the client's secret.
func (p *provider) revoke(ctx context.Context, refresh string) {
	f, err := p.ready(ctx)
	if err != nil || f.Revocation == "" || refresh == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), forgetIn)
	defer cancel()
	form := url.Values{"token": {refresh}, "token_type_hint": {"refresh_token"}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, f.Revocation, strings.NewReader(form.Encode()))
	if err != nil {
		return
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(url.QueryEscape(p.ClientID), url.QueryEscape(p.ClientSecret))
	res, err := p.Agents.Client.Do(r)
	if err != nil {
		p.Log.WarnContext(ctx, "the identity provider could not be told of a sign-out")
		return
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
	_ = res.Body.Close()
}
