package twilio

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"

	"golang.org/x/time/rate"
)

// Hooks take Twilio's calls to us. Whatever is not signed for our public URL, is
// not of the known form, or came before, gets 403, an entry, and changes
// nothing.
type Hooks struct {
	Account   *Account
	PublicURL string // where Twilio reaches us
	// Refused puts a refusal on record; it is called at most once a second in
	// the long run, so that a flood fills no trail.
	Refused func(ctx context.Context, route, why string) error
	// Unmatched does the same with what is signed and about nothing that we know.
	Unmatched func(ctx context.Context, route, why string) error
	Count     func(event string)
	Problem   func(w http.ResponseWriter, status int, code, title string)
	Log       *slog.Logger
	pace      *rate.Limiter
}

const (
	maxHook      = 64 << 10
	refusedBurst = 100
)

// Paced gives the hooks their bound on entries.
func (h Hooks) Paced() *Hooks {
	h.pace = rate.NewLimiter(1, refusedBurst)
	return &h
}

// Signed lets a signed form through. take answers what it has taken itself, and
// says why it takes none.
func (h *Hooks) Signed(route string, take func(w http.ResponseWriter, r *http.Request, form url.Values) (why string,
	err error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		why, err := "unreadable", error(nil)
		if body, unread := io.ReadAll(http.MaxBytesReader(w, r.Body, maxHook)); unread == nil {
			why = "signature"
			if form, ok := h.Account.Signed(h.PublicURL, r, body); ok {
				why, err = take(w, r, form)
			}
		}
		switch {
		case err != nil:
			h.Log.ErrorContext(r.Context(), "a webhook could not be taken", "route", route, "error", err)
			h.Problem(w, http.StatusServiceUnavailable, "busy", "Not now; nothing was changed")
		case why != "":
			h.refuse(w, r, route, why)
		}
	}
}

func (h *Hooks) refuse(w http.ResponseWriter, r *http.Request, route, why string) {
	h.Count("webhook_refused_" + why)
	h.record(r.Context(), h.Refused, route, why)
	h.Problem(w, http.StatusForbidden, "webhook_refused", "The webhook is not signed for this address, is malformed, or came before")
}

// Unknown keeps a signed webhook about nothing that we know from being dropped in
// silence.
func (h *Hooks) Unknown(ctx context.Context, route, why string) {
	h.Count(route + "_" + why)
	h.record(ctx, h.Unmatched, route, why)
}

func (h *Hooks) record(ctx context.Context, on func(ctx context.Context, route, why string) error, route, why string) {
	if !h.pace.Allow() {
		return
	}
	if err := on(ctx, route, why); err != nil {
		h.Log.ErrorContext(ctx, "a webhook is not on record", "route", route, "why", why, "error", err)
	}
}
