package console_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/agents"
	"holdfast/console"
	"holdfast/store/storetest"

	"github.com/golang-jwt/jwt/v5"
)

// maker is an identity provider as its maker's documentation describes it, and
// the settings that docs/operations.md gives for it.
type maker struct {
	path    string // of the issuer
	scopes  []string
	methods []string // of the client's authentication
	says    map[string]any
	noHash  bool // its ID tokens have no at_hash
	opaque  bool // its access tokens are no JWTs
	access  jwt.MapClaims
	id      jwt.MapClaims
	life    time.Duration
	rotates bool // refresh tokens; and gives a new one each time

	claim, audience string
	roles           []string
	set             console.Config
	wantScope, sub  string
}

var both = []string{"client_secret_basic", "client_secret_post", "private_key_jwt"}

var makers = map[string]maker{
	"Keycloak": {path: "/realms/bank", methods: both, life: 5 * time.Minute, rotates: true,
		scopes: []string{"openid", "profile", "email", "roles", "offline_access", "web-origins"},
		says:   map[string]any{"introspection_endpoint": "x", "grant_types_supported": []string{"authorization_code", "refresh_token"}},
		access: jwt.MapClaims{"aud": []string{"holdfast", "account"}, "sub": "f6a1-77", "typ": "Bearer", "azp": clientID,
			"scope":        "openid profile",
			"realm_access": map[string]any{"roles": []string{"offline_access", "uma_authorization"}},
			"resource_access": map[string]any{"hold.fast": map[string]any{"roles": []string{"supervisor"}},
				"account": map[string]any{"roles": []string{"view-profile"}}}},
		id: jwt.MapClaims{"aud": clientID, "sub": "f6a1-77"}, claim: "resource_access.hold.fast.roles", audience: "holdfast",
		set: console.Config{Scopes: []string{"openid", "profile"}}, wantScope: "openid profile", sub: "f6a1-77"},
	"Entra v2": {path: "/5b0d/v2.0", methods: []string{"client_secret_post", "private_key_jwt", "client_secret_basic"},
		life: 80 * time.Minute, noHash: true, rotates: true,
		scopes: []string{"openid", "profile", "email", "offline_access"},
		says:   map[string]any{"tenant_region_scope": "EU", "subject_types_supported": []string{"pairwise"}},
		access: jwt.MapClaims{"aud": clientID, "sub": "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ", "ver": "2.0", "tid": "5b0d", "oid": "7c",
			"scp": "agent", "roles": []string{"Holdfast.Supervisor"}},
		id:    jwt.MapClaims{"aud": clientID, "sub": "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ", "ver": "2.0", "name": "Sam Okafor"},
		claim: "roles", audience: clientID, roles: []string{"supervisor=Holdfast.Supervisor", "agent=Holdfast.Agent"},
		set:       console.Config{Scopes: []string{"openid", "profile", "offline_access", "api://" + clientID + "/agent"}},
		wantScope: "openid profile offline_access api://" + clientID + "/agent", sub: "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ"},
	"ADFS": {path: "/adfs", methods: both, life: time.Hour, noHash: true,
		scopes: []string{"openid", "profile", "email", "allatclaims", "user_impersonation", "winhello_cert"},
		says:   map[string]any{"access_token_issuer": "http://adfs.bank.example/adfs/services/trust", "microsoft_multi_refresh_token": true},
		access: jwt.MapClaims{"iss": "http://adfs.bank.example/adfs/services/trust",
			"aud": "microsoft:identityserver:https://holdfast.bank.example", "sub": "S6C2nVh8Ad/o+Q==",
			"apptype": "Confidential", "scp": "openid", "role": "BANK\\Fraud Leads"},
		id: jwt.MapClaims{"aud": clientID, "sub": "S6C2nVh8Ad/o+Q=="}, claim: "role",
		audience:  "microsoft:identityserver:https://holdfast.bank.example",
		roles:     []string{`supervisor=BANK\Fraud Leads`},
		set:       console.Config{Parameters: map[string]string{"resource": "https://holdfast.bank.example"}},
		wantScope: "openid profile", sub: "S6C2nVh8Ad/o+Q=="},
	"Auth0": {path: "/", methods: both, life: 5 * time.Minute, rotates: true,
		scopes: []string{"openid", "profile", "offline_access", "name", "given_name"},
		access: jwt.MapClaims{"aud": []string{"https://holdfast.bank.example", "https://bank.eu.auth0.test/userinfo"}, "azp": clientID,
			"sub": "auth0|507f1f77bcf86cd799439020", "scope": "openid", "https://bank.example/roles": []string{"supervisor"}},
		id:    jwt.MapClaims{"aud": clientID, "sub": "auth0|507f1f77bcf86cd799439020"},
		claim: "https://bank.example/roles", audience: "https://holdfast.bank.example",
		set:       console.Config{Parameters: map[string]string{"audience": "https://holdfast.bank.example"}},
		wantScope: "openid profile offline_access",
		sub:       "auth0|507f1f77bcf86cd799439020"},
	"Okta": {path: "/oauth2/aus1", methods: both, life: 5 * time.Minute,
		scopes: []string{"openid", "profile", "email", "address", "phone", "offline_access", "device_sso"},
		access: jwt.MapClaims{"aud": "api://holdfast", "sub": "sam@bank.example", "uid": "00u1", "cid": clientID, "ver": 1,
			"scp": []string{"openid"}, "groups": []string{"Everyone", "Fraud Leads"}},
		id: jwt.MapClaims{"aud": clientID, "sub": "00u1", "ver": 1}, claim: "groups", audience: "api://holdfast",
		roles: []string{"supervisor=Fraud Leads"}, wantScope: "openid profile offline_access", sub: "sam@bank.example"},
	"Cognito": {path: "/eu-west-1_A", life: 5 * time.Minute, says: map[string]any{"subject_types_supported": []string{"public"}},
		scopes: []string{"openid", "email", "phone", "profile"}, methods: []string{"client_secret_basic", "client_secret_post"},
		// no aud
		access: jwt.MapClaims{"sub": "aaaa-bbbb", "client_id": clientID, "token_use": "access", "scope": "openid",
			"cognito:groups": []string{"supervisor"}},
		id: jwt.MapClaims{"aud": clientID, "sub": "aaaa-bbbb", "token_use": "id", "cognito:username": "sam",
			"cognito:groups": []string{"supervisor"}},
		claim: "cognito:groups", audience: clientID, set: console.Config{UseIDToken: true}, wantScope: "openid profile", sub: "aaaa-bbbb"},
	"Google": {path: "", life: time.Hour, opaque: true, methods: []string{"client_secret_post", "client_secret_basic"},
		scopes: []string{"openid", "email", "profile"},
		id: jwt.MapClaims{"aud": clientID, "azp": clientID, "sub": "110169484474386276334", "hd": "bank.example",
			"email": "sam@bank.example", "email_verified": true},
		claim: "email", audience: clientID, roles: []string{"supervisor=sam@bank.example"},
		set: console.Config{UseIDToken: true, Scopes: []string{"openid", "email", "profile", "offline_access"},
			Parameters: map[string]string{"access_type": "offline", "prompt": "consent"}},
		wantScope: "openid email profile", sub: "110169484474386276334"},
	"Zitadel": {path: "", life: 5 * time.Minute, rotates: true, methods: []string{"none", "client_secret_basic", "client_secret_post",
		"private_key_jwt"},
		scopes: []string{"openid", "profile", "email", "phone", "address", "offline_access"},
		access: jwt.MapClaims{"aud": []string{clientID, "299", "holdfast-project"}, "client_id": clientID, "sub": "286944411012345601",
			"urn:zitadel:iam:org:project:roles": map[string]any{"supervisor": map[string]any{"2869": "bank.zitadel.test"}}},
		id:    jwt.MapClaims{"aud": []string{clientID, "299"}, "azp": clientID, "sub": "286944411012345601"},
		claim: "urn:zitadel:iam:org:project:roles", audience: "holdfast-project",
		set:       console.Config{Scopes: []string{"openid", "profile", "offline_access", "urn:zitadel:iam:org:project:id:holdfast-project:aud"}},
		wantScope: "openid profile offline_access urn:zitadel:iam:org:project:id:holdfast-project:aud", sub: "286944411012345601"},
}

