package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"holdfast/api/client"
	"holdfast/channels/push"
	"holdfast/devstack/drill"
	"holdfast/devstack/phone"
	"holdfast/devstack/provider"
	"holdfast/devstack/stack"
	"holdfast/hold"
	"holdfast/serve"
	"holdfast/store"
	"holdfast/store/storetest"
)

// policyFile asks nothing before paying; demoFile is what the demo plays.
const (
	policyFile = "testdata/policy.yaml"
	demoFile   = "../../examples/demo-policy.yaml"
)

// TestMain is also the stack that the drill kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv("HOLDFAST_E2E_STACK"); dir != "" {
		if err := runChild(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := storetest.Main(m)
	closeBrowser()
	if missing := unseen(); code == 0 && len(missing) > 0 {
		fmt.Fprintf(os.Stderr, "FAIL: %d states are listed and have no picture:\n%s\n", len(missing), strings.Join(missing, "\n"))
		code = 1
	}
	os.Exit(code)
}

func childOptions(dir string) stack.Options {
	logs, err := os.OpenFile(filepath.Join(dir, "log.json"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	return stack.Options{Dir: dir, UIPort: -1, PolicyFile: policyFile, OfflineWait: 3 * time.Second, LedgerLoses: 0.1,
		Seed: uint64(time.Now().UnixNano()),
		Log:  serve.Log(logs, slog.LevelInfo)}
}

func runChild(dir string) error {
	provider := os.Getenv("HOLDFAST_E2E_PROVIDER")
	o := childOptions(dir)
	o.Provider, o.ProviderKey = provider, os.Getenv("HOLDFAST_E2E_PROVIDER_KEY")
	for _, name := range os.Environ() { // ours are no settings
		if name, _, _ := strings.Cut(name, "="); strings.HasPrefix(name, "HOLDFAST_") {
			_ = os.Unsetenv(name)
		}
	}
	if provider != "" {
		o.PolicyFile = filepath.Join(dir, "policy.yaml")
	}
	again(&o)
	if _, err := stack.Start(context.Background(), o); err != nil {
		return err
	}
	fmt.Println("ready")
	select {}
}

// again gives a stack the addresses that it had before.
func again(o *stack.Options) {
	c, err := stack.Read(o.Dir)
	if err != nil {
		return // it is new
	}
	_, _ = fmt.Sscanf(c.URL, "http://127.0.0.1:%d", &o.Port)
	_, _ = fmt.Sscanf(c.Temporal, "127.0.0.1:%d", &o.TemporalPort)
	_, _ = fmt.Sscanf(c.Issuer, "http://127.0.0.1:%d", &o.IssuerPort)
	if o.Provider == "" {
		_, _ = fmt.Sscanf(c.Provider, "http://127.0.0.1:%d", &o.ProviderPort)
	}
}

// A drill over a stack that is killed twenty times at random moments: every
// hold is decided, once, within 60 s of the last restart; nothing acknowledged
// is lost; the ledger and the trail agree.
func TestKilledDrill(t *testing.T) {
	t.Parallel()
	const kills, holds, rate = 20, 150, 3.0
	dir := t.TempDir()
	policy, err := os.ReadFile(demoFile)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "policy.yaml"), policy, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	texts, env := outlivingProvider(t)
	child := startChild(t, dir, env...)
	defer func() { _ = child.Process.Kill(); _ = child.Wait() }()
	coords, err := stack.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	texts.SetInbound(coords.URL + stack.InboundPath)
	var csv bytes.Buffer
	if err := drill.Generate(&csv, holds*5/3, 3); err != nil {
		t.Fatal(err)
	}
	input := filepath.Join(dir, "payments.csv")
	if err := os.WriteFile(input, csv.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	payments, err := drill.Read(input, "holdfast")
	if err != nil {
		t.Fatal(err)
	}
	type outcome struct {
		report *drill.Report
		err    error
	}
	began, killed := make(chan struct{}), make(chan struct{})
	var once sync.Once
	done := make(chan outcome, 1)
	go func() {
		r, err := drill.Run(context.Background(), drill.Config{Coordinates: coords, Payments: payments, Mix: drill.DefaultMix(), Seed: 3,
			Rate: rate, Ring: 12, Patience: 3 * time.Minute,
			Progress: func(n, of int, what string) {
				switch {
				case what == "holds submitted":
					once.Do(func() { close(began) })
				case what == "holds decided" && n == of: // the check is of what stands after the last kill
					<-killed
				}
			}})
		done <- outcome{r, err}
	}()
	select {
	case <-began:
	case o := <-done:
		t.Fatal(o.err)
	}
	dice := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	for range kills {
		alive := time.NewTimer(time.Duration(300+dice.IntN(2000)) * time.Millisecond)
		<-alive.C // the random moment
		_ = child.Process.Kill()
		_ = child.Wait()
		child = startChild(t, dir, env...)
	}
	last := time.Now()
	close(killed)
	o := <-done
	if o.err != nil {
		t.Fatal(o.err)
	}
	took := time.Since(last)
	if took > time.Minute+30*time.Second { // the check itself takes a while
		t.Errorf("it took %s after the last restart", took)
	}
	var text bytes.Buffer
	o.report.Write(&text)
	t.Logf("%d kills, over %s after the last\n%s", kills, took.Round(time.Second), &text)
	if o.report.Broken() {
		t.Error("an invariant is broken")
	}
}

// outlivingProvider is a fake provider that a stack's death does not touch, with
// the environment that a stack finds it by.
func outlivingProvider(t *testing.T) (*provider.Provider, []string) {
	t.Helper()
	p, err := provider.Start(provider.Options{AccountSID: stack.AccountSID, AuthToken: stack.NewProviderKey(), From: stack.Sender})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Stop() })
	return p, []string{"HOLDFAST_E2E_PROVIDER=" + p.URL(), "HOLDFAST_E2E_PROVIDER_KEY=" + p.AuthToken}
}

