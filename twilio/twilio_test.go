package twilio_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"holdfast/twilio"
)

const (
	canary = "+393331234567"
	sid    = "SM0123456789abcdef0123456789abcdef"
)

func account(t *testing.T, handle http.HandlerFunc) *twilio.Account {
	t.Helper()
	s := httptest.NewServer(handle)
	t.Cleanup(s.Close)
	a, err := twilio.New(twilio.Config{AccountSID: "AC" + strings.Repeat("0", 32), AuthToken: strings.Repeat("a", 32), From: "+15005550006",
		URL: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, body)
	}
}

// Every way in which Twilio can fail says what it means, and none says what
// Twilio wrote.
func TestFailures(t *testing.T) {
	t.Parallel()
	refusal := func(code int) string {
		return fmt.Sprintf(`{"code":%d,"message":"The number %s is bad","status":400}`, code, canary)
	}
	cut := func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = c.Close()
		}
	}
	for name, c := range map[string]struct {
		handle http.HandlerFunc
		class  twilio.Class
		code   string
	}{
		"not a number":     {answer(400, refusal(21211)), twilio.Refused, "twilio_21211"},
		"opted out":        {answer(400, refusal(21610)), twilio.Refused, "twilio_21610"},
		"not ours":         {answer(401, `{"code":20003,"status":401}`), twilio.Refused, "twilio_20003"},
		"no JSON":          {answer(404, canary), twilio.Refused, "http_404"},
		"redirected":       {answer(302, `{}`), twilio.Refused, "http_302"},
		"throttled":        {answer(429, refusal(20429)), twilio.Throttled, "twilio_20429"},
		"unavailable":      {answer(503, ""), twilio.NotSent, "http_503"},
		"a fault of its":   {answer(500, refusal(20500)), twilio.Ambiguous, "twilio_20500"},
		"a gateway's":      {answer(502, "<html>"+canary), twilio.Ambiguous, "http_502"},
		"cut":              {cut, twilio.Ambiguous, "network"},
		"accepted in rot":  {answer(201, "{"), twilio.Ambiguous, "http_201"},
		"accepted unnamed": {answer(201, "{}"), twilio.Ambiguous, "sid_missing"},
		"endless":          {answer(201, strings.Repeat(" ", 2<<20)), twilio.Ambiguous, "http_201"},
	} {
		_, err := account(t, c.handle).Send(t.Context(), twilio.Message{To: canary, Body: "x", Callback: "https://a.test/x"})
		var failed *twilio.Error
		if !errors.As(err, &failed) || failed.Class != c.class || failed.Code != c.code {
			t.Errorf("%s: %v, want %s %s", name, err, c.class, c.code)
			continue
		}
		if strings.Contains(err.Error(), canary[1:]) {
			t.Errorf("%s: the error quotes the number", name)
		}
		if c.class == twilio.Throttled && failed.RetryAfter != 7*time.Second {
			t.Errorf("%s: again after %s", name, failed.RetryAfter)
		}
	}
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a, err := twilio.New(twilio.Config{AccountSID: "AC" + strings.Repeat("0", 32), AuthToken: strings.Repeat("a", 32), From: "+15005550006",
		URL: "http://" + l.Addr().String()})
	if err := errors.Join(err, l.Close()); err != nil {
		t.Fatal(err)
	}
	var failed *twilio.Error
	if _, err := a.Send(t.Context(), twilio.Message{To: canary}); !errors.As(err, &failed) || failed.Class != twilio.NotSent {
		t.Errorf("nothing was sent: %v", err)
	}
}

