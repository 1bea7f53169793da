package agents

import (
	"context"
	"crypto"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
)

// ErrInvalid means that a token is nobody's. It quotes nothing of it.
var ErrInvalid = errors.New("the token is nobody's")

// Nobodys is ErrInvalid with what is wrong with the token. Only the log hears of
// it: who forges learns nothing.
type Nobodys struct{ Check string }

func (Nobodys) Error() string        { return ErrInvalid.Error() }
func (Nobodys) Is(target error) bool { return target == ErrInvalid }

// CheckOf is the check that a token failed, empty for other errors.
func CheckOf(err error) string {
	var n Nobodys
	_ = errors.As(err, &n)
	return n.Check
}

const maxToken = 16 << 10 // a hundred groups are in some

// algorithms are those with a public key (RFC 7518 §3.1, RFC 8037).
var algorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}

var errKeyUnknown = errors.New("no such key")

// Claims gives the claims of a token that the provider signed for an audience,
// and that lives now: ErrInvalid, ErrUnavailable or ErrMisconfigured otherwise.
func (p *Provider) Claims(ctx context.Context, token, audience string, skew time.Duration) (jwt.MapClaims, error) {
	if token == "" || len(token) > maxToken {
		return nil, Nobodys{"no token"}
	}
	claims := jwt.MapClaims{}
	parser := jwt.NewParser(jwt.WithValidMethods(algorithms), jwt.WithLeeway(skew), jwt.WithTimeFunc(p.now), jwt.WithExpirationRequired(),
		jwt.WithAudience(audience), jwt.WithIssuedAt())
	_, err := parser.ParseWithClaims(token, claims, func(t *jwt.Token) (any, error) { return p.keysFor(ctx, t) })
	if errors.Is(err, ErrUnavailable) || errors.Is(err, ErrMisconfigured) {
		return nil, err
	}
	if err != nil {
		return nil, Nobodys{failedCheck(err)}
	}
	doc, err := p.Document(ctx)
	if err != nil {
		return nil, err
	}
	iss, _ := claims.GetIssuer()
	if iss != doc.Issuer && (iss == "" || iss != doc.AccessIssuer) && (doc.Issuer != google || iss != strings.TrimPrefix(google, "https://")) {
		return nil, Nobodys{"iss: another issuer"}
	}
	return claims, nil
}

// google names itself with and without https:// in its ID tokens, as it says.
const google = "https://accounts.google.com"

// keysFor are the keys that may have signed a token.
func (p *Provider) keysFor(ctx context.Context, t *jwt.Token) (any, error) {
	if _, critical := t.Header["crit"]; critical { // RFC 7515 §4.1.11: none is understood here
		return nil, errKeyUnknown
	}
	kid, _ := t.Header["kid"].(string)
	fits := func(k jose.JSONWebKey) bool {
		return (kid == "" || k.KeyID == kid) && (k.Algorithm == "" || k.Algorithm == t.Method.Alg())
	}
	known, err := p.look(ctx, func(k *known) bool { return slices.ContainsFunc(k.keys, fits) })
	if err != nil {
		return nil, err
	}
	var set jwt.VerificationKeySet
	for _, k := range known.keys {
		if fits(k) {
			set.Keys = append(set.Keys, k.Key)
		}
	}
	if len(set.Keys) == 0 {
		return nil, errKeyUnknown
	}
	return set, nil
}

// failedCheck names what the library found, in our words: its own could quote.
func failedCheck(err error) string {
	for _, c := range []struct {
		is   error
		name string
	}{
		{errKeyUnknown, "kid: no key of the provider's"},
		{jwt.ErrTokenMalformed, "no JWT"},
		{jwt.ErrTokenSignatureInvalid, "signature"},
		{jwt.ErrTokenExpired, "exp: expired"},
		{jwt.ErrTokenNotValidYet, "nbf: not yet"},
		{jwt.ErrTokenUsedBeforeIssued, "iat: in the future"},
		{jwt.ErrTokenInvalidAudience, "aud: another audience"},
		{jwt.ErrTokenRequiredClaimMissing, "exp or aud: missing"},
	} {
		if errors.Is(err, c.is) {
			return c.name
		}
	}
	return "not as described"
}

// IsFor tells whether an ID token was issued to a client, and not to another one
// that may only name it among its audiences (OpenID Connect Core 1.0, 3.1.3.7,
// steps 4 and 5): azp says so, and has to where there are several.
func IsFor(id jwt.MapClaims, client string) bool {
	azp, said := id["azp"]
	several, _ := id["aud"].([]any)
	return azp == any(client) || !said && len(several) < 2
}

// IsHashOf tells whether an ID token's at_hash is an access token's (OpenID
// Connect Core 1.0, 3.1.3.6). The ID token has been verified.
func IsHashOf(atHash, idToken, access string) bool {
	t, _, err := jwt.NewParser().ParseUnverified(idToken, jwt.MapClaims{})
	if err != nil {
		return false
	}
	h := crypto.SHA512 // of EdDSA
	switch alg := t.Method.Alg(); {
	case strings.HasSuffix(alg, "256"):
		h = crypto.SHA256
	case strings.HasSuffix(alg, "384"):
		h = crypto.SHA384
	}
	sum := h.New()
	sum.Write([]byte(access))
	half := sum.Sum(nil)[:h.Size()/2]
	return subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(half)), []byte(atHash)) == 1
}
