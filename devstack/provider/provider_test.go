package provider_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/devstack/provider"
	"holdfast/twilio"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
)

const number = "+393331234567"

var sid, token = "AC" + strings.Repeat("0a", 16), strings.Repeat("b", 32)

// oai finds Twilio's own descriptions, where they are at hand: the directory
// of HOLDFAST_TWILIO_OAI, or beside the project.
func oai(t *testing.T, name string) string {
	t.Helper()
	for _, dir := range []string{os.Getenv("HOLDFAST_TWILIO_OAI"), "../../../shared/data/twilio-oai"} {
		if dir == "" {
			continue
		}
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return filepath.Join(dir, name)
		} else if !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
	return ""
}

// theirs holds requests against Twilio's own descriptions.
func theirs(t *testing.T) func(r *http.Request, body []byte) {
	t.Helper()
	var all []routers.Router
	for _, name := range []string{"twilio_api_v2010.json", "twilio_lookups_v2.json"} {
		path := oai(t, name)
		if path == "" {
			t.Logf("without Twilio's own descriptions: set HOLDFAST_TWILIO_OAI to a copy of github.com/twilio/twilio-oai/spec/json")
			return func(*http.Request, []byte) {}
		}
		doc, err := openapi3.NewLoader().LoadFromFile(path)
		if err != nil {
			t.Fatal(err)
		}
		doc.Servers = nil // our host is another
		for _, item := range doc.Paths.Map() {
			item.Servers = nil
		}
		router, err := legacy.NewRouter(doc, openapi3.DisableExamplesValidation(), openapi3.DisableSchemaPatternValidation(),
			openapi3.AllowExtraSiblingFields("description", "nullable", "x-twilio"))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, router)
	}
	return func(r *http.Request, body []byte) {
		for _, router := range all {
			route, params, err := router.FindRoute(r)
			if err != nil {
				continue
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			err = openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route,
				Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}})
			if err != nil {
				t.Errorf("Twilio's description refuses %s %s: %v", r.Method, r.URL.Path, err)
			}
			return
		}
		t.Errorf("Twilio has no %s %s", r.Method, r.URL.Path)
	}
}

func start(t *testing.T, check func(*http.Request, []byte)) (*provider.Provider, *twilio.Account) {
	t.Helper()
	p, err := provider.Start(provider.Options{AccountSID: sid, AuthToken: token, From: "+15005550006", Check: check})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Stop() })
	a, err := twilio.New(twilio.Config{AccountSID: sid, AuthToken: token, From: "+15005550006", URL: p.URL()})
	if err != nil {
		t.Fatal(err)
	}
	return p, a
}

