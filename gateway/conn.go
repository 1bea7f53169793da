package gateway

import (
	"encoding/json"
	"sync"
	"sync/atomic"
	"time"

	"holdfast/app"
	"holdfast/hold"
	"holdfast/store"

	"github.com/gorilla/websocket"
)

const (
	maxFrame   = 64 << 10 // bytes, either way
	maxQueue   = 64       // messages a connection
	maxBacklog = 256 << 10
	maxProcess = 64 << 20 // bytes queued in this process
)

// waits are how long a socket's peer may let us wait: to take what is written, to
// say something or answer a ping, and to prove who it is.
type waits struct{ write, ping, pong, prove time.Duration }

func (c Config) waits() waits {
	if c.Silence != 0 {
		return waits{c.Silence, c.Silence / 2, c.Silence, c.Silence}
	}
	return waits{10 * time.Second, 20 * time.Second, 45 * time.Second, 10 * time.Second}
}

// conn is one device's socket: one goroutine reads, one writes, and whoever
// has something to say puts it into the bounded queue.
type conn struct {
	ws       *websocket.Conn
	hub      *Hub
	customer hold.CustomerID
	device   hold.DeviceID
	session  string // digest
	// when the session's time is over, by the record's clock
	sessionEnds hold.Instant
	locale      string

	queue   chan []byte  // nil: a ping
	turn    int          // of the pings', of which this is pinged in
	backlog atomic.Int64 // bytes queued
	once    sync.Once
	done    chan struct{} // closed when the connection is to end
	code    int           // the close frame's
	reason  string

	// What this socket has been shown; the hub's loop alone touches it.
	shown    map[hold.ChallengeID]hold.ID // told as open and not yet as closed
	waiting  map[hold.ID]bool             // its outcome not told yet: closed here, or held as the socket came
	told     map[hold.ID]bool             // outcome told
	call     store.AppCall                // the bank's call that is shown; zero: none
	guarded  *app.Protection              // of a frozen customer, as it is shown; nil: not frozen
	logSeq   int64
	looked   bool // at the whole of it
	allShown bool // every question that the last look found has been shown here
}

// send queues a message. A connection whose queue is full is closed: it has
// stopped reading, and the app gets everything again when it comes back.
func (c *conn) send(m any) {
	b, err := json.Marshal(m)
	if err != nil {
		c.close(websocket.CloseInternalServerErr, "internal")
		return
	}
	size := int64(len(b))
	over := c.backlog.Add(size) > maxBacklog
	over = c.hub.backlog.Add(size) > maxProcess || over
	if !over {
		select {
		case c.queue <- b:
		default:
			over = true
		}
	}
	if over {
		c.took(b)
		c.close(websocket.ClosePolicyViolation, "too_slow")
		return
	}
	select {
	case <-c.done: // the writer may be gone
		c.drain()
	default:
	}
}

// took gives the bytes of one message that is queued no more back.
func (c *conn) took(b []byte) {
	c.backlog.Add(-int64(len(b)))
	c.hub.backlog.Add(-int64(len(b)))
}

// close ends the connection once. It does not block.
func (c *conn) close(code int, reason string) {
	c.once.Do(func() {
		c.code, c.reason = code, reason
		close(c.done)
	})
}

// write is the connection's one writer. It ends the socket when it returns.
func (c *conn) write() {
	defer c.ws.Close() //nolint:errcheck // the reader sees it
	for {
		select {
		case b := <-c.queue:
			c.took(b)
			if why, err := c.put(b); err != nil {
				c.close(websocket.CloseAbnormalClosure, why)
				c.drain()
				return
			}
		case <-c.done:
			if c.code != websocket.ClosePolicyViolation {
				c.flush()
			}
			_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(closeCode(c.code), c.reason), time.Now().Add(time.Second))
			c.drain()
			return
		}
	}
}

// put writes one message, or a ping.
func (c *conn) put(b []byte) (what string, err error) {
	until := time.Now().Add(c.hub.waits().write)
	if b == nil {
		return "ping", c.ws.WriteControl(websocket.PingMessage, nil, until)
	}
	_ = c.ws.SetWriteDeadline(until)
	return "write", c.ws.WriteMessage(websocket.TextMessage, b)
}

func closeCode(code int) int {
	if code == websocket.CloseAbnormalClosure { // not to be sent
		return websocket.CloseGoingAway
	}
	return code
}

// flush writes what is queued, within a second: the last word to the app.
func (c *conn) flush() {
	_ = c.ws.SetWriteDeadline(time.Now().Add(time.Second))
	for {
		select {
		case b := <-c.queue:
			c.took(b)
			if b != nil && c.ws.WriteMessage(websocket.TextMessage, b) != nil {
				return
			}
		default:
			return
		}
	}
}

// drain empties the queue.
func (c *conn) drain() {
	for {
		select {
		case b := <-c.queue:
			c.took(b)
		default:
			return
		}
	}
}
