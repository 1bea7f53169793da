package agents_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"holdfast/agents"
	"holdfast/agents/agentstest"

	"github.com/golang-jwt/jwt/v5"
)

// A role claim is a name or a path, to a string, a list or an object; and the
// bank's values mean what the mapping says, and nothing else.
func TestRoles(t *testing.T) {
	t.Parallel()
	i := agentstest.NewIssuer(t)
	bank := []string{"agent=Call Centre", "supervisor=CN=Fraud Leads,OU=Groups,DC=bank", `auditor=BANK\Audit`}
	type o = map[string]any
	for name, c := range map[string]struct {
		path   string
		roles  []string
		claims o
		want   agents.Role
	}{
		"a string":              {"role", nil, o{"role": "agent"}, "agent"},
		"a list, the strongest": {"roles", nil, o{"roles": []any{"auditor", 7, "agent", "supervisor"}}, "supervisor"},
		"a clerk":               {"roles", nil, o{"roles": []any{"branch", "x"}}, "branch"},
		"a clerk and an agent":  {"roles", nil, o{"roles": []any{"branch", "agent"}}, "agent"},
		"the bank's clerks":     {"g", []string{"branch=Counter"}, o{"g": "Counter"}, "branch"},
		"a path":                {"realm_access.roles", nil, o{"realm_access": o{"roles": []string{"agent"}}}, "agent"},
		"a client with dots": {"resource_access.hold.fast.roles", nil,
			o{"resource_access": o{"hold.fast": o{"roles": []string{"agent"}}}}, "agent"},
		"the shorter name, too": {"a.b.c", nil, o{"a.b": o{"x": "supervisor"}, "a": o{"b": o{"c": "agent"}}}, "agent"},
		"a URL":                 {"https://bank.example/roles", nil, o{"https://bank.example/roles": []string{"auditor"}}, "auditor"},
		"a path below a URL":    {"https://bank.example/x.roles", nil, o{"https://bank.example/x": o{"roles": "agent"}}, "agent"},
		"names of an object": {"urn:zitadel:iam:org:project:roles", nil, o{"urn:zitadel:iam:org:project:roles": o{"agent": o{"1": "x"}}},
			"agent"},
		"what an object denies":      {"roles", nil, o{"roles": o{"supervisor": false, "auditor": nil, "agent": true}}, "agent"},
		"said as text":               {"roles", nil, o{"roles": o{"supervisor": "false", "auditor": o{}, "agent": o{"1": "x"}}}, "agent"},
		"objects in a list":          {"groups.name", nil, o{"groups": []any{o{"name": "x"}, o{"name": "agent"}}}, "agent"},
		"not there":                  {"a.b", nil, o{"a": "agent", "b": "agent"}, ""},
		"a number":                   {"role", nil, o{"role": 1}, ""},
		"the bank's":                 {"g", bank, o{"g": []string{"Everyone", "Call Centre"}}, "agent"},
		"the bank's, with = and ,":   {"g", bank, o{"g": "CN=Fraud Leads,OU=Groups,DC=bank"}, "supervisor"},
		"the bank's, with \\":        {"g", bank, o{"g": []string{`BANK\Audit`}}, "auditor"},
		"ours are not the bank's":    {"g", bank, o{"g": []string{"supervisor"}}, ""},
		"in other letters":           {"g", bank, o{"g": "call centre"}, ""},
		"no path of an inner string": {"g.Call Centre", bank, o{"g": "Call Centre"}, ""},
	} {
		m, err := agents.ParseMapping(c.roles)
		if err != nil {
			t.Fatal(err)
		}
		v, err := agents.New(agents.Config{Issuer: i.URL, Audience: "holdfast", RoleClaim: c.path, Roles: m})
		if err != nil {
			t.Fatal(err)
		}
		a, _ := v.Verify(t.Context(), i.Token(t, func(claims jwt.MapClaims) {
			delete(claims, "role")
			for k, value := range c.claims {
				claims[k] = value
			}
		}))
		if a.Role != c.want {
			t.Errorf("%s: %q, want %q", name, a.Role, c.want)
		}
	}
	for _, wrong := range [][]string{{"agent"}, {"agent="}, {"boss=x"}, {"agent=x", "supervisor=x"}} {
		if _, err := agents.ParseMapping(wrong); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
}

// google answers for its host alone.
type google struct{ keys []byte }

func (g google) RoundTrip(r *http.Request) (*http.Response, error) {
	body := []byte(`{"issuer": "https://accounts.google.com", "jwks_uri": "https://www.googleapis.com/oauth2/v3/certs"}`)
	if strings.HasSuffix(r.URL.Path, "certs") {
		body = g.keys
	}
	return &http.Response{StatusCode: 200, Body: io.NopCloser(bytes.NewReader(body)), Header: http.Header{}, Request: r}, nil
}

// Google's tokens may leave the https:// of their issuer out; no other's may.
func TestGoogleIssuer(t *testing.T) {
	t.Parallel()
	i := agentstest.NewIssuer(t)
	res, err := http.Get(i.URL + "/keys")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	var keys json.RawMessage
	if err := json.NewDecoder(res.Body).Decode(&keys); err != nil {
		t.Fatal(err)
	}
	v, err := agents.New(agents.Config{Issuer: "https://accounts.google.com", Audience: "holdfast", RoleClaim: "role",
		Client: &http.Client{Transport: google{keys}}})
	if err != nil {
		t.Fatal(err)
	}
	for iss, want := range map[string]bool{"https://accounts.google.com": true, "accounts.google.com": true,
		"http://accounts.google.com": false, "": false, i.URL: false} {
		if _, err := v.Verify(t.Context(), i.Token(t, func(c jwt.MapClaims) { c["iss"] = iss })); (err == nil) != want {
			t.Errorf("%q: %v", iss, err)
		}
	}
	if _, err := verifier(t, i).Verify(t.Context(), i.Token(t, func(c jwt.MapClaims) {
		c["iss"] = strings.TrimPrefix(i.URL,
			"http://")
	})); err == nil {
		t.Error("another's issuer without its scheme is taken")
	}
}
