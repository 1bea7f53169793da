package console

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"holdfast/agents"
	"holdfast/hold"
	"holdfast/messages"
	"holdfast/queue"
	"holdfast/store"

	"golang.org/x/oauth2"
)

const (
	signinCookie = "__Host-signin"
	signinLife   = 10 * time.Minute
	home         = "/console"
	longestHint  = 128
)

// signingIn is a sign-in that is under way. The browser that began it keeps it,
// sealed, so that no other can end it.
type signingIn struct {
	State, Nonce, Verifier, Return string
	Until                          hold.Instant
}

// signinKey seals sign-ins, in every process alike.
func (c *Console) signinKey() []byte { return derive([]byte(c.ClientSecret), "sign-in") }

// signin sends the browser to the identity provider.
func (c *Console) signin(w http.ResponseWriter, r *http.Request) {
	back := returnPath(r.FormValue("return"))
	if c.ClientID == "" {
		c.notSignedIn(w, r, "not_configured", back)
		return
	}
	now, err := c.Store.Now(r.Context())
	if err != nil {
		c.notSignedIn(w, r, "busy", back)
		return
	}
	f, err := c.provider.ready(r.Context())
	if err != nil {
		cause := causeOf(err)
		c.Log.ErrorContext(r.Context(), "agents cannot sign in", "cause", cause, "error", err)
		c.notSignedIn(w, r, cause, back)
		return
	}
	s := signingIn{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Return: back, Until: now.Add(signinLife)}
	sealed, err := seal(c.signinKey(), s, signinCookie)
	if err != nil {
		c.notSignedIn(w, r, "busy", back)
		return
	}
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(s.Verifier), oauth2.SetAuthURLParam("nonce", s.Nonce)}
	if hint := r.FormValue("hint"); hint != "" && len(hint) <= longestHint {
		options = append(options, oauth2.SetAuthURLParam("login_hint", hint))
	}
	for name, value := range c.Parameters {
		options = append(options, oauth2.SetAuthURLParam(name, value))
	}
	// Lax: the identity provider's redirect brings it back.
	cookie(w, signinCookie, base64.RawURLEncoding.EncodeToString(sealed), http.SameSiteLaxMode, int(signinLife/time.Second))
	http.Redirect(w, r, f.AuthCodeURL(s.State, options...), http.StatusFound)
}

// returnPath is where the console goes on: a path of its own, or its first page.
func returnPath(p string) string {
	u, err := url.Parse(p)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || strings.ContainsRune(u.Path, '\\') || path.Clean(u.Path) != u.Path ||
		u.Path != home && !strings.HasPrefix(u.Path, home+"/") || strings.HasPrefix(u.Path, home+"/signin") || strings.HasPrefix(u.Path,
		home+"/callback") {
		return home
	}
	return u.String()
}

// callback takes what the identity provider says.
func (c *Console) callback(w http.ResponseWriter, r *http.Request) {
	cookie(w, signinCookie, "", http.SameSiteLaxMode, -1) // once, whatever comes of it
	s, k, err := c.signedIn(r)
	if err == nil {
		c.Count("console_signed_in")
		k.setCookie(w)
		// A page, and no redirect: the browser takes that for the identity
		// provider's and keeps a Strict cookie back.
		c.page(w, http.StatusOK, view{SigninWords: messages.Signin("", language(r)), Next: s.Return})
		return
	}
	cause := causeOf(err)
	c.Log.WarnContext(r.Context(), "an agent's sign-in came to nothing", "cause", cause, "check", agents.CheckOf(err), "error", err)
	c.notSignedIn(w, r, cause, returnPath(s.Return))
}

// causes tell apart why nobody is signed in, the first that fits.
var causes = []struct {
	err   error
	cause string
}{
	{errUnknown, "unknown"}, {errMisset, "misconfigured"}, {agents.ErrMisconfigured, "misconfigured"},
	{errAway, "away"}, {agents.ErrUnavailable, "away"}, {errRefused, "declined"}, {errInvalid, "invalid"},
	{agents.ErrInvalid, "not_allowed"}, {store.ErrRevoked, "revoked"},
}

func causeOf(err error) string {
	for _, c := range causes {
		if errors.Is(err, c.err) {
			return c.cause
		}
	}
	return "busy"
}

// errUnknown means that a sign-in was not begun here, or too long ago.
var errUnknown = errors.New("no such sign-in is under way in this browser")

// said is what the identity provider sent the browser back with in place of a
// code (RFC 6749 §4.1.2.1, OpenID Connect Core 1.0, 3.1.2.6).
func said(code string) error {
	kind := errRefused // access_denied, login_required, consent_required …
	switch code {
	case "server_error", "temporarily_unavailable":
		kind = errAway
	case "invalid_request", "unauthorized_client", "unsupported_response_type", "invalid_scope", "invalid_target", "request_not_supported":
		kind = errMisset
	}
	return fmt.Errorf("%w: %s", kind, codeOf(code))
}

