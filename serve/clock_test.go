package serve_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"holdfast/hold"
	"holdfast/serve"
)

// Nobody puts the clock of the product forward: no route, no setting of the
// environment or of the file, no flag that is made from the settings.
func TestClockStandsInTheProduct(t *testing.T) {
	f := newFront(t)
	for _, method := range []string{"GET", "POST", "PUT"} {
		for _, path := range []string{"/clock", "/v1/clock", "/dev/clock"} {
			if a := f.do(method, path, f.key, map[string]string{"advance": "24h"}); a.status != 404 {
				t.Errorf("%s %s: %d %s", method, path, a.status, a.body)
			}
		}
	}
	for _, name := range []string{"now", "clock", "advance", "ahead", "time", "offset"} {
		for _, x := range serve.Settings() {
			if x.Name == name || strings.HasPrefix(x.Name, name+"_") || strings.HasSuffix(x.Name, "_"+name) {
				t.Errorf("%s is a setting", x.Name)
			}
		}
		t.Run(name, func(t *testing.T) {
			t.Setenv("HOLDFAST_"+strings.ToUpper(name), "24h")
			if c, err := serve.Load(""); err == nil || c.Now != nil {
				t.Errorf("HOLDFAST_%s is taken", strings.ToUpper(name))
			}
		})
	}
}

// What is given as the time holds for what the record says and for what ends.
func TestNowIsTheRecordsClock(t *testing.T) {
	t.Parallel()
	at := time.Date(2031, 3, 1, 12, 0, 0, 0, time.UTC)
	f := newFrontWith(t, func(c *serve.Config) { c.Now = func() time.Time { return at } })
	var s struct {
		ExpiresAt hold.Instant `json:"expires_at"`
	}
	a := f.do("POST", "/v1/customers/maria/sessions", f.key, map[string]int{"lifetime": 60})
	if err := json.Unmarshal([]byte(a.body), &s); err != nil || s.ExpiresAt.Time().Sub(at) != time.Minute {
		t.Errorf("%d %s: %v", a.status, a.body, err)
	}
}
