package api_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/api"
	"holdfast/api/client"
	"holdfast/api/gen"
	"holdfast/app"
	"holdfast/channels/callback"
	"holdfast/channels/facelink"
	"holdfast/channels/push"
	"holdfast/hold"
	"holdfast/policy"
	"holdfast/store"
	"holdfast/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

const (
	audience  = "https://holdfast.test"
	workflows = "https://temporal.test/namespaces/default/workflows/"
)

// bench is an API on a database of its own, with one customer whose device may
// approve and one whose device is new.
type bench struct {
	underWay string   // the call that the provider says goes on
	hungUp   []string // the calls that were ended
	t        *testing.T
	store    *storetest.Bundle
	server   *httptest.Server
	log      *bytes.Buffer
	key      string
	counts   map[string]int
	mu       sync.Mutex
	old      push.Signer
	young    push.Signer
}

func newBench(t *testing.T) *bench {
	t.Helper()
	return benchOn(t, storetest.New(t, storetest.SQLiteURL(t)))
}

func benchOn(t *testing.T, b *storetest.Bundle) *bench {
	t.Helper()
	return benchWith(t, b, func(*api.Config) {})
}

func benchWith(t *testing.T, b *storetest.Bundle, more func(c *api.Config)) *bench {
	t.Helper()
	x := &bench{t: t, store: b, log: &bytes.Buffer{}, counts: map[string]int{}}
	channel, err := push.New(push.Config{})
	b.Must(err)
	set := policy.NewSet(policy.Default())
	b.Must(b.SavePolicy(t.Context(), policy.Default().Version(), policy.Default().Source()))
	config := api.Config{
		Bank: b.Store, Customers: b.Store, Staff: b.Store, Bus: b.Bus, Policies: set, Metrics: http.NotFoundHandler(),
		Desk: &app.Desk{Store: b.Store, Push: channel, Device: push.ProofDevice, Policies: set, Audience: audience},
		Devices: api.DeviceRules{Nonce: push.EnrolNonce, Enrol: push.VerifyEnrol, Revoke: push.VerifyRevoke, Contact: push.VerifyContact,
			ContactNonce: push.ContactNonce, ContactNamed: push.ContactNamed, ContactAnswer: push.ContactAnswer, ContactKept: push.ContactKept,
			Lock: push.VerifyLock, LockNonce: push.LockNonce,
			ParseKey: func(jwk []byte) ([]byte, error) {
				k, err := push.ParseJWK(jwk)
				if err != nil {
					return nil, err
				}
				return push.PublicJWK(k), nil
			}},
		Faces: api.FaceRules{Channel: &facelink.Channel{}, Open: func(sealed []byte, _ string) ([]byte, error) { return sealed, nil },
			Seal: func(picture []byte, _ string) ([]byte, error) { return picture, nil },
			Clean: func(b []byte) ([]byte, hold.Digest, error) {
				frame, err := facelink.Clean(b)
				return frame.JPEG, frame.Digest, err
			}},
		Agents: api.AgentRules{Verify: x.verify, Callback: &callback.Channel{}, Rules: storetest.CallRules, Calls: true,
			UnderWay: func(_ context.Context, sid string) bool { return sid == x.underWay },
			HangUp:   func(_ context.Context, sid string) error { x.hungUp = append(x.hungUp, sid); return nil }},
		Payees:    payeeKeys,
		Workflows: workflows,
		Ready:     func(context.Context) map[string]string { return map[string]string{"database": "ok"} },
		Log:       slog.New(slog.NewJSONHandler(x.log, nil)),
		Observe:   func(string, int, time.Duration) {},
		Count:     func(event string) { x.mu.Lock(); defer x.mu.Unlock(); x.counts[event]++ },
	}
	more(&config)
	s, err := api.New(config)
	b.Must(err)
	x.server = httptest.NewServer(s)
	t.Cleanup(x.server.Close)
	x.key = x.newKey("risk", api.Scopes...)
	x.old, x.young = newSigner(t), newSigner(t)
	year := hold.At(b.Clock.Now().Time().AddDate(-1, 0, 0))
	x.putCustomer("lin", client.DeviceRequest{Name: "old", PublicKey: push.PublicJWK(&x.old.Key.PublicKey), Since: year},
		client.DeviceRequest{Name: "new", PublicKey: push.PublicJWK(&x.young.Key.PublicKey), Since: b.Clock.Now()})
	return x
}

func newSigner(t *testing.T) push.Signer {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return push.Signer{Key: k, Audience: audience}
}

