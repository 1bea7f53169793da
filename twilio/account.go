// Package twilio is one account at Twilio: messages and lookups through
// Twilio's own client, and the signatures of its webhooks. It knows nothing of
// holds. Its errors carry codes and never Twilio's words, which quote numbers.
package twilio

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twilio/twilio-go/client"
)

const (
	callLimit = 8 * time.Second // below an activity's 15 s
	maxBody   = 1 << 20         // of a reply
	maxWait   = time.Hour       // that a Retry-After may ask for
)

// Config is an account. URL replaces https://api.twilio.com, for a fake or a
// proxy, and https://lookups.twilio.com too unless LookupsURL does. Region and
// Edge say where the API is called; Lookups are at one place for all regions.
type Config struct {
	AccountSID string // AC…
	// letters and digits, the key of the webhooks' signatures; two with a comma between them while it changes, the one to call with first
	AuthToken  string
	Key        Key    // calls the API in place of the first token
	LookupsKey Key    // calls Lookups, where a region's key is not known there
	Region     string // us1, ie1, au1, jp1
	Edge       string // ashburn, dublin, …
	From       string // a number in E.164, or a messaging service, MG…
	URL        string
	LookupsURL string
	Transport  http.RoundTripper // nil: http.DefaultTransport
}

// Key is an API key of the account: SK…, and its secret.
type Key struct{ SID, Secret string }

// Account is safe for concurrent use.
type Account struct {
	Config
	base, lookups *url.URL // nil: Twilio's own
}

// lookupsHost is where Lookups are, whatever the account's region.
const lookupsHost = "lookups.twilio.com"

var (
	accountSID = regexp.MustCompile(`^AC[0-9a-fA-F]{32}$`)
	authToken  = regexp.MustCompile(`^[0-9a-zA-Z]{16,64}$`)
	keySID     = regexp.MustCompile(`^SK[0-9a-fA-F]{32}$`)
	place      = regexp.MustCompile(`^[a-z0-9-]{2,20}$`)
	sender     = regexp.MustCompile(`^(\+[1-9][0-9]{6,14}|MG[0-9a-fA-F]{32})$`)
)

// New checks the settings. The error names what is wrong and quotes nothing.
func New(c Config) (*Account, error) {
	a := &Account{Config: c}
	switch {
	case !accountSID.MatchString(c.AccountSID):
		return nil, errors.New("twilio_account_sid: want AC and 32 hexadecimal digits")
	case len(a.tokens()) > 2 || slices.ContainsFunc(a.tokens(), func(t string) bool { return !authToken.MatchString(t) }):
		return nil, errors.New("twilio_auth_token: want the account's auth token, letters and digits, or two while it changes")
	case !c.Key.good():
		return nil, errors.New("twilio_api_key: want SK and 32 hexadecimal digits, and twilio_api_secret with it")
	case !c.LookupsKey.good():
		return nil, errors.New("lookups_api_key: want SK and 32 hexadecimal digits, and lookups_api_secret with it")
	case c.Edge != "" && !place.MatchString(c.Edge) || c.Region != "" && (!place.MatchString(c.Region) || c.Edge == ""):
		return nil, errors.New("twilio_region: want a region and an edge as Twilio names them: ie1 and dublin")
	case c.URL != "" && c.Edge != "":
		return nil, errors.New("twilio_url: it takes the place of twilio_region and twilio_edge")
	case !sender.MatchString(c.From):
		return nil, errors.New("twilio_from: want a number in E.164, or a messaging service (MG and 32 hexadecimal digits)")
	}
	var err error
	if a.base, err = origin(c.URL); err != nil {
		return nil, fmt.Errorf("twilio_url: %w", err)
	}
	if a.lookups, err = origin(c.LookupsURL); err != nil {
		return nil, fmt.Errorf("twilio_lookups_url: %w", err)
	}
	if a.lookups == nil {
		a.lookups = a.base
	}
	if c.Edge != "" { // as Twilio's own clients do, an edge alone is of us1
		region := c.Region
		if region == "" {
			region = "us1"
		}
		a.base = &url.URL{Scheme: "https", Host: "api." + c.Edge + "." + region + ".twilio.com"}
	}
	return a, nil
}

