package twilio

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"
)

// Message is a text message.
type Message struct {
	To       string // E.164
	Body     string
	Callback string        // where its status is told
	Valid    time.Duration // after it Twilio gives up, 1 s to 10 h
}

// Send sends a text and gives its SID, SM…
func (a *Account) Send(ctx context.Context, m Message) (sid string, err error) {
	p := (&api.CreateMessageParams{}).SetTo(m.To).SetBody(m.Body).SetStatusCallback(m.Callback).
		SetValidityPeriod(int(min(max(m.Valid, time.Second), 10*time.Hour) / time.Second)).
		SetSmartEncoded(false) // what we wrote is what arrives, and what Find looks for
	if strings.HasPrefix(a.From, "MG") {
		p.SetMessagingServiceSid(a.From)
	} else {
		p.SetFrom(a.From)
	}
	err = a.call(ctx, func(h *client.RequestHandler) error {
		got, err := api.NewApiService(h).CreateMessage(p)
		if err == nil && got.Sid != nil {
			sid = *got.Sid
		}
		return err
	})
	if err == nil && sid == "" {
		return "", &Error{Class: Ambiguous, Code: "sid_missing"}
	}
	return sid, err
}

// Find looks among the latest 100 messages to a number for one with exactly
// this text, made since, whose SID is none of but. It gives "" when there is
// none.
func (a *Account) Find(ctx context.Context, to, body string, since time.Time, but []string) (sid string, err error) {
	p := (&api.ListMessageParams{}).SetTo(to).SetPageSize(100)
	err = a.call(ctx, func(h *client.RequestHandler) error {
		page, err := api.NewApiService(h).PageMessage(p, "", "")
		if err != nil {
			return err
		}
		for _, m := range page.Messages {
			if m.Sid == nil || m.Body == nil || *m.Body != body || slices.Contains(but, *m.Sid) || m.DateCreated == nil {
				continue
			}
			// Twilio's clock and ours differ, and it keeps whole seconds.
			if made, err := time.Parse(time.RFC1123Z, *m.DateCreated); err == nil && made.After(since.Add(-time.Minute)) {
				sid = *m.Sid
				return nil
			}
		}
		return nil
	})
	return sid, err
}
