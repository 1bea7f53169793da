package issuer_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"holdfast/agents"
	"holdfast/devstack/issuer"

	"golang.org/x/oauth2"
)

// Tokens of the code flow are an agent's; refresh tokens are good once, and not
// at all once they are revoked.
func TestRefreshTokensRotate(t *testing.T) {
	t.Parallel()
	i, err := issuer.Start("127.0.0.1:0", "dev", issuer.People)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = i.Stop() })
	const back = "http://127.0.0.1:1/console/callback"
	i.AllowRedirect(back)
	c := oauth2.Config{ClientID: issuer.Console, ClientSecret: "dev", RedirectURL: back, Scopes: []string{"openid", "profile",
		"offline_access"},
		Endpoint: oauth2.Endpoint{AuthURL: i.URL + "/authorize", TokenURL: i.URL + "/oauth/token", AuthStyle: oauth2.AuthStyleInHeader}}
	verifier := oauth2.GenerateVerifier()
	b := &browser{t, i.URL, map[string]string{}}
	res, text := b.do(http.MethodGet, c.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier), oauth2.SetAuthURLParam("login_hint", "ana")),
		"")
	var code string
	for at, err := res.Location(); err == nil; at, err = res.Location() {
		if strings.HasPrefix(at.String(), back) {
			code = at.Query().Get("code")
			break
		}
		res, text = b.do(http.MethodGet, at.String(), "")
	}
	if code == "" {
		t.Fatalf("no code: %s %s", res.Status, text)
	}
	first, err := c.Exchange(t.Context(), code, oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Exchange(t.Context(), code, oauth2.VerifierOption(verifier)); err == nil {
		t.Error("the code was good twice")
	}
	renew := func(token string) (*oauth2.Token, error) {
		return c.TokenSource(t.Context(), &oauth2.Token{RefreshToken: token}).Token()
	}
	second, err := renew(first.RefreshToken)
	if err != nil || second.RefreshToken == first.RefreshToken {
		t.Fatalf("not renewed: %v", err)
	}
	v, err := agents.New(agents.Config{Issuer: i.URL, Audience: issuer.Audience, RoleClaim: issuer.RoleClaim})
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []*oauth2.Token{first, second} {
		if a, err := v.Verify(t.Context(), token.AccessToken); err != nil || a.Sub != "ana" || a.Role != agents.RoleAgent ||
			a.GivenName != "Ana" {
			t.Errorf("%+v, %v", a, err)
		}
	}
	if _, err := renew(first.RefreshToken); err == nil {
		t.Error("the first refresh token was good twice")
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, i.URL+"/revoke",
		strings.NewReader(url.Values{"token": {second.RefreshToken}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(issuer.Console, "dev")
	revoked, err := http.DefaultClient.Do(r)
	if err != nil || revoked.StatusCode != http.StatusOK {
		t.Fatalf("revoke: %v, %v", revoked, err)
	}
	_ = revoked.Body.Close()
	if _, err := renew(second.RefreshToken); err == nil {
		t.Error("a revoked refresh token was good")
	}
}
