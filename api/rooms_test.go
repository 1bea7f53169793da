package api

import (
	"context"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Each audience has places of its own; so has what waits, streams or brings many.
func TestRooms(t *testing.T) {
	sp, err := theSpec()
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{clients: newRoom(1, 1), apps: newRoom(1, 1), staff: newRoom(1, 1),
		waiting: newRoom(1, 1), streams: newRoom(1, 1), batching: newRoom(1, 1), learning: newRoom(1, 1)}
	for pattern, c := range map[string]struct {
		query string
		want  *room
	}{
		"POST /v1/holds":            {"", s.clients},
		"POST /v1/holds/batch":      {"", s.batching},
		"POST /v1/outcomes/batch":   {"", s.learning},
		"GET /v1/holds/{hold_id}":   {"?wait=30s", s.waiting},
		"GET /v1/decisions":         {"?wait=30s", s.waiting},
		"GET /v1/app/challenges":    {"", s.apps},
		"POST /v1/callbacks/next":   {"", s.staff},
		"GET /v1/callbacks/stats":   {"?wait=30s", s.staff}, // which is none of its parameters, and takes no place from who may wait
		"GET /v1/callbacks/events":  {"", s.streams},
		"GET /v1/supervision/holds": {"", s.staff},
	} {
		op := sp.ops[pattern]
		if op == nil {
			t.Errorf("there is no %s", pattern)
			continue
		}
		if _, room := s.room(httptest.NewRequest("GET", "/"+c.query, nil), op); room != c.want {
			t.Errorf("%s%s has its place elsewhere", pattern, c.query)
		}
	}
}

// A burst of one caller beyond their share is a queue: each has a turn, as long as
// one comes within a second, and who leaves no turn to the others loses them nothing.
func TestBurstOfOneWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const share, burst = 3, 30
		room := newRoom(10, share)
		var all sync.WaitGroup
		var mu sync.Mutex
		at, most := 0, 0
		count := func(n int) { mu.Lock(); defer mu.Unlock(); at += n; most = max(most, at) }
		for range burst {
			all.Go(func() {
				if !room.admit(context.Background(), "one") {
					t.Error("refused in its turn")
					return
				}
				defer room.dismiss("one")
				count(1)
				defer count(-1)
				<-time.After(patience / 20)
			})
		}
		all.Wait()
		if most != share || len(room.held) != 0 {
			t.Errorf("%d at once, and %d callers are remembered", most, len(room.held))
		}
		for range share {
			room.admit(context.Background(), "one")
		}
		if began := time.Now(); room.admit(context.Background(), "one") || time.Since(began) != patience {
			t.Errorf("without a turn: waited %s", time.Since(began))
		}
		if !room.admit(context.Background(), "two") {
			t.Error("another waits for them")
		}
		room.dismiss("two")
		for range share {
			room.dismiss("one")
		}
		if len(room.held) != 0 {
			t.Errorf("%d callers are remembered", len(room.held))
		}
	})
}
