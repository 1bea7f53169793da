package twilio

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"
	"github.com/twilio/twilio-go/twiml"
)

// Call is a call to an agent's phone. What happens when it is picked up is
// asked of URL. Nothing is recorded, ever.
type Call struct {
	To        string        // E.164
	From      string        // E.164, a number of the account's
	URL       string        // answers with TwiML
	StatusURL string        // is told how it goes
	RingFor   time.Duration // 5 s to 60 s
	LimitFor  time.Duration // at most 4 h
}

var callEvents = []string{"initiated", "ringing", "answered", "completed"}

// Call places a call and gives its SID, CA…
func (a *Account) Call(ctx context.Context, c Call) (sid string, err error) {
	p := (&api.CreateCallParams{}).SetTo(c.To).SetFrom(c.From).SetUrl(c.URL).SetMethod("POST").SetStatusCallback(c.StatusURL).
		SetStatusCallbackMethod("POST").SetStatusCallbackEvent(callEvents).
		SetTimeout(seconds(c.RingFor, 5*time.Second, time.Minute)).SetTimeLimit(seconds(c.LimitFor, time.Minute, 4*time.Hour))
	err = a.call(ctx, func(h *client.RequestHandler) error {
		got, err := api.NewApiService(h).CreateCall(p)
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

func seconds(d, least, most time.Duration) int { return int(min(max(d, least), most) / time.Second) }

// FindCalls looks among the latest 100 calls from a number to another for those
// made since that are none of but, the latest first.
func (a *Account) FindCalls(ctx context.Context, to, from string, since time.Time, but []string) (sids []string, err error) {
	p := (&api.ListCallParams{}).SetTo(to).SetFrom(from).SetPageSize(100)
	err = a.call(ctx, func(h *client.RequestHandler) error {
		page, err := api.NewApiService(h).PageCall(p, "", "")
		if err != nil {
			return err
		}
		for _, c := range page.Calls {
			if c.Sid == nil || c.DateCreated == nil || slices.Contains(but, *c.Sid) {
				continue
			}
			// Twilio keeps whole seconds.
			if made, err := time.Parse(time.RFC1123Z, *c.DateCreated); err == nil && !made.Before(since.Truncate(time.Second)) {
				sids = append(sids, *c.Sid)
			}
		}
		return nil
	})
	return sids, err
}

// UnderWay tells whether a call is answered and goes on.
func (a *Account) UnderWay(ctx context.Context, sid string) (is bool, err error) {
	err = a.call(ctx, func(h *client.RequestHandler) error {
		got, err := api.NewApiService(h).FetchCall(sid, &api.FetchCallParams{})
		is = err == nil && got.Status != nil && *got.Status == "in-progress"
		return err
	})
	return is && err == nil, err
}

// HangUp ends a call, and the leg that hangs on it. One that is over is no error.
func (a *Account) HangUp(ctx context.Context, sid string) error {
	return a.call(ctx, func(h *client.RequestHandler) error {
		_, err := api.NewApiService(h).UpdateCall(sid, (&api.UpdateCallParams{}).SetStatus("completed"))
		return err
	})
}

// Leg is what happens when an agent picks up: they hear Say, and the customer is
// rung.
type Leg struct {
	Say       string
	Language  string // BCP 47, of Say
	CallerID  string // E.164
	Customer  string // E.164
	StatusURL string // is told how the customer's leg goes
	// MachineURL is told whether a person or a machine answered. Empty: nobody
	// listens for that.
	MachineURL string
	RingFor    time.Duration
	LimitFor   time.Duration
}

// Connect is the TwiML of a Leg.
func Connect(l Leg) (string, error) {
	number := &twiml.VoiceNumber{PhoneNumber: l.Customer, StatusCallback: l.StatusURL, StatusCallbackMethod: "POST",
		StatusCallbackEvent: "initiated ringing answered completed"}
	if l.MachineURL != "" {
		number.MachineDetection, number.AmdStatusCallback, number.AmdStatusCallbackMethod = "Enable", l.MachineURL, "POST"
	}
	return twiml.Voice([]twiml.Element{
		&twiml.VoiceSay{Message: spoken(l.Say), Language: l.Language},
		&twiml.VoiceDial{CallerId: l.CallerID, Timeout: strconv.Itoa(seconds(l.RingFor, 5*time.Second, time.Minute)),
			TimeLimit: strconv.Itoa(seconds(l.LimitFor, time.Minute, 4*time.Hour)), AnswerOnBridge: "true",
			InnerElements: []twiml.Element{number}},
	})
}

// HangUpSaying is the TwiML that says something and ends the call.
func HangUpSaying(say, language string) (string, error) {
	return twiml.Voice([]twiml.Element{&twiml.VoiceSay{Message: spoken(say), Language: language}, &twiml.VoiceHangup{}})
}

// spoken keeps of a text what XML can carry and a voice can say.
func spoken(s string) string {
	out := make([]rune, 0, len(s))
	for _, r := range s {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0xfffe || r == 0xffff || r >= 0x200e && r <= 0x200f || r >= 0x202a &&
			r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			r = ' '
		}
		if out = append(out, r); len(out) == 500 {
			break
		}
	}
	return string(out)
}
