package agent

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"holdfast/api/client"
	"holdfast/devstack/stack"
	"holdfast/hold"
)

// asking is a desk with a case whose first task has two questions to be asked aloud.
func asking(t *testing.T) (*Desk, *[]hold.Said, *bytes.Buffer) {
	t.Helper()
	option := func(code string) client.CaseOption { return client.CaseOption{Code: code, Aloud: "aloud " + code} }
	v := client.Case{Id: "case_1", Tasks: []client.CaseTask{{Id: "task_1", Hold: &client.CaseHold{Interview: &client.CaseInterview{Ask: true,
		Questions: []client.CaseQuestion{{Code: "seen", Aloud: "Have you seen it?", Answers: []client.CaseOption{option("yes"), option("no")}},
			{Code: "told", Aloud: "Were you told?", Answers: []client.CaseOption{option("yes"), option("no")}}},
		Taken: []client.CaseTaken{{Via: "customer", Level: "talk", Contradicted: []string{"seen"}, Warning: "Nothing is sent.",
			Choice: "went_on", Answers: []hold.Said{{Question: "seen", Answer: "yes"}}}}, NotBefore: hold.Instant(1_800_000_000_000_000)}}}}}
	said := &[]hold.Said{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			var in client.SaidAloud
			_ = json.NewDecoder(r.Body).Decode(&in)
			*said = in.Answers
			_ = json.NewEncoder(w).Encode(client.CaseInterview{})
			return
		}
		_ = json.NewEncoder(w).Encode(v)
	}))
	t.Cleanup(s.Close)
	api, err := client.NewClient(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	out := &bytes.Buffer{}
	return &Desk{Agent: &stack.Agent{Client: api, Sub: "ana"}, Out: out, v: &v}, said, out
}

// A case shows what was answered, what it came to and what contradicts it, and what
// is to be asked; the desk takes the answers by their numbers.
func TestDeskAsks(t *testing.T) {
	t.Parallel()
	d, said, out := asking(t)
	d.show()
	for _, want := range []string{"it came to talk:  seen: yes", "contradicts what they said: seen", "Warned: Nothing is sent.   (went on)",
		"nothing can be confirmed before", "Ask 2. Were you told?", "[2] aloud no"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	for _, bad := range [][]string{{"1", "1"}, {"1", "1", "3"}, {"1", "1", "2", "2"}, {"2", "1", "1"}} {
		if d.do(t.Context(), "ask", bad) == nil || len(*said) != 0 {
			t.Errorf("ask %v was taken", bad)
		}
	}
	if err := d.do(t.Context(), "ask", []string{"1", "2", "1"}); err != nil {
		t.Fatal(err)
	}
	want := []hold.Said{{Question: "seen", Answer: "no"}, {Question: "told", Answer: "yes"}}
	if !slices.Equal(*said, want) {
		t.Errorf("said %v", *said)
	}
}
