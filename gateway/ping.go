package gateway

import (
	"context"
	"time"
)

// pingTurns are the turns in which all sockets are pinged, one after the other.
const pingTurns = 20

// pings has each socket pinged once in its time: many together, by one timer, since
// a timer each would wake the process for each. Whoever has a full queue is not
// pinged: what is to be written says as much, and ends it if it cannot be written.
func (h *Hub) pings(ctx context.Context) {
	tick := time.NewTicker(h.waits().ping / pingTurns)
	defer tick.Stop()
	for turn := 0; ; turn = (turn + 1) % pingTurns {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			h.ping(turn)
		}
	}
}

func (h *Hub) ping(turn int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.turns[turn] {
		select {
		case c.queue <- nil:
		default:
		}
	}
}

// takeTurn gives a socket its turn: that with the fewest. The caller holds the lock.
func (h *Hub) takeTurn(c *conn) {
	for turn := range h.turns {
		if len(h.turns[turn]) < len(h.turns[c.turn]) {
			c.turn = turn
		}
	}
	if h.turns[c.turn] == nil {
		h.turns[c.turn] = map[*conn]bool{}
	}
	h.turns[c.turn][c] = true
}
