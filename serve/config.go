package serve

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"holdfast/outbound"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
	"go.temporal.io/sdk/client"
)

// Roles are what a process may do. Any number of processes may do each.
var Roles = []string{"api", "gateway", "worker", "relay"}

// Config is every setting. Each can stand in the file (policy_file: …) or in
// the environment (HOLDFAST_POLICY_FILE=…), which wins; HOLDFAST_X_FILE reads
// a secret X from a file.
type Config struct {
	Roles             []string      `koanf:"roles"`              // api, gateway, worker, relay; empty: all
	Database          string        `koanf:"database"`           // postgres://… or sqlite:PATH
	DatabaseDirect    string        `koanf:"database_direct"`    // straight to the server, where database is a pooler in transaction mode
	DatabaseConns     int           `koanf:"database_conns"`     // of each pool
	Drain             time.Duration `koanf:"drain"`              // for which a process that was told to end goes on serving, not ready
	Listen            string        `koanf:"listen"`             // host:port
	PublicURL         string        `koanf:"public_url"`         // what proofs are made for, as customers' devices know us
	TemporalAddress   string        `koanf:"temporal_address"`   // host:port
	TemporalNamespace string        `koanf:"temporal_namespace"` //
	TemporalTLS       bool          `koanf:"temporal_tls"`       // implied by the next four
	TemporalCAFile    string        `koanf:"temporal_ca_file"`   // PEM; empty: ca_file's and the system's
	TemporalCertFile  string        `koanf:"temporal_cert_file"` // PEM, of ours; with temporal_key_file
	TemporalKeyFile   string        `koanf:"temporal_key_file"`  // PEM
	TemporalAPIKey    string        `koanf:"temporal_api_key"`   //
	TemporalServer    string        `koanf:"temporal_tls_name"`  // in its certificate, if not the address's host
	TemporalUIURL     string        `koanf:"temporal_ui_url"`    // of Temporal's UI, as supervisors' browsers reach it; empty: no links to it
	PolicyFile        string        `koanf:"policy_file"`        // empty: the built-in policy
	LedgerURL         string        `koanf:"ledger_url"`         // told of every decision
	LedgerPatience    time.Duration `koanf:"ledger_patience"`    // after a decision, in which 401, 403 and 404 are repeated before they park
	LedgerSecret      string        `koanf:"ledger_secret"`      // whsec_…, one, or two with a comma between while it changes
	WakeURL           string        `koanf:"wake_url"`           // of the bank's push service; empty: nobody is woken
	WakeSecrets       []string      `koanf:"wake_secrets"`       // whsec_…, one, or two while rotating
	TwilioAccountSID  string        `koanf:"twilio_account_sid"` // AC…; empty: no texts are sent
	// also what its webhooks are signed with; two while it changes, the one to call with first
	TwilioAuthToken   string   `koanf:"twilio_auth_token"`
	TwilioAPIKey      string   `koanf:"twilio_api_key"`     // SK…, calls in place of the auth token
	TwilioAPISecret   string   `koanf:"twilio_api_secret"`  // of twilio_api_key
	TwilioRegion      string   `koanf:"twilio_region"`      // us1, ie1, …; empty: us1
	TwilioEdge        string   `koanf:"twilio_edge"`        // ashburn, dublin, …
	TwilioLookupsURL  string   `koanf:"twilio_lookups_url"` // in place of Lookups' own host
	TwilioLookupsKey  string   `koanf:"lookups_api_key"`    // SK…, for Lookups, where a region's key is not known there
	TwilioLookupsPass string   `koanf:"lookups_api_secret"` // of lookups_api_key
	TwilioFrom        string   `koanf:"twilio_from"`        // a number in E.164, or a messaging service, MG…
	TwilioURL         string   `koanf:"twilio_url"`         // in place of Twilio's own hosts
	TwilioLookups     bool     `koanf:"twilio_lookups"`     // SIM swap and line type before each text
	ProvidersURL      string   `koanf:"providers_url"`      // where Twilio reaches us; empty: public_url
	SMSKeys           []string `koanf:"sms_keys"`           // id:base64, the current one first
	SMSCodeDigits     int      `koanf:"sms_code_digits"`    // 6–8
	SMSRate           float64  `koanf:"sms_rate"`           // texts a second, of all processes together
	SMSPrefixHourly   int      `koanf:"sms_prefix_hourly"`  // texts with a code to one prefix in an hour; 0: no bound
	BankName          string   `koanf:"bank_name"`          // as customers know it, in texts
	// on which customers reach the bank, as they dial it; empty: "the number on your card"
	BankPhone     string `koanf:"bank_phone"`
	SMSLatin      bool   `koanf:"sms_latin"`       // bank_name in texts in the letters of GSM-7
	SMSSegments   int    `koanf:"sms_segments"`    // of a text that does not fit otherwise, 0–6
	SMSHost       string `koanf:"sms_host"`        // of the page that may fill codes in; empty: public_url's
	VoiceFrom     string `koanf:"voice_from"`      // the number that calls come from, E.164; empty: twilio_from, if it is one
	OIDCIssuer    string `koanf:"oidc_issuer"`     // of agents' tokens; empty: no agents, and no callback
	OIDCAudience  string `koanf:"oidc_audience"`   // that their tokens are for
	OIDCRoleClaim string `koanf:"oidc_role_claim"` // a claim, or a path with dots, which says agent, supervisor or auditor
	// role=value, where the bank's values are others; in the environment with ; between
	OIDCRoles   []string      `koanf:"oidc_roles"`
	OIDCMaxLife time.Duration `koanf:"oidc_max_life"` // of a token, from issue to expiry
	OIDCSkew    time.Duration `koanf:"oidc_skew"`     // between the provider's clock and ours
	OIDCToken   string        `koanf:"oidc_token"`    // access or id: which of them has the role, for the console
	// to ask for; empty: openid, profile, and offline_access where the provider knows it
	OIDCScopes       []string `koanf:"oidc_scopes"`
	OIDCParameters   []string `koanf:"oidc_parameters"`    // name=value, to ask with, as audience=…; in the environment with ; between
	OIDCClientID     string   `koanf:"oidc_client_id"`     // Holdfast at the provider; empty: nobody signs in to the console
	OIDCClientSecret string   `koanf:"oidc_client_secret"` // its secret
	// seals pictures: file:/path to a Tink keyset, or aws-kms://arn:…; empty: no face checks
	FaceKey          string        `koanf:"face_key"`
	FaceLinkKey      string        `koanf:"face_link_key"`      // base64 of 32 bytes: links are derived from it
	FaceVendorURL    string        `koanf:"face_vendor_url"`    // creates sessions; empty: agents look at the pictures
	FaceVendorSecret string        `koanf:"face_vendor_secret"` // whsec_…, both ways
	FaceRetention    time.Duration `koanf:"face_retention"`     // of pictures, after the decision
	OutboundProxy    string        `koanf:"outbound_proxy"`     // http://host:port, for every call but those to outbound_allow
	CAFile           string        `koanf:"ca_file"`            // PEM: authorities that are trusted besides the system's
	OutboundAllow    []string      `koanf:"outbound_allow"`     // what is meant to be inside our own network: host:port, or networks
	Origins          []string      `koanf:"origins"`            // of browsers that may open sockets, exactly; public_url's may
	AppScript        string        `koanf:"app_script"`         // of the bank's, which signs the web app in: a path here, or an https URL
	FrameAncestors   []string      `koanf:"frame_ancestors"`    // origins that may show the pages in a frame; none: nobody
	OfflineWait      time.Duration `koanf:"offline_wait"`       // for a receipt when no device is connected
	LogLevel         string        `koanf:"log_level"`          // debug, info, warn, error

	temporalBase client.Options // from Temporal's own settings

	// Around is put around everything that the process serves; nil: nothing.
	// It is no setting: the development stack has its phones there.
	Around func(http.Handler) http.Handler `koanf:"-"`
	// Silence is how long a client may say nothing; 0: as long as is usual. It is
	// no setting: tests shorten it.
	Silence time.Duration `koanf:"-"`
}

