//go:build engine

// Package engine runs docker-compose.yml on a real engine and breaks it.
// scripts/test-compose.sh prepares the images and calls it in a directory that
// has the file and deploy/; it needs root and is no part of make test.
package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/devstack/ledger"
	"holdfast/hold"
)

// services are those that run on; each is killed in its turn.
var services = []string{"database", "api", "gateway", "worker", "relay", "proxy", "temporal-database", "temporal", "temporal-ui"}

// run runs docker and gives what it prints.
func run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("docker", args...).Output()
	if err != nil {
		more := ""
		if e, ok := err.(*exec.ExitError); ok {
			more = string(e.Stderr)
		}
		t.Fatalf("docker %s: %v\n%s%s", strings.Join(args, " "), err, out, more)
	}
	return strings.TrimSpace(string(out))
}

func compose(t *testing.T, args ...string) string {
	t.Helper()
	return run(t, append([]string{"compose"}, args...)...)
}

// containers are the project's running containers by name, with the id and the
// start of each.
func containers(t *testing.T) map[string]string {
	t.Helper()
	got := map[string]string{}
	for id := range strings.FieldsSeq(compose(t, "ps", "-q")) {
		name, state, _ := strings.Cut(run(t, "inspect", "-f", "{{.Name}} {{.Id}} {{.State.StartedAt}}", id), " ")
		got[name] = state
	}
	return got
}

// healthy waits until every service runs, and is healthy if it can say so.
func healthy(t *testing.T, within time.Duration) {
	t.Helper()
	var ill []string
	for start := time.Now(); time.Since(start) < within; time.Sleep(300 * time.Millisecond) {
		ill = nil
		for _, s := range services {
			out, _ := exec.Command("docker", "compose", "ps", "-a", "--format", "{{.State}} {{.Health}}", s).Output()
			state := strings.TrimSpace(string(out))
			if state == "" || strings.Contains(state, "starting") || strings.Contains(state, "unhealthy") || !strings.HasPrefix(state, "running") {
				ill = append(ill, s+": "+state)
			}
		}
		if len(ill) == 0 {
			return
		}
	}
	t.Fatalf("not healthy: %v\n%s", ill, compose(t, "logs", "--tail", "20"))
}

// keys runs the documented command.
func keys(t *testing.T, client, scopes string) string {
	t.Helper()
	out := compose(t, "run", "--rm", "migrate", "keys", "create", "--client", client, "--scope", scopes)
	return strings.TrimSpace(out)
}

// bank is the risk engine and the bank's app server.
type bank struct {
	t          *testing.T
	at         string // the proxy
	risk, apps string // keys
	mu         sync.Mutex
	accepted   []string // transactions whose hold was accepted
	turnedAway int
	over       bool // nothing more is submitted
}

func (b *bank) do(key, method, path string, body, into any, headers ...string) (int, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	r, err := http.NewRequest(method, b.at+path, strings.NewReader(string(text)))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if hr, ok := body.(hold.Request); ok {
		r.Header.Set("Idempotency-Key", hr.TransactionID)
	}
	res, err := (&http.Client{Timeout: 40 * time.Second}).Do(r)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	out, err := io.ReadAll(res.Body)
	if err == nil && into != nil && res.StatusCode < 300 {
		err = json.Unmarshal(out, into)
	}
	return res.StatusCode, err
}

// submit holds a payment; whatever fails is the risk engine's to repeat.
func (b *bank) submit(tx, customer string) (id string) {
	q := hold.Request{TransactionID: tx, CustomerID: hold.CustomerID(customer), Kind: hold.KindTransfer, Amount: hold.Money{Minor: 125000,
		Currency: "EUR"},
		Payee: hold.Payee{Name: "Anna Kovacs", Account: "DE02120300000000202051"}, RequestedAt: hold.At(time.Now()),
		Origin: hold.Origin{Channel: "web"},
		Risk:   hold.Risk{Score: 870, Reasons: []string{"new_payee"}}}
	var h struct{ ID string }
	status, err := b.do(b.risk, "POST", "/v1/holds", q, &h)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil || status != http.StatusAccepted {
		b.turnedAway++
		return ""
	}
	b.accepted = append(b.accepted, tx)
	return h.ID
}

func (b *bank) ended() bool { b.mu.Lock(); defer b.mu.Unlock(); return b.over }

// settled waits until the ledger was told of every accepted hold, once.
func (b *bank) settled(file string, within time.Duration) {
	b.t.Helper()
	var missing []string
	for start := time.Now(); time.Since(start) < within; time.Sleep(500 * time.Millisecond) {
		told := map[string]bool{}
		posted, err := ledger.Postings(context.Background(), file)
		if err != nil {
			b.t.Fatal(err)
		}
		for _, p := range posted {
			told[p.TransactionID] = true
			if p.Conflicts > 0 {
				b.t.Errorf("%s was told twice, differently", p.TransactionID)
			}
		}
		b.mu.Lock()
		missing = slices.DeleteFunc(slices.Clone(b.accepted), func(tx string) bool { return told[tx] })
		b.mu.Unlock()
		if len(missing) == 0 {
			return
		}
	}
	b.t.Fatalf("the ledger was not told of %v", missing)
}