func (x *bench) newKey(who string, scopes ...string) string {
	x.t.Helper()
	key, row, err := api.NewKey(who, scopes)
	x.store.Must(err)
	x.store.Must(x.store.AddKey(x.t.Context(), row, "test"))
	return key
}

func (x *bench) putCustomer(id string, devices ...client.DeviceRequest) {
	x.t.Helper()
	var c client.Customer
	res := x.do("PUT", "/v1/customers/"+id, client.CustomerRequest{Name: "Lin Wei", Locale: "en", TimeZone: "Asia/Shanghai",
		Phrase: "paper lantern", Devices: devices})
	x.read(res, 200, &c)
	for _, d := range c.Devices {
		switch d.Name {
		case "old":
			x.old.Device = d.Id
		case "new":
			x.young.Device = d.Id
		}
	}
}

type reply struct {
	status int
	body   []byte
	header http.Header
}

func (r reply) code() string {
	var p client.Problem
	_ = json.Unmarshal(r.body, &p)
	return p.Code
}

func (x *bench) do(method, path string, body any, headers ...string) reply {
	x.t.Helper()
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		x.store.Must(err)
		in = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(x.t.Context(), method, x.server.URL+path, in)
	x.store.Must(err)
	req.Header.Set("Authorization", "Bearer "+x.key)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		if req.Header.Set(headers[i], headers[i+1]); headers[i+1] == "" {
			req.Header.Del(headers[i])
		}
	}
	res, err := x.server.Client().Do(req)
	x.store.Must(err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	x.store.Must(err)
	return reply{res.StatusCode, b, res.Header}
}

func (x *bench) read(r reply, status int, v any) {
	x.t.Helper()
	if r.status != status {
		x.t.Fatalf("%d %s, want %d", r.status, r.body, status)
	}
	if v != nil {
		x.store.Must(json.Unmarshal(r.body, v))
	}
}

func request(tx string) map[string]any {
	return map[string]any{"transaction_id": tx, "customer_id": "lin", "kind": "transfer", "amount": map[string]any{"minor": 125000,
		"currency": "EUR"},
		"payee": map[string]any{"name": "Anna Kovacs", "account": "DE02120300000000202051"}, "requested_at": "2026-01-01T12:00:00Z",
		"origin": map[string]any{"channel": "web"}, "risk": map[string]any{"score": 700, "reasons": []string{"new_payee"}}}
}

// held submits a hold, opens its push and gives both.
func (x *bench) held(tx string) (client.Hold, hold.Challenge) {
	x.t.Helper()
	var h client.Hold
	x.read(x.do("POST", "/v1/holds", request(tx), "Idempotency-Key", tx), 202, &h)
	_, err := x.store.OpenRung(x.t.Context(), h.Id, 0, hold.NoRung, storetest.Rules)
	x.store.Must(err)
	cs, err := x.store.Challenges(x.t.Context(), h.Id)
	x.store.Must(err)
	return h, cs[0]
}

func (x *bench) token(id string) string {
	x.t.Helper()
	var s client.Session
	x.read(x.do("POST", "/v1/customers/"+id+"/sessions", map[string]any{}), 201, &s)
	return s.Token
}

func (x *bench) sign(s push.Signer, c hold.Challenge, a hold.Answer) string {
	x.t.Helper()
	jws, err := s.SignAnswer(c.ID, c.Nonce, c.TxDigest, a, hold.UVBiometric, x.store.Clock.Now())
	x.store.Must(err)
	return jws
}

func (x *bench) answer(token string, c hold.ChallengeID, proof string) reply {
	x.t.Helper()
	return x.do("POST", "/v1/app/challenges/"+string(c)+"/answer", map[string]any{"proof": proof}, "Authorization", "Bearer "+token)
}

