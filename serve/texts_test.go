package serve_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"holdfast/api"
	"holdfast/api/client"
	"holdfast/channels/sms"
	"holdfast/hold"
	"holdfast/serve"
	"holdfast/store"
	"holdfast/store/storetest"
	"holdfast/twilio"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

const (
	accountSID = "AC0123456789abcdef0123456789abcdef"
	authToken  = "0123456789abcdef0123456789abcdef"
	sender     = "+4915735990000"
	publicURL  = "https://pay.bank.test"
	number     = "+393331234567"
)

var smsKey = "k1:" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))

// front is the API as it runs, with texts configured, on a database of its own.
type front struct {
	t    *testing.T
	url  string
	dsn  string
	key  string
	db   *store.Store
	keys sms.Keys
	log  *syncBuffer
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}
func (s *syncBuffer) String() string { s.mu.Lock(); defer s.mu.Unlock(); return s.b.String() }

func newFront(t *testing.T) *front {
	t.Helper()
	return newFrontWith(t, func(*serve.Config) {})
}

func newFrontWith(t *testing.T, change func(*serve.Config)) *front {
	t.Helper()
	dsn := storetest.SQLiteURL(t)
	db, err := store.Open(t.Context(), dsn, store.Options{})
	f := &front{t: t, dsn: dsn, db: db, log: &syncBuffer{}}
	f.must(err)
	t.Cleanup(func() { _ = db.Close() })
	f.must(db.Migrate(t.Context()))
	key, row, err := api.NewKey("bank", api.Scopes)
	f.must(err)
	f.must(db.AddKey(t.Context(), row, "test"))
	f.key = key
	f.keys, err = sms.ReadKeys([]string{smsKey})
	f.must(err)
	config := serve.Config{Roles: []string{"api"}, Database: dsn, Listen: "127.0.0.1:0", PublicURL: publicURL, TwilioAccountSID: accountSID,
		TwilioAuthToken: authToken, TwilioFrom: sender, OIDCIssuer: "http://127.0.0.1:1", OIDCAudience: "holdfast", OIDCRoleClaim: "role",
		SMSKeys: []string{smsKey}, SMSCodeDigits: 6, SMSRate: 1, BankName: "Nordbank"}
	change(&config)
	p, err := serve.Start(t.Context(), config, serve.Log(f.log, slog.LevelDebug))
	f.must(err)
	t.Cleanup(func() { _ = p.Stop() })
	f.url = "http://" + p.Address
	f.put("maria", number, 200)
	return f
}

func (f *front) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

type answer struct {
	status int
	body   string
	header http.Header
	problem
}

type problem struct {
	Code  string `json:"code"`
	Field string `json:"field"`
	Tries *int   `json:"tries_left"`
}

func (f *front) do(method, path, token string, body any) answer {
	f.t.Helper()
	raw, err := json.Marshal(body)
	f.must(err)
	r, err := http.NewRequestWithContext(f.t.Context(), method, f.url+path, bytes.NewReader(raw))
	f.must(err)
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	if method == "POST" {
		r.Header.Set("Idempotency-Key", store.NewNonce())
	}
	return f.send(r)
}

