package api

import (
	"net/http/httptest"
	"testing"
)

// Each audience has places of its own; so has what waits, streams or brings many.
func TestRooms(t *testing.T) {
	sp, err := readSpec()
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{clients: newRoom(1, 1), apps: newRoom(1, 1), staff: newRoom(1, 1),
		waiting: newRoom(1, 1), streams: newRoom(1, 1), batching: newRoom(1, 1)}
	for pattern, c := range map[string]struct {
		query string
		want  *room
	}{
		"POST /v1/holds":            {"", s.clients},
		"POST /v1/holds/batch":      {"", s.batching},
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
