package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"holdfast/api"
	"holdfast/api/client"
	"holdfast/channels/push"
	"holdfast/cli"
	"holdfast/devstack/ledger"
	"holdfast/devstack/phone"
	"holdfast/devstack/provider"
	"holdfast/devstack/stack"
	"holdfast/devstack/temporal"
	"holdfast/hold"
	"holdfast/serve"
	"holdfast/store"
	"holdfast/store/storetest"
)

// Holdfast as in production: on Postgres, a process a role, two gateways. What
// is submitted at the API is asked at one gateway, told at both, settled, read
// back by a long poll; the device without a socket is woken; and who has no
// device gets a text, whose code releases by a reply.
func TestByRoleOnPostgres(t *testing.T) {
	t.Parallel()
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	woken := make(chan string, 10)
	wake := startHTTP(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		woken <- string(b)
	})
	srv, tc := startTemporal(t, t.TempDir())
	t.Cleanup(srv.Stop)
	tc.Close()
	book, err := ledger.Start(ledger.Options{File: filepath.Join(t.TempDir(), "ledger.db"), Listen: "127.0.0.1:0", Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = book.Stop() })
	url := storetest.PostgresURL(t)
	db, err := store.Open(t.Context(), url, store.Options{Conns: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	key, row, err := api.NewKey("bank", api.Scopes)
	if err == nil {
		err = db.AddKey(t.Context(), row, "test")
	}
	if err != nil {
		t.Fatal(err)
	}
	texts, err := provider.Start(provider.Options{AccountSID: stack.AccountSID, AuthToken: stack.NewProviderKey(), From: stack.Sender})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = texts.Stop() })
	free, err := net.Listen("tcp", "127.0.0.1:0") // for the API: the provider signs for its address
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	_ = free.Close()
	texts.SetInbound("http://" + address + stack.InboundPath)
	start := func(role string) *serve.Process {
		listen := "127.0.0.1:0"
		if role == "api" {
			listen = address
		}
		p, err := serve.Start(t.Context(), serve.Config{Roles: []string{role}, Database: url, DatabaseConns: 4, Listen: listen,
			PublicURL:        "https://holdfast.test",
			TwilioAccountSID: stack.AccountSID, TwilioAuthToken: texts.AuthToken, TwilioFrom: stack.Sender, TwilioURL: texts.URL(),
			TwilioLookups: true, ProvidersURL: "http://" + address,
			SMSKeys: []string{"k1:" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{1}, 32))}, SMSCodeDigits: 6, SMSRate: 10,
			SMSPrefixHourly: 100, BankName: "Nordbank",
			TemporalAddress: srv.Address(), TemporalNamespace: temporal.Namespace, LedgerURL: book.URL(), LedgerSecret: secret,
			OutboundAllow: []string{"127.0.0.0/8"}, WakeURL: wake, WakeSecrets: []string{secret}, OfflineWait: 20 * time.Second},
			slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			began := time.Now()
			if err := p.Stop(); err != nil || time.Since(began) > 5*time.Second {
				t.Errorf("stopping %s took %s: %v", role, time.Since(began), err)
			}
		})
		return p
	}
	front, one, two := start("api"), start("gateway"), start("gateway")
	start("worker")
	start("relay")
	bank, err := stack.NewBank("http://"+front.Address, key)
	if err != nil {
		t.Fatal(err)
	}
	devices := []stack.Device{stack.NewDevice("phone"), stack.NewDevice("tablet"), stack.NewDevice("in a drawer")}
	if err := bank.PutPerson(t.Context(), stack.Person{ID: "maria", Name: "Maria", Phrase: "green harbour", Since: time.Now().AddDate(-1, 0,
		0), Devices: devices}); err != nil {
		t.Fatal(err)
	}
	connect := func(p *serve.Process, d stack.Device) *phone.Phone {
		token, err := bank.Session(t.Context(), "maria")
		if err != nil {
			t.Fatal(err)
		}
		ph, err := phone.Connect(t.Context(), "http://"+p.Address, token, push.Signer{Device: d.ID, Key: d.Key})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = ph.Close() })
		return ph
	}
	mine, other := connect(one, devices[0]), connect(two, devices[1])
	h := submit(t, bank, "tx-1", "maria")
	next := func(ph *phone.Phone, kind string) phone.Message {
		for {
			m, err := ph.Next()
			if err != nil {
				t.Fatalf("waiting for %s: %v", kind, err)
			}
			if m.Type == kind {
				return m
			}
		}
	}
	asked := next(mine, "challenge").Challenge
	next(other, "challenge")
	var body struct {
		Customer  hold.CustomerID  `json:"customer_id"`
		Device    hold.DeviceID    `json:"device_id"`
		Challenge hold.ChallengeID `json:"challenge_id"`
	}
	for body.Device != devices[2].ID { // others too, if their gateway had not reported them yet
		said := ""
		select {
		case said = <-woken:
		case <-time.After(time.Minute):
			t.Fatal("nobody was woken")
		}
		if err := json.Unmarshal([]byte(said), &body); err != nil || body.Challenge != asked.ID || body.Customer != "maria" {
			t.Fatalf("woken %+v, %v", body, err)
		}
	}
	if err := mine.Answer(*asked, hold.Approve, ""); err != nil {
		t.Fatal(err)
	}
	for _, ph := range []*phone.Phone{mine, other} {
		if o := next(ph, "outcome").Outcome; o.Outcome != hold.Release {
			t.Errorf("outcome %+v", o)
		}
	}
	var got client.Hold
	until(t, "the settlement", func() bool {
		res, err := bank.GetHold(t.Context(), h.Id, &client.GetHoldParams{Wait: "10s"})
		return stack.Reply(res, err, &got) == nil && got.Settlement.State == "acknowledged"
	})
	report, err := cli.VerifyAudit(t.Context(), db, "", func(int, int) {})
	if err != nil || len(report.Faults) > 0 || report.Entries < 8 {
		t.Errorf("audit %+v, %v", report, err)
	}
	byText(t, bank, texts, db)
	var metrics bytes.Buffer
	res, err := http.Get("http://" + front.Address + "/metrics")
	if err == nil {
		defer res.Body.Close()
		_, err = metrics.ReadFrom(res.Body)
	}
	if err != nil || !bytes.Contains(metrics.Bytes(), []byte(`holdfast_http_request_seconds_count{operation="SubmitHold",status="202"} 8`)) {
		t.Errorf("metrics %v", err)
	}
}