func (f *front) send(r *http.Request) answer {
	f.t.Helper()
	res, err := http.DefaultClient.Do(r)
	f.must(err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	f.must(err)
	a := answer{status: res.StatusCode, body: string(b), header: res.Header}
	_ = json.Unmarshal(b, &a.problem)
	return a
}

func (f *front) put(id, number string, want int) answer {
	f.t.Helper()
	a := f.do("PUT", "/v1/customers/"+id, f.key, map[string]any{"name": "Maria", "locale": "en", "time_zone": "Europe/Rome", "phrase": "x",
		"phones": []any{map[string]any{"number": number, "since": "2024-01-01T00:00:00Z"}}})
	if a.status != want {
		f.t.Fatalf("putting %s: %d %s", id, a.status, a.body)
	}
	return a
}

func (f *front) token(id string) string {
	f.t.Helper()
	var s client.Session
	a := f.do("POST", "/v1/customers/"+id+"/sessions", f.key, map[string]any{})
	f.must(json.Unmarshal([]byte(a.body), &s))
	return s.Token
}

// asked submits a hold, opens its first rung and gives the challenge and code.
func (f *front) asked(payee string) (hold.ID, hold.Challenge, string) {
	f.t.Helper()
	var h client.Hold
	a := f.do("POST", "/v1/holds", f.key, map[string]any{"transaction_id": store.NewNonce(), "customer_id": "maria", "kind": "transfer",
		"amount": map[string]any{"minor": 12500, "currency": "EUR"}, "payee": map[string]any{"name": payee, "account": "DE02120300000000202051"},
		"requested_at": "2026-01-01T12:00:00Z", "origin": map[string]any{"channel": "web"}, "risk": map[string]any{"score": 700,
			"reasons": []string{"new_payee"}}})
	f.must(json.Unmarshal([]byte(a.body), &h))
	_, err := f.db.OpenRung(f.t.Context(), h.Id, 0, hold.NoRung, storetest.TextRules)
	f.must(err)
	cs, err := f.db.Challenges(f.t.Context(), h.Id)
	f.must(err)
	c := cs[len(cs)-1]
	if c.Status != hold.Open || c.Channel != hold.SMS {
		f.t.Fatalf("asked by %s: %s %s", c.Channel, c.Status, c.Cause)
	}
	code, err := f.keys.Code(c)
	f.must(err)
	return h.Id, c, code
}

func (f *front) code(token string, c hold.Challenge, code string) answer {
	f.t.Helper()
	return f.do("POST", "/v1/app/challenges/"+string(c.ID)+"/answer", token, map[string]any{"code": code})
}

// webhook posts a signed form; change may spoil it after it was signed.
func (f *front) webhook(path string, form url.Values, change func(r *http.Request, body *string)) answer {
	f.t.Helper()
	body := form.Encode()
	r, err := http.NewRequestWithContext(f.t.Context(), http.MethodPost, f.url+path, nil)
	f.must(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Twilio-Signature", twilio.Sign(authToken, publicURL+path, form))
	if change != nil {
		change(r, &body)
	}
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	return f.send(r)
}

const replyPath = "/v1/providers/twilio/reply"

func incoming(n int, from, body string) url.Values {
	return url.Values{"MessageSid": {fmt.Sprintf("SM%032x", n)}, "AccountSid": {accountSID}, "From": {from}, "To": {sender}, "Body": {body}}
}

func wrong(code string) string {
	return fmt.Sprintf("%06d", (int(code[0]-'0')*100000+123457)%1000000)
}

// What a customer with a text sees and may do, and what each mistake gets.
func TestCodeInTheApp(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	id, c, code := f.asked("Anna Kovacs")
	token := f.token("maria")
	var open client.AppChallengeList
	a := f.do("GET", "/v1/app/challenges", token, nil)
	f.must(json.Unmarshal([]byte(a.body), &open))
	if len(open.Challenges) != 1 || open.Challenges[0].Channel != hold.SMS || open.Challenges[0].Code == nil ||
		open.Challenges[0].Code.SentTo != "…67" ||
		open.Challenges[0].Code.TriesLeft != 3 || open.Challenges[0].Code.Digits != 6 || open.Challenges[0].AnswerableUntil != c.ExpiresAt {
		t.Errorf("shown: %s", a.body)
	}
	if strings.Contains(a.body, number[1:]) || strings.Contains(a.body, code) {
		t.Error("the list has the number or the code")
	}
	if a = f.do("POST", "/v1/app/challenges/"+string(c.ID)+"/resend", token, nil); a.status != 429 || a.Code != "resend_too_early" ||
		a.header.Get("Retry-After") < "5" {
		t.Errorf("resend at once: %d %s %s", a.status, a.body, a.header.Get("Retry-After"))
	}
	for name, body := range map[string]any{"letters": map[string]any{"code": "12a456"}, "too short": map[string]any{"code": "12345"},
		"a number": map[string]any{"code": 123456},
		"both":     map[string]any{"code": code, "proof": "x"}, "neither": map[string]any{}} {
		if a = f.do("POST", "/v1/app/challenges/"+string(c.ID)+"/answer", token, body); a.status != 400 || a.Code != "field_invalid" ||
			strings.Contains(a.body, code) {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a = f.code(token, c, wrong(code)); a.status != 403 || a.Code != "code_incorrect" || a.Tries == nil || *a.Tries != 2 {
		t.Errorf("wrong: %d %s", a.status, a.body)
	}
	if a = f.code(token, c, " "+code); a.status != 400 {
		t.Errorf("a blank before it: %d %s", a.status, a.body)
	}
	if a = f.code(token, c, code[:3]+"-"+code[3:4]+" "+code[4:]); a.status != 200 { // as people write numbers down
		t.Errorf("right: %d %s", a.status, a.body)
	}
	if a = f.code(token, c, code); a.status != 409 || a.Code != "already_answered" {
		t.Errorf("twice: %d %s", a.status, a.body)
	}
	_, err := f.db.Conclude(t.Context(), id)
	f.must(err)
	if h, err := f.db.Hold(t.Context(), id); err != nil || h.Decision == nil || h.Decision.Outcome != hold.Release {
		t.Errorf("not released: %v", err)
	}

	_, c, code = f.asked("Anna Kovacs")
	for want := 2; want >= 0; want-- {
		if a = f.code(token, c, wrong(code)); a.Code != "code_incorrect" || *a.Tries != want {
			t.Errorf("wrong: %d %s", a.status, a.body)
		}
	}
	if a = f.code(token, c, code); a.status != 403 || a.Code != "challenge_exhausted" {
		t.Errorf("the right one after three wrong ones: %d %s", a.status, a.body)
	}
	if a = f.do("POST", "/v1/customers/maria/counters/reset", f.key, nil); a.status != 204 {
		t.Errorf("reset: %d %s", a.status, a.body)
	}
	// Another customer's challenge and none are the same.
	f.put("lin", "+393337654321", 200)
	lin := f.token("lin")
	none := c
	none.ID = hold.ChallengeID(store.NewID("chal"))
	if a, b := f.code(lin, c, code), f.code(lin, none, code); a.status != 404 || a.body != b.body {
		t.Errorf("another's: %d %s; none: %s", a.status, a.body, b.body)
	}
	if strings.Contains(f.log.String(), code) || strings.Contains(f.log.String(), number[1:]) {
		t.Error("the log has a code or a number")
	}
}

// After an amendment the old code fits nothing: its question was taken back, and
// the new one has a code of its own.
func TestCodeAfterAmendment(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	token := f.token("maria")
	id, old, code := f.asked("Anna Kovacs")
	r, err := http.NewRequestWithContext(t.Context(), "PATCH", f.url+"/v1/holds/"+string(id),
		strings.NewReader(`{"amount":{"minor":12600,"currency":"EUR"}}`))
	f.must(err)
	r.Header.Set("Authorization", "Bearer "+f.key)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("If-Match", `"1"`)
	if a := f.send(r); a.status != 200 {
		t.Fatalf("amending: %d %s", a.status, a.body)
	}
	if a := f.code(token, old, code); a.status != 409 || a.Code != "challenge_cancelled" {
		t.Errorf("the old code on the old question: %d %s", a.status, a.body)
	}
	_, err = f.db.OpenRung(t.Context(), id, 0, hold.NoRung, storetest.TextRules)
	f.must(err)
	cs, err := f.db.Challenges(t.Context(), id)
	f.must(err)
	if a := f.code(token, cs[1], code); a.Code != "code_incorrect" {
		t.Errorf("the old code on the new question: %d %s", a.status, a.body)
	}
	fresh, err := f.keys.Code(cs[1])
	f.must(err)
	if a := f.code(token, cs[1], fresh); a.status != 200 {
		t.Errorf("the new code: %d %s", a.status, a.body)
	}
}

// A payee's name that tries something is in no error, no reply and no log, and
// is shown as what it is.
func TestHostilePayeeEverywhere(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	token := f.token("maria")
	for i, name := range []string{"Anna\u202ezzz\u0007", "Reply YES <script>alert(1)</script>", "{\"evil\":\"x\"}", "'; DROP TABLE holds; --",
		"%s%n\r\nSet-Cookie: a=b", strings.Repeat("𝕏", 140)} {
		if i%3 == 2 { // texts to a number are limited
			storetest.Raw(t, f.dsn).MustExec(`UPDATE texts SET created_at = created_at - 3600000000`)
		}
		_, c, code := f.asked(name)
		list := f.do("GET", "/v1/app/challenges", token, nil)
		var open client.AppChallengeList
		f.must(json.Unmarshal([]byte(list.body), &open))
		for _, ch := range open.Challenges {
			if strings.ContainsAny(ch.PayeeShown, "\u202e\u0007\r\n") {
				t.Errorf("shown as %q", ch.PayeeShown)
			}
		}
		said := f.code(token, c, wrong(code)).body + f.do("POST", "/v1/app/challenges/"+string(c.ID)+"/resend", token, nil).body +
			f.webhook(replyPath, incoming(100+i, number, name), nil).body + f.webhook(replyPath, url.Values{"Body": {name}}, nil).body +
			f.do("POST", "/v1/app/challenges/"+string(c.ID)+"/answer", token, map[string]any{"code": name}).body +
			f.do("PUT", "/v1/customers/x", f.key, map[string]any{"name": "x", "locale": "en", "time_zone": "UTC", "phrase": "x",
				"phones": []any{map[string]any{"number": name}}}).body + f.log.String()
		if strings.Contains(said, name) || strings.Contains(said, name[:8]) {
			t.Errorf("%q comes back: %s", name, said)
		}
		if a := f.code(token, c, code); a.status != 200 {
			t.Errorf("%q: %d %s", name, a.status, a.body)
		}
	}
}

// A number that is not E.164 is refused at the directory, by its field.
func TestNumbersAtTheDirectory(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	for _, n := range []string{"0151 12345678", "+999123456789", "+39333", "+49151123456789012", "tel:+4915112345678", ""} {
		if a := f.put("omar", n, 400); a.Code != "field_invalid" || a.Field != "/phones/0/number" || n != "" && strings.Contains(a.body, n) {
			t.Errorf("%s: %s", n, a.body)
		}
	}
}

// A line that is written in two ways is one number: NO from either form refuses
// what the other was asked about.
func TestReplyFromEitherForm(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{{"+525512345678", "+5215512345678"}, {"+5491123456789", "+541123456789"},
		{"+5511987654321", "+551187654321"}, {"+2290197123456", "+22997123456"}} {
		for _, way := range [][2]string{pair, {pair[1], pair[0]}} {
			t.Run(way[0]+" from "+way[1], func(t *testing.T) {
				t.Parallel()
				f := newFront(t)
				f.put("maria", way[0], 200)
				f.put("maria", way[1], 200) // the bank may write it so the next time: it is no new number
				raw := storetest.Raw(t, f.dsn)
				// that the policy texts to
				raw.MustExec(`UPDATE numbers SET country = 'IT', line = 'mobile' WHERE number LIKE '+5%' OR number LIKE '+2%'`)
				id, _, _ := f.asked("Anna Kovacs")
				for n, from := range way {
					if a := f.webhook(replyPath, incoming(n+1, from, "NO"), nil); a.status != 200 {
						t.Fatalf("%s: %d %s", from, a.status, a.body)
					}
				}
				_, err := f.db.Conclude(t.Context(), id)
				f.must(err)
				h, err := f.db.Hold(t.Context(), id)
				f.must(err)
				if h.Decision == nil || h.Decision.Reason != hold.ReasonRefused {
					t.Errorf("the payment is %s: %+v", h.Status, h.Decision)
				}
			})
		}
	}
}

// What may be a customer's is never dropped in silence.
func TestReplyFromNobodyIsOnRecord(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	for n := range 3 {
		if a := f.webhook(replyPath, incoming(n+1, "+393339999999", "NO"), nil); a.status != 200 {
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	chain, _, err := f.db.Chain(t.Context(), "provider:twilio")
	f.must(err)
	if len(chain) != 3 || !strings.Contains(string(chain[0].Bytes), "webhook.unmatched") || strings.Contains(string(chain[0].Bytes), "39333") {
		t.Errorf("%d entries: %s", len(chain), chain[0].Bytes)
	}
}

// Replies as Twilio tells them: a code approves, NO refuses, 10 kB of emoji get
// one text; a stranger gets nothing; what is forged, malformed or replayed gets
// 403, an entry, and changes nothing.
func TestReplyWebhook(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	texts := func() (n int) {
		f.must(storetest.Raw(t, f.dsn).Get(&n, `SELECT COUNT(*) FROM texts`))
		return n
	}
	decided := func(id hold.ID) hold.Reason {
		_, err := f.db.Conclude(t.Context(), id)
		f.must(err)
		h, err := f.db.Hold(t.Context(), id)
		f.must(err)
		if h.Decision == nil {
			return ""
		}
		return h.Decision.Reason
	}
	id, _, code := f.asked("Anna Kovacs")
	signed := incoming(1, number, " "+code[:3]+" "+code[3:]+"\n")
	for name, spoil := range map[string]func(r *http.Request, body *string){
		"no signature":    func(r *http.Request, _ *string) { r.Header.Del("X-Twilio-Signature") },
		"two signatures":  func(r *http.Request, _ *string) { r.Header.Add("X-Twilio-Signature", "x") },
		"another body":    func(_ *http.Request, body *string) { *body = strings.Replace(*body, "333", "334", 1) },
		"another address": func(r *http.Request, _ *string) { r.URL.RawQuery = "x=1" },
		"another type":    func(r *http.Request, _ *string) { r.Header.Set("Content-Type", "application/json") },
		"too large":       func(_ *http.Request, body *string) { *body += "&x=" + strings.Repeat("y", 70_000) },
	} {
		if a := f.webhook(replyPath, signed, spoil); a.status != 403 || a.Code != "webhook_refused" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	for name, form := range map[string]url.Values{
		"no sender": {"MessageSid": {"SM" + strings.Repeat("0", 32)}, "AccountSid": {accountSID}, "To": {sender}, "Body": {code}},
		"another account": {"MessageSid": {"SM" + strings.Repeat("0", 32)}, "AccountSid": {"AC" + strings.Repeat("f", 32)}, "From": {number},
			"To": {sender}, "Body": {code}},
		"not to us": {"MessageSid": {"SM" + strings.Repeat("0", 32)}, "AccountSid": {accountSID}, "From": {number}, "To": {number},
			"Body": {code}},
		"no id": {"MessageSid": {"x"}, "AccountSid": {accountSID}, "From": {number}, "To": {sender}, "Body": {code}},
		"two bodies": {"MessageSid": {"SM" + strings.Repeat("0", 32)}, "AccountSid": {accountSID}, "From": {number}, "To": {sender},
			"Body": {code, "NO"}},
	} {
		if a := f.webhook(replyPath, form, nil); a.status != 403 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if why := decided(id); why != "" {
		t.Fatalf("decided for %s by what was refused", why)
	}
	if a := f.webhook(replyPath, signed, nil); a.status != 200 || !strings.Contains(a.body, "<Response></Response>") {
		t.Fatalf("signed: %d %s", a.status, a.body)
	}
	if why := decided(id); why != hold.ReasonApproved {
		t.Errorf("a code by reply: %s", why)
	}
	if a := f.webhook(replyPath, signed, nil); a.status != 403 {
		t.Errorf("replayed: %d %s", a.status, a.body)
	}
	id, _, _ = f.asked("Anna Kovacs")
	before := texts()
	for i := range 3 {
		if a := f.webhook(replyPath, incoming(10+i, number, strings.Repeat("😀", 2500)), nil); a.status != 200 {
			t.Errorf("emoji: %d %s", a.status, a.body)
		}
	}
	if got := texts() - before; got != 1 {
		t.Errorf("%d texts answer 10 kB of emoji, three times", got)
	}
	if a := f.webhook(replyPath, incoming(20, "+393330000000", "NO"), nil); a.status != 200 || texts()-before != 1 {
		t.Errorf("a stranger: %d %s", a.status, a.body)
	}
	if a := f.webhook(replyPath, incoming(21, number, "不是我。"), nil); a.status != 200 {
		t.Errorf("no: %d %s", a.status, a.body)
	}
	if why := decided(id); why != hold.ReasonRefused {
		t.Errorf("refused by reply: %s", why)
	}
	if a := f.webhook("/v1/providers/twilio/status/txt_1", url.Values{"MessageSid": {"SM" + strings.Repeat("0", 32)},
		"AccountSid": {accountSID}, "MessageStatus": {"sent"}}, nil); a.status != 403 {
		t.Errorf("status of no text: %d %s", a.status, a.body)
	}
	chain, _, err := f.db.Chain(t.Context(), "provider:twilio")
	f.must(err)
	if len(chain) != 14 {
		t.Errorf("%d on record, want 13 refusals and the stranger", len(chain))
	}
	res := f.do("GET", "/metrics", "", nil)
	for _, want := range []string{`event="webhook_refused_signature"} 5`, `event="webhook_refused_unreadable"} 1`,
		`event="webhook_refused_replayed"} 1`, `event="reply_unknown_number"} 1`, `event="reply_unclear"} 3`} {
		if !strings.Contains(res.body, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	if strings.Contains(f.log.String()+res.body, number[1:]) || regexp.MustCompile(`\b`+code+`\b`).MatchString(f.log.String()+res.body) {
		t.Error("the log or the metrics have a code or a number")
	}
}

// Of 10,000 mutations of a signed reply not one has an effect: no answer, no
// reply on record, the hold open; and the trail is not flooded.
func TestMutatedReplies(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	id, _, code := f.asked("Anna Kovacs")
	form := incoming(1, number, code)
	rng := rand.New(rand.NewPCG(8, 9))
	mutate := func(s string) string {
		b := []byte(s)
		for i := range b { // one to many bytes
			if i == 0 || rng.IntN(len(b)) == 0 {
				b[rng.IntN(len(b))] = "0123456789abcdefABCDEF+=&%"[rng.IntN(26)]
			}
		}
		return string(b)
	}
	plain := form.Encode()
	var wg sync.WaitGroup
	work := make(chan [2]string)
	for range 8 {
		wg.Go(func() {
			for w := range work {
				a := f.webhook(replyPath, form, func(r *http.Request, body *string) {
					if w[0] != "" {
						r.Header.Set("X-Twilio-Signature", w[0])
					}
					*body = w[1]
				})
				if a.status != 403 {
					t.Errorf("%d for %q", a.status, w)
				}
			}
		})
	}
	for n := 0; n < 10_000; {
		w := [2]string{"", plain}
		if n%4 == 0 {
			signature := twilio.Sign(authToken, publicURL+replyPath, form)
			if w[0] = mutate(signature); w[0] == signature {
				continue
			}
		} else if w[1] = mutate(plain); w[1] == plain {
			continue
		} else if v, err := url.ParseQuery(w[1]); err == nil && v.Encode() == plain {
			continue
		}
		n++
		work <- w
	}
	close(work)
	wg.Wait()
	h, err := f.db.Hold(t.Context(), id)
	f.must(err)
	var replies int
	f.must(storetest.Raw(t, f.dsn).Get(&replies, `SELECT (SELECT COUNT(*) FROM replies) + (SELECT COUNT(*) FROM answers) + (SELECT COUNT(*)
		FROM misses)`))
	if h.Status != hold.Held || replies != 0 {
		t.Errorf("%s, %d rows", h.Status, replies)
	}
	chain, _, err := f.db.Chain(t.Context(), "provider:twilio")
	f.must(err)
	if len(chain) < 100 || len(chain) > 400 {
		t.Errorf("%d entries for 10,000 refusals", len(chain))
	}
	if a := f.webhook(replyPath, form, nil); a.status != 200 {
		t.Errorf("the true one: %d %s", a.status, a.body)
	}
}

// 500 wrong codes at once over two API processes: three are compared.
func TestParallelCodesOverTwoProcesses(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	second, err := serve.Start(t.Context(), serve.Config{Roles: []string{"api"}, Database: f.dsn, Listen: "127.0.0.1:0", PublicURL: publicURL,
		TwilioAccountSID: accountSID,
		TwilioAuthToken:  authToken, TwilioFrom: sender, SMSKeys: []string{smsKey}, SMSCodeDigits: 6, SMSRate: 1, BankName: "Nordbank"},
		slog.New(slog.DiscardHandler))
	f.must(err)
	t.Cleanup(func() { _ = second.Stop() })
	_, c, code := f.asked("Anna Kovacs")
	token := f.token("maria")
	one, two := *f, *f
	two.url = "http://" + second.Address
	codes := map[string]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range 500 {
		wg.Go(func() {
			a := []*front{&one, &two}[i%2].code(token, c, wrong(code))
			mu.Lock()
			defer mu.Unlock()
			codes[a.Code]++
		})
	}
	wg.Wait()
	// The rest is refused by the same counter, or before, by the customer's rate.
	if codes["code_incorrect"] != 3 || codes["challenge_exhausted"] == 0 ||
		codes["challenge_exhausted"]+codes["rate_limited"]+codes["busy"] != 497 {
		t.Errorf("%v", codes)
	}
	t.Logf("%v", codes)
	for { // the bucket is empty
		if a := f.code(token, c, code); a.status != 429 {
			if a.Code != "challenge_exhausted" {
				t.Errorf("the right code: %d %s", a.status, a.body)
			}
			return
		}
	}
}
