package remote_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/counterparties"
	"holdfast/counterparties/remote"
	"holdfast/hold"
	"holdfast/outbound"
	"holdfast/signing"
)

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

var payee = hold.Payee{Name: "Anna Kovacs", Account: "DE02120300000000202051", Country: "DE"}

// service is the bank's, which answers as it is told.
type service struct {
	*httptest.Server
	asked  atomic.Int32
	answer atomic.Value // func(w http.ResponseWriter, r *http.Request)
	body   atomic.Value // of the last question
}

func newService(t *testing.T, answer func(w http.ResponseWriter, r *http.Request)) *service {
	t.Helper()
	keys, err := signing.Read(secret)
	if err != nil {
		t.Fatal(err)
	}
	s := &service{}
	s.answer.Store(answer)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked.Add(1)
		b, _ := io.ReadAll(r.Body)
		s.body.Store(string(b))
		if !keys.Signed(b, r.Header) || r.Method != http.MethodPost {
			t.Errorf("a question is not signed: %s %v", r.Method, r.Header)
		}
		s.answer.Load().(func(http.ResponseWriter, *http.Request))(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func says(text string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
}

// clock is a time that is put forward.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.at }

func (c *clock) forward(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.at = c.at.Add(d) }

func options(t *testing.T, c *clock) remote.Options {
	t.Helper()
	g, err := outbound.New([]string{"127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	return remote.Options{Secrets: []string{secret}, Through: g.Client(remote.Timeout), Keep: 10 * time.Minute, Now: c.now}
}

func source(t *testing.T, s *service) (*remote.Source, *clock) {
	t.Helper()
	c := &clock{at: time.Now()} // that the service checks the signature's time by
	src, err := remote.NewSource("bank", s.URL, options(t, c))
	if err != nil {
		t.Fatal(err)
	}
	return src, c
}

// What the source says of an account is its hits, as its list; an answer that is not as
// described is none, and never "nothing is known".
func TestSource(t *testing.T) {
	t.Parallel()
	const one = `{"ref": "r-1", "category": "mule_confirmed", "strength": "confirmed", "reporters": 2, "to": "2099-01-01T00:00:00Z"}`
	for name, c := range map[string]struct {
		says func(http.ResponseWriter, *http.Request)
		want int // hits; -1: an error
	}{
		"one":                  {says(`{"hits": [` + one + `]}`), 1},
		"none":                 {says(`{"hits": []}`), 0},
		"and more":             {says(`{"hits": [], "took": 3}`), 0},
		"no list":              {says(`{}`), -1},
		"no JSON":              {says(`hits`), -1},
		"half an answer":       {says(`{"hits": [`), -1},
		"a category of theirs": {says(`{"hits": [` + strings.Replace(one, "mule_confirmed", "bad", 1) + `]}`), -1},
		"a strength of theirs": {says(`{"hits": [` + strings.Replace(one, `"confirmed"`, `"sure"`, 1) + `]}`), -1},
		"a good one and a bad": {says(`{"hits": [` + one + `, {}]}`), -1},
		"too long a reference": {says(`{"hits": [` + strings.Replace(one, "r-1", strings.Repeat("r", 49), 1) + `]}`), -1},
		"fifty-one":            {says(`{"hits": [` + one + strings.Repeat(", "+one, 50) + `]}`), -1},
		"too long":             {says(`{"hits": [` + strings.Repeat(" ", 70_000) + `]}`), -1},
		"an error":             {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, -1},
		"no content":           {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, -1},
		"put off": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(202)
			_, _ = io.WriteString(w, `{"hits": []}`)
		}, -1},
		"not found": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }, -1},
		"elsewhere": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/other", http.StatusTemporaryRedirect)
		}, -1},
		"nothing, and for good": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, -1},
		"the head, and then not": {func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "{")
			flush(w)
			<-r.Context().Done()
		}, -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, c.says)
			src, _ := source(t, s)
			hits, err := src.Look(t.Context(), payee)
			switch {
			case c.want < 0 && (err == nil || strings.Contains(err.Error(), payee.Account) || strings.Contains(err.Error(), s.URL)):
				t.Errorf("%v, %v: want an error that names neither account nor address", hits, err)
			case c.want >= 0 && (err != nil || len(hits) != c.want):
				t.Errorf("%v, %v: want %d", hits, err, c.want)
			case c.want == 1 && (hits[0].List != "source:bank" || hits[0].Reporters != 2 || hits[0].To == 0):
				t.Errorf("%+v", hits[0])
			}
			var asked map[string]string
			if err := json.Unmarshal([]byte(s.body.Load().(string)), &asked); err != nil || asked["account"] != payee.Account ||
				asked["country"] != "DE" || len(asked) != 2 {
				t.Errorf("it was asked %v, %v", asked, err)
			}
		})
	}
}

func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }

