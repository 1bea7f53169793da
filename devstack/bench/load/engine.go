package load

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"holdfast/hold"
)

// Engine is a risk engine.
type Engine struct {
	URL  string
	Keys []string // of as many clients
	http *http.Client
	next atomic.Int64
}

// NewEngine makes one.
func NewEngine(url string, keys ...string) *Engine {
	return &Engine{URL: url, Keys: keys, http: &http.Client{Timeout: 5 * time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 4096}}}
}

var (
	run = fmt.Sprintf("%x", time.Now().UnixNano()&0xffffffffff)
	seq atomic.Int64
)

// NewTransaction names a transaction that nobody has named before.
func NewTransaction() string { return fmt.Sprintf("tx-%s-%d", run, seq.Add(1)) }

// Request is a flagged transfer.
func Request(transaction string, c hold.CustomerID) hold.Request {
	return hold.Request{TransactionID: transaction, CustomerID: c, Kind: hold.KindTransfer,
		Amount:      hold.Money{Minor: 123456, Currency: "EUR"},
		Payee:       hold.Payee{Name: "Nora Lindqvist", Account: "DE89370400440532013000", NameCheck: "match"},
		RequestedAt: hold.At(time.Now()), Origin: hold.Origin{Channel: "web"},
		Risk: hold.Risk{Score: 640, Reasons: []string{"new_payee", "unusual_amount"}}}
}

// Post holds a transaction and gives the reply's status and header.
func (e *Engine) Post(transaction string, c hold.CustomerID) (int, http.Header, error) {
	body, err := json.Marshal(Request(transaction, c))
	if err != nil {
		return 0, nil, err
	}
	r, err := http.NewRequest(http.MethodPost, e.URL+"/v1/holds", bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Authorization", "Bearer "+e.Keys[int(e.next.Add(1))%len(e.Keys)])
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", transaction)
	res, err := e.http.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, res.Header, err
}

// Hold holds a transaction, however often it is told to come again.
func (e *Engine) Hold(ctx context.Context, transaction string, c hold.CustomerID) error {
	for {
		code, header, err := e.Post(transaction, c)
		if err != nil || code == http.StatusAccepted {
			return err
		}
		wait, err := strconv.Atoi(header.Get("Retry-After"))
		if code != http.StatusServiceUnavailable || err != nil {
			return fmt.Errorf("the API answered %d", code)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(wait) * time.Second):
		}
	}
}

// Batch holds one transaction for each customer, in as few requests as it takes: lines
// for which there was no room are sent again.
func (e *Engine) Batch(ctx context.Context, transactions []string, of func(i int) hold.CustomerID) error {
	lines := make([]int, len(transactions))
	for i := range lines {
		lines[i] = i
	}
	for len(lines) > 0 {
		var err error
		if lines, err = e.batch(ctx, lines, transactions, of); err != nil {
			return err
		}
	}
	return nil
}

// batch sends some lines and gives those that are to come again.
func (e *Engine) batch(ctx context.Context, lines []int, transactions []string, of func(i int) hold.CustomerID) (again []int, err error) {
	var body bytes.Buffer
	to := json.NewEncoder(&body)
	for _, i := range lines {
		if err := to.Encode(map[string]any{"idempotency_key": transactions[i], "hold": Request(transactions[i], of(i))}); err != nil {
			return nil, err
		}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.URL+"/v1/holds/batch", &body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+e.Keys[int(e.next.Add(1))%len(e.Keys)])
	r.Header.Set("Content-Type", "application/x-ndjson")
	res, err := e.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	from := json.NewDecoder(res.Body)
	for n := range lines {
		var told struct {
			Line   int `json:"line"`
			Status int `json:"status"`
		}
		if err := from.Decode(&told); err != nil {
			return nil, fmt.Errorf("the batch answered %d, and after %d of %d lines: %w", res.StatusCode, n, len(lines), err)
		}
		switch {
		case told.Line < 1 || told.Line > len(lines):
			return nil, fmt.Errorf("the batch answered %d and names line %d of %d", res.StatusCode, told.Line, len(lines))
		case told.Status == http.StatusServiceUnavailable:
			again = append(again, lines[told.Line-1])
		case told.Status != http.StatusAccepted:
			return nil, fmt.Errorf("the batch answered %d for line %d", told.Status, told.Line)
		}
	}
	return again, nil
}
