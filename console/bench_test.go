package console_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/agents"
	"holdfast/console"
	"holdfast/store"
	"holdfast/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// bench is a console with a provider, an API that answers who asks, and a
// browser.
type bench struct {
	*browser
	store *storetest.Bundle
	idp   *idp
	log   *journal
	stop  chan struct{} // ends the API's streams
	verif *agents.Verifier
	set   console.Config // scopes, parameters and which token
}

func newBench(t *testing.T, b *storetest.Bundle) *bench {
	t.Helper()
	now := func() time.Time { return b.Clock.Now().Time() }
	x := &bench{store: b, idp: newIDP(t, now), log: &journal{}, stop: make(chan struct{})}
	var err error
	x.verif, err = agents.New(agents.Config{Issuer: x.idp.URL, Audience: "holdfast", RoleClaim: "role", Now: now,
		Client: &http.Client{Timeout: 5 * time.Second}})
	b.Must(err)
	x.browser = x.process(b.Store)
	x.idp.redirect = x.url + "/console/callback"
	return x
}

func sqliteBench(t *testing.T) *bench {
	t.Helper()
	return newBench(t, storetest.New(t, storetest.SQLiteURL(t)))
}

// process starts a process of the console, with a browser at it.
func (x *bench) process(s *store.Store) *browser { return x.start(s, clientID) }

// unconfigured is a process without a provider.
func (x *bench) unconfigured() *browser { return x.start(x.store.Store, "") }

func (x *bench) start(s *store.Store, id string) *browser {
	t := x.store.T
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	at := "http://" + server.Listener.Addr().String()
	public := at
	if x.browser != nil {
		public = x.url // they are one Holdfast
	}
	c, err := console.New(console.Config{Store: s, Bus: s.Bus, ClientID: id, ClientSecret: clientSecret, PublicURL: public,
		Scopes: x.set.Scopes, Parameters: x.set.Parameters, UseIDToken: x.set.UseIDToken,
		Agents: x.verif, API: http.HandlerFunc(x.api), Refuse: refuse,
		Count: func(string) {}, Log: slog.New(slog.NewTextHandler(x.log, nil))})
	x.store.Must(err)
	server.Config.Handler = c
	server.Start()
	t.Cleanup(server.Close)
	return &browser{t: t, url: at, origin: public, cookies: map[string]string{}}
}

// journal is a log that tests read.
type journal struct {
	mu sync.Mutex
	bytes.Buffer
}

func (l *journal) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.Write(b)
}

func refuse(w http.ResponseWriter, status int, code, _ string) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"code": code})
}

// api answers what it was asked, by whom.
func (x *bench) api(w http.ResponseWriter, r *http.Request) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	who, err := x.verif.Verify(r.Context(), token)
	if err != nil {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if r.URL.Path == "/v1/callbacks/events" {
		_, _ = io.WriteString(w, "data: first\n\n")
		_ = http.NewResponseController(w).Flush()
		select {
		case <-r.Context().Done():
		case <-x.stop:
		}
		return
	}
	body, _ := io.ReadAll(r.Body)
	_ = json.NewEncoder(w).Encode(map[string]any{"sub": who.Sub, "method": r.Method, "at": r.URL.RequestURI(),
		"cookie": r.Header.Get("Cookie"), "csrf": r.Header.Get("Holdfast-CSRF"), "body": string(body)})
}

// browser is one, as far as cookies go.
type browser struct {
	t           testing.TB
	url, origin string
	cookies     map[string]string
	csrf        string
}

type reply struct {
	*http.Response
	body []byte
}

func (p reply) json(t testing.TB) (v map[string]any) {
	t.Helper()
	if err := json.Unmarshal(p.body, &v); err != nil {
		t.Fatalf("%s: %s", p.Status, p.body)
	}
	return v
}

var direct = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Transport: &http.Transport{MaxIdleConnsPerHost: 40}}

// do asks as the console's page does. Headers are name and value in turn; an
// empty value leaves one out.
func (b *browser) do(method, at, body string, headers ...string) reply {
	b.t.Helper()
	r, err := http.NewRequest(method, at, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if method != http.MethodGet {
		r.Header.Set("Origin", b.origin)
		r.Header.Set("Holdfast-CSRF", b.csrf)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
		}
	}
	res, err := direct.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	for _, c := range res.Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	got, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return reply{res, got}
}

func (b *browser) get(path string, headers ...string) reply {
	b.t.Helper()
	return b.do(http.MethodGet, b.url+path, "", headers...)
}

func (b *browser) post(path, body string, headers ...string) reply {
	b.t.Helper()
	return b.do(http.MethodPost, b.url+path, body, headers...)
}

// status asks and compares.
func (b *browser) status(what string, r reply, want int, code string) {
	b.t.Helper()
	if r.StatusCode != want || !strings.Contains(string(r.body), code) {
		b.t.Errorf("%s: got %s %s, want %d %s", what, r.Status, r.body, want, code)
	}
}

// begin goes to the provider and gives where that sends the browser back to.
func (b *browser) begin(query string) *url.URL {
	b.t.Helper()
	asked := b.get("/console/signin" + query)
	if asked.StatusCode != http.StatusFound {
		b.t.Fatalf("signin: %s %s", asked.Status, asked.body)
	}
	res, err := direct.Get(asked.Header.Get("Location"))
	if err != nil {
		b.t.Fatal(err)
	}
	_ = res.Body.Close()
	back, err := res.Location()
	if err != nil {
		b.t.Fatal(err)
	}
	return back
}

// end comes back from the provider.
func (b *browser) end(back *url.URL) reply {
	b.t.Helper()
	return b.get(back.RequestURI(), "Sec-Fetch-Site", "cross-site")
}

// signIn signs in and learns the CSRF token.
func (b *browser) signIn() {
	b.t.Helper()
	b.status("callback", b.end(b.begin("?return=/console/queue&hint=ana")), http.StatusOK, "")
	s := b.get("/console/session")
	if s.StatusCode != http.StatusOK {
		b.t.Fatalf("session: %s %s", s.Status, s.body)
	}
	b.csrf, _ = s.json(b.t)["csrf"].(string)
}
