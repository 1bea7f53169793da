package twilio

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Incoming is a text that somebody sent to us.
type Incoming struct {
	SID  string // of the message, SM… or MM…
	From string // E.164, as the networks say: senders can be forged
	Body string
}

// Status is what became of a text of ours.
type Status struct {
	SID   string
	State string // queued, sending, sent, delivered, undelivered, failed, …
	Code  string // "twilio_30003", or ""
}

var (
	messageSID = regexp.MustCompile(`^[SM]M[0-9a-fA-F]{32}$`)
	e164       = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	errorCode  = regexp.MustCompile(`^[0-9]{5}$`)
	stateWord  = regexp.MustCompile(`^[a-z]{4,20}$`)
)

// one gives parameters that stand there once each. A signature covers names
// and values run together, so that a boundary between them can be moved: what
// then is missing or misshapen is refused here.
func (a *Account) one(form url.Values, names ...string) (map[string]string, bool) {
	out := map[string]string{}
	for _, n := range names {
		if len(form[n]) != 1 {
			return nil, false
		}
		out[n] = form.Get(n)
	}
	return out, messageSID.MatchString(out["MessageSid"]) && out["AccountSid"] == a.AccountSID
}

// Incoming reads a signed webhook for a text to us.
func (a *Account) Incoming(form url.Values) (in Incoming, ok bool) {
	v, ok := a.one(form, "MessageSid", "AccountSid", "From", "To", "Body")
	ours := v["To"] == a.From || strings.HasPrefix(a.From, "MG") && form.Get("MessagingServiceSid") == a.From
	return Incoming{SID: v["MessageSid"], From: v["From"], Body: v["Body"]}, ok && ours && e164.MatchString(v["From"])
}

// Status reads a signed webhook for what became of a text of ours.
func (a *Account) Status(form url.Values) (s Status, ok bool) {
	v, ok := a.one(form, "MessageSid", "AccountSid", "MessageStatus")
	s = Status{SID: v["MessageSid"], State: v["MessageStatus"]}
	if code := form.Get("ErrorCode"); errorCode.MatchString(code) {
		s.Code = "twilio_" + code
	}
	return s, ok && stateWord.MatchString(s.State)
}

// CallStatus is how a leg of a call of ours goes.
type CallStatus struct {
	SID      string
	State    string        // initiated, ringing, in-progress, completed, busy, failed, no-answer, canceled
	Duration time.Duration // with completed: how long it was connected
}

var (
	callSID   = regexp.MustCompile(`^CA[0-9a-fA-F]{32}$`)
	callState = regexp.MustCompile(`^(queued|initiated|ringing|in-progress|completed|busy|failed|no-answer|canceled)$`)
	duration  = regexp.MustCompile(`^[0-9]{1,5}$`)
)

// ofCall gives the parameters of a webhook about a call, once each.
func (a *Account) ofCall(form url.Values, names ...string) (map[string]string, bool) {
	out := map[string]string{}
	for _, n := range append(names, "CallSid", "AccountSid") {
		if len(form[n]) != 1 {
			return nil, false
		}
		out[n] = form.Get(n)
	}
	return out, callSID.MatchString(out["CallSid"]) && out["AccountSid"] == a.AccountSID
}

// CallStatus reads a signed webhook for how a leg goes.
func (a *Account) CallStatus(form url.Values) (s CallStatus, ok bool) {
	v, ok := a.ofCall(form, "CallStatus")
	s = CallStatus{SID: v["CallSid"], State: v["CallStatus"]}
	switch d := form["CallDuration"]; {
	case len(d) > 1, len(d) == 1 && !duration.MatchString(d[0]):
		return s, false
	case len(d) == 1 && s.State == "completed":
		n, _ := strconv.Atoi(d[0]) // five digits
		s.Duration = time.Duration(n) * time.Second
	}
	return s, ok && callState.MatchString(s.State)
}

var answeredBy = regexp.MustCompile(`^(human|machine_start|machine_end_beep|machine_end_silence|machine_end_other|fax|unknown)$`)

// AnsweredBy reads a signed webhook for who answered a leg: a machine, or, as far
// as Twilio can hear, none.
func (a *Account) AnsweredBy(form url.Values) (sid string, machine, ok bool) {
	v, ok := a.ofCall(form, "AnsweredBy")
	by := v["AnsweredBy"]
	return v["CallSid"], by == "fax" || strings.HasPrefix(by, "machine_"), ok && answeredBy.MatchString(by)
}

// Answered reads a signed webhook that asks what an answered call is to do, and
// gives the call's SID.
func (a *Account) Answered(form url.Values) (sid string, ok bool) {
	v, ok := a.ofCall(form)
	return v["CallSid"], ok
}