func startChild(t *testing.T, dir string, env ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(append(os.Environ(), "HOLDFAST_E2E_STACK="+dir), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, len("ready\n"))); err != nil {
		t.Fatalf("the stack did not start: %v", err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return cmd
}

// customer is a registered customer with a device and a session.
type customer struct {
	id     hold.CustomerID
	signer push.Signer
	token  string
}

func register(t *testing.T, s *stack.Stack, bank *stack.Bank, id hold.CustomerID) customer {
	t.Helper()
	d := []stack.Device{stack.NewDevice("phone")}
	if err := bank.PutPerson(t.Context(), stack.Person{ID: id, Name: "Customer", Phrase: "steady lamp", Since: time.Now().AddDate(-1, 0, 0),
		Devices: d}); err != nil {
		t.Fatal(err)
	}
	token, err := bank.Session(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return customer{id, push.Signer{Device: d[0].ID, Key: d[0].Key, Audience: s.URL}, token}
}

func submit(t *testing.T, bank *stack.Bank, tx string, who hold.CustomerID) client.Hold {
	t.Helper()
	return submitUntil(t, bank, tx, who, 0)
}

// submitUntil is submit with a deadline; 0: the policy's. Who is told that there is no
// room comes again, as risk engines do.
func submitUntil(t *testing.T, bank *stack.Bank, tx string, who hold.CustomerID, deadline hold.Instant) client.Hold {
	t.Helper()
	body, err := json.Marshal(hold.Request{TransactionID: tx, CustomerID: who, Kind: hold.KindTransfer, Amount: hold.Money{Minor: 1000,
		Currency: "EUR"},
		Payee: hold.Payee{Name: "Anna Kovacs", Account: "DE02120300000000202051"}, RequestedAt: hold.At(time.Now()),
		Origin: hold.Origin{Channel: "web"}, Deadline: deadline,
		Risk: hold.Risk{Score: 700, Reasons: []string{"new_payee"}}})
	if err != nil {
		t.Fatal(err)
	}
	var h client.Hold
	until(t, "room for a hold", func() bool {
		res, err := bank.SubmitHoldWithBody(t.Context(), &client.SubmitHoldParams{IdempotencyKey: tx}, "application/json", bytes.NewReader(body))
		if err == nil && res.StatusCode == http.StatusServiceUnavailable {
			_ = res.Body.Close()
			return false
		}
		if err := stack.Reply(res, err, &h); err != nil {
			t.Fatal(err)
		}
		return true
	})
	return h
}

func (c customer) call(t *testing.T, s *stack.Stack, method, path string, body, into any) error {
	t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	return stack.Reply(res, err, into)
}

// While Temporal is away, 200 holds and 200 answers are acknowledged; after its
// return every hold is decided and no acknowledged answer is lost.
func TestTemporalAway(t *testing.T) {
	t.Parallel()
	const n, people = 200, 50
	dir := t.TempDir()
	o := childOptions(dir)
	o.LedgerLoses = 0
	o.PolicyFile = filepath.Join(dir, "policy.yaml")
	source, err := os.ReadFile(policyFile)
	if err != nil {
		t.Fatal(err)
	}
	source = bytes.ReplaceAll(source, []byte("transfer: 20s"), []byte("transfer: 10m")) // what is answered waits, however slow we are
	source = bytes.ReplaceAll(source, []byte("timeout: 6s"), []byte("timeout: 9m"))
	if err := os.WriteFile(o.PolicyFile, source, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := stack.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Stop() }()
	bank, err := stack.NewBank(s.URL, s.Key)
	if err != nil {
		t.Fatal(err)
	}
	var who []customer
	for i := range people {
		who = append(who, register(t, s, bank, hold.CustomerID(fmt.Sprintf("c%d", i))))
	}
	for i := range n {
		submit(t, bank, fmt.Sprintf("before-%d", i), who[i%people].id)
	}
	shown := make([]client.AppChallengeList, people)
	until(t, "200 open challenges", func() bool {
		total := 0
		for i, c := range who {
			if err := c.call(t, s, "GET", "/v1/app/challenges", nil, &shown[i]); err != nil {
				return false // above the customers' rate
			}
			total += len(shown[i].Challenges)
		}
		return total >= n
	})
	s.StopTemporal()
	answered := map[hold.ID]bool{}
	for i, c := range who {
		for _, ch := range shown[i].Challenges {
			proof, err := c.signer.SignAnswer(ch.ID, ch.Nonce, phone.Digest(ch.Document), hold.Approve, hold.UVPIN, hold.At(time.Now()))
			if err != nil {
				t.Fatal(err)
			}
			if answered[ch.HoldID] {
				continue // asked again by the next rung
			}
			if err := c.call(t, s, "POST", "/v1/app/challenges/"+string(ch.ID)+"/answer", client.AnswerRequest{Proof: proof}, nil); err != nil {
				t.Fatalf("answering without Temporal: %v", err)
			}
			answered[ch.HoldID] = true
		}
	}
	var later []hold.ID
	for i := range n {
		tx := fmt.Sprintf("during-%d", i)
		later = append(later, submitUntil(t, bank, tx, who[i%people].id, hold.At(time.Now().Add(20*time.Second))).Id)
		if i > 0 {
			continue
		}
		var asked client.Hold
		res, err := bank.GetHold(t.Context(), later[0], &client.GetHoldParams{})
		if err := stack.Reply(res, err, &asked); err != nil || len(asked.Challenges) != 1 {
			t.Errorf("%d questions are out without Temporal, %v", len(asked.Challenges), err)
		}
	}
	if len(answered) != n {
		t.Fatalf("%d answers were acknowledged", len(answered))
	}
	if err := s.StartTemporal(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), s.Database, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for id := range answered {
		var h hold.Hold
		until(t, "an answered hold", func() bool { h, err = db.Hold(t.Context(), id); return err == nil && h.Status.Settled() })
		if h.Decision.Outcome != hold.Release {
			t.Errorf("%s: an acknowledged approval was lost: %s", id, h.Decision.Reason)
		}
	}
	for _, id := range later {
		var h hold.Hold
		until(t, "a hold from the outage", func() bool { h, err = db.Hold(t.Context(), id); return err == nil && h.Status.Settled() })
		if h.Decision.Outcome != hold.Reverse {
			t.Errorf("%s was released by nobody", id)
		}
	}
}

// What must not leak does not: into the log, Temporal's database, the metrics
// and the bodies of errors; nor do codes and numbers into our own, but for the
// one column of numbers.
func TestCanaries(t *testing.T) {
	t.Parallel()
	const account, number, phrase, payee = "DE75512108001245126199", "+4915799988877", "violet zeppelin seven", "Quirin Zauberfuchs"
	dir := t.TempDir()
	o := childOptions(dir)
	o.CodeDigits = 8
	s, err := stack.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Stop() }()
	bank, err := stack.NewBank(s.URL, s.Key)
	if err != nil {
		t.Fatal(err)
	}
	c := register(t, s, bank, "maria")
	code, texted := textedCode(t, s, bank)
	put := fmt.Sprintf(`{"name":"Maria","locale":"en","time_zone":"Europe/Berlin","phrase":%q,"phones":[{"number":%q}]}`, phrase, number)
	res, err := bank.PutCustomerWithBody(t.Context(), "maria", "application/json", strings.NewReader(put))
	if err := stack.Reply(res, err, nil); err != nil {
		t.Fatal(err)
	}
	var errorBodies bytes.Buffer
	post := func(key, body string) {
		res, err := bank.SubmitHoldWithBody(t.Context(), &client.SubmitHoldParams{IdempotencyKey: key}, "application/json",
			strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, _ := io.ReadAll(res.Body)
		if res.StatusCode >= 400 {
			errorBodies.Write(b)
		}
	}
	good := fmt.Sprintf(`{"transaction_id":"tx-1","customer_id":"maria","kind":"transfer","amount":{"minor":1000,"currency":"EUR"},"payee":{"name":%q,"account":%q},
		"requested_at":"2026-01-01T12:00:00Z","origin":{"channel":"web"},"risk":{"score":700,"reasons":["new_payee"]}}`, payee, account)
	post("k1", good)
	post("k2", good)
	post("k3", strings.Replace(good, `"EUR"`, `"`+account+`"`, 1))
	post("k4", strings.Replace(good, `"kind"`, `"`+number+`":1,"kind"`, 1))
	post("k5", strings.Replace(good, `"maria"`, `"`+account+`"`, 1))
	ph, err := phone.Connect(t.Context(), s.URL, c.token, c.signer)
	if err != nil {
		t.Fatal(err)
	}
	defer ph.Close()
	for answered := false; !answered; {
		m, err := ph.Next()
		if err != nil {
			t.Fatal(err)
		}
		switch m.Type {
		case "challenge":
			if err := ph.Answer(*m.Challenge, hold.Approve, ""); err != nil {
				t.Fatal(err)
			}
		case "outcome":
			answered = true
		}
	}
	metrics, err := http.Get(s.URL + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer metrics.Body.Close()
	text, _ := io.ReadAll(metrics.Body)
	found := map[string][]byte{"the metrics": text, "the bodies of errors": errorBodies.Bytes()}
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && (strings.Contains(path, "/temporal/") || strings.HasSuffix(path, "log.json")) && !e.IsDir() {
			found[filepath.Base(path)], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil || len(found["temporal.db"]) == 0 || len(text) == 0 || errorBodies.Len() == 0 {
		t.Fatalf("nothing to look at: %v", err)
	}
	for where, b := range found {
		for what, canary := range map[string]string{"account": account, "phone number": number, "phrase": phrase, "payee": payee,
			"API key": s.Key, "token": c.token,
			"phone number without its plus": number[1:]} {
			if bytes.Contains(b, []byte(canary)) {
				t.Errorf("%s has the %s", where, what)
			}
		}
		if code.Match(b) || bytes.Contains(b, []byte(texted[1:])) {
			t.Errorf("%s has a code or the number it went to", where)
		}
	}
	cells := 0
	everyCell(t, s.Database, func(column string, cell []byte) {
		cells++
		if code.Match(cell) || column != "numbers.number" && (bytes.Contains(cell, []byte(texted[1:])) || bytes.Contains(cell,
			[]byte(number[1:]))) {
			t.Errorf("%s has a code or a number", column)
		}
	})
	if cells < 300 {
		t.Errorf("only %d cells of our database were looked at", cells)
	}
}

// textedCode has a payment approved by a text's code, after a wrong one, and
// gives a pattern of the code set off by other than digits, and the number.
func textedCode(t *testing.T, s *stack.Stack, bank *stack.Bank) (*regexp.Regexp, string) {
	t.Helper()
	nina := stack.Person{ID: "nina", Name: "Nina", Phrase: "low tide", Number: "+4915166677788", Since: time.Now().AddDate(-1, 0, 0)}
	if err := bank.PutPerson(t.Context(), nina); err != nil {
		t.Fatal(err)
	}
	id := submit(t, bank, "tx-text", nina.ID).Id
	handset := provider.Handset{URL: s.Provider, Number: nina.Number}
	got, err := handset.Messages(t.Context(), 0)
	if err != nil || len(got) != 1 {
		t.Fatalf("%d texts, %v", len(got), err)
	}
	code := provider.Code(got[0].Body)
	if len(code) != 8 {
		t.Fatalf("a code of %d digits", len(code))
	}
	token, err := bank.Session(t.Context(), nina.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := phone.EnterCode(t.Context(), s.URL, token, "", code[1:]+code[:1]); err == nil {
		t.Error("a wrong code counts")
	}
	if status, err := handset.Reply(t.Context(), "what is "+code+"?"); err != nil || status != 200 {
		t.Errorf("a reply: %d, %v", status, err)
	}
	if _, err := phone.EnterCode(t.Context(), s.URL, token, "", code); err != nil {
		t.Error(err)
	}
	until(t, "the release", func() bool {
		var h client.Hold
		res, err := bank.GetHold(t.Context(), id, &client.GetHoldParams{})
		return stack.Reply(res, err, &h) == nil && h.Status == hold.Released
	})
	return regexp.MustCompile(`(?:^|[^0-9])` + code + `(?:[^0-9]|$)`), nina.Number
}

// everyCell shows every value of every table.
func everyCell(t *testing.T, database string, look func(column string, cell []byte)) {
	t.Helper()
	db := storetest.Raw(t, database)
	var tables []string
	if err := db.Select(&tables, `SELECT name FROM sqlite_master WHERE type = 'table'`); err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		rows, err := db.Queryx(`SELECT * FROM ` + table)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			row := map[string]any{}
			if err := rows.MapScan(row); err != nil {
				t.Fatal(err)
			}
			for column, v := range row {
				cell, ok := v.([]byte)
				if !ok {
					cell = fmt.Append(nil, v)
				}
				look(table+"."+column, cell)
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
}