// byText has payments released by the code that customers without a device send
// back, whatever the provider does with its webhooks.
func byText(t *testing.T, bank *stack.Bank, texts *provider.Provider, db *store.Store) {
	t.Helper()
	faults := []provider.Fault{{}, {Wire: provider.Twice}, {Wire: provider.Reversed}, {Wire: provider.Early}, {Wire: provider.Late},
		{Wire: provider.Forged}, {Wire: provider.Lost}}
	refused := map[int]int{1: 2, 5: 2} // the repeats, the forged
	for i, f := range faults {
		who := stack.Person{ID: hold.CustomerID(fmt.Sprintf("nina-%d", i)), Name: "Nina", Phrase: "low tide", Number: fmt.Sprintf("+4915112%06d",
			i), Since: time.Now().AddDate(-1, 0, 0)}
		if err := bank.PutPerson(t.Context(), who); err != nil {
			t.Fatal(err)
		}
		f.Number, f.Times = who.Number, 1
		texts.Set(f)
		before := texts.Counts()
		h := submit(t, bank, fmt.Sprintf("tx-text-%d", i), who.ID)
		got, err := texts.Await(t.Context(), who.Number, 0)
		if err != nil {
			t.Fatal(err)
		}
		texts.Settle() // its webhooks
		if status := texts.Reply(who.Number, provider.Code(got[0].Body)); status != 200 {
			t.Errorf("%s: the reply got %d", f.Wire, status)
		}
		var read client.Hold
		until(t, "the release by text", func() bool {
			res, err := bank.GetHold(t.Context(), h.Id, &client.GetHoldParams{Wait: "10s"})
			return stack.Reply(res, err, &read) == nil && read.Status == hold.Released
		})
		if n := texts.Counts()["webhooks_403"] - before["webhooks_403"]; n != refused[i] {
			t.Errorf("%s: %d webhooks were refused, want %d", f.Wire, n, refused[i])
		}
	}
	chain, _, err := db.Chain(t.Context(), "provider:twilio")
	if err != nil || len(chain) != 4 {
		t.Errorf("%d refusals on record, %v", len(chain), err)
	}
	if broken := texts.Broken(); len(broken) > 0 {
		t.Errorf("calls that are not Twilio's: %v", broken)
	}
}

func startHTTP(t *testing.T, handle http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(handle)
	t.Cleanup(s.Close)
	return s.URL
}
