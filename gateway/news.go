package gateway

import (
	"context"
	"maps"
	"slices"

	"holdfast/hold"
	"holdfast/store"
)

// seen is what a look found of a customer.
type seen struct {
	head int64              // the length of their chain
	open []hold.ChallengeID // the questions that waited, in the order of their ids
}

// changed asks the record whom there is something new about, and gives those who
// are to be looked at: at each tick, so that what NOTIFY loses is missed for a
// second. Only the hub's loop calls it.
func (h *Hub) changed(ctx context.Context) (out []hold.CustomerID) {
	here := h.everybody()
	for id := range h.seen {
		if here[id] == nil {
			delete(h.seen, id)
		}
	}
	for part := range slices.Chunk(slices.Collect(maps.Keys(here)), newsChunk) {
		known, awaited := make(map[hold.CustomerID]int64, len(part)), map[hold.ID]bool{}
		for _, id := range part {
			known[id] = h.seen[id].head
			for _, c := range here[id] {
				maps.Copy(awaited, c.waiting)
			}
		}
		news, err := h.Store.News(ctx, known, awaited)
		if err != nil {
			if ctx.Err() == nil {
				h.Log.WarnContext(ctx, "the gateway cannot read the record and will look again", "error", err)
			}
			return out
		}
		calls := map[hold.CustomerID]store.AppCall{}
		for _, c := range news.Calls {
			calls[c.CustomerID] = c
		}
		for _, id := range part {
			if h.isNew(id, here[id], news, calls[id]) {
				out = append(out, id)
			}
		}
	}
	return out
}

// isNew tells whether a customer is to be looked at: something changed, or was not
// shown to one of their sockets, a session has run out, an outcome that is awaited
// has come, or they are frozen, of which more is shown.
func (h *Hub) isNew(id hold.CustomerID, conns []*conn, news store.News, call store.AppCall) bool {
	was := h.seen[id]
	if _, longer := news.Heads[id]; longer || !slices.Equal(was.open, news.Open[id]) {
		return true
	}
	return slices.ContainsFunc(conns, func(c *conn) bool {
		return !c.looked || !c.allShown || c.call != call || c.guarded != nil || c.sessionEnds <= news.Now || decided(c.waiting, news)
	})
}

func decided(waiting map[hold.ID]bool, news store.News) bool {
	for id := range waiting {
		if news.Decided[id] {
			return true
		}
	}
	return false
}

// everybody are the sockets by customer.
func (h *Hub) everybody() map[hold.CustomerID][]*conn {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make(map[hold.CustomerID][]*conn, len(h.conns))
	for id, conns := range h.conns {
		for c := range conns {
			out[id] = append(out[id], c)
		}
	}
	return out
}

// remember keeps what a look found.
func (h *Hub) remember(customers []hold.CustomerID, open map[hold.CustomerID][]hold.Challenge, heads map[hold.CustomerID]int64) {
	for _, id := range customers {
		s := seen{head: heads[id]}
		for _, c := range open[id] {
			s.open = append(s.open, c.ID)
		}
		slices.Sort(s.open)
		h.seen[id] = s
	}
}
