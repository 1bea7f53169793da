package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"holdfast/app"
	"holdfast/channels"
	"holdfast/hold"
	"holdfast/store"

	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"
)

const (
	tokenPrefix    = "token."
	messagesPerSec = 10 // from one app
	messagesBurst  = 40
	catchUp        = 24 * time.Hour // outcomes told again on connecting
)

// Refuse writes a problem document; the API gives it.
type Refuse func(w http.ResponseWriter, status int, code, title string)

var writeBuffers = &sync.Pool{}

// Handler upgrades to the socket. digest turns a token into what the record
// keeps of it.
func (h *Hub) Handler(digest func(token string) string, refuse Refuse) http.Handler {
	up := websocket.Upgrader{
		HandshakeTimeout: h.waits().prove, ReadBufferSize: 1024, WriteBufferSize: 4096, WriteBufferPool: writeBuffers,
		Subprotocols: []string{Subprotocol}, CheckOrigin: h.originAllowed, EnableCompression: false,
		Error: func(w http.ResponseWriter, _ *http.Request, status int, _ error) {
			refuse(w, status, "websocket_refused", "The WebSocket handshake was refused")
		},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !h.originAllowed(r) {
			refuse(w, http.StatusForbidden, "origin_refused", "This origin may not connect")
			return
		}
		ses := store.Session{}
		if token := tokenOf(r); token != "" {
			var err error
			if ses, err = h.Store.SessionByDigest(r.Context(), digest(token)); errors.Is(err, store.ErrNotFound) {
				refuse(w, http.StatusUnauthorized, "unauthenticated", "The customer token is not good")
				return
			} else if err != nil {
				refuse(w, http.StatusServiceUnavailable, "busy", "Try again")
				return
			}
		}
		if !h.enter() {
			w.Header().Set("Retry-After", "5")
			refuse(w, http.StatusServiceUnavailable, "busy", "Too many connections: try again")
			return
		}
		ws, err := up.Upgrade(w, r, nil)
		if err != nil {
			h.leave()
			return // the upgrader has answered
		}
		// A goroutine of its own, so that an idle socket keeps nothing of what the
		// handler needed: its stack, the request, the buffers.
		go h.run(context.WithoutCancel(r.Context()), ws, ses, digest)
	})
}

// run serves one socket. What is wrong with it harms no other.
func (h *Hub) run(ctx context.Context, ws *websocket.Conn, ses store.Session, digest func(string) string) {
	defer h.leave()
	defer func() {
		if fault := recover(); fault != nil {
			_ = ws.Close()
			h.Count("panicked")
			h.Log.ErrorContext(ctx, "a socket failed", "fault", fault, "stack", string(debug.Stack()))
		}
	}()
	h.serve(ctx, ws, ses, digest)
}

// originAllowed takes native clients, which send none, and the exact origins
// that are configured. "null" is an origin like every other.
func (h *Hub) originAllowed(r *http.Request) bool {
	origins := r.Header.Values("Origin")
	return len(origins) == 0 || len(origins) == 1 && slices.Contains(h.Origins, origins[0])
}

// tokenOf reads the customer token from the subprotocols, since browsers can set
// no header and URLs end up in logs, or from the header (RFC 6750).
func tokenOf(r *http.Request) string {
	for _, p := range websocket.Subprotocols(r) {
		if token, ok := strings.CutPrefix(p, tokenPrefix); ok {
			return token
		}
	}
	if scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "Bearer") {
		return strings.TrimLeft(token, " ")
	}
	return ""
}

func (h *Hub) enter() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing || h.total >= h.MaxConn {
		return false
	}
	h.total++
	h.readers.Add(1)
	return true
}

func (h *Hub) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.total--
	h.readers.Done()
}

// serve runs one socket until it ends. The caller's goroutine reads.
func (h *Hub) serve(ctx context.Context, ws *websocket.Conn, ses store.Session, digest func(string) string) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ws.SetReadLimit(maxFrame)
	c := &conn{ws: ws, hub: h, queue: make(chan []byte, maxQueue), done: make(chan struct{}),
		shown: map[hold.ChallengeID]hold.ID{}, waiting: map[hold.ID]bool{}, told: map[hold.ID]bool{}}
	var writer sync.WaitGroup
	writer.Add(1)
	go func() { defer writer.Done(); c.write() }()
	defer writer.Wait()
	defer c.close(websocket.CloseNormalClosure, "")
	if !h.admit(ctx, c, ses, digest) {
		return
	}
	defer h.remove(c)
	h.Count("connected")
	h.stir(c.customer, true)
	_ = ws.SetReadDeadline(time.Now().Add(h.waits().pong))
	ws.SetPongHandler(func(string) error { return ws.SetReadDeadline(time.Now().Add(h.waits().pong)) })
	pace := rate.NewLimiter(messagesPerSec, messagesBurst)
	for {
		m, err := c.read()
		if err != nil {
			h.Count("closed_" + c.why(err))
			return
		}
		if !pace.Allow() {
			c.close(websocket.ClosePolicyViolation, "too_fast")
			h.Count("closed_too_fast")
			return
		}
		_ = ws.SetReadDeadline(time.Now().Add(h.waits().pong))
		h.handle(ctx, c, m)
	}
}

var errMessage = errors.New("not a message of this protocol")

