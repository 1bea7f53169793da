package relay

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"holdfast/store"
)

const (
	sessionsEvery = time.Minute
	gatewaysEvery = time.Hour
	facesEvery    = time.Hour
	listsEvery    = time.Minute
	atOnce        = 100 // a call of the store's deletes at most
)

// Keeper deletes what has lived long enough: sessions of the console that nobody
// came back to, what gateways left behind, and pictures of faces.
type Keeper struct {
	Store *store.Store
	Faces time.Duration // how long after the decision pictures are kept; 0: there are none
	Log   *slog.Logger
}

// Run deletes until the context ends.
func (k *Keeper) Run(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() { k.every(ctx, sessionsEvery, "sessions of the console", k.Store.SweepConsole) })
	wg.Go(func() { k.every(ctx, gatewaysEvery, "what gateways left behind", k.Store.ForgetGateways) })
	wg.Go(func() {
		k.every(ctx, listsEvery, "lines of replaced lists of payees", func(ctx context.Context) (int, error) {
			return k.Store.SweepPayeeLists(ctx, atOnce)
		})
	})
	if k.Faces > 0 {
		wg.Go(func() {
			k.every(ctx, facesEvery, "pictures", func(ctx context.Context) (int, error) { return k.Store.PurgeFaces(ctx, k.Faces) })
		})
	}
	wg.Wait()
}

// every deletes now and after each pause, on at once where a call left some.
func (k *Keeper) every(ctx context.Context, pause time.Duration, what string, some func(context.Context) (int, error)) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		n, err := some(ctx)
		if err != nil && ctx.Err() == nil {
			k.Log.WarnContext(ctx, what+" could not be deleted and will be later", "error", err)
		}
		if err == nil && n == atOnce {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