// Agents sign in at every maker's provider, with the settings that the
// documentation gives, are supervisors by what their tokens say, and their
// sessions are renewed.
func TestProviders(t *testing.T) {
	t.Parallel()
	for name, m := range makers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := m.bench(t)
			back := x.begin("?return=/console/queue")
			if asked := x.idp.asked; asked.Get("scope") != m.wantScope {
				t.Errorf("asked for %q, want %q", asked.Get("scope"), m.wantScope)
			}
			for name, want := range m.set.Parameters {
				if got := x.idp.asked.Get(name); got != want {
					t.Errorf("asked with %s=%q, want %q", name, got, want)
				}
			}
			x.status("callback", x.end(back), http.StatusOK, "signed in")
			s := x.get("/console/session").json(t)
			if s["role"] != "supervisor" || s["sub"] != m.sub {
				t.Fatalf("session %v", s)
			}
			x.status("a request", x.get("/console/v1/callbacks"), http.StatusOK, "")
			x.csrf = s["csrf"].(string)
			for range int(m.life/(10*time.Minute)) + 1 { // not idle
				x.store.Clock.Forward(10 * time.Minute)
				x.status("active", x.post("/console/active", ""), http.StatusNoContent, "")
			}
			x.status("renewed", x.get("/console/v1/callbacks"), http.StatusOK, "")
			if x.idp.renewals != 1 {
				t.Errorf("%d renewals", x.idp.renewals)
			}
		})
	}
}

