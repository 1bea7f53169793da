package gateway_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/app"
	"holdfast/channels/push"
	"holdfast/counterparties"
	"holdfast/gateway"
	"holdfast/hold"
	"holdfast/policy"
	"holdfast/store"
	"holdfast/store/storetest"

	"github.com/gorilla/websocket"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

const (
	audience = "https://holdfast.test"
	origin   = "https://bank.test"
)

func digest(token string) string { return string(hold.DigestOf([]byte(token))) }

// bench is a database with gateways.
type bench struct {
	*storetest.Bundle
	counts  sync.Map
	silence time.Duration // the gateways'; 0: the usual
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{Bundle: storetest.New(t, storetest.SQLiteURL(t))}
	b.Must(b.SavePolicy(t.Context(), "v1", policy.Default().Source()))
	return b
}

// gateway starts one and gives its ws:// address.
func (b *bench) gateway(t *testing.T) (*gateway.Hub, string) {
	t.Helper()
	return b.listening(t, b.Bus)
}

// listening is a gateway that hears of what was committed on a bus.
func (b *bench) listening(t *testing.T, bus *store.Bus) (*gateway.Hub, string) {
	t.Helper()
	channel, err := push.New(push.Config{})
	b.Must(err)
	set := policy.NewSet(policy.Default())
	h := gateway.New(gateway.Config{Store: b.Store, Bus: bus, Verify: push.VerifyHello, Origins: []string{origin},
		Log: slog.New(slog.DiscardHandler), Silence: b.silence,
		Desk: &app.Desk{Store: b.Store, Push: channel, Device: push.ProofDevice, Policies: set, Audience: audience},
		Count: func(event string) {
			n, _ := b.counts.LoadOrStore(event, new(sync.Map))
			n.(*sync.Map).Store(store.NewNonce(), true)
		}})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); h.Run(ctx) }()
	refuse := func(w http.ResponseWriter, status int, code, _ string) { http.Error(w, code, status) }
	srv := httptest.NewUnstartedServer(h.Handler(digest, refuse))
	srv.Listener = smallBuffers{srv.Listener}
	srv.Start()
	t.Cleanup(func() { cancel(); <-done; srv.Close() })
	return h, strings.Replace(srv.URL, "http", "ws", 1)
}

// smallBuffers makes a client that does not read felt soon.
type smallBuffers struct{ net.Listener }

func (l smallBuffers) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetWriteBuffer(2048)
	}
	return c, err
}

func (b *bench) customer(id hold.CustomerID) (push.Signer, hold.Customer) {
	b.T.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	b.Must(err)
	c, why, err := b.PutCustomer(context.Background(), store.PutCustomer{ID: id, Name: "Lin", Locale: "en", TimeZone: "UTC",
		Phrase: "paper lantern", Actor: "test", MayBackdate: true,
		Devices: []store.PutDevice{{Name: "phone", PublicKey: push.PublicJWK(&key.PublicKey), Since: storetest.Start.Add(-48 * time.Hour)}}})
	b.Granted(why, err)
	return push.Signer{Device: c.Devices[0].ID, Key: key, Audience: audience}, c
}

func (b *bench) token(id hold.CustomerID) string {
	b.T.Helper()
	token := store.NewNonce()
	_, err := b.CreateSession(context.Background(), id, digest(token), 15*time.Minute, "test")
	b.Must(err)
	return token
}

type message struct {
	Type      string         `json:"type"`
	Nonce     string         `json:"nonce"`
	Now       hold.Instant   `json:"now"`
	Reason    string         `json:"reason"`
	Result    string         `json:"result"`
	Kind      string         `json:"kind"`
	Calling   bool           `json:"calling"`
	Checked   bool           `json:"checked"`
	Text      string         `json:"text"`
	Agent     string         `json:"agent"`
	Number    string         `json:"number"`
	Challenge *app.Challenge `json:"challenge"`
	Outcome   *app.Outcome   `json:"outcome"`

	ChallengeID hold.ChallengeID `json:"challenge_id"` // that was closed
	Cause       string           `json:"cause"`
	Answer      hold.Answer      `json:"answer"`

	Protection *app.Protection `json:"protection"`
}

type client struct {
	t  testing.TB
	ws *websocket.Conn
}

