package serve_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/api"
	"holdfast/channels/push"
	"holdfast/hold"
	"holdfast/serve"
	"holdfast/store"
	"holdfast/store/storetest"

	"github.com/gorilla/websocket"
)

// balancer sends each request to the next process that says it is ready; it
// asks every 20 ms.
type balancer struct {
	mu    sync.Mutex
	known map[string]bool // address: ready
	order []string
	next  int
}

func (b *balancer) add(address string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.known[address], b.order = true, append(b.order, address)
}

func (b *balancer) watch(ctx context.Context) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		b.mu.Lock()
		all := append([]string(nil), b.order...)
		b.mu.Unlock()
		for _, at := range all {
			res, err := http.Get("http://" + at + "/health/ready")
			if err == nil {
				_ = res.Body.Close()
			}
			b.mu.Lock()
			b.known[at] = err == nil && res.StatusCode == http.StatusOK
			b.mu.Unlock()
		}
	}
}

func (b *balancer) pick() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	for range b.order {
		b.next++
		if at := b.order[b.next%len(b.order)]; b.known[at] {
			return at
		}
	}
	return ""
}

// serve is the proxy in front.
func (b *balancer) serve(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	go b.watch(ctx)
	s := httptest.NewServer(&httputil.ReverseProxy{ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0),
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: b.pick()}) }})
	t.Cleanup(s.Close)
	return s.URL
}

// fleet is two processes of each role behind proxies, and a customer.
type fleet struct {
	*storetest.Bundle
	dsn, key      string
	api, gateways balancer
	phone         push.Signer
	drain         time.Duration
	procs         map[string][]*serve.Process
}

func (f *fleet) start(role string) *serve.Process {
	f.T.Helper()
	p, err := serve.Start(context.Background(), serve.Config{Roles: []string{role}, Database: f.dsn, DatabaseConns: 6, Listen: "127.0.0.1:0",
		PublicURL: publicURL, Drain: f.drain,
		TemporalAddress: "127.0.0.1:1", TemporalNamespace: "default", LedgerURL: "http://127.0.0.1:1",
		LedgerSecret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, slog.New(slog.DiscardHandler))
	f.Must(err)
	switch role {
	case "api":
		f.api.add(p.Address)
	case "gateway":
		f.gateways.add(p.Address)
	}
	return p
}

func newFleet(t *testing.T) *fleet {
	t.Helper()
	f := &fleet{drain: 400 * time.Millisecond, dsn: storetest.PostgresURL(t), api: balancer{known: map[string]bool{}},
		gateways: balancer{known: map[string]bool{}},
		procs:    map[string][]*serve.Process{}}
	f.Bundle = storetest.New(t, f.dsn)
	f.Clock.Follow(time.Now)
	key, row, err := api.NewKey("bank", api.Scopes)
	f.Must(err)
	f.Must(f.AddKey(t.Context(), row, "test"))
	f.key = key
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	f.Must(err)
	c, why, err := f.PutCustomer(t.Context(), store.PutCustomer{ID: "lin", Name: "Lin", Locale: "en", TimeZone: "UTC", Phrase: "p",
		Actor: "client:bank", MayBackdate: true,
		Devices: []store.PutDevice{{Name: "phone", PublicKey: push.PublicJWK(&private.PublicKey),
			Since: hold.At(time.Now().Add(-time.Hour * 1000))}}})
	f.Granted(why, err)
	f.phone = push.Signer{Device: c.Devices[0].ID, Key: private, Audience: publicURL}
	for _, role := range serve.Roles {
		f.procs[role] = []*serve.Process{f.start(role), f.start(role)}
	}
	t.Cleanup(func() {
		for _, ps := range f.procs {
			for _, p := range ps {
				p.Hurry()
				_ = p.Stop()
			}
		}
	})
	return f
}

func (f *fleet) do(base, method, path string, body any) (int, []byte, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return 0, nil, err
	}
	r, err := http.NewRequest(method, base+path, strings.NewReader(string(b)))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Authorization", "Bearer "+f.key)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", store.NewNonce())
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	out, err := io.ReadAll(res.Body)
	return res.StatusCode, out, err
}

func order(n int64) hold.Request {
	return hold.Request{TransactionID: fmt.Sprintf("tx-%d", n), CustomerID: "lin", Kind: hold.KindTransfer, Amount: hold.Money{Minor: 1,
		Currency: "EUR"},
		Payee: hold.Payee{Name: "A", Account: "x"}, RequestedAt: hold.At(time.Now()), Origin: hold.Origin{Channel: "web"},
		Risk: hold.Risk{Reasons: []string{"new_payee"}}}
}

