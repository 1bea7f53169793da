// Package provider is a fake of the SMS and voice provider and of the phones behind it:
// the few calls of Twilio's that Holdfast makes, held against a description of
// them, webhooks signed as Twilio signs them, and every way of failing that has
// to be tried. It keeps what it has in memory.
package provider

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
)

//go:embed openapi.yaml
var specification []byte

// Options say who the account is. Inbound is where replies are told; it may
// be set later.
type Options struct {
	Listen     string // host:port
	AccountSID string
	AuthToken  string
	From       string
	Inbound    string
	Now        func() time.Time // nil: the machine's
	// Check is shown every request to the API, before it is answered.
	Check func(r *http.Request, body []byte)
}

// Message is a text that somebody was sent.
type Message struct {
	SID      string    `json:"sid"`
	To       string    `json:"to"`
	Body     string    `json:"body"`
	Status   State     `json:"status"`
	At       time.Time `json:"at"`
	callback string
	wire     wire
}

// Line is what the network says of a number. The zero value is a mobile line
// whose SIM was swapped long ago.
type Line struct {
	Type    string    `json:"type,omitempty"`    // mobile, landline, nonFixedVoip, …
	Swapped time.Time `json:"swapped,omitzero"`  // zero: three years ago
	Unknown bool      `json:"unknown,omitempty"` // the network does not tell of SIM swaps
}

// Provider is a running fake.
type Provider struct {
	Options
	router routers.Router
	server *http.Server
	url    string
	client *http.Client

	mu       sync.Mutex
	messages []*Message
	replies  []Written
	rings    []*Ring
	lines    map[string]Line
	optedOut map[string]bool
	faults   []*Fault
	counts   map[string]int
	broken   []string // requests that were not as described
	version  int      // of everything that the phones show
	news     chan struct{}
	calls    sync.WaitGroup // webhooks under way
	stop     context.CancelFunc
	stopped  context.Context
}

// Start starts a provider.
func Start(o Options) (*Provider, error) {
	doc, err := openapi3.NewLoader().LoadFromData(specification)
	if err != nil {
		return nil, err
	}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, fmt.Errorf("the fake provider: %w", err)
	}
	p := &Provider{Options: o, router: router, url: "http://" + l.Addr().String(), lines: map[string]Line{}, optedOut: map[string]bool{},
		counts: map[string]int{},
		news:   make(chan struct{}), client: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 16}}}
	p.stopped, p.stop = context.WithCancel(context.Background())
	mux := http.NewServeMux()
	mux.HandleFunc("POST /2010-04-01/Accounts/{account}/Messages.json", p.described(p.create))
	mux.HandleFunc("GET /2010-04-01/Accounts/{account}/Messages.json", p.described(p.list))
	mux.HandleFunc("POST /2010-04-01/Accounts/{account}/Calls.json", p.described(p.createCall))
	mux.HandleFunc("GET /2010-04-01/Accounts/{account}/Calls.json", p.described(p.listCalls))
	mux.HandleFunc("GET /2010-04-01/Accounts/{account}/Calls/{call}", p.described(p.fetchCall))
	mux.HandleFunc("POST /2010-04-01/Accounts/{account}/Calls/{call}", p.described(p.updateCall))
	mux.HandleFunc("GET /v2/PhoneNumbers/{number}", p.described(p.lookup))
	p.phones(mux)
	p.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = p.server.Serve(l) }()
	return p, nil
}

// URL is where it listens.
func (p *Provider) URL() string { return p.url }

// SetInbound says where replies are told from now on.
func (p *Provider) SetInbound(url string) { p.mu.Lock(); defer p.mu.Unlock(); p.Inbound = url }

// Stop ends it; webhooks under way are cut off.
func (p *Provider) Stop() error {
	p.stop()
	err := p.server.Close()
	p.calls.Wait()
	p.client.CloseIdleConnections()
	return err
}

// Settle waits until no webhook is under way.
func (p *Provider) Settle() { p.calls.Wait() }

// described refuses a request that is not as the description says.
func (p *Provider) described(handle func(http.ResponseWriter, *http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := readBody(r)
		if err == nil && p.Check != nil {
			p.Check(r, body)
		}
		if err == nil {
			err = p.valid(r, body)
		}
		user, pass, _ := r.BasicAuth()
		switch {
		case err != nil:
			p.mu.Lock()
			p.broken = append(p.broken, r.Method+" "+r.URL.Path+": "+err.Error())
			p.mu.Unlock()
			refuse(w, http.StatusBadRequest, 20001)
		case user != p.AccountSID || pass != p.AuthToken || strings.HasPrefix(r.URL.Path, "/2010") && r.PathValue("account") != p.AccountSID:
			refuse(w, http.StatusUnauthorized, 20003)
		default:
			restore(r, body)
			handle(w, r)
		}
	}
}

func (p *Provider) valid(r *http.Request, body []byte) error {
	route, params, err := p.router.FindRoute(r)
	if err != nil {
		return err
	}
	restore(r, body)
	return openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: func(context.Context, *openapi3filter.AuthenticationInput) error {
			if _, _, ok := r.BasicAuth(); !ok {
				return errors.New("no basic authentication")
			}
			return nil
		}}})
}

// Broken are the requests that were not as described.
func (p *Provider) Broken() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.broken...)
}

// Counts are what happened, by name: messages, refused, lists, lookups,
// webhooks_204, ….
func (p *Provider) Counts() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := map[string]int{}
	for k, n := range p.counts {
		out[k] = n
	}
	return out
}

func (p *Provider) count(what string) { p.mu.Lock(); defer p.mu.Unlock(); p.counts[what]++ }

// Messages are a number's texts, the oldest first; of every number for "".
func (p *Provider) Messages(number string) []Message {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.of(number)
}

func (p *Provider) of(number string) (out []Message) {
	for _, m := range p.messages {
		if number == "" || m.To == number {
			out = append(out, *m)
		}
	}
	return out
}

// Await waits until a number has more than n texts and gives those after the
// first n.
func (p *Provider) Await(ctx context.Context, number string, n int) ([]Message, error) {
	for {
		p.mu.Lock()
		got, news := p.of(number), p.news
		p.mu.Unlock()
		if len(got) > n {
			return got[n:], nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-p.stopped.Done():
			return nil, errors.New("the fake provider has stopped")
		}
	}
}

// SetLine says what Lookups tells of a number.
func (p *Provider) SetLine(number string, l Line) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lines[number] = l
	p.changed()
}

// keep keeps a message and tells who waits.
func (p *Provider) keep(m *Message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.messages = append(p.messages, m)
	p.counts["messages"]++
	p.changed()
}

// changed tells who waits. The lock is held.
func (p *Provider) changed() {
	p.version++
	close(p.news)
	p.news = make(chan struct{})
}

func newSID(prefix string) string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	return prefix + hex.EncodeToString(b)
}
