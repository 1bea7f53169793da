package facelink

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"holdfast/hold"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// Vendor is somebody outside who judges faces. Both ways are signed as Standard
// Webhooks with one secret.
type Vendor struct {
	URL    string // creates sessions; HTTPS
	Origin string // where its pages are: scheme and host
	Return string // where its page sends the customer back to
	Notify string // where it tells us the result
	sign   *webhooks.Webhook
	http   *http.Client
}

const maxReply = 64 << 10

// NewVendor checks the settings. through carries the calls.
func NewVendor(at, secret, back, notify string, through *http.Client) (*Vendor, error) {
	u, err := url.Parse(at)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Hostname() != "127.0.0.1" {
		return nil, errors.New("face_vendor_url: want https, without credentials (http only to the machine itself)")
	}
	key, err := webhooks.NewWebhook(secret)
	if err != nil {
		return nil, errors.New("face_vendor_secret: want whsec_ and base64")
	}
	return &Vendor{URL: at, Origin: u.Scheme + "://" + u.Host, Return: back, Notify: notify, sign: key, http: through}, nil
}

var sessionID = regexp.MustCompile(`^[A-Za-z0-9._-]{8,128}$`)

// Create makes a session for a challenge and gives where the customer goes. The
// vendor learns ids and a digest, and nothing of the payment.
func (v *Vendor) Create(ctx context.Context, h hold.Hold, c hold.Challenge) (session, at string, err error) {
	body, err := json.Marshal(map[string]any{"challenge_id": c.ID, "hold_id": h.ID, "tx_digest": c.TxDigest, "return_url": v.Return, "callback_url": v.Notify})
	if err != nil {
		return "", "", err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, v.URL, bytes.NewReader(body))
	if err != nil {
		return "", "", errors.New("the face vendor's URL cannot be used")
	}
	now, id := time.Now(), "msg_"+string(c.ID)+fmt.Sprint(time.Now().UnixNano())
	signature, err := v.sign.Sign(id, now, body)
	if err != nil {
		return "", "", errors.New("the face vendor's request cannot be signed")
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(webhooks.HeaderWebhookID, id)
	r.Header.Set(webhooks.HeaderWebhookTimestamp, fmt.Sprint(now.Unix()))
	r.Header.Set(webhooks.HeaderWebhookSignature, signature)
	res, err := v.http.Do(r)
	if err != nil {
		return "", "", errors.New("the face vendor does not answer")
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	var out struct {
		Session string `json:"session_id"`
		URL     string `json:"url"`
	}
	if res.StatusCode/100 != 2 || json.NewDecoder(io.LimitReader(res.Body, maxReply)).Decode(&out) != nil {
		return "", "", fmt.Errorf("the face vendor answered %d", res.StatusCode)
	}
	u, err := url.Parse(out.URL)
	if err != nil || u.Scheme+"://"+u.Host != v.Origin || !sessionID.MatchString(out.Session) {
		return "", "", errors.New("the face vendor answered with a session or an address of another kind")
	}
	return out.Session, out.URL, nil
}

// Result is what a vendor says of a session.
type Result struct {
	Session     string
	HoldID      hold.ID
	ChallengeID hold.ChallengeID
	Pass        bool
	At          hold.Instant
}

// Verify reads a signed callback; ok is false for whatever is not signed, too
// old (five minutes), or not of the form.
func (v *Vendor) Verify(body []byte, header http.Header) (r Result, ok bool) {
	if v.sign.Verify(body, header) != nil {
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
	return Result{in.Session, in.Hold, in.Challenge, in.Result == "pass", in.At}, true
}
