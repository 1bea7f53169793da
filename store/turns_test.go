package store_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"holdfast/store"
)

// Connections go to those who wait in the order in which they came, and who goes away
// meanwhile takes nobody's place.
func TestConnectionsInTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pool := store.NewTurns(1)
		if err := pool.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		gone, leave := context.WithCancel(t.Context())
		var mu sync.Mutex
		var served []int
		var wg sync.WaitGroup
		for i := range 100 {
			ctx := t.Context()
			if i%10 == 3 {
				ctx = gone
			}
			wg.Go(func() {
				err := pool.Wait(ctx)
				if i%10 == 3 {
					if !errors.Is(err, context.Canceled) {
						t.Errorf("who went away was told %v", err)
					}
					return
				}
				mu.Lock()
				served = append(served, i)
				mu.Unlock()
				pool.End()
			})
			synctest.Wait() // it waits, behind those before
		}
		leave()
		synctest.Wait()
		pool.End()
		wg.Wait()
		if len(served) != 90 || !slices.IsSorted(served) {
			t.Errorf("served in the order %v", served)
		}
	})
}
