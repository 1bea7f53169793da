// Package facevendor is a sandbox for an outside face vendor: it makes sessions,
// takes nobody's picture, and tells the result that it is told to tell, in good
// ways and bad.
package facevendor

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"holdfast/hold"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// Session is one check that the vendor was asked for.
type Session struct {
	ID          string           `json:"session_id"`
	ChallengeID hold.ChallengeID `json:"challenge_id"`
	HoldID      hold.ID          `json:"hold_id"`
	TxDigest    hold.Digest      `json:"tx_digest"`
	ReturnURL   string           `json:"return_url"`
	CallbackURL string           `json:"callback_url"`
}

// Play is how a result is told.
type Play string

const (
	Pass     Play = "pass"
	Fail     Play = "fail"
	Forged   Play = "forged"   // a pass that somebody else signed
	Late     Play = "late"     // a pass that was signed ten minutes ago
	Replayed Play = "replayed" // a fail, and then the pass twice
)

// Vendor is a running sandbox.
type Vendor struct {
	URL    string // creates sessions
	Secret string
	sign   *webhooks.Webhook
	server *http.Server
	base   string
	mu     sync.Mutex
	made   []Session
}

// Start starts one.
func Start(listen, secret string) (*Vendor, error) {
	key, err := webhooks.NewWebhook(secret)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, fmt.Errorf("the sandbox face vendor: %w", err)
	}
	v := &Vendor{Secret: secret, sign: key, base: "http://" + l.Addr().String()}
	v.URL = v.base + "/sessions"
	mux := http.NewServeMux()
	mux.HandleFunc("POST /sessions", v.create)
	mux.HandleFunc("GET /go/{session}", func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "The sandbox face vendor's page for %s.\n", r.PathValue("session"))
	})
	mux.HandleFunc("POST /sessions/{session}/{play}", func(w http.ResponseWriter, r *http.Request) {
		statuses, err := v.Tell(r.Context(), r.PathValue("session"), Play(r.PathValue("play")))
		if err != nil {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_ = json.NewEncoder(w).Encode(statuses)
	})
	v.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = v.server.Serve(l) }()
	return v, nil
}

// Stop ends it.
func (v *Vendor) Stop() error { return v.server.Close() }

func (v *Vendor) create(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	var s Session
	if err != nil || v.sign.Verify(body, r.Header) != nil || json.Unmarshal(body, &s) != nil {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	s.ID = "session-" + rand.Text()
	v.mu.Lock()
	v.made = append(v.made, s)
	v.mu.Unlock()
	_ = json.NewEncoder(w).Encode(map[string]string{"session_id": s.ID, "url": v.base + "/go/" + s.ID})
}

// Sessions are those made so far.
func (v *Vendor) Sessions() []Session {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]Session(nil), v.made...)
}

// Tell tells a session's result and gives the statuses that it got.
func (v *Vendor) Tell(ctx context.Context, id string, how Play) (statuses []int, err error) {
	for _, s := range v.Sessions() {
		if s.ID != id {
			continue
		}
		tell := func(result string, sign *webhooks.Webhook, at time.Time) {
			status, failed := v.post(ctx, s, result, sign, at)
			statuses, err = append(statuses, status), errors.Join(err, failed)
		}
		switch how {
		case Pass, Fail:
			tell(string(how), v.sign, time.Now())
		case Forged:
			other, _ := webhooks.NewWebhook("whsec_" + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
			tell("pass", other, time.Now())
		case Late:
			tell("pass", v.sign, time.Now().Add(-10*time.Minute))
		case Replayed:
			tell("fail", v.sign, time.Now())
			tell("pass", v.sign, time.Now())
			tell("pass", v.sign, time.Now())
		default:
			return nil, errors.New("no such play")
		}
		return statuses, err
	}
	return nil, errors.New("no such session")
}

func (v *Vendor) post(ctx context.Context, s Session, result string, sign *webhooks.Webhook, at time.Time) (int, error) {
	body, err := json.Marshal(map[string]any{"session_id": s.ID, "hold_id": s.HoldID, "challenge_id": s.ChallengeID, "result": result,
		"at": hold.At(at)})
	if err != nil {
		return 0, err
	}
	signature, err := sign.Sign("msg_"+s.ID, at, body)
	if err != nil {
		return 0, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.CallbackURL, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(webhooks.HeaderWebhookID, "msg_"+s.ID)
	r.Header.Set(webhooks.HeaderWebhookTimestamp, fmt.Sprint(at.Unix()))
	r.Header.Set(webhooks.HeaderWebhookSignature, signature)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}
