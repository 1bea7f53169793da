package console

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"strings"
	"time"

	"holdfast/agents"
	"holdfast/hold"
	"holdfast/store"
)

const (
	renewBefore = 30 * time.Second // the access token expires
	renewIn     = 15 * time.Second // claim, provider and commit together
	lookEvery   = 250 * time.Millisecond
	lookAtEvery = 15 * time.Second // a session with an open stream
	events      = "/console/v1/callbacks/events"
)

// guarded lets a request through that has a session's cookie and comes from the
// console's own page (CWE-352). The session itself is looked at by do.
func (c *Console) guarded(do func(w http.ResponseWriter, r *http.Request, k key)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		k, ok := keyOf(r)
		switch {
		case !ok:
			c.Refuse(w, http.StatusUnauthorized, "unauthenticated", "There is no session: sign in")
		case !c.ownPage(r, k):
			c.Count("console_csrf_refused")
			c.Refuse(w, http.StatusForbidden, "csrf_refused", "The request does not come from the console's page")
		default:
			do(w, r, k)
		}
	}
}

// ownPage tells whether the console's page made a request: by what browsers say
// (Fetch Metadata, Origin), and for a change by what only that page can know.
func (c *Console) ownPage(r *http.Request, k key) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	if !changes(r) {
		return site == "" || site == "same-origin" || site == "none"
	}
	origin := r.Header.Values("Origin")
	return (site == "" || site == "same-origin") && (len(origin) == 0 || len(origin) == 1 && origin[0] == c.origin) &&
		subtle.ConstantTimeCompare([]byte(r.Header.Get("Holdfast-CSRF")), []byte(k.csrf())) == 1
}

func changes(r *http.Request) bool { return r.Method != http.MethodGet && r.Method != http.MethodHead }

// routes are what of the API an agent's console may ask.
var routes = []string{"/v1/callbacks", "/v1/counter", "/v1/approvals", "/v1/agents", "/v1/supervision", "/v1/counterparties",
	"/v1/verdicts", "/v1/recalls", "/v1/referrals", "/v1/complaints"}

func agentsRoute(path string) bool {
	for _, r := range routes {
		if path == r || strings.HasPrefix(path, r+"/") {
			return true
		}
	}
	return strings.HasPrefix(path, "/v1/holds/") && strings.HasSuffix(path, "/referrals")
}

// forward hands a request to the API with the agent's own token.
func (c *Console) forward(w http.ResponseWriter, r *http.Request, k key) {
	if !agentsRoute(strings.TrimPrefix(r.URL.Path, "/console")) {
		c.Refuse(w, http.StatusNotFound, "not_found", "There is none")
		return
	}
	s, err := c.current(r.Context(), k)
	if err == nil && changes(r) {
		err = c.Store.SeeConsole(r.Context(), k.digest)
	}
	if err != nil {
		c.refused(w, r, err)
		return
	}
	ctx := r.Context()
	if r.URL.Path == events {
		var stop context.CancelFunc
		ctx, stop = c.whileOpen(ctx, k.digest)
		defer stop()
	}
	r = r.Clone(ctx)
	r.Header.Del("Cookie")
	r.Header.Del("Holdfast-CSRF")
	r.Header.Set("Authorization", "Bearer "+s.tokens.Access)
	http.StripPrefix("/console", c.API).ServeHTTP(w, r)
}

// whileOpen ends with the session: a stream outlives no sign-out.
func (c *Console) whileOpen(ctx context.Context, digest hold.Digest) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	news, stop := c.Bus.Subscribe(store.TopicConsole(digest))
	go func() {
		defer stop()
		tick := time.NewTicker(lookAtEvery)
		defer tick.Stop()
		for {
			if _, _, err := c.Store.Console(ctx, digest); errors.Is(err, store.ErrNotFound) {
				cancel()
			}
			select {
			case <-ctx.Done():
				return
			case <-news:
			case <-tick.C:
			}
		}
	}()
	return ctx, cancel
}

// session is one that goes on, with tokens that are good.
type session struct {
	row    store.ConsoleSession
	now    hold.Instant
	tokens tokens
	who    agents.Agent
}

// current finds the session of a cookie, renews its tokens in time, and knows
// whose they are. Tokens that are nobody's are renewed once before they end the
// session: clocks differ.
func (c *Console) current(ctx context.Context, k key) (s session, err error) {
	for renewed := false; ; renewed = true {
		if s.row, s.now, err = c.Store.Console(ctx, k.digest); err != nil {
			return s, err
		}
		if s.tokens, err = k.open(s.row.Sealed); err != nil { // somebody has altered the row
			c.Log.ErrorContext(ctx, "a session's tokens cannot be opened", "sub", s.row.Sub, "error", err)
			return s, store.ErrNotFound
		}
		if renewed || s.tokens.Expires.Sub(s.now) >= renewBefore {
			s.who, err = c.Agents.Verify(ctx, s.tokens.Access)
			switch {
			case err == nil && s.who.Sub == s.row.Sub:
				return s, nil
			case errors.Is(err, agents.ErrUnavailable), errors.Is(err, agents.ErrMisconfigured):
				return s, errors.Join(errAway, err)
			case renewed:
				c.Log.WarnContext(ctx, "a session ends: its renewed token is nobody's", "sub", s.row.Sub, "check", agents.CheckOf(err))
				return s, errors.Join(store.ErrNotFound, c.Store.RefuseConsole(ctx, k.digest, s.row.Version))
			}
		}
		if err := c.renew(ctx, k, s); err != nil {
			return s, err
		}
	}
}

// renew gets new tokens, or waits for who does so already. No transaction is
// open while the provider is asked: the claim is a row, and ends by the clock.
func (c *Console) renew(ctx context.Context, k key, s session) error {
	won, err := c.Store.ClaimTokens(ctx, k.digest, s.row.Version, renewIn)
	if err != nil {
		return err
	}
	if !won {
		return c.renewedByAnother(ctx, s.row)
	}
	// The browser may go away now; what the provider rotates must be kept.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewIn)
	defer cancel()
	next, err := c.provider.renew(ctx, s.tokens, s.now)
	switch {
	case errors.Is(err, errRefused):
		return c.Store.RefuseConsole(ctx, k.digest, s.row.Version)
	case err != nil:
		c.Log.ErrorContext(ctx, "an agent's tokens are not renewed", "cause", causeOf(err), "error", err)
		return errors.Join(errAway, c.Store.SaveTokens(ctx, k.digest, s.row.Version, nil))
	}
	return c.keep(ctx, k, s.row.Version, next)
}

// keep saves renewed tokens, and lets the provider forget them if the session
// has ended meanwhile.
func (c *Console) keep(ctx context.Context, k key, version int, next tokens) error {
	sealed, err := k.seal(next)
	if err != nil {
		return err
	}
	for range 3 {
		if err = c.Store.SaveTokens(ctx, k.digest, version, sealed); err == nil || errors.Is(err, store.ErrNotFound) {
			break
		}
	}
	if errors.Is(err, store.ErrNotFound) {
		c.provider.revoke(ctx, next.Refresh)
	}
	return err
}

// renewedByAnother waits until the tokens are others, or whoever renewed them
// could not.
func (c *Console) renewedByAnother(ctx context.Context, row store.ConsoleSession) error {
	news, stop := c.Bus.Subscribe(store.TopicConsole(row.Digest))
	defer stop()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		latest, now, err := c.Store.Console(ctx, row.Digest)
		switch {
		case err != nil || latest.Version != row.Version:
			return err
		case latest.RenewingUntil <= now:
			return errAway
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-news:
		case <-tick.C:
		}
	}
}
