package load

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Tally is what a loop saw in its window.
type Tally struct {
	mu     sync.Mutex
	from   time.Time
	to     time.Time
	Done   int                        `json:"done"` // in the window
	Took   map[string][]time.Duration `json:"took"`
	Failed map[string]int             `json:"failed,omitempty"`
	Rate   float64                    `json:"rate"`
}

// NewTally counts what ends between two instants.
func NewTally(from, to time.Time) *Tally {
	return &Tally{from: from, to: to, Took: map[string][]time.Duration{}, Failed: map[string]int{}}
}

// Count notes that one is done and what its steps took.
func (t *Tally) Count(steps map[string]time.Duration) {
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if now.Before(t.from) || now.After(t.to) {
		return
	}
	t.Done++
	for name, d := range steps {
		t.Took[name] = append(t.Took[name], d)
	}
}

// Fail notes that one went wrong, and waits a little: what fails at once would
// fail a thousand times.
func (t *Tally) Fail(why string) {
	t.mu.Lock()
	t.Failed[why]++
	t.mu.Unlock()
	time.Sleep(10 * time.Millisecond)
}

// Loop keeps so many under way: first to warm up, then for the window. edge is
// called when the window begins and when it ends.
func Loop(ctx context.Context, atOnce int, warm, window time.Duration, edge func(begins bool), one func(worker, i int, t *Tally)) *Tally {
	from := time.Now().Add(warm)
	t := NewTally(from, from.Add(window))
	var group sync.WaitGroup
	for w := range atOnce {
		group.Go(func() {
			for i := 0; !t.over() && ctx.Err() == nil; i++ {
				one(w, i, t)
			}
		})
	}
	until(ctx, t.from)
	edge(true)
	until(ctx, t.to)
	for ctx.Err() == nil && t.empty() && window < patience { // on a slow machine, it is longer
		window += time.Second
		until(ctx, t.to)
	}
	edge(false)
	group.Wait()
	t.Rate = float64(t.Done) / window.Seconds()
	return t
}

// over tells whether the window has ended.
func (t *Tally) over() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return time.Now().After(t.to)
}

// empty tells whether nothing was done in the window, and lengthens it then.
func (t *Tally) empty() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.Done == 0 {
		t.to = time.Now().Add(time.Second)
	}
	return t.Done == 0
}

func until(ctx context.Context, at time.Time) {
	select {
	case <-ctx.Done():
	case <-time.After(time.Until(at)):
	}
}

// Quantile is of durations, 0 of none.
func Quantile(of []time.Duration, q float64) time.Duration {
	if len(of) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(of))
	return sorted[int(float64(len(sorted)-1)*q)]
}

// MS is a duration in milliseconds.
func MS(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