var defaults = map[string]any{
	"database_conns": 16, "listen": "127.0.0.1:8080", "drain": "5s", "ledger_patience": "15m",
	"offline_wait": "20s", "log_level": "info", "twilio_lookups": true, "sms_code_digits": 6, "sms_segments": 3, "sms_rate": 10,
	"sms_prefix_hourly": 500,
	"oidc_audience":     "holdfast", "oidc_role_claim": "role", "oidc_max_life": "5m", "oidc_skew": "30s", "oidc_token": "access",
	"face_retention": "720h",
}

// secrets may be read from files.
var secrets = []string{"database", "database_direct", "temporal_api_key", "twilio_api_secret", "lookups_api_secret", "outbound_proxy",
	"ledger_secret", "wake_secrets", "twilio_auth_token", "sms_keys", "oidc_client_secret", "face_link_key", "face_vendor_secret"}

// notSettings are read elsewhere.
var notSettings = []string{"url", "key", "test_postgres"}

// serviceLink is a name by which Kubernetes tells a container of the services
// beside it, when one of them is called holdfast or holdfast-…: the rest of
// HOLDFAST_SERVICE_HOST, or of HOLDFAST_API_PORT_8080_TCP_ADDR.
var serviceLink = regexp.MustCompile(`(^|_)(service_host|service_port(_[a-z0-9_]+)?|port_[0-9]+_(tcp|udp|sctp)(_(addr|port|proto))?)$`)