// signedIn begins a session for who the identity provider says it is.
func (c *Console) signedIn(r *http.Request) (s signingIn, k key, err error) {
	ctx := r.Context()
	now, err := c.Store.Now(ctx)
	if err != nil {
		return s, k, err
	}
	if s, err = c.begun(r, now); err != nil {
		return s, k, err
	}
	code := r.FormValue("code")
	if r.FormValue("error") != "" || code == "" {
		return s, k, said(r.FormValue("error"))
	}
	t, sub, err := c.provider.exchange(ctx, code, s.Verifier, s.Nonce, now)
	if err != nil {
		return s, k, err
	}
	who, err := c.Agents.Verify(ctx, t.Access)
	if err == nil && sub != "" && who.Sub != sub {
		err = fmt.Errorf("%w: the access token is of another person", errInvalid)
	}
	if err == nil {
		k, err = c.begin(ctx, who, t)
	}
	if err != nil {
		c.provider.revoke(ctx, t.Refresh)
	}
	return s, k, err
}

func (c *Console) begin(ctx context.Context, who agents.Agent, t tokens) (key, error) {
	k := newKey() // never one that the browser brought
	sealed, err := k.seal(t)
	if err != nil {
		return k, err
	}
	by := store.By{Sub: who.Sub, Name: who.Name, GivenName: who.GivenName, Role: queue.Role(who.Role), IssuedAt: hold.At(who.IssuedAt)}
	if err := c.Store.SeeAgent(ctx, by); err != nil {
		return k, err
	}
	return k, c.Store.StartConsole(ctx, by, k.digest, sealed)
}

// begun is the sign-in that this browser has under way, if the state is its.
func (c *Console) begun(r *http.Request, now hold.Instant) (s signingIn, err error) {
	kept, err := r.Cookie(signinCookie)
	if err != nil || c.ClientID == "" {
		return s, errUnknown
	}
	sealed, err := base64.RawURLEncoding.DecodeString(kept.Value)
	if err != nil || open(c.signinKey(), sealed, &s, signinCookie) != nil || s.Until <= now ||
		subtle.ConstantTimeCompare([]byte(s.State), []byte(r.FormValue("state"))) != 1 {
		return s, errUnknown
	}
	return s, nil
}

type view struct {
	messages.SigninWords
	Styles template.HTML
	Next   string // where to go on, at once
	Retry  string
}

// pages go on without a script; html/template escapes what is in them.
var pages = template.Must(template.New("").Parse(`<!doctype html>
<html lang="{{.Lang}}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
{{.Styles}}
{{if .Next}}<meta http-equiv="refresh" content="0;url={{.Next}}">
<title>{{.SignedIn}}</title>
<main class="signin stack"><h1>{{.SignedIn}}</h1><p><a class="button primary" href="{{.Next}}">{{.GoOn}}</a></p></main>
{{else}}<title>{{.NotSignedIn}}</title>
<main class="signin stack"><h1>{{.NotSignedIn}}</h1><p data-test="signin-why">{{.Why}}</p>
{{if .Retry}}<p><a class="button primary" data-test="signin-again" href="{{.Retry}}">{{.Again}}</a></p>{{end}}</main>
{{end}}</html>
`))

var statuses = map[string]int{"not_configured": http.StatusNotImplemented, "misconfigured": http.StatusBadGateway,
	"unknown": http.StatusBadRequest, "away": http.StatusServiceUnavailable, "busy": http.StatusServiceUnavailable}

// notSignedIn says why, and offers to try again.
func (c *Console) notSignedIn(w http.ResponseWriter, r *http.Request, cause, back string) {
	c.Count("console_signin_" + cause)
	status, known := statuses[cause]
	if !known {
		status = http.StatusForbidden
	}
	v := view{SigninWords: messages.Signin(cause, language(r))}
	if cause != "not_configured" {
		v.Retry = home + "/signin?" + url.Values{"return": {back}}.Encode()
	}
	c.page(w, status, v)
}

func (c *Console) page(w http.ResponseWriter, status int, v view) {
	h, ancestors := w.Header(), "'none'"
	if len(c.FrameAncestors) > 0 {
		ancestors = strings.Join(c.FrameAncestors, " ")
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	v.Styles = c.Styles
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors "+ancestors)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	w.WriteHeader(status)
	_ = pages.Execute(w, v) // the browser is gone
}

func language(r *http.Request) string {
	first, _, _ := strings.Cut(r.Header.Get("Accept-Language"), ",")
	return strings.TrimSpace(first)
}
