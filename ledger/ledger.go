// Package ledger tells the bank what was decided and confirmed, over signed webhooks: its
// core, release or reverse; and whoever asks other banks for money back, a recall. It
// keeps nothing and decides nothing.
package ledger

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"holdfast/hold"
)

// Client posts settlements to one URL.
type Client struct{ endpoint }

// New makes a client that calls through another. secret is a Standard Webhooks
// secret, "whsec_" and base64; or two with a comma between them, while the ledger
// changes from one to the other: each call is signed with both.
func New(url, secret string, through *http.Client) (*Client, error) {
	e, err := open("the ledger", "ledger", url, secret, through)
	if err != nil {
		return nil, err
	}
	return &Client{e}, nil
}

// Timeout is how long a call may take.
const Timeout = 10 * time.Second

// Post tells one decision under the hold's id as Idempotency-Key. A 409 acknowledges
// when its body names the same outcome.
func (c *Client) Post(ctx context.Context, s hold.Settlement) error {
	return c.post(ctx, string(s.HoldID), s, func(reply []byte) string {
		var first struct {
			Outcome hold.Outcome `json:"outcome"`
		}
		if json.Unmarshal(reply, &first) == nil && first.Outcome == s.Outcome {
			return ""
		}
		return "other_outcome"
	})
}

// Recalls posts recalls to one URL.
type Recalls struct{ endpoint }

// NewRecalls is New for recalls.
func NewRecalls(url, secret string, through *http.Client) (*Recalls, error) {
	e, err := open("the bank's endpoint for recalls", "recall", url, secret, through)
	if err != nil {
		return nil, err
	}
	return &Recalls{e}, nil
}

// Post asks for one recall under its id as Idempotency-Key. A 409 acknowledges when its
// body names the same recall: what stands there is reported by its own way.
func (c *Recalls) Post(ctx context.Context, r hold.RecallRequest) error {
	return c.post(ctx, string(r.RecallID), r, func(reply []byte) string {
		var first struct {
			RecallID hold.RecallID `json:"recall_id"`
		}
		if json.Unmarshal(reply, &first) == nil && first.RecallID == r.RecallID {
			return ""
		}
		return "other_recall"
	})
}
