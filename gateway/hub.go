// Package gateway keeps the sockets of the bank's app. A socket belongs to a
// customer's session and to one device, which has proved its key. The gateway
// shows what the record says is open, takes answers to it, and holds no fact:
// any number of gateways may serve one customer.
package gateway

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"holdfast/app"
	"holdfast/hold"
	"holdfast/store"

	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"
)

// Store is what the gateway needs of the record.
type Store interface {
	Now(ctx context.Context) (hold.Instant, error)
	SessionByDigest(ctx context.Context, digest string) (store.Session, error)
	Customer(ctx context.Context, id hold.CustomerID) (hold.Customer, error)
	CustomerLog(ctx context.Context, id hold.CustomerID, limit int) ([]store.LogLine, error)
	AppCalls(ctx context.Context, customers []hold.CustomerID) ([]store.AppCall, error)
	Shown(ctx context.Context, customers []hold.CustomerID, challenges []hold.ChallengeID, holds []hold.ID) (store.Shown, error)
	ChallengesByID(ctx context.Context, ids []hold.ChallengeID) ([]hold.Challenge, error)
	DecidedSince(ctx context.Context, customer hold.CustomerID, since hold.Instant, limit int) ([]hold.Hold, error)
	Standing(ctx context.Context, devices []hold.DeviceID, sessions []string, customers []hold.CustomerID) (store.Standing, error)
	News(ctx context.Context, known []store.Known, awaited []hold.ID) (store.News, error)
	ListHolds(ctx context.Context, f store.HoldFilter) ([]hold.Hold, error)
	Heartbeat(ctx context.Context, gateway string, here []store.Presence, got []store.Received) error
	Absent(ctx context.Context, gateway string, gone []hold.DeviceID) error
	KeepSignals(ctx context.Context, id hold.DeviceID, sig hold.Signals) error
}

// Config is what a hub is made of.
type Config struct {
	Store Store
	Bus   *store.Bus
	Desk  *app.Desk
	// Verify verifies the hello's proof, and tells what the device says of itself; nil:
	// nothing.
	Verify  func(d hold.Device, nonce, audience, jws string, now hold.Instant) (*hold.Signals, error)
	Origins []string // browser origins that may connect, exactly
	Log     *slog.Logger
	Count   func(event string) // for the metrics: connected, closed_too_slow, answer_accepted, …
	MaxConn int                // sockets in this process; default 20,000
	Silence time.Duration      // that a socket's peer may keep; 0: as long as is usual
}

const (
	lookEvery   = time.Second     // NOTIFY only shortens it
	beatEvery   = 5 * time.Second // below the time for which presence counts
	sayEvery    = time.Minute     // a device of two sockets may have been said gone by the other's gateway
	flushEvery  = 200 * time.Millisecond
	chunk       = 500   // customers a look
	newsChunk   = 5_000 // customers a statement of the tick's
	maxPerOwner = 20    // sockets a customer
	maxReceipts = 10_000
)

// Hub keeps this process's sockets.
type Hub struct {
	Config
	id      string
	backlog atomic.Int64 // bytes queued over all connections

	mu       sync.Mutex
	conns    map[hold.CustomerID]map[*conn]bool
	total    int
	turns    [pingTurns]map[*conn]bool
	dirty    map[hold.CustomerID]bool // to be looked at before the next tick; true: at the whole of it
	arrived  []store.Presence         // not said yet
	gone     []hold.DeviceID          // said first
	received []store.Received
	wake     chan struct{}
	closing  bool
	readers  sync.WaitGroup

	moved  atomic.Bool               // somebody came or went, or a chain has grown: the roster is old
	roster roster                    // this and what follows: the hub's loop alone touches it
	seen   map[hold.CustomerID]*seen // what the last look found

	unshown rate.Sometimes // how often the log says that a question cannot be shown: each look finds it
}

// New makes a hub. Run makes it work.
func New(c Config) *Hub {
	if c.MaxConn == 0 {
		c.MaxConn = 20_000
	}
	return &Hub{Config: c, id: store.NewID("gw"), conns: map[hold.CustomerID]map[*conn]bool{}, dirty: map[hold.CustomerID]bool{},
		seen: map[hold.CustomerID]*seen{}, wake: make(chan struct{}, 1), unshown: rate.Sometimes{First: 10, Interval: time.Minute}}
}

// Connections is how many sockets are open, Backlog how many bytes are queued.
func (h *Hub) Connections() int { h.mu.Lock(); defer h.mu.Unlock(); return h.total }

// Backlog is how many bytes are queued for all sockets.
func (h *Hub) Backlog() int64 { return h.backlog.Load() }

