package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"holdfast/app"
	"holdfast/counterparties"
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
	h, _, all := idleHub(b)
	ctx := context.Background()
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

const sockets = 10_000

// idleHub is a gateway with many sockets on which nothing has happened.
func idleHub(b *testing.B) (*Hub, *storetest.Bundle, []hold.CustomerID) {
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
			sessionEnds: hold.Instant(far), logSeq: 5, queue: make(chan []byte, maxQueue), done: make(chan struct{}),
			shown: map[hold.ChallengeID]hold.ID{}, waiting: map[hold.ID]bool{}, told: map[hold.ID]bool{}}
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
	return h, s, all
}

// BenchmarkQuestions times how one question each is shown to 10,000 customers, as
// many at once as a look reads, on Postgres; and the tick that follows. ms/all is the
// time of all.
//
//	go test ./gateway -run '^$' -bench Questions -benchtime 1x
func BenchmarkQuestions(b *testing.B) {
	h, s, all := idleHub(b)
	ctx := context.Background()
	a := s.Accepting(storetest.PushLadder())
	terms := a.Terms
	a.Terms = func(c hold.Customer, p counterparties.Known, now hold.Instant) (hold.Terms, hold.Instant, error) {
		made, deadline, err := terms(c, p, now)
		made.PolicyVersion = policy.Default().Version()
		return made, deadline, err
	}
	res, err := s.AcceptHold(ctx, a)
	s.Must(err)
	_, err = s.OpenRung(ctx, res.HoldID, 0, hold.NoRung, storetest.Rules)
	s.Must(err)
	db := storetest.Raw(b, s.URL)
	for _, q := range []string{
		`INSERT INTO holds SELECT (jsonb_populate_record(h, jsonb_build_object('id', h.id || i, 'customer_id', 'idle' || i,
			'transaction_id', h.transaction_id || i))).* FROM holds h, generate_series(1, %d) i`,
		`INSERT INTO challenges SELECT (jsonb_populate_record(c, jsonb_build_object('id', c.id || i, 'hold_id', c.hold_id || i,
			'customer_id', 'idle' || i, 'nonce', c.nonce || i))).* FROM challenges c, generate_series(1, %d) i`,
	} {
		db.MustExec(fmt.Sprintf(q, sockets))
	}
	db.MustExec(`ANALYZE`)
	var shown, ticked time.Duration
	for b.Loop() {
		t := time.Now()
		h.look(ctx, all, false)
		shown += time.Since(t)
		t = time.Now()
		h.changed(ctx)
		ticked += time.Since(t)
	}
	for _, c := range h.connsOf(all) {
		if len(c.shown) != 1 {
			b.Fatalf("%s is shown %v", c.customer, c.shown)
		}
	}
	b.ReportMetric(float64(shown.Milliseconds())/float64(b.N), "ms/all")
	b.ReportMetric(float64(ticked.Milliseconds())/float64(b.N), "ms/tick")
}