// The whole way over HTTP: held, shown, approved from a device that may,
// decided, read back with its trail.
func TestApproveOverHTTP(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	h, c := x.held("tx-1")
	token := x.token("lin")
	var shown client.AppChallengeList
	x.read(x.do("GET", "/v1/app/challenges", nil, "Authorization", "Bearer "+token), 200, &shown)
	if len(shown.Challenges) != 1 || shown.Challenges[0].ID != c.ID || shown.Challenges[0].Phrase != "paper lantern" {
		t.Fatalf("shown: %+v", shown)
	}
	var r client.AnswerReceipt
	x.read(x.answer(token, c.ID, x.sign(x.old, c, hold.Approve)), 200, &r)
	if r.HoldId != h.Id || r.Answer != hold.Approve {
		t.Errorf("receipt %+v", r)
	}
	_, err := x.store.Conclude(t.Context(), h.Id)
	x.store.Must(err)
	var got client.Hold
	x.read(x.do("GET", "/v1/holds/"+string(h.Id), nil), 200, &got)
	if got.Status != hold.Releasing || got.Decision == nil || got.Payee.Account != "…2051" || got.Settlement.State != "pending" {
		t.Errorf("hold %+v", got)
	}
	var feed client.DecisionPage
	x.read(x.do("GET", "/v1/decisions", nil), 200, &feed)
	if len(feed.Decisions) != 1 || feed.Decisions[0].Decision.HoldID != h.Id {
		t.Errorf("feed %+v", feed)
	}
	var trail client.EntryPage
	x.read(x.do("GET", "/v1/holds/"+string(h.Id)+"/audit", nil), 200, &trail)
	if len(trail.Entries) != 4 || trail.Entries[1].Previous != string(trail.Entries[0].Hash) {
		t.Errorf("trail %+v", trail)
	}
}

// 100 parallel posts of one hold with one key: one hold and 100 equal replies.
func TestHundredPosts(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	replies := make([]string, 100)
	var wg sync.WaitGroup
	for i := range replies {
		wg.Add(1)
		go func() {
			defer wg.Done()
			r := x.do("POST", "/v1/holds", request("tx-1"), "Idempotency-Key", "k")
			for r.code() == "idempotency_in_flight" {
				r = x.do("POST", "/v1/holds", request("tx-1"), "Idempotency-Key", "k")
			}
			replies[i] = fmt.Sprint(r.status, string(r.body))
		}()
	}
	wg.Wait()
	for _, r := range replies {
		if r != replies[0] || !strings.HasPrefix(r, "202") {
			t.Fatalf("%s and %s", r, replies[0])
		}
	}
	hs, err := x.store.ListHolds(t.Context(), store.HoldFilter{Limit: 10})
	x.store.Must(err)
	n, err := x.store.OutboxDepth(t.Context())
	x.store.Must(err)
	if len(hs) != 1 || n != 1 {
		t.Errorf("%d holds, %d starts", len(hs), n)
	}
}

