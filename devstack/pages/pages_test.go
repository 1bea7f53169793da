package pages

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/queue"
)

// bank answers as the stack does, as far as the pages can tell.
type bank struct {
	played   []string
	advanced time.Duration
	verdict  queue.VerdictStatus
}

var began = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func (b *bank) Clock() Clock { return Clock{began.Add(b.advanced), b.advanced.String()} }

func (b *bank) Advance(_ context.Context, by time.Duration) error { b.advanced += by; return nil }

func (b *bank) People() People { return People{Customers: []Customer{{ID: "maria"}}} }

func (b *bank) Session(_ context.Context, id hold.CustomerID) (string, error) {
	if id != "maria" {
		return "", ErrUnknown
	}
	return "hfc_token", nil
}

func (b *bank) KnowDevice(_ context.Context, _ hold.CustomerID, _ string, jwk json.RawMessage) (hold.DeviceID, error) {
	return "dev_1", json.Unmarshal(jwk, &struct{}{})
}

func (b *bank) Play(_ context.Context, scenario string, _ hold.CustomerID) ([]hold.ID, error) {
	if scenario != "ordinary" {
		return nil, ErrUnknown
	}
	b.played = append(b.played, scenario)
	return []hold.ID{"hold_1"}, nil
}

func (b *bank) Held(_ context.Context, id hold.CustomerID) ([]hold.ID, error) {
	if id != "maria" {
		return nil, ErrUnknown
	}
	return []hold.ID{"hold_2", "hold_1"}, nil
}

func (b *bank) Payee(_ context.Context, id hold.ID) (Payee, error) {
	if id != "hold_1" {
		return Payee{}, ErrUnknown
	}
	return Payee{Verdict: b.verdict, Recalls: []PayeesRecall{}}, nil
}

func (b *bank) OfPayee(_ context.Context, _ hold.ID, act string) error {
	if act != ActAsk {
		return ErrUnknown
	}
	b.verdict = "asked"
	return nil
}

func (b *bank) Hold(context.Context, hold.ID) (json.RawMessage, error) {
	return nil, errors.New("the API is away")
}

type setup struct {
	t    *testing.T
	url  string
	bank *bank
	seen []string // what reached the provider
}

func start(t *testing.T) *setup {
	t.Helper()
	s := &setup{t: t, bank: &bank{}}
	provider := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s.seen = append(s.seen, r.Method+" "+r.URL.String()+r.Header.Get("Cookie"))
	}))
	t.Cleanup(provider.Close)
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	s.url = server.URL
	around, err := Around(Config{Stack: s.bank, URL: s.url, Provider: provider.URL, Links: map[string]string{"app": "/app"}})
	if err != nil {
		t.Fatal(err)
	}
	handler = around(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "Holdfast") }))
	return s
}

func (s *setup) ask(method, path, body string, change func(*http.Request)) (int, string, http.Header) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	b, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, string(b), res.Header
}

func TestPagesBesideHoldfast(t *testing.T) {
	t.Parallel()
	s := start(t)
	for path, want := range map[string]string{"/": `id="root"`, "/phone": `id="root"`, "/pick": `id="root"`, "/dev/bank.js": "window.bank",
		"/dev/people": "maria", "/dev/links": "/app",
		"/app": "Holdfast", "/v1/holds": "Holdfast", "/phones": "Holdfast"} {
		status, body, header := s.ask(http.MethodGet, path, "", nil)
		if status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d %.100s", path, status, body)
		}
		if policy := header.Get("Content-Security-Policy"); strings.Contains(want, "root") && !strings.Contains(policy,
			"frame-ancestors "+s.url) {
			t.Errorf("%s: the policy is %q", path, policy)
		}
	}
}

// Who is on another origin, or came by another name, gets nothing and changes
// nothing.
func TestOnlyItsOwnOrigin(t *testing.T) {
	t.Parallel()
	s := start(t)
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	for name, c := range map[string]struct {
		change func(*http.Request)
		status int
	}{
		"another origin":             {header("Origin", "http://evil.test"), http.StatusForbidden},
		"no origin at all":           {header("Origin", "null"), http.StatusForbidden},
		"a neighbour's port":         {header("Origin", "http://127.0.0.1:1"), http.StatusForbidden},
		"another site":               {header("Sec-Fetch-Site", "cross-site"), http.StatusForbidden},
		"another site of this one's": {header("Sec-Fetch-Site", "same-site"), http.StatusForbidden},
		"another name for this host": {func(r *http.Request) { r.Host = "rebound.test" }, http.StatusMisdirectedRequest},
		"its own page": {func(r *http.Request) {
			r.Header.Set("Origin", s.url)
			r.Header.Set("Sec-Fetch-Site", "same-origin")
		}, http.StatusOK},
		"no browser": {nil, http.StatusOK},
	} {
		for path, body := range map[string]string{"/dev/sessions": `{"customer":"maria"}`, "/dev/provider/faults": `{}`, "/clock": `{"advance":"1s"}`} {
			if status, body, _ := s.ask(http.MethodPost, path, body, c.change); status != c.status || status != http.StatusOK &&
				strings.Contains(body, "hfc_") {
				t.Errorf("%s, %s: %d %s", name, path, status, body)
			}
		}
	}
	if len(s.seen) != 2 || s.bank.advanced != 2*time.Second {
		t.Errorf("the provider saw %v; the clock was put forward by %s", s.seen, s.bank.advanced)
	}
	for _, path := range []string{"/", "/dev/people", "/clock"} {
		if status, _, _ := s.ask(http.MethodGet, path, "",
			func(r *http.Request) { r.Host = "rebound.test" }); status != http.StatusMisdirectedRequest {
			t.Errorf("%s by another name: %d", path, status)
		}
	}
	if status, _, _ := s.ask(http.MethodPost, "/dev/holds", `{"scenario":"ordinary","customer":"maria"}`, header("Sec-Fetch-Site",
		"none")); status != http.StatusForbidden || len(s.bank.played) != 0 {
		t.Errorf("nobody types a POST: %d", status)
	}
}