// Load reads the settings from a file, when one is named, and from the
// environment.
func Load(path string) (c Config, err error) {
	k := koanf.New(".")
	if err = k.Load(confmap.Provider(defaults, "."), nil); err != nil {
		return c, err
	}
	if path != "" {
		if err = k.Load(file.Provider(path), yaml.Parser()); err != nil {
			return c, fmt.Errorf("%s: %w", path, err)
		}
	}
	var unreadable []error
	err = k.Load(env.Provider(".", env.Opt{Prefix: "HOLDFAST_", TransformFunc: func(name, value string) (string, any) {
		name = strings.ToLower(strings.TrimPrefix(name, "HOLDFAST_"))
		if slices.Contains(notSettings, name) || serviceLink.MatchString(name) || strings.HasSuffix("_"+name, "_port") && strings.Contains(value,
			"://") {
			return "", nil
		}
		if secret, ok := strings.CutSuffix(name, "_file"); ok && slices.Contains(secrets, secret) {
			b, err := os.ReadFile(value) //nolint:gosec // the operator names it
			if err != nil {
				unreadable = append(unreadable, fmt.Errorf("HOLDFAST_%s: %w", strings.ToUpper(name), err))
			}
			name, value = secret, strings.TrimSpace(string(b))
		}
		if name == "oidc_roles" || name == "oidc_parameters" { // values may have blanks and commas
			return name, strings.FieldsFunc(value, func(r rune) bool { return r == ';' || r == '\n' })
		}
		if slices.Contains([]string{"oidc_scopes", "roles", "wake_secrets", "sms_keys", "origins", "frame_ancestors", "outbound_allow"}, name) {
			return name, strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' })
		}
		return name, value
	}}), nil)
	if err = errors.Join(append(unreadable, err)...); err != nil {
		return c, err
	}
	known := map[string]bool{}
	for _, name := range Settings() {
		known[name] = true
	}
	for _, name := range k.Keys() {
		if !known[name] {
			return c, fmt.Errorf("%s is no setting; there are %s", name, strings.Join(Settings(), ", "))
		}
	}
	if err = k.Unmarshal("", &c); err != nil {
		return c, err
	}
	return c, c.readTemporal()
}

