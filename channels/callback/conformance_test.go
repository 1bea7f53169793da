package callback_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"holdfast/channels"
	"holdfast/channels/callback"
	"holdfast/channels/channeltest"
	"holdfast/hold"
	"holdfast/twilio"
)

const (
	customers = "+393331234567"
	agents    = "+393399765432"
	account   = "DE02120300000000202051"
)

var (
	sid  = "AC" + strings.Repeat("0", 32)
	auth = strings.Repeat("a", 32)
)

// wire answers a request as the provider would.
type wire func(*http.Request) (status int, body string, err error)

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	status, body, err := w(r)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Retry-After": {"3"}}, Body: io.NopCloser(strings.NewReader(body)),
		Request: r}, nil
}

func calling(t *testing.T, w wire) *callback.Channel {
	t.Helper()
	a, err := twilio.New(twilio.Config{AccountSID: sid, AuthToken: auth, From: "+15005550006", Transport: w})
	if err != nil {
		t.Fatal(err)
	}
	return callback.New(callback.Config{Account: a, From: "+15005550006", PublicURL: "https://pay.nordbank.test", Lookups: true})
}

func TestConformance(t *testing.T) {
	channeltest.Run(t, bundle)
}

func bundle(t *testing.T) channeltest.Bundle {
	h := hold.Hold{ID: "hold_1", TxDigest: "d", Request: hold.Request{Payee: hold.Payee{Name: "Anna Kovacs", Account: account}}}
	c := hold.Challenge{ID: "chal_1", HoldID: h.ID, TxDigest: h.TxDigest, Channel: hold.Callback, Status: hold.Open}
	said := map[hold.Answer]hold.Disposition{hold.Approve: hold.Confirmed, hold.Deny: hold.Refused, hold.NotMe: hold.NotTheirs}
	answer := func(a hold.Answer) channels.Answer {
		return channels.Answer{Hold: h, Proof: string(said[a]), Leg: hold.Leg{Connected: hold.MinConnected, Identified: true}, Now: 1}
	}
	with := func(change func(*channels.Answer)) channels.Answer {
		a := answer(hold.Approve)
		change(&a)
		return a
	}
	return channeltest.Bundle{Channel: &callback.Channel{}, Challenge: c, Answer: answer, Answers: []hold.Answer{hold.Approve, hold.Deny,
		hold.NotMe},
		Wrong: []channeltest.Wrong{
			{Name: "no call", Challenge: c, Answer: with(func(a *channels.Answer) { a.Leg.Connected = 0 }), Refusal: hold.CallMissing},
			{Name: "connected for 29 s", Challenge: c, Answer: with(func(a *channels.Answer) { a.Leg.Connected = 29 * time.Second }),
				Refusal: hold.CallMissing},
			{Name: "nobody knows who it was", Challenge: c, Answer: with(func(a *channels.Answer) { a.Leg.Identified = false }),
				Refusal: hold.IdentityMissing},
			{Name: "of another hold", Challenge: c, Answer: with(func(a *channels.Answer) { a.Hold.ID = "hold_2" }), Refusal: hold.DigestMismatch},
			{Name: "of another document", Challenge: c, Answer: with(func(a *channels.Answer) { a.Hold.TxDigest = "e" }),
				Refusal: hold.DigestMismatch},
			{Name: "no answer", Challenge: c, Answer: with(func(a *channels.Answer) { a.Proof = string(hold.Voicemail) }),
				Refusal: hold.NotAnAnswer},
		},
		Failing:  failing(t),
		Canaries: []string{customers[1:], agents[1:], account, "Kovacs", sid, auth, "call_1"},
	}
}

