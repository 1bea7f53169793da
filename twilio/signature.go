package twilio

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // Twilio's choice, as HMAC
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Sign makes Twilio's signature of a webhook: HMAC-SHA1 over the URL and the
// parameters, sorted by name, each name followed by its values, sorted and
// without repeats.
func Sign(token, at string, params url.Values) string {
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(at))
	names := make([]string, 0, len(params))
	for name := range params {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		values := slices.Clone(params[name])
		slices.Sort(values)
		for _, v := range slices.Compact(values) {
			mac.Write([]byte(name + v))
		}
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// Signed tells whether a webhook was signed with a token of the account's for our
// public URL (scheme://host, with a path before ours if there is one). What a
// proxy did to the host does not matter: the URL is put together from ours. A
// form's parameters are signed; of any other body its SHA-256 is, as the query
// parameter bodySHA256. It gives the form's parameters.
func (a *Account) Signed(publicURL string, r *http.Request, body []byte) (params url.Values, ok bool) {
	params = url.Values{}
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); strings.TrimSpace(kind) == "application/x-www-form-urlencoded" {
		var err error
		if params, err = url.ParseQuery(string(body)); err != nil {
			return nil, false
		}
	} else {
		sum := sha256.Sum256(body)
		if !hmac.Equal([]byte(r.URL.Query().Get("bodySHA256")), []byte(hex.EncodeToString(sum[:]))) {
			return nil, false
		}
	}
	given := r.Header.Values("X-Twilio-Signature")
	if len(given) != 1 {
		return nil, false
	}
	for _, at := range asSigned(strings.TrimSuffix(publicURL, "/") + r.URL.RequestURI()) {
		for _, token := range a.tokens() {
			if hmac.Equal([]byte(Sign(token, at, params)), []byte(given[0])) {
				ok = true
			}
		}
	}
	return params, ok
}

// asSigned are the ways in which Twilio may have written the URL: with the port
// and without, an apostrophe escaped or not.
func asSigned(at string) []string {
	u, err := url.Parse(at)
	if err != nil {
		return []string{at}
	}
	with, without := *u, *u
	without.Host = u.Hostname()
	if u.Port() == "" {
		with.Host += map[string]string{"https": ":443", "http": ":80"}[u.Scheme]
	}
	out := []string{at, with.String(), without.String()}
	for _, s := range out {
		out = append(out, strings.ReplaceAll(s, "'", "%27"))
	}
	slices.Sort(out)
	return slices.Compact(out)
}
