package api

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"sync"
	"time"

	"holdfast/store"

	"golang.org/x/time/rate"
)

const (
	lookLimit     = 2 * time.Second
	repeatLooks   = 50               // a second
	batchPatience = 10 * time.Second // of a batch's lines, for room
)

// look sees what waits, if that is due. Nobody waits for it.
func (s *Server) look() {
	if s.Backlog == nil || !s.intake.begin(time.Now()) {
		return
	}
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), lookLimit)
		defer cancel()
		s.intake.saw(s.Backlog(ctx))
	}()
}

// senders remembers for a second whose keys have been good, so that what a flood sends
// too much is refused without a statement. They open nothing.
type senders struct {
	mu    sync.Mutex
	since time.Time
	of    map[string]string // client by the key's digest
	looks *rate.Limiter     // for repeats
}

func newSenders() *senders {
	return &senders{of: map[string]string{}, looks: rate.NewLimiter(repeatLooks, repeatLooks)}
}

func (k *senders) client(digest string, now time.Time) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	if now.Sub(k.since) > time.Second {
		clear(k.of)
		k.since = now
	}
	return k.of[digest]
}

func (k *senders) add(digest, client string) { k.mu.Lock(); k.of[digest] = client; k.mu.Unlock() }

// turnsAway refuses a hold that is one too many before anything is asked of the
// database.
func (s *Server) turnsAway(r *http.Request, op *operation) (hold bool, err error) {
	if op.id != "SubmitHold" || s.Backlog == nil {
		return false, nil
	}
	s.look()
	client := s.senders.client(Digest(Bearer(r)), time.Now())
	if client == "" {
		return false, nil
	}
	return true, s.comesIn(r, client)
}

// comesIn lets a hold in or says that it is one too many, before it is read. What
// was taken in before is answered whatever waits: that makes nothing more to decide.
// Only so many repeats a second are looked for, lest they become the flood: the others
// come again.
func (s *Server) comesIn(r *http.Request, client string) error {
	n, wait := s.intake.take(client, 1, time.Now())
	if n == 1 {
		return nil
	}
	if key := r.Header.Get("Idempotency-Key"); s.senders.looks.Allow() {
		known, err := s.Bank.Known(r.Context(), client, []string{key})
		if err != nil || known[key] {
			return err
		}
	}
	return s.tooMany(1, wait)
}

// tooMany refuses holds that could not be decided in time.
func (s *Server) tooMany(n int, wait time.Duration) *fault {
	for range n {
		s.Count("intake_refused")
	}
	f := refuse("overloaded").because(fmt.Sprintf("again in %.0f s", math.Ceil(wait.Seconds())))
	f.wait = wait
	return f
}

// takeIn takes in lines of a batch as fast as there is room for them.
func (s *Server) takeIn(ctx context.Context, client string, as []store.Accept) (lines []store.AcceptLine) {
	for rest := as; len(rest) > 0; rest = as[len(lines):] {
		n, err := s.linesComeIn(ctx, client, rest)
		if err != nil {
			for range rest {
				lines = append(lines, store.AcceptLine{Err: err})
			}
			return lines
		}
		done := s.intake.under(n)
		lines = append(lines, s.Bank.AcceptHolds(ctx, rest[:n])...)
		done()
	}
	return lines
}

// linesComeIn waits until there is room for some of the lines, or the first of them
// were taken in before.
func (s *Server) linesComeIn(ctx context.Context, client string, as []store.Accept) (n int, err error) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for began := time.Now(); ; {
		s.look()
		n, wait := s.intake.take(client, len(as), time.Now())
		if n > 0 {
			return n, nil
		}
		if n, err = s.knownFirst(ctx, client, as); n > 0 || err != nil {
			return n, err
		}
		if time.Since(began) > batchPatience {
			return 0, s.tooMany(len(as), wait)
		}
		select {
		case <-tick.C:
		case <-s.Stopping:
			return 0, refuse("busy")
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// knownFirst is how many of the first lines have their reply on record.
func (s *Server) knownFirst(ctx context.Context, client string, as []store.Accept) (n int, err error) {
	keys := make([]string, len(as))
	for i, a := range as {
		keys[i] = a.Key
	}
	known, err := s.Bank.Known(ctx, client, keys)
	for n < len(as) && known[as[n].Key] {
		n++
	}
	return n, err
}
