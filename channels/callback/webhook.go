package callback

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"

	"holdfast/hold"
	"holdfast/twilio"

	"golang.org/x/time/rate"
)

// Where Twilio reaches us, before the call's id.
const (
	VoicePath  = "/v1/providers/twilio/voice/"
	StatusPath = "/v1/providers/twilio/call/"
)

// Taken says what the record made of a webhook.
type Taken string

const (
	TakenUp  Taken = "taken"
	Replayed Taken = "replayed" // the same came before
	Unknown  Taken = "unknown"  // of no call of ours
)

// Webhooks serve the provider's calls about calls: what an agent's phone is to
// do, and how each leg goes. Whatever is not signed for our public URL, is not
// of the known form, or came before, gets 403, an entry, and changes nothing.
type Webhooks struct {
	Channel *Channel
	// Answered tells whom to ring now that the agent has picked up; nil: nobody.
	Answered func(ctx context.Context, id, sid string) (call *hold.Call, known bool, err error)
	Status   func(ctx context.Context, id, leg string, s twilio.CallStatus) (Taken, error)
	// Refused puts a refusal on record, at most once a second in the long run.
	Refused func(ctx context.Context, route, why string) error
	Count   func(event string)
	Problem func(w http.ResponseWriter, status int, code, title string)
	Log     *slog.Logger
}

const (
	maxWebhook   = 64 << 10
	refusedBurst = 100
)

var callID = regexp.MustCompile(`^call_[0-9A-HJKMNP-TV-Z]{26}$`)

// Handler serves POST …/voice/{call_id} and POST …/call/{call_id}/{leg}.
func (h Webhooks) Handler() http.Handler {
	s := &webhooks{h, rate.NewLimiter(1, refusedBurst)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+VoicePath+"{call_id}", s.signed("voice", s.answered))
	mux.HandleFunc("POST "+StatusPath+"{call_id}/{leg}", s.signed("call", s.status))
	return mux
}

type webhooks struct {
	Webhooks
	pace *rate.Limiter
}

// signed lets a signed form about one of our ids through.
func (s *webhooks) signed(route string, take func(http.ResponseWriter, *http.Request, url.Values) (why string, err error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		why, err := "unreadable", error(nil)
		if body, unread := io.ReadAll(http.MaxBytesReader(w, r.Body, maxWebhook)); unread == nil {
			form, ok := s.Channel.Account.Signed(s.Channel.PublicURL, r, body)
			switch {
			case !ok:
				why = "signature"
			case !callID.MatchString(r.PathValue("call_id")):
				why = "malformed"
			default:
				why, err = take(w, r, form)
			}
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

// answered tells the agent's phone to ring the customer, if they are still to be
// rung.
func (s *webhooks) answered(w http.ResponseWriter, r *http.Request, form url.Values) (string, error) {
	sid, ok := s.Channel.Account.Answered(form)
	if !ok {
		return "malformed", nil
	}
	call, known, err := s.Answered(r.Context(), r.PathValue("call_id"), sid)
	if err != nil {
		return "", err
	}
	if !known {
		return "unknown_call", nil
	}
	doc, err := s.Channel.twiml(call)
	if err != nil {
		return "", err
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	_, _ = io.WriteString(w, doc) // the provider is gone
	return "", nil
}

func (s *webhooks) status(w http.ResponseWriter, r *http.Request, form url.Values) (string, error) {
	st, ok := s.Channel.Account.CallStatus(form)
	leg := r.PathValue("leg")
	if !ok || leg != "agent" && leg != "customer" {
		return "malformed", nil
	}
	taken, err := s.Status(r.Context(), r.PathValue("call_id"), leg, st)
	switch {
	case err != nil:
		return "", err
	case taken == Replayed:
		return "replayed", nil
	case taken == Unknown:
		return "unknown_call", nil
	}
	w.WriteHeader(http.StatusNoContent)
	return "", nil
}
