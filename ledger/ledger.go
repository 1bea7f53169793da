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
	"holdfast/signing"
)

// Client posts settlements to one URL.
type Client struct {
	url  string
	keys signing.Keys
	http *http.Client
}

// New makes a client that calls through another. secret is a Standard Webhooks
// secret, "whsec_" and base64; or two with a comma between them, while the ledger
// changes from one to the other: each call is signed with both.
func New(url, secret string, through *http.Client) (*Client, error) {
	keys, err := signing.Read(strings.Split(secret, ",")...)
	if err != nil {
		return nil, fmt.Errorf("ledger_secret: %w", err)
	}
	return &Client{url: url, keys: keys, http: through}, nil
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
	if err := c.keys.Sign(req, "msg_"+string(s.HoldID), time.Now(), body); err != nil {
		return errors.New("the settlement cannot be signed")
	}
	req.Header.Set("Idempotency-Key", string(s.HoldID))
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