func TestCompose(t *testing.T) {
	start := time.Now()
	step := func(what string) { t.Logf("%5.1f s: %s", time.Since(start).Seconds(), what) }

	compose(t, "up", "-d", "--wait", "--wait-timeout", "150")
	step("up")
	secrets, err := os.ReadDir("deploy/secrets")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range secrets { // who runs reads them, as "up" has shown, and nobody else
		if info, err := s.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v %v", s.Name(), info.Mode(), err)
		}
	}
	book := filepath.Join(t.TempDir(), "ledger")
	if err := os.MkdirAll(book, 0o700); err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	run(t, "run", "-d", "--rm", "--name", "bank-ledger", "--network", "holdfast_default", "--network-alias", "bank-ledger",
		"-v", book+":/book", "-v", here+"/deploy/secrets/ledger_secret:/secret:ro", "standin/ledger", "/book/ledger.db", "/secret")
	t.Cleanup(func() { _ = exec.Command("docker", "rm", "-f", "bank-ledger").Run() })
	file := filepath.Join(book, "ledger.db")

	b := &bank{t: t, at: "http://" + compose(t, "port", "proxy", "8080")}
	b.risk, b.apps = keys(t, "risk-engine", "holds:write,holds:read"),
		keys(t, "bank-app", "customers:write,customers:import,sessions:write,holds:override")
	if !strings.HasPrefix(b.risk, "hf_") {
		t.Fatalf("no key: %s", b.risk)
	}
	step("keys")

	compose(t, "up", "-d", "--wait", "--scale", "gateway=2")
	maria := b.customer("maria")
	second := "http://" + compose(t, "port", "--index", "2", "gateway", "8080")
	id := b.submit("first", "maria")
	if got := maria.once(second, id); got != "accepted" {
		t.Fatalf("answered at the second gateway: %s", got)
	}
	var decided struct{ Status hold.Status }
	if status, err := b.do(b.risk, "GET", "/v1/holds/"+id+"?wait=30s", nil, &decided); err != nil || status != 200 ||
		decided.Status == hold.Held {
		t.Fatalf("the decision: %d %v %v", status, decided, err)
	}
	b.settled(file, 30*time.Second)
	step("a hold answered at the second gateway")

	ctx, cancel := context.WithCancel(t.Context())
	var load sync.WaitGroup
	for i := range 12 { // each asked seldom: a customer is not asked too much at once
		c := b.customer(fmt.Sprintf("load%d", i))
		load.Go(func() { c.keepAnswering(ctx) })
		load.Go(func() {
			for n := 0; !b.ended(); n++ {
				b.submit(fmt.Sprintf("load-%d-%d", i, n), c.id)
				time.Sleep(1500 * time.Millisecond)
			}
		})
	}
	for _, s := range services {
		container := strings.Fields(compose(t, "ps", "-q", s))[0]
		if out, err := exec.Command("kill", "-9", run(t, "inspect", "-f", "{{.State.Pid}}", container)).CombinedOutput(); err != nil {
			t.Fatalf("kill %s: %s", s, out)
		}
		healthy(t, 90*time.Second)
		step(s + " was killed and came back")
	}
	time.Sleep(2 * time.Second) // some more load, with everything there
	cancelLoad := time.Now()
	left := b.settleAll(cancel, &load)
	b.settled(file, 120*time.Second)
	step(fmt.Sprintf("%d holds accepted, %d turned away, %d reversed by the bank because nobody could be asked; the ledger knows all, %.1f "+
		"s after the load",
		len(b.accepted), b.turnedAway, left, time.Since(cancelLoad).Seconds()))
	if len(b.accepted) < 20 {
		t.Errorf("%d holds are no load", len(b.accepted))
	}
	if out := compose(t, "run", "--rm", "migrate", "audit", "verify"); !strings.Contains(out, "0 faults") {
		t.Errorf("audit verify: %s", out)
	}

	before := containers(t)
	compose(t, "up", "-d", "--scale", "gateway=2")
	if after := containers(t); fmt.Sprint(before) != fmt.Sprint(after) {
		t.Errorf("a second up made something anew:\n%v\n%v", before, after)
	}
	step("a second up changed nothing")

	if out, err := exec.Command("sh", "-c",
		`echo "2030-01:$(head -c 32 /dev/urandom | base64)" > deploy/secrets/sms_keys && deploy/secrets.sh`).CombinedOutput(); err != nil {
		t.Fatalf("secrets.sh: %v %s", err, out)
	}
	compose(t, "up", "-d", "--wait", "--scale", "gateway=2")
	if after := containers(t); before["/holdfast-api-1"] == after["/holdfast-api-1"] ||
		before["/holdfast-database-1"] != after["/holdfast-database-1"] {
		t.Errorf("a changed secret: %v\n%v", before, after)
	}
	step("a changed secret made the roles anew")

	compose(t, "down")
	compose(t, "up", "-d", "--wait", "--wait-timeout", "150")
	var kept struct{ Status hold.Status }
	if status, err := b.do(b.risk, "GET", "/v1/holds/"+id, nil, &kept); err != nil || status != 200 || kept.Status != hold.Released {
		t.Errorf("after down and up: %d %v %v", status, kept, err)
	}
	step("down and up, data kept")
}
