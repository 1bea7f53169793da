package facelink

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"holdfast/channels"
	"holdfast/hold"
	"holdfast/outbound"
	"holdfast/signing"
)

// Vendor is somebody outside who judges faces. Both ways are signed as Standard
// Webhooks with one secret, or with either of two while it changes.
type Vendor struct {
	URL    string // creates sessions; HTTPS
	Origin string // where its pages are: scheme and host
	Return string // where its page sends the customer back to
	Notify string // where it tells us the result
	keys   signing.Keys
	http   *http.Client
}

const maxReply = 64 << 10

// NewVendor checks the settings. through carries the calls.
func NewVendor(at, secret, back, notify string, through *http.Client) (*Vendor, error) {
	u, err := url.Parse(at)
	if err != nil || !outbound.Safe(at) {
		return nil, errors.New("face_vendor_url: want https, without credentials (http only to the machine itself)")
	}
	keys, err := signing.Read(strings.Split(secret, ",")...)
	if err != nil {
		return nil, fmt.Errorf("face_vendor_secret: %w", err)
	}
	return &Vendor{URL: at, Origin: u.Scheme + "://" + u.Host, Return: back, Notify: notify, keys: keys, http: through}, nil
}

var sessionID = regexp.MustCompile(`^[A-Za-z0-9._-]{8,128}$`)

// Create makes a session for a challenge and gives where the customer goes. The
// vendor learns ids and a digest, and nothing of the payment. Errors are
// *channels.DeliveryError: a session that was made and lost harms nobody.
func (v *Vendor) Create(ctx context.Context, h hold.Hold, c hold.Challenge) (session, at string, err error) {
	body, err := json.Marshal(map[string]any{"challenge_id": c.ID, "hold_id": h.ID, "tx_digest": c.TxDigest, "return_url": v.Return,
		"callback_url": v.Notify})
	if err != nil {
		return "", "", fault(channels.Permanent, "unreadable")
	}
	connected := false
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected = true }})
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, v.URL, bytes.NewReader(body))
	if err != nil {
		return "", "", fault(channels.Permanent, "unreadable")
	}
	now := time.Now()
	if err := v.keys.Sign(r, "msg_"+string(c.ID)+fmt.Sprint(now.UnixNano()), now, body); err != nil {
		return "", "", fault(channels.Permanent, "unsigned")
	}
	res, err := v.http.Do(r)
	switch {
	case err != nil && connected:
		return "", "", fault(channels.Ambiguous, "network")
	case err != nil:
		return "", "", fault(channels.Retryable, "network")
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	if f := classify(res); f != nil {
		return "", "", f
	}
	var out struct {
		Session string `json:"session_id"`
		URL     string `json:"url"`
	}
	if json.NewDecoder(io.LimitReader(res.Body, maxReply)).Decode(&out) != nil {
		return "", "", fault(channels.Ambiguous, "reply_unreadable")
	}
	u, err := url.Parse(out.URL)
	if err != nil || u.Scheme+"://"+u.Host != v.Origin || !sessionID.MatchString(out.Session) {
		return "", "", fault(channels.Permanent, "reply_refused") // a session or an address of another kind
	}
	return out.Session, out.URL, nil
}

func fault(class channels.DeliveryClass, code string) *channels.DeliveryError {
	return &channels.DeliveryError{Class: class, Code: code}
}

const maxWait = 10 * time.Minute // that a Retry-After may ask for

// classify says what a status means for the next try; nil: it went well.
func classify(res *http.Response) error {
	f := fault(channels.Permanent, "http_"+strconv.Itoa(res.StatusCode))
	switch s := res.StatusCode; {
	case s/100 == 2:
		return nil
	case s == http.StatusTooManyRequests:
		n, _ := strconv.Atoi(res.Header.Get("Retry-After"))
		f.Class, f.RetryAfter = channels.Throttled, min(max(time.Duration(n)*time.Second, time.Second), maxWait)
	case s == http.StatusServiceUnavailable:
		f.Class = channels.Retryable
	case s >= 500, s == http.StatusRequestTimeout:
		f.Class = channels.Ambiguous
	}
	return f
}

// Verify reads a signed webhook; ok is false for whatever is not signed, too
// old (five minutes), or not of the form.
func (v *Vendor) Verify(body []byte, header http.Header) (r hold.FaceResult, ok bool) {
	if !v.keys.Signed(body, header) {
		return r, false
	}
	var in struct {
		Session   string           `json:"session_id"`
		Hold      hold.ID          `json:"hold_id"`
		Challenge hold.ChallengeID `json:"challenge_id"`
		Result    string           `json:"result"`
		At        hold.Instant     `json:"at"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if d.Decode(&in) != nil || d.More() || !sessionID.MatchString(in.Session) || in.Result != "pass" && in.Result != "fail" || in.At == 0 {
		return r, false
	}
	return hold.FaceResult{Session: in.Session, HoldID: in.Hold, ChallengeID: in.Challenge, Pass: in.Result == "pass", At: in.At}, true
}
