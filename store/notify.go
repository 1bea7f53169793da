package store

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/time/rate"
)

// Topics that the store publishes after a commit. A hold's and a customer's
// topic is its id.
const TopicOutbox = "outbox"

// Bus tells those who wait in this process that something was committed. It
// shortens waits and is never relied on: who listens also looks by the clock.
type Bus struct {
	mu   sync.Mutex
	subs map[string]map[chan struct{}]bool
	all  map[*func(topic string)]bool
}

// NewBus makes an empty bus.
func NewBus() *Bus {
	return &Bus{subs: map[string]map[chan struct{}]bool{}, all: map[*func(string)]bool{}}
}

// Subscribe gives a channel that receives after each publication of the topic
// (many are folded into one), and a function that ends it.
func (b *Bus) Subscribe(topic string) (<-chan struct{}, func()) {
	ch := make(chan struct{}, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.subs[topic] == nil {
		b.subs[topic] = map[chan struct{}]bool{}
	}
	b.subs[topic][ch] = true
	return ch, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.subs[topic], ch)
		if len(b.subs[topic]) == 0 {
			delete(b.subs, topic)
		}
	}
}

// Watch calls fn, which must not block, after every publication, and gives a
// function that ends it.
func (b *Bus) Watch(fn func(topic string)) func() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all[&fn] = true
	return func() { b.mu.Lock(); defer b.mu.Unlock(); delete(b.all, &fn) }
}

// Publish wakes the topic's subscribers and never blocks.
func (b *Bus) Publish(topic string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for fn := range b.all {
		(*fn)(topic)
	}
	for ch := range b.subs[topic] {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

// publish tells this process at once, whichever pool it listens on, and, on Postgres,
// the others in a batch.
func (s *Store) publish(topics []string) {
	for _, topic := range topics {
		s.Bus.Publish(topic)
		select {
		case s.notes <- topic:
		default: // full, or SQLite: the others look by the clock
		}
	}
}

const notifyChannel = "holdfast"

// notifyEvery is how far NOTIFYs are apart: what is committed meanwhile goes into
// one. The first after a pause goes at once.
const notifyEvery = 5 * time.Millisecond

const notifyLimit = 5 * time.Second

// notifyLoop sends what was committed in batches: NOTIFY inside a transaction
// would serialise commits on its lock.
func (s *Store) notifyLoop(ctx context.Context) {
	pace := rate.NewLimiter(rate.Every(notifyEvery), 1)
	for {
		select {
		case <-ctx.Done():
			return
		case topic := <-s.notes:
			if pace.Wait(ctx) != nil {
				return
			}
			batch := []string{s.id, topic}
			size := len(s.id) + 1 + len(topic)
			for len(s.notes) > 0 && size < 7000 { // a payload holds 8000 bytes
				next := <-s.notes
				batch, size = append(batch, next), size+1+len(next)
			}
			s.notify(ctx, batch)
		}
	}
}

// notify tells the others. An error only means that they look by the clock. What is
// under way as the store closes is not cancelled: a pooler's connection to the server
// may not survive that (PgBouncer before 1.19).
func (s *Store) notify(ctx context.Context, topics []string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), notifyLimit)
	defer cancel()
	_, _ = s.write.ExecContext(ctx, `SELECT pg_notify($1, $2)`, notifyChannel, strings.Join(topics, "\n"))
}

// listenLoop publishes what other processes committed: what this one did, it has
// published. It has a connection of
// its own and comes back after a loss.
func (s *Store) listenLoop(ctx context.Context) {
	for ctx.Err() == nil {
		s.listen(ctx)
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

func (s *Store) listen(ctx context.Context) {
	conn, err := pgx.ConnectConfig(ctx, s.direct.Copy())
	if err != nil {
		return
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // it is lost either way
	if _, err := conn.Exec(ctx, "LISTEN "+notifyChannel); err != nil {
		return
	}
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return
		}
		if strings.HasPrefix(n.Payload, s.id+"\n") {
			continue
		}
		for topic := range strings.SplitSeq(n.Payload, "\n") { // the first is a process, of which nobody waits to hear
			s.Bus.Publish(topic)
		}
	}
}
