package provider

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"holdfast/twilio"
)

// between two webhooks of a message.
const between = 20 * time.Millisecond

// report tells what became of a message, as its fault wants it.
func (p *Provider) report(m *Message) {
	states := []string{"sent", "delivered"}
	code := ""
	switch m.wire {
	case Lost:
		return
	case Reversed:
		states = []string{"delivered", "sent"}
	case Failing:
		states, code = []string{"sent", "undelivered"}, "30003"
	case Late:
		if !p.wait(time.Second) {
			return
		}
	}
	for _, state := range states {
		if !p.wait(between) {
			return
		}
		p.mu.Lock()
		m.Status = State(state)
		p.changed()
		p.mu.Unlock()
		form := url.Values{"MessageSid": {m.SID}, "SmsSid": {m.SID}, "AccountSid": {p.AccountSID}, "From": {p.From}, "To": {m.To},
			"MessageStatus": {state}, "SmsStatus": {state}, "ApiVersion": {"2010-04-01"}}
		if code != "" && state == "undelivered" {
			form.Set("ErrorCode", code)
		}
		if m.wire == Forged {
			bad := url.Values{}
			for k, v := range form {
				bad[k] = v
			}
			bad.Set("MessageStatus", "failed")
			p.post(m.callback, bad, "not the token")
		}
		p.post(m.callback, form, p.AuthToken)
		if m.wire == Twice {
			p.post(m.callback, form, p.AuthToken)
		}
	}
}

func (p *Provider) wait(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-p.stopped.Done():
		return false
	}
}

// post calls a webhook, signed with a token, and gives the status; 0 when
// nobody answered.
func (p *Provider) post(at string, form url.Values, token string) int {
	ctx, cancel := context.WithTimeout(p.stopped, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, at, strings.NewReader(form.Encode()))
	if err != nil {
		return 0
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	r.Header.Set("X-Twilio-Signature", twilio.Sign(token, at, form))
	res, err := p.client.Do(r)
	if err != nil {
		p.count("webhooks_lost")
		return 0
	}
	_ = res.Body.Close()
	p.count("webhooks_" + strconv.Itoa(res.StatusCode))
	return res.StatusCode
}

// stops and starts are the words that Twilio takes for itself.
var stops, starts = strings.Fields("STOP STOPALL UNSUBSCRIBE CANCEL END QUIT REVOKE OPTOUT"), strings.Fields("START UNSTOP")

func among(words []string, body string) bool {
	for _, w := range words {
		if strings.EqualFold(strings.TrimSpace(body), w) {
			return true
		}
	}
	return false
}

// Reply sends a text from a number to the account and gives the status with
// which Holdfast answered. A word of opting out blocks the number, too.
func (p *Provider) Reply(number, body string) int {
	form := p.inbound(number, body)
	p.mu.Lock()
	switch {
	case among(stops, body):
		p.optedOut[number] = true
		form.Set("OptOutType", "STOP")
	case among(starts, body):
		p.optedOut[number] = false
		form.Set("OptOutType", "START")
	}
	at := p.Inbound
	p.mu.Unlock()
	w := Written{From: number, Body: body, At: p.Now()}
	w.Answered = p.post(at, form, p.AuthToken)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.replies = append(p.replies, w)
	p.changed()
	return w.Answered
}

// Forge sends what only looks like a text from a number: signed with a token
// that is not the account's.
func (p *Provider) Forge(number, body, token string) int {
	p.mu.Lock()
	at := p.Inbound
	p.mu.Unlock()
	return p.post(at, p.inbound(number, body), token)
}

func (p *Provider) inbound(number, body string) url.Values {
	sid := newSID("SM")
	return url.Values{"MessageSid": {sid}, "SmsSid": {sid}, "SmsMessageSid": {sid}, "AccountSid": {p.AccountSID}, "From": {number},
		"To": {p.From}, "Body": {body},
		"NumMedia": {"0"}, "NumSegments": {"1"}, "ApiVersion": {"2010-04-01"}}
}