// Every call that Holdfast makes is as our description says, and as Twilio's
// own do.
func TestCallsAreTwilios(t *testing.T) {
	t.Parallel()
	hooks := make(chan string, 10)
	ours := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		hooks <- r.PostForm.Get("MessageStatus")
	}))
	t.Cleanup(ours.Close)
	p, a := start(t, theirs(t))
	got, err := a.Send(t.Context(), twilio.Message{To: number, Body: "Hello\n@a.test #123456", Callback: ours.URL + "/x", Valid: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	if found, err := a.Find(t.Context(), number, "Hello\n@a.test #123456", time.Now(), nil); err != nil || found != got {
		t.Errorf("found %q, %v", found, err)
	}
	p.SetLine(number, provider.Line{Swapped: time.Now().AddDate(0, 0, -2)})
	line, err := a.Lookup(t.Context(), number)
	if swapped, known := line.SwappedWithin(7*24*time.Hour, time.Now()); err != nil || !swapped || !known || line.Type != "mobile" {
		t.Errorf("%+v, %v", line, err)
	}
	if first, second := <-hooks, <-hooks; first != "sent" || second != "delivered" {
		t.Errorf("told %s, %s", first, second)
	}
	if broken := p.Broken(); len(broken) > 0 {
		t.Errorf("not as described: %v", broken)
	}
	if code := provider.Code(p.Messages(number)[0].Body); code != "123456" {
		t.Errorf("the code is %q", code)
	}
}

// What is not as described, or from another account, is refused.
func TestRefusals(t *testing.T) {
	t.Parallel()
	p, _ := start(t, nil)
	post := func(user, pass string, form url.Values) int {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL()+"/2010-04-01/Accounts/"+sid+"/Messages.json",
			strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth(user, pass)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res.StatusCode
	}
	good := url.Values{"To": {number}, "From": {"+15005550006"}, "Body": {"x"}, "StatusCallback": {"http://127.0.0.1:1/x"},
		"ValidityPeriod": {"60"}, "SmartEncoded": {"false"}}
	if got := post(sid, token, good); got != 201 {
		t.Errorf("good: %d", got)
	}
	if got := post(sid, "wrong", good); got != 401 {
		t.Errorf("wrong token: %d", got)
	}
	bad := url.Values{"To": {"0151 123"}, "Body": {"x"}}
	if got := post(sid, token, bad); got != 400 || len(p.Broken()) != 1 {
		t.Errorf("bad: %d, %v", got, p.Broken())
	}
}

// Each fault does what it says, once for each time.
func TestFaults(t *testing.T) {
	t.Parallel()
	p, a := start(t, nil)
	send := func() error {
		_, err := a.Send(context.Background(), twilio.Message{To: number, Body: "x", Callback: "http://127.0.0.1:1/x"})
		return err
	}
	for kind, want := range map[provider.Kind]struct {
		class twilio.Class
		code  string
		sent  int
	}{
		provider.Throttle: {twilio.Throttled, "twilio_20429", 0}, provider.Broken: {twilio.Ambiguous, "twilio_20500", 0},
		provider.Down:     {twilio.NotSent, "twilio_20503", 0},
		provider.NoNumber: {twilio.Refused, "twilio_21211", 0}, provider.OptedOut: {twilio.Refused, "twilio_21610", 0},
		provider.Cut: {twilio.Ambiguous, "network", 1}, provider.Refused: {twilio.Ambiguous, "network", 0},
	} {
		before := len(p.Messages(number))
		p.Set(provider.Fault{Kind: kind, Times: 1, Delay: 2 * time.Second})
		var failed *twilio.Error
		if err := send(); !errors.As(err, &failed) || failed.Class != want.class || failed.Code != want.code {
			t.Errorf("%s: %v", kind, err)
		}
		if got := len(p.Messages(number)) - before; got != want.sent {
			t.Errorf("%s: %d were sent", kind, got)
		}
		if err := send(); err != nil {
			t.Errorf("after %s: %v", kind, err)
		}
	}
}

// Webhooks come signed, twice, in the wrong order, before the answer, or
// forged, as the fault wants it.
func TestWebhooks(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var told []string
	var a *twilio.Account
	ours := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		form, ok := a.Signed("http://"+r.Host, r, body)
		mu.Lock()
		defer mu.Unlock()
		if !ok {
			told = append(told, "forged")
			w.WriteHeader(http.StatusForbidden)
			return
		}
		s, ok := a.Status(form)
		if in, isReply := a.Incoming(form); isReply {
			told = append(told, "reply "+in.Body)
		} else if ok {
			told = append(told, s.State+s.Code)
		}
	}))
	t.Cleanup(ours.Close)
	p, account := start(t, nil)
	a = account
	for _, c := range []struct {
		fault provider.Fault
		want  string
	}{
		{provider.Fault{}, "sent delivered"},
		{provider.Fault{Wire: provider.Twice}, "sent sent delivered delivered"},
		{provider.Fault{Wire: provider.Reversed}, "delivered sent"},
		{provider.Fault{Wire: provider.Early}, "sent delivered"},
		{provider.Fault{Wire: provider.Forged}, "forged sent forged delivered"},
		{provider.Fault{Wire: provider.Failing}, "sent undeliveredtwilio_30003"},
		{provider.Fault{Wire: provider.Lost}, ""},
	} {
		p.Clear()
		p.Set(c.fault)
		if _, err := a.Send(t.Context(), twilio.Message{To: number, Body: "x", Callback: ours.URL + "/x"}); err != nil {
			t.Fatal(err)
		}
		if c.fault.Wire == provider.Early {
			mu.Lock()
			if len(told) != 2 {
				t.Errorf("early: %v", told)
			}
			mu.Unlock()
		}
		p.Settle()
		mu.Lock()
		if got := strings.Join(told, " "); got != c.want {
			t.Errorf("%s: %q, want %q", c.fault.Wire, got, c.want)
		}
		told = nil
		mu.Unlock()
	}
	p.SetInbound(ours.URL + "/reply")
	if got := p.Reply(number, "NO"); got != 200 {
		t.Errorf("a reply: %d", got)
	}
	if got := p.Forge(number, "123456", "guessed"); got != 403 {
		t.Errorf("a forged reply: %d", got)
	}
	mu.Lock()
	defer mu.Unlock()
	if strings.Join(told, ",") != "reply NO,forged" {
		t.Errorf("%v", told)
	}
}
