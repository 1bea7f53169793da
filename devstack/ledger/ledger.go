// Package ledger is a sandbox of a bank's core: it takes settlements signed as
// Standard Webhooks, keeps the first of each client's transaction in a file of
// its own, answers a repeat the same, and refuses what is about another payment
// under the same name. It can lose replies, as networks do. It takes recalls, too, and
// plays the payee's bank that answers them.
package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	_ "modernc.org/sqlite"

	"holdfast/hold"
)

// Options say where the ledger keeps its file and listens, and which part of
// its replies it loses (0 to 1): half of those before and half after it has
// done its work.
type Options struct {
	File, Listen, Secret string
	Loses                float64
	Seed                 uint64
}

// Ledger is a running sandbox.
type Ledger struct {
	Address string
	opts    Options
	db      *sql.DB
	check   *standardwebhooks.Webhook
	server  *http.Server
	quiet   context.CancelFunc // ends the answers to recalls; nil: there are none
	mu      sync.Mutex
	dice    *rand.Rand
}

// Start opens the file and listens.
func Start(o Options) (*Ledger, error) {
	check, err := standardwebhooks.NewWebhook(o.Secret)
	if err != nil {
		return nil, fmt.Errorf("the ledger's secret: %w", err)
	}
	db, err := sql.Open("sqlite", "file:"+o.File+
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(5000)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if _, err = db.Exec(book + "; " + recallBook); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	l := &Ledger{opts: o, db: db, check: check, dice: rand.New(rand.NewPCG(o.Seed, 7))}
	listener, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	l.Address = listener.Addr().String()
	l.server = &http.Server{Handler: l, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = l.server.Serve(listener) }() // it runs until Stop
	return l, nil
}

// URL is where settlements go.
func (l *Ledger) URL() string { return "http://" + l.Address + "/settlements" }

// RecallURL is where recalls go.
func (l *Ledger) RecallURL() string { return "http://" + l.Address + "/recalls" }

// Stop ends the ledger.
func (l *Ledger) Stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if l.quiet != nil {
		l.quiet()
	}
	return errors.Join(l.server.Shutdown(ctx), l.db.Close())
}

func (l *Ledger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.URL.Path != "/settlements" && r.URL.Path != "/recalls" {
		http.NotFound(w, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
	if err != nil || l.check.Verify(body, r.Header) != nil {
		http.Error(w, "the signature does not verify", http.StatusUnauthorized)
		return
	}
	if r.URL.Path == "/recalls" {
		l.takeRecall(w, r, body)
		return
	}
	var s hold.Settlement
	if json.Unmarshal(body, &s) != nil || !whole(s) || r.Header.Get("Idempotency-Key") != string(s.HoldID) {
		http.Error(w, "not a settlement under its own key", http.StatusUnprocessableEntity)
		return
	}
	before, after := l.throw()
	if before {
		http.Error(w, "lost", http.StatusServiceUnavailable)
		return
	}
	first, err := l.post(r.Context(), s)
	switch {
	case err != nil || after:
		http.Error(w, "lost", http.StatusServiceUnavailable)
	case !first.same(s):
		http.Error(w, "another payment has this client's transaction id", http.StatusUnprocessableEntity)
	case first.Outcome != s.Outcome:
		w.WriteHeader(http.StatusConflict)
		_ = json.NewEncoder(w).Encode(map[string]any{"hold_id": s.HoldID, "outcome": first.Outcome})
	default:
		w.WriteHeader(http.StatusOK)
		_ = json.NewEncoder(w).Encode(map[string]any{"hold_id": s.HoldID, "outcome": first.Outcome})
	}
}

func (l *Ledger) throw() (before, after bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.dice.Float64()
	return p < l.opts.Loses/2, p >= l.opts.Loses/2 && p < l.opts.Loses
}