func (m maker) bench(t *testing.T) *bench {
	t.Helper()
	b := storetest.New(t, storetest.SQLiteURL(t))
	now := func() time.Time { return b.Clock.Now().Time() }
	x := &bench{store: b, idp: newIDP(t, now), log: &journal{}, stop: make(chan struct{}), set: m.set}
	x.idp.maker = &m
	roles, err := agents.ParseMapping(m.roles)
	b.Must(err)
	x.verif, err = agents.New(agents.Config{Issuer: x.idp.URL + m.path, Audience: m.audience, RoleClaim: m.claim, Roles: roles,
		MaxLife: 90 * time.Minute, Now: now})
	b.Must(err)
	x.browser = x.process(b.Store)
	x.idp.redirect = x.url + "/console/callback"
	return x
}

// document is the maker's discovery document.
func (m maker) document(url string) map[string]any {
	doc := map[string]any{"issuer": url + m.path, "authorization_endpoint": url + "/authorize", "token_endpoint": url + "/token",
		"jwks_uri":         url + "/keys",
		"scopes_supported": m.scopes, "token_endpoint_auth_methods_supported": m.methods,
		"id_token_signing_alg_values_supported": []string{"RS256"}}
	maps.Copy(doc, m.says)
	return doc
}

// What the provider says in place of a code, or of tokens, is told apart: later,
// no, and never with these settings. The page says which; the log, the code.
func TestProviderSaysNo(t *testing.T) {
	t.Parallel()
	for cause, c := range map[string]struct {
		codes  []string // at the redirect
		answer []string // at the token endpoint
		status int
		says   string
	}{
		"declined": {[]string{"access_denied", "login_required", "consent_required"}, []string{"invalid_grant"}, 403, "did not sign you in"},
		"misconfigured": {[]string{"invalid_scope", "unauthorized_client", "invalid_request"}, []string{"invalid_client", "unauthorized_client",
			"invalid_request"}, 502, "set up wrongly"},
		"away": {[]string{"server_error", "temporarily_unavailable"}, []string{"503"}, 503, "does not answer"},
	} {
		for _, code := range c.codes {
			t.Run(cause+" at the redirect, "+code, func(t *testing.T) {
				t.Parallel()
				x := sqliteBench(t)
				back := x.begin("")
				back.RawQuery = url.Values{"state": {back.Query().Get("state")}, "error": {code}, "error_description": {"canary"}}.Encode()
				x.saysNo(x.end(back), c.status, c.says, cause, code)
			})
		}
		for _, code := range c.answer {
			t.Run(cause+" at the token endpoint, "+code, func(t *testing.T) {
				t.Parallel()
				x := sqliteBench(t)
				back := x.begin("")
				x.idp.set(func() { x.idp.no = code })
				x.saysNo(x.end(back), c.status, c.says, cause, code)
			})
		}
	}
}

func (x *bench) saysNo(r reply, status int, says, cause, code string) {
	x.store.T.Helper()
	x.status(code, r, status, says)
	log := x.log.String()
	if !strings.Contains(log, "cause="+cause) || !strings.Contains(log, code) || strings.Contains(log, "canary") ||
		strings.Contains(string(r.body), code) {
		x.store.T.Errorf("the log: %s\nthe page: %s", log, r.body)
	}
	if x.cookies["__Host-console"] != "" {
		x.store.T.Error("there is a session")
	}
}

// Which check a token failed stands in the log, and nowhere else.
func TestWhichCheckIsLogged(t *testing.T) {
	t.Parallel()
	x := sqliteBench(t)
	back := x.begin("")
	x.idp.set(func() { x.idp.role = "canary" })
	r := x.end(back)
	x.status("no role", r, 403, "may not use")
	if log := x.log.String(); !strings.Contains(log, "oidc_role_claim") || strings.Contains(log, "canary") || strings.Contains(string(r.body),
		"oidc_") {
		t.Errorf("the log: %s", log)
	}
}

// offline_access is asked for only where it is known; and whoever sets scopes
// gets those.
func TestScopes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		known, set []string
		want       string
	}{
		"known":            {[]string{"openid", "offline_access"}, nil, "openid profile offline_access"},
		"not known":        {[]string{"openid"}, nil, "openid profile"},
		"nothing is told":  {nil, nil, "openid profile"},
		"set, known":       {[]string{"offline_access"}, []string{"openid", "offline_access", "x"}, "openid offline_access x"},
		"set, not known":   {nil, []string{"openid", "offline_access", "x"}, "openid x"},
		"set, without one": {[]string{"offline_access"}, []string{"openid"}, "openid"},
	} {
		m := makers["Keycloak"]
		m.scopes, m.set, m.wantScope = c.known, console.Config{Scopes: c.set}, c.want
		x := m.bench(t)
		x.begin("")
		if got := x.idp.asked.Get("scope"); got != c.want || !slices.Equal(m.set.Scopes, c.set) {
			t.Errorf("%s: asked for %q, want %q", name, got, c.want)
		}
	}
}
