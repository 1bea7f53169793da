package push

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"holdfast/channels"
	"holdfast/outbound"
	"holdfast/signing"
)

const (
	wakeTimeout   = 5 * time.Second
	maxDrain      = 16 << 10 // bytes of a reply that are read, to keep the connection
	maxRetryAfter = 10 * time.Minute
)

// Config says how devices without a socket are woken.
type Config struct {
	// WakeURL is the bank's endpoint in front of APNs or FCM. Empty: nobody is
	// woken. HTTPS, except on the machine itself.
	WakeURL string
	// WakeSecrets sign the calls (Standard Webhooks, "whsec_…"); one, or two
	// while rotating. Required with WakeURL.
	WakeSecrets []string
	// Now is the time that goes into the signature; nil: the machine's.
	Now func() time.Time
	// Transport carries the calls; nil: http.DefaultTransport.
	Transport http.RoundTripper
}

// waker posts wake-ups. A nil waker wakes nobody.
type waker struct {
	url    string
	keys   signing.Keys
	now    func() time.Time
	client *http.Client
}

func newWaker(cfg Config) (*waker, error) {
	if cfg.WakeURL == "" {
		return nil, nil
	}
	if !outbound.Safe(cfg.WakeURL) {
		return nil, errors.New("wake url: want https, without credentials (http only to the machine itself)")
	}
	keys, err := signing.Read(cfg.WakeSecrets...)
	if err != nil {
		return nil, fmt.Errorf("wake secrets: %w", err)
	}
	w := &waker{url: cfg.WakeURL, keys: keys, now: cfg.Now}
	if w.now == nil {
		w.now = time.Now
	}
	w.client = &http.Client{
		Timeout:       wakeTimeout,
		Transport:     cfg.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return w, nil
}

// Deliver wakes the device of d, which has no socket, by a signed POST of
// {customer_id, device_id, challenge_id}: never amount or payee, which the app
// fetches once it is awake. Nothing configured: an empty Receipt.
//
// webhook-id is the same for every repeat of a delivery to a device, so the
// receiver can drop repeats.
func (c *Channel) Deliver(ctx context.Context, d channels.Delivery) (channels.Receipt, error) {
	switch {
	case c.wake == nil:
		return channels.Receipt{}, nil
	case d.ID == "" || d.Device == "":
		return channels.Receipt{}, &channels.DeliveryError{Class: channels.Permanent, Code: "delivery_without_id"}
	}
	if fault := c.wake.post(ctx, d); fault != nil {
		return channels.Receipt{}, fault
	}
	return channels.Receipt{ProviderID: d.ID}, nil
}

func (w *waker) post(ctx context.Context, d channels.Delivery) *channels.DeliveryError {
	body, err := json.Marshal(map[string]string{
		"customer_id": string(d.Challenge.CustomerID), "device_id": string(d.Device), "challenge_id": string(d.Challenge.ID),
	})
	if err != nil {
		return &channels.DeliveryError{Class: channels.Permanent, Code: "unreadable"}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(body))
	if err != nil {
		return &channels.DeliveryError{Class: channels.Permanent, Code: "unreadable"}
	}
	if err := w.keys.Sign(req, d.ID+":"+string(d.Device), w.now(), body); err != nil {
		return &channels.DeliveryError{Class: channels.Permanent, Code: "unsigned"}
	}
	res, err := w.client.Do(req)
	if err != nil {
		return &channels.DeliveryError{Class: channels.Retryable, Code: "network"}
	}
	defer res.Body.Close()
	// What the receiver writes is not used; reading a little keeps the connection.
	_, _ = io.CopyN(io.Discard, res.Body, maxDrain)
	return w.classify(res)
}

// classify turns a status into what it means for the next step. A redirect is
// permanent: following it would send the signed call elsewhere.
func (w *waker) classify(res *http.Response) *channels.DeliveryError {
	code := "http_" + strconv.Itoa(res.StatusCode)
	switch s := res.StatusCode; {
	case s >= 200 && s < 300:
		return nil
	case s == http.StatusTooManyRequests:
		return &channels.DeliveryError{Class: channels.Throttled, Code: code, RetryAfter: w.retryAfter(res.Header.Get("Retry-After"))}
	case s == http.StatusRequestTimeout, s == http.StatusTooEarly, s >= 500:
		return &channels.DeliveryError{Class: channels.Retryable, Code: code}
	}
	return &channels.DeliveryError{Class: channels.Permanent, Code: code}
}

// retryAfter reads seconds or an HTTP date (RFC 9110 §10.2.3), between one
// second and ten minutes.
func (w *waker) retryAfter(header string) time.Duration {
	wait := time.Second
	if n, err := strconv.ParseInt(header, 10, 32); err == nil {
		wait = time.Duration(n) * time.Second
	} else if at, err := http.ParseTime(header); err == nil {
		wait = at.Sub(w.now())
	}
	return min(max(wait, time.Second), maxRetryAfter)
}