// Run looks for what changed until the context ends, and then closes every
// socket.
func (h *Hub) Run(ctx context.Context) {
	stop := h.Bus.Watch(func(topic string) { h.stir(hold.CustomerID(topic), false) })
	defer stop()
	var loops sync.WaitGroup
	loops.Go(func() { h.beat(ctx) })
	loops.Go(func() { h.pings(ctx) })
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-h.wake:
			came, stirred := h.takeDirty()
			h.look(ctx, came, true)
			h.look(ctx, stirred, false)
		case <-tick.C:
			came, stirred := h.takeDirty()
			ids := slices.Concat(came, stirred, h.changed(ctx))
			slices.Sort(ids)
			h.look(ctx, slices.Compact(ids), true)
		}
	}
	loops.Wait()
	h.closeAll()
}

// stir marks a connected customer to be looked at.
func (h *Hub) stir(id hold.CustomerID, whole bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.conns[id]) == 0 {
		return
	}
	h.dirty[id] = h.dirty[id] || whole
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// takeDirty gives who came, and about whom something was committed.
func (h *Hub) takeDirty() (came, stirred []hold.CustomerID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for id, whole := range h.dirty {
		if whole {
			came = append(came, id)
		} else {
			stirred = append(stirred, id)
		}
	}
	clear(h.dirty)
	return came, stirred
}

// add takes a proved socket in. It refuses when there are too many.
func (h *Hub) add(c *conn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing || len(h.conns[c.customer]) >= maxPerOwner {
		return false
	}
	if h.conns[c.customer] == nil {
		h.conns[c.customer] = map[*conn]bool{}
	}
	h.conns[c.customer][c] = true
	h.takeTurn(c)
	h.moved.Store(true)
	h.arrived = append(h.arrived, store.Presence{DeviceID: c.device, CustomerID: c.customer})
	return true
}

func (h *Hub) remove(c *conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.conns[c.customer][c] {
		return
	}
	delete(h.conns[c.customer], c)
	delete(h.turns[c.turn], c)
	h.moved.Store(true)
	for other := range h.conns[c.customer] {
		if other.device == c.device {
			return // it has come back already
		}
	}
	h.gone = append(h.gone, c.device)
	h.arrived = slices.DeleteFunc(h.arrived, func(p store.Presence) bool { return p.DeviceID == c.device })
	if len(h.conns[c.customer]) == 0 {
		delete(h.conns, c.customer)
	}
}

// beat records presence and receipts in batches.
func (h *Hub) beat(ctx context.Context) {
	flush := time.NewTicker(flushEvery)
	defer flush.Stop()
	last, said := time.Time{}, time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-flush.C:
			alive := now.Sub(last) >= beatEvery
			if alive {
				last = now
			}
			if now.Sub(said) >= sayEvery {
				h.sayAll()
				said = now
			}
			if err := h.flush(ctx, alive); err != nil && ctx.Err() == nil {
				h.Log.WarnContext(ctx, "presence and receipts could not be recorded", "error", err)
			}
		}
	}
}

// sayAll says of every device anew that it is here.
func (h *Hub) sayAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.arrived = h.arrived[:0]
	for id, conns := range h.conns {
		for c := range conns {
			h.arrived = append(h.arrived, store.Presence{DeviceID: c.device, CustomerID: id})
		}
	}
}

// flush says who came and who went, and what was received; and, when it is time,
// that the gateway lives, which says for all the others that they are here.
func (h *Hub) flush(ctx context.Context, alive bool) error {
	h.mu.Lock()
	here, got, gone := h.arrived, h.received, h.gone
	h.arrived, h.received, h.gone = nil, nil, nil
	h.mu.Unlock()
	var err error
	for err == nil && len(gone) > 0 {
		n := min(chunk, len(gone))
		if err = h.Store.Absent(ctx, h.id, gone[:n]); err == nil {
			gone = gone[n:]
		}
	}
	for err == nil && (alive || len(here) > 0 || len(got) > 0) {
		n, m := min(chunk, len(here)), min(chunk, len(got))
		if err = h.Store.Heartbeat(ctx, h.id, here[:n], got[:m]); err == nil {
			here, got, alive = here[n:], got[m:], false
		}
	}
	if err != nil {
		h.keep(here, got, gone)
	}
	return err
}

// keep puts back what could not be said, but for who has gone meanwhile. Who went
// is always said before who came.
func (h *Hub) keep(here []store.Presence, got []store.Received, gone []hold.DeviceID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	here = slices.DeleteFunc(here, func(p store.Presence) bool { return slices.Contains(h.gone, p.DeviceID) })
	h.arrived, h.gone = append(here, h.arrived...), append(gone, h.gone...)
	if len(h.received)+len(got) <= maxReceipts {
		h.received = append(got, h.received...)
	}
}

func (h *Hub) closeAll() {
	h.mu.Lock()
	h.closing = true
	gone := []hold.DeviceID{}
	for _, cs := range h.conns {
		for c := range cs {
			gone = append(gone, c.device)
			c.close(websocket.CloseServiceRestart, "going_away")
		}
	}
	h.mu.Unlock()
	done := make(chan struct{})
	go func() { h.readers.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(2 * time.Second):
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	for len(gone) > 0 {
		n := min(chunk, len(gone))
		_ = h.Store.Absent(ctx, h.id, gone[:n]) // presence ages by itself
		gone = gone[n:]
	}
}
