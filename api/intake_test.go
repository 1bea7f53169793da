package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/api"
	"holdfast/api/client"
	"holdfast/hold"
	"holdfast/store"
	"holdfast/store/storetest"
)

// crowded is a line of holds in front of an API: some leave it at each look, so that it
// moves, and as many come.
type crowded struct{ waiting, looks atomic.Int64 }

func (c *crowded) backlog(context.Context) (b store.Backlog, err error) {
	b.Now = hold.At(time.Now())
	at := c.looks.Add(1) * 4
	for i := range c.waiting.Load() {
		b.Due = append(b.Due, store.Waits{ID: fmt.Sprint(at + i), Since: b.Now.Add(-2 * time.Second)})
	}
	return b, nil
}

// bounded is a bench whose intake is full.
func bounded(t *testing.T) (*bench, *crowded) {
	t.Helper()
	line := &crowded{}
	line.waiting.Store(500)
	x := benchWith(t, storetest.New(t, storetest.SQLiteURL(t)), func(c *api.Config) { c.Backlog = line.backlog })
	x.untilRefused("before")
	return x, line
}

// submit posts a hold of a client.
func (x *bench) submit(key, tx string) reply {
	x.t.Helper()
	return x.do("POST", "/v1/holds", request(tx), "Idempotency-Key", tx, "Authorization", "Bearer "+key)
}

// untilRefused posts holds until one is refused: what waits is looked at beside them.
func (x *bench) untilRefused(name string) reply {
	x.t.Helper()
	for i := range 5000 {
		if r := x.submit(x.key, fmt.Sprint(name, "-", i)); r.status != 202 {
			return r
		}
	}
	x.t.Fatal("nothing was refused")
	return reply{}
}

// Beyond what can be decided in time, a hold is refused with a time that is true; what
// was accepted is answered again; and nothing but new holds is refused.
func TestOverloadedIntake(t *testing.T) {
	t.Parallel()
	line := &crowded{}
	x := benchWith(t, storetest.New(t, storetest.SQLiteURL(t)), func(c *api.Config) { c.Backlog = line.backlog })
	h, c := x.held("tx-1")
	token := x.token("lin")
	line.waiting.Store(500)
	r := x.untilRefused("flood")
	after, err := strconv.Atoi(r.header.Get("Retry-After"))
	if r.status != 503 || r.code() != "overloaded" || err != nil || after < 5 || after > 60 {
		t.Fatalf("%d %s, Retry-After %q", r.status, r.body, r.header.Get("Retry-After"))
	}
	var again client.Hold
	if x.read(x.submit(x.key, "tx-1"), 202, &again); again.Id != h.Id {
		t.Errorf("a repeat is %s, want %s", again.Id, h.Id)
	}
	x.read(x.answer(token, c.ID, x.sign(x.old, c, hold.Approve)), 200, nil)
	x.read(x.do("POST", "/v1/holds/"+string(h.Id)+"/decision", map[string]any{"outcome": "reverse", "reason": "fraud"}, "If-Match", `"1"`), 200, nil)
	x.read(x.do("POST", "/v1/app/holds/"+string(h.Id)+"/not_me", nil, "Authorization", "Bearer "+token), 202, nil)
	x.read(x.do("GET", "/v1/callbacks/stats", nil, "Authorization", "Bearer agent.ana"), 200, nil)
	if x.counts["intake_refused"] == 0 {
		t.Error("nothing was counted")
	}
	line.waiting.Store(0)
	for i := 0; x.submit(x.key, fmt.Sprint("after-", i)).status != 202; i++ {
		if i == 20_000 {
			t.Fatal("it stays closed")
		}
	}
}

// Who asks is found out all the same: a flood's key opens nothing to another.
func TestOverloadedIntakeKnowsItsClients(t *testing.T) {
	t.Parallel()
	x, _ := bounded(t)
	if r := x.submit("hf_nobody", "tx"); r.status != 401 {
		t.Errorf("nobody: %d %s", r.status, r.body)
	}
	if r := x.submit(x.newKey("reader", "holds:read"), "tx"); r.status != 403 {
		t.Errorf("without the scope: %d %s", r.status, r.body)
	}
}

// A batch is taken in as there is room, and its repeats whatever waits; each line has
// its result.
func TestOverloadedBatch(t *testing.T) {
	t.Parallel()
	line := &crowded{}
	x := benchWith(t, storetest.New(t, storetest.SQLiteURL(t)), func(c *api.Config) { c.Backlog = line.backlog })
	var lines strings.Builder
	for i := range 120 {
		tx := fmt.Sprint("line-", i)
		raw, err := json.Marshal(map[string]any{"idempotency_key": tx, "hold": request(tx)})
		x.store.Must(err)
		lines.Write(append(raw, '\n'))
	}
	post := func() (accepted int) {
		r := x.do("POST", "/v1/holds/batch", lines.String(), "Content-Type", "application/x-ndjson")
		x.read(r, 200, nil)
		if got := strings.Count(string(r.body), "\n"); got != 120 {
			t.Errorf("%d results", got)
		}
		return strings.Count(string(r.body), `"status":202`)
	}
	if got := post(); got != 120 {
		t.Errorf("%d accepted", got)
	}
	line.waiting.Store(500)
	x.untilRefused("flood")
	if got := post(); got != 120 {
		t.Errorf("%d of the repeats were answered", got)
	}
}
