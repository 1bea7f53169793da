// Package load is what stands around Holdfast in the bench: a risk engine that
// holds payments, customers with phones on real sockets who answer, and the
// sandbox ledger, which says when it was told. It speaks with Holdfast as
// anybody does.
package load

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"holdfast/devstack/ledger"
)

// Secret signs settlements.
const Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LTLaSw" //nolint:gosec // of a sandbox

// Ledger is the sandbox ledger with a clock in front.
type Ledger struct {
	URL     string
	Calls   atomic.Int64
	sandbox *ledger.Ledger
	server  *http.Server
	dir     string
	mu      sync.Mutex
	waits   map[string]chan time.Time // by transaction
}

// StartLedger starts it. Its book lies in memory where the system has a place
// for that: the bank's disk is not Holdfast's.
func StartLedger(dir string) (*Ledger, error) {
	if m, err := os.MkdirTemp("/dev/shm", "holdfast-bench-"); err == nil {
		dir = m
	} else if dir, err = os.MkdirTemp(dir, "ledger-"); err != nil {
		return nil, err
	}
	l := &Ledger{dir: dir, waits: map[string]chan time.Time{}}
	var err error
	l.sandbox, err = ledger.Start(ledger.Options{File: filepath.Join(dir, "ledger.db"), Listen: "127.0.0.1:0", Secret: Secret})
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l.URL = "http://" + listener.Addr().String() + "/settlements"
	l.server = &http.Server{Handler: l, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = l.server.Serve(listener) }()
	return l, nil
}

func (l *Ledger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at := time.Now()
	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	var about struct {
		Transaction string `json:"transaction_id"`
	}
	_ = json.Unmarshal(body, &about)
	l.Calls.Add(1)
	l.mu.Lock()
	told := l.waits[about.Transaction]
	delete(l.waits, about.Transaction)
	l.mu.Unlock()
	l.sandbox.ServeHTTP(w, r)
	if told != nil {
		told <- at
	}
}

// Expect gives the moment at which the ledger is told of a transaction.
func (l *Ledger) Expect(transaction string) <-chan time.Time {
	told := make(chan time.Time, 1)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waits[transaction] = told
	return told
}

// Stop ends it.
func (l *Ledger) Stop() {
	_ = l.server.Close()
	_ = l.sandbox.Stop()
	_ = os.RemoveAll(l.dir)
}
