package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast/api"
	"holdfast/audit"
	"holdfast/cli"
	"holdfast/serve"
	"holdfast/store"
	"holdfast/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

type run struct {
	code      int
	out, errs string
}

func holdfast(in string, args ...string) run {
	var out, errs bytes.Buffer
	code := cli.Main(args, strings.NewReader(in), &out, &errs)
	return run{code, out.String(), errs.String()}
}

func (r run) want(t *testing.T, code int, texts ...string) run {
	t.Helper()
	if r.code != code {
		t.Fatalf("exit code %d, want %d: %s %s", r.code, code, r.out, r.errs)
	}
	for _, text := range texts {
		if !strings.Contains(r.out+r.errs, text) {
			t.Errorf("%q is not said: %s %s", text, r.out, r.errs)
		}
	}
	return r
}

const request = `{"transaction_id":"tx-1","customer_id":"maria","kind":"transfer","amount":{"minor":125000,"currency":"EUR"},"payee":{"name":"Anna Kovacs","account":"DE02120300000000202051"},
	"requested_at":"2026-01-01T12:00:00Z","origin":{"channel":"web"},"risk":{"score":700,"reasons":["new_payee"]}}`

// What is parked is taken up in one call, page by page, and nothing else is.
func TestSettleAllParked(t *testing.T) {
	b := storetest.New(t, storetest.SQLiteURL(t))
	b.Clock.Follow(time.Now)
	key, row, err := api.NewKey("risk", api.Scopes)
	b.Must(err)
	b.Must(b.AddKey(t.Context(), row, "test"))
	p, err := serve.Start(t.Context(), serve.Config{Roles: []string{"api"}, Database: b.URL, Listen: "127.0.0.1:0",
		PublicURL:       "https://holdfast.test",
		TemporalAddress: "127.0.0.1:1", TemporalNamespace: "default"}, slog.New(slog.DiscardHandler))
	b.Must(err)
	defer p.Stop() //nolint:errcheck // the end
	t.Setenv("HOLDFAST_URL", "http://"+p.Address)
	t.Setenv("HOLDFAST_KEY", key)
	const parked = 3
	for range parked {
		id := b.Held(storetest.PushLadder())
		_, _, err := b.Override(t.Context(), id, 1, "client:risk", "r")
		b.Must(err)
		b.Must(b.MarkParked(t.Context(), id, "http_404"))
	}
	b.Held(storetest.PushLadder())
	if out := holdfast("", "holds", "list", "--parked").want(t, 0, "parked").out; strings.Count(out, "hold_") != parked {
		t.Errorf("%s", out)
	}
	holdfast("", "holds", "settle", "--all-parked").want(t, 0, "pending")
	holdfast("", "holds", "list", "--parked").want(t, 0, "No holds.")
}

