package gateway

import (
	"context"
	"iter"
	"slices"

	"holdfast/hold"
	"holdfast/store"
)

// seen is what a look found of a customer.
type seen struct {
	head int64              // the length of their chain
	open []hold.ChallengeID // the questions that waited, in the order of their ids
}

// person is a connected customer.
type person struct {
	id    hold.CustomerID
	conns []*conn
	seen  *seen
}

// roster is who is connected, and what the record is asked about them. While nobody
// comes or goes, and no chain grows, it stays as it is.
type roster struct {
	people []person
	known  []store.Known
}

// changed asks the record whom there is something new about, and gives those who
// are to be looked at: at each tick, so that what NOTIFY loses is missed for a
// second. Only the hub's loop calls it.
func (h *Hub) changed(ctx context.Context) (out []hold.CustomerID) {
	if h.moved.Swap(false) {
		h.roster = h.everybody()
	}
	if len(h.roster.people) == 0 {
		return nil
	}
	awaited := map[hold.ID]bool{}
	for _, p := range h.roster.people {
		for _, c := range p.conns {
			for id := range c.waiting {
				awaited[id] = true
			}
		}
	}
	news, err := h.Store.News(ctx, h.roster.known, keys(awaited))
	if err != nil {
		if ctx.Err() == nil {
			h.Log.WarnContext(ctx, "the gateway cannot read the record and will look again", "error", err)
		}
		return nil
	}
	calls := map[hold.CustomerID]store.AppCall{}
	for _, c := range news.Calls {
		calls[c.CustomerID] = c
	}
	for _, p := range h.roster.people {
		if p.isNew(news, calls[p.id]) {
			out = append(out, p.id)
		}
	}
	return out
}

// isNew tells whether a customer is to be looked at: something changed, or was not
// shown to one of their sockets, a session has run out, an outcome that is awaited
// has come, or they are frozen, of which more is shown.
func (p person) isNew(news store.News, call store.AppCall) bool {
	if _, longer := news.Heads[p.id]; longer || !slices.Equal(p.seen.open, news.Open[p.id]) {
		return true
	}
	return slices.ContainsFunc(p.conns, func(c *conn) bool {
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

// everybody makes the roster, and forgets what was seen of those who have gone.
func (h *Hub) everybody() (r roster) {
	h.mu.Lock()
	defer h.mu.Unlock()
	was := h.seen
	h.seen = make(map[hold.CustomerID]*seen, len(h.conns))
	r.people = make([]person, 0, len(h.conns))
	for id, conns := range h.conns {
		p := person{id: id, conns: keys(conns), seen: was[id]}
		if p.seen == nil {
			p.seen = &seen{}
		}
		h.seen[id] = p.seen
		r.people = append(r.people, p)
	}
	for part := range slices.Chunk(r.people, newsChunk) {
		r.known = append(r.known, store.KnownOf(heads(part)))
	}
	return r
}

func heads(people []person) iter.Seq2[hold.CustomerID, int64] {
	return func(yield func(hold.CustomerID, int64) bool) {
		for _, p := range people {
			if !yield(p.id, p.seen.head) {
				return
			}
		}
	}
}

// remember keeps what a look found: the open questions, and the length of the chain
// where it was read.
func (h *Hub) remember(customers []hold.CustomerID, open map[hold.CustomerID][]hold.Challenge, heads map[hold.CustomerID]int64) {
	for _, id := range customers {
		s := h.seen[id]
		if s == nil {
			s = &seen{}
			h.seen[id] = s
			h.moved.Store(true)
		}
		if head, read := heads[id]; read && head != s.head {
			s.head = head
			h.moved.Store(true)
		}
		s.open = s.open[:0]
		for _, c := range open[id] {
			s.open = append(s.open, c.ID)
		}
		slices.Sort(s.open)
	}
}
