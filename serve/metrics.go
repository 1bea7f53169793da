package serve

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"holdfast/gateway"
	"holdfast/hold"
	"holdfast/store"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what Prometheus reads. No label ever holds an id or a number.
type metrics struct {
	registry    *prometheus.Registry
	requests    *prometheus.HistogramVec
	events      *prometheus.CounterVec
	relayed     *prometheus.CounterVec
	swept       *prometheus.CounterVec
	settlements *prometheus.CounterVec
	recalls     *prometheus.CounterVec
}

func newMetrics(s *store.Store, hub *gateway.Hub) *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "holdfast_" + name, Help: help}, labels)
	}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "holdfast_http_request_seconds",
			Help:    "Requests by operation and status.",
			Buckets: []float64{.002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 30}}, []string{"operation", "status"}),
		events:      counter("events_total", "What happened at the gateway and to answers.", "event"),
		relayed:     counter("relay_messages_total", "Messages to Temporal.", "kind", "result"),
		swept:       counter("swept_total", "Overdue holds that the sweeper found; more than none is an alarm.", "state"),
		settlements: counter("settlements_total", "Calls of the ledger by result.", "result"),
		recalls:     counter("recalls_total", "Calls of the endpoint for recalls by result.", "result"),
	}
	m.registry.MustRegister(m.requests, m.events, m.relayed, m.swept, m.settlements, m.recalls, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	gauge := func(name, help string, value func() float64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "holdfast_" + name, Help: help}, value))
	}
	count := func(read func(context.Context) (int, error)) func() float64 {
		return func() float64 {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			n, err := read(ctx)
			if err != nil {
				return -1
			}
			return float64(n)
		}
	}
	gauge("outbox_rows", "Messages that wait for Temporal; -1 when the database does not answer.", count(s.OutboxDepth))
	gauge("wakeups_waiting", "Devices that the push service has yet to wake; -1 when the database does not answer.", count(s.WakeupsWaiting))
	gauge("verdicts_behind_seconds", "For how long the oldest verdict on a payee has yet to come to all its holds; "+
		"-1 when the database does not answer.",
		func() float64 {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			behind, err := s.VerdictsBehind(ctx)
			if err != nil {
				return -1
			}
			return behind.Seconds()
		})
	backlog := func(value func(store.Backlog) float64) func() float64 {
		return func() float64 {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			b, err := s.Backlog(ctx)
			if err != nil {
				return -1
			}
			return value(b)
		}
	}
	gauge("due_holds", "Holds that wait for somebody to look at them, up to 1,000; -1 when the database does not answer.",
		backlog(func(b store.Backlog) float64 { return float64(len(b.Due)) }))
	gauge("due_seconds", "For how long the first of them has waited.", backlog(func(b store.Backlog) float64 {
		if len(b.Due) == 0 {
			return 0
		}
		return b.Now.Sub(b.Due[0].Since).Seconds()
	}))
	queue := func(pick func(store.QueueStats) int) func() float64 {
		return func() float64 {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			q, err := s.QueueStats(ctx)
			if err != nil {
				return -1
			}
			return float64(pick(q))
		}
	}
	for status, pick := range map[string]func(store.QueueStats) int{"waiting": func(q store.QueueStats) int { return q.Waiting },
		"leased": func(q store.QueueStats) int { return q.Leased },
		"later":  func(q store.QueueStats) int { return q.Later }, "review": func(q store.QueueStats) int { return q.Review }} {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "holdfast_queue_cases",
			Help:        "Cases of the call-back queue by status; -1 when the database does not answer.",
			ConstLabels: prometheus.Labels{"status": status}}, queue(pick)))
	}
	gauge("queue_past_target", "Cases that wait longer than they should.", queue(func(q store.QueueStats) int { return q.PastTarget }))
	gauge("queue_approvals", "What waits for a second person.", queue(func(q store.QueueStats) int { return q.Approvals }))
	recalls := func(pick func(store.RecallStats) int) func() float64 {
		return count(func(ctx context.Context) (int, error) { n, err := s.RecallStats(ctx); return pick(n), err })
	}
	gauge("recalls_proposed", "Recalls that wait for an agent.", recalls(func(n store.RecallStats) int { return n.Proposed }))
	gauge("recalls_parked", "Confirmed recalls that nobody is asked for until somebody mends why.",
		recalls(func(n store.RecallStats) int { return n.Parked }))
	complaints := func(pick func(store.ComplaintStats) int) func() float64 {
		return count(func(ctx context.Context) (int, error) {
			c, err := s.ComplaintStats(ctx)
			return pick(c), err
		})
	}
	gauge("complaints_open", "Complaints without an answer; -1 when the database does not answer.",
		complaints(func(c store.ComplaintStats) int { return c.Open }))
	gauge("complaints_overdue", "Complaints whose answer is overdue; more than none is an alarm.",
		complaints(func(c store.ComplaintStats) int { return c.Overdue }))
	if hub != nil {
		gauge("gateway_connections", "Open sockets.", func() float64 { return float64(hub.Connections()) })
		gauge("gateway_backlog_bytes", "Bytes queued for all sockets.", func() float64 { return float64(hub.Backlog()) })
	}
	for _, state := range []hold.State{hold.Waiting, hold.Deciding, hold.Decided, hold.Parked, hold.Settled} {
		m.swept.WithLabelValues(string(state))
	}
	for _, result := range []string{"acknowledged", "parked", "failed"} {
		m.settlements.WithLabelValues(result)
		m.recalls.WithLabelValues(result)
	}
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

func (m *metrics) observe(operation string, status int, took time.Duration) {
	m.requests.WithLabelValues(operation, strconv.Itoa(status)).Observe(took.Seconds())
}

func (m *metrics) count(event string) { m.events.WithLabelValues(event).Inc() }

func (m *metrics) sent(kind store.OutboxKind, ok bool) {
	result := "failed"
	if ok {
		result = "accepted"
	}
	m.relayed.WithLabelValues(string(kind), result).Inc()
}
