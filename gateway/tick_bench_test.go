package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"holdfast/app"
	"holdfast/hold"
	"holdfast/policy"
	"holdfast/store"
	"holdfast/store/storetest"
)

// BenchmarkTick times what a gateway with 10,000 idle sockets asks the record each
// second, on Postgres: by what changed, and by looking at everybody, in turns of
// one run. µs/tick over 10,000 is the part of a second in per cent.
//
//	go test ./gateway -run '^$' -bench Tick -benchtime 20x
func BenchmarkTick(b *testing.B) {
	const sockets = 10_000
	s := storetest.New(b, storetest.PostgresURL(b))
	db := storetest.Raw(b, s.URL)
	far := int64(storetest.Start.Add(240 * time.Hour))
	for _, q := range []string{
		`INSERT INTO customers (id, name, locale, time_zone, phrase, created_at, updated_at)
			SELECT 'idle' || i, 'Q', 'en', 'UTC', 'x', 1, 1 FROM generate_series(1, %d) i`,
		`INSERT INTO devices (id, customer_id, name, public_key, since, enrolled_at)
			SELECT 'dev_' || i, 'idle' || i, 'phone', '\x01', 1, 1 FROM generate_series(1, %d) i`,
		`INSERT INTO sessions (digest, customer_id, created_at, expires_at)
			SELECT 'digest' || i, 'idle' || i, 1, ` + fmt.Sprint(far) + ` FROM generate_series(1, %d) i`,
		`INSERT INTO audit_heads (subject, seq, hash) SELECT 'customer:idle' || i, 5, 'x' FROM generate_series(1, %d) i`,
	} {
		db.MustExec(fmt.Sprintf(q, sockets))
	}
	db.MustExec(`ANALYZE`)
	desk := &app.Desk{Store: s.Store, Policies: policy.NewSet(policy.Default())}
	h := New(Config{Store: s.Store, Bus: s.Bus, Desk: desk, Log: slog.New(slog.DiscardHandler)})
	var all []hold.CustomerID
	for i := 1; i <= sockets; i++ {
		id := hold.CustomerID(fmt.Sprintf("idle%d", i))
		c := &conn{hub: h, customer: id, device: hold.DeviceID(fmt.Sprintf("dev_%d", i)), session: fmt.Sprintf("digest%d", i),
			sessionEnds: hold.Instant(far), logSeq: 5, queue: make(chan []byte, maxQueue), done: make(chan struct{})}
		all = append(all, id)
		if !h.add(c) {
			b.Fatal("a socket was refused")
		}
	}
	ctx := context.Background()
	s.Must(s.Heartbeat(ctx, h.id, []store.Presence{{DeviceID: "dev_1", CustomerID: "idle1"}}, nil))
	h.look(ctx, all, true) // as after they connected
	if ids := h.changed(ctx); len(ids) != 0 {
		b.Fatalf("%d customers changed and nothing happened", len(ids))
	}
	var asked, looked time.Duration
	n := 0
	for b.Loop() {
		t := time.Now()
		h.changed(ctx)
		asked += time.Since(t)
		t = time.Now()
		h.look(ctx, all, true)
		looked += time.Since(t)
		n++
	}
	b.ReportMetric(float64(asked.Microseconds())/float64(n), "µs/tick")
	b.ReportMetric(float64(looked.Microseconds())/float64(n), "µs/look-at-all")
	b.ReportMetric(float64(looked)/float64(asked), "ratio")
}