func dial(url, token string, header http.Header) (*websocket.Conn, *http.Response, error) {
	d := websocket.Dialer{HandshakeTimeout: 5 * time.Second, ReadBufferSize: 256, WriteBufferSize: 256, NetDial: func(network,
		addr string) (net.Conn, error) {
		c, err := net.Dial(network, addr)
		if t, ok := c.(*net.TCPConn); ok {
			_ = t.SetReadBuffer(2048)
		}
		return c, err
	}}
	if token != "" {
		d.Subprotocols = []string{gateway.Subprotocol, "token." + token}
	}
	return d.Dial(url, header)
}

func (b *bench) connect(url string, s push.Signer, token string) *client {
	b.T.Helper()
	ws, _, err := dial(url, token, nil)
	b.Must(err)
	c := &client{b.T, ws}
	b.T.Cleanup(func() { _ = ws.Close() })
	jws, err := s.SignHello(c.next("hello").Nonce, b.Clock.Now())
	b.Must(err)
	c.send(map[string]any{"type": "prove", "device_id": s.Device, "jws": jws})
	c.next("ready")
	return c
}

func (c *client) send(v any) {
	c.t.Helper()
	if err := c.ws.WriteJSON(v); err != nil {
		c.t.Error(err)
	}
}

// next reads up to a message of one of the types.
func (c *client) next(kinds ...string) message {
	c.t.Helper()
	_ = c.ws.SetReadDeadline(time.Now().Add(20 * time.Second))
	for {
		_, b, err := c.ws.ReadMessage()
		if err != nil {
			c.t.Fatalf("waiting for %s: %v", kinds, err)
		}
		var m message
		if err := json.Unmarshal(b, &m); err != nil {
			c.t.Fatal(err)
		}
		if slices.Contains(kinds, m.Type) {
			return m
		}
	}
}

// ended reads until the socket is closed and gives the close code.
func (c *client) ended() int {
	_ = c.ws.SetReadDeadline(time.Now().Add(30 * time.Second))
	for {
		_, _, err := c.ws.ReadMessage()
		if e, ok := err.(*websocket.CloseError); ok {
			return e.Code
		} else if err != nil {
			return 0
		}
	}
}

func (b *bench) asked(id hold.CustomerID) hold.ID {
	b.T.Helper()
	a := b.Accepting(storetest.PushLadder())
	a.Request.CustomerID = id
	res, err := b.AcceptHold(context.Background(), a)
	b.Must(err)
	_, err = b.OpenRung(context.Background(), res.HoldID, 0, hold.NoRung, storetest.Rules)
	b.Must(err)
	return res.HoldID
}

// Two gateways, two devices: both are asked, the first answer stands, both are
// told how it ended.
func TestTwoGateways(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, one := b.gateway(t)
	_, two := b.gateway(t)
	phone, _ := b.customer("lin")
	first := b.connect(one, phone, b.token("lin"))
	second := b.connect(two, phone, b.token("lin"))
	id := b.asked("lin")
	shown := first.next("challenge").Challenge
	if second.next("challenge").Challenge.ID != shown.ID || shown.Phrase != "paper lantern" || !shown.CanApprove {
		t.Errorf("shown %+v", shown)
	}
	first.send(map[string]any{"type": "receipt", "challenge_id": shown.ID})
	h := b.Look(id)
	jws, err := phone.SignAnswer(shown.ID, shown.Nonce, h.TxDigest, hold.Approve, hold.UVPIN, b.Clock.Now())
	b.Must(err)
	first.send(map[string]any{"type": "answer", "challenge_id": shown.ID, "jws": jws, "ref": "1"})
	if r := first.next("result"); r.Result != "accepted" {
		t.Fatalf("result %+v", r)
	}
	_, err = b.Conclude(t.Context(), id)
	b.Must(err)
	for _, c := range []*client{first, second} {
		if o := c.next("outcome").Outcome; o.HoldID != id || o.Outcome != hold.Release {
			t.Errorf("outcome %+v", o)
		}
	}
	// Whoever comes later is told what ended in the last day.
	if o := b.connect(one, phone, b.token("lin")).next("outcome").Outcome; o.HoldID != id {
		t.Errorf("caught up with %+v", o)
	}
}

