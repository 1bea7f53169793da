package gateway

import (
	"context"
	"reflect"

	"holdfast/hold"
)

// protections tells frozen customers what stands for them, whenever it changes,
// and that the freeze has ended.
func (h *Hub) protections(ctx context.Context, conns []*conn, frozen []hold.CustomerID) error {
	found, err := h.Desk.Protections(ctx, frozen)
	if err != nil {
		return err
	}
	for _, c := range conns {
		p, is := found[c.customer]
		switch {
		case is && (c.guarded == nil || !reflect.DeepEqual(*c.guarded, p)):
			c.guarded = &p
			c.send(protectionMsg{"protection", &p})
		case !is && c.guarded != nil:
			c.guarded = nil
			c.send(protectionMsg{Type: "protection"})
		}
	}
	return nil
}
