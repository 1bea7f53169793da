package sms

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"

	"holdfast/twilio"

	"golang.org/x/time/rate"
)

// Taken says what the record made of a webhook.
type Taken string

const (
	TakenUp  Taken = "taken"
	Replayed Taken = "replayed" // the same came before
	Unknown  Taken = "unknown"  // of no text or number of ours
)

// Webhooks serve the provider's calls: what customers reply, and what became of
// texts. Whatever is not signed for our public URL, is not of the known form,
// or came before, gets 403, an entry, and changes nothing.
type Webhooks struct {
	Account   *twilio.Account
	PublicURL string
	Reply     func(ctx context.Context, sid, from string, r Reply) (Taken, error)
	Status    func(ctx context.Context, text string, s twilio.Status) (Taken, error)
	// Refused puts a refusal on record; it is called at most once a second in
	// the long run, so that a flood fills no trail.
	Refused func(ctx context.Context, route, why string) error
	Count   func(event string)
	Problem func(w http.ResponseWriter, status int, code, title string)
	Log     *slog.Logger
}

const (
	maxWebhook   = 64 << 10
	refusedBurst = 100
)

var textID = regexp.MustCompile(`^txt_[0-9A-HJKMNP-TV-Z]{26}$`)

// Handler serves POST …/reply and POST …/status/{text_id}.
func (h Webhooks) Handler() http.Handler {
	s := &webhooks{h, rate.NewLimiter(1, refusedBurst)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/providers/twilio/reply", s.signed("reply", s.reply))
	mux.HandleFunc("POST /v1/providers/twilio/status/{text_id}", s.signed("status", s.status))
	return mux
}

type webhooks struct {
	Webhooks
	pace *rate.Limiter
}

// signed lets a signed form through. take answers what it has taken itself.
func (s *webhooks) signed(route string, take func(http.ResponseWriter, *http.Request, url.Values) (string, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxWebhook))
		why := "unreadable"
		if err == nil {
			form, ok := s.Account.Signed(s.PublicURL, r, body)
			if why, err = "signature", nil; ok {
				why, err = take(w, r, form)
			}
		} else {
			err = nil
		}
		switch {
		case err != nil:
			s.Log.ErrorContext(r.Context(), "a webhook could not be taken", "route", route, "error", err)
			s.Problem(w, http.StatusServiceUnavailable, "busy", "Not now; nothing was changed")
		case why != "":
			s.refuse(w, r, route, why)
		}
	}
}

func (s *webhooks) refuse(w http.ResponseWriter, r *http.Request, route, why string) {
	s.Count("webhook_refused_" + why)
	if s.pace.Allow() {
		if err := s.Refused(r.Context(), route, why); err != nil {
			s.Log.ErrorContext(r.Context(), "a refused webhook is not on record", "route", route, "why", why, "error", err)
		}
	}
	s.Problem(w, http.StatusForbidden, "webhook_refused", "The webhook is not signed for this address, is malformed, or came before")
}

// reply takes what a customer wrote. The empty TwiML says: answer nothing.
func (s *webhooks) reply(w http.ResponseWriter, r *http.Request, form url.Values) (string, error) {
	in, ok := s.Account.Incoming(form)
	if !ok {
		return "malformed", nil
	}
	said := ReadReply(in.Body)
	switch form.Get("OptOutType") { // Twilio has taken it for one, by the account's own words
	case "STOP":
		said = Reply{Said: SaidStop}
	case "START":
		said = Reply{Said: SaidStart}
	}
	taken, err := s.Reply(r.Context(), in.SID, in.From, said)
	switch {
	case err != nil:
		return "", err
	case taken == Replayed:
		return "replayed", nil
	case taken == Unknown:
		s.Count("reply_unknown_number")
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	_, _ = io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?><Response></Response>`) // the provider is gone
	return "", nil
}

func (s *webhooks) status(w http.ResponseWriter, r *http.Request, form url.Values) (string, error) {
	st, ok := s.Account.Status(form)
	text := r.PathValue("text_id")
	if !ok || !textID.MatchString(text) {
		return "malformed", nil
	}
	taken, err := s.Status(r.Context(), text, st)
	switch {
	case err != nil:
		return "", err
	case taken == Replayed:
		return "replayed", nil
	case taken == Unknown:
		return "unknown_text", nil
	}
	w.WriteHeader(http.StatusNoContent)
	return "", nil
}
