// Package remote asks a service of the bank's what it knows of a payee, and whether a
// name fits an account: over HTTP, signed as Standard Webhooks, within two seconds. It
// keeps answers for a while in memory, and nothing else; it logs nothing. Whoever does
// not answer, or not as described, has said nothing: that is an error, and never "clear".
package remote

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"holdfast/counterparties"
	"holdfast/outbound"
	"holdfast/signing"
)

const (
	// Timeout is how long a call may take, its answer read.
	Timeout = 2 * time.Second
	// atOnce bounds the calls under way to one address; who finds no place has no answer.
	atOnce   = 16
	maxReply = 64 << 10
)

// Options are how the bank's service is called.
type Options struct {
	Secrets []string         // whsec_…, one, or two while it changes
	Through *http.Client     // that carries the calls
	Keep    time.Duration    // for how long an answer is good without asking again
	Now     func() time.Time // for keeping and resting; nil: time.Now
	Count   func(event string)
}

// caller calls one address.
type caller struct {
	Options
	name   string // of the setting, for errors and events
	url    string
	keys   signing.Keys
	places chan struct{}
	fuse   fuse
}

func newCaller(name, url string, o Options) (*caller, error) {
	keys, err := signing.Read(o.Secrets...)
	if err != nil {
		return nil, fmt.Errorf("payee_secrets: %w", err)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Count == nil {
		o.Count = func(string) {}
	}
	return &caller{Options: o, name: name, url: url, keys: keys, places: make(chan struct{}, atOnce)}, nil
}

// post asks, and reads the answer. An error has no word of what was sent or answered.
func (c *caller) post(ctx context.Context, ask, answer any) error {
	body, err := json.Marshal(ask)
	if err != nil {
		return err
	}
	select {
	case c.places <- struct{}{}:
		defer func() { <-c.places }()
	default:
		c.Count(c.name + "_crowded")
		return counterparties.ErrAway
	}
	if !c.fuse.lets(c.Now()) {
		c.Count(c.name + "_away")
		return counterparties.ErrAway
	}
	answers, err := c.call(ctx, body, answer)
	if ctx.Err() == nil || errors.Is(ctx.Err(), context.DeadlineExceeded) { // nobody has hung up on them
		c.fuse.saw(answers, c.Now())
	}
	if err != nil {
		c.Count(c.name + "_failed")
		return fmt.Errorf("%s: %w", c.name, err)
	}
	c.Count(c.name + "_answered")
	return nil
}

// call tells as well whether the service answers at all: one that refuses a question, or
// answers it otherwise than described, is there for others.
func (c *caller) call(ctx context.Context, body []byte, answer any) (answers bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return true, errors.New("the address cannot be used")
	}
	if err := c.keys.Sign(req, "msg_"+rand.Text(), time.Now(), body); err != nil {
		return true, errors.New("the question cannot be signed")
	}
	res, err := c.Through.Do(req)
	if cause := outbound.Cause(err); cause != nil {
		return false, cause
	} else if err != nil {
		return false, errors.New("the service does not answer")
	}
	defer res.Body.Close() //nolint:errcheck // nothing is lost
	if res.StatusCode != http.StatusOK {
		return !passing(res.StatusCode), fmt.Errorf("the service answered %d", res.StatusCode)
	}
	said, err := io.ReadAll(io.LimitReader(res.Body, maxReply+1))
	if err != nil || len(said) > maxReply || json.Unmarshal(said, answer) != nil {
		return err == nil, errors.New("the answer cannot be read")
	}
	return true, nil
}

// passing tells whether a status says that the service cannot answer anybody now.
func passing(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return status >= 500
}