// Settings are the names of every setting.
func Settings() []string {
	return []string{"roles", "database", "database_direct", "database_conns", "drain", "listen", "public_url", "temporal_address",
		"temporal_namespace", "temporal_tls", "temporal_ca_file", "temporal_cert_file", "temporal_key_file", "temporal_api_key",
		"temporal_tls_name", "temporal_ui_url", "policy_file", "ledger_url", "ledger_patience", "ledger_secret", "wake_url",
		"wake_secrets", "twilio_account_sid", "twilio_auth_token", "twilio_api_key", "twilio_api_secret", "twilio_region", "twilio_edge",
		"twilio_lookups_url", "lookups_api_key", "lookups_api_secret", "twilio_from", "twilio_url", "twilio_lookups", "providers_url",
		"sms_keys", "sms_code_digits", "sms_rate", "sms_prefix_hourly", "bank_name", "bank_phone", "sms_latin", "sms_segments",
		"sms_host", "voice_from", "oidc_issuer", "oidc_audience", "oidc_role_claim", "oidc_roles", "oidc_max_life", "oidc_skew",
		"oidc_token", "oidc_scopes", "oidc_parameters", "oidc_client_id", "oidc_client_secret", "face_key", "face_link_key",
		"face_vendor_url", "face_vendor_secret", "face_retention", "outbound_proxy", "ca_file", "outbound_allow", "origins",
		"app_script", "frame_ancestors", "offline_wait", "log_level"}
}

// openGuard makes what carries every call to the outside.
func (c Config) openGuard() (*outbound.Guard, error) {
	g, err := outbound.New(c.OutboundAllow)
	if err != nil {
		return nil, err
	}
	if g.Proxy, err = outbound.ReadProxy(c.OutboundProxy); err != nil {
		return nil, err
	}
	g.Roots, err = outbound.ReadRoots(c.CAFile)
	return g, err
}

// dialled is a number as a person reads and dials it.
var dialled = regexp.MustCompile(`^\+?[0-9][0-9 ()/.-]{1,29}[0-9]$`)

// has tells whether the process plays a role.
func (c Config) has(role string) bool { return len(c.Roles) == 0 || slices.Contains(c.Roles, role) }

// Check refuses what cannot work, and says which setting is meant.
func (c Config) Check() error {
	var errs []error
	need := func(ok bool, text string) {
		if !ok {
			errs = append(errs, errors.New(text))
		}
	}
	for _, r := range c.Roles {
		need(slices.Contains(Roles, r), "roles: "+r+" is none; there are "+strings.Join(Roles, ", "))
	}
	need(c.Database != "", "database: is missing (postgres://… or sqlite:PATH)")
	if c.has("api") || c.has("gateway") {
		u, err := url.Parse(c.PublicURL)
		need(err == nil && u.Scheme != "" && u.Host != "",
			"public_url: is missing; it is the address by which customers' devices know Holdfast, https://…")
		need(err != nil || strings.Trim(u.Path, "/") == "" && u.RawQuery == "" && u.Fragment == "" && u.User == nil,
			"public_url: want scheme and host alone; Holdfast is served at the root of a host of its own, not under a path")
	}
	if c.has("worker") {
		need(c.LedgerURL != "", "ledger_url: is missing; nobody would hear of the decisions")
		need(c.LedgerSecret != "", "ledger_secret: is missing (whsec_ and base64)")
	}
	if c.TemporalUIURL != "" { // agents follow it
		u, err := url.Parse(c.TemporalUIURL)
		need(err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "", "temporal_ui_url: is no address, https://…")
	}
	need(c.BankPhone == "" || dialled.MatchString(c.BankPhone), "bank_phone: want a number as customers dial it, +49 30 5550100")
	need(c.Drain >= 0, "drain: must not be negative")
	need(c.LedgerPatience >= 0, "ledger_patience: must not be negative")
	need(c.DatabaseDirect == "" || !strings.HasPrefix(c.Database, "sqlite:"), "database_direct: is for Postgres behind a pooler")
	need(c.OfflineWait >= 0, "offline_wait: must not be negative")
	_, guard := c.openGuard()
	_, temporal := c.temporalOptions(nil)
	return errors.Join(append(errs, guard, temporal, c.checkTexts(), c.checkAgents())...)
}
