package serve_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"holdfast/agents/agentstest"
	"holdfast/queue"
	"holdfast/serve"
	"holdfast/store"
	"holdfast/store/storetest"

	"github.com/golang-jwt/jwt/v5"
)

const callSID, otherSID = "CA0123456789abcdef0123456789abcdef", "CA00000000000000000000000000000000"

// calling is a case that ana has, with a call that the provider has taken.
func (f *front) calling() (by store.By, caseID, call string) {
	f.t.Helper()
	ctx := f.t.Context()
	now, err := f.db.Now(ctx)
	f.must(err)
	by = store.By{Sub: "ana", GivenName: "Ana", Role: "agent", IssuedAt: now}
	f.must(f.db.SeeAgent(ctx, by))
	own := storetest.Mobile("+393399000001", 0)
	_, why, err := f.db.PutAgent(ctx, by, store.PutAgent{Sub: "ana", Number: &own})
	f.must(storetest.ErrorOf(why, err))
	f.must(f.db.AskForHelp(ctx, "maria"))
	caseID, err = f.db.NextCase(ctx, by)
	f.must(err)
	c, err := f.db.Customer(ctx, "maria")
	f.must(err)
	call, cause, out, err := f.db.PlaceCall(ctx, by, caseID, c.Phones[0].ID, storetest.Contact)
	f.must(err)
	if out != "" {
		f.t.Fatalf("%s %s", out, cause)
	}
	_, err = f.db.BeginCall(ctx, call)
	f.must(err)
	return by, caseID, call
}

func about(sid, state string) url.Values {
	return url.Values{"CallSid": {sid}, "AccountSid": {accountSID}, "CallStatus": {state}}
}

