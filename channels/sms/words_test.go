package sms

import (
	"net/http"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/twilio"
)

// Each of Twilio's states of a message, and what it says to us.
func TestTwiliosStatesInOurWords(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		told   twilio.Status
		status hold.TextStatus
		code   string
	}{
		"accepted":               {twilio.Status{State: "accepted"}, hold.TextSent, ""},
		"scheduled":              {twilio.Status{State: "scheduled"}, hold.TextSent, ""},
		"queued":                 {twilio.Status{State: "queued"}, hold.TextSent, ""},
		"sending":                {twilio.Status{State: "sending"}, hold.TextSent, ""},
		"sent":                   {twilio.Status{State: "sent"}, hold.TextSent, ""},
		"new to us":              {twilio.Status{State: "teleported"}, hold.TextSent, ""},
		"delivered":              {twilio.Status{State: "delivered"}, hold.TextDelivered, ""},
		"read":                   {twilio.Status{State: "read"}, hold.TextDelivered, ""},
		"undelivered":            {twilio.Status{State: "undelivered"}, hold.TextFailed, "undelivered"},
		"failed":                 {twilio.Status{State: "failed"}, hold.TextFailed, "failed"},
		"canceled":               {twilio.Status{State: "canceled"}, hold.TextFailed, "canceled"},
		"undelivered, and why":   {twilio.Status{State: "undelivered", Code: "twilio_30003"}, hold.TextFailed, "twilio_30003"},
		"undelivered, opted out": {twilio.Status{State: "undelivered", Code: "twilio_21610"}, hold.TextFailed, "opted_out"},
		"sent, with a code":      {twilio.Status{State: "sent", Code: "twilio_21610"}, hold.TextSent, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.told.SID = "SM1"
			want := hold.TextNews{SID: "SM1", Status: c.status, Code: c.code, Word: c.told.State}
			if got := news(c.told); got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
		})
	}
}

// A send that Twilio refuses says why in our words, where it means something to
// us, and else by its own code.
func TestTwiliosFaultsInOurWords(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{"twilio_21610": string(hold.FailOptedOut), "twilio_21211": "twilio_21211",
		"http_503": "http_503", "network": "network"} {
		if got := classify(&twilio.Error{Class: twilio.Refused, Code: code}).Code; got != want {
			t.Errorf("%s: %s, want %s", code, got, want)
		}
	}
}

// Each of Twilio's kinds of line, and whether it gets a text.
func TestTwiliosLinesInOurWords(t *testing.T) {
	t.Parallel()
	const swapped = `"sim_swap":{"last_sim_swap":{"last_sim_swap_date":"2025-01-01T00:00:00Z"}},`
	for kind, want := range map[string]hold.TextFault{"mobile": "", "personal": "", "landline": hold.FailLineType,
		"fixedVoip": hold.FailLineType, "nonFixedVoip": hold.FailLineType, "tollFree": hold.FailLineType, "premium": hold.FailLineType,
		"sharedCost": hold.FailLineType, "uan": hold.FailLineType, "voicemail": hold.FailLineType, "pager": hold.FailLineType,
		"unknown": hold.FailTrustUnknown} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			reply := func(*http.Request) (int, string) {
				return 200, `{` + swapped + `"line_type_intelligence":{"type":"` + kind + `"}}`
			}
			text := hold.Text{Number: canaryNumber, Rules: hold.ContactRules{SMS: hold.SMSTerms{SIMSwapAge: hold.Duration(7 * 24 * time.Hour)}}}
			if got := channel(t, reply).Trust(t.Context(), text); got != want {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
}
