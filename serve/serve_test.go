package serve

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Nothing private reaches the log, whoever wrote the text.
func TestLogRedacts(t *testing.T) {
	var b bytes.Buffer
	log := Log(&b, slog.LevelInfo)
	private := []string{"hf_01J9ZZZZZZZZZZZZZZZZZZZZZZ_abcdefghijklmnop", "hfc_abcdefghijklmnopqrstuvwxyz",
		"eyJhbGciOiJFUzI1NiJ9.eyJhIjoxfQ.c2ln", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		"+49 151 12345678", "+4915112345678", "DE02120300000000202051", "4111111111111111", "s3cret"}
	for _, p := range private {
		log.Info("something about "+p, "value", p, "error", errors.New("refused "+p), "any", struct{ X string }{p})
	}
	log.Info("opening", "url", "postgres://holdfast:s3cret@db/holdfast")
	for _, p := range private[:8] {
		if strings.Contains(b.String(), p) {
			t.Errorf("the log has %s", p)
		}
	}
	if strings.Contains(b.String(), ":s3cret@") {
		t.Error("the log has a password")
	}
	const id = "hold_01J9Z3NDEKTSV4RRFFQ69G5FAV"
	b.Reset()
	log.Info("held", "hold", id)
	if !strings.Contains(b.String(), id) {
		t.Errorf("an id was redacted: %s", b.String())
	}
}

// The environment wins over the file; a secret may come from a file; what is no
// setting is refused by name.
func TestSettings(t *testing.T) {
	dir := t.TempDir()
	path, secret := filepath.Join(dir, "c.yaml"), filepath.Join(dir, "secret")
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(path, "listen: 0.0.0.0:1\npublic_url: https://a.test\norigins: [https://b.test]\noffline_wait: 5s\n")
	write(secret, "whsec_x\n")
	t.Setenv("HOLDFAST_LISTEN", "0.0.0.0:2")
	t.Setenv("HOLDFAST_LEDGER_SECRET_FILE", secret)
	t.Setenv("HOLDFAST_ROLES", "api, worker")
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "0.0.0.0:2" || c.PublicURL != "https://a.test" || c.LedgerSecret != "whsec_x" || len(c.Roles) != 2 ||
		c.OfflineWait.Seconds() != 5 || c.TemporalNamespace != "default" {
		t.Errorf("%+v", c)
	}
	t.Setenv("HOLDFAST_LEDGR_URL", "x")
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "ledgr_url") {
		t.Errorf("a misspelt setting: %v", err)
	}
}

// What Kubernetes tells of services that are called as we are is no setting, and
// a misspelt setting that looks a little like it still is none.
func TestServiceLinks(t *testing.T) {
	for name, value := range map[string]string{
		"HOLDFAST_PORT": "tcp://10.0.0.1:8080", "HOLDFAST_SERVICE_HOST": "10.0.0.1", "HOLDFAST_SERVICE_PORT": "8080",
		"HOLDFAST_SERVICE_PORT_HTTP": "8080",
		"HOLDFAST_PORT_8080_TCP":     "tcp://10.0.0.1:8080", "HOLDFAST_PORT_8080_TCP_PROTO": "tcp", "HOLDFAST_PORT_8080_TCP_PORT": "8080",
		"HOLDFAST_PORT_8080_TCP_ADDR": "10.0.0.1",
		"HOLDFAST_API_PORT":           "tcp://10.0.0.2:8080", "HOLDFAST_API_SERVICE_HOST": "10.0.0.2", "HOLDFAST_API_SERVICE_PORT_HTTP_ALT": "1",
		"HOLDFAST_DATABASE_PORT_5432_TCP_ADDR": "10.0.0.3",
	} {
		t.Setenv(name, value)
	}
	if _, err := Load(""); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"HOLDFAST_PORT", "HOLDFAST_LISTEN_PORT", "HOLDFAST_SERVICE"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, "8080")
			if _, err := Load(""); err == nil || !strings.Contains(err.Error(),
				strings.ToLower(strings.TrimPrefix(name, "HOLDFAST_"))+" is no setting") {
				t.Errorf("%v", err)
			}
		})
	}
}

