// Package console signs agents in to the web console and stands in front of the
// API for it: OpenID Connect's authorization code flow with PKCE (RFC 7636),
// sessions that a cookie names, and the agent's own token put into each request.
// The browser never sees a token. It knows nothing of the queue.
package console

import (
	"context"
	"encoding/json"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"holdfast/agents"
	"holdfast/hold"
	"holdfast/store"
)

// Store is what the console needs of the record.
type Store interface {
	Now(ctx context.Context) (hold.Instant, error)
	SeeAgent(ctx context.Context, by store.By) error
	StartConsole(ctx context.Context, by store.By, digest hold.Digest, sealed []byte) error
	Console(ctx context.Context, digest hold.Digest) (store.ConsoleSession, hold.Instant, error)
	SeeConsole(ctx context.Context, digest hold.Digest) error
	ClaimTokens(ctx context.Context, digest hold.Digest, version int, d time.Duration) (bool, error)
	SaveTokens(ctx context.Context, digest hold.Digest, version int, sealed []byte) error
	RefuseConsole(ctx context.Context, digest hold.Digest, version int) error
	SignOut(ctx context.Context, digest hold.Digest, everywhere bool) error
}

// Config is what a console is made of.
type Config struct {
	Store                  Store
	Bus                    *store.Bus
	ClientID, ClientSecret string            // an empty ClientID: nobody signs in here
	Scopes                 []string          // none: openid, profile, and offline_access where it is known
	Parameters             map[string]string // that the provider wants to be asked with, as audience or resource
	UseIDToken             bool              // it has the role, and not the access token
	PublicURL              string
	Styles                 template.HTML    // of the pages around the sign-in
	FrameAncestors         []string         // origins that may show these pages in a frame; none: nobody
	Agents                 *agents.Verifier // whose tokens are whose; nil with an empty ClientID
	API                    http.Handler     // takes what is not the console's
	Refuse                 func(w http.ResponseWriter, status int, code, title string)
	Count                  func(event string)
	Log                    *slog.Logger
}

// Console is the handler in front of the API.
type Console struct {
	Config
	origin   string // of PublicURL (RFC 6454)
	provider *provider
	mux      *http.ServeMux
}

// New makes one. The identity provider is asked when it is first needed.
func New(c Config) (*Console, error) {
	u, err := url.Parse(c.PublicURL)
	if err != nil {
		return nil, err
	}
	x := &Console{Config: c, origin: u.Scheme + "://" + u.Host, mux: http.NewServeMux()}
	x.provider = &provider{Config: c, redirect: strings.TrimSuffix(c.PublicURL, "/") + "/console/callback"}
	x.mux.HandleFunc("GET /console/signin", x.signin)
	x.mux.HandleFunc("GET /console/callback", x.callback)
	x.mux.HandleFunc("GET /console/session", x.guarded(x.session))
	x.mux.HandleFunc("POST /console/active", x.guarded(x.active))
	x.mux.HandleFunc("POST /console/signout", x.guarded(x.signout))
	x.mux.HandleFunc("/console/v1/", x.guarded(x.forward))
	return x, nil
}

func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, pattern := c.mux.Handler(r); pattern == "" {
		c.API.ServeHTTP(w, r)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	c.mux.ServeHTTP(w, r)
}

// session tells the page who is signed in, and until when.
func (c *Console) session(w http.ResponseWriter, r *http.Request, k key) {
	s, err := c.current(r.Context(), k)
	if err != nil {
		c.refused(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"sub": s.who.Sub, "name": s.who.Name, "given_name": s.who.GivenName, "role": s.who.Role,
		"csrf":         k.csrf(),
		"idle_seconds": int(max(0, s.row.IdleAt().Sub(s.now)) / time.Second), "ends_at": s.row.EndsAt(), "now": s.now}) // the browser is gone
}

// active says that the person did something. It works while the identity
// provider is away.
func (c *Console) active(w http.ResponseWriter, r *http.Request, k key) {
	if err := c.Store.SeeConsole(r.Context(), k.digest); err != nil {
		c.refused(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// signout ends the session, or every one of this agent, and lets the identity
// provider forget it. A session that is over already is signed out of as well.
func (c *Console) signout(w http.ResponseWriter, r *http.Request, k key) {
	var body struct{ Everywhere bool }
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<10))
	d.DisallowUnknownFields()
	if err := d.Decode(&body); err != nil {
		c.Refuse(w, http.StatusBadRequest, "json_invalid", `The body is not {"everywhere": true} or {"everywhere": false}`)
		return
	}
	row, _, err := c.Store.Console(r.Context(), k.digest)
	if err == nil {
		err = c.Store.SignOut(r.Context(), k.digest, body.Everywhere)
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		c.refused(w, r, err)
		return
	}
	if t, err := k.open(row.Sealed); err == nil {
		c.provider.revoke(r.Context(), t.Refresh)
	}
	c.Count("console_signed_out")
	clearCookie(w)
	w.WriteHeader(http.StatusNoContent)
}

// refused writes why a request of a session goes no further.
func (c *Console) refused(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, store.ErrNotFound):
		clearCookie(w)
		c.Refuse(w, http.StatusUnauthorized, "unauthenticated", "The session has ended: sign in")
	case errors.Is(err, errAway), errors.Is(err, errMisset):
		w.Header().Set("Retry-After", "5")
		c.Refuse(w, http.StatusServiceUnavailable, "busy", "The identity provider does not answer")
	default:
		if r.Context().Err() == nil {
			c.Log.ErrorContext(r.Context(), "a request of the console failed", "route", r.Pattern, "error", err)
		}
		c.Refuse(w, http.StatusServiceUnavailable, "busy", "Not now; nothing was changed")
	}
}
