package push

import (
	"context"
	"encoding/base64"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"holdfast/channels"
	"holdfast/channels/channeltest"
	"holdfast/hold"
)

const wakeCanary = "+49301234567"

var (
	oldSecret = "whsec_" + base64.StdEncoding.EncodeToString([]byte("old old old old old old old old!"))
	newSecret = "whsec_" + base64.StdEncoding.EncodeToString([]byte("new new new new new new new new!"))
)

// bank is the bank's wake endpoint; it answers with status and quotes a phone
// number, as providers do.
func bank(t *testing.T, reply func(http.ResponseWriter, *http.Request)) *Channel {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(reply))
	t.Cleanup(server.Close)
	c, err := New(Config{WakeURL: server.URL + "/wake", WakeSecrets: []string{newSecret, oldSecret}, Transport: server.Client().Transport})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func status(t *testing.T, code int) *Channel {
	return bank(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7")
		w.Header().Set("Location", "https://elsewhere.example/"+wakeCanary)
		w.WriteHeader(code)
		_, _ = io.WriteString(w, "cannot reach "+wakeCanary)
	})
}

func delivery(b testBundle, device hold.DeviceID) channels.Delivery {
	return channels.Delivery{ID: "delv_1", Challenge: b.challenge, Device: device}
}

func failing(t *testing.T, b testBundle) []channeltest.Failing {
	closed, err := New(Config{WakeURL: "http://127.0.0.1:1/" + wakeCanary, WakeSecrets: []string{newSecret}})
	if err != nil {
		t.Fatal(err)
	}
	cases := []channeltest.Failing{{Name: "nobody listens", Channel: closed, Class: channels.Retryable}}
	for code, class := range map[int]channels.DeliveryClass{
		302: channels.Permanent, 400: channels.Permanent, 401: channels.Permanent, 404: channels.Permanent, 410: channels.Permanent,
		408: channels.Retryable, 425: channels.Retryable, 429: channels.Throttled, 500: channels.Retryable, 503: channels.Retryable,
	} {
		cases = append(cases, channeltest.Failing{Name: http.StatusText(code), Channel: status(t, code), Class: class})
	}
	for i := range cases {
		cases[i].Delivery = delivery(b, "dev_1")
	}
	return cases
}

func TestWakeSaysWhomAndNothingMore(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var mu sync.Mutex
	seen := map[string][]string{} // webhook-id → bodies
	c := bank(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		for _, secret := range []string{oldSecret, newSecret} { // either secret verifies while rotating
			key, _ := webhooks.NewWebhook(secret)
			if err := key.Verify(body, r.Header); err != nil {
				t.Errorf("signature: %v", err)
			}
		}
		mu.Lock()
		defer mu.Unlock()
		id := r.Header.Get("webhook-id")
		seen[id] = append(seen[id], string(body))
		w.WriteHeader(http.StatusAccepted)
	})
	for _, device := range []hold.DeviceID{"dev_1", "dev_2", "dev_1", "dev_2"} { // a repeat has the same id
		receipt, err := c.Deliver(context.Background(), delivery(b, device))
		if err != nil || receipt.ProviderID != "delv_1" {
			t.Fatalf("%+v, %v", receipt, err)
		}
	}
	if ids := slices.Sorted(maps.Keys(seen)); !slices.Equal(ids, []string{"delv_1:dev_1", "delv_1:dev_2"}) {
		t.Fatalf("ids %q", ids)
	}
	want := `{"challenge_id":"chal_1","customer_id":"maria","device_id":"dev_1"}`
	for _, body := range seen["delv_1:dev_1"] {
		if body != want {
			t.Errorf("body %s", body)
		}
	}
	if n := len(seen["delv_1:dev_2"]); n != 2 {
		t.Errorf("dev_2 was woken %d times by two deliveries", n)
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	w := &waker{now: func() time.Time { return testNow.Time() }}
	for header, want := range map[string]time.Duration{
		"": time.Second, "soon": time.Second, "-5": time.Second, "0": time.Second, "30": 30 * time.Second,
		"999999": maxRetryAfter, "99999999999999999999": time.Second,
		testNow.Add(time.Minute).Time().Format(http.TimeFormat): time.Minute,
		testNow.Add(-time.Hour).Time().Format(http.TimeFormat):  time.Second,
	} {
		if got := w.retryAfter(header); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
}

func TestNoWakeURL(t *testing.T) {
	t.Parallel()
	c, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := c.Deliver(context.Background(), delivery(setup(t), "dev_1")); err != nil || r != (channels.Receipt{}) {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]Config{
		"plain http":    {WakeURL: "http://bank.example/wake", WakeSecrets: []string{newSecret}},
		"credentials":   {WakeURL: "https://user:canary@bank.example/", WakeSecrets: []string{newSecret}},
		"no host":       {WakeURL: "https:///wake", WakeSecrets: []string{newSecret}},
		"no secret":     {WakeURL: "https://bank.example/wake"},
		"three secrets": {WakeURL: "https://bank.example/wake", WakeSecrets: []string{newSecret, oldSecret, newSecret}},
		"short secret":  {WakeURL: "https://bank.example/wake", WakeSecrets: []string{"whsec_Y2FuYXJ5"}},
		"not base64":    {WakeURL: "https://bank.example/wake", WakeSecrets: []string{"whsec_canary!canary!canary!canary!canary!"}},
	} {
		if _, err := New(cfg); err == nil || strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "Y2FuYXJ5") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := New(Config{WakeURL: "https://bank.example/wake", WakeSecrets: []string{newSecret}}); err != nil {
		t.Error(err)
	}
}