func TestWhatCannotBe(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/dev/holds", `{"scenario":"ordinary","customer":"maria"}`, http.StatusOK},
		{"POST", "/dev/holds", `{"scenario":"robbery","customer":"maria"}`, http.StatusNotFound},
		{"POST", "/dev/sessions", `{"customer":"nobody"}`, http.StatusNotFound},
		{"POST", "/dev/sessions", `{"customer":"maria","role":"bank"}`, http.StatusBadRequest},
		{"POST", "/dev/sessions", `{"customer":"` + strings.Repeat("m", maxBody) + `"}`, http.StatusBadRequest},
		{"POST", "/dev/customers/maria/devices", `{"name":"x","public_key":{}}`, http.StatusOK},
		{"GET", "/dev/holds?customer=maria", ``, http.StatusOK},
		{"GET", "/dev/holds?customer=nobody", ``, http.StatusNotFound},
		{"GET", "/dev/holds/hold_1", ``, http.StatusBadGateway},
		{"GET", "/dev/holds/hold_1/payee", ``, http.StatusOK},
		{"GET", "/dev/holds/hold_2/payee", ``, http.StatusNotFound},
		{"POST", "/dev/holds/hold_1/payee", `{"act":"ask"}`, http.StatusOK},
		{"POST", "/dev/holds/hold_1/payee", `{"act":"release"}`, http.StatusNotFound},
		{"POST", "/dev/holds/hold_1/payee", `{"act":"ask","by":"sue"}`, http.StatusBadRequest},
		{"GET", "/dev/sessions", ``, http.StatusMethodNotAllowed},
		{"GET", "/dev/nothing", ``, http.StatusNotFound},
		{"GET", "/clock", ``, http.StatusOK},
		{"POST", "/clock", `{"advance":"24h"}`, http.StatusOK},
		{"POST", "/clock", `{"advance":"a day"}`, http.StatusBadRequest},
		{"POST", "/clock", `{"advance":86400}`, http.StatusBadRequest},
		{"POST", "/clock", `{"set":"2026-03-01T12:00:00Z"}`, http.StatusBadRequest},
		{"DELETE", "/clock", ``, http.StatusMethodNotAllowed},
		{"GET", "/dev/provider/2010-04-01/Accounts/x/Messages.json", ``, http.StatusNotFound},
		{"GET", "/dev/provider/phones/../v2/PhoneNumbers/1", ``, http.StatusNotFound},
		{"GET", "/dev/provider/phones/%2B491/messages?after=3", ``, http.StatusOK},
		{"DELETE", "/dev/provider/faults", ``, http.StatusOK},
	} {
		if status, body, _ := s.ask(c.method, c.path, c.body, func(r *http.Request) { r.Header.Set("Cookie", "secret") }); status != c.status {
			t.Errorf("%s %s: %d %.100s", c.method, c.path, status, body)
		}
	}
	want := "GET /phones/%2B491/messages?after=3, DELETE /faults"
	if got := strings.Join(s.seen, ", "); got != want {
		t.Errorf("the provider saw %s", got)
	}
}

// Each reply tells the stack's time, before and after it is put forward.
func TestRepliesTellTheTime(t *testing.T) {
	t.Parallel()
	s := start(t)
	if _, _, header := s.ask(http.MethodGet, "/dev/people", "", nil); header.Get("Stack-Time") != "2026-03-01T12:00:00Z" {
		t.Errorf("%v", header)
	}
	if _, body, _ := s.ask(http.MethodPost, "/clock", `{"advance":"24h"}`, nil); strings.TrimSpace(body) !=
		`{"now":"2026-03-02T12:00:00Z","ahead":"24h0m0s"}` {
		t.Error(body)
	}
	if _, _, header := s.ask(http.MethodGet, "/dev/people", "", nil); header.Get("Stack-Time") != "2026-03-02T12:00:00Z" {
		t.Errorf("afterwards: %v", header)
	}
}