// A hold whose policy no longer loads hides no other question, of its customer or
// of anybody.
func TestOneBrokenPolicyHidesNoOther(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Must(b.SavePolicy(t.Context(), "broken", []byte("rules: [")))
	_, url := b.gateway(t)
	lin, _ := b.customer("lin")
	omar, _ := b.customer("omar")
	a := b.Accepting(storetest.PushLadder())
	a.Request.CustomerID = "lin"
	terms := a.Terms
	a.Terms = func(c hold.Customer, p counterparties.Known, now hold.Instant) (hold.Terms, hold.Instant, error) {
		made, deadline, err := terms(c, p, now)
		made.PolicyVersion = "broken"
		return made, deadline, err
	}
	res, err := b.AcceptHold(t.Context(), a)
	b.Must(err)
	_, err = b.OpenRung(t.Context(), res.HoldID, 0, hold.NoRung, storetest.Rules)
	b.Must(err)
	good := map[hold.CustomerID]hold.ID{"lin": b.asked("lin"), "omar": b.asked("omar")}
	at := map[hold.CustomerID]*client{}
	for id, phone := range map[hold.CustomerID]push.Signer{"lin": lin, "omar": omar} {
		at[id] = b.connect(url, phone, b.token(id))
		if shown := at[id].next("challenge").Challenge; shown.HoldID != good[id] {
			t.Errorf("%s is shown %s", id, shown.HoldID)
		}
	}
	raw := storetest.Raw(t, b.URL) // and it is shown once its policy loads, whatever else happens
	raw.MustExec(`UPDATE policies SET source = ? WHERE version = 'broken'`, policy.Default().Source())
	if shown := at["lin"].next("challenge").Challenge; shown.HoldID != res.HoldID {
		t.Errorf("mended, and shown %s", shown.HoldID)
	}
}

// A gateway that hears of nothing finds everything by the clock.
func TestDeafGateway(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, url := b.listening(t, store.NewBus())
	phone, _ := b.customer("lin")
	c := b.connect(url, phone, b.token("lin"))
	id := b.asked("lin")
	shown := c.next("challenge").Challenge
	second := b.connect(url, phone, b.token("lin"))
	if got := second.next("challenge").Challenge; got.ID != shown.ID {
		t.Errorf("another socket is shown %s", got.ID)
	}
	expect := func(what string, ok bool) {
		if t.Helper(); !ok {
			t.Error(what)
		}
	}
	jws, err := phone.SignAnswer(shown.ID, shown.Nonce, b.Look(id).TxDigest, hold.Approve, hold.UVPIN, b.Clock.Now())
	b.Must(err)
	second.send(map[string]any{"type": "answer", "challenge_id": shown.ID, "jws": jws, "ref": "1"})
	c.next("closed")
	late := b.connect(url, phone, b.token("lin")) // was asked nothing, and is told all the same
	_, err = b.Conclude(t.Context(), id)
	b.Must(err)
	expect("the outcome", c.next("outcome").Outcome.HoldID == id)
	expect("the outcome, to who came after the answer", late.next("outcome").Outcome.HoldID == id)

	ana := b.Agent("ana", "agent")
	call, why, err := b.OpenInbound(t.Context(), store.Inbound{By: ana, CustomerID: "lin", Reason: "asks", Rules: storetest.CallRules})
	b.Granted(why, err)
	expect("the call", c.next("call").Calling)
	b.Granted(b.ReturnCase(t.Context(), ana, call))
	expect("its end", !c.next("call").Calling)

	b.Clock.Forward(16 * time.Minute)
	expect("the session's end", c.next("session_ended").Reason == "session_ended")
	c = b.connect(url, phone, b.token("lin"))
	b.Must(b.AskForHelp(t.Context(), "lin"))
	expect("the freeze", c.next("session_ended").Reason == "session_ended")
	c = b.connect(url, phone, b.token("lin"))
	expect("what stands for them", len(c.next("protection").Protection.Held) == 0)
	a := b.Accepting(storetest.PushLadder())
	a.Request.CustomerID = "lin"
	_, err = b.AcceptHold(t.Context(), a)
	b.Must(err)
	expect("what is held since", len(c.next("protection").Protection.Held) == 1)
}

