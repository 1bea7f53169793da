package api

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	clientRate, clientBurst     = 1000, 2000 // requests a second of one client, all its keys together
	customerRate, customerBurst = 10, 40
	agentRate, agentBurst       = 20, 60
	maxBuckets                  = 20_000
	maxInFlight                 = 256 // of the risk engine's, as many of the customers' and of the agents' requests
	maxWaiting                  = 4096
	maxBatches                  = 4
	patience                    = time.Second // for a place
)

// pace keeps a token bucket for each caller. Of callers beyond the bound the
// idle half is forgotten, which can only be in their favour.
type pace struct {
	mu       sync.Mutex
	now, old map[string]*rate.Limiter
}

func newPace() *pace { return &pace{now: map[string]*rate.Limiter{}} }

func (p *pace) allow(who string, perSecond rate.Limit, burst int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	l, ok := p.now[who]
	if !ok {
		if len(p.now) >= maxBuckets/2 {
			p.old, p.now = p.now, map[string]*rate.Limiter{}
		}
		if l, ok = p.old[who]; !ok {
			l = rate.NewLimiter(perSecond, burst)
		}
		p.now[who] = l
	}
	return l.Allow()
}

// places bounds how many do something at once.
type places chan struct{}

// enter waits up to a second for a place.
func (p places) enter(ctx context.Context) bool {
	select {
	case p <- struct{}{}:
		return true
	default:
	}
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case p <- struct{}{}:
		return true
	case <-t.C:
	case <-ctx.Done():
	}
	return false
}

func (p places) leave() { <-p }
