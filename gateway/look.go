package gateway

import (
	"context"
	"maps"
	"slices"

	"holdfast/hold"
	"holdfast/messages"
	"holdfast/store"

	"github.com/gorilla/websocket"
)

// look compares what the record says with what each socket has been shown, and
// says the difference: the whole of it, or the questions alone. Only the hub's
// loop calls it.
func (h *Hub) look(ctx context.Context, customers []hold.CustomerID, whole bool) {
	at := h.glanceAt
	if whole {
		at = h.lookAt
	}
	for part := range slices.Chunk(customers, chunk) {
		if err := at(ctx, part); err != nil && ctx.Err() == nil {
			h.Log.WarnContext(ctx, "the gateway cannot read the record and will look again", "error", err)
			return
		}
	}
}

func (h *Hub) connsOf(customers []hold.CustomerID) (conns []*conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, id := range customers {
		for c := range h.conns[id] {
			conns = append(conns, c)
		}
	}
	return conns
}

func (h *Hub) lookAt(ctx context.Context, customers []hold.CustomerID) error {
	conns := h.connsOf(customers)
	if len(conns) == 0 {
		return nil
	}
	conns, st, err := h.standing(ctx, conns, customers)
	if err != nil || len(conns) == 0 {
		return err
	}
	open, err := h.questions(ctx, conns, customers)
	if err != nil {
		return err
	}
	if err := h.calls(ctx, conns, customers); err != nil {
		return err
	}
	if err := h.protections(ctx, conns, keys(st.Frozen)); err != nil {
		return err
	}
	for _, c := range conns {
		if err := h.notices(ctx, c, st.LastLog[c.customer]); err != nil {
			return err
		}
		c.looked = true
	}
	h.remember(customers, open, st.LastLog)
	return nil
}

// glanceAt shows what is asked and how it ended, at once; the rest comes with the
// tick.
func (h *Hub) glanceAt(ctx context.Context, customers []hold.CustomerID) error {
	conns := h.connsOf(customers)
	if len(conns) == 0 {
		return nil
	}
	open, err := h.questions(ctx, conns, customers)
	if err == nil {
		h.remember(customers, open, nil)
	}
	return err
}

// questions says what is asked now, what no longer is, and how it ended.
func (h *Hub) questions(ctx context.Context, conns []*conn, customers []hold.CustomerID) (map[hold.CustomerID][]hold.Challenge, error) {
	shown, holds := map[hold.ChallengeID]bool{}, map[hold.ID]bool{}
	for _, c := range conns {
		maps.Copy(holds, c.waiting)
		for id, about := range c.shown {
			shown[id], holds[about] = true, true
		}
	}
	found, err := h.Store.Shown(ctx, customers, keys(shown), keys(holds))
	if err != nil {
		return nil, err
	}
	for _, c := range conns {
		h.update(ctx, c, found)
	}
	return found.Open, nil
}

// calls tells whom the bank calls, and that it has hung up.
func (h *Hub) calls(ctx context.Context, conns []*conn, customers []hold.CustomerID) error {
	cs, err := h.Store.AppCalls(ctx, customers)
	if err != nil {
		return err
	}
	by := map[hold.CustomerID]store.AppCall{}
	for _, c := range cs {
		by[c.CustomerID] = c
	}
	for _, c := range conns {
		now, calling := by[c.customer]
		switch {
		case now == c.call:
		case calling:
			c.send(callMsg{"call", true, messages.Safe(now.GivenName), now.Digits, now.Inbound, now.Identified, messages.Calling(now.Identified,
				c.locale)})
		default:
			c.send(callMsg{Type: "call", Text: messages.NotCalling(c.locale)})
		}
		c.call = now
	}
	return nil
}

// standing ends the sockets whose session or device has ended.
func (h *Hub) standing(ctx context.Context, conns []*conn, customers []hold.CustomerID) ([]*conn, store.Standing, error) {
	var devices []hold.DeviceID
	var sessions []string
	for _, c := range conns {
		devices, sessions = append(devices, c.device), append(sessions, c.session)
	}
	st, err := h.Store.Standing(ctx, devices, sessions, customers)
	if err != nil {
		return nil, st, err
	}
	return slices.DeleteFunc(conns, func(c *conn) bool {
		switch {
		case !st.Devices[c.device]:
			c.end("device_revoked")
		case !st.Sessions[c.session]:
			c.end("session_ended")
		default:
			return false
		}
		return true
	}), st, nil
}

func (c *conn) end(reason string) {
	c.send(endMsg{"session_ended", reason})
	c.close(websocket.CloseNormalClosure, reason)
}

func keys[K comparable](m map[K]bool) []K {
	ks := make([]K, 0, len(m))
	for k := range m {
		ks = append(ks, k)
	}
	return ks
}

// update says to one socket what has changed for it.
func (h *Hub) update(ctx context.Context, c *conn, found store.Shown) {
	owner := found.Owners[c.customer]
	c.allShown = true
	for _, ch := range found.Open[c.customer] {
		if _, shown := c.shown[ch.ID]; shown {
			continue
		}
		x, read := found.Holds[ch.HoldID]
		i := slices.IndexFunc(owner.Devices, func(d hold.Device) bool { return d.ID == c.device })
		if !read || i < 0 { // not read, or revoked: the tick ends it
			c.allShown = false
			continue
		}
		view, err := h.Desk.Show(ctx, x, ch, owner, &owner.Devices[i])
		if err != nil { // its policy does not load, say: what else there is, is shown
			h.unshown.Do(func() { h.Log.ErrorContext(ctx, "a question cannot be shown", "hold", ch.HoldID, "error", err) })
			c.allShown = false
			continue
		}
		c.shown[ch.ID] = ch.HoldID
		c.send(challengeMsg{"challenge", view})
	}
	for id, holdID := range c.shown {
		if ch, read := found.Challenges[id]; read && ch.Status != hold.Open {
			delete(c.shown, id)
			c.waiting[holdID] = true
			c.send(closedMsg{"closed", id, holdID, ch.Status, ch.Cause, ch.Answer})
		}
	}
	for id := range c.waiting {
		if x := found.Holds[id]; x.Decision != nil {
			delete(c.waiting, id)
			c.tell(x)
		}
	}
}

func (c *conn) tell(x hold.Hold) {
	if !c.told[x.ID] {
		c.told[x.ID] = true
		c.send(outcomeMsg{"outcome", c.hub.Desk.Tell(x, c.locale)})
	}
}

// notices tells what is new on the customer's chain: a device that was
// enrolled is announced to the others.
func (h *Hub) notices(ctx context.Context, c *conn, last int64) error {
	if last <= c.logSeq {
		return nil
	}
	lines, err := h.Store.CustomerLog(ctx, c.customer, int(min(20, last-c.logSeq)))
	if err != nil {
		return err
	}
	slices.Reverse(lines)
	for _, l := range lines {
		if text := messages.Notice(l.Kind, c.locale); text != "" && l.Seq > c.logSeq {
			c.send(noticeMsg{"notice", l.Kind, text, l.At})
		}
	}
	c.logSeq = last
	return nil
}
