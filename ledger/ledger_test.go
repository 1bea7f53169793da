package ledger_test

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"holdfast/hold"
	"holdfast/ledger"
	"holdfast/outbound"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// Each answer of the ledger is acknowledged, worth another try, or final; and
// each call verifies as a Standard Webhook under the hold's id.
func TestPost(t *testing.T) {
	check, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	s := hold.Settlement{HoldID: "hold_1", TransactionID: "tx-1", Outcome: hold.Release, Reason: hold.ReasonApproved, DecidedAt: 1}
	for name, c := range map[string]struct {
		status int
		body   string
		want   string // ok, again or a refusal's code
	}{
		"200": {200, "", "ok"}, "204": {204, "", "ok"}, "409 same": {409, `{"outcome":"release"}`, "ok"},
		"409 other": {409, `{"outcome":"reverse"}`, "other_outcome"},
		"409 mute":  {409, "", "other_outcome"}, "408": {408, "", "again"}, "425": {425, "", "again"}, "429": {429, "", "again"},
		"500": {500, "", "again"}, "503": {503, "", "again"},
		"400": {400, "", "http_400"}, "401": {401, "", "http_401"}, "403": {403, "", "http_403"}, "404": {404, "", "http_404"},
		"422": {422, "card 4111", "http_422"}, "301": {301, "", "http_301"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				b, _ := io.ReadAll(r.Body)
				if check.Verify(b, r.Header) != nil || r.Header.Get("Idempotency-Key") != "hold_1" || !strings.Contains(string(b),
					`"outcome":"release"`) {
					t.Errorf("call %s %v", b, r.Header)
				}
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			}))
			defer srv.Close()
			l, err := ledger.New(srv.URL, secret, guarded(t))
			if err != nil {
				t.Fatal(err)
			}
			got := "ok"
			var refused *hold.LedgerRefusal
			if err := l.Post(context.Background(), s); errors.As(err, &refused) {
				got = refused.Code
				if passing := c.status == 401 || c.status == 403 || c.status == 404; refused.Passing != passing {
					t.Errorf("passing: %v", refused.Passing)
				}
			} else if err != nil {
				got = "again"
			}
			if got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
	l, err := ledger.New("http://127.0.0.1:1", secret, guarded(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Post(context.Background(), s); err == nil || errors.As(err, new(*hold.LedgerRefusal)) {
		t.Errorf("nobody there: %v", err)
	}
	if _, err := ledger.New("http://x", "plain", guarded(t)); err == nil || strings.Contains(err.Error(), "plain") {
		t.Errorf("a bad secret: %v", err)
	}
}

// guarded may call the machine itself.
func guarded(t *testing.T) *http.Client {
	t.Helper()
	g, err := outbound.New([]string{"127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	return g.Client(ledger.Timeout)
}

// While the secret changes each call is signed with both, so that the ledger may
// check either.
func TestTwoSecrets(t *testing.T) {
	t.Parallel()
	const next = "whsec_bmV4dG5leHRuZXh0bmV4dG5leHRuZXh0"
	for _, checks := range []string{secret, next} {
		check, err := standardwebhooks.NewWebhook(checks)
		if err != nil {
			t.Fatal(err)
		}
		srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			if err := check.Verify(b, r.Header); err != nil {
				t.Errorf("%s: %v", checks, err)
			}
		}))
		t.Cleanup(srv.Close)
		l, err := ledger.New(srv.URL, secret+", "+next, guarded(t))
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Post(t.Context(), hold.Settlement{HoldID: "hold_1"}); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range []string{secret + "," + secret + "," + secret, "", "whsec_", secret + ",", "," + secret, secret + ", whsec_c2hvcnQ="} {
		if _, err := ledger.New("http://x", bad, guarded(t)); err == nil {
			t.Errorf("%q is taken", strings.ReplaceAll(bad, secret, "SECRET"))
		}
	}
}

// A certificate of an authority that nobody named is called that, with the
// setting.
func TestPrivateAuthority(t *testing.T) {
	t.Parallel()
	srv := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(srv.Close)
	g, err := outbound.New([]string{"127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	for _, known := range []bool{false, true} {
		if known {
			g.Roots = x509.NewCertPool()
			g.Roots.AddCert(srv.Certificate())
		}
		l, err := ledger.New(srv.URL, secret, g.Client(ledger.Timeout))
		if err != nil {
			t.Fatal(err)
		}
		err = l.Post(t.Context(), hold.Settlement{HoldID: "hold_1"})
		if known != (err == nil) || err != nil && (!strings.Contains(err.Error(), "ca_file") || !strings.Contains(err.Error(), "ledger_url")) {
			t.Errorf("known %v: %v", known, err)
		}
	}
}

// A ledger that leads inside, and is not named, is never called.
func TestInsideLedger(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was called") }))
	t.Cleanup(srv.Close)
	g, err := outbound.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	l, err := ledger.New(srv.URL, secret, g.Client(ledger.Timeout))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Post(t.Context(), hold.Settlement{HoldID: "hold_1"}); !errors.Is(err, outbound.ErrInside) {
		t.Errorf("%v", err)
	}
}

// A recall is asked for under its own id, and a 409 that names it says that the bank
// has it; everything else is as with settlements.
func TestPostRecall(t *testing.T) {
	t.Parallel()
	check, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"202": {202, "", "ok"}, "409 the same": {409, `{"recall_id":"rcl_1","status":"accepted"}`, "ok"},
		"409 another": {409, `{"recall_id":"rcl_2"}`, "other_recall"}, "409 mute": {409, "", "other_recall"},
		"503": {503, "", "again"}, "422": {422, "DE02120300000000202051", "http_422"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				b, _ := io.ReadAll(r.Body)
				if check.Verify(b, r.Header) != nil || r.Header.Get("Idempotency-Key") != "rcl_1" ||
					!strings.Contains(string(b), `"payment_ids":{"uetr":"u"}`) {
					t.Errorf("call %s %v", b, r.Header)
				}
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			}))
			defer srv.Close()
			l, err := ledger.NewRecalls(srv.URL, secret, guarded(t))
			if err != nil {
				t.Fatal(err)
			}
			got := "ok"
			var refused *hold.LedgerRefusal
			err = l.Post(t.Context(), hold.RecallRequest{RecallID: "rcl_1", PaymentIDs: hold.PaymentIDs{UETR: "u"}})
			if errors.As(err, &refused) {
				got = refused.Code
			} else if err != nil {
				got = "again"
			}
			if got != c.want || err != nil && strings.Contains(err.Error(), "DE02") {
				t.Errorf("%s (%v), want %s", got, err, c.want)
			}
		})
	}
	if _, err := ledger.NewRecalls("http://x", "plain", guarded(t)); err == nil || !strings.Contains(err.Error(), "recall_secret") {
		t.Errorf("a bad secret: %v", err)
	}
}