// What is wrong with a hold is refused by name, echoes nothing and stores
// nothing.
func TestBadHolds(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	with := func(change func(m map[string]any)) map[string]any { m := request("tx-bad"); change(m); return m }
	deep := strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)
	good, _ := json.Marshal(request("tx-bad"))
	raw := func(old, new string) string { return strings.Replace(string(good), old, new, 1) }
	canary := "CANARY4111111111111111"
	for name, c := range map[string]struct {
		body    any
		headers []string
		status  int
		code    string
		field   string
	}{
		"no idempotency key": {request("tx-bad"), []string{"Idempotency-Key", ""}, 400, "idempotency_key_missing", ""},
		"long key":           {request("tx-bad"), []string{"Idempotency-Key", strings.Repeat("k", 129)}, 400, "idempotency_key_missing", ""},
		"unknown customer":   {with(func(m map[string]any) { m["customer_id"] = "nobody" }), nil, 422, "customer_unknown", "/customer_id"},
		"amount zero":        {raw("125000", "0"), nil, 400, "field_invalid", "/amount/minor"},
		"amount negative":    {raw("125000", "-5"), nil, 400, "field_invalid", "/amount/minor"},
		"amount over 2^53":   {raw("125000", "9007199254740993"), nil, 400, "field_invalid", "/amount/minor"},
		"amount huge":        {raw("125000", "1e400"), nil, 400, "field_invalid", "/amount/minor"},
		"amount fraction":    {raw("125000", "1.5"), nil, 400, "field_invalid", "/amount/minor"},
		"amount text":        {raw("125000", `"125000"`), nil, 400, "field_invalid", "/amount/minor"},
		"currency unknown":   {raw("EUR", "EUQ"), nil, 400, "field_invalid", "/amount/currency"},
		"currency withdrawn": {raw("EUR", "HRK"), nil, 400, "field_invalid", "/amount/currency"},
		"currency made up":   {raw("EUR", "CNH"), nil, 400, "field_invalid", "/amount/currency"},
		"currency of gold":   {raw("EUR", "XAU"), nil, 400, "field_invalid", "/amount/currency"},
		"currency form":      {raw("EUR", canary), nil, 400, "field_invalid", "/amount/currency"},
		"deadline past":      {with(func(m map[string]any) { m["deadline"] = "2020-01-01T00:00:00Z" }), nil, 400, "field_invalid", "/deadline"},
		"time impossible":    {raw("2026-01-01T12", "2026-02-30T12"), nil, 400, "field_invalid", "/requested_at"},
		"time with offset":   {raw("2026-01-01T12:00:00Z", "2026-01-01T12:00:00+01:00"), nil, 400, "field_invalid", "/requested_at"},
		"payee missing":      {with(func(m map[string]any) { delete(m, "payee") }), nil, 400, "field_invalid", "/payee"},
		"payee's name": {with(func(m map[string]any) { m["payee"] = map[string]any{"account": canary} }), nil, 400, "field_invalid",
			"/payee/name"},
		"payee too long": {with(func(m map[string]any) {
			m["payee"] = map[string]any{"account": "x", "name": strings.Repeat("x", 10_000)}
		}), nil, 400, "field_invalid", "/payee/name"},
		"nul":            {raw("Anna Kovacs", `Anna\u0000`), nil, 400, "field_invalid", "/payee/name"},
		"unknown key":    {raw(`"kind"`, `"colour":"`+canary+`","kind"`), nil, 400, "field_invalid", "/colour"},
		"stranger's key": {raw(`"kind"`, `"`+canary+`":1,"kind"`), nil, 400, "field_invalid", ""},
		"duplicate key":  {raw(`"kind"`, `"customer_id":"omar","kind"`), nil, 400, "json_invalid", "/customer_id"},
		"no reasons":     {raw(`["new_payee"]`, `[]`), nil, 400, "field_invalid", "/risk/reasons"},
		"nine reasons":   {raw(`["new_payee"]`, `["a","b","c","d","e","f","g","h","i"]`), nil, 400, "field_invalid", "/risk/reasons"},
		"score":          {raw("700", "1001"), nil, 400, "field_invalid", "/risk/score"},
		"kind":           {raw("transfer", "teleport"), nil, 400, "field_invalid", "/kind"},
		"bad UTF-8":      {raw("Anna", "An\xff\xfe"), nil, 400, "json_invalid", ""},
		"deep nesting":   {raw(`"kind"`, `"metadata":`+deep+`,"kind"`), nil, 400, "json_invalid", ""},
		"cut short":      {string(good[:50]), nil, 400, "json_invalid", ""},
		"two values":     {string(good) + "{}", nil, 400, "json_invalid", ""},
		"an array":       {"[]", nil, 400, "field_invalid", ""},
		"over 64 KiB":    {raw("Anna", strings.Repeat("x", 65<<10)), nil, 413, "body_too_large", ""},
		"content type":   {string(good), []string{"Content-Type", "text/plain"}, 415, "content_type_unsupported", "Content-Type"},
		"compressed":     {string(good), []string{"Content-Encoding", "gzip"}, 415, "content_type_unsupported", "Content-Type"},
	} {
		t.Run(name, func(t *testing.T) {
			r := x.do("POST", "/v1/holds", c.body, append([]string{"Idempotency-Key", "k-" + strings.ReplaceAll(name, " ", "-")}, c.headers...)...)
			var p client.Problem
			if json.Unmarshal(r.body, &p) != nil || r.status != c.status || p.Code != c.code || p.Field != c.field {
				t.Errorf("%d %s, want %d %s %s", r.status, r.body, c.status, c.code, c.field)
			}
			if bytes.Contains(r.body, []byte(canary)) {
				t.Errorf("the error repeats what was refused: %s", r.body)
			}
		})
	}
	if hs, err := x.store.ListHolds(t.Context(), store.HoldFilter{Limit: 10}); err != nil || len(hs) != 0 {
		t.Errorf("%d holds were stored, %v", len(hs), err)
	}
	if strings.Contains(x.log.String(), canary) {
		t.Error("the log has the canary")
	}
}

// A key is good for one body; a transaction has one hold.
func TestIdempotency(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	var h client.Hold
	x.read(x.do("POST", "/v1/holds", request("tx-1"), "Idempotency-Key", "k"), 202, &h)
	if r := x.do("POST", "/v1/holds", request("tx-2"), "Idempotency-Key", "k"); r.status != 422 || r.code() != "idempotency_key_reused" {
		t.Errorf("reused key: %d %s", r.status, r.body)
	}
	r := x.do("POST", "/v1/holds", request("tx-1"), "Idempotency-Key", "other")
	var p client.Problem
	if x.read(r, 409, &p); p.Code != "transaction_already_held" || p.Stands.HoldId != h.Id {
		t.Errorf("held already: %s", r.body)
	}
	second := x.newKey("risk", "holds:write") // the client's keys share their idempotency keys
	if r := x.do("POST", "/v1/holds", request("tx-1"), "Idempotency-Key", "k", "Authorization", "Bearer "+second); r.status != 202 {
		t.Errorf("after a key's rotation: %d %s", r.status, r.body)
	}
}

