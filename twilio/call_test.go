package twilio_test

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/twilio"

	"pgregory.net/rapid"
)

const callSID = "CA0123456789abcdef0123456789abcdef"

// A call is asked for as Twilio describes it, and never recorded.
func TestCall(t *testing.T) {
	t.Parallel()
	var form url.Values
	a := account(t, func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		form = r.PostForm
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"sid":"`+callSID+`"}`)
	})
	got, err := a.Call(t.Context(), twilio.Call{To: canary, From: "+15005550006", URL: "https://h.test/voice",
		StatusURL: "https://h.test/status", RingFor: 30 * time.Second, LimitFor: time.Hour})
	if err != nil || got != callSID {
		t.Fatalf("%s, %v", got, err)
	}
	for name, want := range map[string]string{"To": canary, "From": "+15005550006", "Url": "https://h.test/voice", "Method": "POST",
		"StatusCallback": "https://h.test/status", "Timeout": "30", "TimeLimit": "3600", "Record": ""} {
		if form.Get(name) != want {
			t.Errorf("%s is %q", name, form.Get(name))
		}
	}
	if !slices.Equal(form["StatusCallbackEvent"], []string{"initiated", "ringing", "answered", "completed"}) {
		t.Errorf("events %v", form["StatusCallbackEvent"])
	}
	down := account(t, answer(500, canary))
	var e *twilio.Error
	if _, err := down.Call(t.Context(), twilio.Call{To: canary}); !errors.As(err, &e) || e.Class != twilio.Ambiguous ||
		strings.Contains(err.Error(), canary) {
		t.Errorf("%v", err)
	}
}

// elements are the names in a document, in order.
func elements(t *rapid.T, doc string) (names []string) {
	d := xml.NewDecoder(strings.NewReader(doc))
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return names
		} else if err != nil {
			t.Fatalf("no XML: %v", err)
		}
		if e, ok := tok.(xml.StartElement); ok {
			names = append(names, e.Name.Local)
			for _, a := range e.Attr {
				if strings.HasPrefix(strings.ToLower(a.Name.Local), "record") {
					t.Fatal("it would be recorded")
				}
			}
		}
	}
}

// A call goes on while Twilio says so, and is ended by Twilio's own word; what it
// does not know is no.
func TestCallUnderWay(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]bool{"in-progress": true, "ringing": false, "completed": false} {
		var path string
		a := account(t, func(w http.ResponseWriter, r *http.Request) {
			path = r.Method + " " + r.URL.Path
			_, _ = io.WriteString(w, `{"sid":"`+callSID+`","status":"`+status+`"}`)
		})
		if is, err := a.UnderWay(t.Context(), callSID); err != nil || is != want ||
			path != "GET /2010-04-01/Accounts/"+a.AccountSID+"/Calls/"+callSID+".json" {
			t.Errorf("%s: %v, %v; %s", status, is, err, path)
		}
	}
	if is, err := account(t, answer(404, `{"code":20404}`)).UnderWay(t.Context(), callSID); is || err == nil {
		t.Errorf("no such call: %v, %v", is, err)
	}
	var form url.Values
	a := account(t, func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		form = r.PostForm
		_, _ = io.WriteString(w, `{"sid":"`+callSID+`","status":"completed"}`)
	})
	if err := a.HangUp(t.Context(), callSID); err != nil || form.Encode() != "Status=completed" {
		t.Errorf("%v, %v", form, err)
	}
}

// Whatever somebody is called, what a call does stays the same.
func TestHostileNamesInTwiML(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		say := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{`</Say><Dial record="record-from-answer"><Number>+99</Number></Dial>`,
			"]]>", "&#x0;", strings.Repeat("<Dial>", 5000), "\u202e\x00"})).Draw(t, "say")
		doc, err := twilio.Connect(twilio.Leg{Say: say, Language: "en-GB", CallerID: "+15005550006", Customer: canary,
			StatusURL: "https://h.test/x?a=1&b=2"})
		if err != nil {
			t.Fatal(err)
		}
		if got := elements(t, doc); !slices.Equal(got, []string{"Response", "Say", "Dial", "Number"}) {
			t.Fatalf("%v", got)
		}
		if doc, err = twilio.HangUpSaying(say, "en-GB"); err != nil || !slices.Equal(elements(t, doc), []string{"Response", "Say", "Hangup"}) {
			t.Fatal(doc, err)
		}
	})
}

// What a webhook about a call must have, and once.
func TestCallWebhooks(t *testing.T) {
	t.Parallel()
	a := account(t, answer(200, ""))
	good := func() url.Values {
		return url.Values{"CallSid": {callSID}, "AccountSid": {a.AccountSID}, "CallStatus": {"completed"}, "CallDuration": {"31"}}
	}
	if s, ok := a.CallStatus(good()); !ok || s.Duration != 31*time.Second || s.SID != callSID {
		t.Errorf("%+v %v", s, ok)
	}
	for name, change := range map[string]func(url.Values){
		"of another account": func(f url.Values) { f.Set("AccountSid", "AC1") }, "no call": func(f url.Values) { f.Set("CallSid", sid) },
		"two calls":          func(f url.Values) { f.Add("CallSid", callSID) },
		"a state of its own": func(f url.Values) { f.Set("CallStatus", "won") }, "no state": func(f url.Values) { f.Del("CallStatus") },
		"a long time":           func(f url.Values) { f.Set("CallDuration", "9999999") },
		"a time less than none": func(f url.Values) { f.Set("CallDuration", "-1") }, "two times": func(f url.Values) {
			f.Add("CallDuration",
				"99")
		},
	} {
		f := good()
		change(f)
		if _, ok := a.CallStatus(f); ok {
			t.Errorf("%s was taken", name)
		}
	}
	f := good()
	f.Set("CallStatus", "in-progress")
	if s, _ := a.CallStatus(f); s.Duration != 0 {
		t.Error("a call that goes on has a duration")
	}
}

// Each word of Twilio's for who answered.
func TestWhoAnswered(t *testing.T) {
	t.Parallel()
	a := account(t, answer(200, ""))
	for by, machine := range map[string]bool{"human": false, "unknown": false, "fax": true, "machine_start": true, "machine_end_beep": true,
		"machine_end_silence": true, "machine_end_other": true} {
		sid, is, ok := a.AnsweredBy(url.Values{"CallSid": {callSID}, "AccountSid": {a.AccountSID}, "AnsweredBy": {by}})
		if !ok || sid != callSID || is != machine {
			t.Errorf("%s: a machine %t, taken %t", by, is, ok)
		}
	}
	for _, by := range []string{"", "robot", "machine_", "Human"} {
		if _, _, ok := a.AnsweredBy(url.Values{"CallSid": {callSID}, "AccountSid": {a.AccountSID}, "AnsweredBy": {by}}); ok {
			t.Errorf("%q was taken", by)
		}
	}
}
