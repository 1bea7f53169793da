package api_test

import (
	"net/http"
	"strings"
	"testing"
)

// What an id in a path stands for is judged, and not how it was written: no %2F
// parts it, and nothing that does not show gets to a handler.
func TestPathsAreJudgedDecoded(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	hidden := []string{"lin%00", "lin%2Fsessions", "lin%2F%FF", "%FF", "lin%E2%80%AE", "lin%E2%80%8B", "%2E%2E", "lin%0A", "%20",
		"lin%25%30%30", "%EF%BF%BD"}
	for _, id := range hidden {
		for _, path := range []string{"/v1/customers/%/sessions", "/v1/customers/%/counters/reset", "/v1/holds/%", "/v1/holds/%/audit"} {
			method := "POST"
			if strings.HasPrefix(path, "/v1/holds") {
				method = "GET"
			}
			if r := x.do(method, strings.Replace(path, "%", id, 1), map[string]any{}); r.status != 400 {
				t.Errorf("%s %s: %d %s", path, id, r.status, r.body)
			}
		}
		for _, path := range []string{"/v1/callbacks/case_01JQ5Z3N8V6Q2W4X7Y9ZABCDEF/tasks/task_01JQ5Z3N8V6Q2W4X7Y9ZABCDEF/pictures/",
			"/v1/approvals/appr_01JQ5Z3N8V6Q2W4X7Y9ZABCDEF/pictures/"} {
			if r := x.as("ana", "supervisor", "GET", path+id, nil); r.status != 400 {
				t.Errorf("%s%s: %d %s", path, id, r.status, r.body)
			}
		}
	}
	if strings.Contains(x.log.String(), "panicked") {
		t.Errorf("a handler panicked: %s", x.log)
	}
	subjects, err := x.store.Subjects(t.Context(), "", 500)
	x.store.Must(err)
	for _, s := range subjects {
		if strings.HasPrefix(s, "customer:") && s != "customer:lin" && !strings.HasPrefix(s, "customer:"+string(x.store.Customer.ID)) {
			t.Errorf("there is a chain %q", s)
		}
	}
	if r := x.do("POST", "/v1/customers/l%69n/sessions", map[string]any{}); r.status != 201 {
		t.Errorf("lin, written with an escape: %d %s", r.status, r.body)
	}
}

// A subject at the identity provider is any text that shows.
func TestAnySubject(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	sub, long := "CN=Ana Müller/安娜, +a%b?c#d|e", strings.Repeat("é", 255)
	for _, escaped := range []string{"CN=Ana%20M%C3%BCller%2F%E5%AE%89%E5%A8%9C%2C%20+a%25b%3Fc%23d%7Ce", strings.Repeat("%C3%A9", 255)} {
		if r := x.as("sam", "supervisor", "PUT", "/v1/agents/"+escaped, map[string]any{"languages": []string{"de"}}); r.status != 200 {
			t.Errorf("%s: %d %s", escaped, r.status, r.body)
		}
	}
	r := x.as("sam", "supervisor", "GET", "/v1/agents", nil)
	for _, want := range []string{sub, long} {
		if !strings.Contains(string(r.body), want) {
			t.Errorf("%s is not among %s", want, r.body)
		}
	}
	for _, escaped := range []string{strings.Repeat("a", 256), "a%00", "a%E2%80%AEb", "%FF"} {
		if r := x.as("sam", "supervisor", "PUT", "/v1/agents/"+escaped, map[string]any{}); r.status/100 != 4 {
			t.Errorf("%s: %d", escaped, r.status)
		}
	}
}

// What is named and has no value would widen a search: it is refused.
func TestEmptyParameters(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	for _, path := range []string{"/v1/holds?transaction_id=", "/v1/holds?transaction_id", "/v1/holds?customer_id=&status=held",
		"/v1/decisions?after="} {
		if r := x.do("GET", path, nil); r.status != 400 || !strings.Contains(string(r.body), "has no value") {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
}

// The scheme of a token is written in any case (RFC 9110 §11.1).
func TestSchemesInAnyCase(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	for scheme, want := range map[string]int{"Bearer": 200, "bearer": 200, "BEARER ": 200, "Basic": 401, "Bearerx": 401, "": 401} {
		for name, token := range map[string]string{"/v1/holds?status=held": x.key, "/v1/app/challenges": x.tokenOf("lin"),
			"/v1/callbacks": "agent.ana"} {
			if r := x.do("GET", name, nil, "Authorization", scheme+" "+token); r.status != want {
				t.Errorf("%q %s: %d %s", scheme, name, r.status, r.body)
			}
		}
	}
}

// Streams say to proxies that nothing is to be gathered.
func TestStreamsAreNotBuffered(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	r, err := http.NewRequestWithContext(t.Context(), "GET", x.server.URL+"/v1/callbacks/events", nil)
	x.store.Must(err)
	r.Header.Set("Authorization", "Bearer agent.ana")
	res, err := http.DefaultClient.Do(r)
	x.store.Must(err)
	defer res.Body.Close() //nolint:errcheck // it goes on
	if got := res.Header.Get("X-Accel-Buffering"); got != "no" {
		t.Errorf("X-Accel-Buffering: %q", got)
	}
}