// No key, an unknown one, a wrong secret and a revoked one cannot be told apart;
// a scope that is missing is named.
func TestKeys(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	revoked := x.newKey("gone", "holds:read")
	ks, err := x.store.Keys(t.Context())
	x.store.Must(err)
	for _, k := range ks {
		if k.ClientID == "gone" {
			x.store.Must(x.store.RevokeKey(t.Context(), k.ID, "test"))
		}
	}
	want := ""
	for name, auth := range map[string]string{"none": "", "unknown": "Bearer hf_x", "wrong secret": "Bearer " + x.key[:40] + "xxx",
		"revoked":            "Bearer " + revoked,
		"a customer's token": "Bearer " + x.token("lin"), "no scheme": x.key} {
		r := x.do("GET", "/v1/holds", nil, "Authorization", auth)
		got := fmt.Sprint(r.status, string(r.body))
		if want == "" {
			want = got
		}
		if r.status != 401 || got != want {
			t.Errorf("%s: %s, others %s", name, got, want)
		}
	}
	if r := x.do("GET", "/v1/holds", nil, "Authorization", "Bearer "+x.newKey("poor", "audit:read")); r.status != 403 ||
		r.code() != "scope_missing" {
		t.Errorf("scope: %d %s", r.status, r.body)
	}
	if r := x.do("GET", "/v1/app/challenges", nil); r.status != 401 {
		t.Errorf("an API key in the app: %d", r.status)
	}
}

// Proofs that do not count are refused with a code, counted, audited, and
// change nothing.
func TestRefusedAnswers(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	_, c := x.held("tx-1")
	token := x.token("lin")
	stranger := newSigner(t)
	stranger.Device = x.old.Device
	elsewhere := x.old
	elsewhere.Audience = "https://other.test"
	other := c
	other.TxDigest = hold.DigestOf([]byte("another document"))
	nonce := c
	nonce.Nonce = store.NewNonce()
	stale, err := x.old.SignAnswer(c.ID, c.Nonce, c.TxDigest, hold.Approve, hold.UVPIN, x.store.Clock.Now().Add(-2*time.Minute))
	x.store.Must(err)
	for want, proof := range map[string]string{
		"signature_invalid": x.sign(stranger, c, hold.Approve), "audience_wrong": x.sign(elsewhere, c, hold.Approve), "proof_expired": stale,
		"digest_mismatch": x.sign(x.old, other, hold.Approve), "nonce_mismatch": x.sign(x.old, nonce, hold.Approve),
		"device_too_young": x.sign(x.young, c, hold.Approve), "device_unknown": "rubbish",
	} {
		if r := x.answer(token, c.ID, proof); r.status != 403 || r.code() != want {
			t.Errorf("%s: %d %s", want, r.status, r.body)
		}
		if x.counts["answer_"+want] != 1 {
			t.Errorf("%s was counted %d times", want, x.counts["answer_"+want])
		}
	}
	chain, _, err := x.store.Chain(t.Context(), string(c.HoldID))
	x.store.Must(err)
	refused := 0
	for _, e := range chain {
		refused += bytes.Count(e.Bytes, []byte(`"answer.refused"`))
	}
	if refused != 7 {
		t.Errorf("%d refusals on the trail", refused)
	}
	// Another customer's challenge and none at all are the same.
	x.putCustomer("omar")
	omar := x.token("omar")
	a, b := x.answer(omar, c.ID, x.sign(x.old, c, hold.Approve)), x.answer(omar, hold.ChallengeID(store.NewID("chal")), "x")
	if a.status != 404 || b.status != 404 || string(a.body) != string(b.body) {
		t.Errorf("another's: %d %s; none: %d %s", a.status, a.body, b.status, b.body)
	}
	// It is still open to whom it concerns; the same proof again is a replay.
	proof := x.sign(x.old, c, hold.Approve)
	x.read(x.answer(token, c.ID, proof), 200, nil)
	if r := x.answer(token, c.ID, proof); r.status != 403 || r.code() != "proof_replayed" {
		t.Errorf("replay: %d %s", r.status, r.body)
	}
	if r := x.answer(token, c.ID, x.sign(x.old, c, hold.Approve)); r.status != 409 || r.code() != "already_answered" ||
		!bytes.Contains(r.body, []byte(`"answer":"approve"`)) {
		t.Errorf("after another answer: %d %s", r.status, r.body)
	}
	_, err = x.store.Conclude(t.Context(), c.HoldID)
	x.store.Must(err)
	if r := x.answer(token, c.ID, x.sign(x.old, c, hold.Deny)); r.status != 409 || r.code() != "hold_decided" || !bytes.Contains(r.body,
		[]byte(`"outcome":"release"`)) {
		t.Errorf("after the decision: %d %s", r.status, r.body)
	}
}