// failing are calls that are not placed, and questions after one that may have
// been, in every way that the provider has.
func failing(t *testing.T) (out []channeltest.Failing) {
	call := &hold.Call{ID: "call_1", CustomerID: "maria", Agent: agents, Customer: customers, CreatedAt: hold.At(time.Now())}
	refuses := func(status, code int) wire {
		return func(r *http.Request) (int, string, error) {
			return status, fmt.Sprintf(`{"code":%d,"status":%d,"message":"%s cannot call %s for %s"}`, code, status, agents, customers, account), nil
		}
	}
	for name, c := range map[string]struct {
		wire  wire
		class channels.DeliveryClass
	}{
		"nobody listens": {func(r *http.Request) (int, string, error) {
			return 0, "", errors.New("dial " + r.URL.String() + " for " + agents)
		}, channels.Retryable},
		"unavailable":  {refuses(503, 20503), channels.Retryable},
		"throttled":    {refuses(429, 20429), channels.Throttled},
		"a fault":      {refuses(500, 20500), channels.Ambiguous},
		"too late":     {refuses(408, 0), channels.Ambiguous},
		"not a number": {refuses(400, 21211), channels.Permanent},
		"not allowed":  {refuses(401, 20003), channels.Permanent},
		"moved":        {refuses(302, 0), channels.Permanent},
		"unreadable":   {func(*http.Request) (int, string, error) { return 201, "<html>" + customers, nil }, channels.Ambiguous},
	} {
		ch := calling(t, c.wire)
		out = append(out, channeltest.Failing{Name: name, Channel: ch, Delivery: channels.Delivery{ID: call.ID, Call: call}, Class: c.class},
			channeltest.Failing{Name: name + ", asked afterwards", Class: c.class, Try: func(ctx context.Context) (channels.Receipt,
				error) {
				return ch.Find(ctx, *call)
			}})
	}
	nameless := calling(t, func(*http.Request) (int, string, error) { return 201, `{"to":"` + agents + `"}`, nil })
	return append(out,
		channeltest.Failing{Name: "taken under no id", Channel: nameless, Delivery: channels.Delivery{ID: call.ID, Call: call},
			Class: channels.Ambiguous},
		channeltest.Failing{Name: "no call", Channel: nameless, Delivery: channels.Delivery{ID: call.ID}, Class: channels.Permanent},
		channeltest.Failing{Name: "not configured", Channel: &callback.Channel{}, Delivery: channels.Delivery{ID: call.ID, Call: call},
			Class: channels.Permanent})
}

// A number is looked up before it is called: who lately swapped the SIM, and
// what is no phone line, gets no call; what nobody knows gets none by default.
func TestTrust(t *testing.T) {
	t.Parallel()
	swapped := func(ago time.Duration) string {
		return `"sim_swap":{"last_sim_swap":{"last_sim_swap_date":"` + time.Now().Add(-ago).UTC().Format(time.RFC3339) + `"}}`
	}
	line := func(kind string) string { return `"line_type_intelligence":{"type":"` + kind + `"}` }
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		status int
		reply  string
		allow  bool
		want   hold.TextFault
	}{
		"swapped two days ago":              {200, swapped(2*day) + "," + line("mobile"), true, hold.FailSIMSwapped},
		"swapped a month ago":               {200, swapped(30*day) + "," + line("mobile"), false, ""},
		"VoIP":                              {200, swapped(30*day) + "," + line("nonFixedVoip"), true, hold.FailLineType},
		"fixed VoIP":                        {200, swapped(30*day) + "," + line("fixedVoip"), true, hold.FailLineType},
		"a premium number":                  {200, line("premium"), true, hold.FailLineType},
		"a fixed line":                      {200, line("landline"), false, ""},
		"a fixed line's SIM":                {200, swapped(2*day) + "," + line("landline"), false, ""},
		"nobody knows of a swap":            {200, `"sim_swap":{"error_code":60607},` + line("mobile"), false, hold.FailTrustUnknown},
		"nobody knows, and allowed":         {200, `"sim_swap":{"error_code":60607},` + line("mobile"), true, ""},
		"nobody knows the line":             {200, swapped(30 * day), false, hold.FailTrustUnknown},
		"nobody knows the line, allowed":    {200, swapped(30 * day), true, ""},
		"the provider does not say":         {404, `"code":20404`, false, hold.FailTrustUnknown},
		"the provider is away":              {503, ``, false, hold.FailTrustUnknown},
		"the provider is away, and allowed": {503, ``, true, ""},
	} {
		ch := calling(t, func(*http.Request) (int, string, error) { return c.status, "{" + c.reply + "}", nil })
		call := hold.Call{Customer: customers, Rules: hold.ContactRules{SMS: hold.SMSTerms{SIMSwapAge: hold.Duration(7 * day),
			AllowUnknown: c.allow}}}
		if got := ch.Trust(t.Context(), call); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	off := callback.New(callback.Config{})
	if got := off.Trust(t.Context(), hold.Call{Customer: customers}); got != "" {
		t.Errorf("without lookups: %q", got)
	}
}
