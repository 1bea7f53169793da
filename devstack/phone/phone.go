// Package phone is the bank's app as Holdfast sees it: a client of the gateway
// that holds a device's key. docs/app-protocol.md describes what it speaks.
package phone

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"holdfast/api/client"
	"holdfast/app"
	"holdfast/channels/push"
	"holdfast/hold"

	"github.com/gorilla/websocket"
)

// Message is what the gateway sends; Type says which fields count.
type Message struct {
	Type        string               `json:"type"`
	Nonce       string               `json:"nonce"`
	Audience    string               `json:"audience"`
	Name        string               `json:"name"`
	Phrase      string               `json:"phrase"`
	Now         hold.Instant         `json:"now"`
	Challenge   *app.Challenge       `json:"challenge"`
	Outcome     *app.Outcome         `json:"outcome"`
	ChallengeID hold.ChallengeID     `json:"challenge_id"`
	HoldID      hold.ID              `json:"hold_id"`
	Status      hold.ChallengeStatus `json:"status"`
	Cause       string               `json:"cause"`
	Ref         string               `json:"ref"`
	Result      string               `json:"result"`
	Answer      hold.Answer          `json:"answer"`
	Standing    hold.Answer          `json:"standing"`
	Kind        string               `json:"kind"`
	Text        string               `json:"text"`
	Reason      string               `json:"reason"`
	Calling     bool                 `json:"calling"`
	Agent       string               `json:"agent"`
	Number      string               `json:"number"`
}

// Phone is a connected app.
type Phone struct {
	Ready  Message
	ws     *websocket.Conn
	api    *client.Client // in the same session
	signer push.Signer
	skew   time.Duration // the server's clock less ours
	write  sync.Mutex
}

// ErrTurnedAway means that the gateway refused the phone for good.
var ErrTurnedAway = errors.New("the gateway turned the phone away")

// Connect opens a socket, proves the device's key and waits to be let in.
func Connect(ctx context.Context, url, token string, signer push.Signer) (*Phone, error) {
	api, err := inSession(url, token)
	if err != nil {
		return nil, err
	}
	dialer := websocket.Dialer{Subprotocols: []string{"holdfast.v1", "token." + token}, HandshakeTimeout: 5 * time.Second}
	ws, res, err := dialer.DialContext(ctx, strings.Replace(url, "http", "ws", 1)+"/v1/app/ws", nil)
	if err != nil {
		if res != nil && res.StatusCode == http.StatusUnauthorized {
			return nil, fmt.Errorf("%w: the session has ended", ErrTurnedAway)
		}
		return nil, err
	}
	p := &Phone{ws: ws, api: api, signer: signer}
	ws.SetReadLimit(1 << 20)
	if err := p.admit(); err != nil {
		return nil, errors.Join(err, ws.Close())
	}
	return p, nil
}

func (p *Phone) admit() error {
	_ = p.ws.SetReadDeadline(time.Now().Add(10 * time.Second))
	hello, err := p.Next()
	if err != nil {
		return err
	}
	p.signer.Audience, p.skew = hello.Audience, time.Until(hello.Now.Time())
	jws, err := p.signer.SignHello(hello.Nonce, hold.At(p.Now()))
	if err != nil {
		return err
	}
	if err := p.send(map[string]any{"type": "prove", "device_id": p.signer.Device, "jws": jws}); err != nil {
		return err
	}
	if p.Ready, err = p.Next(); err != nil {
		return err
	}
	if p.Ready.Type != "ready" {
		return fmt.Errorf("%w: %s", ErrTurnedAway, p.Ready.Reason)
	}
	p.skew = time.Until(p.Ready.Now.Time())
	return p.ws.SetReadDeadline(time.Time{})
}

// inSession calls the API as the app does.
func inSession(url, token string) (*client.Client, error) {
	return client.NewClient(url, client.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+token)
		return nil
	}))
}

// Next reads the next message.
func (p *Phone) Next() (m Message, err error) {
	_, b, err := p.ws.ReadMessage()
	if err != nil {
		return m, err
	}
	return m, json.Unmarshal(b, &m)
}

// Now is the server's time.
func (p *Phone) Now() time.Time { return time.Now().Add(p.skew) }

// Receipt says that a challenge has arrived.
func (p *Phone) Receipt(id hold.ChallengeID) error {
	return p.send(map[string]any{"type": "receipt", "challenge_id": id})
}

// Digest is the tx_digest of what the phone shows.
func Digest(d app.Document) hold.Digest {
	return hold.Document{TransactionID: d.ID, Kind: d.Kind, Amount: d.Amount, PayeeName: d.Payee.Name, PayeeAccount: d.Payee.Account,
		RequestedAt: d.RequestedAt}.Digest()
}

// Answer signs and sends an answer; the result comes as a message with ref.
func (p *Phone) Answer(c app.Challenge, a hold.Answer, ref string) error {
	uv := hold.UVPIN
	if c.MinUV.AtLeast(uv) {
		uv = c.MinUV
	}
	jws, err := p.signer.SignAnswer(c.ID, c.Nonce, Digest(c.Document), a, uv, hold.At(p.Now()))
	if err != nil {
		return err
	}
	return p.send(map[string]any{"type": "answer", "challenge_id": c.ID, "jws": jws, "ref": ref})
}

func (p *Phone) send(v any) error {
	p.write.Lock()
	defer p.write.Unlock()
	_ = p.ws.SetWriteDeadline(time.Now().Add(5 * time.Second))
	return p.ws.WriteJSON(v)
}

// Close ends the socket.
func (p *Phone) Close() error { return p.ws.Close() }