// connect opens the customer's socket and says how it ended.
func (f *fleet) connect(apiAt, gatewayAt string, ready chan<- struct{}) (int, error) {
	status, body, err := f.do(apiAt, "POST", "/v1/customers/lin/sessions", map[string]any{})
	if err != nil || status != http.StatusCreated && status != http.StatusOK {
		return 0, fmt.Errorf("a session: %d %s %w", status, body, err)
	}
	var ses struct{ Token string }
	if err := json.Unmarshal(body, &ses); err != nil {
		return 0, err
	}
	d := websocket.Dialer{Subprotocols: []string{"holdfast.v1", "token." + ses.Token}}
	ws, _, err := d.Dial(strings.Replace(gatewayAt, "http", "ws", 1)+"/v1/app/ws", nil)
	if err != nil {
		return 0, fmt.Errorf("the handshake: %w", err)
	}
	defer ws.Close()
	var hello struct{ Nonce string }
	if err := ws.ReadJSON(&hello); err != nil {
		return 0, err
	}
	jws, err := f.phone.SignHello(hello.Nonce, hold.At(time.Now()))
	if err != nil {
		return 0, err
	}
	if err := ws.WriteJSON(map[string]any{"type": "prove", "device_id": f.phone.Device, "jws": jws}); err != nil {
		return 0, err
	}
	for first := true; ; first = false {
		if _, _, err := ws.ReadMessage(); err != nil {
			var closed *websocket.CloseError
			if errors.As(err, &closed) {
				return closed.Code, nil
			}
			return 0, err
		}
		if first {
			select {
			case ready <- struct{}{}:
			default:
			}
		}
	}
}

// Every process is restarted, one after another, under load behind proxies that
// look at nothing but /health/ready: no request fails, and every socket is told
// to connect again and can.
func TestRollingRestart(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	apiAt, gatewayAt := f.api.serve(t), f.gateways.serve(t)
	ctx, cancel := context.WithCancel(t.Context())
	var load sync.WaitGroup
	var asked, told atomic.Int64
	for range 4 {
		load.Go(func() {
			for ctx.Err() == nil {
				n := asked.Add(1)
				if status, body, err := f.do(apiAt, "POST", "/v1/holds", order(n)); err != nil || status != http.StatusAccepted {
					t.Errorf("hold %d: %d %s %v", n, status, body, err)
				}
			}
		})
	}
	ready := make(chan struct{}, 1)
	load.Go(func() {
		for ctx.Err() == nil {
			code, err := f.connect(apiAt, gatewayAt, ready)
			if ctx.Err() == nil && (err != nil || code != websocket.CloseServiceRestart) {
				t.Errorf("a socket ended with %d, %v", code, err)
			}
			told.Add(1)
		}
	})
	<-ready
	for _, role := range serve.Roles {
		for i, old := range f.procs[role] {
			f.procs[role][i] = f.start(role)
			f.Must(old.Stop())
		}
	}
	<-ready // it came back
	before := asked.Load()
	for asked.Load() < before+20 { // and so did everybody
		select {
		case <-t.Context().Done():
			t.Fatal("nothing is accepted any more")
		case <-time.After(time.Millisecond):
		}
	}
	cancel()
	for _, p := range f.procs["gateway"] { // ends the socket
		p.Hurry()
		f.Must(p.Stop())
	}
	f.procs["gateway"] = nil
	load.Wait()
	hs, err := f.ListHolds(t.Context(), store.HoldFilter{CustomerID: "lin", Limit: 200})
	f.Must(err)
	if len(hs) == 0 || told.Load() < 2 {
		t.Errorf("%d holds, %d sockets told", len(hs), told.Load())
	}
}

// A process that is told to end says so first, and goes on serving for the time
// of the setting.
func TestNotReadyFirst(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.drain = time.Hour
	p := f.start("api")
	at := "http://" + p.Address
	ended := make(chan error, 1)
	go func() { ended <- p.Stop() }()
	for {
		status, body, err := f.do(at, "GET", "/health/ready", nil)
		f.Must(err)
		if status == http.StatusServiceUnavailable {
			if !strings.Contains(string(body), "stopping") {
				t.Errorf("%s", body)
			}
			break
		}
	}
	if status, body, err := f.do(at, "POST", "/v1/holds", order(1)); err != nil || status != http.StatusAccepted {
		t.Errorf("a hold: %d %s %v", status, body, err)
	}
	res, err := http.Get(at + "/health/alive")
	f.Must(err)
	if _ = res.Body.Close(); res.StatusCode != http.StatusOK || !res.Close {
		t.Errorf("alive: %d; the connection is given back: %v", res.StatusCode, res.Close)
	}
	select {
	case err := <-ended:
		t.Errorf("it ended: %v", err)
	default:
	}
	p.Hurry()
	f.Must(<-ended)
}
