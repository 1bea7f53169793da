package phone

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"holdfast/api/client"
	"holdfast/app"
	"holdfast/channels/push"
	"holdfast/devstack/stack"
	"holdfast/hold"
	"holdfast/interview"
)

// bank answers interviews and warnings, and keeps what was signed.
type bank struct {
	signed []map[string]any
	reply  client.InterviewReceipt
}

func (b *bank) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		wait := app.Wait{HoldID: "hold_1", NotBefore: hold.At(time.Now()), Text: "This payment waits.", Challenge: &app.Challenge{ID: "chal_1"}}
		_ = json.NewEncoder(w).Encode(client.AppChallengeList{Waits: []app.Wait{wait}})
		return
	}
	var in client.InterviewRequest
	_ = json.NewDecoder(r.Body).Decode(&in)
	claims, _ := base64.RawURLEncoding.DecodeString(strings.Split(in.Proof, ".")[1])
	var said map[string]any
	_ = json.Unmarshal(claims, &said)
	b.signed = append(b.signed, said)
	_ = json.NewEncoder(w).Encode(b.reply)
}

// asked is a terminal phone that is asked two questions before a payment.
func asked(t *testing.T) (*Terminal, *bank, *bytes.Buffer) {
	t.Helper()
	b := &bank{reply: client.InterviewReceipt{Interview: app.Interview{State: interview.StateWarning,
		Warning: &interview.ToRead{Text: "Nothing is sent.", Seconds: 5, Digest: "d", Locale: "en"}}}}
	s := httptest.NewServer(b)
	t.Cleanup(s.Close)
	api, err := inSession(s.URL, "token")
	if err != nil {
		t.Fatal(err)
	}
	out := &bytes.Buffer{}
	device := stack.NewDevice("phone")
	term := &Terminal{Out: out, phone: &Phone{api: api, signer: push.Signer{Device: "dev_1", Key: device.Key}}}
	yes, no := interview.Offered{Code: "yes", Text: "Yes"}, interview.Offered{Code: "no", Text: "No"}
	term.queue = []app.Challenge{{ID: "chal_1", Document: app.Document{Amount: hold.Money{Minor: 4200, Currency: "EUR"}}, PayeeShown: "Anna",
		Interview: &app.Interview{State: interview.StateOpen, Questions: []interview.Asked{
			{Code: "seen", Text: "Have you seen it?", Answers: []interview.Offered{yes, no}},
			{Code: "offer", Text: "Where is it from?", Answers: []interview.Offered{yes, no}}}}}}
	term.show()
	return term, b, out
}

func (t *Terminal) keys(tb testing.TB, keys string) {
	tb.Helper()
	for _, k := range keys {
		t.press(tb.Context(), k)
	}
}

// The questions come one by one before any way to pay, an answer can be taken back,
// and all of them are signed at once.
func TestTerminalAsksFirst(t *testing.T) {
	t.Parallel()
	term, b, out := asked(t)
	if s := out.String(); !strings.Contains(s, "Have you seen it?") || strings.Contains(s, "[a] approve") {
		t.Errorf("it shows\n%s", s)
	}
	term.keys(t, "a91b2x1")
	if len(b.signed) != 1 {
		t.Fatalf("%d proofs were sent", len(b.signed))
	}
	got, _ := json.Marshal(b.signed[0]["answers"])
	if string(got) != `[{"answer":"no","question":"seen"},{"answer":"yes","question":"offer"}]` {
		t.Errorf("signed %s", got)
	}
	if s := out.String(); !strings.Contains(s, "First the above") || !strings.Contains(s, "Nothing is sent.") {
		t.Errorf("it shows\n%s", s)
	}
}

// A warning stands until it can have been read, and going on takes two keys.
func TestTerminalWarns(t *testing.T) {
	t.Parallel()
	term, b, out := asked(t)
	term.keys(t, "11g")
	if len(b.signed) != 1 || !strings.Contains(out.String(), "Read it first: 5 s") {
		t.Fatalf("%d proofs; it shows\n%s", len(b.signed), out)
	}
	term.talk.since = term.talk.since.Add(-6 * time.Second)
	term.keys(t, "g")
	if len(b.signed) != 1 || !strings.Contains(out.String(), "Once more [g]") {
		t.Fatalf("%d proofs; it shows\n%s", len(b.signed), out)
	}
	b.reply.Interview = app.Interview{State: interview.StatePassed, Said: []interview.Words{{Question: "Have you seen it?", Answer: "Yes"}}}
	term.keys(t, "g")
	if len(b.signed) != 2 || b.signed[1]["choice"] != "went_on" || b.signed[1]["seconds"] != 6.0 {
		t.Fatalf("signed %v", b.signed)
	}
	if s := out.String(); !strings.Contains(s, "You said: Have you seen it? Yes") || !strings.Contains(s, "[a] approve") {
		t.Errorf("it shows\n%s", s)
	}
}

// Being told what to say is one key away.
func TestTerminalWasTold(t *testing.T) {
	t.Parallel()
	term, b, _ := asked(t)
	term.keys(t, "11t")
	if len(b.signed) != 2 || b.signed[1]["choice"] != "told" {
		t.Errorf("signed %v", b.signed)
	}
}

// A question that is closed for a wait says until when, and stays to be refused.
func TestTerminalWaits(t *testing.T) {
	t.Parallel()
	term, _, out := asked(t)
	term.hear(t.Context(), Message{Type: "closed", ChallengeID: "chal_1", Cause: "wait", Status: hold.Cancelled})
	if s := out.String(); !strings.Contains(s, "This payment waits.   It waits until ") || strings.Contains(s, "is closed") ||
		len(term.held) != 1 {
		t.Errorf("it shows\n%s", s)
	}
	term.hear(t.Context(), Message{Type: "outcome", Outcome: &app.Outcome{HoldID: "hold_1"}})
	if len(term.held) != 0 {
		t.Error("it waits after its end")
	}
}
