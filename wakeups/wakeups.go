// Package wakeups has the bank's push service wake the devices that the record says
// are to be woken. It knows nothing of Temporal, and no hold waits for it. It may run
// in several processes: wake-ups are claimed, and a repeat has the first one's id.
package wakeups

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"holdfast/channels"
	"holdfast/hold"
	"holdfast/store"
)

const (
	firstTries = 32 // calls under way
	repeats    = 8  // beside them
	callLimit  = 4 * time.Second
	lease      = 10 * time.Second // longer than a call: a process that died with it has it tried again
	idle       = time.Second      // NOTIFY only shortens it
	longestOff = 2 * time.Minute
)

// Sender sends wake-ups.
type Sender struct {
	Store   *store.Store
	Channel channels.Channel // push
	Log     *slog.Logger
}

// Run sends until the context ends, and brings the calls to an end that are under way
// then. What was tried before has places of its own: a device that the push service
// keeps us waiting for holds up nobody's first try.
func (s *Sender) Run(ctx context.Context) {
	news, stop := s.Store.Bus.Subscribe(store.TopicWakeups)
	defer stop()
	var both sync.WaitGroup
	both.Go(func() { s.run(ctx, false, firstTries, news) })
	both.Go(func() { s.run(ctx, true, repeats, nil) })
	both.Wait()
}

func (s *Sender) run(ctx context.Context, tried bool, places int, news <-chan struct{}) {
	tick := time.NewTicker(idle)
	defer tick.Stop()
	var sending sync.WaitGroup
	defer sending.Wait()
	ended := make(chan struct{}, places)
	for free := places; ctx.Err() == nil; {
		ws, more, err := s.Store.ClaimWakeups(ctx, free, tried, lease)
		if err != nil && ctx.Err() == nil {
			s.Log.WarnContext(ctx, "whom to wake cannot be read and will be tried again", "error", err)
		}
		for _, w := range ws {
			free--
			sending.Go(func() { s.send(ctx, w); ended <- struct{}{} })
		}
		for looks := free > 0 && more && err == nil; !looks; {
			select {
			case <-ctx.Done():
				return
			case <-news:
				looks = true
			case <-tick.C:
				looks = true
			case <-ended:
				free++
				looks = more && free >= places/4 // some at a time
			}
		}
	}
}

// send wakes one device, and writes down what became of it. What cannot be written
// down is tried again after the lease.
func (s *Sender) send(ctx context.Context, w store.Wakeup) {
	ctx = context.WithoutCancel(ctx)
	call, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	_, err := s.Channel.Deliver(call, channels.Delivery{ID: string(w.Challenge), Device: w.Device, Repeated: w.Attempts > 1,
		Challenge: hold.Challenge{ID: w.Challenge, CustomerID: w.Customer}})
	code, again := ending(err, w.Attempts)
	if err := s.Store.EndWakeup(ctx, w, code, again); err != nil {
		s.Log.WarnContext(ctx, "what became of a wake-up cannot be written down; it will be sent again", "challenge", w.Challenge, "error", err)
	}
	if code != "" {
		s.Log.WarnContext(ctx, "a device was not woken", "challenge", w.Challenge, "attempt", w.Attempts, "code", code,
			"again_in", again.String())
	}
}

// ending says what a try's error means: a code, and after how long it is tried again;
// 0: never.
func ending(err error, attempts int) (code string, again time.Duration) {
	var failed *channels.DeliveryError
	switch {
	case err == nil:
		return "", 0
	case !errors.As(err, &failed):
		return "unavailable", backoff(attempts)
	case failed.Class == channels.Permanent:
		return failed.Code, 0
	}
	return failed.Code, max(failed.RetryAfter, backoff(attempts))
}

// backoff doubles from a second to two minutes, with jitter.
func backoff(attempts int) time.Duration {
	d := min(longestOff, time.Second<<min(max(attempts-1, 0), 10))
	return d/2 + rand.N(d/2)
}
