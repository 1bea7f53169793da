package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"holdfast/api/gen"
	"holdfast/hold"
	"holdfast/store"
)

const (
	longestStream = 5 * time.Minute // as long as a token: the next one proves who it is anew
	streamTick    = 2 * time.Second // NOTIFY only shortens it
	streamOverlap = 5 * time.Second // how much later than its time a change may show
	streamBatch   = 500
)

func (s *Server) stats(ctx context.Context) (gen.QueueStats, error) {
	q, err := s.Staff.QueueStats(ctx)
	out := gen.QueueStats{Waiting: q.Waiting, Leased: q.Leased, Later: q.Later, Review: q.Review, PastTarget: q.PastTarget,
		Approvals: q.Approvals, Recalls: q.Recalls, Complaints: q.Open, ComplaintsOverdue: q.Overdue,
		OldestDue: q.OldestDue, OldestAt: q.OldestAt,
		ByPriority: map[string]int{}, ByKind: map[string]int{}, ByReason: q.ByReason, Now: q.Now}
	for kind, n := range q.ByKind {
		out.ByKind[string(kind)] = n
	}
	for rank, n := range q.ByPriority {
		out.ByPriority[strconv.Itoa(rank)] = n
	}
	return out, err
}

// followQueue streams what changes in the queue, as server-sent events. Ids are
// times; what is near one is sent again, so that nothing is left out.
func (s *Server) followQueue(w http.ResponseWriter, r *http.Request) {
	ctx, by := r.Context(), callerOf(r.Context()).agent
	ctx, cancel := context.WithTimeout(ctx, longestStream)
	defer cancel()
	from, err := s.Staff.Now(ctx)
	if err != nil {
		s.answerFault(w, r, err)
		return
	}
	if last := r.Header.Get("Last-Event-ID"); last != "" {
		n, _ := strconv.ParseInt(last, 10, 64) // it was checked to be digits
		from = min(from, max(hold.Instant(n), from.Add(-24*time.Hour)))
	}
	stream := &stream{w: w, ctl: http.NewResponseController(w), transfer: s.Transfer}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // a proxy that gathers events makes them late
	w.WriteHeader(http.StatusOK)
	news, stop := s.Bus.Subscribe(store.TopicQueue)
	defer stop()
	tick := time.NewTicker(streamTick)
	defer tick.Stop()
	sent := map[string]hold.Instant{}
	for first := true; ; first = false {
		if err := s.Staff.SeeAgent(ctx, by); err != nil { // revoked meanwhile
			return
		}
		changed, err := s.changes(ctx, by, stream, &from, sent)
		if err == nil && (first || changed) {
			err = s.sendStats(ctx, stream, from)
		}
		if err == nil {
			err = stream.flush()
		}
		if err != nil {
			return // the client comes back with its last id
		}
		select {
		case <-ctx.Done():
			return
		case <-s.Stopping:
			return
		case <-news:
		case <-tick.C:
		}
	}
}

// changes sends what changed since from, and moves it on.
func (s *Server) changes(ctx context.Context, by store.By, out *stream, from *hold.Instant, sent map[string]hold.Instant) (news bool,
	err error) {
	since := from.Add(-streamOverlap)
	for id, at := range sent {
		if at < since {
			delete(sent, id)
		}
	}
	for after := ""; ; {
		cs, err := s.Staff.QueueChanges(ctx, by, since, after, streamBatch)
		if err != nil {
			return news, err
		}
		for _, c := range cs {
			since, after = c.UpdatedAt, c.ID
			if sent[c.ID] == c.UpdatedAt {
				continue
			}
			news = true
			sent[c.ID], *from = c.UpdatedAt, max(*from, c.UpdatedAt)
			if err := out.event("case", *from, map[string]any{"id": c.ID, "status": c.Status, "agent": c.Agent,
				"priority": c.Priority}); err != nil {
				return news, err
			}
		}
		if len(cs) < streamBatch {
			return news, nil
		}
	}
}

func (s *Server) sendStats(ctx context.Context, out *stream, at hold.Instant) error {
	q, err := s.stats(ctx)
	if err != nil {
		return err
	}
	return out.event("stats", at, q)
}

// stream writes server-sent events (HTML standard, section 9.2).
type stream struct {
	w        http.ResponseWriter
	ctl      *http.ResponseController
	transfer time.Duration // of one event: who stops reading is cut off after it
}

func (s *stream) event(kind string, id hold.Instant, data any) error {
	b, err := json.Marshal(data)
	if err != nil {
		return err
	}
	_ = s.ctl.SetWriteDeadline(time.Now().Add(s.transfer)) // not every writer has one
	_, err = fmt.Fprintf(s.w, "event: %s\nid: %d\ndata: %s\n\n", kind, int64(id), b)
	return err
}

// flush ends a round with a comment, which tells a client that is cut off.
func (s *stream) flush() error {
	_ = s.ctl.SetWriteDeadline(time.Now().Add(s.transfer))
	if _, err := fmt.Fprint(s.w, ": \n\n"); err != nil {
		return err
	}
	return s.ctl.Flush()
}
