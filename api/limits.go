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
	maxOutcomeBatches           = 2           // one commit at a time each
	maxImports                  = 2           // lists of payees, read while they are sent
	patience                    = time.Second // for a place

	// Of each kind, how many one caller has at most, bodies that are still read
	// and requests that wait for a place among them: nobody has them all.
	clientShare, waitingShare, batchShare = 192, 2048, 3
	customerShare, agentShare             = 24, 24
	streamShare                           = 6 // open consoles of one agent
	outcomeBatchShare                     = 1 // a client's come in order
	importShare                           = 1
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
// caller's. Who finds no place waits a second for one: a burst of somebody who is
// alone is served as a queue.
type room struct {
	places chan struct{}
	share  int
	mu     sync.Mutex
	held   map[string]*portion // by caller
}

// portion is what one caller has of a room.
type portion struct {
	places chan struct{}
	users  int // who have a place of it, or wait for one
}

func newRoom(places, share int) *room {
	return &room{places: make(chan struct{}, places), share: share, held: map[string]*portion{}}
}

// admit counts one more of a caller's, or says that they have their share.
func (p *room) admit(ctx context.Context, who string) bool {
	p.mu.Lock()
	of := p.held[who]
	if of == nil {
		of = &portion{places: make(chan struct{}, p.share)}
		p.held[who] = of
	}
	of.users++
	p.mu.Unlock()
	if take(ctx, of.places) {
		return true
	}
	p.leaves(who, of)
	return false
}

func (p *room) dismiss(who string) {
	p.mu.Lock()
	of := p.held[who]
	p.mu.Unlock()
	<-of.places
	p.leaves(who, of)
}

func (p *room) leaves(who string, of *portion) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if of.users--; of.users == 0 {
		delete(p.held, who)
	}
}

func (p *room) enter(ctx context.Context) bool { return take(ctx, p.places) }

func (p *room) leave() { <-p.places }

// take waits up to a second for a place.
func take(ctx context.Context, places chan struct{}) bool {
	select {
	case places <- struct{}{}:
		return true
	default:
	}
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case places <- struct{}{}:
		return true
	case <-t.C:
	case <-ctx.Done():
	}
	return false
}