// The agent picks up: their phone is told to ring the customer, from the bank's
// record, once; and when the case is theirs no more, to hang up.
func TestVoiceWebhook(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	by, caseID, call := f.calling()
	at := "/v1/providers/twilio/voice/" + call
	a := f.webhook(at, about(callSID, "in-progress"), nil)
	if a.status != 200 || !strings.Contains(a.body, ">"+number+"</Number>") || !strings.Contains(a.body, `callerId="`+sender+`"`) ||
		strings.Contains(a.body, "ecord") {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if a := f.webhook(at, about(otherSID, "in-progress"), nil); a.status != 200 || !strings.Contains(a.body, "<Hangup") ||
		strings.Contains(a.body, "Number") {
		t.Errorf("a second ring of the same call: %d %s", a.status, a.body)
	}
	if a := f.webhook("/v1/providers/twilio/voice/"+store.NewID("call"), about(callSID, "in-progress"), nil); a.status != 403 {
		t.Errorf("no call of ours: %d", a.status)
	}
	spoil := func(r *http.Request, _ *string) { r.Header.Set("X-Twilio-Signature", "AAAA") }
	if a := f.webhook(at, about(callSID, "in-progress"), spoil); a.status != 403 || a.Code != "webhook_refused" {
		t.Errorf("forged: %d %s", a.status, a.body)
	}
	f.must(storetest.ErrorOf(f.db.ReturnCase(t.Context(), by, caseID)))
	if a := f.webhook(at, about(callSID, "in-progress"), nil); a.status != 200 || !strings.Contains(a.body, "<Hangup") {
		t.Errorf("after the case was returned: %d %s", a.status, a.body)
	}
	if log := f.log.String(); strings.Contains(log, number) || strings.Contains(log, "+393399000001") {
		t.Error("the log has a number")
	}
}

// How a call goes is told by the provider alone, and once: what is forged,
// replayed or of another leg makes no call longer.
func TestCallStatusWebhook(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	by, caseID, call := f.calling()
	view := func() queue.Call {
		v, why, err := f.db.ViewCase(t.Context(), by, caseID)
		f.must(storetest.ErrorOf(why, err))
		return v.Calls[0]
	}
	at := "/v1/providers/twilio/call/" + call
	done := about(otherSID, "completed")
	done.Set("CallDuration", "300")
	for name, spoil := range map[string]func(r *http.Request, body *string){
		"forged":  func(r *http.Request, _ *string) { r.Header.Set("X-Twilio-Signature", "AAAA") },
		"altered": func(_ *http.Request, b *string) { *b = strings.Replace(*b, "300", "301", 1) },
		"for another call": func(r *http.Request, _ *string) {
			r.URL.Path = "/v1/providers/twilio/call/" + store.NewID("call") + "/customer"
		},
		"for the other leg":  func(r *http.Request, _ *string) { r.URL.Path = at + "/agent" },
		"for no leg of ours": func(r *http.Request, _ *string) { r.URL.Path = at + "/both" },
	} {
		if a := f.webhook(at+"/customer", done, spoil); a.status != 403 && a.status != 400 && a.status != 404 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := f.webhook(at+"/customer", about(otherSID, "in-progress"), nil); a.status != 204 || view().Status != queue.CallConnected {
		t.Fatalf("%d, %s", a.status, view().Status)
	}
	if a := f.webhook(at+"/customer", about(otherSID, "in-progress"), nil); a.status != 403 {
		t.Errorf("replayed: %d", a.status)
	}
	done.Set("CallDuration", "31")
	if a := f.webhook(at+"/customer", done, nil); a.status != 204 {
		t.Fatal(a.status, a.body)
	}
	longer := about("CA11111111111111111111111111111111", "completed")
	longer.Set("CallDuration", "3000")
	_ = f.webhook(at+"/customer", longer, nil)
	if c := view(); c.Status != queue.CallEnded || c.Connected(0) != 31*time.Second {
		t.Errorf("%+v", c)
	}
}

// A machine that answers is told by the provider alone, once, and shows.
func TestMachineWebhook(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	by, caseID, call := f.calling()
	heard := func(who string) url.Values {
		v := about(otherSID, "")
		v.Del("CallStatus")
		v.Set("AnsweredBy", who)
		return v
	}
	machine := func() bool {
		v, why, err := f.db.ViewCase(t.Context(), by, caseID)
		f.must(storetest.ErrorOf(why, err))
		return v.Calls[0].Machine
	}
	at := "/v1/providers/twilio/call/" + call + "/machine"
	a := f.webhook("/v1/providers/twilio/voice/"+call, about(callSID, "in-progress"), nil)
	if !strings.Contains(a.body, `machineDetection="Enable"`) || !strings.Contains(a.body, `amdStatusCallback="`) || !strings.Contains(a.body,
		at) {
		t.Errorf("nobody listens for it: %s", a.body)
	}
	spoil := func(r *http.Request, _ *string) { r.Header.Set("X-Twilio-Signature", "AAAA") }
	for name, a := range map[string]answer{
		"forged":          f.webhook(at, heard("machine_start"), spoil),
		"of no such kind": f.webhook(at, heard("somebody"), nil),
		"of no call":      f.webhook("/v1/providers/twilio/call/"+store.NewID("call")+"/machine", heard("machine_start"), nil),
	} {
		if a.status != 403 || machine() {
			t.Errorf("%s: %d, %t", name, a.status, machine())
		}
	}
	if a := f.webhook(at, heard("machine_start"), nil); a.status != 204 || !machine() {
		t.Errorf("%d, %t", a.status, machine())
	}
	if a := f.webhook(at, heard("human"), nil); a.status != 403 || !machine() {
		t.Errorf("taken back: %d, %t", a.status, machine())
	}
}

// While the identity provider is away, agents are told to come back; nobody
// else is touched.
func TestIssuerAway(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	a := f.do("POST", "/v1/callbacks/next", "eyJhbGciOiJFUzI1NiJ9.e30.c2ln", nil)
	if a.status != 503 || a.Code != "busy" || a.header.Get("Retry-After") == "" {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := f.do("GET", "/v1/app/log", f.token("maria"), nil); a.status != 200 {
		t.Errorf("a customer: %d", a.status)
	}
}

// What the settings say of tokens is what tokens are held to: the bank's names for
// roles, and how far the clocks may differ.
func TestTokenSettings(t *testing.T) {
	t.Parallel()
	i := agentstest.NewIssuer(t)
	f := newFrontWith(t, func(c *serve.Config) {
		c.OIDCIssuer, c.OIDCRoleClaim, c.OIDCRoles, c.OIDCSkew = i.URL, "realm.groups", []string{"agent=Call Centre"}, 2*time.Minute
		c.OutboundAllow = []string{"127.0.0.0/8"}
	})
	for name, c := range map[string]struct {
		group string
		ahead time.Duration
		want  int
	}{
		"the bank's name": {"Call Centre", 0, 200}, "our own": {"agent", 0, 401},
		"a minute ahead": {"Call Centre", time.Minute, 200}, "three": {"Call Centre", 3 * time.Minute, 401},
	} {
		token := i.Token(t, func(m jwt.MapClaims) {
			m["realm"] = map[string]any{"groups": []string{c.group}}
			m["iat"], m["exp"] = time.Now().Add(c.ahead).Unix(), time.Now().Add(c.ahead+5*time.Minute).Unix()
		})
		if a := f.do("GET", "/v1/callbacks/stats", token, nil); a.status != c.want {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
}