// origin reads scheme and host; nil for an empty address.
func origin(at string) (*url.URL, error) {
	if at == "" {
		return nil, nil
	}
	u, err := url.Parse(at)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.Path != "" && u.Path != "/" {
		return nil, errors.New("want scheme and host only")
	}
	return u, nil
}

// tokens are the account's one or two auth tokens, the current one first.
func (c Config) tokens() []string {
	return strings.Split(strings.ReplaceAll(c.AuthToken, " ", ""), ",")
}

func (k Key) good() bool { return k == Key{} || keySID.MatchString(k.SID) && k.Secret != "" }

// Class says what a failed call means for the next step.
type Class string

const (
	NotSent   Class = "not_sent"  // nothing left this machine, or Twilio says it took nothing: try again
	Ambiguous Class = "ambiguous" // it may have been done
	Throttled Class = "throttled" // try again after RetryAfter
	Refused   Class = "refused"   // for good
)

// CodeOptedOut says that a number wants nothing from us any more.
const CodeOptedOut = "twilio_21610"

// Error is a call that failed. Code is "network", "http_503" or
// "twilio_21211".
type Error struct {
	Class      Class
	Code       string
	RetryAfter time.Duration // for Throttled, at least a second
}

func (e *Error) Error() string { return fmt.Sprintf("twilio %s: %s", e.Class, e.Code) }

// exchange carries one call: Twilio's client takes no context, closes no body
// on errors and loses the reply's headers.
type exchange struct {
	ctx        context.Context
	account    *Account
	connected  bool
	status     int
	retryAfter time.Duration
}

// RoundTrip sends the request and reads the reply to its end.
func (x *exchange) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := httptrace.WithClientTrace(x.ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { x.connected = true }})
	r = r.Clone(ctx)
	to := x.account.base
	if r.URL.Host == lookupsHost {
		to = x.account.lookups
		if k := x.account.LookupsKey; k.SID != "" {
			r.SetBasicAuth(k.SID, k.Secret)
		}
	}
	if to != nil {
		r.URL.Scheme, r.URL.Host, r.Host = to.Scheme, to.Host, ""
	}
	next := x.account.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	res, err := next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	err = errors.Join(err, res.Body.Close())
	if err != nil {
		return nil, err
	}
	x.status, x.retryAfter = res.StatusCode, retryAfter(res.Header.Get("Retry-After"))
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, nil
}

func retryAfter(header string) time.Duration {
	n, err := strconv.Atoi(header)
	if err != nil || n < 1 {
		return time.Second
	}
	return min(time.Duration(n)*time.Second, maxWait)
}

// call runs one call of Twilio's client. region and edge of the environment
// are left out of the handler: they would send the call elsewhere.
func (a *Account) call(ctx context.Context, do func(*client.RequestHandler) error) error {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	x := &exchange{ctx: ctx, account: a}
	user, password := a.AccountSID, a.tokens()[0]
	if a.Key.SID != "" {
		user, password = a.Key.SID, a.Key.Secret
	}
	c := &client.Client{Credentials: client.NewCredentials(user, password), HTTPClient: &http.Client{Transport: x,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	c.SetAccountSid(a.AccountSID)
	if err := do(&client.RequestHandler{Client: c}); err != nil || x.status/100 != 2 {
		return x.classify(err)
	}
	return nil
}

func (x *exchange) classify(err error) error {
	code := "http_" + strconv.Itoa(x.status)
	var rest *client.TwilioRestError
	if errors.As(err, &rest) && rest.Code > 0 {
		code = "twilio_" + strconv.Itoa(rest.Code)
	}
	switch s := x.status; {
	case s == 0 && !x.connected:
		return &Error{Class: NotSent, Code: "network"}
	case s == 0:
		return &Error{Class: Ambiguous, Code: "network"}
	case s == http.StatusTooManyRequests:
		return &Error{Class: Throttled, Code: code, RetryAfter: x.retryAfter}
	case s == http.StatusServiceUnavailable:
		return &Error{Class: NotSent, Code: code}
	case s >= 500, s == http.StatusRequestTimeout, s/100 == 2: // a 2xx that cannot be read
		return &Error{Class: Ambiguous, Code: code}
	}
	return &Error{Class: Refused, Code: code}
}