// After the deadline an answer is gone, and recorded.
func TestAnswerAfterDeadline(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	_, c := x.held("tx-1")
	x.store.Clock.Forward(25 * time.Hour)
	if r := x.answer(x.token("lin"), c.ID, x.sign(x.old, c, hold.Approve)); r.status != 410 || r.code() != "challenge_expired" {
		t.Errorf("%d %s", r.status, r.body)
	}
}

// Past the deadline nothing is amended, and nothing is said of a decision that nobody has made.
func TestAmendAfterDeadline(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	h, c := x.held("tx-1")
	x.read(x.answer(x.token("lin"), c.ID, x.sign(x.old, c, hold.Approve)), 200, nil)
	x.store.Clock.Forward(25 * time.Hour)
	change := map[string]any{"amount": map[string]any{"minor": 1000, "currency": "EUR"}}
	r := x.do("PATCH", "/v1/holds/"+string(h.Id), change, "If-Match", `"1"`)
	if r.status != 409 || r.code() != "deadline_passed" || bytes.Contains(r.body, []byte("stands")) {
		t.Errorf("%d %s", r.status, r.body)
	}
	if got := x.store.Look(h.Id); got.Status != hold.Held {
		t.Errorf("the amendment made it %s", got.Status)
	}
}

// Amend, override and settle guard against stale views and final decisions.
func TestAmendAndOverride(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	h, _ := x.held("tx-1")
	path := "/v1/holds/" + string(h.Id)
	change := map[string]any{"amount": map[string]any{"minor": 1000, "currency": "EUR"}}
	if r := x.do("PATCH", path, change); r.code() != "if_match_missing" || r.status != 428 {
		t.Errorf("no If-Match: %d %s", r.status, r.body)
	}
	var got client.Hold
	x.read(x.do("PATCH", path, change, "If-Match", `"1"`), 200, &got)
	if got.Revision != 2 || got.Amount.Minor != 1000 || got.TxDigest == h.TxDigest || got.Deadline != h.Deadline {
		t.Errorf("amended %+v", got)
	}
	if r := x.do("PATCH", path, change, "If-Match", "1"); r.status != 412 || !bytes.Contains(r.body, []byte(`"revision":2`)) {
		t.Errorf("stale: %d %s", r.status, r.body)
	}
	release := map[string]any{"outcome": "release", "reason": "because"}
	if r := x.do("POST", path+"/decision", release, "If-Match", "2"); r.status != 403 || r.code() != "four_eyes_required" {
		t.Errorf("release by a key: %d %s", r.status, r.body)
	}
	reverse := map[string]any{"outcome": "reverse", "reason": "the branch called"}
	x.read(x.do("POST", path+"/decision", reverse, "If-Match", "2"), 200, &got)
	if got.Decision == nil || got.Decision.Author != "client:risk" || got.Decision.Reason != hold.ReasonOverride {
		t.Errorf("override %+v", got.Decision)
	}
	if r := x.do("PATCH", path, change, "If-Match", "2"); r.status != 409 || r.code() != "hold_decided" {
		t.Errorf("decided: %d %s", r.status, r.body)
	}
	if r := x.do("POST", path+"/settle", nil); r.status != 409 || r.code() != "settlement_not_parked" {
		t.Errorf("not parked: %d %s", r.status, r.body)
	}
	x.store.Must(x.store.MarkParked(t.Context(), h.Id, "http_422"))
	for query, want := range map[string]int{"?parked=true": 1, "?parked=false": 1, "?parked=true&status=held": 0} {
		var page client.HoldPage
		x.read(x.do("GET", "/v1/holds"+query, nil), 200, &page)
		if len(page.Holds) != want {
			t.Errorf("%s: %d holds", query, len(page.Holds))
		}
	}
	if r := x.do("GET", "/v1/holds?parked=yes", nil); r.status != 400 {
		t.Errorf("parked=yes: %d", r.status)
	}
	if r := x.do("POST", path+"/settle", nil); r.status != 202 {
		t.Errorf("parked: %d %s", r.status, r.body)
	}
	var none client.HoldPage
	if x.read(x.do("GET", "/v1/holds?parked=true", nil), 200, &none); len(none.Holds) != 0 {
		t.Error("what was taken up is parked")
	}
}

