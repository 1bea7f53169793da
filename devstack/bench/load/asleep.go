package load

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"holdfast/app"
	"holdfast/channels/push"
	"holdfast/devstack/phone"
	"holdfast/devstack/stack"
	"holdfast/hold"
)

// PushService is the bank's, in front of APNs and FCM: it wakes phones.
type PushService struct {
	URL    string
	server *http.Server
	mu     sync.Mutex
	waits  map[hold.CustomerID]chan struct{}
}

// StartPushService starts it.
func StartPushService() (*PushService, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &PushService{URL: "http://" + listener.Addr().String() + "/wake", waits: map[hold.CustomerID]chan struct{}{}}
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = s.server.Serve(listener) }()
	return s, nil
}

func (s *PushService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var about struct {
		Customer hold.CustomerID `json:"customer_id"`
	}
	_ = json.NewDecoder(r.Body).Decode(&about)
	s.mu.Lock()
	woken := s.waits[about.Customer]
	delete(s.waits, about.Customer)
	s.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
	if woken != nil {
		close(woken)
	}
}

// Expect says when the customer's phone is woken next.
func (s *PushService) Expect(c hold.CustomerID) <-chan struct{} {
	woken := make(chan struct{})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waits[c] = woken
	return woken
}

// Stop ends it.
func (s *PushService) Stop() { _ = s.server.Close() }

// LifeAsleep is a hold's whole life with a phone that has no socket: posted, woken,
// fetched over HTTP, answered, and the ledger told.
func LifeAsleep(e *Engine, l *Ledger, s *PushService, c *Customer, t *Tally) {
	transaction := NewTransaction()
	woken, told := s.Expect(c.ID), l.Expect(transaction)
	began := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := e.Hold(ctx, transaction, c.ID); err != nil {
		t.Fail("post: " + err.Error())
		return
	}
	steps := map[string]time.Duration{"accept": time.Since(began)}
	select {
	case <-woken:
	case <-ctx.Done():
		t.Fail("not woken in time")
		return
	}
	steps["wake"] = time.Since(began)
	if err := c.approveFetched(ctx, e, transaction); err != nil {
		t.Fail("answer: " + err.Error())
		return
	}
	select {
	case <-told:
	case <-ctx.Done():
		t.Fail("not told in time")
		return
	}
	steps["whole"] = time.Since(began)
	t.Count(steps)
}

// approveFetched fetches what is asked, and approves what is asked of a transaction.
func (c *Customer) approveFetched(ctx context.Context, e *Engine, transaction string) error {
	var asked struct {
		Challenges []app.Challenge `json:"challenges"`
	}
	if err := c.call(ctx, e, http.MethodGet, "/v1/app/challenges", nil, &asked); err != nil {
		return err
	}
	for _, q := range asked.Challenges {
		if q.Document.ID != transaction {
			continue
		}
		signer := push.Signer{Device: c.Device.ID, Key: c.Device.Key, Audience: q.Audience}
		jws, err := signer.SignAnswer(q.ID, q.Nonce, phone.Digest(q.Document), hold.Approve, hold.UVPIN, hold.At(time.Now()))
		if err != nil {
			return err
		}
		return c.call(ctx, e, http.MethodPost, "/v1/app/challenges/"+string(q.ID)+"/answer", map[string]string{"proof": jws}, nil)
	}
	return fmt.Errorf("of %d questions none is about the payment", len(asked.Challenges))
}

// call is one call of the app's.
func (c *Customer) call(ctx context.Context, e *Engine, method, path string, body, into any) error {
	said, err := json.Marshal(body)
	if err != nil {
		return err
	}
	if body == nil {
		said = nil
	}
	r, err := http.NewRequestWithContext(ctx, method, e.URL+path, bytes.NewReader(said))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+c.Token)
	r.Header.Set("Content-Type", "application/json")
	res, err := e.http.Do(r)
	return stack.Reply(res, err, into)
}
