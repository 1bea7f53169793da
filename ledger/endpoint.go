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

// endpoint is one of the bank's, which is told something as a signed webhook.
type endpoint struct {
	name string // as its messages are about: the ledger, …
	of   string // of its settings: ledger, …
	url  string
	keys signing.Keys
	http *http.Client
}

func open(name, of, url, secret string, through *http.Client) (endpoint, error) {
	keys, err := signing.Read(strings.Split(secret, ",")...)
	if err != nil {
		return endpoint{}, fmt.Errorf("%s_secret: %w", of, err)
	}
	return endpoint{name: name, of: of, url: url, keys: keys, http: through}, nil
}

// post tells one thing, under its id as Idempotency-Key. stands tells whether what a 409
// names is what was told.
func (e endpoint) post(ctx context.Context, id string, told any, stands func(reply []byte) (other string)) error {
	body, err := json.Marshal(told)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		return errors.New(e.name + "'s URL cannot be used")
	}
	if err := e.keys.Sign(req, "msg_"+id, time.Now(), body); err != nil {
		return errors.New("what " + e.name + " is told cannot be signed")
	}
	req.Header.Set("Idempotency-Key", id)
	res, err := e.http.Do(req)
	if cause := outbound.Cause(err); cause != nil {
		return fmt.Errorf("%s_url: %w", e.of, cause)
	} else if err != nil {
		return errors.New(e.name + " does not answer")
	}
	defer res.Body.Close() //nolint:errcheck // nothing is lost
	reply, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return errors.New(e.name + "'s answer broke off")
	}
	return e.judge(res.StatusCode, reply, stands)
}

// judge says what an answer means. 2xx acknowledges, and so does 409 when its body names
// what was told. 408, 425, 429, 5xx and network errors are worth another try; every other
// answer is a *hold.LedgerRefusal, a passing one for 401, 403 and 404: a gateway in front
// says those while its keys or routes are changed.
func (e endpoint) judge(status int, reply []byte, stands func(reply []byte) string) error {
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusConflict:
		if other := stands(reply); other != "" {
			return &hold.LedgerRefusal{Code: other}
		}
		return nil
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusTooManyRequests, status >= 500:
		return fmt.Errorf("%s answered %d", e.name, status)
	}
	passing := status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusNotFound
	return &hold.LedgerRefusal{Code: fmt.Sprintf("http_%d", status), Passing: passing}
}