// While an agent has the customer on the line, their app says who it is and
// what to read out; then that nobody calls any more.
func TestCallIsShown(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, url := b.gateway(t)
	phone, _ := b.customer("lin")
	c := b.connect(url, phone, b.token("lin"))
	ana := b.Agent("ana", "agent")
	id, why, err := b.OpenInbound(t.Context(), store.Inbound{By: ana, CustomerID: "lin", Reason: "asks", Rules: storetest.CallRules})
	b.Granted(why, err)
	m := c.next("call")
	if !m.Calling || m.Agent != "ana" || len(m.Number) != 2 {
		t.Errorf("shown %+v", m)
	}
	if ok, _, why, err := b.Identify(t.Context(), ana, id, m.Number); !ok || err != nil || why != "" {
		t.Errorf("the number shown is not the one: %q, %v", why, err)
	}
	if right := c.next("call"); !right.Calling || !right.Checked || strings.Contains(right.Text, "Read this number") ||
		strings.Contains(strings.ToLower(right.Text), "hang up") {
		t.Errorf("once the number was right %+v", right)
	}
	b.Granted(b.ReturnCase(t.Context(), ana, id))
	if m := c.next("call"); m.Calling || m.Number != "" {
		t.Errorf("after the call %+v", m)
	}
}

// Browsers of other origins are refused, "null" among them; a client without
// an origin needs its token, and its device's key.
func TestWhoGetsIn(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, url := b.gateway(t)
	phone, _ := b.customer("lin")
	other, _ := b.customer("omar")
	for _, bad := range []string{"null", "", "https://bank.test.evil.test", "http://bank.test", "https://bank.test:444", "https://evil.test",
		"https://BANK.test",
		"https://bank.test/", "file://", "https://bank.test, https://bank.test"} {
		_, res, err := dial(url, b.token("lin"), http.Header{"Origin": {bad}})
		if err == nil || res == nil || res.StatusCode != http.StatusForbidden {
			t.Errorf("origin %q: %v", bad, err)
		}
	}
	if ws, _, err := dial(url, b.token("lin"), http.Header{"Origin": {origin}}); err != nil {
		t.Errorf("our origin: %v", err)
	} else {
		_ = ws.Close()
	}
	for scheme, want := range map[string]int{"Bearer": http.StatusUnauthorized, "bearer": http.StatusUnauthorized, "Basic": 0} {
		_, res, err := dial(url, "", http.Header{"Authorization": {scheme + " stale"}})
		if want != 0 && (err == nil || res == nil || res.StatusCode != want) {
			t.Errorf("a stale token in the header, %s: %v", scheme, err)
		}
		ws, _, err := dial(url, "", http.Header{"Authorization": {scheme + " " + b.token("lin")}})
		b.Must(err)
		c := &client{t, ws}
		jws, err := phone.SignHello(c.next("hello").Nonce, b.Clock.Now())
		b.Must(err)
		c.send(map[string]any{"type": "prove", "device_id": string(phone.Device), "jws": jws})
		if want != 0 {
			c.next("ready")
		} else if got := c.next("error").Reason; got != "unauthenticated" {
			t.Errorf("%s: %s", scheme, got)
		}
		_ = ws.Close()
	}
	if _, res, err := dial(url, "stale", nil); err == nil || res == nil || res.StatusCode != http.StatusUnauthorized {
		t.Errorf("a stale token: %v", err)
	}
	behind := time.Duration(0)
	hello := func(s push.Signer, token, device string) string {
		ws, _, err := dial(url, token, nil)
		b.Must(err)
		defer ws.Close()
		c := &client{t, ws}
		said := c.next("hello")
		if said.Now != b.Clock.Now() {
			t.Errorf("hello has the clock %s", said.Now)
		}
		jws, err := s.SignHello(said.Nonce, b.Clock.Now().Add(-behind))
		b.Must(err)
		c.send(map[string]any{"type": "prove", "device_id": device, "jws": jws})
		return c.next("error").Reason
	}
	if got := hello(phone, "", string(phone.Device)); got != "unauthenticated" {
		t.Errorf("no token: %s", got)
	}
	if got := hello(other, b.token("lin"), string(other.Device)); got != "device_unknown" {
		t.Errorf("another customer's device: %s", got)
	}
	forged := phone
	forged.Key = other.Key
	if got := hello(forged, b.token("lin"), string(phone.Device)); got != "proof_refused" {
		t.Errorf("another key: %s", got)
	}
	for _, behind = range []time.Duration{2 * time.Minute, -time.Minute} {
		if got := hello(phone, b.token("lin"), string(phone.Device)); got != "clock_wrong" {
			t.Errorf("a clock that is %s behind: %s", behind, got)
		}
	}
}

