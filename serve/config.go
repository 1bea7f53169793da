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
// a secret X from a file. The tags are the settings' one home: Settings gives them,
// and help and example are made from them.
type Config struct {
	Roles          []string      `koanf:"roles" part:"The process" text:"api, gateway, worker, relay; empty: all"`
	Database       string        `koanf:"database" secret:"true" text:"postgres://user:password@host/name, host=… dbname=…, or sqlite:PATH; always needed"`
	DatabaseDirect string        `koanf:"database_direct" secret:"true" text:"straight to Postgres, where database is a pooler in transaction mode; for LISTEN and migrate"`
	DatabaseConns  int           `koanf:"database_conns" default:"16" text:"connections of each pool"`
	Listen         string        `koanf:"listen" default:"127.0.0.1:8080" text:"host:port"`
	PublicURL      string        `koanf:"public_url" text:"the address by which customers' devices know Holdfast, part of every proof; api and gateway need it"`
	Drain          time.Duration `koanf:"drain" default:"5s" text:"for which a process that was told to end goes on serving while /health/ready says 503"`
	PolicyFile     string        `koanf:"policy_file" text:"the policy; empty: the built-in one; SIGHUP reads it again"`
	OfflineWait    time.Duration `koanf:"offline_wait" default:"20s" text:"for a receipt when no device of the customer is connected"`
	LogLevel       string        `koanf:"log_level" default:"info" text:"debug, info, warn or error"`

	TemporalAddress   string `koanf:"temporal_address" part:"Temporal (TEMPORAL_… and temporal.toml are read, too; ours come first)" text:"host:port; empty: 127.0.0.1:7233"`
	TemporalNamespace string `koanf:"temporal_namespace" text:"empty: default"`
	TemporalTLS       bool   `koanf:"temporal_tls" text:"true: TLS with the system's authorities; implied by the next five"`
	TemporalCAFile    string `koanf:"temporal_ca_file" text:"PEM; empty: ca_file's and the system's"`
	TemporalCertFile  string `koanf:"temporal_cert_file" text:"our certificate, PEM; with temporal_key_file"`
	TemporalKeyFile   string `koanf:"temporal_key_file" text:"its key, PEM"`
	TemporalAPIKey    string `koanf:"temporal_api_key" secret:"true" text:"in place of a certificate"`
	TemporalServer    string `koanf:"temporal_tls_name" text:"the name in Temporal's certificate, if it is not the address's host"`
	TemporalUIURL     string `koanf:"temporal_ui_url" text:"Temporal's UI, as supervisors' browsers reach it; empty: no links to it"`

	LedgerURL      string        `koanf:"ledger_url" part:"The ledger, and waking phones" text:"told of every decision; worker needs it"`
	LedgerSecret   string        `koanf:"ledger_secret" secret:"true" text:"whsec_…, or two with a comma between while it changes; worker needs it"`
	LedgerPatience time.Duration `koanf:"ledger_patience" default:"15m" text:"after a decision, in which 401, 403 and 404 are repeated before the settlement parks"`
	RecallURL      string        `koanf:"recall_url" text:"asked for money back that went, of confirmed recalls; empty: they are parked, and nobody is asked"`
	RecallSecret   string        `koanf:"recall_secret" secret:"true" text:"as ledger_secret, of recall_url"`
	WakeURL        string        `koanf:"wake_url" text:"the bank's push service; empty: nobody is woken"`
	WakeSecrets    []string      `koanf:"wake_secrets" secret:"true" text:"whsec_…, one, or two while it changes"`

	OutboundAllow []string `koanf:"outbound_allow" part:"Calls to the outside" text:"what is meant to be inside your own network: host:port, or networks"`
	OutboundProxy string   `koanf:"outbound_proxy" secret:"true" text:"http://host:port, for every call but those to outbound_allow"`
	CAFile        string   `koanf:"ca_file" text:"PEM: authorities that are trusted besides the system's"`

	BankName          string   `koanf:"bank_name" part:"Texts and calls" text:"as customers know it, in texts"`
	Locales           string   `koanf:"locales" text:"a directory of your own sentences and languages, a folder each (docs/languages.md); empty: what is built in"`
	BankPhone         string   `koanf:"bank_phone" text:"on which customers reach you, as they dial it; empty: they are told to use the number on their card"`
	TwilioAccountSID  string   `koanf:"twilio_account_sid" text:"AC…; empty: no texts and no calls"`
	TwilioAuthToken   string   `koanf:"twilio_auth_token" secret:"true" text:"signs Twilio's webhooks; two while it changes, the one to call with first"`
	TwilioAPIKey      string   `koanf:"twilio_api_key" text:"SK…, calls in place of the auth token"`
	TwilioAPISecret   string   `koanf:"twilio_api_secret" secret:"true" text:"of twilio_api_key"`
	TwilioRegion      string   `koanf:"twilio_region" text:"us1, ie1, …; empty: us1"`
	TwilioEdge        string   `koanf:"twilio_edge" text:"ashburn, dublin, …"`
	TwilioLookups     bool     `koanf:"twilio_lookups" default:"true" text:"whether SIM swap and line type are looked up before each text"`
	TwilioLookupsURL  string   `koanf:"twilio_lookups_url" text:"in place of Lookups' own host"`
	TwilioLookupsKey  string   `koanf:"lookups_api_key" text:"SK…, for Lookups, where a region's key is not known there"`
	TwilioLookupsPass string   `koanf:"lookups_api_secret" secret:"true" text:"of lookups_api_key"`
	TwilioFrom        string   `koanf:"twilio_from" text:"a number in E.164, or a messaging service, MG…"`
	TwilioURL         string   `koanf:"twilio_url" text:"in place of Twilio's own hosts"`
	ProvidersURL      string   `koanf:"providers_url" text:"where Twilio and a face vendor reach us; empty: public_url"`
	SMSKeys           []string `koanf:"sms_keys" secret:"true" text:"id:base64 of 32 bytes, the current one first"`
	SMSCodeDigits     int      `koanf:"sms_code_digits" default:"6" text:"6 to 8"`
	SMSRate           float64  `koanf:"sms_rate" default:"10" text:"texts a second, of all processes together"`
	SMSPrefixHourly   int      `koanf:"sms_prefix_hourly" default:"500" text:"texts with a code to one prefix in an hour; 0: no bound"`
	SMSLatin          bool     `koanf:"sms_latin" text:"true: names in texts are written in Latin letters where GSM-7 lacks theirs"`
	SMSSegments       int      `koanf:"sms_segments" default:"3" text:"segments that a text may have where it does not fit otherwise, 0 to 6"`
	SMSHost           string   `koanf:"sms_host" text:"of the page that may fill codes in; empty: public_url's"`
	VoiceFrom         string   `koanf:"voice_from" text:"the number that calls come from, E.164; empty: twilio_from, if it is one"`

	PayeeKeys       []string      `koanf:"payee_keys" part:"Payees" secret:"true" text:"id:base64 of 32 bytes, the current one first: digests of payees' accounts; empty: payees are not looked up"`
	Country         string        `koanf:"country" text:"the bank's, ISO 3166-1 alpha-2: an account that is asked about is looked up as one of this country as well; empty: as it is sent alone"`
	PayeeSecrets    []string      `koanf:"payee_secrets" secret:"true" text:"whsec_…, one, or two while it changes: signs calls to the next two"`
	PayeeSourceURL  string        `koanf:"payee_source_url" text:"a service of yours that knows of accounts, asked once a payment is held; empty: none"`
	PayeeSourceName string        `koanf:"payee_source_name" default:"bank" text:"its list is source:NAME"`
	NameCheckURL    string        `koanf:"name_check_url" text:"a service of yours that compares names with accounts' owners; empty: none"`
	PayeeKeep       time.Duration `koanf:"payee_keep" default:"10m" text:"for which their answers are good without asking again"`

	OIDCIssuer       string        `koanf:"oidc_issuer" part:"Agents and the console" text:"of agents' tokens; empty: no agents, and no callback is asked"`
	OIDCAudience     string        `koanf:"oidc_audience" default:"holdfast" text:"whom their tokens are for"`
	OIDCRoleClaim    string        `koanf:"oidc_role_claim" default:"role" text:"says agent, supervisor, auditor or branch: a claim, or a path of names with dots"`
	OIDCRoles        []string      `koanf:"oidc_roles" between:";" text:"role=value, where your values are others; in the environment with ; between"`
	OIDCMaxLife      time.Duration `koanf:"oidc_max_life" default:"5m" text:"longest life of a token, from issue to expiry"`
	OIDCSkew         time.Duration `koanf:"oidc_skew" default:"30s" text:"by how much the provider's clock may differ"`
	OIDCToken        string        `koanf:"oidc_token" default:"access" text:"access or id: which of them the console shows"`
	OIDCScopes       []string      `koanf:"oidc_scopes" text:"asked for at a sign-in; empty: openid, profile, and offline_access where the provider has it"`
	OIDCParameters   []string      `koanf:"oidc_parameters" between:";" text:"name=value, added to the sign-in's address (audience=…); in the environment with ; between"`
	OIDCClientID     string        `koanf:"oidc_client_id" text:"Holdfast at the provider; empty: nobody signs in to the console"`
	OIDCClientSecret string        `koanf:"oidc_client_secret" secret:"true" text:"of oidc_client_id"`

	FaceKey          string        `koanf:"face_key" part:"Face checks" text:"seals pictures: file:PATH to a keyset, or aws-kms://arn:…; empty: no face checks"`
	FaceLinkKey      string        `koanf:"face_link_key" secret:"true" text:"base64 of 32 bytes, from which links are made"`
	FaceVendorURL    string        `koanf:"face_vendor_url" text:"makes sessions; empty: agents look at the pictures"`
	FaceVendorSecret string        `koanf:"face_vendor_secret" secret:"true" text:"whsec_…, both ways"`
	FaceRetention    time.Duration `koanf:"face_retention" default:"720h" text:"of pictures, after the decision"`

	Origins        []string `koanf:"origins" part:"Pages" text:"of browsers that may open sockets, exactly; public_url's may"`
	AppScript      string   `koanf:"app_script" text:"of yours, which signs the web app in: a path here, or an https URL"`
	FrameAncestors []string `koanf:"frame_ancestors" text:"origins that may show the pages in a frame; empty: nobody"`

	temporalBase client.Options // from Temporal's own settings

	// Around is put around everything that the process serves; nil: nothing.
	// It is no setting: the development stack has its phones there.
	Around func(http.Handler) http.Handler `koanf:"-"`
	// Now is what time it is for everything that is asked for, proved and waited for;
	// nil: what the database and the machine say. It is no setting: the development
	// stack puts it forward, and then calls CatchUp.
	Now func() time.Time `koanf:"-"`
	// Silence is how long a client may say nothing; 0: as long as is usual. It is
	// no setting: tests shorten it.
	Silence time.Duration `koanf:"-"`
}

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
	settings := Settings()
	defaults := map[string]any{}
	for _, x := range settings {
		if x.Default != "" {
			defaults[x.Name] = x.Default
		}
	}
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
		if secret, ok := strings.CutSuffix(name, "_file"); ok && settings.find(secret).Secret {
			b, err := os.ReadFile(value) //nolint:gosec // the operator names it
			if err != nil {
				unreadable = append(unreadable, fmt.Errorf("HOLDFAST_%s: %w", strings.ToUpper(name), err))
			}
			if name, value = secret, strings.TrimSpace(string(b)); value == "" {
				return "", nil // nothing in it: not set
			}
		}
		if x := settings.find(name); x.Between != "" {
			return name, strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(x.Between, r) })
		}
		return name, value
	}}), nil)
	if err = errors.Join(append(unreadable, err)...); err != nil {
		return c, err
	}
	for _, name := range k.Keys() {
		if settings.find(name).Name == "" {
			return c, fmt.Errorf("%s is no setting: holdfast serve --help lists them", name)
		}
	}
	if err = k.Unmarshal("", &c); err != nil {
		return c, err
	}
	return c, c.readTemporal()
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
		need(c.RecallURL == "" || c.RecallSecret != "", "recall_secret: is missing (whsec_ and base64)")
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
	_, payees := c.payeeKeys()
	return errors.Join(append(errs, guard, temporal, payees, c.checkPayees(), c.checkTexts(), c.checkAgents())...)
}
