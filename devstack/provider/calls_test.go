package provider_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/devstack/provider"
	"holdfast/twilio"
)

// The agent's phone rings first; when it is picked up, we are asked what to do,
// the customer's rings, and every leg is told of, signed.
func TestCallByBothLegs(t *testing.T) {
	t.Parallel()
	const agent, from = "+4915111000101", "+4915735990000"
	var mu sync.Mutex
	var told []string
	account := &twilio.Account{Config: twilio.Config{AccountSID: sid, AuthToken: token}}
	var ours *httptest.Server
	ours = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		form, ok := account.Signed(ours.URL, r, body)
		if !ok {
			t.Errorf("%s is not signed", r.URL.Path)
		}
		if r.URL.Path == "/voice" {
			doc, err := twilio.Connect(twilio.Leg{Say: "Hello", Language: "en-GB", CallerID: from, Customer: number, StatusURL: ours.URL +
				"/customer", RingFor: 30 * time.Second, LimitFor: time.Hour})
			if err != nil {
				t.Error(err)
			}
			_, _ = io.WriteString(w, doc)
			return
		}
		s, ok := account.CallStatus(form)
		if !ok {
			t.Errorf("%s: %s", r.URL.Path, body)
		}
		mu.Lock()
		told = append(told, fmt.Sprint(strings.TrimPrefix(r.URL.Path, "/"), " ", s.State, " ", s.Duration))
		mu.Unlock()
	}))
	t.Cleanup(ours.Close)
	check := theirs(t)
	p, err := provider.Start(provider.Options{AccountSID: sid, AuthToken: token, From: from, Check: check})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Stop() })
	a, err := twilio.New(twilio.Config{AccountSID: sid, AuthToken: token, From: from, URL: p.URL()})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	got, err := a.Call(t.Context(), twilio.Call{To: agent, From: from, URL: ours.URL + "/voice", StatusURL: ours.URL + "/agent",
		RingFor: 30 * time.Second, LimitFor: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if found, err := a.FindCalls(t.Context(), agent, from, began, nil); err != nil || len(found) != 1 || found[0] != got {
		t.Errorf("found %v, %v", found, err)
	}
	handset := provider.Handset{URL: p.URL(), Number: number}
	desk := provider.Handset{URL: p.URL(), Number: agent}
	rings, err := desk.Calls(t.Context(), 0)
	if err != nil || len(rings) != 1 {
		t.Fatal(rings, err)
	}
	if err := desk.Answer(t.Context(), rings[0].SID); err != nil {
		t.Fatal(err)
	}
	if rings, err = handset.Calls(t.Context(), 0); err != nil || len(rings) != 1 {
		t.Fatal(rings, err)
	}
	if rings[0].Parent != got || rings[0].From != from {
		t.Errorf("the customer sees %+v", rings[0])
	}
	if err := handset.Answer(t.Context(), rings[0].SID); err != nil {
		t.Fatal(err)
	}
	if err := handset.Answer(t.Context(), rings[0].SID); err == nil {
		t.Error("picked up twice")
	}
	if err := handset.HangUp(t.Context(), rings[0].SID, 31*time.Second); err != nil {
		t.Fatal(err)
	}
	p.Settle()
	mu.Lock()
	defer mu.Unlock()
	all := strings.Join(told, ", ")
	for _, want := range []string{"agent ringing 0s", "agent in-progress 0s", "customer ringing 0s", "customer in-progress 0s",
		"customer completed 31s", "agent completed 31s"} {
		if !strings.Contains(all, want) {
			t.Errorf("%s is missing: %s", want, all)
		}
	}
	if broken := p.Broken(); len(broken) > 0 {
		t.Errorf("%v", broken)
	}
}
