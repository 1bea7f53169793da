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
	sourcesEvery  = time.Hour
	checksEvery   = time.Hour
	contactsEvery = time.Hour
	limitsEvery   = time.Hour
	locksEvery    = time.Hour
	stopsEvery    = time.Hour
	atOnce        = 100                    // a call of the store's deletes at most
	breath        = 100 * time.Millisecond // between two calls, so that others have their turn
)

// Keeper deletes what has lived long enough: sessions of the console that nobody
// came back to, what gateways left behind, contacts who were taken off, what is no longer
// said of payees, parts of limits that nothing counts any more, and pictures of faces.
type Keeper struct {
	Store *store.Store
	Faces time.Duration // how long after the decision pictures are kept; 0: there are none
	Log   *slog.Logger
}

// Run deletes until the context ends.
func (k *Keeper) Run(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() { k.every(ctx, sessionsEvery, atOnce, "sessions of the console", k.Store.SweepConsole) })
	wg.Go(func() { k.every(ctx, gatewaysEvery, atOnce, "what gateways left behind", k.Store.ForgetGateways) })
	wg.Go(func() { k.every(ctx, contactsEvery, atOnce, "contacts who were taken off", k.Store.ForgetContacts) })
	wg.Go(func() {
		k.every(ctx, locksEvery, atOnce, "locks that ended", func(ctx context.Context) (int, error) {
			return k.Store.ForgetLocks(ctx, atOnce)
		})
	})
	wg.Go(func() {
		k.every(ctx, listsEvery, store.HitsAtOnce, "lines of replaced lists of payees", func(ctx context.Context) (int, error) {
			return k.Store.SweepPayeeLists(ctx, store.HitsAtOnce)
		})
	})
	wg.Go(func() {
		k.every(ctx, sourcesEvery, store.HitsAtOnce, "what a source said of payees for a time", func(ctx context.Context) (int, error) {
			return k.Store.SweepPayeeSources(ctx, store.HitsAtOnce)
		})
	})
	wg.Go(func() {
		k.every(ctx, checksEvery, atOnce, "counts of questions about payees", func(ctx context.Context) (int, error) {
			return k.Store.ForgetPayeeChecks(ctx, atOnce)
		})
	})
	wg.Go(func() {
		k.every(ctx, limitsEvery, atOnce, "parts of limits", func(ctx context.Context) (int, error) {
			return k.Store.ForgetReservations(ctx, atOnce)
		})
	})
	wg.Go(func() {
		k.every(ctx, stopsEvery, atOnce, "emergencies that are over", func(ctx context.Context) (int, error) {
			return k.Store.ForgetEmergencies(ctx, atOnce)
		})
	})
	if k.Faces > 0 {
		wg.Go(func() {
			k.every(ctx, facesEvery, atOnce, "pictures", func(ctx context.Context) (int, error) {
				return k.Store.PurgeFaces(ctx, k.Faces)
			})
		})
	}
	wg.Wait()
}

// every deletes now and after each pause, on after a breath where a call did as much
// as it may.
func (k *Keeper) every(ctx context.Context, pause time.Duration, most int, what string, some func(context.Context) (int, error)) {
	for {
		n, err := some(ctx)
		if err != nil && ctx.Err() == nil {
			k.Log.WarnContext(ctx, what+" could not be deleted and will be later", "error", err)
		}
		wait := pause
		if err == nil && n >= most {
			wait = breath
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}
