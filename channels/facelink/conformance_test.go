package facelink_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"holdfast/channels"
	"holdfast/channels/channeltest"
	"holdfast/channels/facelink"
	"holdfast/hold"
)

// What the vendor writes and where it is are in no error.
const (
	vendorAt      = "https://vendor.test/canary-path"
	vendorWrites  = "+393331234567 canary-session"
	payeesAccount = "DE02120300000000202051"
)

func TestConformance(t *testing.T) {
	channeltest.Run(t, func(t *testing.T) channeltest.Bundle {
		h := hold.Hold{ID: "hold_1", TxDigest: "d", Request: hold.Request{Payee: hold.Payee{Name: "Anna Kovacs", Account: payeesAccount}}}
		c := hold.Challenge{ID: "chal_1", HoldID: h.ID, TxDigest: h.TxDigest, Channel: hold.FaceLink, Status: hold.Open}
		answer := func(hold.Answer) channels.Answer {
			return channels.Answer{Hold: h, Proof: string(hold.SameFace), Now: 1}
		}
		with := func(change func(*channels.Answer)) channels.Answer {
			a := answer(hold.Approve)
			change(&a)
			return a
		}
		asks := func(name string, class channels.DeliveryClass, w wire) channeltest.Failing {
			return channeltest.Failing{Name: name, Class: class, Try: func(ctx context.Context) (channels.Receipt, error) {
				session, _, err := w.vendor(t).Create(ctx, h, c)
				return channels.Receipt{ProviderID: session}, err
			}}
		}
		return channeltest.Bundle{Channel: &facelink.Channel{}, Challenge: c, Answer: answer, Answers: []hold.Answer{hold.Approve},
			Wrong: []channeltest.Wrong{
				{Name: "somebody else", Challenge: c, Answer: with(func(a *channels.Answer) { a.Proof = string(hold.OtherFace) }),
					Refusal: hold.NotAnAnswer},
				{Name: "what cannot be told", Challenge: c, Answer: with(func(a *channels.Answer) { a.Proof = string(hold.NoFace) }),
					Refusal: hold.NotAnAnswer},
				{Name: "what the browser says", Challenge: c, Answer: with(func(a *channels.Answer) { a.Proof = "pass" }), Refusal: hold.NotAnAnswer},
				{Name: "of another hold", Challenge: c, Answer: with(func(a *channels.Answer) { a.Hold.ID = "hold_2" }), Refusal: hold.DigestMismatch},
				{Name: "of another document", Challenge: c, Answer: with(func(a *channels.Answer) { a.Hold.TxDigest = "e" }),
					Refusal: hold.DigestMismatch},
			},
			Failing: []channeltest.Failing{
				{Name: "it sends nothing by itself", Channel: &facelink.Channel{}, Class: channels.Permanent},
				asks("nobody listens", channels.Retryable, wire{err: errors.New("dial " + vendorAt)}),
				asks("unavailable", channels.Retryable, wire{status: 503, body: vendorWrites}),
				asks("throttled", channels.Throttled, wire{status: 429, body: vendorWrites}),
				asks("a fault", channels.Ambiguous, wire{status: 500, body: vendorWrites}),
				asks("too late", channels.Ambiguous, wire{status: 408, body: vendorWrites}),
				asks("unreadable", channels.Ambiguous, wire{status: 200, body: vendorWrites}),
				asks("not known there", channels.Permanent, wire{status: 401, body: vendorWrites}),
				asks("moved", channels.Permanent, wire{status: 302, body: vendorWrites}),
				asks("a page elsewhere", channels.Permanent,
					wire{status: 200, body: `{"session_id":"canary-session","url":"https://elsewhere.test/"}`}),
			},
			Canaries: []string{"393331234567", "canary", secret, "vendor.test", "elsewhere.test", payeesAccount, "Kovacs"},
		}
	})
}

// wire is a vendor that answers everything alike, or cannot be reached.
type wire struct {
	status int
	body   string
	after  string // when it may be tried again
	err    error
}

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.err != nil {
		return nil, w.err
	}
	return &http.Response{StatusCode: w.status, Header: http.Header{"Retry-After": {w.after}}, Body: io.NopCloser(strings.NewReader(w.body)),
		Request: r}, nil
}

func (w wire) vendor(t *testing.T) *facelink.Vendor {
	t.Helper()
	through := &http.Client{Transport: w, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	v, err := facelink.NewVendor(vendorAt, secret, "https://h.test/face/done", "https://h.test/v1/providers/face", through)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// started is a record with one check that has begun.
type started struct{ facelink.Record }

func (started) FaceCheck(context.Context, hold.Digest) (hold.FaceCheck, hold.Refusal, error) {
	return hold.FaceCheck{Locale: "en"}, "", nil
}

func (started) AskFaceSession(context.Context, hold.Digest) (hold.Refusal, error) { return "", nil }
func (started) FaceSessionNotMade(context.Context, hold.Digest) error             { return nil }

// A vendor that asks for time gets it, within bounds, and the customer is told
// nothing of what the vendor wrote.
func TestVendorAsksForTime(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	for after, want := range map[string]string{"3": "5", "40": "40", "86400": "600", "soon": "5", "-1": "5"} {
		v := wire{status: 429, body: vendorWrites, after: after}.vendor(t)
		pages := facelink.Pages{Record: started{}, Bank: "Nordbank", Vendor: v, Count: func(string) {},
			Log: slog.New(slog.NewTextHandler(&log, nil))}
		r := httptest.NewRequest("POST", "/face/frames", nil)
		r.Header.Set("Cookie", "__Host-face=x")
		w := httptest.NewRecorder()
		pages.Handler().ServeHTTP(w, r)
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != want {
			t.Errorf("asked to wait %s: %d, told to wait %s", after, w.Code, w.Header().Get("Retry-After"))
		}
		if strings.Contains(w.Body.String()+log.String(), "canary") {
			t.Errorf("what the vendor wrote shows: %s", log.String())
		}
	}
}
