package sms

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"regexp"

	"holdfast/hold"
	"holdfast/twilio"
)

// Webhooks serve the provider's calls: what customers reply, and what became of
// texts.
type Webhooks struct {
	*twilio.Hooks
	Reply  func(ctx context.Context, sid, from string, r Reply) (hold.Taken, error)
	Status func(ctx context.Context, text string, n hold.TextNews) (hold.Taken, error)
}

var textID = regexp.MustCompile(`^txt_[0-9A-HJKMNP-TV-Z]{26}$`)

// Where Twilio reaches us; StatusPath before the text's id.
const (
	ReplyPath  = "/v1/providers/twilio/reply"
	StatusPath = "/v1/providers/twilio/status/"
)

// Routes are the webhooks by the mux's pattern.
func (h Webhooks) Routes() map[string]http.Handler {
	return map[string]http.Handler{
		"POST " + ReplyPath:                h.Signed("reply", h.reply),
		"POST " + StatusPath + "{text_id}": h.Signed("status", h.status),
	}
}

// reply takes what a customer wrote. The empty TwiML says: answer nothing.
func (s Webhooks) reply(w http.ResponseWriter, r *http.Request, form url.Values) (string, error) {
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
	case taken == hold.TakenBefore:
		return "replayed", nil
	case taken == hold.TakenUnknown: // it may be a customer's all the same: never dropped in silence
		s.Unknown(r.Context(), "reply", "unknown_number")
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	_, _ = io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?><Response></Response>`) // the provider is gone
	return "", nil
}

func (s Webhooks) status(w http.ResponseWriter, r *http.Request, form url.Values) (string, error) {
	st, ok := s.Account.Status(form)
	text := r.PathValue("text_id")
	if !ok || !textID.MatchString(text) {
		return "malformed", nil
	}
	taken, err := s.Status(r.Context(), text, news(st))
	switch {
	case err != nil:
		return "", err
	case taken == hold.TakenBefore:
		return "replayed", nil
	case taken == hold.TakenUnknown:
		return "unknown_text", nil
	}
	w.WriteHeader(http.StatusNoContent)
	return "", nil
}
