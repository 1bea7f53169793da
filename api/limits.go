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

	// Of each kind, how many one caller has at most, bodies that are still read
	// and requests that wait for a place among them: nobody has them all.
	clientShare, waitingShare, batchShare = 192, 2048, 3
	customerShare, agentShare             = 24, 24
	streamShare                           = 6 // open consoles of one agent
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

// room bounds how many do something at once, and how many of them are one
// caller's.
type room struct {
	places chan struct{}
	share  int
	mu     sync.Mutex
	held   map[string]int // by caller
}

func newRoom(places, share int) *room {
	return &room{places: make(chan struct{}, places), share: share, held: map[string]int{}}
}

// admit counts one more of a caller's, or says that they have their share.
func (p *room) admit(who string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held[who] >= p.share {
		return false
	}
	p.held[who]++
	return true
}

func (p *room) dismiss(who string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held[who]--; p.held[who] == 0 {
		delete(p.held, who)
	}
}

// enter waits up to a second for a place.
func (p *room) enter(ctx context.Context) bool {
	select {
	case p.places <- struct{}{}:
		return true
	default:
	}
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case p.places <- struct{}{}:
		return true
	case <-t.C:
	case <-ctx.Done():
	}
	return false
}

func (p *room) leave() { <-p.places }
