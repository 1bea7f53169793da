package bench

import (
	"context"
	"sync"
	"time"
)

// offered does something so many times a second for a while, whether or not it
// keeps up, and waits for what it began. Beyond bound at once it does nothing,
// and says how often.
func offered(ctx context.Context, rate float64, d time.Duration, bound int, one func(i int)) (begun, left int) {
	places := make(chan struct{}, bound)
	var group sync.WaitGroup
	for began := time.Now(); time.Since(began) < d && ctx.Err() == nil; time.Sleep(2 * time.Millisecond) {
		for due := int(time.Since(began).Seconds() * rate); begun+left < due; {
			select {
			case places <- struct{}{}:
			default:
				left++
				continue
			}
			i := begun
			begun++
			group.Go(func() {
				defer func() { <-places }()
				one(i)
			})
		}
	}
	group.Wait()
	return begun, left
}
