// Package ledger tells the bank's core what was decided, over one signed
// webhook. It keeps nothing and decides nothing.
package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"holdfast/hold"
	"holdfast/outbound"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// Client posts settlements to one URL.
type Client struct {
	url  string
	sign []*standardwebhooks.Webhook
	http *http.Client
}

// New makes a client that calls through another. secret is a Standard Webhooks
// secret, "whsec_" and base64; or two with a comma between them, while the ledger
// changes from one to the other: each call is signed with both.
func New(url, secret string, through *http.Client) (*Client, error) {
	c := &Client{url: url, http: through}
	for s := range strings.SplitSeq(secret, ",") {
		s = strings.TrimSpace(s)
		sign, err := standardwebhooks.NewWebhook(s)
		if err != nil || len(s) < len("whsec_")+32 || len(c.sign) == 2 { // the library takes an empty key
			return nil, errors.New("ledger_secret: want a Standard Webhooks secret (whsec_ and at least 24 bytes in base64), " +
				"or two while it changes")
		}
		c.sign = append(c.sign, sign)
	}
	return c, nil
}

// Timeout is how long a call may take.
const Timeout = 10 * time.Second

// Post tells one decision under the hold's id as Idempotency-Key. 2xx
// acknowledges, and so does 409 when its body names the same outcome. 408,
// 425, 429, 5xx and network errors are worth another try; every other answer
// is a *hold.LedgerRefusal, a passing one for 401, 403 and 404: a gateway in
// front says those while its keys or routes are changed.
func (c *Client) Post(ctx context.Context, s hold.Settlement) error {
	body, err := json.Marshal(s)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return errors.New("the ledger's URL cannot be used")
	}
	now, id := time.Now(), "msg_"+string(s.HoldID)
	var signatures []string
	for _, key := range c.sign {
		signature, err := key.Sign(id, now, body)
		if err != nil {
			return errors.New("the settlement cannot be signed")
		}
		signatures = append(signatures, signature)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", string(s.HoldID))
	req.Header.Set(standardwebhooks.HeaderWebhookID, id)
	req.Header.Set(standardwebhooks.HeaderWebhookTimestamp, fmt.Sprint(now.Unix()))
	req.Header.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
	res, err := c.http.Do(req)
	if cause := outbound.Cause(err); cause != nil {
		return fmt.Errorf("ledger_url: %w", cause)
	} else if err != nil {
		return errors.New("the ledger does not answer")
	}
	defer res.Body.Close() //nolint:errcheck // nothing is lost
	reply, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return errors.New("the ledger's answer broke off")
	}
	return judge(res.StatusCode, reply, s.Outcome)
}

func judge(status int, reply []byte, told hold.Outcome) error {
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusConflict:
		var first struct {
			Outcome hold.Outcome `json:"outcome"`
		}
		if json.Unmarshal(reply, &first) == nil && first.Outcome == told {
			return nil
		}
		return &hold.LedgerRefusal{Code: "other_outcome"}
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusTooManyRequests, status >= 500:
		return fmt.Errorf("the ledger answered %d", status)
	}
	passing := status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusNotFound
	return &hold.LedgerRefusal{Code: fmt.Sprintf("http_%d", status), Passing: passing}
}