// A batch answers each line on its own.
func TestBatch(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	var lines []string
	for i := range 50 {
		b, _ := json.Marshal(map[string]any{"idempotency_key": fmt.Sprint("k", i), "hold": request(fmt.Sprint("tx", i))})
		lines = append(lines, string(b))
	}
	lines[7], lines[9] = "rubbish", lines[8]
	lines[11] = `{"idempotency_key":"k11"}`
	lines[13] = strings.Replace(lines[13], "EUR", "HRK", 1)
	r := x.do("POST", "/v1/holds/batch", strings.Join(lines, "\n")+"\n", "Content-Type", "application/x-ndjson")
	out := strings.Split(strings.TrimSpace(string(r.body)), "\n")
	if r.status != 200 || len(out) != 50 {
		t.Fatalf("%d, %d lines: %s", r.status, len(out), r.body)
	}
	for i, line := range out {
		var res gen.BatchResult
		x.store.Must(json.Unmarshal([]byte(line), &res))
		if i == 13 && (res.Problem == nil || res.Problem.Field != "/hold/amount/currency") {
			t.Errorf("a withdrawn currency: %s", line)
		}
		want := map[int]int{7: 400, 11: 400, 13: 400}[i]
		if want == 0 {
			want = 202
		}
		if res.Line != i+1 || res.Status != want || (res.Hold != nil) != (want == 202) {
			t.Errorf("line %d: %s", i+1, line)
		}
	}
	if hs, err := x.store.ListHolds(t.Context(), store.HoldFilter{Limit: 100}); err != nil || len(hs) != 46 {
		t.Errorf("%d holds, %v", len(hs), err)
	}
}

// A long poll ends with the decision, or after its time with what is.
func TestLongPoll(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	h, c := x.held("tx-1")
	got := make(chan client.Hold, 1)
	go func() {
		var v client.Hold
		x.read(x.do("GET", "/v1/holds/"+string(h.Id)+"?wait=60s", nil), 200, &v)
		got <- v
	}()
	x.read(x.answer(x.token("lin"), c.ID, x.sign(x.old, c, hold.Approve)), 200, nil)
	_, err := x.store.Conclude(t.Context(), h.Id)
	x.store.Must(err)
	if v := <-got; v.Decision == nil || v.Decision.Outcome != hold.Release {
		t.Errorf("%+v", v)
	}
	for _, wait := range []string{"61s", "1m", "-1s", "30"} {
		if r := x.do("GET", "/v1/holds/"+string(h.Id)+"?wait="+wait, nil); r.status != 400 {
			t.Errorf("wait=%s: %d", wait, r.status)
		}
	}
}

// Not me freezes: the session ends, nothing is asked, nothing is enrolled, until
// the bank unfreezes.
func TestFreeze(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	h, _ := x.held("tx-1")
	other, _ := x.held("tx-2")
	token := x.token("lin")
	if r := x.do("GET", "/v1/app/challenges", nil, "Authorization", "Bearer "+token); r.status != 200 || strings.Contains(string(r.body),
		"protection") {
		t.Errorf("before the freeze: %s", r.body)
	}
	var rep client.Report
	x.read(x.do("POST", "/v1/app/holds/"+string(h.Id)+"/not_me", nil, "Authorization", "Bearer "+token), 202, &rep)
	if !rep.Frozen || rep.Decision == nil || rep.Decision.Outcome != hold.Reverse {
		t.Errorf("report %+v", rep)
	}
	if r := x.do("GET", "/v1/app/challenges", nil, "Authorization", "Bearer "+token); r.status != 401 {
		t.Errorf("the session lives: %d", r.status)
	}
	again := x.token("lin")
	var shown client.AppChallengeList
	x.read(x.do("GET", "/v1/app/challenges", nil, "Authorization", "Bearer "+again), 200, &shown)
	if len(shown.Challenges) != 0 {
		t.Errorf("asked while frozen: %+v", shown)
	}
	if rep.Protection == nil || len(rep.Protection.Held) != 1 || rep.Protection.Held[0].HoldID != other.Id {
		t.Errorf("what is held is not in the report: %+v", rep.Protection)
	}
	// lin has no number
	if p := shown.Protection; p == nil || p.Call != app.PromiseNone || len(p.Held) != 1 || p.Held[0].Payee.Account != "…2051" {
		t.Errorf("what stands is not told: %+v", p)
	}
	if r := x.do("POST", "/v1/app/devices/nonce", nil, "Authorization", "Bearer "+again); r.code() != "frozen" {
		t.Errorf("enrolment while frozen: %s", r.body)
	}
	var asked client.ApprovalTicket
	x.read(x.do("POST", "/v1/customers/lin/unfreeze", map[string]any{"reason": "identity checked"}), 202, &asked)
	if r := x.do("POST", "/v1/customers/lin/unfreeze", map[string]any{"reason": "again"}); r.code() != "approval_pending" {
		t.Errorf("asked twice: %s", r.body)
	}
	var done client.Approval
	x.read(x.as("sam", "supervisor", "POST", "/v1/approvals/"+asked.ApprovalId, client.ApprovalDecision{Decision: "approve",
		Reason: "so did I"}), 200, &done)
	if c, err := x.store.Store.Customer(t.Context(), "lin"); err != nil || c.FrozenAt != 0 {
		t.Error("still frozen")
	}
	x.read(x.do("POST", "/v1/app/help", nil, "Authorization", "Bearer "+again), 202, nil)
}

