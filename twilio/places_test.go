package twilio_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"holdfast/twilio"
)

// wire answers every call and notes where it went, and as whom.
type wire struct{ host, user, password string }

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.host = r.URL.Scheme + "://" + r.URL.Host
	w.user, w.password, _ = r.BasicAuth()
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(`{"sid":"SM1"}`)), Request: r}, nil
}

// Calls go to the region's edge by the account's key; Lookups to the one place
// where they are, by a key of their own where the region's is not known there.
func TestPlaces(t *testing.T) {
	t.Parallel()
	sid, token, next := "AC"+strings.Repeat("0", 32), strings.Repeat("a", 32), strings.Repeat("b", 32)
	key, other := twilio.Key{SID: "SK" + strings.Repeat("1", 32), Secret: "s1"}, twilio.Key{SID: "SK" + strings.Repeat("2", 32), Secret: "s2"}
	for name, c := range map[string]struct {
		set          twilio.Config
		api, lookups string // where, and by whom
	}{
		"plain": {twilio.Config{}, "https://api.twilio.com " + sid + " " + token, "https://lookups.twilio.com " + sid + " " + token},
		"two tokens": {twilio.Config{AuthToken: next + "," + token}, "https://api.twilio.com " + sid + " " + next,
			"https://lookups.twilio.com " + sid + " " + next},
		"a key": {twilio.Config{Key: key}, "https://api.twilio.com " + key.SID + " s1", "https://lookups.twilio.com " + key.SID + " s1"},
		"an edge": {twilio.Config{Edge: "dublin"}, "https://api.dublin.us1.twilio.com " + sid + " " + token, "https://lookups.twilio.com " +
			sid + " " + token},
		"a region": {twilio.Config{Key: key, LookupsKey: other, Region: "ie1", Edge: "dublin"}, "https://api.dublin.ie1.twilio.com " +
			key.SID + " s1", "https://lookups.twilio.com " + other.SID + " s2"},
		"a proxy": {twilio.Config{URL: "http://t.test:1"}, "http://t.test:1 " + sid + " " + token, "http://t.test:1 " + sid + " " + token},
		"two proxies": {twilio.Config{URL: "http://t.test", LookupsURL: "http://l.test"}, "http://t.test " + sid + " " + token,
			"http://l.test " + sid + " " + token},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var w wire
			c.set.AccountSID, c.set.From, c.set.Transport = sid, "+15005550006", &w
			if c.set.AuthToken == "" {
				c.set.AuthToken = token
			}
			a, err := twilio.New(c.set)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = a.Call(t.Context(), twilio.Call{To: canary, From: "+15005550006", URL: "https://h.test/", StatusURL: "https://h.test/"})
			if got := w.host + " " + w.user + " " + w.password; got != c.api {
				t.Errorf("the API: %s, want %s", got, c.api)
			}
			_, _ = a.Lookup(t.Context(), canary)
			if got := w.host + " " + w.user + " " + w.password; got != c.lookups {
				t.Errorf("Lookups: %s, want %s", got, c.lookups)
			}
		})
	}
}

// Places and keys that cannot be are refused by the setting's name.
func TestPlacesAreChecked(t *testing.T) {
	t.Parallel()
	good := twilio.Config{AccountSID: "AC" + strings.Repeat("0", 32), AuthToken: strings.Repeat("a", 32), From: "+15005550006"}
	for want, change := range map[string]func(*twilio.Config){
		"twilio_api_key":     func(c *twilio.Config) { c.Key = twilio.Key{SID: "SK1", Secret: "s3cret"} },
		"lookups_api_key":    func(c *twilio.Config) { c.LookupsKey.Secret = "s3cret" },
		"twilio_region":      func(c *twilio.Config) { c.Region = "ie1" },
		"twilio_url":         func(c *twilio.Config) { c.URL, c.Edge = "https://a.test", "dublin" },
		"twilio_lookups_url": func(c *twilio.Config) { c.LookupsURL = "lookups.twilio.com" },
		"twilio_auth_token": func(c *twilio.Config) {
			c.AuthToken = strings.Repeat(strings.Repeat("a", 32)+",", 2) + strings.Repeat("b", 32)
		},
	} {
		c := good
		change(&c)
		if _, err := twilio.New(c); err == nil || !strings.HasPrefix(err.Error(), want+":") || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// While the account's token changes, a webhook may be signed with either.
func TestEitherToken(t *testing.T) {
	t.Parallel()
	old, next := strings.Repeat("a", 32), strings.Repeat("b", 32)
	a, err := twilio.New(twilio.Config{AccountSID: "AC" + strings.Repeat("0", 32), AuthToken: old + "," + next, From: "+15005550006"})
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"Body": {"NO"}}
	for token, want := range map[string]bool{old: true, next: true, old + "," + next: false, strings.Repeat("c", 32): false} {
		r := httptest.NewRequest(http.MethodPost, "/v1/providers/twilio/reply", nil)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Twilio-Signature", twilio.Sign(token, "https://pay.test/v1/providers/twilio/reply", form))
		if _, ok := a.Signed("https://pay.test", r, []byte(form.Encode())); ok != want {
			t.Errorf("%s: %v", token, ok)
		}
	}
}
