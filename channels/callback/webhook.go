package callback

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"regexp"

	"holdfast/hold"
	"holdfast/twilio"
)

// Where Twilio reaches us, before the call's id.
const (
	VoicePath  = "/v1/providers/twilio/voice/"
	StatusPath = "/v1/providers/twilio/call/"
)

// Webhooks serve the provider's calls about calls: what an agent's phone is to
// do, and how each leg goes.
type Webhooks struct {
	*twilio.Hooks
	Channel *Channel
	// Answered tells whom to ring now that the agent has picked up; nil: nobody.
	Answered func(ctx context.Context, id, sid string) (call *hold.Call, known bool, err error)
	Status   func(ctx context.Context, id string, n hold.CallNews) (hold.Taken, error)
	// Heard takes whether a machine answered at the customer's.
	Heard func(ctx context.Context, id, sid string, machine bool) (hold.Taken, error)
}

// machine is told who answered, in the place of a leg.
const machine = "machine"

var callID = regexp.MustCompile(`^call_[0-9A-HJKMNP-TV-Z]{26}$`)

// Routes are the webhooks by the mux's pattern.
func (h Webhooks) Routes() map[string]http.Handler {
	return map[string]http.Handler{
		"POST " + VoicePath + "{call_id}":        h.Signed("voice", h.answered),
		"POST " + StatusPath + "{call_id}/{leg}": h.Signed("call", h.status),
	}
}

// answered tells the agent's phone to ring the customer, if they are still to be
// rung.
func (s Webhooks) answered(w http.ResponseWriter, r *http.Request, form url.Values) (string, error) {
	sid, ok := s.Account.Answered(form)
	if !ok || !callID.MatchString(r.PathValue("call_id")) {
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

func (s Webhooks) status(w http.ResponseWriter, r *http.Request, form url.Values) (string, error) {
	leg := hold.CallLeg(r.PathValue("leg"))
	if leg == machine {
		return s.heard(w, r, form)
	}
	st, signed := s.Account.CallStatus(form)
	n, known := news(leg, st)
	if !signed || !known || !callID.MatchString(r.PathValue("call_id")) || leg != hold.LegAgent && leg != hold.LegCustomer {
		return "malformed", nil
	}
	taken, err := s.Status(r.Context(), r.PathValue("call_id"), n)
	return answer(w, taken, err)
}

func (s Webhooks) heard(w http.ResponseWriter, r *http.Request, form url.Values) (string, error) {
	sid, is, ok := s.Account.AnsweredBy(form)
	if !ok || !callID.MatchString(r.PathValue("call_id")) {
		return "malformed", nil
	}
	taken, err := s.Heard(r.Context(), r.PathValue("call_id"), sid, is)
	return answer(w, taken, err)
}

// answer tells the provider what became of its news.
func answer(w http.ResponseWriter, taken hold.Taken, err error) (string, error) {
	switch {
	case err != nil:
		return "", err
	case taken == hold.TakenBefore:
		return "replayed", nil
	case taken == hold.TakenUnknown:
		return "unknown_call", nil
	}
	w.WriteHeader(http.StatusNoContent)
	return "", nil
}
