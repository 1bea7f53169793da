package console_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
)

const (
	clientID     = "holdfast-console"
	clientSecret = "of the+bank/" // to be encoded in Basic (RFC 6749 §2.3.1)
)

// idp is an identity provider that takes nothing but what the standards say:
// PKCE, the client's secret, the same redirect_uri, each code and each refresh
// token once. A refresh token that comes twice voids them all.
type idp struct {
	*httptest.Server
	t   *testing.T
	key *ecdsa.PrivateKey
	now func() time.Time

	mu       sync.Mutex
	redirect string
	codes    map[string]url.Values // by code: what was asked
	alive    map[string]bool       // refresh tokens
	hint     string                // of the last sign-in
	renewals int
	revoked  []string
	role     string
	access   func(c jwt.MapClaims) // changes access tokens
	id       func(c jwt.MapClaims) // changes ID tokens
	down     bool
	refuse   bool
	renewing chan struct{} // a renewal waits for it
	asked    url.Values    // of the last sign-in
	no       string        // what the token endpoint says: a code, or 503
	maker    *maker        // whose shapes it has; nil: as simple as can be
}

func newIDP(t *testing.T, now func() time.Time) *idp {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	none := func(jwt.MapClaims) {}
	p := &idp{t: t, key: key, now: now, codes: map[string]url.Values{}, alive: map[string]bool{}, role: "agent", access: none, id: none}
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if p.maker != nil && r.URL.Path == strings.TrimSuffix(p.maker.path, "/")+"/.well-known/openid-configuration" {
			_ = json.NewEncoder(w).Encode(p.maker.document(p.URL))
			return
		}
		w.WriteHeader(http.StatusNotFound)
	})
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		if p.maker != nil {
			_ = json.NewEncoder(w).Encode(p.maker.document(p.URL))
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL +
			"/token", "jwks_uri": p.URL + "/keys",
			"revocation_endpoint": p.URL + "/revoke", "scopes_supported": []string{"openid", "offline_access"},
			"id_token_signing_alg_values_supported": []string{"ES256"}})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "one", Algorithm: "ES256",
			Use: "sig"}}})
	})
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("POST /revoke", func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.client(r) {
			p.revoked = append(p.revoked, r.FormValue("token"))
			delete(p.alive, r.FormValue("token"))
		}
	})
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		down := p.down
		p.mu.Unlock()
		if down {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

// set changes the provider between requests.
func (p *idp) set(change func()) { p.mu.Lock(); defer p.mu.Unlock(); change() }

func (p *idp) client(r *http.Request) bool {
	id, secret, basic := r.BasicAuth()
	if !basic {
		return r.FormValue("client_id") == clientID && r.FormValue("client_secret") == clientSecret
	}
	id, _ = url.QueryUnescape(id)
	secret, _ = url.QueryUnescape(secret)
	if id != clientID || secret != clientSecret {
		p.t.Error("the client did not prove who it is")
	}
	return id == clientID && secret == clientSecret
}

// authorize signs ana in without asking.
func (p *idp) authorize(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	q := r.URL.Query()
	p.asked = q
	if q.Get("client_id") != clientID || q.Get("response_type") != "code" || q.Get("redirect_uri") != p.redirect || p.maker == nil &&
		q.Get("scope") != "openid profile offline_access" ||
		q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 || len(q.Get("state")) < 22 || len(q.Get("nonce")) < 22 {
		p.t.Errorf("authorization request %v", q)
	}
	p.hint = q.Get("login_hint")
	code := rand.Text()
	p.codes[code] = q
	http.Redirect(w, r, p.redirect+"?"+url.Values{"code": {code}, "state": {q.Get("state")}}.Encode(), http.StatusFound)
}

func (p *idp) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	wait := p.renewing
	p.mu.Unlock()
	if wait != nil && r.FormValue("grant_type") == "refresh_token" {
		<-wait
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var nonce string
	ok := p.client(r) && !p.refuse
	switch r.FormValue("grant_type") {
	case "authorization_code":
		asked := p.codes[r.FormValue("code")]
		delete(p.codes, r.FormValue("code"))
		sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		ok = ok && base64.RawURLEncoding.EncodeToString(sum[:]) == asked.Get("code_challenge") &&
			r.FormValue("redirect_uri") == asked.Get("redirect_uri")
		nonce = asked.Get("nonce")
	case "refresh_token":
		p.renewals++
		if !p.alive[r.FormValue("refresh_token")] {
			clear(p.alive)
			ok = false
		}
		delete(p.alive, r.FormValue("refresh_token"))
	default:
		ok = false
	}
	w.Header().Set("Content-Type", "application/json")
	if p.no == "503" {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte("503 canary"))
		return
	} else if p.no != "" {
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]any{"error": p.no, "error_description": "canary"})
		return
	}
	if ok && p.maker != nil {
		_ = json.NewEncoder(w).Encode(p.shaped(nonce, r.FormValue("refresh_token")))
		return
	}
	if !ok {
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]any{"error": "invalid_grant"})
		return
	}
	refresh := "refresh-" + rand.Text()
	p.alive[refresh] = true
	_ = json.NewEncoder(w).Encode(map[string]any{"token_type": "Bearer", "expires_in": 300, "refresh_token": refresh,
		"access_token": p.signed(jwt.MapClaims{"aud": "holdfast", "sub": "ana", "role": p.role, "name": "Ana Example", "given_name": "Ana"},
			p.access),
		"id_token": p.signed(jwt.MapClaims{"aud": clientID, "sub": "ana", "nonce": nonce}, p.id)})
}

// shaped is a token response as the maker's provider gives it.
func (p *idp) shaped(nonce, refresh string) map[string]any {
	m := p.maker
	out := map[string]any{"token_type": "Bearer", "expires_in": int(m.life / time.Second)}
	if refresh == "" || m.rotates {
		refresh = "refresh-" + rand.Text()
		out["refresh_token"] = refresh
	}
	p.alive[refresh] = true
	life := func(c jwt.MapClaims) { c["exp"] = p.now().Add(m.life).Unix() }
	access := "opaque-" + rand.Text()
	if !m.opaque {
		access = p.signed(maps.Clone(m.access), func(c jwt.MapClaims) {
			if life(c); m.access["iss"] != nil {
				c["iss"] = m.access["iss"]
			}
		})
	}
	id := maps.Clone(m.id)
	if nonce != "" {
		id["nonce"] = nonce
	}
	if !m.noHash {
		sum := sha256.Sum256([]byte(access))
		id["at_hash"] = base64.RawURLEncoding.EncodeToString(sum[:16])
	}
	out["access_token"], out["id_token"] = access, p.signed(id, life)
	return out
}

func (p *idp) signed(c jwt.MapClaims, change func(jwt.MapClaims)) string {
	issuer := p.URL
	if p.maker != nil {
		issuer += p.maker.path
	}
	c["iss"], c["iat"], c["exp"], c["jti"] = issuer, p.now().Unix(), p.now().Add(5*time.Minute).Unix(), rand.Text()
	change(c)
	t := jwt.NewWithClaims(jwt.SigningMethodES256, c)
	t.Header["kid"] = "one"
	s, err := t.SignedString(p.key)
	if err != nil {
		p.t.Error(err)
	}
	return s
}