// An answer is good for a while without asking again, an error is not.
func TestKept(t *testing.T) {
	t.Parallel()
	s := newService(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	src, c := source(t, s)
	look := func(want int32, p hold.Payee) {
		t.Helper()
		_, _ = src.Look(t.Context(), p)
		if got := s.asked.Load(); got != want {
			t.Errorf("asked %d times, want %d", got, want)
		}
	}
	look(1, payee)
	s.answer.Store(says(`{"hits": []}`))
	look(2, payee)
	look(2, payee)
	other := payee
	other.Account = "DE89370400440532013000"
	look(3, other)
	c.forward(4 * time.Minute)
	look(3, payee)
	c.forward(7 * time.Minute)
	s.answer.Store(func(http.ResponseWriter, *http.Request) {})
	look(4, payee)
}

// A service that fails five times in a row is left alone for half a minute; then one call
// tries again.
func TestFuse(t *testing.T) {
	t.Parallel()
	s := newService(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) })
	src, c := source(t, s)
	look := func(want int32) error {
		t.Helper()
		_, err := src.Look(t.Context(), payee)
		if got := s.asked.Load(); got != want {
			t.Errorf("asked %d times, want %d", got, want)
		}
		return err
	}
	for i := range int32(5) {
		_ = look(i + 1)
	}
	for range 3 {
		if err := look(5); err != counterparties.ErrAway { //nolint:errorlint // it is this one
			t.Errorf("%v", err)
		}
	}
	c.forward(31 * time.Second)
	_ = look(6)
	_ = look(6) // the one that tried has failed
	c.forward(31 * time.Second)
	begun, on := make(chan struct{}), make(chan struct{})
	s.answer.Store(func(w http.ResponseWriter, r *http.Request) {
		close(begun)
		<-on
		_, _ = io.WriteString(w, `{"hits": []}`)
	})
	done := make(chan error)
	go func() { _, err := src.Look(context.Background(), payee); done <- err }()
	<-begun
	if err := look(7); err != counterparties.ErrAway { //nolint:errorlint // it is this one
		t.Errorf("while one tries: %v", err)
	}
	close(on)
	if err := <-done; err != nil {
		t.Error(err)
	}
	other := payee
	other.Account = "another"
	s.answer.Store(says(`{"hits": []}`))
	if _, err := src.Look(t.Context(), other); err != nil {
		t.Errorf("once it is back: %v", err)
	}
}

// A question that the service refuses, or answers otherwise than described, does not keep
// others from being asked: a customer could bring that about.
func TestFuseHolds(t *testing.T) {
	t.Parallel()
	status := func(code int) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	for name, c := range map[string]struct {
		says  func(http.ResponseWriter, *http.Request)
		blows bool
	}{
		"400": {status(400), false}, "404": {status(404), false}, "422": {status(422), false}, "204": {status(204), false},
		"no JSON": {says("hits"), false}, "no list": {says("{}"), false},
		"408": {status(408), true}, "425": {status(425), true}, "429": {status(429), true}, "500": {status(500), true},
		"504":                      {status(504), true},
		"a connection that breaks": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, c.says)
			src, _ := source(t, s)
			for range 5 {
				if _, err := src.Look(t.Context(), payee); err == nil || errors.Is(err, counterparties.ErrAway) {
					t.Fatalf("%v", err)
				}
			}
			if _, err := src.Look(t.Context(), payee); errors.Is(err, counterparties.ErrAway) != c.blows {
				t.Errorf("the sixth: %v, want it away: %t", err, c.blows)
			}
		})
	}
}

// No more calls are under way than there are places; who has none is told at once.
func TestPlaces(t *testing.T) {
	t.Parallel()
	begun, on := make(chan struct{}, 99), make(chan struct{})
	s := newService(t, func(w http.ResponseWriter, _ *http.Request) {
		begun <- struct{}{}
		<-on
		_, _ = io.WriteString(w, `{"hits": []}`)
	})
	src, _ := source(t, s)
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() { _, _ = src.Look(context.Background(), hold.Payee{Account: fmt.Sprint("a-", i)}) })
	}
	for range 16 {
		<-begun
	}
	if _, err := src.Look(t.Context(), payee); err != counterparties.ErrAway { //nolint:errorlint // it is this one
		t.Errorf("the seventeenth: %v", err)
	}
	close(on)
	all.Wait()
}

// A name check is its code, and nothing of the owner's name; without an answer it is
// unknown.
func TestNames(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		says string
		want counterparties.NameAnswer
		fine bool
	}{
		"close, with the name": {`{"code": "CMTC", "name": "Anne"}`, counterparties.NameAnswer{Result: hold.NameClose, Code: "CMTC"}, true},
		"match":                {`{"code": "MTCH"}`, counterparties.NameAnswer{Result: hold.NameMatch, Code: "MTCH"}, true},
		"opted out":            {`{"code": "OPTO"}`, counterparties.NameAnswer{Result: hold.NameUnknown, Code: "OPTO"}, true},
		"a code of theirs":     {`{"code": "OK"}`, counterparties.NameAnswer{Result: hold.NameUnknown}, false},
		"no code":              {`{"match": true}`, counterparties.NameAnswer{Result: hold.NameUnknown}, false},
		"no JSON":              {`MTCH`, counterparties.NameAnswer{Result: hold.NameUnknown}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, says(c.says))
			n, err := remote.NewNames(s.URL, options(t, &clock{at: time.Now()}))
			if err != nil {
				t.Fatal(err)
			}
			got, err := n.CheckName(t.Context(), payee)
			if got != c.want || (err == nil) != c.fine {
				t.Errorf("%+v, %v; want %+v", got, err, c.want)
			}
			if asked := s.body.Load().(string); !strings.Contains(asked, `"name":"Anna Kovacs"`) {
				t.Errorf("it was asked %s", asked)
			}
		})
	}
}