// A device that is revoked, and a customer who is frozen, lose their sockets.
func TestEndings(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, url := b.gateway(t)
	phone, c := b.customer("lin")
	revoked := b.connect(url, phone, b.token("lin"))
	b.Granted(b.RevokeDevice(t.Context(), "lin", phone.Device, phone.Device, 0))
	if r := revoked.next("session_ended"); r.Reason != "device_revoked" {
		t.Errorf("revoked: %s", r.Reason)
	}
	_ = c
	mine, _ := b.customer("omar")
	frozen := b.connect(url, mine, b.token("omar"))
	b.Must(b.AskForHelp(t.Context(), "omar"))
	if r := frozen.next("session_ended"); r.Reason != "session_ended" {
		t.Errorf("frozen: %s", r.Reason)
	}
}

// Rubbish, and frames over 64 KiB, end that socket and no other.
func TestRubbish(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, url := b.gateway(t)
	phone, _ := b.customer("lin")
	good := b.connect(url, phone, b.token("lin"))
	for name, frame := range map[string]string{"no JSON": "rubbish", "unknown type": `{"type":"open_sesame"}`,
		"unknown field": `{"type":"receipt","colour":1}`,
		"long ref":      `{"type":"answer","ref":"` + strings.Repeat("x", 65) + `"}`, "large": `{"type":"answer","jws":"` + strings.Repeat("x",
			65<<10) + `"}`} {
		c := b.connect(url, phone, b.token("lin"))
		_ = c.ws.WriteMessage(websocket.TextMessage, []byte(frame))
		if code := c.ended(); code != websocket.CloseUnsupportedData && code != websocket.CloseMessageTooBig &&
			code != websocket.CloseGoingAway && code != 0 {
			t.Errorf("%s: closed with %d", name, code)
		}
	}
	b.asked("lin")
	good.next("challenge")
}

// A thousand sockets that stop reading: each is closed, the process grows by
// at most 64 MiB, nothing stays queued, and another customer is served.
func TestStalledSockets(t *testing.T) {
	if testing.Short() {
		t.Skip("a thousand sockets")
	}
	const owners, each, rounds = 50, 20, 110
	b := newBench(t)
	hub, url := b.gateway(t)
	good, _ := b.customer("good")
	reader := b.connect(url, good, b.token("good"))
	served := make(chan error, 1)
	go func() { // reads all the time, as apps do
		_ = reader.ws.SetReadDeadline(time.Time{})
		for {
			var m message
			if err := reader.ws.ReadJSON(&m); err != nil || m.Type == "challenge" {
				served <- err
				return
			}
		}
	}()
	signers := make([]push.Signer, owners)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var wg sync.WaitGroup
	for i := range owners {
		id := hold.CustomerID(fmt.Sprint("stalled", i))
		signers[i], _ = b.customer(id)
		token := b.token(id)
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range each {
				b.connect(url, signers[i], token)
			}
		}()
	}
	wg.Wait()
	if n := hub.Connections(); n != owners*each+1 {
		t.Fatalf("%d connections", n)
	}
	peak := uint64(0)
	for round := range rounds { // notices that nobody reads
		for i := range owners {
			_, why, err := b.PutCustomer(t.Context(), store.PutCustomer{ID: hold.CustomerID(fmt.Sprint("stalled", i)), Name: "Lin", Locale: "en",
				TimeZone: "UTC", Phrase: "p", Actor: "test"})
			b.Granted(why, err)
		}
		if round%10 == 0 {
			runtime.GC() // what lives, not what waits to be collected
			runtime.ReadMemStats(&after)
			peak = max(peak, after.HeapAlloc)
		}
	}
	grown := int64(peak) - int64(before.HeapAlloc) // the clients' ends are in it too
	t.Logf("the heap grew by %d MiB", grown>>20)
	if grown > 64<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
	b.asked("good")
	if err := <-served; err != nil {
		t.Errorf("another customer was not served: %v", err)
	}
	over, tick := time.NewTimer(time.Minute), time.NewTicker(50*time.Millisecond)
	defer over.Stop()
	defer tick.Stop()
	for late := false; hub.Connections() > 1 && !late; { // the writers give up after their own time
		select {
		case <-tick.C:
		case <-over.C:
			late = true
		}
	}
	if n, q := hub.Connections(), hub.Backlog(); n > 1 || q != 0 {
		t.Errorf("%d connections and %d bytes are left", n, q)
	}
}