// A caller who gives up is not kept waiting by a slow Twilio.
func TestContextEndsTheCall(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	a := account(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // or the server does not notice who leaves
		cancel()
		<-r.Context().Done()
	})
	var failed *twilio.Error
	if _, err := a.Send(ctx, twilio.Message{To: canary}); !errors.As(err, &failed) || failed.Class != twilio.Ambiguous {
		t.Errorf("%v", err)
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	row := func(id, body string, made time.Time) string {
		return fmt.Sprintf(`{"sid":%q,"body":%q,"date_created":%q}`, id, body, made.Format(time.RFC1123Z))
	}
	a := account(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("To") != canary {
			t.Errorf("asked for %s", r.URL.Query())
		}
		_, _ = fmt.Fprintf(w, `{"messages":[%s,%s,%s,%s]}`, row("SM1", "other", now), row("SM2", "text", now.Add(-time.Hour)),
			row("SM3", "text", now), row("SM4", "text", now))
	})
	if got, err := a.Find(t.Context(), canary, "text", now, []string{"SM3"}); err != nil || got != "SM4" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := a.Find(t.Context(), canary, "text", now, []string{"SM3", "SM4"}); err != nil || got != "" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestSwappedWithin(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	week := 7 * 24 * time.Hour
	for name, c := range map[string]struct {
		reply          string
		swapped, known bool
	}{
		"two days ago":         {`{"last_sim_swap":{"last_sim_swap_date":"2026-02-27T00:00:00Z","swapped_period":"PT24H","swapped_in_period":false}}`, true, true},
		"a month ago":          {`{"last_sim_swap":{"last_sim_swap_date":"2026-01-27T00:00:00Z"}}`, false, true},
		"within a day":         {`{"last_sim_swap":{"last_sim_swap_date":null,"swapped_period":"PT24H","swapped_in_period":true}}`, true, true},
		"not within a day":     {`{"last_sim_swap":{"swapped_period":"PT24H","swapped_in_period":false}}`, false, false},
		"not within ten days":  {`{"last_sim_swap":{"swapped_period":"P10D","swapped_in_period":false}}`, false, true},
		"the network is quiet": {`{"last_sim_swap":null,"error_code":60607}`, false, false},
		"nothing":              {`null`, false, false},
		"no duration":          {`{"last_sim_swap":{"swapped_period":"P1Y","swapped_in_period":false}}`, false, false},
	} {
		a := account(t, answer(200, `{"sim_swap":`+c.reply+`,"line_type_intelligence":{"type":"mobile"}}`))
		l, err := a.Lookup(t.Context(), canary)
		if err != nil || l.Type != "mobile" {
			t.Errorf("%s: %+v, %v", name, l, err)
		}
		if swapped, known := l.SwappedWithin(week, now); swapped != c.swapped || known != c.known {
			t.Errorf("%s: swapped %v, known %v", name, swapped, known)
		}
	}
}

func TestSettingsAreChecked(t *testing.T) {
	t.Parallel()
	good := twilio.Config{AccountSID: "AC" + strings.Repeat("0", 32), AuthToken: strings.Repeat("a", 32), From: "MG" + strings.Repeat("0", 32)}
	if _, err := twilio.New(good); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*twilio.Config){
		"twilio_account_sid": func(c *twilio.Config) { c.AccountSID = "SK1" },
		"twilio_auth_token":  func(c *twilio.Config) { c.AuthToken = "s3cret-with-dash-s3cret" },
		"twilio_from":        func(c *twilio.Config) { c.From = "Nordbank" },
		"twilio_url":         func(c *twilio.Config) { c.URL = "https://a.test/path" },
	} {
		c := good
		change(&c)
		if _, err := twilio.New(c); err == nil || !strings.HasPrefix(err.Error(), want+":") || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// Of 10,000 mutations of a signed webhook not one passes.
func TestMutatedWebhooks(t *testing.T) {
	t.Parallel()
	a := account(t, answer(200, ""))
	const at = "/v1/providers/twilio/reply"
	body := url.Values{"MessageSid": {sid}, "AccountSid": {a.AccountSID}, "From": {canary}, "To": {"+15005550006"}, "Body": {"123456"}}
	signature := twilio.Sign(a.AuthToken, "https://pay.test"+at, body)
	try := func(path, sig, body string) bool {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		u, err := url.ParseRequestURI(path)
		if err != nil {
			return false
		}
		r.URL = u
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Twilio-Signature", sig)
		form, ok := a.Signed("https://pay.test", r, []byte(body))
		if !ok {
			return false
		}
		_, ok = a.Incoming(form)
		return ok
	}
	if !try(at, signature, body.Encode()) {
		t.Fatal("the signed webhook is refused")
	}
	rng := rand.New(rand.NewPCG(5, 6))
	mutate := func(s string) string {
		b := []byte(s)
		i := rng.IntN(len(b))
		switch rng.IntN(4) {
		case 0:
			b[i] ^= 1 << rng.IntN(8)
		case 1:
			b = append(b[:i:i], b[i+1:]...)
		case 2:
			b = append(append(b[:i:i], byte(rng.IntN(256))), b[i:]...)
		case 3:
			b = b[:i]
		}
		return string(b)
	}
	same := func(mutated string) bool { // other bytes for the same parameters
		v, err := url.ParseQuery(mutated)
		return err == nil && v.Encode() == body.Encode()
	}
	for n := 0; n < 10_000; {
		parts := []string{at, signature, body.Encode()}
		i := rng.IntN(3)
		parts[i] = mutate(parts[i])
		if parts[i] == []string{at, signature, body.Encode()}[i] || i == 2 && same(parts[2]) || i == 0 && strings.HasPrefix(parts[0], "//") {
			continue
		}
		n++
		if try(parts[0], parts[1], parts[2]) {
			t.Fatalf("accepted %q", parts)
		}
	}
}
