// Package signing signs what is called and checks who calls, as Standard Webhooks
// describes it, with one secret, or with either of two while it changes.
package signing

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// Keys are one key or two, the current one first.
type Keys []*webhooks.Webhook

// ErrSecrets says what secrets are taken. It quotes nothing of them.
var ErrSecrets = errors.New("want whsec_ and at least 24 bytes in base64, or two such secrets while they change")

const shortest = len("whsec_") + 32 // 24 bytes; the library takes an empty key, with which anybody could sign

// Read reads one secret or two.
func Read(secrets ...string) (Keys, error) {
	if len(secrets) < 1 || len(secrets) > 2 {
		return nil, ErrSecrets
	}
	var keys Keys
	for _, s := range secrets {
		s = strings.TrimSpace(s)
		key, err := webhooks.NewWebhook(s)
		if err != nil || len(s) < shortest {
			return nil, ErrSecrets
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// Sign sets the headers of a call with a JSON body. Two keys give two signatures,
// so that the receiver can change over at leisure.
func (k Keys) Sign(r *http.Request, id string, at time.Time, body []byte) error {
	var signatures []string
	for _, key := range k {
		s, err := key.Sign(id, at, body)
		if err != nil {
			return err
		}
		signatures = append(signatures, s)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(webhooks.HeaderWebhookID, id)
	r.Header.Set(webhooks.HeaderWebhookTimestamp, strconv.FormatInt(at.Unix(), 10))
	r.Header.Set(webhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
	return nil
}

// Signed tells whether a body is signed with a key, not five minutes ago.
func (k Keys) Signed(body []byte, header http.Header) bool {
	return slices.ContainsFunc(k, func(key *webhooks.Webhook) bool { return key.Verify(body, header) == nil })
}
