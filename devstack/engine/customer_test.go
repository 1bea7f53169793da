//go:build engine

package engine

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"strconv"
	"sync"
	"time"

	"holdfast/channels/push"
	"holdfast/devstack/phone"
	"holdfast/hold"
)

// customer has a phone.
type customer struct {
	*bank
	id     string
	signer push.Signer
}

func (b *bank) customer(id string) *customer {
	b.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.t.Fatal(err)
	}
	var made struct{ Devices []struct{ ID hold.DeviceID } }
	status, err := b.do(b.apps, "PUT", "/v1/customers/"+id, map[string]any{"name": "Customer " + id, "locale": "en", "time_zone": "UTC",
		"phrase": "low tide",
		"devices": []any{map[string]any{"name": "phone", "public_key": json.RawMessage(push.PublicJWK(&key.PublicKey)),
			"since": "2024-01-01T00:00:00Z"}}}, &made)
	if err != nil || status/100 != 2 || len(made.Devices) != 1 {
		b.t.Fatalf("customer %s: %d %v", id, status, err)
	}
	return &customer{b, id, push.Signer{Device: made.Devices[0].ID, Key: key}}
}

func (c *customer) connect(ctx context.Context, at string) (*phone.Phone, error) {
	var ses struct{ Token string }
	if _, err := c.do(c.apps, "POST", "/v1/customers/"+c.id+"/sessions", map[string]any{}, &ses); err != nil {
		return nil, err
	}
	return phone.Connect(ctx, at, ses.Token, c.signer)
}

// once approves one hold over a socket and says what came of it.
func (c *customer) once(at, id string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	p, err := c.connect(ctx, at)
	if err != nil {
		return err.Error()
	}
	stop := context.AfterFunc(ctx, func() { _ = p.Close() })
	defer stop()
	defer p.Close()
	for {
		m, err := p.Next()
		if err != nil {
			return err.Error()
		}
		if m.Type == "challenge" && string(m.Challenge.HoldID) == id {
			if err := p.Answer(*m.Challenge, hold.Approve, "a"); err != nil {
				return err.Error()
			}
		}
		if m.Type == "result" {
			return m.Result
		}
	}
}

// keepAnswering approves whatever is asked, and connects again when the socket
// ends, as the app does.
func (c *customer) keepAnswering(ctx context.Context) {
	for ctx.Err() == nil {
		p, err := c.connect(ctx, c.at)
		if err != nil {
			time.Sleep(300 * time.Millisecond)
			continue
		}
		stop := context.AfterFunc(ctx, func() { _ = p.Close() })
		for {
			m, err := p.Next()
			if err != nil {
				break
			}
			if m.Type == "challenge" {
				_ = p.Answer(*m.Challenge, hold.Approve, "a")
			}
		}
		stop()
		_ = p.Close()
	}
}

// settleAll ends the load; the customers answer what they are asked, and what is
// still held then the bank reverses: it says how many those were.
func (b *bank) settleAll(cancel context.CancelFunc, load *sync.WaitGroup) (left int) {
	b.mu.Lock()
	b.over = true
	b.mu.Unlock()
	var page struct {
		Holds []struct {
			ID       string
			Revision int
		}
	}
	for start := time.Now(); time.Since(start) < 30*time.Second; time.Sleep(300 * time.Millisecond) {
		if status, err := b.do(b.risk, "GET", "/v1/holds?status=held&limit=200", nil, &page); err == nil && status == 200 &&
			len(page.Holds) == 0 {
			break
		}
	}
	cancel()
	load.Wait()
	for _, h := range page.Holds {
		reverse := map[string]any{"outcome": "reverse", "reason": "nobody could be asked"}
		if status, err := b.do(b.apps, "POST", "/v1/holds/"+h.ID+"/decision", reverse, nil, "If-Match", strconv.Itoa(h.Revision)); err != nil ||
			status != 200 && status != 409 {
			b.t.Errorf("%s: %d %v", h.ID, status, err)
		}
	}
	return len(page.Holds)
}