// Holdfast is served at the root of a host.
func TestPublicURLHasNoPath(t *testing.T) {
	t.Parallel()
	for at, good := range map[string]bool{"https://pay.test": true, "https://pay.test/": true, "https://pay.test:8443": true,
		"https://pay.test/holdfast": false, "https://pay.test/?a=b": false, "https://pay.test/#a": false, "https://a:b@pay.test": false} {
		err := Config{Roles: []string{"gateway"}, Database: "sqlite:x", PublicURL: at}.Check()
		if (err == nil) != good || err != nil && !strings.Contains(err.Error(), "public_url: want scheme and host alone") {
			t.Errorf("%s: %v", at, err)
		}
	}
}

// Help tells of every setting, and of no setting twice.
func TestHelpTellsOfEverySetting(t *testing.T) {
	t.Parallel()
	help := Settings().Help()
	for _, x := range Settings() {
		name := "\n  " + x.Name
		if x.Secret {
			name += "*"
		}
		if x.Text == "" || strings.Count(help, name+" ") != 1 {
			t.Errorf("%s: %q", x.Name, x.Text)
		}
	}
}

// An empty file sets nothing, so that a secret's place may be there before the
// secret is; what the environment says stands.
func TestEmptySecretFile(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "wake_secrets")
	if err := os.WriteFile(empty, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOLDFAST_WAKE_SECRETS_FILE", empty)
	t.Setenv("HOLDFAST_WAKE_SECRETS", "whsec_a,whsec_b")
	t.Setenv("HOLDFAST_FACE_LINK_KEY_FILE", empty)
	c, err := Load("")
	if err != nil || !slices.Equal(c.WakeSecrets, []string{"whsec_a", "whsec_b"}) || c.FaceLinkKey != "" {
		t.Errorf("%q, %q: %v", c.WakeSecrets, c.FaceLinkKey, err)
	}
}

// A hold's workflow is found in Temporal's UI, whatever the names.
func TestWorkflowsURL(t *testing.T) {
	for ui, want := range map[string]string{"": "", "https://t.test/": "https://t.test/namespaces/a%2Fb%3F/workflows/",
		"https://t.test/ui": "https://t.test/ui/namespaces/a%2Fb%3F/workflows/"} {
		if got := (Config{TemporalUIURL: ui, TemporalNamespace: "a/b?"}).workflowsURL(); got != want {
			t.Errorf("%q gives %q, want %q", ui, got, want)
		}
	}
}

// What is missing is named.
func TestMissingSettings(t *testing.T) {
	texts := Config{Roles: []string{"worker"}, TwilioAccountSID: "AC1", SMSCodeDigits: 9, SMSPrefixHourly: -1,
		TemporalUIURL: "javascript:alert(1)", BankPhone: "the branch"}.Check()
	for _, want := range []string{"bank_phone", "twilio_account_sid", "sms_code_digits", "sms_rate", "sms_prefix_hourly", "providers_url",
		"temporal_ui_url"} {
		if texts == nil || !strings.Contains(texts.Error(), want) {
			t.Errorf("%s is not named: %v", want, texts)
		}
	}
	err := Config{Roles: []string{"api", "worker", "cook"}}.Check()
	for _, want := range []string{"database", "public_url", "ledger_url", "ledger_secret", "cook"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not named: %v", want, err)
		}
	}
}

// Where recalls are asked for, it takes a secret; where they are not, nothing is refused.
func TestRecallSettings(t *testing.T) {
	t.Parallel()
	c := Config{Roles: []string{"worker"}, Database: "sqlite:x", LedgerURL: "https://ledger.test", LedgerSecret: "whsec_x"}
	if err := c.Check(); err != nil {
		t.Error(err)
	}
	c.RecallURL = "https://recalls.test"
	if err := c.Check(); err == nil || !strings.Contains(err.Error(), "recall_secret") {
		t.Errorf("without a secret: %v", err)
	}
}