// Moving a since back needs a scope of its own.
func TestBackdating(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	put := func(key string) reply {
		s := newSigner(t)
		return x.do("PUT", "/v1/customers/omar", client.CustomerRequest{Name: "Omar", Locale: "en", TimeZone: "Africa/Cairo",
			Phrase: "quiet orchard",
			Devices: []client.DeviceRequest{{Name: "p", PublicKey: push.PublicJWK(&s.Key.PublicKey),
				Since: x.store.Clock.Now().Add(-24 * time.Hour)}}}, "Authorization", "Bearer "+key)
	}
	if r := put(x.newKey("plain", "customers:write")); r.status != 403 || r.code() != "scope_missing" {
		t.Errorf("without the scope: %d %s", r.status, r.body)
	}
	if r := put(x.newKey("import", "customers:write", "customers:import")); r.status != 200 {
		t.Errorf("with the scope: %d %s", r.status, r.body)
	}
	bad := client.CustomerRequest{Name: "Omar", Locale: "en", TimeZone: "Mars/Olympus", Phrase: "x"}
	if r := x.do("PUT", "/v1/customers/omar", bad); r.status != 400 || !bytes.Contains(r.body, []byte(`"/time_zone"`)) {
		t.Errorf("time zone: %d %s", r.status, r.body)
	}
	private := client.CustomerRequest{Name: "Omar", Locale: "en", TimeZone: "UTC", Phrase: "x",
		Devices: []client.DeviceRequest{{Name: "p",
			PublicKey: json.RawMessage(`{"kty":"EC","crv":"P-256","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}`)}}}
	if r := x.do("PUT", "/v1/customers/omar", private); r.status != 400 || !bytes.Contains(r.body, []byte(`/devices/0/public_key`)) {
		t.Errorf("point off the curve: %d %s", r.status, r.body)
	}
}

// A payee's name that tries something shows as what it is.
func TestHostilePayee(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	q := request("tx-1")
	q["payee"] = map[string]any{"name": "Anna\nApproved by your bank \u202ehttp://evil.test +391234567", "account": "DE02120300000000202051"}
	var h client.Hold
	x.read(x.do("POST", "/v1/holds", q, "Idempotency-Key", "k"), 202, &h)
	if strings.ContainsAny(h.Payee.Name, "\n\u202e") {
		t.Errorf("shown as %q", h.Payee.Name)
	}
}

// The pages beside the API.
func TestPages(t *testing.T) {
	t.Parallel()
	x := newBench(t)
	for path, want := range map[string]string{"/health/alive": `"ok"`, "/health/ready": `"database":"ok"`, "/openapi.yaml": "openapi: 3.0.3",
		"/docs": "SubmitHold"} {
		if r := x.do("GET", path, nil, "Authorization", ""); r.status != 200 || !bytes.Contains(r.body, []byte(want)) {
			t.Errorf("%s: %d %.200s", path, r.status, r.body)
		}
	}
	if r := x.do("GET", "/docs", nil); bytes.Contains(r.body, []byte("<script")) || r.header.Get("Content-Security-Policy") == "" {
		t.Error("the docs page has scripts or no policy")
	}
	for path, want := range map[string]int{"/nothing": 404, "/v1/app/ws": 404} {
		if r := x.do("GET", path, nil); r.status != want || r.code() != "not_found" {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
	if r := x.do("DELETE", "/v1/holds", nil); r.status != 405 || r.header.Get("Allow") == "" {
		t.Errorf("405: %d %s", r.status, r.body)
	}
}

func policyDefault() []byte { return policy.Default().Source() }
