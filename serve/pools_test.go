package serve_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"holdfast/agents/agentstest"
	"holdfast/api"
	"holdfast/hold"
	"holdfast/serve"
	"holdfast/store"
	"holdfast/store/storetest"
)

// What agents ask for stalls in the database, more than has a connection or a
// place: the risk engine's holds are accepted, and customers are served, as if
// nothing were.
func TestStalledAgentsHoldUpNobody(t *testing.T) {
	t.Parallel()
	const conns, asked = 2, 300
	dsn := storetest.PostgresURL(t)
	b := storetest.New(t, dsn)
	b.Clock.Follow(time.Now)
	key, row, err := api.NewKey("bank", api.Scopes)
	b.Must(err)
	b.Must(b.AddKey(t.Context(), row, "test"))
	idp := agentstest.NewIssuer(t)
	p, err := serve.Start(t.Context(), serve.Config{Roles: []string{"api"}, Database: dsn, DatabaseConns: conns, Listen: "127.0.0.1:0",
		PublicURL: publicURL, OIDCIssuer: idp.URL, OIDCAudience: "holdfast", OIDCRoleClaim: "role", OutboundAllow: []string{"127.0.0.0/8"}},
		slog.New(slog.DiscardHandler))
	b.Must(err)
	t.Cleanup(func() { _ = p.Stop() })
	do := func(ctx context.Context, method, path, token, body string) (int, string) {
		r, err := http.NewRequestWithContext(ctx, method, "http://"+p.Address+path, strings.NewReader(body))
		if err != nil {
			return 0, err.Error()
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", store.NewNonce())
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			return 0, err.Error()
		}
		defer res.Body.Close()
		out, _ := io.ReadAll(res.Body)
		return res.StatusCode, string(out)
	}
	ana := idp.Token(t, nil)
	if status, body := do(t.Context(), "GET", "/v1/callbacks/stats", ana, ""); status != 200 {
		t.Fatalf("an agent: %d %s", status, body)
	}
	_, session := do(t.Context(), "POST", "/v1/customers/maria/sessions", key, "{}")
	var ses struct{ Token string }
	b.Must(json.Unmarshal([]byte(session), &ses))

	raw := storetest.Raw(t, dsn)
	stall := raw.MustBegin()
	stall.MustExec(`LOCK TABLE agents IN ACCESS EXCLUSIVE MODE`)
	ctx, cancel := context.WithCancel(t.Context())
	replies := make(chan int, asked)
	for range asked {
		go func() { status, _ := do(ctx, "GET", "/v1/callbacks/stats", ana, ""); replies <- status }()
	}
	if status := <-replies; status != http.StatusServiceUnavailable { // the first who gets no place, or no lock
		t.Errorf("an agent's request: %d", status)
	}
	order, err := json.Marshal(hold.Request{TransactionID: "tx-1", CustomerID: "maria", Kind: hold.KindTransfer,
		Amount: hold.Money{Minor: 1, Currency: "EUR"}, Payee: hold.Payee{Name: "A", Account: "x"}, RequestedAt: b.Clock.Now(),
		Origin: hold.Origin{Channel: "web"}, Risk: hold.Risk{Reasons: []string{"new_payee"}}})
	b.Must(err)
	soon, over := context.WithTimeout(t.Context(), 10*time.Second) // what agents ask for is given up after 15
	defer over()
	for name, ask := range map[string]func() (int, string){
		"a hold":     func() (int, string) { return do(soon, "POST", "/v1/holds", key, string(order)) },
		"the feed":   func() (int, string) { return do(soon, "GET", "/v1/decisions", key, "") },
		"a customer": func() (int, string) { return do(soon, "GET", "/v1/app/challenges", ses.Token, "") },
	} {
		if status, body := ask(); status/100 != 2 {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	cancel()
	b.Must(stall.Rollback())
	for range asked - 1 {
		<-replies
	}
}