func (c *conn) read() (m fromApp, err error) {
	kind, b, err := c.ws.ReadMessage()
	if err != nil {
		return m, err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if kind != websocket.TextMessage || d.Decode(&m) != nil || len(m.Ref) > 64 {
		c.close(websocket.CloseUnsupportedData, "message_invalid")
		return m, errMessage
	}
	return m, nil
}

// why names the end of a connection for the metrics.
func (c *conn) why(err error) string {
	select {
	case <-c.done:
		return c.reason
	default:
	}
	if errors.Is(err, websocket.ErrReadLimit) {
		return "frame_too_large"
	}
	return "by_peer"
}

// admit says hello, and lets in whoever proves a device of the session's
// customer within ten seconds.
func (h *Hub) admit(ctx context.Context, c *conn, ses store.Session, digest func(string) string) bool {
	_ = c.ws.SetReadDeadline(time.Now().Add(h.waits().prove))
	nonce := store.NewNonce()
	now, err := h.Store.Now(ctx)
	if err != nil {
		return c.turnAway("busy")
	}
	c.send(helloMsg{"hello", nonce, h.Desk.Audience, now})
	m, err := c.read()
	if err == nil && m.Type == "auth" && ses.Digest == "" {
		if ses, err = h.Store.SessionByDigest(ctx, digest(m.Token)); err == nil {
			m, err = c.read()
		}
	}
	if err != nil || ses.Digest == "" || m.Type != "prove" {
		return c.turnAway("unauthenticated")
	}
	owner, err := h.Store.Customer(ctx, ses.CustomerID)
	if err != nil {
		return c.turnAway("unauthenticated")
	}
	i := slices.IndexFunc(owner.Devices, func(d hold.Device) bool { return d.ID == m.DeviceID })
	if i < 0 || owner.Devices[i].RevokedAt != 0 {
		return c.turnAway("device_unknown")
	}
	if now, err = h.Store.Now(ctx); err != nil {
		return c.turnAway("busy")
	}
	said, err := h.Verify(owner.Devices[i], nonce, h.Desk.Audience, m.JWS, now)
	if err != nil {
		var why *channels.RefusedError
		if errors.As(err, &why) && why.Refusal == hold.ProofExpired {
			return c.turnAway("clock_wrong")
		}
		return c.turnAway("proof_refused")
	}
	if said != nil {
		if err := h.Store.KeepSignals(ctx, m.DeviceID, *said); err != nil {
			return c.turnAway("busy")
		}
	}
	lines, err := h.Store.CustomerLog(ctx, owner.ID, 1)
	if err != nil {
		return c.turnAway("busy")
	}
	if len(lines) > 0 {
		c.logSeq = lines[0].Seq
	}
	c.customer, c.device, c.session, c.sessionEnds, c.locale = owner.ID, m.DeviceID, ses.Digest, ses.ExpiresAt, owner.Locale
	c.send(readyMsg{"ready", c.device, owner.Name, owner.Phrase, owner.Locale, now})
	// First what is held, and then what was decided: an answer may have been given on
	// a socket that was lost since, and its outcome comes here.
	held, err := h.Store.ListHolds(ctx, store.HoldFilter{CustomerID: owner.ID, Status: hold.Held, Limit: 200})
	if err != nil {
		return c.turnAway("busy")
	}
	for _, x := range held {
		c.waiting[x.ID] = true
	}
	past, err := h.Store.DecidedSince(ctx, owner.ID, now.Add(-catchUp), 20)
	if err != nil {
		return c.turnAway("busy")
	}
	for _, x := range past {
		c.tell(x)
	}
	if !h.add(c) {
		return c.turnAway("too_many_connections")
	}
	return true
}

func (c *conn) turnAway(reason string) bool {
	c.send(endMsg{"error", reason})
	c.close(websocket.CloseNormalClosure, reason)
	c.hub.Count("refused_" + reason)
	return false
}

func (h *Hub) handle(ctx context.Context, c *conn, m fromApp) {
	switch m.Type {
	case "receipt":
		h.receipt(ctx, c, m.ChallengeID)
	case "answer":
		c.send(h.answer(ctx, c, m))
	default:
		c.close(websocket.CloseUnsupportedData, "message_invalid")
	}
}

// receipt notes that a challenge of this customer arrived on this device.
func (h *Hub) receipt(ctx context.Context, c *conn, id hold.ChallengeID) {
	cs, err := h.Store.ChallengesByID(ctx, []hold.ChallengeID{id})
	if err != nil || len(cs) == 0 || cs[0].CustomerID != c.customer {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.received) < maxReceipts {
		h.received = append(h.received, store.Received{ChallengeID: id, DeviceID: c.device})
	}
}

// answer takes an answer to the record. The proof's device must be the
// socket's own.
func (h *Hub) answer(ctx context.Context, c *conn, m fromApp) resultMsg {
	out := resultMsg{Type: "result", Ref: m.Ref, ChallengeID: m.ChallengeID}
	if h.Desk.Device(m.JWS) != c.device {
		out.Result = "device_unknown"
		return out
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	res, err := h.Desk.Answer(ctx, c.customer, m.ChallengeID, m.JWS)
	out.Result = app.ResultCode(res, err)
	if out.Result == "internal" {
		h.Log.ErrorContext(ctx, "an answer could not be taken", "challenge", m.ChallengeID, "error", err)
	}
	out.Answer, out.Standing, out.Decision = res.Answer, res.Standing, res.Decision.Told()
	h.Count("answer_" + out.Result)
	return out
}