// An operator's day: migrate, keys, a server, holds, the trail, and a tamperer.
func TestOperator(t *testing.T) {
	url := storetest.EmptySQLiteURL(t)
	t.Setenv("HOLDFAST_DATABASE", url)
	holdfast("", "keys", "list").want(t, 3) // no schema yet
	holdfast("", "migrate").want(t, 0)
	holdfast("", "keys", "list").want(t, 0, "No keys yet")
	holdfast("", "keys", "create", "--client", "risk", "--scope", "fly").want(t, 2, "unknown scope", "holds:write")
	key := strings.TrimSpace(holdfast("", "keys", "create", "--client", "risk", "--scope", "holds:write,holds:read,holds:override",
		"--scope", "outcomes:write").want(t, 0).out)
	var listed []struct {
		ID     string   `json:"id"`
		Scopes []string `json:"scopes"`
	}
	if err := json.Unmarshal([]byte(holdfast("", "keys", "list", "--json").want(t, 0).out), &listed); err != nil || len(listed) != 1 ||
		len(listed[0].Scopes) != 4 {
		t.Fatalf("%v %v", listed, err)
	}
	p, err := serve.Start(t.Context(), serve.Config{Roles: []string{"api"}, Database: url, DatabaseConns: 4, Listen: "127.0.0.1:0",
		PublicURL:       "https://holdfast.test",
		TemporalAddress: "127.0.0.1:1", TemporalNamespace: "default"}, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Stop() //nolint:errcheck // the end
	t.Setenv("HOLDFAST_URL", "http://"+p.Address)
	holdfast("", "health", "--url", "http://"+p.Address).want(t, 0, "ok")
	holdfast("", "holds", "list").want(t, 2, "HOLDFAST_KEY")
	t.Setenv("HOLDFAST_KEY", key)
	holdfast("", "holds", "list").want(t, 0, "No holds.")
	holdfast(request, "holds", "submit", "-").want(t, 1, "customer_unknown", "/customer_id")
	db, err := store.Open(t.Context(), url, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, why, err := db.PutCustomer(context.Background(), store.PutCustomer{ID: "maria", Name: "M", Locale: "en", TimeZone: "UTC",
		Phrase: "p", Actor: "test"}); err != nil || why != "" {
		t.Fatal(err)
	}
	holdfast(request, "holds", "submit", "-").want(t, 0, "EUR 1250.00", "…2051")
	id := holdfast(request, "holds", "submit", "-").want(t, 0).out[:31]
	holdfast("", "holds", "get", id).want(t, 0, "held", "tx-1")
	holdfast("", "holds", "list", "--status", "held").want(t, 0, id)
	holdfast("", "holds", "settle", id).want(t, 1, "settlement_not_parked")
	holdfast("", "holds", "settle").want(t, 2, "--all-parked")
	holdfast("", "holds", "settle", "--all-parked").want(t, 0, "Nothing is parked.")
	holdfast("", "holds", "list", "--parked").want(t, 0, "No holds.")
	holdfast("", "holds", "get", "hold_01ARZ3NDEKTSV4RRFFQ69G5FAV").want(t, 1, "not_found")
	holdfast("", "audit", "verify").want(t, 0, "0 faults")
	holdfast("", "audit", "verify", "--subject", id).want(t, 0, "1 chains, 1 entries")
	verifyExport(t, db, id)
	learn := func(args ...string) run { return holdfast("", append([]string{"holds", "outcome", id}, args...)...) }
	learn("fraud", "--source", "police").want(t, 2, "at")
	learn("fraud", "--source", "police", "--at", "yesterday").want(t, 2, "--at")
	learn("released", "--source", "police", "--at", "2026-03-09T08:30:00Z").want(t, 1, "field_invalid", "/outcome")
	learn("fraud", "--source", "police", "--at", "2020-01-01T00:00:00Z").want(t, 1, "outcome_time_invalid", "/at")
	at := time.Now().UTC().Format("2006-01-02T15:04:05.000Z") // SQLite's clock has milliseconds
	learn("fraud", "--kind", "romance", "--source", "police", "--at", at).want(t, 0, id, "fraud (romance), known by police since 20")
	holdfast("", "holds", "get", id).want(t, 0, "what became of it: fraud (romance)")

	raw := storetest.Raw(t, url)
	for _, q := range []string{`DROP TRIGGER audit_entries_no_update`, `UPDATE audit_entries SET bytes = replace(bytes, 'tx-1', 'tx-2')
		WHERE subject LIKE 'hold_%'`} {
		if _, err := raw.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	holdfast("", "audit", "verify").want(t, 1, id+" entry 1: altered")
	holdfast("", "keys", "revoke", listed[0].ID).want(t, 0, "Revoked")
	holdfast("", "holds", "get", id).want(t, 1, "unauthenticated")
	holdfast("", "keys", "revoke", "key_none").want(t, 1, "no such key")
}

// An export verifies without the database; an altered one does not.
func verifyExport(t *testing.T, db *store.Store, id string) {
	t.Helper()
	chain, head, err := db.Chain(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := audit.Write(&out, id, chain, head); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "trail.ndjson")
	if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	offline := func(in string, args ...string) run {
		url := os.Getenv("HOLDFAST_DATABASE")
		_ = os.Setenv("HOLDFAST_DATABASE", "postgres://nobody@127.0.0.1:1/none")
		defer os.Setenv("HOLDFAST_DATABASE", url) //nolint:errcheck // a test's
		return holdfast(in, append([]string{"audit", "verify"}, args...)...)
	}
	offline("", "--file", file).want(t, 0, id+" ends at entry 1, hash "+head.Hash, "0 faults")
	offline(strings.Replace(out.String(), "tx-1", "tx-2", 1), "--file", "-").want(t, 1, "ends at entry 1", "not as it was exported")
	offline("", "--file", "-").want(t, 1, "empty")
	offline("", "--file", file+".none").want(t, 2, "no such file")
	offline("", "--file", file, "--subject", id).want(t, 2)
}

// A policy's faults come with line and column; an explanation names the rule.
func TestPolicy(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.yaml")
	source, err := os.ReadFile("../examples/demo-policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bad, bytes.Replace(source, []byte("timeout: 12s"), []byte("timeout: soon"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	holdfast("", "policy", "check", "../examples/demo-policy.yaml").want(t, 0, "no faults")
	line := bytes.Count(source[:bytes.Index(source, []byte("timeout: 12s"))], []byte("\n")) + 1
	r := holdfast("", "policy", "check", bad).want(t, 1, "timeout", "what runs is not touched")
	if !strings.Contains(r.out, ":"+strings.TrimSpace(jsonNumber(line))+":") {
		t.Errorf("line %d is not named: %s", line, r.out)
	}
	holdfast("", "policy", "check", filepath.Join(dir, "none.yaml")).want(t, 2)
	holdfast(request, "policy", "explain", "../examples/demo-policy.yaml", "--hold", "-").want(t, 0, "demo")
	holdfast("{", "policy", "explain", "../examples/demo-policy.yaml", "--hold", "-").want(t, 2, "--hold")

	explain := []string{"policy", "explain", "../policy/default.yaml", "--hold", "-"}
	holdfast(request, append(explain, "--signal", "remote_tool=yes")...).want(t, 0, "scenario remote_access (line ",
		"matched: the condition is true", "push with biometric, interview remote_access")
	for _, signal := range []string{"remote_tool=maybe", "camera=yes", "integrity=yes", "remote_tool"} {
		holdfast(request, append(explain, "--signal", signal)...).want(t, 2, "--signal")
	}
	source, err = os.ReadFile("../policy/default.yaml")
	if err != nil {
		t.Fatal(err)
	}
	long := bytes.Replace(source, []byte("code: safe_account"), []byte("code: safe_account\n    wait: 24h"), 1)
	long = bytes.Replace(long, []byte("    wait: 20h\n"), nil, 1)
	if err := os.WriteFile(bad, long, 0o600); err != nil {
		t.Fatal(err)
	}
	holdfast("", "policy", "check", bad).want(t, 1, "scenarios[2].wait: waits 24h, but deadlines.transfer is 24h", "wait at most 20h")
}

func jsonNumber(n int) string { b, _ := json.Marshal(n); return string(b) }

// Every command explains itself; what is wrong is a usage error.
func TestUsage(t *testing.T) {
	for _, c := range []string{"serve", "migrate", "keys create", "keys list", "keys revoke", "holds submit", "holds get", "holds list",
		"holds watch", "holds settle", "holds outcome",
		"policy check", "policy explain", "audit verify", "retire", "health", "completion bash"} {
		holdfast("", append(strings.Fields(c), "--help")...).want(t, 0, "Usage:")
	}
	holdfast("", "completion", "bash").want(t, 0, "holdfast")
	holdfast("", "holds", "fly").want(t, 0, "Available Commands")
	holdfast("", "fly").want(t, 2, "unknown command")
	holdfast("", "serve", "--role", "cook", "--role", "api").want(t, 2, "cook", "public_url", "database")
}

// A process that is stopped lets its long polls come back, and ends in time.
func TestStopWithALongPoll(t *testing.T) {
	url := storetest.SQLiteURL(t)
	t.Setenv("HOLDFAST_DATABASE", url)
	holdfast("", "migrate").want(t, 0)
	key := strings.TrimSpace(holdfast("", "keys", "create", "--client", "risk", "--scope", "holds:read").want(t, 0).out)
	p, err := serve.Start(t.Context(), serve.Config{Roles: []string{"api"}, Database: url, DatabaseConns: 4, Listen: "127.0.0.1:0",
		PublicURL:       "https://holdfast.test",
		TemporalAddress: "127.0.0.1:1", TemporalNamespace: "default"}, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	status := make(chan int, 1)
	go func() {
		req, err := http.NewRequest(http.MethodGet, "http://"+p.Address+"/v1/decisions?wait=60s", nil)
		if err != nil {
			panic(err)
		}
		req.Header.Set("Authorization", "Bearer "+key)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			status <- 0
			return
		}
		_ = res.Body.Close()
		status <- res.StatusCode
	}()
	for !strings.Contains(metricsOf(t, p.Address), "go_goroutines") { // it serves
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
	if got := <-status; got != http.StatusServiceUnavailable && got != 0 { // 0: it had not been let in yet
		t.Errorf("the long poll ended with %d", got)
	}
}

func metricsOf(t *testing.T, address string) string {
	t.Helper()
	res, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
