package remote

import (
	"sync"
	"time"
)

const (
	blowsAfter = 5                // calls in a row that were not answered
	restsFor   = 30 * time.Second // before one call tries again
)

// fuse keeps a service from being asked that does not answer: whoever asks is told at
// once, and it has time to recover.
type fuse struct {
	mu     sync.Mutex
	failed int // in a row
	until  time.Time
}

// lets tells whether a call may be made now. Once the rest is over, one may, and the
// others when it has come back.
func (f *fuse) lets(now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.failed < blowsAfter:
		return true
	case now.Before(f.until):
		return false
	}
	f.until = now.Add(restsFor)
	return true
}

// saw notes what became of a call.
func (f *fuse) saw(ok bool, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ok {
		f.failed = 0
		return
	}
	if f.failed++; f.failed >= blowsAfter {
		f.until = now.Add(restsFor)
	}
}
